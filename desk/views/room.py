"""The blueprint under which every page of the treasurer's day stands."""

from datetime import datetime

from flask import Blueprint

from ledger.money import Satang, plain_baht
from ledger.services import BANGKOK

blueprint = Blueprint("desk", __name__)


def clock(moment: datetime) -> str:
    """Write the time of the day in Bangkok: ``10:42``."""
    return f"{moment.astimezone(BANGKOK):%H:%M}"


def as_typed(amount: Satang) -> str:
    """Write an amount as a person types it: ``1540``, or ``1540.50``."""
    return plain_baht(amount).removesuffix(".00")


blueprint.add_app_template_filter(clock, "clock")
