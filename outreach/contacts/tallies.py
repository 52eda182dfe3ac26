"""What a worker sees of a day and of a shift: the rows and the counts that staff live by."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.contacts import linking
from outreach.contacts.models import Contact, RecognitionCode
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.shifts import rules as shift_rules

_TABLE = cast("sa.Table", Contact.__table__)
_SHOWN = (
    "id", "version", "occurred_at", "site", "activity", "contact_type", "headcount", "age_band",
    "gender", "topics", "result", "signposted_to", "first_time", "talk_language", "interpreter",
    "minutes", "voided_at", "recorded_by", "committee",
)  # fmt: skip

Row = dict[str, Any]


def own_today(*, by: Actor) -> list[Row]:
    """Return the contacts of today that one has logged, latest first, voided ones marked.

    Each has also its `recognition_code`, and its `identity` as far as one may know.
    """
    require_role(by, CASEWORKER)
    begin, end = clock.span(clock.today(), clock.today())
    wanted = linking.with_owners(
        _within(begin, end)
        .add_columns(RecognitionCode.code.label("recognition_code"))
        .outerjoin(RecognitionCode, RecognitionCode.id == _TABLE.c.recognition_code_id)
        .where(_TABLE.c.recorded_by == by.id)
    )
    with transaction(by=by):
        return _rows(wanted.order_by(_TABLE.c.occurred_at.desc(), _TABLE.c.id.desc()))


def of_shift(*, by: Actor, shift: Row, until: datetime | None = None) -> list[Row]:
    """Return the contacts of a shift's site, activity and hours, in order, voided ones marked.

    Each with its `identity`; those of protected people are there for whoever is named alone.
    The hours are the actual ones where they are known, else the planned ones, else until now; a
    shift that was never closed holds no more than a working day.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    begin = shift["started_at"] or shift["starts_at"]
    longest = begin + shift_rules.LONGEST
    so_far = min(max(clock.now(), shift["ends_at"] or clock.now()), longest)
    end = until or shift["ended_at"] or so_far
    wanted = _within(begin, end).where(
        _TABLE.c.site == shift["site"], _TABLE.c.activity == shift["activity"]
    )
    if shift["site"] not in by.sites:
        # Somebody who worked there once: what colleagues logged is no longer theirs to see.
        wanted = wanted.where(_TABLE.c.recorded_by == by.id)
    with transaction(by=by):
        return _rows(linking.with_owners(wanted).order_by(_TABLE.c.occurred_at, _TABLE.c.id))


def counted(rows: list[Row]) -> int:
    """Return how many of the rows count: those that are not voided."""
    return sum(row["voided_at"] is None for row in rows)


def _within(begin: datetime, end: datetime) -> sa.Select[Any]:
    columns = (_TABLE.c[name] for name in _SHOWN)
    return sa.select(*columns).where(_TABLE.c.occurred_at >= begin, _TABLE.c.occurred_at < end)


def _rows(wanted: sa.Select[Any]) -> list[Row]:
    return [row._asdict() for row in db.session.execute(wanted)]
