"""What receivers follow of those whom they have taken on, beside what was sent to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.foundation import clock, settings
from outreach.foundation.database import db
from outreach.handoffs import deadlines, reading, rules
from outreach.handoffs.models import IpsSupport, OsaDecision, OsaPause, OsaPlacement
from outreach.handoffs.recording import Row

PLACEMENT = cast("sa.Table", OsaPlacement.__table__)
DECISION = cast("sa.Table", OsaDecision.__table__)
PAUSE = cast("sa.Table", OsaPause.__table__)
IPS = cast("sa.Table", IpsSupport.__table__)
OSA_DAYS = ("training_from", "employed_from", "ended_on")
IPS_SAID = (
    "specialist_id", "first_employer_contact_on", "employer_yes_on", "employer_yes_withdrawn_on",
)  # fmt: skip


def for_the_receiver(row: Any) -> Row:
    """Return a handoff in full for its receiver, with what the team follows of it."""
    seen = reading.for_the_receiver(row)
    if row.team == rules.OSA:
        seen["osa"] = osa_of([row.id]).get(row.id) or nothing_of_osa()
    elif row.team == rules.IPS:
        seen["ips"] = ips_of(row)
    return seen


def nothing_of_osa() -> Row:
    """Return what OSA follows of somebody of whom nothing is written yet."""
    empty = {"training_from": None, "employed_from": None, "ended_on": None}
    return _with_deadlines(empty | {"decisions": [], "pauses": []})


def osa_of(handoffs: Sequence[UUID]) -> dict[UUID, Row]:
    """Return what OSA follows, by handoff, with every deadline; none of what nothing is written."""
    found: dict[UUID, Row] = {}
    for row in db.session.execute(sa.select(PLACEMENT).where(PLACEMENT.c.handoff_id.in_(handoffs))):
        found[row.handoff_id] = {
            "training_from": row.training_from,
            "employed_from": row.employed_from,
            "ended_on": row.ended_on,
            "decisions": [],
            "pauses": [],
        }
    for table, name in ((DECISION, "decisions"), (PAUSE, "pauses")):
        rows = sa.select(table).where(table.c.handoff_id.in_(handoffs))
        for row in db.session.execute(rows.order_by(table.c.first_day)):
            said = {"from": row.first_day, "to": row.last_day}
            said |= {"answer": row.answer} if table is DECISION else {}
            found[row.handoff_id][name].append(said)
    return {each: _with_deadlines(osa) for each, osa in found.items()}


def _with_deadlines(osa: Row) -> Row:
    count = settings.yes_or_no("OSA_PAUSES_COUNT")
    ends = osa["employed_from"] and deadlines.cap(
        osa["employed_from"], osa["pauses"], pauses_count=count
    )
    dated = [
        {"kind": each.kind, "on": each.on, "about": each.about}
        for each in deadlines.deadlines(osa, pauses_count=count)
    ]
    return osa | {"cap_on": ends, "deadlines": dated}


def ips_of(row: Any) -> Row:
    """Return what Jobbteamet follows of somebody, and how long it took to reach an employer."""
    kept = db.session.execute(sa.select(IPS).where(IPS.c.handoff_id == row.id)).one_or_none()
    said: Row = {name: getattr(kept, name, None) for name in IPS_SAID}
    specialist = said["specialist_id"]
    contact, since = said["first_employer_contact_on"], row.decided_at
    answered = clock.local(since).date() if since else None
    return said | {
        "specialist": specialist and accounts.names_of([specialist])[specialist],
        "days_to_employer": (contact - answered).days if contact and answered else None,
        "mark_on": answered and answered + rules.EMPLOYER_WITHIN,
    }
