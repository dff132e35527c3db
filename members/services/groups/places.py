"""Tambons and villages, by their official codes."""

from sqlalchemy.orm import Session

from ledger.errors import Conflict, RuleBroken
from members.models import Tambon, Village

TAMBON_DIGITS = 6
VILLAGE_DIGITS = 8


class NotATambonCode(RuleBroken):
    """A tambon's code has six digits."""

    thai = "รหัสตำบล {code} ไม่ถูก ต้องเป็นตัวเลข 6 หลักตามทะเบียนของกรมการปกครอง"


class TambonExists(Conflict):
    """The tambon is there already."""

    thai = "มีตำบลรหัส {code} อยู่แล้ว คือตำบล{name}"


class VillageExists(Conflict):
    """The village is there already."""

    thai = "มีหมู่บ้านรหัส {code} อยู่แล้ว คือ{name}"


class NotAVillageCode(RuleBroken):
    """A village's code is its tambon's six digits and the two of its moo."""

    thai = "รหัสหมู่บ้าน {code} ไม่ถูก ต้องเป็นตัวเลข 8 หลัก คือรหัสตำบล 6 หลักตามด้วยหมู่ที่ 2 หลัก"


def check_tambon_code(code: str) -> None:
    """Refuse what cannot be a tambon's code.

    Raises:
        NotATambonCode: The code has not six digits.
    """
    if not _is_number(code, digits=TAMBON_DIGITS):
        raise NotATambonCode(code=code)


def add_tambon(
    session: Session,
    *,
    code: str,
    name_th: str,
    name_en: str,
    district_th: str,
    province_th: str,
) -> Tambon:
    """Add a tambon by its official six-digit code, or give the one that is there.

    Raises:
        NotATambonCode: The code has not six digits.
    """
    check_tambon_code(code)
    tambon = session.get(Tambon, code)
    if tambon is None:
        tambon = Tambon(
            code=code,
            name_th=name_th,
            name_en=name_en,
            district_th=district_th,
            province_th=province_th,
        )
        session.add(tambon)
        session.flush()
    return tambon


def add_another_tambon(
    session: Session,
    *,
    code: str,
    name_th: str,
    name_en: str,
    district_th: str,
    province_th: str,
) -> Tambon:
    """Add a tambon that is not there yet.

    Raises:
        TambonExists: It is there, perhaps under another name.
        NotATambonCode: The code has not six digits.
    """
    there = session.get(Tambon, code)
    if there is not None:
        raise TambonExists(code=code, name=there.name_th)
    return add_tambon(
        session,
        code=code,
        name_th=name_th,
        name_en=name_en,
        district_th=district_th,
        province_th=province_th,
    )


def add_village(session: Session, *, code: str, name: str) -> Village:
    """Add a village by its official eight-digit code; its tambon must be there.

    Raises:
        NotAVillageCode: The code is not that of a village in a known tambon.
        VillageExists: It is there already.
    """
    is_code = _is_number(code, digits=VILLAGE_DIGITS) and not code.endswith("00")
    if not is_code or session.get(Tambon, code[:TAMBON_DIGITS]) is None:
        raise NotAVillageCode(code=code)
    there = session.get(Village, code)
    if there is not None:
        raise VillageExists(code=code, name=there.name)
    village = Village(
        code=code, tambon_code=code[:TAMBON_DIGITS], moo=int(code[TAMBON_DIGITS:]), name=name
    )
    session.add(village)
    session.flush()
    return village


def _is_number(code: str, *, digits: int) -> bool:
    return len(code) == digits and code.isascii() and code.isdigit()
