"""Entries in words."""

from datetime import date

import pytest

from audit.sentences import Line, Told, initials, is_sensitive, sentence, what_happened
from ledger.entry import EntryKind
from ledger.money import Satang

SOMSRI = {"member": "นางสมศรี ใจดี", "member_number": "0001"}
BOONMEE = {"member": "นายบุญมี ทองคำ", "member_number": "0002"}


def line(amount: int, code: str = "11010", name: str = "เงินสดในมือ", **whose: str) -> Line:
    return Line(1, code, name, "SAV", Satang(amount), **whose)


def told(kind: EntryKind, *lines: Line, approved_by: str = "", reverses: int | None = None) -> Told:
    return Told(
        kind=kind,
        entered_on=date(2023, 4, 6),
        amount=Satang(sum(one.amount for one in lines if one.amount > 0)),
        lines=lines,
        posted_by="มาลี บุญช่วย",
        approved_by=approved_by,
        reverses_number=reverses,
    )


def test_a_receipt_says_who_paid_what_to_whom_and_when() -> None:
    receipt = told(
        EntryKind.RECEIPT,
        line(230_00),
        line(-100_00, product="pledge", **SOMSRI),
        line(-100_00, product="share", **SOMSRI),
        line(-30_00, product="welfare", **SOMSRI),
    )

    assert sentence(receipt) == (
        "นางสมศรี ใจดี ฝากสัจจะ 100 หุ้น 100 สมทบสวัสดิการ 30 บาท · รับโดย มาลี · 6 เม.ย. 2566"
    )


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        (
            told(
                EntryKind.RECEIPT,
                line(300_00),
                line(-100_00, product="pledge", **SOMSRI),
                line(-200_00, product="pledge", **BOONMEE),
            ),
            "นางสมศรี ใจดี และอีก 1 คน ฝากสัจจะ 300 บาท",
        ),
        (
            told(EntryKind.RECEIPT, line(30_00), line(-30_00, product="welfare", **SOMSRI)),
            "นางสมศรี ใจดี สมทบสวัสดิการ 30 บาท",
        ),
        (
            told(
                EntryKind.WITHDRAWAL,
                line(1_500_50, product="demand", **SOMSRI),
                line(-1_500_50),
            ),
            "นางสมศรี ใจดี ถอนเผื่อเรียก 1,500.50 บาท",
        ),
        (
            told(
                EntryKind.LEAVING,
                line(900_00, product="pledge", **SOMSRI),
                line(100_00, product="share", **SOMSRI),
                line(-1_000_00),
            ),
            "นางสมศรี ใจดี ลาออก รับคืนสัจจะ 900 หุ้น 100 บาท",
        ),
        (
            told(EntryKind.ENTRANCE, line(50_00), line(-50_00, "43010", "ค่าธรรมเนียมแรกเข้า")),
            "รับค่าธรรมเนียมแรกเข้า 50 บาท",
        ),
        (
            told(EntryKind.CASH_DIFFERENCE, line(20_00, "14040", "ลูกหนี้เงินขาดบัญชี"), line(-20_00)),
            "เงินสดขาด 20 บาท จากยอดที่ควรมี",
        ),
        (
            told(EntryKind.CASH_DIFFERENCE, line(20_00), line(-20_00, "24080", "เงินเกินบัญชี")),
            "เงินสดเกิน 20 บาท จากยอดที่ควรมี",
        ),
        (
            told(EntryKind.TRANSFER, line(500_00, "12110", "เงินฝากธนาคาร"), line(-500_00)),
            "ย้ายเงินจากเงินสดในมือ ไปเงินฝากธนาคาร 500 บาท",
        ),
        (
            told(EntryKind.EXPENSE, line(250_00, "54050", "ค่าวัสดุสำนักงาน"), line(-250_00)),
            "จ่ายค่าวัสดุสำนักงาน 250 บาท",
        ),
        (
            told(EntryKind.INTEREST, line(12_50), line(-12_50, "45010", "ดอกเบี้ยเงินฝากธนาคาร")),
            "ดอกเบี้ยเงินฝากธนาคาร 12.50 บาท",
        ),
        (
            told(
                EntryKind.INTEREST,
                line(12_50, "51010", "ดอกเบี้ยจ่าย"),
                line(-12_50, product="demand", **SOMSRI),
            ),
            "ให้ดอกเบี้ยนางสมศรี ใจดี 12.50 บาท",
        ),
        (
            told(
                EntryKind.OPENING,
                line(900_00, "39010", "บัญชีปรับยอดยกมา"),
                line(-900_00, product="pledge", **SOMSRI),
            ),
            "ยอดยกมาของนางสมศรี ใจดี สัจจะ 900 บาท",
        ),
        (
            told(EntryKind.OPENING, line(900_00), line(-900_00, "39010", "บัญชีปรับยอดยกมา")),
            "ยอดยกมา เงินสดในมือ 900 บาท",
        ),
        (
            told(
                EntryKind.IMPORTED,
                line(900_00, "39010", "บัญชีปรับยอดยกมา"),
                line(-900_00, product="pledge", **SOMSRI),
            ),
            "นำเข้าจากแฟ้ม: นางสมศรี ใจดี สัจจะ 900 บาท",
        ),
        (
            told(EntryKind.IMPORTED, line(9_00, "1910", "Kassa"), line(-9_00, "3010", "Sales")),
            "นำเข้าจากแฟ้ม: จากSales ไปKassa 9 บาท",
        ),
        (
            told(
                EntryKind.JOURNAL,
                line(10_00, "54050", "ค่าวัสดุ"),
                line(20_00, "54060", "ค่าเดินทาง"),
                line(-30_00),
            ),
            "จากเงินสดในมือ ไปค่าวัสดุ และอีก 1 บัญชี 30 บาท",
        ),
        (
            told(
                EntryKind.REVERSAL,
                line(100_00, product="pledge", **SOMSRI),
                line(-100_00),
                reverses=12,
            ),
            "กลับรายการเลขที่ 12 ของนางสมศรี ใจดี 100 บาท",
        ),
    ],
)
def test_every_kind_of_entry_has_its_own_words(happened: Told, words: str) -> None:
    assert what_happened(happened) == words


@pytest.mark.parametrize("kind", EntryKind)
def test_no_kind_is_left_without_words_even_when_its_lines_are_odd(kind: EntryKind) -> None:
    odd = told(kind, line(10_00, "1", "ก"), line(-10_00, "2", "ข"), reverses=1)

    assert "10 บาท" in sentence(odd)


def test_the_second_officer_is_named() -> None:
    withdrawal = told(
        EntryKind.WITHDRAWAL,
        line(10_00, product="demand", **SOMSRI),
        line(-10_00),
        approved_by="บุญมี ศรีสุข",
    )

    assert "จ่ายโดย มาลี อนุมัติโดย บุญมี" in sentence(withdrawal)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("สมชาย แก้วมณี", "ส.ก."),
        ("ไปรยาลักษณ์ เทพหัสดิน ณ อยุธยา", "ป.ท."),
        ("เอ", "อ."),
        ("", "?"),
    ],
)
def test_initials_pass_over_the_vowel_that_is_written_first(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_only_welfare_benefits_are_sensitive() -> None:
    assert is_sensitive([line(1_00, "56020")])
    assert not is_sensitive([line(1_00, "56110"), line(1_00, "11010")])


LOAN = {"member": "นางสมศรี ใจดี", "member_number": "0001", "product": "loan"}
CODI = {"member": "พอช.", "product": "borrowing"}
CHILD = {"member": "กลุ่มออมทรัพย์บ้านบ่อลูกรัง"}


@pytest.mark.parametrize(
    ("kind", "lines", "said"),
    [
        (
            EntryKind.LOAN,
            [line(30_000_00, "13010-1", **LOAN), line(-30_000_00)],
            "จ่ายเงินกู้ให้ นางสมศรี ใจดี 30,000 บาท",
        ),
        (
            EntryKind.LOAN,
            [
                line(30_000_00, "13010-2", **LOAN),
                line(-8_000_00, "13010-1", **LOAN),
                line(-80_00, "41010", "ดอกเบี้ยรับ"),
                line(-21_920_00),
            ],
            "จ่ายเงินกู้ให้ นางสมศรี ใจดี 30,000 บาท หักหนี้เดิม เงินต้น 8,000 ดอกเบี้ย 80",
        ),
        (
            EntryKind.LOAN,
            [
                line(120_000_00, "13030-1", **LOAN),
                line(-114_000_00, "12210"),
                line(-6_000_00, "24020", "เงินประกันผลงาน"),
            ],
            "จ่ายเงินกู้ให้ นางสมศรี ใจดี 120,000 บาท กันเงินประกันผลงาน 6,000",
        ),
        (
            EntryKind.REPAYMENT,
            [
                line(2_236_99),
                line(-36_99, "42010", "ดอกเบี้ยผิดนัด"),
                line(-200_00, "41010", "ดอกเบี้ยรับ"),
                line(-2_000_00, "13010-1", **LOAN),
            ],
            "นางสมศรี ใจดี ชำระเงินกู้ เงินต้น 2,000 ดอกเบี้ยผิดนัด 36.99 ดอกเบี้ย 200 บาท",
        ),
        (
            EntryKind.COLLECTION,
            [
                line(1_200_00),
                line(-100_00, "31020-1", member="นางสมศรี ใจดี", product="pledge"),
                line(-100_00, "41010", "ดอกเบี้ยรับ"),
                line(-1_000_00, "13010-1", **LOAN),
            ],
            "นางสมศรี ใจดี ฝากสัจจะ 100 ชำระเงินกู้ เงินต้น 1,000 ดอกเบี้ย 100 บาท",
        ),
        (
            EntryKind.BORROWING,
            [line(3_600_000_00, "12210"), line(-3_600_000_00, "22010-1", **CODI)],
            "กลุ่มกู้เงินจาก พอช. 3,600,000 บาท",
        ),
        (
            EntryKind.BORROWING_PAID,
            [
                line(1_219_00, "22010-1", **CODI),
                line(1_000_00, "51020", "ดอกเบี้ยจ่าย พอช."),
                line(-2_219_00, "12210"),
            ],
            "กลุ่มชำระเงินกู้ พอช. เงินต้น 1,219 ดอกเบี้ย 1,000 บาท",
        ),
        (
            EntryKind.BETWEEN_GROUPS,
            [line(100_000_00, "15010-1", product="loan", **CHILD), line(-100_000_00, "12110")],
            "ให้กลุ่มออมทรัพย์บ้านบ่อลูกรังกู้ 100,000 บาท",
        ),
        (
            EntryKind.BETWEEN_GROUPS,
            [line(50_000_00, "12110"), line(-50_000_00, "21090-1", product="group", **CHILD)],
            "รับฝากเงินจากกลุ่มออมทรัพย์บ้านบ่อลูกรัง 50,000 บาท",
        ),
        (
            EntryKind.PROVISION,
            [line(2_000_00, "55050"), line(-2_000_00, "13110")],
            "เพิ่มค่าเผื่อหนี้สงสัยจะสูญ 2,000 บาท",
        ),
        (
            EntryKind.WRITE_OFF,
            [line(8_000_00, "13110"), line(-8_000_00, "13010-1", **LOAN)],
            "ตัดหนี้สูญของ นางสมศรี ใจดี 8,000 บาท",
        ),
        (
            EntryKind.RECOVERY,
            [line(500_00), line(-500_00, "46040", "หนี้สูญได้รับคืน")],
            "ได้เงินคืนจากหนี้สูญ 500 บาท",
        ),
    ],
)
def test_lending_and_borrowing_are_told_as_people_tell_them(
    kind: EntryKind, lines: list[Line], said: str
) -> None:
    assert what_happened(told(kind, *lines)) == said
