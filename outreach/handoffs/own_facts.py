"""What receivers follow of those whom they have taken on: OSA's deadlines, Jobbteamet's load.

The team's own, and nobody else's: neither whoever sent the person nor another team is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import RECEIVER, require_role
from outreach.audit import trail
from outreach.foundation import clock, keyring, settings
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import Fault, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.handoffs import awaiting, deadlines, followed, reading, recording, rules, standing
from outreach.handoffs.models import ClientsElsewhere
from outreach.handoffs.recording import HANDOFF, Row
from outreach.handoffs.schemas import ClientsElsewhereSchema, IpsSchema, OsaSchema
from outreach.handoffs.standing import HandoffSettled

_ELSEWHERE = cast("sa.Table", ClientsElsewhere.__table__)
_OSA, _IPS_GIVEN, _LOAD = OsaSchema(), IpsSchema(), ClientsElsewhereSchema()

# Something is followed of whoever was sent here, until it is declined or withdrawn.
_FOLLOWED = ("sent", "accepted", "in_progress", "completed")
_ACTIVE = ("accepted", "in_progress")


def set_osa(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Write what OSA follows of somebody; return the handoff as its receiver sees it.

    What is not said stays; `decisions` and `pauses` are said whole. Raises NotFound for whoever is
    not of the team, HandoffSettled, Stale, RuleBroken.
    """
    return _set(by, id, expected, rules.OSA, lambda row: _keep_osa(row, given))


def set_ips(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Write what Jobbteamet follows of somebody; as `set_osa`."""
    return _set(by, id, expected, rules.IPS, lambda row: _keep_ips(by, row, given))


def _set(by: Actor, id: UUID, expected: int, team: str, keep: Callable[[Any], bool]) -> Row:
    require_role(by, RECEIVER)
    with transaction(by=by):
        row, sides = standing.found(by, id)
        if row.team != team or by.team != team:
            raise NotFound
        row = reading.row_of(id, lock=True)
        if row.state not in _FOLLOWED or row.shielded:
            raise HandoffSettled
        standing.require_version(by, row, sides, expected)
        if keep(row):
            recording.change(id, {})
            standing.note(by, "change", row, right="team", part=team)
        else:
            standing.note(by, "read", row, right="team")
        recording.see(id)
        return followed.for_the_receiver(reading.row_of(id))


def _keep_osa(row: Any, given: object) -> bool:
    before = followed.osa_of([row.id]).get(row.id) or followed.nothing_of_osa()
    said = read(_OSA, given, lambda facts: _osa_faults(before, facts))
    after = {name: before[name] for name in ("decisions", "pauses", *followed.OSA_DAYS)} | said
    if all(after[name] == before[name] for name in after):
        return False
    days = {name: after[name] for name in followed.OSA_DAYS}
    recording.put(followed.PLACEMENT, {"handoff_id": row.id, **days}, key="handoff_id")
    for table, name in ((followed.DECISION, "decisions"), (followed.PAUSE, "pauses")):
        db.session.execute(sa.delete(table).where(table.c.handoff_id == row.id))
        rows = [
            {"handoff_id": row.id, "first_day": each["from"], "last_day": each["to"]}
            | ({"answer": each["answer"]} if table is followed.DECISION else {})
            for each in after[name]
        ]
        if rows:
            db.session.execute(sa.insert(table), rows)
    return True


def _osa_faults(before: Row, facts: Mapping[str, Any]) -> Iterator[Fault]:
    yield from rules.osa_faults(
        {name: before[name] for name in followed.OSA_DAYS} | dict(facts), facts
    )


def _keep_ips(by: Actor, row: Any, given: object) -> bool:
    before = followed.ips_of(row)
    team = accounts.receivers_of(by.team or "")
    said = read(
        _IPS_GIVEN,
        given,
        lambda facts: rules.ips_faults(before | dict(facts), team=team, today=clock.today()),
    )
    after = {name: before[name] for name in followed.IPS_SAID} | said
    if all(after[name] == before[name] for name in followed.IPS_SAID):
        return False
    recording.put(followed.IPS, {"handoff_id": row.id, **after}, key="handoff_id")
    return True


def osa_table(*, by: Actor) -> list[Row]:
    """Return everybody whom OSA follows, by the deadline that comes next; the others come last.

    What was recalled comes first, until the team has said that it knows. `id`, `case_number`,
    `name` where it was sent, `osa`, `next`, `first_meeting`, `state`, `turn`, `recalled`,
    `version`; `shielded` where the team is to know no more. Each person named is on the trail.
    Raises NotFound for whoever is not of the team.
    """
    require_role(by, RECEIVER)
    if by.team != rules.OSA:
        raise NotFound
    with transaction(by=by):
        wanted = reading.ROW.where(
            HANDOFF.c.team == rules.OSA,
            HANDOFF.c.direction == "out",
            sa.or_(HANDOFF.c.state.in_(_FOLLOWED), awaiting.RECALLED),
            HANDOFF.c.sent_at.is_not(None),
        )
        rows = db.session.execute(wanted).all()
        names = reading.names_sent([row for row in rows if not row.shielded])
        osa = followed.osa_of([row.id for row in rows])
        people = sorted({row.participant_id for row in rows if row.id in names})
        trail.record_many(by=by, action="read", kind="participant", ids=people)
        found = [
            _osa_line(row, names, osa.get(row.id) or followed.nothing_of_osa()) for row in rows
        ]
        return sorted(found, key=_nearest)


def osa_dates(*, by: Actor) -> list[Row]:
    """Return every deadline to come of everybody whom OSA follows, for a file of the coordinator's.

    `uid`, `case_number`, `kind`, `on`, `about`, `sequence`; no name. There is none of whom the team
    is to know no more. On the trail as `osa_table`, and as handed out. Raises as that does.
    """
    with transaction(by=by):
        lines = osa_table(by=by)
        trail.record(by=by, action="export", kind="handoffs", team=rules.OSA)
        return [each for line in lines if not line["shielded"] for each in _dates(line)]


def _dates(line: Row) -> Iterator[Row]:
    """Yield the deadlines of one person: each known again by which of its kind it is."""
    numbers: Counter[str] = Counter()
    for each in line["osa"]["deadlines"]:
        numbers[each["kind"]] += 1
        known = (str(line["id"]), each["kind"], str(numbers[each["kind"]]))
        if each["about"] >= clock.today():
            yield {
                **each,
                "uid": keyring.id_outside("deadline", *known),
                "case_number": line["case_number"],
                "sequence": line["version"] - 1,
            }


def _osa_line(row: Any, names: Mapping[UUID, str], osa: Row) -> Row:
    coming = deadlines.next_deadline(
        osa, today=clock.today(), pauses_count=settings.yes_or_no("OSA_PAUSES_COUNT")
    )
    seen = reading.common("receiver", row)
    return {
        "id": row.id,
        "case_number": row.case_number,
        "name": names.get(row.id),
        "state": row.state,
        "turn": row.turn,
        "shielded": row.shielded,
        "recalled": row.state == "withdrawn",
        "first_meeting": None if row.state == "withdrawn" else seen["first_meeting"],
        "version": row.version,
        "osa": osa,
        "next": coming and {"kind": coming.kind, "on": coming.on, "about": coming.about},
    }


def _nearest(line: Row) -> tuple[bool, date, str]:
    day = line["next"]["on"] if line["next"] else date.max
    if (first := line["first_meeting"]) and first["state"] == "booked":
        day = min(day, clock.local(first["at"]).date())
    return (not line["recalled"], day, line["case_number"])


def count_elsewhere(*, by: Actor, given: object) -> Row:
    """Write how many the actor supports who never came through here; return the team's load."""
    require_role(by, RECEIVER)
    if by.team != rules.IPS:
        raise NotFound
    with transaction(by=by):
        said = read(_LOAD, given) | {"counted_on": clock.today()}
        recording.put(_ELSEWHERE, {"worker_id": by.id, **said}, key="worker_id")
        trail.record(by=by, action="count", kind="load", id=by.id)
        return load(by=by)


def load(*, by: Actor) -> Row:
    """Return how many Jobbteamet supports, by specialist, and how many are agreed to be enough.

    `specialists`: each with `name`, `here`, `elsewhere`, `counted_on`, `percent`, `most`;
    `unassigned`: those whom nobody supports yet.
    """
    require_role(by, RECEIVER)
    if by.team != rules.IPS:
        raise NotFound
    with transaction(by=by):
        team = accounts.receivers_of(rules.IPS)
        counted = {row.worker_id: row for row in db.session.execute(sa.select(_ELSEWHERE))}
        here = _supported_here()
        most = settings.whole_number("IPS_MOST_CLIENTS")
        specialists = []
        for worker, name in team.items():
            row = counted.get(worker)
            percent = row.percent if row else 100
            specialists.append(
                {
                    "id": worker,
                    "name": name,
                    "here": here.get(worker, 0),
                    "elsewhere": row.active if row else None,
                    "counted_on": row.counted_on if row else None,
                    "percent": percent,
                    "most": most * percent // 100,
                }
            )
        left = sum(number for worker, number in here.items() if worker not in team)
        return {"specialists": specialists, "unassigned": left}


def _supported_here() -> dict[UUID | None, int]:
    """Return how many of the team's active handoffs each specialist has; None: nobody yet."""
    counted = (
        sa.select(followed.IPS.c.specialist_id, sa.func.count())
        .select_from(HANDOFF)
        .outerjoin(followed.IPS, followed.IPS.c.handoff_id == HANDOFF.c.id)
        .where(HANDOFF.c.team == rules.IPS, HANDOFF.c.state.in_(_ACTIVE))
        .group_by(followed.IPS.c.specialist_id)
    )
    return {row[0]: row[1] for row in db.session.execute(counted)}
