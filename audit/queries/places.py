"""Where each group of the network is: its village and tambon."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from members.models import Group, Tambon, Village


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """A group and where it is; the codes are empty for one that belongs to no village."""

    book_id: int
    code: str
    name: str
    village_code: str
    village_name: str
    moo: int
    tambon_code: str
    tambon_name: str

    @property
    def where(self) -> str:
        """Give the village as people call it: moo, name and tambon."""
        if not self.village_code:
            return ""
        return f"หมู่ {self.moo} {self.village_name} ต.{self.tambon_name}"


def places(session: Session) -> list[GroupPlace]:
    """Give every group of the network with its place, by tambon and moo."""
    rows = session.execute(
        select(
            Group.book_id,
            Group.code,
            Group.name,
            func.coalesce(Village.code, ""),
            func.coalesce(Village.name, ""),
            func.coalesce(Village.moo, 0),
            func.coalesce(Tambon.code, ""),
            func.coalesce(Tambon.name_th, ""),
        )
        .outerjoin(Village, Village.code == Group.village_code)
        .outerjoin(Tambon, Tambon.code == Village.tambon_code)
        .order_by(Village.code.is_(None), Village.code, Group.code)
    )
    return [GroupPlace(*row) for row in rows]
