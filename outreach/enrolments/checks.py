"""The days on which it is asked how work goes: booked with the result, and gone with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import service as accounts
from outreach.enrolments import rules
from outreach.enrolments.models import Enrolment, WorkCheck
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.participants import responsibilities
from outreach.participants.events import DetailsForgotten, ParticipantRemoved
from outreach.shifts import public_holidays

Row = dict[str, Any]
Facts = Mapping[str, Any]

CHECK = cast("sa.Table", WorkCheck.__table__)
PERIOD = cast("sa.Table", Enrolment.__table__)
BEGAN_ON = sa.func.coalesce(PERIOD.c.start_date, PERIOD.c.closed_on)
# With what it is asked about.
ROW = sa.select(
    CHECK, PERIOD.c.closing_result, PERIOD.c.lasted_one_month, BEGAN_ON.label("began_on")
).join_from(CHECK, PERIOD, PERIOD.c.id == CHECK.c.enrolment_id)

_BY = system("enrolments")


def book(*, rows: Iterable[Facts], recorder: UUID, since: date | None = None) -> None:
    """Add the checks that enrolments ask for, each once; `since`: none that falls before that day.

    What is said already of the first month is the answer. Needs a `transaction(by=…)`.
    """
    booked = [
        {
            "id": uuid4(),
            "enrolment_id": row["id"],
            "participant_id": row["participant_id"],
            "day": day,
            "falls_on": falls_on,
            **said(rules.of_the_month(row, day), recorder),
        }
        for row in rows
        for day, falls_on in rules.checks_of(row).items()
        if since is None or falls_on >= since
    ]
    if booked:
        db.session.execute(insert(CHECK).on_conflict_do_nothing(), booked)


def follow(*, by: Actor, before: Facts, after: Facts) -> None:
    """Let the checks of an enrolment go along with what is said of how it ended.

    Booked where it ended with work, gone where it did not after all, on other days where it began
    on another one; the first is answered where it is said whether the work lasted a month. For the
    use cases of this feature, which hold the person.
    """
    were, are = rules.checks_of(before), rules.checks_of(after)
    theirs = CHECK.c.enrolment_id == after["id"]
    if not were:
        book(rows=[after], recorder=by.id)
    elif not are:
        db.session.execute(sa.delete(CHECK).where(theirs))
    else:
        for day in are:
            new = {} if are[day] == were[day] else {"falls_on": are[day]}
            answer = rules.of_the_month(after, day)
            if answer != rules.of_the_month(before, day):
                new |= said(answer, by.id)
            if new:
                change(sa.and_(theirs, CHECK.c.day == day), new)


def said(answer: str | None, by: UUID) -> Row:
    """Return what a check keeps of an answer; of none, not who said one before either."""
    if answer is None:
        return {"answer": None, "said_at": None, "said_by": None}
    return {"answer": answer, "said_at": clock.now(), "said_by": by}


def change(which: sa.ColumnElement[bool], values: Facts) -> None:
    """Write over checks, as new versions."""
    written = sa.update(CHECK).where(which)
    db.session.execute(written.values(**values, version=CHECK.c.version + 1))


def leave_with_person(event: ParticipantRemoved | DetailsForgotten) -> None:
    """Let nobody be asked about who is no longer known, or of whom nothing more is to be kept."""
    with transaction(by=_BY):
        db.session.execute(sa.delete(CHECK).where(CHECK.c.participant_id == event.participant))


def waits_for(by: Actor) -> sa.ColumnElement[bool]:
    """Return the condition of a `ROW` that it is the actor who asks.

    Whoever is responsible for the person, or leads the unit; while nobody is responsible, whoever
    closed the enrolment. Nobody asks whoever has asked to be erased.
    """
    reach = responsibilities.within_reach(by=by, usable=True)
    return sa.or_(
        CHECK.c.participant_id.in_(reach),
        sa.and_(
            PERIOD.c.closed_by == by.id,
            CHECK.c.participant_id.in_(responsibilities.for_whom_nobody_is()),
        ),
    )


def of_people(people: Collection[UUID]) -> list[Row]:
    """Return the checks of people, as their days come.

    For the use cases of this and higher features, which ask whether the actor may and write the
    entry. Needs a `transaction(by=…)`.
    """
    wanted = ROW.where(CHECK.c.participant_id.in_(people))
    return shown(db.session.execute(wanted.order_by(CHECK.c.falls_on, CHECK.c.id)).all())


def shown(rows: Sequence[Any]) -> list[Row]:
    """Return checks as `CheckSchema` writes them, and what may be `offered` and undone today."""
    names = accounts.names_of(row.said_by for row in rows if row.said_by)
    today = clock.today()
    due_until = public_holidays.working_day_until(today)
    return [
        check
        | {
            "due_on": public_holidays.working_day_from(check["falls_on"]),
            "state": rules.check_state(check, due_until),
            "said_by": check["said_by"]
            and {"id": check["said_by"], "name": names[check["said_by"]]},
            "offered": rules.offered(check, today),
            "can_undo": rules.can_be_undone(check, today),
        }
        for check in (row._asdict() for row in rows)
    ]
