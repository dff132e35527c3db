"""Print: what is drawn can be read back, nothing foreign gets in, nothing is built twice."""

import base64
import io
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import fontpkg_sarabun
import pytest
import uharfbuzz
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from PIL import Image
from pypdf import PdfReader

from ledger import paper, thai_font
from ledger.paper import CannotPrint, ForeignFile, bundled_only, pdf_from_html, prepare_fonts
from ledger.thai_font import Face, build_face, build_faces, clusters

HOUSE = Path(__file__).parents[2]

#: Stacked marks, marks that move aside or below, letters that lose their foot, and ำ everywhere.
WORDS = [
    *("ที่", "น้ำ", "กู้", "ญู", "ฏุ", "ฐานะ", "จำนวน", "ค้ำประกัน", "ชำระ", "กำไร", "ผู้กู้", "หนี้สิน"),
    *("ปิ่นแก้ว", "ฟื้นฟู", "ป้าปุ๋ย", "ซื้อหุ้น", "เงินสัจจะ", "เหรัญญิก", "ใบสำคัญ", "ไปรยาลักษณ์"),
    *("เทพหัสดิน", "สิทธิ์", "พันธุ์", "เก็บ", "ก๊อกน้ำ", "เดี๋ยว", "ดำเนินการ", "ทั้งนี้", "ฤๅษี"),
]

#: A sentence without a blank, and where its words end.
SENTENCE_WORDS = [
    *("กลุ่ม", "ออม", "ทรัพย์", "บ้าน", "บ่อ", "ลูก", "รัง", "ประชุม", "ใหญ่", "สามัญ", "ประจำ", "ปี"),
    *("เพื่อ", "พิจารณา", "จัด", "สรร", "กำไร", "สุทธิ"),
]
SENTENCE = "".join(SENTENCE_WORDS)

Reader = Callable[[bytes], list[str]]


@pytest.fixture(scope="module", autouse=True)
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the font, prepared as the application does."""
    folder = tmp_path_factory.mktemp("fonts")
    prepare_fonts(folder)
    return folder


@pytest.fixture(autouse=True)
def _no_warning(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail on anything that WeasyPrint complains about."""
    caplog.set_level(logging.WARNING)
    yield
    said = [
        record.getMessage()
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if record.name.startswith("weasyprint")
    ]
    assert said == []


def page(body: str, *, style: str = "", title: str = "ทดลองพิมพ์") -> str:
    return (
        f'<!doctype html><html lang="th"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{style}</style></head><body>{body}</body></html>"
    )


def lines(words: list[str], *, style: str = "") -> str:
    return page("".join(f"<p>{word}</p>" for word in words), style=style)


def read_by_pdftotext(pdf: bytes) -> list[str]:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    asked = ["pdftotext", "-", "-"]
    text = subprocess.run(asked, input=pdf, capture_output=True, check=True).stdout.decode()
    return [line.strip() for line in text.replace("\f", "\n").splitlines() if line.strip()]


def read_by_pypdf(pdf: bytes) -> list[str]:
    text = "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages)
    return [line.strip() for line in text.splitlines() if line.strip()]


def without_numbers(read: list[str]) -> list[str]:
    return [line for line in read if not line.startswith("หน้า ")]


READERS = pytest.mark.parametrize("read", [read_by_pdftotext, read_by_pypdf])
BOLD = "p { font-weight: 700 }"


# ---------------------------------------------------------------- what is drawn is read back


@READERS
@pytest.mark.parametrize("style", ["", BOLD])
def test_every_word_is_read_back(read: Reader, style: str) -> None:
    assert len(WORDS) == 29

    pdf = pdf_from_html(lines(WORDS, style=style))

    assert without_numbers(read(pdf)) == WORDS


@pytest.fixture(scope="module", params=[("", 1), (BOLD, 5)], ids=["regular", "every fifth bold"])
def clusters_on_paper(request: pytest.FixtureRequest) -> tuple[list[str], bytes]:
    """Words with a cluster in each, and their print."""
    style, step = request.param
    words = [f"ก{cluster}น" for cluster in clusters()[::step]]
    return words, pdf_from_html(lines(words, style=style))


@READERS
def test_every_cluster_that_thai_can_write_is_read_back(
    read: Reader, clusters_on_paper: tuple[list[str], bytes]
) -> None:
    words, pdf = clusters_on_paper

    assert len(words) in {2_530, 506}
    assert without_numbers(read(pdf)) == words


def test_the_stock_font_would_lose_words() -> None:
    stock = base64.b64encode(stock_face(Face.REGULAR)).decode()
    face = f'@font-face {{ font-family: S; src: url("data:font/ttf;base64,{stock}") }}'
    style = f"{face} p {{ font-family: S }}"

    pdf = pdf_from_html(lines(WORDS, style=style))

    assert len(set(WORDS) & set(read_by_pypdf(pdf))) < 25


def stock_face(face: Face) -> bytes:
    file: Path = fontpkg_sarabun.ROOT / "files" / f"Sarabun-{face}.ttf"
    return file.read_bytes()


@pytest.mark.parametrize("face", Face)
def test_a_cluster_is_one_glyph_and_is_drawn_as_the_stock_font_draws_it(face: Face) -> None:
    stock = stock_face(face)
    ours = build_face(stock, face=face)
    some = [*clusters()[::7], "ฐู", "ญู", "ป๊ำ", "ฟื้", "ปี่"]

    drawn, expected = [outlines(ours, some), outlines(stock, some)]

    assert {len(glyphs) for glyphs, _ in drawn} == {1}
    assert max(len(glyphs) for glyphs, _ in expected) > 2
    assert [strokes for _, strokes in drawn] == [strokes for _, strokes in expected]


def outlines(font: bytes, texts: list[str]) -> list[tuple[list[str], list[object]]]:
    """For each text the glyphs that the font takes, and every stroke of them with the width."""
    shaper, drawings = uharfbuzz.Font(uharfbuzz.Face(font)), TTFont(io.BytesIO(font))
    glyphs, order = drawings.getGlyphSet(), drawings.getGlyphOrder()
    found = []
    for text in texts:
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(shaper, buffer)
        pen, x, taken = DecomposingRecordingPen(glyphs), 0, []
        for info, at in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            taken.append(order[info.codepoint])
            pen.addComponent(taken[-1], (1, 0, 0, 1, x + at.x_offset, at.y_offset))
            x += at.x_advance
        found.append((taken, [x, *pen.value]))
    return found


def picture(pdf: bytes) -> Image.Image:
    """The first page in grey, as people see it."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not on this machine")
    asked = ["pdftoppm", "-r", "100", "-gray", "-f", "1", "-l", "1", "-"]
    drawn = subprocess.run(asked, input=pdf, capture_output=True, check=True).stdout
    return Image.open(io.BytesIO(drawn))


def test_lines_break_between_words_although_nothing_parts_them() -> None:
    pdf = pdf_from_html(page(f"<p>{SENTENCE}</p>", style="p { width: 38mm }"))

    broken = without_numbers(read_by_pypdf(pdf))
    ends = {len("".join(broken[: i + 1])) for i in range(len(broken))}
    words = {len("".join(SENTENCE_WORDS[: i + 1])) for i in range(len(SENTENCE_WORDS))}
    assert "".join(broken) == SENTENCE == "".join(SENTENCE_WORDS)
    assert len(broken) > 3
    assert ends <= words


def test_a_name_is_kept_on_one_line() -> None:
    name = "ไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา"
    style = "p { width: 60mm }"

    pdf = pdf_from_html(page(f'<p>ได้รับเงินจาก <b class="keep">{name}</b> แล้ว</p>', style=style))

    assert any(name in line for line in read_by_pdftotext(pdf))


# ---------------------------------------------------------------- the sheets


def test_a_statement_repeats_its_head_and_counts_its_pages() -> None:
    row = '<tr><td>7 เม.ย. 2566</td><td class="amount">1,540.00</td></tr>'
    head = '<header class="head"><h1>รายการเดินบัญชี</h1></header><p class="foot">ตราผนึก K7QM-2XDA</p>'
    table = (
        '<table class="lines"><thead><tr><th>วันที่</th><th class="amount">จำนวนเงิน</th></tr></thead>'
        f"<tbody>{row * 60}</tbody></table>"
    )

    pdf = PdfReader(io.BytesIO(pdf_from_html(page(head + table, title="รายการเดินบัญชี แม่สมศรี"))))

    texts = [sheet.extract_text() for sheet in pdf.pages]
    assert len(texts) > 1
    for number, text in enumerate(texts, start=1):
        assert "รายการเดินบัญชี" in text
        assert "จำนวนเงิน" in text
        assert "ตราผนึก K7QM-2XDA" in text
        assert f"หน้า {number} / {len(texts)}" in text
    assert pdf.metadata is not None
    assert pdf.metadata.title == "รายการเดินบัญชี แม่สมศรี"
    assert sum(text.count("1,540.00") for text in texts) == 60
    assert str(pdf.root_object["/Lang"]) == "th"


SHEETS = {"": (595, 842), "wide": (842, 595), "booklet": (420, 595), "receipts": (595, 842)}


@pytest.mark.parametrize(("sheet", "size"), SHEETS.items())
def test_a_sheet_has_its_size(sheet: str, size: tuple[int, int]) -> None:
    pdf = pdf_from_html(page(f'<section class="{sheet}"><p>สมุด</p></section>'))

    (only,) = PdfReader(io.BytesIO(pdf)).pages
    assert (round(only.mediabox.width), round(only.mediabox.height)) == size


@pytest.mark.parametrize(("slips", "sheets"), [(1, 1), (2, 1), (3, 2), (4, 2)])
def test_two_receipts_go_on_a_sheet(slips: int, sheets: int) -> None:
    slip = '<article class="slip"><h1>ใบรับเงิน</h1><p>หนึ่งร้อยบาทถ้วน</p></article>'

    pdf = PdfReader(io.BytesIO(pdf_from_html(page(f'<div class="receipts">{slip * slips}</div>'))))

    texts = [sheet.extract_text() for sheet in pdf.pages]
    assert len(texts) == sheets
    assert sum(text.count("ใบรับเงิน") for text in texts) == slips
    assert "หน้า" not in "".join(texts)


def test_the_same_page_gives_the_same_pdf() -> None:
    assert pdf_from_html(lines(WORDS)) == pdf_from_html(lines(WORDS))


def test_a_process_that_has_printed_ends_in_silence(tmp_path: Path) -> None:
    ready = "import sys, pathlib, ledger.paper as p; p.prepare_fonts(pathlib.Path(sys.argv[1]))"
    work = f"{ready}; print(len(p.pdf_from_html('<p>สมุด')))"
    asked = [sys.executable, "-c", work, str(tmp_path)]

    ended = subprocess.run(asked, cwd=HOUSE, capture_output=True, text=True, check=True)

    assert int(ended.stdout) > 1_000
    assert ended.stderr == ""


def test_threads_print_the_same_as_one_after_the_other() -> None:
    pages = [lines([word] * 5) for word in WORDS[:6]]
    alone = [pdf_from_html(html) for html in pages]
    together: dict[int, bytes] = {}

    def work(number: int) -> None:
        together[number] = pdf_from_html(pages[number])

    threads = [threading.Thread(target=work, args=[number]) for number in range(len(pages))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(len(pages))] == alone


# ---------------------------------------------------------------- nothing foreign


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/x.png", asked
    server.shutdown()
    thread.join()
    server.server_close()


WAYS_IN = {
    "picture": '<img src="{}">',
    "style": '<style>p {{ background: url("{}") }}</style><p>ก</p>',
    "import": '<style>@import "{}";</style>',
    "font": '<style>@font-face {{ font-family: F; src: url("{}") }} p {{ font-family: F }}</style>',
    "sheet": '<link rel="stylesheet" href="{}">',
    "attachment": '<link rel="attachment" href="{}">',
    "attached link": '<a rel="attachment" href="{}">ก</a>',
    "object": '<object data="{}"></object>',
    "embed": '<embed src="{}">',
    "list": '<style>li {{ list-style-image: url("{}") }}</style><ul><li>ก</li></ul>',
    "content": '<style>p::before {{ content: url("{}") }}</style><p>ก</p>',
}


@pytest.mark.parametrize("way", WAYS_IN)
def test_nothing_is_fetched_from_the_network(way: str, stranger: tuple[str, list[str]]) -> None:
    address, asked = stranger

    with pytest.raises(ForeignFile):
        pdf_from_html(page(WAYS_IN[way].format(address)))

    assert asked == []


@pytest.mark.parametrize("way", WAYS_IN)
@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "../../../../../../etc/passwd",
        "/etc/passwd",
        "FILE:///etc/passwd",
        "file:///%65tc/passwd",
    ],
)
def test_no_foreign_file_is_opened(way: str, address: str) -> None:
    with pytest.raises(ForeignFile):
        pdf_from_html(page(WAYS_IN[way].format(address)))


@pytest.mark.parametrize(
    "address",
    ["ftp://127.0.0.1/x", "file://127.0.0.1/etc/passwd", "gopher://x/", "jar:file:///etc/passwd"],
)
def test_no_other_kind_of_address_is_opened(address: str) -> None:
    with pytest.raises(ForeignFile):
        pdf_from_html(page(f'<img src="{address}">'))


def test_a_picture_in_a_picture_opens_nothing(
    stranger: tuple[str, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    address, asked = stranger
    inside = svg_address(f'<image href="{address}" width="9" height="9"/>')

    with pytest.raises(ForeignFile):
        pdf_from_html(page(f'<img src="{inside}">'))

    assert asked == []
    (said,) = caplog.messages
    assert "Failed to render SVG image" in said
    caplog.clear()


def svg_address(drawing: str) -> str:
    """A drawing of 99 by 99 points as the address of itself."""
    size = 'width="99" height="99"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{drawing}</svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def test_a_symbolic_link_counts_as_what_it_leads_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "_room", paper._PrintRoom())
    prepare_fonts(tmp_path)
    (tmp_path / "link.svg").symlink_to("/etc/passwd")
    (tmp_path / "own.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    )

    assert pdf_from_html(page(f'<img src="{(tmp_path / "own.svg").as_uri()}">')).startswith(b"%PDF")
    with pytest.raises(ForeignFile):
        pdf_from_html(page(f'<img src="{(tmp_path / "link.svg").as_uri()}">'))


def test_a_fetcher_opens_its_own_folders_and_no_neighbour(tmp_path: Path) -> None:
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415

    own, neighbour = tmp_path / "ของเรา", tmp_path / "ของเรา-2"
    for folder in (own, neighbour):
        folder.mkdir()
        (folder / "a b.txt").write_bytes(b"ours")
    fetcher = bundled_only(own)

    assert fetcher((own / "a b.txt").as_uri()).read() == b"ours"
    with pytest.raises(FatalURLFetchingError):
        fetcher((neighbour / "a b.txt").as_uri())
    with pytest.raises(FatalURLFetchingError):
        fetcher(f"{own.as_uri()}/../{neighbour.name}/a b.txt")


def test_a_data_picture_is_drawn() -> None:
    inside = svg_address('<path d="M0 0H99V99H0Z"/>')

    pdf = pdf_from_html(page(f'<img alt="" src="{inside}">'))

    assert sum(picture(pdf).histogram()[:64]) > 5_000


# ---------------------------------------------------------------- the font is built once


def test_printing_before_the_font_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "_room", paper._PrintRoom())

    with pytest.raises(AssertionError, match="prepare_fonts"):
        pdf_from_html(page(""))


def test_the_same_bytes_come_of_every_build(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = "import sys, pathlib, ledger.thai_font as f; f.build_faces(pathlib.Path(sys.argv[1]))"
    began = time.perf_counter()
    builders = [
        subprocess.Popen(
            [sys.executable, "-c", build, str(folder)],
            cwd=HOUSE,
            env=os.environ | {"PYTHONHASHSEED": str(number)},
        )
        for number, folder in enumerate([tmp_path / "a", tmp_path / "b", tmp_path / "b"])
    ]
    ends = [builder.wait() for builder in builders]
    with capsys.disabled():
        sys.stdout.write(
            f"\n3 builders of the print font at once: {time.perf_counter() - began:.1f} s\n"
        )

    assert ends == [0, 0, 0]
    assert files_in(tmp_path / "a") == files_in(tmp_path / "b")
    assert len(files_in(tmp_path / "a")) == 3


def files_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_what_is_there_is_not_built_again(tmp_path: Path) -> None:
    first = build_faces(tmp_path)
    for file in first.values():
        file.write_bytes(b"kept")

    assert build_faces(tmp_path) == first
    assert {file.read_bytes() for file in first.values()} == {b"kept"}


def test_a_build_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)

    with pytest.raises(OSError, match="No space"):
        build_faces(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("face", Face)
def test_the_derived_font_says_that_it_is_not_sarabun(face: Face) -> None:
    names = TTFont(io.BytesIO(build_face(stock_face(face), face=face)))["name"]

    assert names.getDebugName(1) == thai_font.FAMILY == "Sarabun Samut"
    assert names.getDebugName(4) == f"Sarabun Samut {face}"
    assert names.getDebugName(6) == f"SarabunSamut-{face}"
    assert "one glyph per Thai cluster" in names.getDebugName(5)
    assert "SIL Open Font License" in names.getDebugName(13)


def test_the_licence_lies_beside_the_font(fonts: Path) -> None:
    assert "SIL OPEN FONT LICENSE" in (fonts / "OFL.txt").read_text(encoding="utf-8")


def test_a_machine_without_pango_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, fonts: Path
) -> None:
    class NoPango:
        def find_spec(self, name: str, *_where: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])
    monkeypatch.setattr(paper, "_room", paper._PrintRoom())
    prepare_fonts(fonts)

    with pytest.raises(CannotPrint, match="libpango"):
        pdf_from_html("<html lang='th'><title>ก</title></html>")
