"""Reading enrolments: what stands of them, for those who may read the person, and by what right."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Literal, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.contacts import linking
from outreach.enrolments import recording, rules
from outreach.enrolments.models import Enrolment
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, NotFound
from outreach.foundation.transaction import transaction
from outreach.participants import openings, responsibilities
from outreach.participants import reading as participants
from outreach.participants.reading import Person
from outreach.participants.rules import IN_TOUCH

MOST_SHOWN = 200

_TABLE = cast("sa.Table", Enrolment.__table__)
_LATEST_FIRST = (_TABLE.c.opened_on.desc(), _TABLE.c.id.desc())
ROW = sa.select(*(column for column in _TABLE.c if column.name not in {"sameness", "changed_xid"}))

Row = dict[str, Any]
State = Literal["open", "closed"]


def enrolments_of(*, by: Actor, participant: UUID, state: State | None = None) -> list[Row]:
    """Return a participant's enrolments, latest first; the reading is on the trail.

    Raises as `participants.open_person` does.
    """
    with transaction(by=by):
        participants.open_person(by=by, id=participant)
        wanted = ROW.where(_TABLE.c.participant_id == participant, *_in_state(state))
        found = db.session.execute(wanted.order_by(*_LATEST_FIRST))
        rows = [row._asdict() for row in found]
        trail.record(by=by, action="read", kind="participant", id=participant, part="enrolments")
        return shown(by, rows)


def enrolments_of_people(*, by: Actor, people: Collection[UUID]) -> dict[UUID, list[Row]]:
    """Return the enrolments of each of the people, latest first.

    For the use cases of the features above, which ask whether the actor may and write the entry.
    """
    with transaction(by=by):
        wanted = ROW.where(_TABLE.c.participant_id.in_(people)).order_by(*_LATEST_FIRST)
        found: dict[UUID, list[Row]] = {person: [] for person in people}
        for row in shown(by, [row._asdict() for row in db.session.execute(wanted)]):
            found[row["participant_id"]].append(row)
        return found


def enrolments(*, by: Actor, state: State | None = None) -> tuple[list[Row], bool]:
    """Return the enrolments of those whom the actor looks after, latest first, at most 200.

    One's own caseload; for a supervisor, the unit; nobody's who has asked to be erased. The second
    value tells whether there are more. Each person is an entry on the trail: what they live on is
    told.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        reach = responsibilities.within_reach(by=by, usable=True)
        wanted = ROW.where(_TABLE.c.participant_id.in_(reach), *_in_state(state))
        wanted = wanted.order_by(*_LATEST_FIRST).limit(MOST_SHOWN + 1)
        found = [row._asdict() for row in db.session.execute(wanted)]
        rows = found[:MOST_SHOWN]
        people = sorted({row["participant_id"] for row in rows})
        trail.record_many(by=by, action="read", kind="participant", ids=people)
        return shown(by, rows), len(found) > MOST_SHOWN


def how_many(*, participant: UUID) -> int:
    """Return how many enrolments a person has, for features above. Needs a `transaction(by=by)`."""
    wanted = sa.select(sa.func.count()).where(_TABLE.c.participant_id == participant)
    return db.session.scalars(wanted).one()


def _in_state(state: State | None) -> list[sa.ColumnElement[bool]]:
    is_open = _TABLE.c.closed_on.is_(None)
    return [] if state is None else [is_open if state == "open" else ~is_open]


def enrolment(*, by: Actor, id: UUID) -> Row:
    """Return an enrolment of somebody whom the actor may read; the reading is on the trail.

    With whose it is: `name`, `case_number`; `colleagues`, to any of whom the actor may let the
    person go; `why_not_close` and `why_not_begin` (see there).
    Raises as `participants.open_person` does, NotFound too for an enrolment that is not there.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row, person = opened(by, id)
        trail.record(by=by, action="read", kind="participant", id=person.row.id, part="enrolment")
        return shown(by, [row])[0] | {
            "name": person.identity.name,
            "case_number": person.row.case_number,
            "colleagues": _may_take_over(person) if may_give(person) else {},
            "why_not_close": why_not_close(person),
            "why_not_begin": why_not_begin(by, person),
        }


def _may_take_over(person: Person) -> dict[UUID, str]:
    """Return the names of those who may be responsible for a person, by id."""
    return {
        worker: name
        for worker, name in accounts.colleagues(committee=person.row.owner_committee).items()
        if not person.row.protected or worker in person.row.named_workers
    }


def may_give(person: Person) -> bool:
    """Tell whether whoever reads the person may say who is responsible.

    A reason opens somebody else's participant for a while: it makes nobody's caseload of them.
    """
    return person.right != "opening" or person.row.responsible_id is None


def why_not_close(person: Person) -> str | None:
    """Return why whoever reads the person may not end their time here, None when they may.

    It is ended by duty, never by a reason to look.
    """
    if person.right != "opening":
        return None
    if person.row.responsible_id is None:
        return N_("Ingen är ansvarig för personen. Bli ansvarig först, eller be chefen avsluta.")
    return N_("Bara den som är ansvarig, eller chefen, kan avsluta stödperioden. Be någon av dem.")


def why_not_begin(by: Actor, person: Person) -> str | None:
    """Return why whoever reads the person may not let a new time here begin, None when they may.

    By a reason alone only with somebody who is there, or on the phone, and whom nobody is
    responsible for: whoever was here before comes back to whoever meets them.
    """
    if person.right != "opening":
        return None
    if person.row.responsible_id is not None:
        return N_("Bara den som är ansvarig, eller chefen, kan börja en ny. Be någon av dem.")
    if IN_TOUCH.isdisjoint(openings.standing_reasons(by=by, id=person.row.id)):
        return N_(
            "En ny stödperiod börjar tillsammans med personen. Öppna med ”Personen är här” eller"
            " ”Personen ringer”, eller be chefen."
        )
    return None


def opened(by: Actor, id: UUID, *, lock: bool = False) -> tuple[Row, Person]:
    """Return an enrolment and its person, opened; `lock` holds both until the end."""
    person = participants.open_person(by=by, id=find(id)["participant_id"], lock=lock)
    return find(id), person


def find(id: UUID) -> Row:
    """Return an enrolment as the table keeps it, if the actor may know of it. Raises NotFound."""
    row = db.session.execute(ROW.where(_TABLE.c.id == id)).one_or_none()
    if row is None:
        raise NotFound
    return row._asdict()


def one_shown(by: Actor, id: UUID) -> Row:
    """Return one enrolment as it stands, as `shown` does."""
    return shown(by, [find(id)])[0]


def shown(by: Actor, rows: list[Row]) -> list[Row]:
    """Return rows as `EnrolmentSchema` writes them, with what is missing and who is responsible."""
    if not rows:
        return []
    people = {row["participant_id"] for row in rows}
    responsible = responsibilities.responsible_for(by=by, ids=people)
    staff = {row[name] for row in rows for name in ("opened_by", "closed_by") if row[name]}
    names = accounts.names_of(staff | set(responsible.values()))

    def named(worker: UUID | None) -> Row | None:
        return {"id": worker, "name": names[worker]} if worker else None

    met = _days_met(people)
    return [
        row
        | recording.as_facts(row)
        | {
            "opened_by": named(row["opened_by"]),
            "closed_by": named(row["closed_by"]),
            "group": row["closing_result"] and rules.group_of(row["closing_result"]),
            "responsible": named(responsible.get(row["participant_id"]))
            if row["closed_on"] is None
            else None,
            "missing": rules.missing(
                row,
                sum(day > row["opened_on"] for day in met.get(row["participant_id"], ())),
            ),
        }
        for row in rows
    ]


def _days_met(people: set[UUID]) -> dict[UUID, list[date]]:
    """Return the local days on which each person took part in something, a day for each meeting."""
    met: dict[UUID, list[date]] = {}
    for contact in linking.links_of(people):
        if contact["voided_at"] is None and contact["contact_type"] in rules.PARTICIPATION:
            met.setdefault(contact["participant_id"], []).append(contact["local_day"])
    return met
