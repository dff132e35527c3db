"""The blueprint under which every page of lending and borrowing stands."""

from flask import Blueprint

blueprint = Blueprint("loans", __name__)
