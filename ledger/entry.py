"""Drafts of entries. A draft that does not balance, in total and in each fund, cannot be made."""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from ledger.errors import RuleBroken
from ledger.money import MOST_SATANG, Satang, format_baht

LONGEST_MEMO = 500
FEWEST_POSTINGS = 2
MOST_POSTINGS = 1_000


class EntryKind(StrEnum):
    """What an entry is about; it decides the words in which people read it."""

    OPENING = "opening"
    COLLECTION = "collection"
    RECEIPT = "receipt"
    WITHDRAWAL = "withdrawal"
    ENTRANCE = "entrance"
    LEAVING = "leaving"
    CASH_DIFFERENCE = "cash_difference"
    TRANSFER = "transfer"
    EXPENSE = "expense"
    INTEREST = "interest"
    LOAN = "loan"
    REPAYMENT = "repayment"
    BORROWING = "borrowing"
    BORROWING_PAID = "borrowing_paid"
    BETWEEN_GROUPS = "between_groups"
    PROVISION = "provision"
    WRITE_OFF = "write_off"
    RECOVERY = "recovery"
    IMPORTED = "imported"
    JOURNAL = "journal"
    REVERSAL = "reversal"


#: How the pages call what an entry is about.
ENTRY_KIND_IN_THAI: dict[str, str] = {
    EntryKind.OPENING: "ยอดยกมา",
    EntryKind.COLLECTION: "วันเก็บเงิน",
    EntryKind.RECEIPT: "รับเงิน",
    EntryKind.WITHDRAWAL: "ถอนเงิน",
    EntryKind.ENTRANCE: "แรกเข้า",
    EntryKind.LEAVING: "ลาออก",
    EntryKind.CASH_DIFFERENCE: "เงินขาดหรือเกิน",
    EntryKind.TRANSFER: "โอนระหว่างบัญชี",
    EntryKind.EXPENSE: "จ่ายค่าใช้จ่าย",
    EntryKind.INTEREST: "ดอกเบี้ย",
    EntryKind.LOAN: "จ่ายเงินกู้",
    EntryKind.REPAYMENT: "รับชำระเงินกู้",
    EntryKind.BORROWING: "กลุ่มกู้เงินมา",
    EntryKind.BORROWING_PAID: "กลุ่มชำระเงินกู้",
    EntryKind.BETWEEN_GROUPS: "รับส่งเงินระหว่างกลุ่ม",
    EntryKind.PROVISION: "ตั้งค่าเผื่อหนี้สงสัยจะสูญ",
    EntryKind.WRITE_OFF: "ตัดหนี้สูญ",
    EntryKind.RECOVERY: "ได้เงินคืนจากหนี้สูญ",
    EntryKind.IMPORTED: "นำเข้าจากสมุดเดิม",
    EntryKind.JOURNAL: "รายวันทั่วไป",
    EntryKind.REVERSAL: "กลับรายการ",
}


class UnbalancedEntry(RuleBroken):
    """Debits and credits of the entry differ, in total or in one of its funds."""

    thai = "รายการไม่ดุล กองทุน {fund}: เดบิต {debits} บาท เครดิต {credits} บาท"


class EmptyEntry(RuleBroken):
    """The entry has fewer than two postings, or more than a thousand."""

    thai = "รายการบัญชีต้องมีตั้งแต่ 2 ถึง 1,000 บรรทัด มีอยู่ {postings} บรรทัด"


class EmptyPosting(RuleBroken):
    """A posting of nothing, or of more than any book holds."""

    thai = "จำนวนเงินในบรรทัดรายการต้องไม่เป็นศูนย์และไม่มากเกินไป"


class UnreadableMemo(RuleBroken):
    """The memo is too long, or holds characters that no one can see."""

    thai = "คำอธิบายรายการยาวเกิน 500 ตัวอักษร หรือมีอักขระที่มองไม่เห็น พิมพ์ใหม่ให้สั้นลง"


@dataclass(frozen=True, slots=True)
class PostingDraft:
    """One line of an entry: an account and what is added to it.

    Attributes:
        account_id: The account's number in its book.
        fund: The code of the purse that the account belongs to, such as ``SAV``.
        amount: Satang; a debit is positive, a credit negative.
    """

    account_id: int
    fund: str
    amount: Satang

    def __post_init__(self) -> None:
        if not self.amount or abs(self.amount) > MOST_SATANG:
            raise EmptyPosting(account_id=self.account_id, amount=self.amount)


def debit(account_id: int, fund: str, amount: Satang) -> PostingDraft:
    """Post to the debit side; ``amount`` in satang, above zero."""
    assert amount > 0, amount
    return PostingDraft(account_id, fund, amount)


def credit(account_id: int, fund: str, amount: Satang) -> PostingDraft:
    """Post to the credit side; ``amount`` in satang, above zero."""
    assert amount > 0, amount
    return PostingDraft(account_id, fund, Satang(-amount))


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A balanced set of postings with its business day and its reason.

    Attributes:
        entered_on: The business day: when the money moved.
        kind: What it is about.
        postings: Its lines, in the order in which people read them.
        memo: What somebody wrote about it. Kept apart from the seal, so that it can be redacted.
        reference: The number of its paper, such as a receipt's.
        reverses_number: The entry of the same book that this one takes back.

    Raises:
        EmptyEntry: Fewer than two postings, or more than a thousand.
        UnbalancedEntry: A fund's postings do not sum to zero.
        UnreadableMemo: The memo is too long or holds invisible characters.
    """

    entered_on: date
    kind: EntryKind
    postings: tuple[PostingDraft, ...]
    memo: str = ""
    reference: str = ""
    reverses_number: int | None = None

    def __post_init__(self) -> None:
        if not FEWEST_POSTINGS <= len(self.postings) <= MOST_POSTINGS:
            raise EmptyEntry(postings=len(self.postings))
        sums: defaultdict[str, int] = defaultdict(int)
        for posting in self.postings:
            sums[posting.fund] += posting.amount
        for fund, difference in sums.items():
            if difference:
                raise self._unbalanced(fund)
        if (self.memo or self.reference) and not (
            is_plain(self.memo) and is_plain(self.reference) and len(self.memo) <= LONGEST_MEMO
        ):
            raise UnreadableMemo(length=len(self.memo))

    def _unbalanced(self, fund: str) -> UnbalancedEntry:
        amounts = [posting.amount for posting in self.postings if posting.fund == fund]
        return UnbalancedEntry(
            fund=fund,
            debits=format_baht(Satang(sum(a for a in amounts if a > 0))),
            credits=format_baht(Satang(-sum(a for a in amounts if a < 0))),
        )

    @property
    def amount(self) -> Satang:
        """What moved: the sum of the debits, in satang."""
        return Satang(sum(p.amount for p in self.postings if p.amount > 0))


def is_plain(text: str) -> bool:
    """Tell whether a text is composed (NFC) and free of characters that cannot be seen.

    What is sealed must look the same to everyone who reads it, so control, zero-width and
    direction characters are refused; the pages clean them away before they come here.
    """
    if text.isascii():
        return text.isprintable()
    return unicodedata.is_normalized("NFC", text) and not any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        for character in text
    )


def mirror_image(draft: EntryDraft, *, of_number: int, entered_on: date, memo: str) -> EntryDraft:
    """Take an entry back: the same postings with the sides exchanged."""
    return replace(
        draft,
        entered_on=entered_on,
        kind=EntryKind.REVERSAL,
        memo=memo,
        reverses_number=of_number,
        postings=tuple(
            PostingDraft(p.account_id, p.fund, Satang(-p.amount)) for p in draft.postings
        ),
    )
