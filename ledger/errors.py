"""Refusals that are expected: four families, because people need four different sentences."""

from typing import ClassVar


class DomainError(Exception):
    """Something the rules of the book refuse; never a bug.

    A subclass says in its docstring what happened, for developers, and in ``thai`` what the person
    at the table should read and do. Facts are given as keywords: they fill the braces of ``thai``
    and go to the log.
    """

    thai: ClassVar[str] = "ทำรายการนี้ไม่ได้"

    def __init__(self, **facts: object) -> None:
        super().__init__(", ".join(f"{name}={value!r}" for name, value in facts.items()))
        self.facts = facts

    def sentence(self) -> str:
        """Give the Thai sentence with the facts filled in."""
        return self.thai.format_map(self.facts)


class NotFound(DomainError):
    """It is not there."""

    thai = "ไม่พบรายการที่ขอ"


class Conflict(DomainError):
    """It has already happened, or has moved since it was shown."""

    thai = "รายการนี้เปลี่ยนไปแล้ว เปิดหน้านี้ใหม่แล้วตรวจอีกครั้ง"


class RuleBroken(DomainError):
    """The rules forbid it."""

    thai = "ทำรายการนี้ไม่ได้ เพราะขัดกับระเบียบ"


class NotAllowed(DomainError):
    """It is not theirs to do."""

    thai = "รายการนี้ไม่ใช่หน้าที่ของท่าน"


class Unreadable(DomainError):
    """What was typed cannot be read as what it should be."""

    thai = "อ่านข้อมูลที่พิมพ์ไม่ได้"
