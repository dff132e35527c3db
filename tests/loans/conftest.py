"""Which tests of lending run on which engine."""

import pytest

PAGES = "_pages.py"


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Try each test of lending on PostgreSQL once, and pages once a file; on SQLite always.

    What differs between the engines shows in the first of a test's cases; the other cases differ in
    what the rules say, which is the same code on both. Pages call services that are tried on both.
    """
    tried: set[tuple[str, str]] = set()
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        if item.path.parent.name != "loans" or "postgres" not in item.name:
            kept.append(item)
            continue
        file, test = item.path.name, item.name.partition("[")[0]
        key = (file, "" if file.endswith(PAGES) else test)
        (left_out if key in tried else kept).append(item)
        tried.add(key)
    if left_out:
        items[:] = kept
        config.hook.pytest_deselected(items=left_out)
