"""The shape of the house: what import-linter cannot see."""

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest
from sqlalchemy import ForeignKeyConstraint, Index, Table, UniqueConstraint

import audit.models  # noqa: F401  (each floor brings its tables)
import desk.models  # noqa: F401
import loans.models  # noqa: F401
import members.models  # noqa: F401
from ledger.db import Base
from ledger.errors import DomainError

HOUSE = Path(__file__).parents[1]
FLOORS = ("ledger", "members", "loans", "desk", "audit")
SOURCES = [
    HOUSE / "app.py",
    *(file for floor in FLOORS for file in sorted((HOUSE / floor).rglob("*.py"))),
]
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in SOURCES}
TABLES = list(Base.metadata.tables.values())

#: A library on the left is imported in the rooms on the right, on whatever floor, and nowhere else.
AT_HOME = {
    "flask": {"app", "views", "web", "commands"},
    "flask_wtf": {"app", "web"},
    "werkzeug": {"web", "views"},
    "jinja2": {"paper"},
    "marshmallow": {"schemas", "web"},
    "weasyprint": {"paper"},
    "click": {"commands"},
    "waitress": {"commands"},
    "alembic": {"db"},
    "argon2": {"officers"},
    "xlsxwriter": {"exports"},
    "fontTools": {"thai_font"},
    "uharfbuzz": {"thai_font"},
}
#: The two doors are opened here; whoever is below is given the session.
OPENS_DOORS = {"views", "commands", "officers"}
#: The clock is looked at here; whoever is below is told the time.
LOOKS_AT_THE_CLOCK = {"app", "views", "commands", "web", "clock"}
#: What is measured in fractions and is not money, with the reason.
MAY_BE_A_FRACTION = {
    "ledger/db.py": "seconds of waiting",
    "ledger/commands.py": "seconds and lines a second",
    "ledger/exports.py": "a spreadsheet knows no other number",
    "ledger/thai_font.py": "shapes of letters",
    "members/passbook.py": "millimetres of paper",
}
MOST_LINES_OF_A_FUNCTION = 70
MOST_LINES_OF_A_FILE = 500
MOST_LINES_OF_THE_DOOR = 100


def where(file: Path, node: ast.AST | None = None) -> str:
    """Name a place as an editor understands it."""
    line = "" if node is None else f":{node.lineno}"  # type: ignore[attr-defined]
    return f"{file.relative_to(HOUSE)}{line}"


def room_of(file: Path) -> str:
    """Give the room of a file: ``members/views/people.py`` stands in ``views``."""
    parts = file.relative_to(HOUSE).parts
    return Path(parts[1] if len(parts) > 1 else parts[0]).stem


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    """Give every node of some kinds in every source."""
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield file, node


def imports() -> Iterator[tuple[Path, ast.AST, str, tuple[str, ...]]]:
    """Give every import as (file, place, module, names)."""
    for file, node in nodes(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.ImportFrom):
            yield file, node, node.module or "", tuple(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield file, node, alias.name, ()


def test_each_library_stays_in_its_own_rooms() -> None:
    strays = [
        f"{where(file, node)} imports {module}"
        for file, node, module, _names in imports()
        if room_of(file) not in AT_HOME.get(module.split(".")[0], {room_of(file)})
    ]

    assert strays == []


def test_only_views_commands_and_officers_open_the_doors() -> None:
    strays = [
        where(file, node)
        for file, node, module, names in imports()
        if module == "ledger.db"
        and {"read", "write"} & set(names)
        and room_of(file) not in OPENS_DOORS
    ]

    assert strays == []


def test_nothing_commits_but_the_unit_of_work() -> None:
    committing = [
        where(file, node)
        for file, node in nodes(ast.Call)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        and where(file) != "ledger/db.py"
    ]

    assert committing == []


def test_nobody_below_the_views_looks_at_the_clock() -> None:
    asks = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
    asks |= {("time", "time"), ("time", "localtime"), ("time", "gmtime")}
    looking = [
        where(file, node)
        for file, node in nodes(ast.Attribute)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in asks
        and room_of(file) != "clock"
    ]
    asking = [
        where(file, node)
        for file, node, module, _names in imports()
        if module == "ledger.clock" and room_of(file) not in LOOKS_AT_THE_CLOCK
    ]

    assert looking == []
    assert asking == []


def test_no_fraction_touches_money() -> None:
    fractions = [
        where(file, node)
        for file, node in nodes(ast.Constant, ast.Div, ast.BinOp, ast.Call)
        if str(file.relative_to(HOUSE)) not in MAY_BE_A_FRACTION
        and (
            (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _is_path(node))
            or (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "float"
            )
        )
    ]

    assert fractions == []


def _is_path(node: ast.BinOp) -> bool:
    """Tell whether a slash joins a path: what is on its right is a text, or a file's name."""
    right = node.right
    if isinstance(right, ast.Name):
        return right.id.lower().endswith(("file", "name"))
    return isinstance(right, ast.JoinedStr) or (
        isinstance(right, ast.Constant) and isinstance(right.value, str)
    )


def test_foreign_keys_point_down_the_same_stairs_as_imports() -> None:
    def floor(table: Table) -> int:
        return FLOORS.index(table.name.split("_")[0])

    climbs = [
        f"{table.name}.{key.parent.name} -> {key.column.table.name}"
        for table in TABLES
        for key in table.foreign_keys
        if floor(key.column.table) > floor(table)
    ]

    assert climbs == []


def test_the_book_leads_every_key_of_its_data() -> None:
    strays = []
    for table in (table for table in TABLES if "book_id" in table.columns):
        keys: list[tuple[str, list[str]]] = [("primary", [c.name for c in table.primary_key])]
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                keys.append(("unique", [c.name for c in constraint.columns]))
            if isinstance(constraint, ForeignKeyConstraint) and "book_id" in {
                c.name for element in constraint.elements for c in element.column.table.primary_key
            }:
                keys.append(("foreign", list(constraint.column_keys)))
        keys += [
            ("unique", [c.name for c in index.columns])
            for index in table.indexes
            if isinstance(index, Index) and index.unique
        ]
        strays += [
            f"{table.name}: {kind} key {columns}"
            for kind, columns in keys
            if not columns[0].endswith("book_id")
            and (table.name, columns) not in NAMED_ACROSS_BOOKS
        ]

    assert strays == []


#: A group is found by its code before anybody knows the number of its book.
NAMED_ACROSS_BOOKS = [("members_groups", ["code"])]


def test_no_row_of_a_book_disappears_with_another() -> None:
    cascades = [
        f"{table.name}.{key.parent.name}"
        for table in TABLES
        for key in table.foreign_keys
        if key.ondelete or key.onupdate
    ]

    assert cascades == []


def test_the_front_door_stays_small() -> None:
    door = (HOUSE / "app.py").read_text(encoding="utf-8")

    assert len(door.splitlines()) <= MOST_LINES_OF_THE_DOOR
    assert not re.search(r"@\w+\.(get|post|route)\(|\bselect\(|session\.execute", door)


def test_functions_and_files_stay_short() -> None:
    long = [
        f"{where(file, node)} {node.name}: {_lines(node)} lines"
        for file, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _lines(node) > MOST_LINES_OF_A_FUNCTION
    ]
    long += [
        f"{where(file)}: {_lines(tree)} lines"
        for file, tree in TREES.items()
        if _lines(tree) > MOST_LINES_OF_A_FILE
    ]

    assert long == []


def _lines(tree: ast.AST) -> int:
    """Count the lines that do something: not blank, no comment, no signature, no docstring."""
    told: set[int] = set()
    doing: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and isinstance(body, list)
            and ast.get_docstring(node, clean=False) is not None
        ):
            told |= set(range(body[0].lineno, body[0].end_lineno + 1))
        if isinstance(node, ast.stmt | ast.expr) and node.end_lineno is not None:
            doing |= {node.lineno, node.end_lineno}
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
        told |= set(range(tree.lineno, tree.body[0].lineno))
    return len(doing - told)


def module_of(file: Path) -> ModuleType:
    """Import the module that a file is."""
    parts = file.relative_to(HOUSE).with_suffix("").parts
    return importlib.import_module(".".join(part for part in parts if part != "__init__"))


def refusals() -> list[type[DomainError]]:
    """Give every refusal that any module knows."""
    for file in SOURCES:
        module_of(file)
    found: list[type[DomainError]] = []
    waiting = DomainError.__subclasses__()
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.__module__.split(".")[0] in {*FLOORS, "app"}:
            found.append(refusal)
    return found


def test_every_refusal_tells_developers_why_and_people_what_to_do() -> None:
    silent = [
        f"{refusal.__module__}.{refusal.__name__}"
        for refusal in refusals()
        if not (refusal.__dict__.get("__doc__") or "").strip()
        or not re.search(r"[ก-๛]", refusal.__dict__.get("thai", ""))
    ]

    assert len(refusals()) > len(DomainError.__subclasses__())
    assert silent == []


def test_every_refusal_fills_the_braces_of_its_sentence() -> None:
    unfilled = []
    for file, node in nodes(ast.Call, ast.Raise):
        called = node.func if isinstance(node, ast.Call) else getattr(node, "exc", None)
        refusal = _named(module_of(file), called)
        if not (isinstance(refusal, type) and issubclass(refusal, DomainError)):
            continue
        if refusal.__init__ is not DomainError.__init__:
            continue  # it fills its own braces
        keywords = node.keywords if isinstance(node, ast.Call) else []
        given = {keyword.arg for keyword in keywords}
        wanted = {name for _text, name, _spec, _conversion in Formatter().parse(refusal.thai)}
        if None not in given and not wanted - {None} <= given:
            unfilled.append(f"{where(file, node)} {refusal.__name__}: {wanted - {None} - given}")

    assert unfilled == []


def _named(module: ModuleType, name: ast.AST | None) -> object:
    """Give what a name, or a name in another module, stands for; what is local is nothing."""
    if isinstance(name, ast.Name):
        return getattr(module, name.id, None)
    if isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name):
        other = getattr(module, name.value.id, None)
        return getattr(other, name.attr, None) if isinstance(other, ModuleType) else None
    return None


def test_no_page_carries_a_script_or_a_style_of_its_own() -> None:
    inline = re.compile(
        r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:|https?://(?!www\.w3\.org)",
        re.IGNORECASE,
    )
    strays = [
        f"{where(file)}: {found.group()}"
        for file in sorted((HOUSE / "templates").rglob("*.html"))
        if (found := inline.search(file.read_text(encoding="utf-8")))
    ]

    assert strays == []


@pytest.mark.parametrize("wrong", ["x = 0.5", "x = total / 2", "x = float(amount)"])
def test_the_search_for_fractions_finds_them(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = HOUSE / "ledger" / "money.py"
    monkeypatch.setitem(TREES, file, ast.parse(wrong))

    with pytest.raises(AssertionError):
        test_no_fraction_touches_money()


@pytest.mark.parametrize(
    ("wrong", "test"),
    [
        ("import flask", test_each_library_stays_in_its_own_rooms),
        ("from ledger.db import write", test_only_views_commands_and_officers_open_the_doors),
        ("session.commit()", test_nothing_commits_but_the_unit_of_work),
        ("from ledger.clock import now", test_nobody_below_the_views_looks_at_the_clock),
        ("today = date.today()", test_nobody_below_the_views_looks_at_the_clock),
        (
            "raise BookNotFound(1)\nraise EntryNotFound",
            test_every_refusal_fills_the_braces_of_its_sentence,
        ),
        ("def f():\n" + "    x = 1\n" * 71, test_functions_and_files_stay_short),
    ],
)
def test_each_house_rule_can_fail(
    wrong: str, test: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = HOUSE / "ledger" / "services.py"
    if not file.exists():
        file = HOUSE / "ledger" / "services" / "__init__.py"
    monkeypatch.setitem(TREES, file, ast.parse(wrong))

    with pytest.raises(AssertionError):
        test()
