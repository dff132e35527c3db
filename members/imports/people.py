"""The rows of a sheet of members: who they are, and what is wrong with what is written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.money import Satang, format_baht
from ledger.thai import arabic_digits, mask_national_id, national_id_is_valid
from members.by_laws import Rule, RuleName, in_force
from members.imports.cells import Reader
from members.imports.facts import GroupFacts
from members.imports.headings import OF, PEOPLE_HEADINGS, FoundTable, Row, find_table
from members.imports.sheets import Sheet
from members.models import PersonType, ProductKind
from members.services.people import (
    NUMBER_DIGITS,
    NewMember,
    PledgeOutOfBounds,
    check_whole_shares,
)

NEEDED = (("name", "given_name"),)
#: Longest first, so that นางสาว is not taken for นาง.
TITLES = (
    *("เด็กหญิง", "เด็กชาย", "นางสาว", "ว่าที่ ร.ต.", "ว่าที่ร.ต.", "จ.ส.อ.", "จ.ส.ต.", "พ.จ.อ."),
    *("น.ส.", "ด.ญ.", "ด.ช.", "ร.ต.", "ร.ท.", "ร.อ.", "ส.อ.", "ส.ต.", "ด.ต.", "ดร.", "นาง", "นาย"),
    *("Miss", "Mrs.", "Mrs", "Mr.", "Mr", "Ms.", "Ms"),
)
_TITLE = re.compile(
    "(" + "|".join(re.escape(title) for title in TITLES) + r")(?:\s+|(?<=\.)|(?=[ก-ฮเ-ไ]))(?=\S)"
)
_MOO = re.compile(r"(?:หมู่ที่|หมู่|ม\.|moo)?\s*([0-9]{1,2})", re.IGNORECASE)
_ALIEN_DIGITS = "67"
_SHORT_TELEPHONES = (8, 9)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A row that was checked.

    Attributes:
        line: Where it stands in the sheet.
        problems: What must be put right before anything is written.
        doubts: What is worth a look.
        person: Who it is; None while there are problems.
        masked_national_id: The mask of the identity number, which is all that is kept.
        pledges: What they promise a collection day, by product, in satang.
    """

    line: int
    problems: tuple[str, ...]
    doubts: tuple[str, ...]
    person: NewMember | None
    masked_national_id: str
    pledges: Mapping[str, Satang]


def find_people(sheets: Sequence[Sheet], *, products: Mapping[str, str]) -> FoundTable:
    """Find the table of members in a file, identity numbers masked before anything is kept.

    Raises:
        NoHeading, ColumnTwice, NoRows, TooManyRows: There is no such table.
    """
    table = find_table(sheets, headings=PEOPLE_HEADINGS, needed=NEEDED, products=products)
    rows = tuple(Row(row.line, _masked(row.cells)) for row in table.rows)
    return FoundTable(table.columns, rows, table.notes)


def _masked(cells: Mapping[str, str]) -> dict[str, str]:
    """Keep of an identity number its mask, and what its first digit says of the person."""
    kept = dict(cells)
    text = arabic_digits(kept.pop("national_id", "")).strip()
    if not text:
        return kept
    if not national_id_is_valid(text):
        return kept | {"wrong_id": "X"}
    first = text[0]
    kind = PersonType.NO_STATUS if first == "0" else PersonType.THAI
    if first in _ALIEN_DIGITS:
        kind = PersonType.ALIEN
    return kept | {"national_id": mask_national_id(text), "person_type": kind.value}


def check_people(rows: Sequence[Row], *, facts: GroupFacts, joined_on: date) -> list[PersonRow]:
    """Check every row of a sheet of members.

    Args:
        rows: The rows as they were read.
        facts: The group.
        joined_on: The day on which those joined whose row does not say.
    """
    readers = [Reader(row.cells) for row in rows]
    numbers = [_number(reader) for reader in readers]
    given = [int(n) for n in (*numbers, *facts.members) if n.isascii() and n.isdigit()]
    next_number = max(given, default=0) + 1
    seen: dict[str, int] = {}
    checked = []
    for row, reader, number in zip(rows, readers, numbers, strict=True):
        if number in seen:
            reader.problems.append(f"เลขที่สมาชิก {number} ซ้ำกับแถวที่ {seen[number]}")
        known = facts.members.get(number)
        if known is not None and not known.may_return:
            reader.problems.append(f"เลขที่สมาชิก {number} มีคนใช้แล้ว ({known.name})")
        used = number
        if not used:
            used, next_number = str(next_number).zfill(NUMBER_DIGITS), next_number + 1
        else:
            seen.setdefault(used, row.line)
        checked.append(_checked(row, reader, number=used, facts=facts, joined_on=joined_on))
    return checked


def _number(reader: Reader) -> str:
    number = reader.number()
    return number.zfill(NUMBER_DIGITS) if number.isascii() and number.isdigit() else number


def _checked(
    row: Row, reader: Reader, *, number: str, facts: GroupFacts, joined_on: date
) -> PersonRow:
    title, given, family = _names(reader)
    house = arabic_digits(reader.text("house_number", called="บ้านเลขที่", longest=40))
    village = _village(reader, facts)
    on = reader.day("joined", otherwise=joined_on)
    if on is not None:
        reader.check_posting_day(on, today=facts.today, closed_until=None)
    if "wrong_id" in reader:
        reader.problems.append("เลขประจำตัวประชาชนไม่ถูก ตรวจตัวเลข 13 หลักอีกครั้ง หรือเว้นว่างไว้")
    telephone = _telephone(reader)
    beneficiary = reader.text("beneficiary", called="ผู้รับโอนประโยชน์")
    pledges = _pledges(reader, facts, joined_on=on or joined_on)
    doubts = [] if family or reader.problems else ["ไม่มีนามสกุล"]
    if house and village is None:
        doubts.append("กลุ่มยังไม่ได้ระบุหมู่บ้าน บ้านเลขที่จึงไม่ถูกบันทึก")
    person = None
    if on is not None and not reader.problems:
        kind = PersonType(row.cells.get("person_type", PersonType.NO_NUMBER))
        person = NewMember(
            number=number,
            title=title,
            given_name=given,
            family_name=family,
            person_type=kind,
            national_id="",
            telephone=telephone,
            house_number=house,
            village_code=village,
            beneficiary=beneficiary,
            joined_on=on,
        )
    return PersonRow(
        line=row.line,
        problems=tuple(reader.problems),
        doubts=tuple(doubts),
        person=person,
        masked_national_id=row.cells.get("national_id", ""),
        pledges=pledges,
    )


def _names(reader: Reader) -> tuple[str, str, str]:
    title = reader.text("title", called="คำนำหน้า", longest=40)
    family = reader.text("family_name", called="นามสกุล")
    whole = reader.text("name", called="ชื่อ-สกุล", longest=250)
    if "given_name" in reader:
        given = reader.text("given_name", called="ชื่อ")
        family = family or whole
    else:
        given = whole
    if not title and (match := _TITLE.match(given)):
        title, given = match[1], given[match.end() :].strip()
    if not family and " " in given:
        given, family = given.split(maxsplit=1)
    if not given and not reader.problems:
        reader.problems.append("ไม่มีชื่อสมาชิก")
    return title, given, family


def _telephone(reader: Reader) -> str:
    """Give the telephone; a spreadsheet that took it for a number dropped its first zero."""
    text = arabic_digits(reader.text("telephone", called="โทรศัพท์", longest=40))
    lost_zero = text.isascii() and text.isdigit() and len(text) in _SHORT_TELEPHONES
    return f"0{text}" if lost_zero and not text.startswith("0") else text


def _village(reader: Reader, facts: GroupFacts) -> str | None:
    moo = arabic_digits(reader.text("moo", called="หมู่ที่", longest=40))
    if not moo or facts.village_code is None:
        return facts.village_code
    match = _MOO.match(moo)
    code = f"{facts.village_code[:6]}{int(match[1]):02d}" if match else ""
    if code not in facts.villages:
        reader.problems.append(f"ไม่พบหมู่ที่ “{moo[:40]}” ในตำบลของกลุ่ม เพิ่มหมู่บ้านก่อน หรือแก้หมู่ที่")
        return None
    return code


def _pledges(reader: Reader, facts: GroupFacts, *, joined_on: date) -> dict[str, Satang]:
    pledges = {}
    for code, product in facts.products.items():
        amount = reader.amount(OF + code)
        if amount:
            pledges[code] = amount
            with reader.noting():
                on = promised_from(joined_on, founded_on=facts.founded_on)
                _check_promise(product.kind, amount, rules=facts.rules, on=on)
    return pledges


def promised_from(joined_on: date, *, founded_on: date | None) -> date:
    """Give the day from which a promise holds: no earlier than the by-laws that it rests on."""
    return joined_on if founded_on is None else max(joined_on, founded_on)


def _check_promise(kind: ProductKind, amount: Satang, *, rules: Iterable[Rule], on: date) -> None:
    """Refuse a promise that the by-laws of its first day do not allow."""
    if kind is ProductKind.PLEDGE:
        least = Satang(in_force(rules, name=RuleName.PLEDGE_LEAST, on=on))
        most = Satang(in_force(rules, name=RuleName.PLEDGE_MOST, on=on))
        if not least <= amount <= most:
            raise PledgeOutOfBounds(least=format_baht(least), most=format_baht(most))
    if kind is ProductKind.SHARE:
        check_whole_shares(amount, par=Satang(in_force(rules, name=RuleName.SHARE_PAR, on=on)))
