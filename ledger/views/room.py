"""The blueprint under which every page of the book stands."""

from flask import Blueprint

blueprint = Blueprint("ledger", __name__)
