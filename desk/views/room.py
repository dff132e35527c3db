"""The blueprint under which every page of the treasurer's day stands."""

from datetime import datetime

from flask import Blueprint

from ledger.services import BANGKOK

blueprint = Blueprint("desk", __name__)


def clock(moment: datetime) -> str:
    """Write the time of the day in Bangkok: ``10:42``."""
    return f"{moment.astimezone(BANGKOK):%H:%M}"


blueprint.add_app_template_filter(clock, "clock")
