"""Tambons and villages by their official codes."""

from dataclasses import dataclass

MOST_MOO = 99


@dataclass(frozen=True, slots=True)
class TambonPlan:
    """A tambon as official papers name it; its code has six digits."""

    code: str
    name_th: str
    name_en: str
    district_th: str
    province_th: str


#: The tambons of the district for which Samut was made first.
#: Source: the official codes of the Department of Provincial Administration. 270402 and 270404 went
#: to another district when it was divided. Names recur in other provinces; codes do not.
WANG_NAM_YEN = tuple(
    TambonPlan(code, thai, english, "วังน้ำเย็น", "สระแก้ว")
    for code, thai, english in (
        ("270401", "วังน้ำเย็น", "Wang Nam Yen"),
        ("270403", "ตาหลังใน", "Ta Lang Nai"),
        ("270405", "คลองหินปูน", "Khlong Hin Pun"),
        ("270406", "ทุ่งมหาเจริญ", "Thung Maha Charoen"),
    )
)


def village_code(*, tambon_code: str, moo: int) -> str:
    """Give a village's eight-digit code: the tambon's six and the two of its moo.

    Args:
        tambon_code: Six digits.
        moo: From 1 to 99.
    """
    assert 1 <= moo <= MOST_MOO, moo
    return f"{tambon_code}{moo:02d}"
