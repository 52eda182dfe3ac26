"""Which meetings wait for somebody: for a word of what became of them, or for another worker."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from outreach.accounts.models import User
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.followups import reading, rules
from outreach.followups.recording import FOLLOWUP, Row
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction

# So many are listed; when these are done the next ones come.
MOST_SHOWN = 50


def without_outcome(*, by: Actor) -> tuple[list[Row], bool]:
    """Return the actor's own meetings of which nobody has said what became, the oldest first.

    As a list shows them, at most 50; the second value tells whether there are more.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        wanted = reading.ROW.where(*_waiting(by)).order_by(FOLLOWUP.c.ends_at, FOLLOWUP.c.id)
        rows = db.session.execute(wanted.limit(MOST_SHOWN + 1)).all()
        return reading.listed(by, rows[:MOST_SHOWN]), len(rows) > MOST_SHOWN


def how_many_without_outcome(*, by: Actor) -> int:
    """Return how many of the actor's own meetings wait for their outcome."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        counted = sa.select(sa.func.count()).select_from(FOLLOWUP).where(*_waiting(by))
        return db.session.scalars(counted).one()


def left_by_worker(*, by: Actor) -> list[Row]:
    """Return the meetings to be whose worker has left the staff, the nearest first.

    One's own, and for a supervisor those at their sites; as a list shows them, at most 50.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    gone = sa.exists().where(User.id == sa.any_(FOLLOWUP.c.workers), User.closed_at.is_not(None))
    theirs = FOLLOWUP.c.workers.contains([by.id])
    here = FOLLOWUP.c.place.in_(sorted(by.sites)) if by.has(SUPERVISOR) else sa.false()
    wanted = reading.ROW.where(
        FOLLOWUP.c.state == rules.BOOKED,
        FOLLOWUP.c.starts_at > clock.now(),
        gone,
        sa.or_(theirs, here),
    )
    with transaction(by=by):
        wanted = wanted.order_by(FOLLOWUP.c.starts_at, FOLLOWUP.c.id).limit(MOST_SHOWN)
        return reading.listed(by, db.session.execute(wanted).all())


def _waiting(by: Actor) -> tuple[Any, ...]:
    return (
        FOLLOWUP.c.state == rules.BOOKED,
        FOLLOWUP.c.ends_at <= clock.now(),
        FOLLOWUP.c.workers.contains([by.id]),
    )
