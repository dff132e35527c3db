"""The font of every print: Sarabun in which each Thai cluster is one glyph.

A PDF says for each *glyph* which text it stands for. Thai shaped as several glyphs (a consonant,
a raised vowel, a shifted tone) cannot be told so: with the stock font half of all words come back
wrong when they are searched, copied or read aloud. So every cluster that Thai can write gets one
glyph of its own, drawn exactly as the stock font shapes it, and a ligature that picks it.

Source:
    Sarabun by Cadson Demak, SIL Open Font License 1.1, without a reserved name; the derived font
    is under the same licence, whose text is laid beside it.
"""

import io
import os
import tempfile
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

#: What the derived font is called; not Sarabun, so that nobody takes it for the original.
FAMILY = "Sarabun Samut"
#: Counts up whenever the same source would give other bytes.
BUILDER = 1

_CONSONANTS = [chr(code) for code in range(ord("ก"), ord("ฮ") + 1)]
_TONES = "่้๊๋"
_THANTHAKHAT = "์"
_SARA_AM = "ำ"
_NIKHAHIT, _SARA_AA = "ํ", "า"
_FIRST_LOOKUP = 0
_CONSONANTS_A_TABLE = 8
_NAME, _FULL_NAME, _UNIQUE_NAME, _VERSION_NAME, _FILE_NAME = 1, 4, 3, 5, 6
_BASE_GLYPH_CLASS = 1
_ARGUMENTS_ARE_OFFSETS, _ROUND_TO_GRID = 0x0002, 0x0004


class Face(StrEnum):
    """A weight of the family, by the name of its file."""

    REGULAR = "Regular"
    BOLD = "Bold"


#: What CSS calls the weight of each face.
WEIGHTS = {Face.REGULAR: 400, Face.BOLD: 700}


def clusters() -> list[str]:
    """List every cluster of more than one sign that Thai can write, such as กี้ and ก้ำ."""
    vowels = "ัิีึืฺุู"
    marks = [
        *vowels,
        *(vowel + tone for vowel in vowels if vowel != "ฺ" for tone in _TONES),
        *(vowel + _THANTHAKHAT for vowel in "ิีุู"),
        *("็", "็่", "็้", "็๊", _NIKHAHIT, _THANTHAKHAT),
        *_TONES,
        _SARA_AM,
        *(tone + _SARA_AM for tone in _TONES),
    ]
    return [consonant + mark for consonant in _CONSONANTS for mark in marks]


def build_faces(folder: Path) -> dict[Face, Path]:
    """Give the files of the family in a folder, building those that are missing.

    Two processes may build at once: each writes its own file and puts it into place whole. The
    bytes are the same whoever builds them.

    Args:
        folder: Where the files are kept; made when it is not there.
    """
    import fontpkg_sarabun  # noqa: PLC0415  (only the first print needs it)

    folder.mkdir(parents=True, exist_ok=True)
    licence = folder / "OFL.txt"
    if not licence.exists():
        _put(licence, (fontpkg_sarabun.ROOT / "LICENSE").read_bytes())
    files = {}
    for face in Face:
        source = (fontpkg_sarabun.ROOT / "files" / f"Sarabun-{face}.ttf").read_bytes()
        mark = sha256(source).hexdigest()[:8]
        files[face] = folder / f"SarabunSamut-{face}-{BUILDER}-{mark}.ttf"
        if not files[face].exists():
            _put(files[face], build_face(source, face=face))
    return files


def _put(file: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it, even after a power cut."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@cache
def build_face(source: bytes, *, face: Face) -> bytes:
    """Derive a face from the stock one: the same drawings, one glyph a cluster.

    Built once in a process, however many folders ask for it.

    Args:
        source: The stock TrueType file.
        face: Which face it is, for the names written into it.
    """
    from fontTools.ttLib import TTFont  # noqa: PLC0415  (only the first print needs it)

    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    ligatures = _draw_clusters(font, source)
    _add_ligatures(font["GSUB"].table, ligatures)
    for glyph in ligatures.values():
        font["GDEF"].table.GlyphClassDef.classDefs[glyph] = _BASE_GLYPH_CLASS
    # The new glyphs' names would be half the file, and nothing reads them.
    font["post"].formatType = 3.0
    # The stock signature does not fit the new bytes.
    del font["DSIG"]
    _rename(font["name"], face)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _draw_clusters(font: Any, source: bytes) -> dict[tuple[str, ...], str]:
    """Add a glyph for each cluster, and give the glyphs that the shaper will replace by it."""
    import uharfbuzz  # noqa: PLC0415

    shaper = uharfbuzz.Font(uharfbuzz.Face(source))
    characters, drawings, widths = font.getBestCmap(), font["glyf"], font["hmtx"]
    order = list(font.getGlyphOrder())
    stock = order.copy()
    ligatures = {}
    for text in clusters():
        name = "th." + "_".join(f"{ord(letter):04X}" for letter in text)
        drawing, width = _shape(text, shaper, stock)
        order.append(name)
        drawings.glyphs[name] = drawing
        drawing.recalcBounds(drawings)
        widths[name] = (width, drawing.xMin)
        ligatures[tuple(characters[ord(letter)] for letter in _as_shaped(text))] = name
    font.setGlyphOrder(order)
    drawings.glyphOrder = order
    return ligatures


def _shape(text: str, shaper: Any, stock: list[str]) -> tuple[Any, int]:
    """Put together one drawing out of those that the stock font uses for a cluster."""
    import uharfbuzz  # noqa: PLC0415
    from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent  # noqa: PLC0415

    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.script, buffer.language, buffer.direction = "Thai", "th", "ltr"
    uharfbuzz.shape(shaper, buffer)
    drawing, x = Glyph(), 0
    drawing.numberOfContours, drawing.components = -1, []
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        part = GlyphComponent()
        part.glyphName = stock[info.codepoint]
        part.x, part.y = x + position.x_offset, position.y_offset
        part.flags = _ARGUMENTS_ARE_OFFSETS | _ROUND_TO_GRID
        drawing.components.append(part)
        x += position.x_advance
    return drawing, x


def _as_shaped(text: str) -> str:
    """Give a cluster as the shaper hands it to the font: ำ taken apart, its ring before a tone."""
    if not text.endswith(_SARA_AM):
        return text
    return text[0] + _NIKHAHIT + text[1:-1] + _SARA_AA


def _add_ligatures(rules: Any, ligatures: dict[tuple[str, ...], str]) -> None:
    """Make the ligatures the very first rule, before the stock font shifts any mark."""
    from fontTools.otlLib.builder import buildLigatureSubstSubtable  # noqa: PLC0415
    from fontTools.ttLib.tables import otTables  # noqa: PLC0415

    by_consonant: dict[str, dict[tuple[str, ...], str]] = {}
    for glyphs, name in sorted(ligatures.items()):
        by_consonant.setdefault(glyphs[0], {})[glyphs] = name
    groups = list(by_consonant.values())
    lookup = otTables.Lookup()
    lookup.LookupType, lookup.LookupFlag = 4, 0
    # One table of them all would be too far from end to end for its 16-bit offsets.
    lookup.SubTable = [
        buildLigatureSubstSubtable(
            {k: v for group in groups[i : i + _CONSONANTS_A_TABLE] for k, v in group.items()}
        )
        for i in range(0, len(groups), _CONSONANTS_A_TABLE)
    ]
    lookup.SubTableCount = len(lookup.SubTable)
    _count_lookups_up(rules.LookupList)
    rules.LookupList.Lookup.insert(_FIRST_LOOKUP, lookup)
    rules.LookupList.LookupCount = len(rules.LookupList.Lookup)
    for record in rules.FeatureList.FeatureRecord:
        numbers = [number + 1 for number in record.Feature.LookupListIndex]
        if record.FeatureTag == "ccmp":
            numbers = [_FIRST_LOOKUP, *numbers]
        record.Feature.LookupListIndex = numbers
        record.Feature.LookupCount = len(numbers)


def _count_lookups_up(table: Any) -> None:
    """Let every rule that calls another by its number call the next number."""
    from fontTools.ttLib.tables.otTables import SubstLookupRecord  # noqa: PLC0415

    waiting, seen = [table], set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, SubstLookupRecord):
            thing.LookupListIndex += 1
        waiting += (
            thing if isinstance(thing, list) else list(getattr(thing, "__dict__", {}).values())
        )


def _rename(names: Any, face: Face) -> None:
    """Give the derived font a name of its own, and say in its version how it differs."""
    own = {
        _NAME: FAMILY,
        _UNIQUE_NAME: f"Samut {BUILDER};SarabunSamut-{face}",
        _FULL_NAME: f"{FAMILY} {face}",
        _FILE_NAME: f"SarabunSamut-{face}",
    }
    for record in names.names:
        if record.nameID == _VERSION_NAME:
            record.string = f"{record}; one glyph per Thai cluster"
        record.string = own.get(record.nameID, record.string)
