"""Kinds of account, the funds, and the standard chart of a savings group as data."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an account is; it decides on which side it grows."""

    ASSET = "asset"
    CONTRA = "contra"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class Side(StrEnum):
    """The two sides of an account."""

    DEBIT = "debit"
    CREDIT = "credit"


class Keeps(StrEnum):
    """On which side an account must stay: no cash box or savings account falls below zero."""

    DEBIT = "debit"
    CREDIT = "credit"
    EITHER = "either"


def normal_side(kind: Kind) -> Side:
    """Give the side on which an account of this kind grows."""
    return Side.DEBIT if kind in {Kind.ASSET, Kind.EXPENSE} else Side.CREDIT


KIND_IN_THAI = {
    Kind.ASSET: "สินทรัพย์",
    Kind.CONTRA: "บัญชีหักสินทรัพย์",
    Kind.LIABILITY: "หนี้สิน",
    Kind.EQUITY: "ทุน",
    Kind.INCOME: "รายได้",
    Kind.EXPENSE: "ค่าใช้จ่าย",
}


@dataclass(frozen=True, slots=True)
class Fund:
    """A purse inside a book; every entry balances in each.

    Attributes:
        code: Three letters, such as ``SAV``.
        thai: Its name on the pages.
        english: Its name in exports.
        may_be_lent: Whether its money may be lent to members.
    """

    code: str
    thai: str
    english: str
    may_be_lent: bool


#: Source: community welfare funds must not lend, and grants are restricted to their project.
STANDARD_FUNDS = (
    Fund("SAV", "ออมทรัพย์หมุนเวียน", "Savings and loan", may_be_lent=True),
    Fund("HSG", "บ้านมั่นคง", "Baan Mankong housing", may_be_lent=True),
    Fund("GRT", "เงินอุดหนุนโครงการ", "Project grants", may_be_lent=False),
    Fund("WEL", "สวัสดิการชุมชน", "Community welfare", may_be_lent=False),
    Fund("LHF", "รักษาดินรักษาบ้าน", "Land and housing protection", may_be_lent=False),
    Fund("NET", "เครือข่าย", "Network", may_be_lent=True),
)


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One account of a chart, in one fund.

    Attributes:
        code: Five digits in the standard chart.
        fund: The purse that it belongs to.
        kind: What it is.
        holds: ``member``, ``loan``, ``borrowing`` or ``group`` when it is a control account, which
            takes no postings itself and is the sum of the accounts opened under it; otherwise
            empty.
        thai: Its name on the pages.
        english: Its name in exports.
        keeps: The side on which it must stay.
    """

    code: str
    fund: str
    kind: Kind
    holds: str
    thai: str
    english: str
    keeps: Keeps


#: Which purses an account of the table below is opened in.
_OPENED_IN = {
    "EVERY": tuple(fund.code for fund in STANDARD_FUNDS),
    "CASH": ("SAV", "HSG", "WEL", "LHF", "NET"),
    "BANK": ("SAV", "HSG", "WEL", "LHF"),
    # What lending needs beside the loans themselves, in each purse that lends to members.
    "LENT": ("SAV", "HSG"),
} | {fund.code: (fund.code,) for fund in STANDARD_FUNDS}

#: Cash and bank accounts never fall below zero: nobody can pay out what is not in the box.
_MONEY = ("110", "121", "122", "123", "124", "125")

#: Source: the five-digit shape of the village fund chart, with pledge savings as equity (31020)
#: or, where a group's by-laws say so, as deposits (21080).
_TABLE = """
11010 | asset | EVERY | - | เงินสดในมือ | Cash on hand
11020 | asset | SAV | - | เงินสดย่อย | Petty cash
11030 | asset | CASH | - | เงินสดระหว่างทาง/ค้างนำฝาก | Cash in transit (collector, next-day deposit)
12110 | asset | SAV | - | เงินฝากธนาคาร–ออมทรัพย์ | Bank – savings purse
12210 | asset | HSG | - | เงินฝากธนาคาร–บ้านมั่นคง | Bank – CODI housing loan
12310 | asset | GRT | - | เงินฝากธนาคาร–เงินอุดหนุน | Bank – grants (restricted)
12410 | asset | WEL | - | เงินฝากธนาคาร–สวัสดิการ | Bank – welfare
12510 | asset | LHF | - | เงินฝากธนาคาร–รักษาดินรักษาบ้าน | Bank – land & housing fund
12610 | asset | SAV | group | เงินฝากเครือข่ายแม่ | Deposit with mother network
13010 | asset | SAV | loan | ลูกหนี้เงินกู้สามัญ | Loans – ordinary
13020 | asset | SAV | loan | ลูกหนี้เงินกู้ฉุกเฉิน | Loans – emergency
13030 | asset | HSG | loan | ลูกหนี้เงินกู้ที่อยู่อาศัย | Loans – housing
13040 | asset | HSG | loan | ลูกหนี้เงินกู้ที่ดิน | Loans – land
13050 | asset | SAV | loan | ลูกหนี้เงินกู้อาชีพ | Loans – livelihood
13060 | asset | LENT | loan | ลูกหนี้ดำเนินคดี/ปรับโครงสร้าง | Loans – litigation/restructured
13110 | contra | LENT | - | ค่าเผื่อหนี้สงสัยจะสูญ | Allowance for doubtful debts
14010 | asset | LENT | - | ดอกเบี้ยเงินกู้ค้างรับ | Accrued loan interest
14030 | asset | SAV | - | เงินยืมทดรองจ่าย | Advances to officers
14040 | asset | CASH | - | ลูกหนี้เงินขาดบัญชี | Cash shortage receivable
14050 | asset | GRT | - | เงินอุดหนุนค้างรับ | Grant receivable
14060 | asset | SAV | - | ภาษีถูกหัก ณ ที่จ่าย | Withholding tax suffered
15010 | asset | SAV | loan | เงินให้กู้แก่กลุ่มลูก | Loans to child institutions
15020 | asset | SAV | - | ดอกเบี้ยค้างรับกลุ่มลูก | Accrued interest, child
15900 | asset | EVERY | - | ลูกหนี้ระหว่างกองทุน | Due from other fund
16010 | asset | GRT | - | วัสดุก่อสร้างคงเหลือ | Building materials on hand
16020 | asset | SAV | - | ค่าใช้จ่ายจ่ายล่วงหน้า | Prepaid expense
17010 | asset | SAV | - | เงินลงทุน–สลากออมทรัพย์ | Savings lottery bonds
18010 | asset | SAV | - | ที่ดินแปลงรวม | Collective land (indivisible)
18020 | asset | HSG | - | งานระหว่างก่อสร้าง | Construction in progress
18030 | asset | SAV | - | อาคารสำนักงาน | Office building
18035 | contra | SAV | - | ค่าเสื่อมสะสม–อาคารสำนักงาน | Office building – accumulated depreciation
18040 | asset | SAV | - | อุปกรณ์สำนักงาน | Equipment
18045 | contra | SAV | - | ค่าเสื่อมสะสม–อุปกรณ์สำนักงาน | Equipment – accumulated depreciation
21010 | liability | SAV | member | เงินรับฝากออมทรัพย์/เผื่อเรียก | Demand savings
21020 | liability | SAV | member | เงินรับฝากออมพิเศษ | Special savings
21030 | liability | SAV | member | เงินรับฝากประจำ 6 เดือน | 6-month deposit
21040 | liability | SAV | member | เงินรับฝากประจำ 12 เดือน | 12-month deposit
21050 | liability | HSG | member | เงินออมเพื่อที่อยู่อาศัย | Housing savings (10 %)
21060 | liability | SAV | - | ดอกเบี้ยเงินรับฝากค้างจ่าย | Accrued deposit interest
21080 | liability | SAV | member | เงินสัจจะสะสม (ถือเป็นเงินรับฝาก) | Pledge savings held as deposits
21090 | liability | SAV | group | เงินรับฝากจากกลุ่มลูก | Deposits from child institutions
22010 | liability | HSG | borrowing | เงินกู้ พอช.–ที่อยู่อาศัย | CODI loan – housing
22020 | liability | HSG | borrowing | เงินกู้ พอช.–ที่ดิน/อื่น | CODI loan – land/other
22030 | liability | SAV | borrowing | เงินกู้ธนาคาร | Bank loan
22040 | liability | SAV | borrowing | เงินกู้จากเครือข่ายแม่ | Loan from mother
22050 | liability | LENT | - | ดอกเบี้ยเงินกู้ค้างจ่าย | Accrued interest payable
23010 | liability | GRT | - | เงินอุดหนุนรอใช้–สาธารณูปโภค | Unspent grant – infrastructure
23020 | liability | GRT | - | เงินอุดหนุนรอใช้–ที่อยู่อาศัย | Unspent grant – housing
23030 | liability | GRT | - | เงินอุดหนุนรอใช้–บ้านพอเพียง | Unspent grant – home repair
23040 | liability | GRT | - | เงินอุดหนุนรอใช้–กระบวนการ/บริหาร | Unspent grant – process
24010 | liability | HSG | - | เจ้าหนี้ค่าวัสดุ/ผู้รับเหมา | Payables – materials/contractors
24020 | liability | LENT | - | เงินประกันผลงาน | Retention
24030 | liability | SAV | - | ค่าใช้จ่ายค้างจ่าย | Accrued expenses
24040 | liability | SAV | - | เงินปันผลค้างจ่าย | Dividend payable
24050 | liability | SAV | - | เงินเฉลี่ยคืนค้างจ่าย | Rebate payable
24060 | liability | SAV | - | เงินค่าหุ้น/สัจจะรอจ่ายคืน | Refund payable to leavers
24070 | liability | SAV | - | ภาษีหัก ณ ที่จ่ายรอนำส่ง | WHT payable
24080 | liability | CASH | - | เงินรอตรวจสอบ/เงินเกินบัญชี | Unidentified receipts, cash over
24090 | liability | LENT | - | เงินรับล่วงหน้าค่างวด | Instalments received in advance
24100 | liability | SAV | - | ค่าตอบแทนกรรมการค้างจ่าย | Committee remuneration payable
25900 | liability | EVERY | - | เจ้าหนี้ระหว่างกองทุน | Due to other fund
31010 | equity | SAV | member | ทุนเรือนหุ้น | Share capital
31020 | equity | SAV | member | เงินสัจจะสะสม | Pledge savings
32010 | equity | SAV | - | ทุนประเดิม/ทุนจากรัฐ (ไม่มีเงื่อนไข) | Seed capital, unrestricted
33010 | equity | SAV | - | กำไร(ขาดทุน)สะสม | Retained surplus
33020 | equity | SAV | - | กำไร(ขาดทุน)สุทธิปีปัจจุบัน | Current-year result (closing)
34010 | equity | SAV | - | ทุนสำรอง | Reserve
34020 | equity | SAV | - | ทุนประกันความเสี่ยง | Risk reserve
34030 | equity | SAV | - | ทุนสาธารณประโยชน์ | Public-benefit fund
34040 | equity | SAV | - | ทุนสวัสดิการสมาชิก | Member-welfare appropriation
34050 | equity | SAV | - | ทุนการศึกษาอบรม | Education & training
34060 | equity | SAV | - | ทุนรักษาระดับปันผล | Dividend equalisation
35010 | equity | WEL | - | กองทุนสวัสดิการชุมชน | Welfare fund balance
35020 | equity | LHF | - | กองทุนรักษาดินรักษาบ้าน | Land & housing fund balance
35030 | equity | NET | - | กองทุนเครือข่าย/ตำบล | Network fund balance
39010 | equity | EVERY | - | บัญชีปรับยอดยกมา | Opening-balance clearing
41010 | income | SAV | - | ดอกเบี้ยรับ–เงินกู้สามัญ | Interest – ordinary loans
41020 | income | SAV | - | ดอกเบี้ยรับ–เงินกู้ฉุกเฉิน | Interest – emergency
41030 | income | HSG | - | ดอกเบี้ยรับ–เงินกู้ที่อยู่อาศัย | Interest – housing
41040 | income | HSG | - | ดอกเบี้ยรับ–เงินกู้ที่ดิน | Interest – land
41050 | income | SAV | - | ดอกเบี้ยรับ–เงินกู้อาชีพ | Interest – livelihood
41060 | income | SAV | - | ดอกเบี้ยรับจากกลุ่มลูก | Interest from child institutions
42010 | income | LENT | - | ดอกเบี้ยผิดนัด | Default interest
42020 | income | SAV | - | ค่าปรับอื่น | Other fines
43010 | income | SAV | - | ค่าธรรมเนียมแรกเข้า | Entrance fee
43020 | income | LENT | - | ค่าธรรมเนียมคำขอ/สัญญากู้ | Loan application/contract fee
43030 | income | SAV | - | ค่าสมุดคู่ฝาก | Passbook fee
43040 | income | LENT | - | ค่าติดตามหนี้ | Collection fee
44010 | income | WEL | member | เงินสมทบสวัสดิการจากสมาชิก | Welfare contributions – members
44020 | income | WEL | - | เงินสมทบสวัสดิการจากรัฐ/พอช. | Welfare contributions – state/CODI match
44030 | income | WEL | - | เงินสมทบสวัสดิการจาก อปท. | Welfare contributions – local authority
44110 | income | LHF | member | เงินสมทบรักษาดินรักษาบ้าน | Land & housing premium
45010 | income | BANK | - | ดอกเบี้ยเงินฝากธนาคาร | Bank interest
45020 | income | SAV | - | ดอกเบี้ยเงินฝากเครือข่ายแม่ | Interest from mother
46010 | income | SAV | - | เงินบริจาค (ไม่มีเงื่อนไข) | Unrestricted donation
46020 | income | SAV | - | รายได้เบ็ดเตล็ด | Sundry income
46040 | income | LENT | - | หนี้สูญได้รับคืน | Bad debt recovered
46050 | income | LENT | - | ผลต่างปัดเศษ | Rounding difference (Dr or Cr)
51010 | expense | SAV | - | ดอกเบี้ยจ่ายเงินรับฝาก | Interest on deposits
51020 | expense | HSG | - | ดอกเบี้ยจ่าย พอช. | Interest to CODI
51030 | expense | SAV | - | ดอกเบี้ยจ่ายธนาคาร | Interest to bank
51040 | expense | SAV | - | ดอกเบี้ยจ่ายเครือข่ายแม่ | Interest to mother
53010 | expense | SAV | - | เงินเดือน/ค่าจ้างผู้ทำบัญชี | Salary/bookkeeper
53020 | expense | SAV | - | เบี้ยประชุม/เบี้ยเลี้ยงกรรมการ | Meeting allowance
54010 | expense | SAV | - | ค่าเช่า | Rent
54020 | expense | SAV | - | ค่าน้ำ | Water
54030 | expense | SAV | - | ค่าไฟฟ้า | Electricity
54040 | expense | SAV | - | ค่าโทรศัพท์/อินเทอร์เน็ต | Phone/internet
54050 | expense | SAV | - | ค่าวัสดุสำนักงาน | Stationery
54060 | expense | SAV | - | ค่าเดินทาง | Travel
54070 | expense | SAV | - | ค่าซ่อมแซม | Repairs
54080 | expense | SAV | - | ค่าอบรม/ศึกษาดูงาน | Training, study visits
54090 | expense | SAV | - | ค่าใช้จ่ายเบ็ดเตล็ด | Sundry
55010 | expense | SAV | - | ค่าธรรมเนียมธนาคาร | Bank charges
55050 | expense | LENT | - | หนี้สงสัยจะสูญ | Doubtful-debt expense
55060 | expense | LENT | - | หนี้สูญ | Bad debts written off directly
55070 | expense | SAV | - | ค่าเสื่อมราคา | Depreciation
55080 | expense | SAV | - | เงินขาดบัญชี | Cash shortage written off
56010 | expense | WEL | - | สวัสดิการ–เกิด | Welfare benefit – birth
56020 | expense | WEL | - | สวัสดิการ–เจ็บป่วย | Welfare benefit – illness/hospital
56030 | expense | WEL | - | สวัสดิการ–สูงอายุ | Welfare benefit – elderly
56040 | expense | WEL | - | สวัสดิการ–เสียชีวิต | Welfare benefit – death
56050 | expense | WEL | - | สวัสดิการ–อื่น ๆ | Welfare benefit – other: education, disaster, tradition …
56110 | expense | LHF | - | จ่ายคุ้มครองบ้านและที่ดิน | Land & housing claims
59010 | asset | EVERY | - | บัญชีพัก | Suspense
"""

#: How the codes of welfare benefits begin: why somebody was paid stays in the group.
#: Source: health is sensitive data of section 26 of the Personal Data Protection Act 2562.
SENSITIVE_ACCOUNTS = "560"


def standard_chart() -> Iterator[ChartRow]:
    """Give every account of the standard chart, one for each fund that it is opened in."""
    for line in _TABLE.strip().splitlines():
        code, kind, opened_in, holds, thai, english = line.split(" | ")
        keeps = Keeps.DEBIT if code.startswith(_MONEY) else Keeps.EITHER
        for fund in _OPENED_IN[opened_in]:
            yield ChartRow(
                code, fund, Kind(kind), "" if holds == "-" else holds, thai, english, keeps
            )
