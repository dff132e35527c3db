"""How Alembic reaches the database and the models. ``ledger.db.upgrade`` hands it a connection."""

from typing import Any

from alembic import context
from sqlalchemy.types import TypeDecorator

import audit.models  # noqa: F401  (each floor brings its tables)
import desk.models  # noqa: F401
import loans.models  # noqa: F401
import members.models  # noqa: F401
from ledger.db import Base, Day, UtcDateTime, Whole

#: Our own column types as the plain types beneath them. A migration is history: it must still run
#: when our classes have moved on.
PLAIN = {
    Whole: 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")',
    UtcDateTime: 'sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")',
    Day: 'sa.Date().with_variant(sa.Text(), "sqlite")',
}


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Write our column types as plain ones."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return PLAIN.get(type(item), "sa.Text()")
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
