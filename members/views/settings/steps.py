"""What each of the first steps asks, and what their answers are together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.clock import now
from ledger.errors import DomainError
from ledger.money import Satang, format_baht
from ledger.roles import ROLE_IN_THAI, Role
from ledger.schemas import NEEDED, PageSchema
from ledger.thai import DateStyle, format_date
from ledger.web import Form, today
from members.by_laws import FIRST_RULES, HELD_AS_IN_THAI, RULE_IN_THAI, USUAL_RULES, RuleName
from members.models import GroupKind, ProductKind
from members.officers import (
    FIRST_DUTIES,
    FirstOfficer,
    FirstSteps,
    fit_sign_in_name,
    hash_password,
)
from members.places import WANG_NAM_YEN, TambonPlan, village_code
from members.schemas.settings import (
    NOT_ALIKE,
    OTHER_TAMBON,
    FirstGroupSchema,
    FirstOfficersSchema,
    FirstPlaceSchema,
    FirstRulesSchema,
)
from members.services.groups import (
    PRODUCT_PLANS,
    USUAL_PRODUCTS,
    check_founded,
    check_group_code,
    check_tambon_code,
)
from members.views.settings.overview import KIND_IN_THAI

#: For each step, what its boxes said.
Answers = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the first steps.

    Attributes:
        title: What it is called.
        schema: Its form.
        begins_with: What its boxes show at first.
        choices: What its page offers.
        check: Says at its boxes what the schema cannot see, given the answers of earlier steps.
    """

    title: str
    schema: type[PageSchema]
    begins_with: Callable[[], Mapping[str, Any]]
    choices: Mapping[str, Any]
    check: Callable[[Form, Answers], None]


def _check_group(form: Form, _answers: Answers) -> None:
    """The code is one, and the group is founded."""
    _check(form, "code", lambda: check_group_code(form.values["code"]))
    _check(form, "founded_on", lambda: check_founded(form.values["founded_on"], at=now()))


def _check(form: Form, box: str, check: Callable[[], object]) -> None:
    """Say at a box what a rule has against it, if it could be read at all."""
    if box in form.values and form.values[box] is not None:
        try:
            check()
        except DomainError as refusal:
            form.wrong(box, refusal.sentence())


def _check_place(form: Form, answers: Answers) -> None:
    """A village group is of a village; an institution or a network fund need not be."""
    known = {tambon.code for tambon in WANG_NAM_YEN} | {OTHER_TAMBON}
    if "tambon" in form.values and form.values["tambon"] not in known:
        form.wrong("tambon", "เลือกจากรายการที่มีให้")
    if form.values.get("tambon") == OTHER_TAMBON and form.values.get("other_code"):
        _check(form, "other_code", lambda: check_tambon_code(form.values["other_code"]))
    is_village = answers["group"]["kind"] == GroupKind.VILLAGE
    if is_village and not form.errors and not form.values["moo"]:
        form.wrong("moo", NEEDED)
        form.wrong("village_name", NEEDED)


def _check_officers(form: Form, _answers: Answers) -> None:
    """Three different people, each with a name to sign in under that can be taken."""
    names: set[str] = set()
    sign_in_names: set[str] = set()
    for role in FIRST_DUTIES:
        name = form.values.get(f"{role}_name", "")
        if name and name in names:
            form.wrong(f"{role}_name", "ต้องเป็นคนละคนกับหน้าที่ข้างบน")
        names.add(name)
        typed = form.values.get(f"{role}_sign_in_name", "")
        if not typed:
            continue
        try:
            fit = fit_sign_in_name(typed)
        except DomainError as refusal:
            form.wrong(f"{role}_sign_in_name", refusal.sentence())
            continue
        if fit in sign_in_names:
            form.wrong(f"{role}_sign_in_name", "ชื่อผู้ใช้ซ้ำกับคนข้างบน")
        sign_in_names.add(fit)
    if form.values.get("taken_by", FIRST_DUTIES[0]) not in FIRST_DUTIES:
        form.wrong("taken_by", "เลือกจากรายการที่มีให้")


def _check_rules(form: Form, _answers: Answers) -> None:
    """The least pledge is not above the most."""
    least, most = form.values.get("pledge_least"), form.values.get("pledge_most")
    if least is not None and most is not None and least > most:
        form.wrong("pledge_least", "สัจจะขั้นต่ำต้องไม่มากกว่าสัจจะสูงสุด")


def hash_typed(form: Form, *, hashed_before: Mapping[str, str]) -> dict[str, str]:
    """Hash the passwords that were typed; what was hashed before stays where nothing was typed.

    What is wrong with one is said at its box. The others are hashed all the same, so that nobody
    types a good password twice.
    """
    hashed = dict(hashed_before)
    for role in FIRST_DUTIES:
        box = f"{role}_password"
        typed = form.values.get(box, "")
        if not typed:
            if role not in hashed:
                form.wrong(box, NEEDED)
        elif typed != form.values.get(f"{role}_again", ""):
            form.wrong(f"{role}_again", NOT_ALIKE)
        else:
            try:
                hashed[role.value] = hash_password(typed)
            except DomainError as refusal:
                form.wrong(box, refusal.sentence())
    return hashed


def _usual_rules() -> Mapping[str, Any]:
    """The usual by-laws as they are typed, and the usual products."""
    usual: dict[str, Any] = {
        rule.name.lower(): format_baht(Satang(USUAL_RULES[rule]))
        for rule in FIRST_RULES
        if rule is not RuleName.PLEDGE_HELD_AS
    }
    usual["pledge_held_as"] = USUAL_RULES[RuleName.PLEDGE_HELD_AS]
    return usual | {"products": [kind.value for kind in USUAL_PRODUCTS]}


#: The steps in their order. Their names stand in addresses and name the templates.
STEPS: dict[str, Step] = {
    "group": Step(
        title="กลุ่ม",
        schema=FirstGroupSchema,
        begins_with=lambda: {
            "kind": GroupKind.VILLAGE.value,
            "founded_on": format_date(today(), DateStyle.NUMERIC),
        },
        choices={"kinds": list(KIND_IN_THAI.items())},
        check=_check_group,
    ),
    "place": Step(
        title="ที่ตั้ง",
        schema=FirstPlaceSchema,
        begins_with=lambda: {"other_province_th": "สระแก้ว"},
        choices={"tambons": WANG_NAM_YEN, "other": OTHER_TAMBON},
        check=_check_place,
    ),
    "officers": Step(
        title="กรรมการ",
        schema=FirstOfficersSchema,
        begins_with=dict,
        choices={"roles": [(role.value, ROLE_IN_THAI[role]) for role in FIRST_DUTIES]},
        check=_check_officers,
    ),
    "rules": Step(
        title="ระเบียบ",
        schema=FirstRulesSchema,
        begins_with=_usual_rules,
        choices={
            "held_as": list(HELD_AS_IN_THAI.items()),
            "amounts": [
                (rule.name.lower(), RULE_IN_THAI[rule])
                for rule in FIRST_RULES
                if rule is not RuleName.PLEDGE_HELD_AS
            ],
            "plans": list(PRODUCT_PLANS.values()),
        },
        check=_check_rules,
    ),
}
LAST_STEP = list(STEPS)[-1]


def after(step: str) -> str:
    """Give the step that comes after one that is not the last."""
    return list(STEPS)[list(STEPS).index(step) + 1]


def whole(answers: Answers, *, hashes: Mapping[str, str]) -> FirstSteps:
    """Put the answers of all steps together."""
    values = {
        name: step.schema(exclude=["key"]).load(answers[name]) for name, step in STEPS.items()
    }
    group, place, people, rules = (values[name] for name in STEPS)
    tambon = next(
        (tambon for tambon in WANG_NAM_YEN if tambon.code == place["tambon"]),
        TambonPlan(
            code=place["other_code"],
            name_th=place["other_name_th"],
            name_en=place["other_name_en"],
            district_th=place["other_district_th"],
            province_th=place["other_province_th"],
        ),
    )
    moo = place["moo"]
    return FirstSteps(
        code=group["code"],
        name=group["name"],
        kind=group["kind"],
        founded_on=group["founded_on"],
        tambon=tambon,
        village_code=village_code(tambon_code=tambon.code, moo=moo) if moo else None,
        village_name=place["village_name"],
        officers={
            role: FirstOfficer(
                name=people[f"{role}_name"],
                sign_in_name=people[f"{role}_sign_in_name"],
                password_hash=hashes[role],
            )
            for role in FIRST_DUTIES
        },
        taken_by=Role(people["taken_by"]),
        rules={rule: rules[rule.name.lower()] for rule in FIRST_RULES},
        products=tuple(dict.fromkeys((ProductKind.PLEDGE, *rules["products"]))),
    )
