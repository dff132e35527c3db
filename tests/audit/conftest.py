"""Fixtures of cross-review: how many questions a page asks the database."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Engine, event

Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def count_queries() -> Counting:
    """Collect the statements that are run inside a block, on any engine."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            statements.append(statement)

        event.listen(Engine, "before_cursor_execute", keep)
        try:
            yield statements
        finally:
            event.remove(Engine, "before_cursor_execute", keep)

    return counting
