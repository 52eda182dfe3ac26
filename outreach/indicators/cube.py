"""The statements over the cube: which days changed, rebuilding them, checking them, reading.

Everything here runs in the caller's transaction. Whatever looks at whose a contact is must act as
the system there: nobody else is shown all links, and the database refuses to count without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.contacts.models import Contact, ContactLink, ContactVersion
from outreach.foundation.database import TransactionId, db
from outreach.foundation.errors import N_, Conflict
from outreach.foundation.periods import Period
from outreach.identification.models import ParticipantJoin
from outreach.indicators.counting import UNCOUNTED, CountRow, Meeting
from outreach.indicators.models import contact_counts, daily_counts
from outreach.participants.models import Participant

# Any number no other advisory lock uses.
_NIGHT_LOCK = 0x31647
_COLUMNS = [column.name for column in daily_counts.columns]
_DAY = daily_counts.c.local_day

# Days of history that are checked in turn, so that every day is checked once in so many nights.
TURNS = 30


class NightRunning(Conflict):
    """Another night is at work; one is enough."""

    slug = "night-running"
    title = N_("Nattens räkning pågår redan")
    advice = N_("Vänta tills den är klar. Den räknar det som har sparats hittills.")


@dataclass(frozen=True, slots=True)
class Horizon:
    """Up to which transaction everything is over, and in which database that number counts."""

    xmin: str
    cluster: str


@contextmanager
def only_night() -> Iterator[None]:
    """Hold the one place for a night as long as the block lasts. Raises NightRunning.

    The place is held by a connection of its own and is free the moment its process dies.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_NIGHT_LOCK))):
            raise NightRunning
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_NIGHT_LOCK)))


def take_time() -> None:
    """Let this transaction's statements run for as long, and in as much memory, as they need."""
    db.session.execute(sa.text("SET LOCAL statement_timeout = 0"))
    db.session.execute(sa.text("SET LOCAL work_mem = '256MB'"))
    # Compiling takes longer here than what it saves.
    db.session.execute(sa.text("SET LOCAL jit = off"))


def horizon() -> Horizon:
    """Return the present horizon. Look for changes after, never before, it was taken."""
    row = db.session.execute(
        sa.text(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,"
            " (SELECT system_identifier FROM pg_control_system()) || ':' ||"
            " (SELECT oid FROM pg_database WHERE datname = current_database()) AS cluster"
        )
    ).one()
    return Horizon(row.xmin, row.cluster)


def changed_days(since: str) -> list[date]:
    """Return the days, old and new, of all that `since` or a later transaction wrote.

    That is of contacts, of links that came or went, and of people, who may be protected by now.
    """
    require_everybody()
    return sorted(db.session.scalars(_changed(since)))


def _changed(since: str) -> sa.CompoundSelect[Any]:
    xid = sa.cast(since, TransactionId())
    of_contact = ContactLink.contact_id == Contact.id
    linked = sa.select(Contact.local_day).join(ContactLink, of_contact)
    whose = linked.join(Participant, ContactLink.participant_id == Participant.id)
    return sa.union(
        sa.select(Contact.local_day).where(Contact.changed_xid >= xid),
        sa.select(ContactVersion.local_day).where(ContactVersion.changed_xid >= xid),
        linked.where(ContactLink.changed_xid >= xid),
        whose.where(Participant.changed_xid >= xid, ContactLink.undone_at.is_(None)),
    )


def require_everybody() -> None:
    """Let the database refuse whoever is not shown everybody: counts without it look right."""
    db.session.execute(sa.select(sa.func.counts_for_all()))


def days_between(first: date | None, last: date | None) -> list[date]:
    """Return the days that have contacts or counts, from `first` to `last`; None: open end."""
    found = sa.union(
        *(
            sa.select(day)
            .where(sa.true() if first is None else day >= first)
            .where(sa.true() if last is None else day <= last)
            for day in (Contact.local_day, _DAY)
        )
    )
    return sorted(db.session.scalars(found))


def rebuild_day(day: date) -> int:
    """Count one day anew; return how many rows it has. The day's rows are replaced whole."""
    db.session.execute(sa.delete(daily_counts).where(daily_counts.c.local_day == day))
    source = sa.select(contact_counts).where(contact_counts.c.local_day == day)
    return _insert(source)


def rebuild_everything() -> int:
    """Count all days anew, in one statement; return how many rows there are."""
    db.session.execute(sa.delete(daily_counts))
    return _insert(sa.select(contact_counts))


def _insert(source: sa.Select[Any]) -> int:
    statement = sa.insert(daily_counts).from_select(_COLUMNS, source)
    inserted = db.session.execute(statement.execution_options(preserve_rowcount=True))
    return cast("sa.CursorResult[Any]", inserted).rowcount


def _digests(source: sa.FromClause, days: Sequence[date] | None = None) -> sa.Select[Any]:
    """Return a query for one number a day that any altered, lost or added row changes."""
    columns = [column for column in source.columns if column.name != "local_day"]
    row = sa.func.hash_record_extended(sa.func.row(*columns), 0)
    query = sa.select(source.c.local_day, sa.cast(sa.func.sum(row), sa.Text).label("digest"))
    if days is not None:
        query = query.where(source.c.local_day == sa.func.any(sa.cast(days, sa.ARRAY(sa.Date))))
    return query.group_by(source.c.local_day)


def digests() -> dict[date, str]:
    """Return every counted day's digest."""
    return {row.local_day: row.digest for row in db.session.execute(_digests(daily_counts))}


def wrong_days(days: Sequence[date], since: str) -> list[date]:
    """Return those of the days whose counts are not what their contacts say.

    A day of what `since` or a later transaction wrote is not wrong but new: it is left for the
    next night. One statement, so that both sides are seen at the same moment.
    """
    if not days:
        return []
    counted = _digests(daily_counts, days).subquery("counted")
    said = _digests(contact_counts, days).subquery("said")
    day = sa.func.coalesce(counted.c.local_day, said.c.local_day)
    new = _changed(since).subquery("new")
    differing = (
        sa.select(day)
        .select_from(counted.join(said, counted.c.local_day == said.c.local_day, full=True))
        .where(counted.c.digest.is_distinct_from(said.c.digest))
        .where(day.not_in(sa.select(new.c.local_day)))
    )
    return sorted(db.session.scalars(differing))


def history() -> list[date]:
    """Return every calendar day from the first to the last that has contacts or counts.

    Read off the ends of two indexes, so that it costs the same however much there is.
    """
    ends = [
        each
        for day in (Contact.local_day, _DAY)
        for each in db.session.execute(sa.select(sa.func.min(day), sa.func.max(day))).one()
        if each is not None
    ]
    if not ends:
        return []
    first, last = min(ends), max(ends)
    return [first + timedelta(days=each) for each in range((last - first).days + 1)]


def days_in_turn(today: date) -> list[date]:
    """Return the days of history whose turn to be checked it is today."""
    turn = today.toordinal() % TURNS
    return [day for day in history() if day.toordinal() % TURNS == turn]


def counted_days() -> list[date]:
    """Return the days that have counts."""
    return sorted(db.session.scalars(sa.select(_DAY).distinct()))


def rows_of(period: Period) -> list[CountRow]:
    """Return what was counted in a period, by month and by what contacts say; one statement."""
    counts = daily_counts.c
    month = sa.func.to_char(counts.local_day, "YYYY-MM")
    kept = (
        month, counts.site, counts.activity, counts.contact_type, counts.age_band, counts.gender,
        counts.first_time, counts.identity,
    )  # fmt: skip
    query: sa.Select[Any] = (
        sa.select(*kept, sa.func.sum(counts.contacts), sa.func.sum(counts.headcount))
        .where(counts.local_day.between(period.first, period.last))
        .group_by(*kept)
    )
    return [CountRow(*row) for row in db.session.execute(query)]


def meetings_of(period: Period) -> list[Meeting]:
    """Return the contacts of a period that count and are somebody's, as they stand now."""
    require_everybody()
    query = (
        sa.select(
            Participant.statistical_key, Contact.occurred_at, Contact.id,
            sa.func.to_char(Contact.local_day, "YYYY-MM"), Contact.site, Contact.activity,
            Contact.contact_type, Contact.age_band, Contact.gender, Contact.first_time,
            sa.case((Participant.protected, "protected"), else_="identified"),
            # Whoever has a name comes alone, so that each contact is of one.
            sa.literal(1), sa.literal(1),
        )
        .join(ContactLink, ContactLink.contact_id == Contact.id)
        .join(Participant, Participant.id == ContactLink.participant_id)
        .where(Contact.local_day.between(period.first, period.last), Contact.voided_at.is_(None))
        .where(Contact.contact_type.not_in(UNCOUNTED), ContactLink.undone_at.is_(None))
    )  # fmt: skip
    return [
        Meeting(key, at, contact, CountRow(*said))
        for key, at, contact, *said in db.session.execute(query)
    ]


def joins() -> list[tuple[UUID, UUID]]:
    """Return which keys are the same person's, two and two, as it stands now."""
    require_everybody()
    one, other = sa.orm.aliased(Participant), sa.orm.aliased(Participant)
    standing = (
        sa.select(one.statistical_key, other.statistical_key)
        .join(ParticipantJoin, ParticipantJoin.participant_id == one.id)
        .join(other, other.id == ParticipantJoin.other_id)
        .where(ParticipantJoin.undone_at.is_(None))
    )
    return [(row[0], row[1]) for row in db.session.execute(standing)]


def protected_keys() -> set[UUID]:
    """Return the keys of all protected people."""
    require_everybody()
    return set(
        db.session.scalars(sa.select(Participant.statistical_key).where(Participant.protected))
    )
