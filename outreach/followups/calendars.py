"""One's own meetings as a calendar that one's phone follows by a secret address.

Whoever has the address has the right, and needs no sign-in: that is how phones ask. So it tells of
nobody, is kept as a digest, and ends with the account, the role, or the password.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import passwords
from outreach.accounts import service as accounts
from outreach.accounts.events import SignedOutEverywhere, UserClosed
from outreach.accounts.permissions import CASEWORKER, RECEIVER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.followups import rules
from outreach.followups.models import CalendarFeed
from outreach.followups.recording import FOLLOWUP, Row
from outreach.followups.schemas import NewCalendarSchema
from outreach.foundation import clock, keyring
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import reading

_NEW = NewCalendarSchema()
_FEED = cast("sa.Table", CalendarFeed.__table__)
_WHO_MEET = (CASEWORKER, SUPERVISOR, RECEIVER)
# Nobody is signed in, and of a receiver's own meetings row-level security shows them no row. What
# is read as the system is when and where, and nothing of whom.
_BY = system("calendars")

# So that the secret is known for what it is wherever it turns up.
_MARK = "oc_"
# What has been stays for a month, so that a calendar shows what was moved or called off.
BACK, AHEAD = timedelta(days=30), rules.FARTHEST

_SHOWN = (_FEED.c.id, _FEED.c.created_at, _FEED.c.last_fetched_on)
_COLUMNS = (
    FOLLOWUP.c.id, FOLLOWUP.c.participant_id, FOLLOWUP.c.starts_at, FOLLOWUP.c.ends_at,
    FOLLOWUP.c.place, FOLLOWUP.c.state, FOLLOWUP.c.created_at, FOLLOWUP.c.outcome_at,
    FOLLOWUP.c.version,
)  # fmt: skip


def make_calendar(*, by: Actor, given: object) -> tuple[Row, str]:
    """Make the actor's calendar; return it with its secret, which is shown once and never kept.

    There is one at a time: the address of the one before ends in the same moment. So whoever missed
    the answer asks once more, without its id. Raises RuleBroken, IdReuse.
    """
    require_role(by, *_WHO_MEET)
    secret = _MARK + secrets.token_urlsafe(32)
    with transaction() as session:
        new_id = read(_NEW, given)["id"] or uuid4()
        if session.get(CalendarFeed, new_id) is not None:
            raise IdReuse
        shown = {"id": new_id, "created_at": clock.now(), "last_fetched_on": None}
        row = shown | {"digest": passwords.digest(secret)}
        adding = insert(_FEED).values(user_id=by.id, **row)
        session.execute(adding.on_conflict_do_update(index_elements=["user_id"], set_=row))
        trail.record(by=by, action="create", kind="calendar", id=new_id)
        return shown, secret


def calendars(*, by: Actor) -> list[Row]:
    """Return the actor's calendar, if there is one: when it was made and last asked for."""
    require_role(by, *_WHO_MEET)
    rows = db.session.execute(sa.select(*_SHOWN).where(_FEED.c.user_id == by.id))
    return [row._asdict() for row in rows]


def revoke_calendar(*, by: Actor, id: UUID) -> None:
    """End the address of the actor's calendar at once.

    Raises NotFound for one that is not theirs, or is no more.
    """
    require_role(by, *_WHO_MEET)
    with transaction() as session:
        ended = sa.delete(_FEED).where(_FEED.c.id == id, _FEED.c.user_id == by.id)
        if session.execute(ended.returning(_FEED.c.id)).first() is None:
            raise NotFound
        trail.record(by=by, action="revoke", kind="calendar", id=id)


def end_with_sign_ins(event: UserClosed | SignedOutEverywhere) -> None:
    """End the calendar of somebody who has left, or is signed out everywhere, with that.

    Whoever knew the old password may have made it.
    """
    db.session.execute(sa.delete(_FEED).where(_FEED.c.user_id == event.user_id))


def meetings(*, secret: str) -> list[Row]:
    """Return the meetings of whose address it is: from 30 days ago to a year ahead, as they begin.

    `uid`, `starts_at`, `ends_at`, `place`, `cancelled`, `sequence`, `stamp`, `modified` and nothing
    of whom it is with. None is there with somebody who is protected: nobody else may know when and
    where they are met. Raises NotFound for an address that is unknown, ended, or of one who has
    left or meets nobody any more: the refusals are the same.
    """
    with transaction(by=_BY) as session:
        wanted = sa.select(_FEED.c.user_id).where(_FEED.c.digest == passwords.digest(secret))
        owner = session.scalar(wanted)
        actor = accounts.actor_with_id(owner) if owner else None
        if actor is None or not actor.has(*_WHO_MEET):
            raise NotFound
        _note_that_asked(actor.id)
        return _meetings_of(actor.id)


def _note_that_asked(worker: UUID) -> None:
    """Keep on which day the calendar was asked for: once a day, for phones ask all the time."""
    today = clock.today()
    first = sa.or_(_FEED.c.last_fetched_on.is_(None), _FEED.c.last_fetched_on < today)
    asked = sa.update(_FEED).where(_FEED.c.user_id == worker, first)
    db.session.execute(asked.values(last_fetched_on=today))


def _meetings_of(worker: UUID) -> list[Row]:
    today = clock.today()
    begin, end = clock.span(today - BACK, today + AHEAD)
    theirs = sa.select(*_COLUMNS).where(
        FOLLOWUP.c.workers.contains([worker]),
        FOLLOWUP.c.starts_at >= begin,
        FOLLOWUP.c.starts_at < end,
    )
    rows = db.session.execute(theirs.order_by(FOLLOWUP.c.starts_at, FOLLOWUP.c.id)).all()
    hidden = reading.protected_among({row.participant_id for row in rows if row.participant_id})
    return [_told(row, worker) for row in rows if row.participant_id not in hidden]


def _told(row: Any, worker: UUID) -> Row:
    # What was changed of it since it was booked has no time of its own.
    changed = row.outcome_at or (row.created_at if row.version == 1 else None)
    return {
        # Each worker's own, so that two calendars of one meeting cannot be held together.
        "uid": keyring.id_outside("followup", str(row.id), str(worker)),
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "place": row.place,
        "cancelled": row.state in (*rules.CALLED_OFF, rules.RESCHEDULED),
        "sequence": row.version - 1,
        "stamp": row.outcome_at or row.created_at,
        "modified": changed,
    }
