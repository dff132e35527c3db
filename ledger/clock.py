"""The clock. Only views and commands look at it; everything below is told the time."""

from collections.abc import Callable
from datetime import UTC, datetime


def _wall_clock() -> datetime:
    return datetime.now(UTC)


_clock: Callable[[], datetime] = _wall_clock


def now() -> datetime:
    """Give this moment, in UTC."""
    return _clock()


def use_clock(clock: Callable[[], datetime] | None) -> None:
    """Let another clock tell the time, as the sample network and the tests do; None undoes it."""
    global _clock  # noqa: PLW0603  (the one clock of the process)
    _clock = clock or _wall_clock
