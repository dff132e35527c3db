"""The pages about people: signing in, members and their passbooks, groups and officers."""

from members.views import imports, people, settings, sign_in
from members.views.room import blueprint

__all__ = ["blueprint", "imports", "people", "settings", "sign_in"]
