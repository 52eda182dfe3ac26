"""Waiting for another process, with a deadline: the only place of the suite that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from outreach.foundation.database import db

T = TypeVar("T")

_PAUSE_SECONDS = 0.02


def until(told: Callable[[], T | None], *, seconds: float = 60) -> T:
    """Return what `told` says as soon as it is true; fail when it has not become so in time."""
    deadline = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(_PAUSE_SECONDS)
    return found


def until_all_is_over() -> None:
    """Return once every transaction begun so far is over, in other tests' databases as well.

    One that is open anywhere on the server makes the next night look further back: harmless, but
    a test that names the very days must not meet one.
    """
    bounds = sa.text(
        "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint"
        " FROM pg_current_snapshot() AS s"
    )
    db.session.rollback()
    _, everything = db.session.execute(bounds).one()

    def over() -> bool:
        db.session.rollback()
        return bool(db.session.execute(bounds).one()[0] >= everything)

    until(over)
