"""Reading the cells of a row; what cannot be read is said in a sentence and kept for the row."""

import re
from collections.abc import Mapping
from datetime import date

from ledger.errors import DomainError
from ledger.money import ZERO, Satang, UnreadableAmount, parse_baht
from ledger.period import check_date
from ledger.thai import arabic_digits, clean_text, parse_date

LONGEST_NAME = 120
LONGEST_NUMBER = 20
SHOWN = 40
#: A clock behind the day, as programs and date cells carry it.
_CLOCK = re.compile(r"[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\s*น\.)?$")
#: A member's number stands in the address of a page and in the code of an account.
_NUMBER = re.compile(r"[0-9A-Za-zก-ฮ][0-9A-Za-zก-ฮ.-]*")
_DASH = {"-", "–", "—", "−"}


class _Noting:
    """What catches a refusal and notes its sentence."""

    def __init__(self, problems: list[str]) -> None:
        self._problems = problems

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, raised: object, _trace: object) -> bool:
        if isinstance(raised, DomainError):
            self._problems.append(raised.sentence())
        return isinstance(raised, DomainError)


class Reader:
    """The cells of one row, and what was wrong with them."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self.problems: list[str] = []

    def __contains__(self, column: str) -> bool:
        return bool(self._cells.get(column))

    def noting(self) -> _Noting:
        """Keep the sentence of a refusal as a problem of the row."""
        return _Noting(self.problems)

    def text(self, column: str, *, called: str, longest: int = LONGEST_NAME) -> str:
        """Give a cell as a text that may be kept."""
        raw = self._cells.get(column, "")
        if len(raw) > longest:
            self.problems.append(f"{called}ยาวเกิน {longest} ตัวอักษร พิมพ์ให้สั้นลง")
            return ""
        with self.noting():
            return clean_text(raw)
        return ""

    def number(self) -> str:
        """Give the member's number, short ones of digits alone filled up as on passbooks."""
        text = arabic_digits(self.text("number", called="เลขที่สมาชิก")).replace("/", "-")
        if text and (len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text)):
            self.problems.append(
                f"เลขที่สมาชิก “{text[:SHOWN]}” ใช้ได้เฉพาะตัวเลข ตัวอักษร และขีด ไม่เกิน {LONGEST_NUMBER} ตัว"
            )
            return ""
        return text

    def amount(self, column: str, *, may_be_negative: bool = False) -> Satang:
        """Give an amount in satang; an empty cell and a dash alone are nothing."""
        text = self._cells.get(column, "").strip()
        if not text or text in _DASH:
            return ZERO
        negative = may_be_negative and text.startswith(("-", "−", "("))
        bare = text.lstrip("-−(").rstrip(")") if negative else text
        try:
            amount = parse_baht(bare)
        except UnreadableAmount as refusal:
            self.problems.append(refusal.thai.format_map({"text": text[:SHOWN]}))
            return ZERO
        return Satang(-amount) if negative else amount

    def day(self, column: str, *, otherwise: date | None) -> date | None:
        """Give a day, in either era; where the cell is empty, the one that holds otherwise."""
        text = self._cells.get(column, "").strip()
        if not text:
            return otherwise
        with self.noting():
            return parse_date(_CLOCK.sub("", text))
        return None

    def check_posting_day(self, on: date, *, today: date, closed_until: date | None) -> None:
        """Note that a day may not be posted, because it has not come or its month is closed."""
        with self.noting():
            check_date(entered_on=on, today=today, closed_until=closed_until)
