"""Draw the tables as Mermaid, from the models themselves: ``python -m docs.erd > docs/erd.md``."""

from collections.abc import Iterator

from sqlalchemy import Column, MetaData, Table

import audit.models  # noqa: F401  (each floor brings its tables)
import desk.models  # noqa: F401
import loans.models  # noqa: F401
import members.models  # noqa: F401
from ledger.db import SEALED, Base

FLOORS = ("ledger", "members", "loans", "desk", "audit")
HEADING = """\
# The tables

Drawn from the models by `python -m docs.erd > docs/erd.md`; a test compares the two. Arrows point
down the stairs: `audit` to `desk` to `loans` to `members` to `ledger`. Tables marked *sealed* take
new rows and never change or lose one; the database itself refuses (`migrations/versions/`).
"""


def erd(metadata: MetaData) -> str:
    """Write every table and foreign key, a diagram for each floor."""
    return "\n".join([HEADING, *(line for floor in FLOORS for line in _floor(metadata, floor))])


def _floor(metadata: MetaData, floor: str) -> Iterator[str]:
    tables = [table for name, table in sorted(metadata.tables.items()) if _floor_of(name) == floor]
    if not tables:
        return
    yield from (f"## {floor}", "", "```mermaid", "erDiagram")
    for table in tables:
        yield from _table(table)
    yield from ("```", "")
    sealed = ", ".join(f"`{table.name}`" for table in tables if table.info == SEALED)
    if sealed:
        yield from (f"Sealed: {sealed}.", "")


def _floor_of(name: str) -> str:
    return name.split("_", maxsplit=1)[0]


def _table(table: Table) -> Iterator[str]:
    yield f"    {table.name} {{"
    for column in table.columns:
        yield f"        {_kind(column)} {column.name}{_marks(column)}"
    yield "    }"
    for name, target, may_be_missing in _arrows(table):
        end = "o|" if may_be_missing else "||"
        yield f"    {target} {end}--o{{ {table.name} : {name}"


def _kind(column: Column[object]) -> str:
    return type(column.type).__name__.lower()


def _marks(column: Column[object]) -> str:
    marks = ["PK"] * column.primary_key + ["FK"] * bool(column.foreign_keys)
    return f" {', '.join(marks)}" if marks else ""


def _arrows(table: Table) -> list[tuple[str, str, bool]]:
    """Give each foreign key once, by the column that says the most: the last one."""
    return sorted(
        (
            constraint.column_keys[-1],
            constraint.referred_table.name,
            any(column.nullable for column in constraint.columns),
        )
        for constraint in table.foreign_key_constraints
    )


if __name__ == "__main__":
    print(erd(Base.metadata), end="")
