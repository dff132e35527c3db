"""Groups: the villages they come from, their book, their savings products and their by-laws."""

from members.services.groups.opening import (
    FoundedInFuture,
    GroupExists,
    NotAGroupCode,
    check_founded,
    check_group_code,
    open_group,
)
from members.services.groups.places import (
    NotATambonCode,
    NotAVillageCode,
    TambonExists,
    VillageExists,
    add_another_tambon,
    add_tambon,
    add_village,
    check_tambon_code,
)
from members.services.groups.products import (
    PRODUCT_PLANS,
    USUAL_PRODUCTS,
    ProductDayUnfit,
    ProductExists,
    ProductPlan,
    open_product,
    open_product_for_members,
)
from members.services.groups.resolving import (
    HeldAsIsFixed,
    RuleBeforeFounding,
    RuleInClosedMonth,
    RuleResolvedAlready,
    has_pledges,
    resolve_rule,
)

__all__ = [
    "PRODUCT_PLANS",
    "USUAL_PRODUCTS",
    "FoundedInFuture",
    "GroupExists",
    "HeldAsIsFixed",
    "NotAGroupCode",
    "NotATambonCode",
    "NotAVillageCode",
    "ProductDayUnfit",
    "ProductExists",
    "ProductPlan",
    "RuleBeforeFounding",
    "RuleInClosedMonth",
    "RuleResolvedAlready",
    "TambonExists",
    "VillageExists",
    "add_another_tambon",
    "add_tambon",
    "add_village",
    "check_founded",
    "check_group_code",
    "check_tambon_code",
    "has_pledges",
    "open_group",
    "open_product",
    "open_product_for_members",
    "resolve_rule",
]
