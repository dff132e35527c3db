"""The blueprint under which every page about people stands."""

from flask import Blueprint

blueprint = Blueprint("members", __name__)
