"""What is Thai about dates, amounts, names, identity numbers and text.

The Buddhist era exists in this module and nowhere else: days are stored Gregorian, people read and
type พ.ศ. years. A year of two digits is never guessed.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

from ledger.errors import Unreadable
from ledger.money import SATANG_PER_BAHT, Satang

#: Bangkok has been seven hours ahead of UTC, summer and winter, since 1920.
BANGKOK = timezone(timedelta(hours=7), "Asia/Bangkok")
BUDDHIST_ERA = 543
#: A year from here on can only be Buddhist; one up to ``LATEST_GREGORIAN`` only Gregorian.
EARLIEST_BUDDHIST = 2400
LATEST_BUDDHIST = 2700
EARLIEST_GREGORIAN = 1900
LATEST_GREGORIAN = 2100

MONTHS = (
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
)
SHORT_MONTHS = (
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
)
#: Monday first, as ``date.weekday`` counts.
WEEKDAYS = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์")


class Digits(StrEnum):
    """With which digits a number is written."""

    ARABIC = "arabic"
    THAI = "thai"


class DateStyle(StrEnum):
    """How a day is written.

    FULL is ``วันศุกร์ที่ 7 เมษายน พ.ศ. 2566``, LONG ``7 เมษายน 2566``, MEDIUM ``7 เม.ย. 2566``,
    NUMERIC ``07/04/2566``.
    """

    FULL = "full"
    LONG = "long"
    MEDIUM = "medium"
    NUMERIC = "numeric"


class Era(StrEnum):
    """From which year the years were counted."""

    BUDDHIST = "buddhist"
    GREGORIAN = "gregorian"


class UnreadableDate(Unreadable):
    """The text is not a day of the calendar."""

    thai = "อ่านวันที่ “{text}” ไม่ได้ พิมพ์เป็น วัน/เดือน/ปี พ.ศ. เช่น 7/4/2566"


class TwoDigitYear(UnreadableDate):
    """The year has fewer than four digits, and could be one of several."""

    thai = "ปีในวันที่ “{text}” ไม่ครบ 4 หลัก พิมพ์ปี พ.ศ. ให้ครบ เช่น 2566"


class YearOutOfReach(UnreadableDate):
    """The year is neither a Buddhist nor a Gregorian one that anybody here means."""

    thai = "ปี {year} ในวันที่ “{text}” ไม่ถูกต้อง พิมพ์ปี พ.ศ. เช่น 2566"


class NoSuchDay(UnreadableDate):
    """There is no such day, such as 29 February of a common year."""

    thai = "วันที่ “{text}” ไม่มีในปฏิทิน ตรวจวันและเดือนอีกครั้ง"


class WrongWeekday(UnreadableDate):
    """The weekday that is written is not that of the day."""

    thai = "วันที่ “{text}” ตรงกับวัน{weekday} ตรวจวันที่อีกครั้ง"


class HiddenCharacter(Unreadable):
    """The text holds a control, direction or private character, which nobody can see."""

    thai = "ข้อความตัวที่ {position} เป็นอักขระที่มองไม่เห็น ({code}) ลบแล้วพิมพ์ใหม่"


_TO_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_TO_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def thai_digits(text: str) -> str:
    """Write the digits of a text as Thai digits."""
    return text.translate(_TO_THAI)


def arabic_digits(text: str) -> str:
    """Write the Thai digits of a text as Arabic ones."""
    return text.translate(_TO_ARABIC)


def _in_digits(text: str, digits: Digits) -> str:
    return thai_digits(text) if digits is Digits.THAI else text


# ---------------------------------------------------------------- dates in


@dataclass(frozen=True)
class ParsedDate:
    """A day as it was read, and how its year was counted.

    Attributes:
        on: The day, Gregorian as it is stored.
        era: Gregorian where a year like 2023 was typed: worth reading back to the person.
    """

    on: date
    era: Era


#: The longest date anybody writes, ``วันพฤหัสบดีที่ ๒๙ กุมภาพันธ์ พุทธศักราช ๒๕๖๗``, and some blanks.
_MOST_LETTERS = 60
_SHOWN_LETTERS = 40
_YEAR_DIGITS = 4
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_NUMERIC_DATE = re.compile(
    r"([0-9]{1,2})\s*(?P<mark>[/.\-])\s*([0-9]{1,2})\s*(?P=mark)\s*([0-9]{1,6})"
)
_NAMED_DATE = re.compile(
    r"(?:วัน(?P<weekday>[ก-๎]*?)(?:ที่)?\s*)?"
    r"(?P<day>[0-9]{1,2})\s*(?:เดือน)?\s*(?P<month>[ก-๎][ก-๎.]*?)\s*"
    r"(?P<era>พ\.?\s*ศ\.?|พุทธศักราช|ค\.?\s*ศ\.?|คริสต์ศักราช)?\s*(?P<year>[0-9]{1,6})"
)
_MONTH_NUMBERS = {name: number for number, name in enumerate(MONTHS, start=1)} | {
    name.replace(".", ""): number for number, name in enumerate(SHORT_MONTHS, start=1)
}
_WRITTEN_ERAS = {"พ": Era.BUDDHIST, "ค": Era.GREGORIAN}


def parse_date(text: str) -> date:
    """Read a day as people type it.

    Accepts ``7/4/2566``, ``7-4-2566``, ``7.4.2566``, ``2023-04-07``, ``7 เมษายน 2566``,
    ``7 เม.ย. พ.ศ. 2566``, ``วันศุกร์ที่ 7 เมษายน 2566``, with Thai or Arabic digits. A year from
    2400 to 2700 is Buddhist, one from 1900 to 2100 Gregorian.

    Raises:
        TwoDigitYear: The year is not written in full.
        YearOutOfReach: The year is neither Buddhist nor Gregorian.
        NoSuchDay: The calendar has no such day.
        WrongWeekday: It names another weekday than the day has.
        UnreadableDate: It is not a date at all.
    """
    return read_date(text).on


def read_date(text: str) -> ParsedDate:
    """Read a day as ``parse_date`` does, and tell in which era its year was written.

    Source:
        The Buddhist year is the Gregorian one plus 543, and leap years are those of the Gregorian
        year: 29/02/2567 is a day, 29/02/2566 and 29/02/2568 are not. Until 1940 the Thai year
        began on 1 April; as all software does, January to March of those years count from January.
    """
    bare = arabic_digits(repair_spelling(text)).strip()
    shown = text.strip()[:_SHOWN_LETTERS]
    if len(bare) > _MOST_LETTERS:
        raise UnreadableDate(text=shown)
    if match := _ISO_DATE.fullmatch(bare):
        return _day_of(match[1], int(match[2]), int(match[3]), shown=shown)
    if match := _NUMERIC_DATE.fullmatch(bare):
        return _day_of(match[4], int(match[3]), int(match[1]), shown=shown)
    match = _NAMED_DATE.fullmatch(bare)
    month = _MONTH_NUMBERS.get(match["month"].replace(".", "")) if match else None
    if match is None or month is None:
        raise UnreadableDate(text=shown)
    era = _WRITTEN_ERAS[match["era"][0]] if match["era"] else None
    parsed = _day_of(match["year"], month, int(match["day"]), shown=shown, era=era)
    weekday = WEEKDAYS[parsed.on.weekday()]
    if match["weekday"] and match["weekday"] != weekday:
        raise WrongWeekday(text=shown, weekday=weekday)
    return parsed


def _day_of(
    written: str, month: int, day: int, *, shown: str, era: Era | None = None
) -> ParsedDate:
    if len(written) < _YEAR_DIGITS:
        raise TwoDigitYear(text=shown)
    year = int(written)
    if EARLIEST_BUDDHIST <= year <= LATEST_BUDDHIST and era is not Era.GREGORIAN:
        era, year = Era.BUDDHIST, year - BUDDHIST_ERA
    elif EARLIEST_GREGORIAN <= year <= LATEST_GREGORIAN and era is not Era.BUDDHIST:
        era = Era.GREGORIAN
    else:
        raise YearOutOfReach(text=shown, year=year)
    try:
        return ParsedDate(on=date(year, month, day), era=era)
    except ValueError:
        raise NoSuchDay(text=shown) from None


# ---------------------------------------------------------------- dates out


def format_date(
    day: date, style: DateStyle = DateStyle.MEDIUM, *, digits: Digits = Digits.ARABIC
) -> str:
    """Write a day in the Buddhist era, as ``DateStyle`` shows."""
    year, month = day.year + BUDDHIST_ERA, day.month - 1
    written = {
        DateStyle.FULL: f"วัน{WEEKDAYS[day.weekday()]}ที่ {day.day} {MONTHS[month]} พ.ศ. {year}",
        DateStyle.LONG: f"{day.day} {MONTHS[month]} {year}",
        DateStyle.MEDIUM: f"{day.day} {SHORT_MONTHS[month]} {year}",
        DateStyle.NUMERIC: f"{day.day:02d}/{day.month:02d}/{year}",
    }[style]
    return _in_digits(written, digits)


def format_month(day: date, *, digits: Digits = Digits.ARABIC) -> str:
    """Write the month of a day in the Buddhist era: ``เมษายน 2566``."""
    return _in_digits(f"{MONTHS[day.month - 1]} {day.year + BUDDHIST_ERA}", digits)


def format_moment(moment: datetime, *, digits: Digits = Digits.ARABIC) -> str:
    """Write an aware moment as it was in Bangkok: ``6 เม.ย. 2566 10:42``."""
    there = _in_bangkok(moment)
    return _in_digits(f"{format_date(there.date())} {there:%H:%M}", digits)


def today_in_bangkok(now: datetime) -> date:
    """Give the day that it is in Bangkok at an aware moment."""
    return _in_bangkok(now).date()


def _in_bangkok(moment: datetime) -> datetime:
    assert moment.tzinfo is not None, moment
    return moment.astimezone(BANGKOK)


# ---------------------------------------------------------------- amounts in words

_DIGIT_WORDS = ("", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า")
_PLACE_WORDS = ("", "สิบ", "ร้อย", "พัน", "หมื่น", "แสน")
_MILLION = 1_000_000
_UNITS, _TENS = 0, 1
_TENS_WORDS = {1: "สิบ", 2: "ยี่สิบ"}


def baht_in_words(amount: Satang) -> str:
    """Write an amount in words, as receipts and contracts carry it: ``หนึ่งพันห้าร้อยบาทถ้วน``.

    A negative amount begins with ลบ; documents show two columns instead.

    Source:
        The Royal Society's reading rules: a last one after other digits is เอ็ด, in each block of
        six digits, so 101 is หนึ่งร้อยเอ็ด. Some programs say หนึ่งร้อยหนึ่ง; we do not.
    """
    if amount < 0:
        return f"ลบ{baht_in_words(Satang(-amount))}"
    baht, satang = divmod(amount, SATANG_PER_BAHT)
    if not amount:
        return "ศูนย์บาทถ้วน"
    words = f"{_number_in_words(baht)}บาท" if baht else ""
    return words + (f"{_number_in_words(satang)}สตางค์" if satang else "ถ้วน")


def _number_in_words(number: int) -> str:
    millions, rest = divmod(number, _MILLION)
    if not millions:
        return _block_in_words(rest, is_first=True)
    return f"{_number_in_words(millions)}ล้าน{_block_in_words(rest, is_first=False)}"


def _block_in_words(number: int, *, is_first: bool) -> str:
    """Read up to six digits; a zero is silent, and so a whole block of them."""
    words = []
    for place in reversed(range(len(_PLACE_WORDS))):
        digit = number // 10**place % 10
        if place == _TENS and digit in _TENS_WORDS:
            words.append(_TENS_WORDS[digit])
        elif place == _UNITS and digit == 1 and (number > 1 or not is_first):
            words.append("เอ็ด")
        elif digit:
            words.append(_DIGIT_WORDS[digit] + _PLACE_WORDS[place])
    return "".join(words)


# ---------------------------------------------------------------- sorting

_VOWEL_BEFORE_CONSONANT = re.compile("([เ-ไ])([ก-ฮ])")
#: Marks that only break ties, the lightest first; a letter without one weighs less than all.
_TIES = {mark: str(weight) for weight, mark in enumerate("๎์็่้๊๋", start=1)}
_NO_TIE = "0"
#: Lower than every letter, so that ทอง ใจดี comes before ทองคำ.
_BETWEEN_WORDS = " "
#: Lower than every letter and higher than the blank, so that กอง comes before ก้อง, and both
#: before กองดี.
_BEFORE_TIES = "!"
#: Latin letters as wide ones, which come after Thai; nikhahit and phinthu, which the dictionary
#: has before ะ and after ไ, in the places of ฯ and ๅ, which no key holds.
_PLACES = {ord("a") + i: 0xFF41 + i for i in range(26)} | {ord("ํ"): ord("ฯ"), ord("ฺ"): ord("ๅ")}
_SAME_LETTER = str.maketrans({"ๅ": "า"})
_LATIN_ACCENTS = re.compile("[\u0300-\u036f]")


def sort_key(name: str) -> str:
    """Give a text whose code-point order is the order of a Thai dictionary.

    A vowel written before its consonant counts after it; tones and the other small marks only
    break ties; signs such as ฯ, ๆ and full stops do not count; Latin letters come last. Words are
    compared one after the other, so that people of one given name stay together. Give the name
    without its title, as Thais file by given name; sort house and moo numbers as numbers.

    Source:
        The Royal Institute's dictionary order (ISO 14651 annex C.2), compared with ICU's.
    """
    bare = arabic_digits(repair_spelling(name)).casefold()
    plain = _LATIN_ACCENTS.sub("", unicodedata.normalize("NFD", bare)).translate(_SAME_LETTER)
    return _BETWEEN_WORDS.join(key for key in map(_word_key, plain.split()) if key)


def _word_key(word: str) -> str:
    letters, ties = [], []
    for character in _VOWEL_BEFORE_CONSONANT.sub(r"\2\1", word):
        if character in _TIES:
            ties.append(_TIES[character])
        elif _counts(character):
            letters.append(character)
            ties.append(_NO_TIE)
    key = "".join(letters).translate(_PLACES)
    tie = "".join(ties).rstrip(_NO_TIE)
    return f"{key}{_BEFORE_TIES}{tie}" if tie else key


def _counts(character: str) -> bool:
    """Tell whether a character is a letter, a vowel or a digit, and not a sign."""
    return character not in "ฯๆ" and unicodedata.category(character)[0] in "LMN"


# ---------------------------------------------------------------- identity numbers and privacy

_WEIGHTS = range(13, 1, -1)
#: 1-8 are kinds of citizens and residents, 0 people without registration and juristic persons.
_ID_FORM = re.compile(r"([0-8])[- ]?([0-9]{4})[- ]?([0-9]{5})[- ]?([0-9]{2})[- ]?([0-9])")
_ID_DIGITS = 13


def national_id_is_valid(text: str) -> bool:
    """Tell whether a text is a Thai identity number: 13 digits and the last one right.

    Blanks or hyphens may part it as on the card; Thai digits are read too.

    Source:
        The check digit is (11 − Σ digit × weight mod 11) mod 10, with weights 13 down to 2.
    """
    match = _ID_FORM.fullmatch(arabic_digits(text.strip()))
    return match is not None and _check_digit_is_right("".join(match.groups()))


def _check_digit_is_right(digits: str) -> bool:
    weighted = sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=False))
    return (11 - weighted % 11) % 10 == int(digits[-1])


def mask_national_id(text: str) -> str:
    """Hide an identity number but for its last three digits: ``X-XXXX-XXXXX-12-3``.

    A text that has not 13 digits gives the empty text, and so shows nothing.
    """
    digits = re.sub("[^0-9]", "", arabic_digits(text))
    return f"X-XXXX-XXXXX-{digits[-3:-1]}-{digits[-1]}" if len(digits) == _ID_DIGITS else ""


#: What people put between groups of digits. Other than an amount, a telephone has no comma.
_GAP = r"[\s.()\-]{0,3}"
_LOOSE_ID = re.compile(r"(?<![0-9])[0-9](?:[\s.\-]?[0-9]){12}(?![0-9])")
#: 0066 is the beginning of a telephone called from abroad, and of no card.
_CARD_ID = re.compile(
    rf"(?<![0-9])(?!0066)[0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{5}}{_GAP}[0-9]{{2}}{_GAP}[0-9](?![0-9])"
)
#: Telephones by how their digits are grouped, so that 06-04-2566 10:42 is not taken for one.
_TELEPHONE = re.compile(
    rf"""(?<![0-9,]) (?<![0-9]\.)
    (?: (?:\+|\(\+|00)66 {_GAP} (?:\(?0\)?)? | 66 {_GAP} (?=[2-9][0-9 .\-]{{7,12}}) | \(?0 ) {_GAP}
    (?: [689] {_GAP} [0-9] {_GAP} [0-9]{{3}} {_GAP} [0-9]{{4}}
      | [689] {_GAP} [0-9] {_GAP} [0-9]{{4}} {_GAP} [0-9]{{3}}
      | [689] {_GAP} [0-9] {_GAP} [0-9]{{3}} {_GAP} [0-9]{{2}} {_GAP} [0-9]{{2}}
      | [689] {_GAP} [0-9]{{4}} {_GAP} [0-9]{{4}}
      | 2 {_GAP} [0-9]{{3}} {_GAP} [0-9]{{4}}
      | [3-7] {_GAP} [0-9] {_GAP} [0-9]{{3}} {_GAP} [0-9]{{3}}
      | [3-7] {_GAP} [0-9]{{3}} {_GAP} [0-9]{{4}}
    ) (?![0-9]) (?![.,][0-9])""",
    re.VERBOSE,
)


def mask_personal(text: str) -> str:
    """Hide identity numbers and Thai telephone numbers in what somebody wrote.

    An identity number keeps its last three digits, a telephone number none. Numbers in Thai digits
    and numbers parted by blanks, hyphens, dots or characters that cannot be seen are found too.
    Thirteen digits in other groups than the card's are one only if the check digit is right.
    """
    kept = [i for i, character in enumerate(text) if character not in _ZERO_WIDTH]
    plain = "".join(_plain(text[i]) for i in kept)
    spans = {
        match.span(): mask_national_id(match[0])
        for form in (_LOOSE_ID, _CARD_ID)
        for match in form.finditer(plain)
        if form is _CARD_ID or _check_digit_is_right(re.sub("[^0-9]", "", match[0]))
    }
    covered = {i for start, end in spans for i in range(start, end)}
    for match in _TELEPHONE.finditer(plain):
        if covered.isdisjoint(range(*match.span())):
            spans[match.span()] = re.sub("[0-9]", "X", match[0])
    return "".join(_with_masks(text, kept, spans))


def _with_masks(text: str, kept: list[int], spans: dict[tuple[int, int], str]) -> Iterator[str]:
    """Give the pieces of a text in which spans, counted over its kept characters, are masked."""
    done = 0
    for (start, end), mask in sorted(spans.items()):
        yield text[done : kept[start]]
        yield mask
        done = kept[end - 1] + 1
    yield text[done:]


def _plain(character: str) -> str:
    """Give one character for one: any digit as 0-9, any dash as a hyphen."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return "-" if unicodedata.category(character) == "Pd" or character == "−" else character


# ---------------------------------------------------------------- text

#: Characters without width that pasted Thai brings along: they mean nothing and are dropped.
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_DROP_ZERO_WIDTH = dict.fromkeys(map(ord, _ZERO_WIDTH))
_MARKS = re.compile("[ัิ-ฺ็-๎]{2,}")
_MARK_ORDER = {"ฺ": 0} | dict.fromkeys("ัิีึืุู", 1) | dict.fromkeys("็ํ", 2) | dict.fromkeys("่้๊๋", 3)
_LAST_MARK = 4
_NIKHAHIT_AA = re.compile("ํ([่-๋]*)า")
_TONES_AND_AM = re.compile("[ำ่-๋]{2,}")
_LINE_ENDS = re.compile("\r\n|[\n\r\v\f\u0085\u2028\u2029]")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
#: Code points that Unicode will never give to a character, and that a spreadsheet cannot hold.
_NO_CHARACTERS = {*range(0xFDD0, 0xFDF0)} | {
    plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF)
}


def repair_spelling(text: str) -> str:
    """Put right what looks the same but is written differently, and drop what has no width.

    เ+เ is แ, ํ+า is ำ, a mark typed twice is one, and marks stand in the order vowel, tone,
    silencer, with a tone before ำ.

    Source:
        Composition is NFC, never NFKC, which would take ำ apart.
    """
    bare = unicodedata.normalize("NFC", text.translate(_DROP_ZERO_WIDTH)).replace("เเ", "แ")
    ordered = _MARKS.sub(_in_order, bare)
    joined = _TONES_AND_AM.sub(_tones_first, _NIKHAHIT_AA.sub(r"\1ำ", ordered))
    return unicodedata.normalize("NFC", _MARKS.sub(_in_order, joined))


def _in_order(match: re.Match[str]) -> str:
    marks = dict.fromkeys(match[0])
    return "".join(sorted(marks, key=lambda mark: _MARK_ORDER.get(mark, _LAST_MARK)))


def _tones_first(match: re.Match[str]) -> str:
    return "".join(sorted(match[0], key="ำ".__eq__))


def clean_text(text: str) -> str:
    """Give one line of text as it may be kept: repaired, trimmed, all blanks plain.

    Ends of lines and tabs become blanks; ``clean_lines`` keeps lines.

    Raises:
        HiddenCharacter: It holds a control, direction, private or broken character.
    """
    return _clean(_LINE_ENDS.sub(" ", text))


def clean_lines(text: str) -> str:
    r"""Give a text of several lines as it may be kept, each line clean, parted by ``\n``.

    Raises:
        HiddenCharacter: It holds a control, direction, private or broken character.
    """
    return "\n".join(_clean(line) for line in _LINE_ENDS.split(text)).strip()


def _clean(line: str) -> str:
    repaired = repair_spelling(line)
    for position, character in enumerate(repaired, start=1):
        if character != "\t" and _is_hidden(character):
            raise HiddenCharacter(position=position, code=f"U+{ord(character):04X}")
    return "".join(" " if c.isspace() else c for c in repaired).strip()


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN or ord(character) in _NO_CHARACTERS


def search_text(text: str) -> str:
    """Give a text as it is searched: repaired, small letters, Arabic digits, single blanks.

    What may not be kept is passed over, so that a search never fails on what was pasted.
    """
    bare = "".join(" " if _is_hidden(c) else c for c in repair_spelling(text))
    return " ".join(arabic_digits(bare).lower().split())
