"""Opens a workbook in a process of its own; run by ``sheets`` and by nobody else.

The reader is written in Rust. A broken file can make it ask for more memory than there is, and
then it ends its whole process without a word, which must never be the one that serves the pages.
So it is given little memory and little time here, and whatever happens, only this process ends.

The file comes in on standard input. Out goes JSON: the name and the rows of each sheet. It imports
nothing of ours.
"""

import io
import json
import sys
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

try:
    import resource
except ImportError:  # Windows knows no such limits
    resource = None  # type: ignore[assignment]

MOST_MEMORY = 1 << 30
MOST_SECONDS = 30
MOST_SHEETS = 40
#: As many digits as a double holds for certain, so that 1200.3000000000002 is 1200.3 again.
EXACT = ".15g"
MIDNIGHT = time()


class Ended(IntEnum):
    """How the process ended, where it could still say so."""

    WELL = 0
    BROKEN = 3
    LOCKED = 4
    TOO_LARGE = 5


def text_of(cell: object, *, longest: int) -> str:
    """Write a cell as somebody would have typed it."""
    if isinstance(cell, str):
        return cell[:longest]
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return format(cell, EXACT)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == MIDNIGHT else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None or isinstance(cell, timedelta) else str(cell)[:longest]


def rows_of(sheet: Any, *, most_lines: int, most_cells: int, longest: int) -> list[list[str]]:
    """Give the rows of a sheet, from the first on."""
    height, width = sheet.total_height, sheet.total_width
    if height > most_lines or height * width > most_cells:
        sys.exit(Ended.TOO_LARGE)
    rows = sheet.to_python(skip_empty_area=False)
    return [[text_of(cell, longest=longest) for cell in row] for row in rows]


def main(most_lines: int, most_cells: int, longest: int) -> None:
    """Read standard input and write what is in it."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())) as book:
            sheets = [
                [
                    name,
                    rows_of(
                        book.get_sheet_by_name(name),
                        most_lines=most_lines,
                        most_cells=most_cells,
                        longest=longest,
                    ),
                ]
                for name in book.sheet_names[:MOST_SHEETS]
            ]
    except PasswordError:
        sys.exit(Ended.LOCKED)
    except (CalamineError, ValueError, OSError, MemoryError):
        sys.exit(Ended.BROKEN)
    json.dump(sheets, sys.stdout)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
