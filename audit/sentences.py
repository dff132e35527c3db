"""Entries in words: each one a sentence that people read, instead of debits and credits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.chart import SENSITIVE_ACCOUNTS
from ledger.entry import EntryKind
from ledger.money import Satang, short_baht, total
from ledger.thai import format_date

#: What is saved is put in, what is a premium is contributed; by the word of the product's kind.
SAVED = {
    "pledge": "สัจจะ",
    "share": "หุ้น",
    "demand": "เผื่อเรียก",
    "special": "ออมพิเศษ",
    "housing": "ออมเพื่อบ้าน",
}
CONTRIBUTED = {"welfare": "สวัสดิการ", "land_housing": "รักษาดินรักษาบ้าน"}
SHORTAGES = ("14040", "55080")
#: What a line is, whose account is a loan or something the group borrowed.
LENT, BORROWED = "loan", "borrowing"
#: Whose account is money kept with another group, or kept for it.
KEPT = "group"
#: What a borrower pays beside principal, by how its account's code begins.
LENDING_INCOME = {"410": "ดอกเบี้ย", "42010": "ดอกเบี้ยผิดนัด", "43040": "ค่าติดตามหนี้"}
#: What a lender is paid beside principal.
BORROWING_COST = {"510": "ดอกเบี้ย"}
RETENTION, CONTRACT_FEE = "24020", "43020"
#: Vowels that are written before the consonant that they follow.
_LEADING_VOWELS = "เแโใไ"


@dataclass(frozen=True, slots=True)
class Line:
    """One posting as it is told; ``amount`` in satang, debit positive.

    Attributes:
        account_id: The account's number in its book.
        code: Its code.
        name: Its Thai name.
        fund: Its purse.
        amount: What was added to it.
        member: Whose savings or loan it is, or empty; of a borrowing the lender.
        member_number: Their number, or empty.
        product: The kind of saving, such as ``pledge``; ``loan``, ``borrowing``, or empty.
    """

    account_id: int
    code: str
    name: str
    fund: str
    amount: Satang
    member: str = ""
    member_number: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence is made of.

    Attributes:
        kind: What the entry is about.
        entered_on: The business day.
        amount: What moved, in satang.
        lines: Its postings in order.
        posted_by: The name of the officer who wrote it.
        approved_by: The name of the second officer, or empty.
        reverses_number: The entry that it takes back, or None.
    """

    kind: EntryKind
    entered_on: date
    amount: Satang
    lines: tuple[Line, ...]
    posted_by: str
    approved_by: str = ""
    reverses_number: int | None = None


def sentence(told: Told) -> str:
    """Tell an entry: what happened, by whom, on what day."""
    return " · ".join((what_happened(told), who_wrote(told), format_date(told.entered_on)))


def what_happened(told: Told) -> str:
    """Tell what happened, with the amounts: ``สมศรี ใจดี ฝากสัจจะ 100 หุ้น 100 บาท``."""
    return _TELLING[told.kind](told)


def who_wrote(told: Told) -> str:
    """Tell who received, paid or wrote, and who approved, by their given names."""
    word = _BY.get(told.kind, "ลงรายการโดย")
    approved = f" อนุมัติโดย {given_name(told.approved_by)}" if told.approved_by else ""
    return f"{word} {given_name(told.posted_by)}{approved}"


def given_name(name: str) -> str:
    """Give the name by which Thais call each other."""
    return name.split(maxsplit=1)[0] if name.strip() else "ไม่ทราบชื่อ"


def initials(name: str) -> str:
    """Give a name's initials: ``สมชาย แก้วมณี`` is ``ส.ก.``; the vowel before is left out."""
    letters = []
    for word in name.split()[:2]:
        bare = word.lstrip(_LEADING_VOWELS)
        letters.append((bare or word)[0])
    return "".join(f"{letter}." for letter in letters) or "?"


def is_sensitive(lines: Iterable[Line]) -> bool:
    """Tell whether an entry touches welfare benefits, whose reasons stay in the group."""
    return any(line.code.startswith(SENSITIVE_ACCOUNTS) for line in lines)


def _people(lines: Sequence[Line]) -> str:
    names = list(dict.fromkeys(line.member for line in lines if line.member))
    if not names:
        return ""
    return names[0] if len(names) == 1 else f"{names[0]} และอีก {len(names) - 1} คน"


def _amounts(lines: Sequence[Line], words: dict[str, str]) -> str:
    """Give what went into each kind of saving: ``สัจจะ 100 หุ้น 100``."""
    sums: dict[str, int] = {}
    for line in lines:
        if line.product in words:
            sums[line.product] = sums.get(line.product, 0) + line.amount
    return " ".join(f"{words[kind]} {short_baht(Satang(sums[kind]))}" for kind in sums)


def _members_lines(told: Told) -> tuple[Line, ...]:
    return tuple(line for line in told.lines if line.product)


def _words_of(lines: Iterable[Line], words: dict[str, str]) -> str:
    """Give what lines come to by the words for their accounts: ``ดอกเบี้ย 200``."""
    sums: dict[str, int] = {}
    for line in lines:
        word = next((words[code] for code in words if line.code.startswith(code)), "")
        if word:
            sums[word] = sums.get(word, 0) + abs(line.amount)
    return " ".join(f"{word} {short_baht(Satang(amount))}" for word, amount in sums.items())


def _principal(lines: Iterable[Line]) -> str:
    amount = sum(abs(line.amount) for line in lines)
    return f"เงินต้น {short_baht(Satang(amount))}" if amount else ""


def _repaid(told: Told) -> str:
    """``เงินต้น 2,000 ดอกเบี้ย 200 ดอกเบี้ยผิดนัด 36.99``, or empty when no loan was paid."""
    credited = [line for line in told.lines if line.amount < 0]
    principal = _principal(line for line in credited if line.product == LENT)
    return " ".join(part for part in (principal, _words_of(credited, LENDING_INCOME)) if part)


def _paid_in(told: Told) -> str:
    """``สมศรี ใจดี ฝากสัจจะ 100 หุ้น 100 สมทบสวัสดิการ 30 บาท``, fees named after them."""
    theirs = _members_lines(told)
    credited = tuple(line for line in theirs if line.amount < 0)
    saved, premiums = _amounts(credited, SAVED), _amounts(credited, CONTRIBUTED)
    repaid = _repaid(told)
    fees = [
        f"{line.name} {short_baht(line.amount)}"
        for line in told.lines
        if not line.product
        and line.amount < 0
        and not (repaid and line.code.startswith(tuple(LENDING_INCOME)))
    ]
    parts = [
        *([f"ฝาก{saved}"] if saved else []),
        *([f"สมทบ{premiums}"] if premiums else []),
        *([f"ชำระเงินกู้ {repaid}"] if repaid else []),
        *([f"จ่าย{' '.join(fees[:2])}"] if fees else []),
    ]
    if not _people(theirs):
        return f"รับ{' '.join(fees[:2])} บาท" if fees else _moved(told)
    return f"{_people(theirs)} {' '.join(parts)} บาท"


def _withdrew(told: Told) -> str:
    theirs = _members_lines(told)
    taken = _amounts(theirs, SAVED | CONTRIBUTED)
    return f"{_people(theirs)} ถอน{taken} บาท" if taken else _moved(told)


def _left(told: Told) -> str:
    theirs = _members_lines(told)
    given_back = _amounts(theirs, SAVED | CONTRIBUTED)
    return f"{_people(theirs)} ลาออก รับคืน{given_back} บาท" if given_back else _moved(told)


def _opened(told: Told) -> str:
    theirs = _members_lines(told)
    had = _amounts(theirs, SAVED | CONTRIBUTED)
    if had:
        return f"ยอดยกมาของ{_people(theirs)} {had} บาท"
    return f"ยอดยกมา {_other_side(told)} {short_baht(told.amount)} บาท"


def _cash_differed(told: Told) -> str:
    short = any(line.amount > 0 and line.code in SHORTAGES for line in told.lines)
    return f"เงินสด{'ขาด' if short else 'เกิน'} {short_baht(told.amount)} บาท จากยอดที่ควรมี"


def _spent(told: Told) -> str:
    names = _names(line for line in told.lines if line.amount > 0)
    return f"จ่าย{names} {short_baht(told.amount)} บาท"


def _interest(told: Told) -> str:
    theirs = _members_lines(told)
    if theirs:
        given = short_baht(total(line.amount for line in theirs))
        return f"ให้ดอกเบี้ย{_people(theirs)} {given} บาท"
    earned = [line for line in told.lines if line.code.startswith("4")]
    names = _names(earned or [line for line in told.lines if line.code.startswith("5")])
    return f"{names or 'ดอกเบี้ย'} {short_baht(told.amount)} บาท"


def _imported(told: Told) -> str:
    theirs = _members_lines(told)
    had = _amounts(theirs, SAVED | CONTRIBUTED)
    if had:
        return f"นำเข้าจากแฟ้ม: {_people(theirs)} {had} บาท"
    return f"นำเข้าจากแฟ้ม: {_moved(told)}"


def _lent(told: Told) -> str:
    """``จ่ายเงินกู้ให้ สมศรี ใจดี 30,000 บาท หักหนี้เดิม เงินต้น 8,000 ดอกเบี้ย 80``."""
    out = [line for line in told.lines if line.product == LENT and line.amount > 0]
    if not out:
        return _moved(told)
    amount = short_baht(total(line.amount for line in out))
    kept = _words_of(told.lines, {RETENTION: "กันเงินประกันผลงาน"})
    fee = _words_of(told.lines, {CONTRACT_FEE: "รับค่าธรรมเนียม"})
    old = f"หักหนี้เดิม {_repaid(told)}" if _repaid(told) else ""
    return " ".join(
        part for part in (f"จ่ายเงินกู้ให้ {_people(out)} {amount} บาท", old, kept, fee) if part
    )


def _borrowed(told: Told) -> str:
    """``กลุ่มกู้เงินจาก พอช. 3,600,000 บาท``."""
    taken = [line for line in told.lines if line.product == BORROWED and line.amount < 0]
    if not taken:
        return _moved(told)
    amount = short_baht(total(line.amount for line in taken))
    return f"กลุ่มกู้เงินจาก {_people(taken)} {amount} บาท"


def _paid_back(told: Told) -> str:
    """``กลุ่มชำระเงินกู้ พอช. เงินต้น 1,219 ดอกเบี้ย 1,000 บาท``."""
    paid = [line for line in told.lines if line.product == BORROWED and line.amount > 0]
    cost = _words_of((line for line in told.lines if line.amount > 0), BORROWING_COST)
    lender = f" {_people(paid)}" if paid else ""
    parts = " ".join(part for part in (_principal(paid), cost) if part)
    return f"กลุ่มชำระเงินกู้{lender} {parts} บาท" if parts else _moved(told)


def _between(told: Told) -> str:
    """``ให้กลุ่มออมทรัพย์บ้านบ่อลูกรัง กู้ 100,000 บาท``: told from the side of this book."""
    whose = next((line for line in told.lines if line.product in {LENT, BORROWED, KEPT}), None)
    if whose is None:
        return _moved(told)
    amount = short_baht(told.amount)
    grows = whose.amount > 0
    if whose.product == LENT:
        return (
            f"ให้{whose.member}กู้ {amount} บาท"
            if grows
            else f"รับชำระจาก{whose.member} {_repaid(told)} บาท"
        )
    if whose.product == BORROWED:
        return _paid_back(told) if grows else f"กู้เงินจาก{whose.member} {amount} บาท"
    is_ours = whose.code.startswith("1")
    if is_ours:
        return f"{'ฝากเงินไว้กับ' if grows else 'ถอนเงินฝากจาก'}{whose.member} {amount} บาท"
    return f"{'คืนเงินฝากให้' if grows else 'รับฝากเงินจาก'}{whose.member} {amount} บาท"


def _provided(told: Told) -> str:
    grew = any(line.amount > 0 and line.code.startswith("5") for line in told.lines)
    return f"{'เพิ่ม' if grew else 'ลด'}ค่าเผื่อหนี้สงสัยจะสูญ {short_baht(told.amount)} บาท"


def _written_off(told: Told) -> str:
    gone = [line for line in told.lines if line.product == LENT and line.amount < 0]
    return f"ตัดหนี้สูญของ {_people(gone)} {short_baht(told.amount)} บาท" if gone else _moved(told)


def _recovered(told: Told) -> str:
    return f"ได้เงินคืนจากหนี้สูญ {short_baht(told.amount)} บาท"


def _moved(told: Told) -> str:
    """``จากเงินสดในมือ ไปเงินฝากธนาคาร 1,000 บาท``."""
    out_of = _names(line for line in told.lines if line.amount < 0)
    into = _names(line for line in told.lines if line.amount > 0)
    return f"จาก{out_of} ไป{into} {short_baht(told.amount)} บาท"


def _transferred(told: Told) -> str:
    return f"ย้ายเงิน{_moved(told)}"


def _reversed(told: Told) -> str:
    people = _people(_members_lines(told))
    of_whom = f" ของ{people}" if people else ""
    return f"กลับรายการเลขที่ {told.reverses_number}{of_whom} {short_baht(told.amount)} บาท"


def _other_side(told: Told) -> str:
    """Name the accounts besides the clearing account of opening balances."""
    return _names(line for line in told.lines if not line.code.startswith("39"))


def _names(lines: Iterable[Line]) -> str:
    names = list(dict.fromkeys(line.name for line in lines))
    if not names:
        return ""
    return names[0] if len(names) == 1 else f"{names[0]} และอีก {len(names) - 1} บัญชี"


_TELLING: dict[EntryKind, Callable[[Told], str]] = {
    EntryKind.OPENING: _opened,
    EntryKind.COLLECTION: _paid_in,
    EntryKind.RECEIPT: _paid_in,
    EntryKind.WITHDRAWAL: _withdrew,
    EntryKind.ENTRANCE: _paid_in,
    EntryKind.LEAVING: _left,
    EntryKind.CASH_DIFFERENCE: _cash_differed,
    EntryKind.TRANSFER: _transferred,
    EntryKind.EXPENSE: _spent,
    EntryKind.INTEREST: _interest,
    EntryKind.LOAN: _lent,
    EntryKind.REPAYMENT: _paid_in,
    EntryKind.BORROWING: _borrowed,
    EntryKind.BORROWING_PAID: _paid_back,
    EntryKind.BETWEEN_GROUPS: _between,
    EntryKind.PROVISION: _provided,
    EntryKind.WRITE_OFF: _written_off,
    EntryKind.RECOVERY: _recovered,
    EntryKind.IMPORTED: _imported,
    EntryKind.JOURNAL: _moved,
    EntryKind.REVERSAL: _reversed,
}
_BY = {
    EntryKind.COLLECTION: "รับโดย",
    EntryKind.RECEIPT: "รับโดย",
    EntryKind.ENTRANCE: "รับโดย",
    EntryKind.WITHDRAWAL: "จ่ายโดย",
    EntryKind.LEAVING: "จ่ายโดย",
    EntryKind.EXPENSE: "จ่ายโดย",
    EntryKind.CASH_DIFFERENCE: "นับโดย",
    EntryKind.REPAYMENT: "รับโดย",
    EntryKind.RECOVERY: "รับโดย",
    EntryKind.LOAN: "จ่ายโดย",
    EntryKind.BORROWING_PAID: "จ่ายโดย",
}
