"""The daily counts, and a second counting in plain Python over plain rows to hold them against."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from outreach.contacts.models import Contact
from outreach.foundation.database import db
from outreach.indicators.models import daily_counts

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_KEY = ("site", "activity", "contact_type", "age_band", "gender", "first_time")

Counts = Counter[tuple[Any, ...]]


def counted() -> Counts:
    """Return what the cube says, cell by cell."""
    db.session.rollback()
    found: Counts = Counter()
    for row in db.session.execute(sa.select(daily_counts)):
        key = (row.local_day, *(getattr(row, name) for name in _KEY))
        assert (*key, "contacts") not in found, "a combination comes once a day"
        assert row.identity == "anonymous"
        for measure in ("contacts", "headcount", "minutes"):
            found[*key, measure] = getattr(row, measure)
    return found


def said() -> Counts:
    """Return what the contacts say, counted one at a time."""
    db.session.rollback()
    found: Counts = Counter()
    for contact in db.session.scalars(sa.select(Contact)).yield_per(1_000):
        if contact.voided_at is not None:
            continue
        day = contact.occurred_at.astimezone(_STOCKHOLM).date()
        key = (day, *(getattr(contact, name) for name in _KEY))
        found[*key, "contacts"] += 1
        found[*key, "headcount"] += contact.headcount
        found[*key, "minutes"] += contact.minutes or 0
    db.session.expunge_all()
    return found
