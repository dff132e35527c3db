"""Paper: the one place that knows WeasyPrint.

A document is an HTML page with plain values in it; the look that all share is
``templates/paper/base.css.j2``. The font, the parsed look and the list of faces live as long as
the process: made anew for each document they would cost time, and memory that never comes back.
"""

import atexit
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ledger.errors import RuleBroken
from ledger.thai_font import FAMILY, WEIGHTS, Face, build_faces

_HOUSE = Path(__file__).parents[1]
_LOOK = _HOUSE / "templates" / "paper" / "base.css.j2"
#: From where a document may take a picture or a style sheet; nothing else on the machine, and
#: nothing from the network.
BUNDLED = (_HOUSE / "static", _HOUSE / "templates" / "paper")


class CannotPrint(RuleBroken):
    """The machine lacks Pango, which shapes the letters; everything but paper works without it."""

    thai = (
        "เครื่องนี้ยังพิมพ์ PDF ไม่ได้ ขาดโปรแกรมจัดตัวอักษร ให้ผู้ดูแลเครื่องสั่ง apt-get install "
        "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 แล้วพิมพ์อีกครั้ง"
    )


class ForeignFile(Exception):
    """A document asked for a file or an address that is not ours: a mistake in a template."""


@dataclass(frozen=True)
class _Press:
    """What every document is printed with."""

    fonts: Any
    look: Any
    fetcher: Any


class _PrintRoom:
    """The press of this process, and the lock that lets one document in at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.faces: dict[Face, Path] | None = None
        self.press: _Press | None = None

    def close(self) -> None:
        """Let go of the press, whose fonts cannot be put away once Python itself is leaving."""
        self.press = None


_room = _PrintRoom()


def prepare_fonts(folder: Path) -> None:
    """Make sure that the font of every print is there, before the first document is asked for.

    Takes about a second the first time on a machine and nothing later. Once a document has been
    printed, the process stays with the font that it has.

    Args:
        folder: Where the font is kept, such as ``instance/fonts``; made when it is not there.
    """
    faces = build_faces(folder.resolve())
    with _room.lock:
        _room.faces = faces


def pdf_from_html(html: str) -> bytes:
    """Print an HTML page and give the PDF. Ask ``prepare_fonts`` first.

    The document's title is that of the page. Threads wait for each other.

    Args:
        html: A whole page, ``<html lang="th">`` with a ``<title>``; everything people wrote in it
            escaped. Pictures come as ``data:`` or from the ``BUNDLED`` folders, paths relative to
            ``static``.

    Raises:
        CannotPrint: The machine lacks what shapes the letters.
        ForeignFile: It asks for anything else.
    """
    with _room.lock:
        if _room.press is None:
            assert _room.faces is not None, "prepare_fonts comes first"
            _room.press = _open_press(_room.faces)
            atexit.register(_room.close)
        return _print(html, _room.press)


def _print(html: str, press: _Press) -> bytes:
    from weasyprint import HTML  # noqa: PLC0415  (takes most of a second: only when printing)
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415

    page = HTML(string=html, base_url=f"{BUNDLED[0].as_uri()}/", url_fetcher=press.fetcher)
    press.fetcher.refused.clear()
    try:
        pdf: bytes = page.write_pdf(stylesheets=[press.look], font_config=press.fonts)
    except FatalURLFetchingError as stop:
        # WeasyPrint's own is no Exception, and would end the thread of the server.
        raise ForeignFile(str(stop)) from stop
    # A picture in a picture is refused too, but WeasyPrint goes on without it.
    if press.fetcher.refused:
        raise ForeignFile(press.fetcher.refused[0])
    return pdf


def _open_press(faces: dict[Face, Path]) -> _Press:
    from jinja2 import Environment  # noqa: PLC0415

    try:
        from weasyprint import CSS  # noqa: PLC0415
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
    except OSError as missing:
        raise CannotPrint(missing=str(missing)) from missing

    fetcher = bundled_only(*BUNDLED, *(file.parent for file in faces.values()))
    fonts = FontConfiguration()
    template = Environment(autoescape=False).from_string(_LOOK.read_text(encoding="utf-8"))  # noqa: S701  (a style sheet of ours)
    rules = template.render(
        family=FAMILY,
        faces=[{"weight": WEIGHTS[face], "url": file.as_uri()} for face, file in faces.items()],
    )
    look = CSS(
        string=rules,
        base_url=f"{BUNDLED[0].as_uri()}/",
        url_fetcher=fetcher,
        font_config=fonts,
    )
    return _Press(fonts=fonts, look=look, fetcher=fetcher)


def bundled_only(*folders: Path) -> Any:
    """Give a fetcher that opens ``data:`` and files below some folders, and stops at all else.

    A symbolic link counts as the file that it leads to.

    Source:
        GHSA-jf6q-chmf-3h3v and GHSA-983w-rhvv-gwmv: before WeasyPrint 70 a fetcher could be gone
        around, and a redirect followed.
    """
    from weasyprint.urls import FatalURLFetchingError, URLFetcher  # noqa: PLC0415

    roots = [folder.resolve() for folder in folders]

    class BundledOnly(URLFetcher):  # type: ignore[misc]
        """Nothing from the network, nothing foreign from the disk."""

        def __init__(self) -> None:
            super().__init__(
                allowed_protocols=("file", "data"),
                allow_redirects=False,
                timeout=1,
                fail_on_errors=True,
            )
            self.refused: list[str] = []

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            """Open what is ours; a foreign address is a mistake that must not pass unseen."""
            parts = urlsplit(url)
            if parts.scheme == "data":
                return super().fetch(url, headers)
            if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
                file = Path(unquote(parts.path)).resolve()
                if any(file.is_relative_to(root) for root in roots):
                    return super().fetch(file.as_uri(), headers)
            self.refused.append(f"not one of our own files: {url[:200]}")
            raise FatalURLFetchingError(self.refused[-1])

    return BundledOnly()
