"""No longer being known: the key goes, and with it everything that told who it was.

For the use cases of identification, which ask who may and by which door.
"""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import require_role
from outreach.audit import trail
from outreach.foundation import clock, events, vault
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import after_commit, transaction
from outreach.participants import responsibilities
from outreach.participants.events import (
    DetailsForgotten,
    ParticipantRemoved,
    ParticipantRestricted,
)
from outreach.participants.identity import Identity
from outreach.participants.models import NextStep, Opening, Participant
from outreach.participants.reading import Person

_TABLE = cast("sa.Table", Participant.__table__)
_PAGE = 1000


def remove(*, by: Actor, person: Person, removed_as: str, code: UUID | None = None) -> None:
    """Let a person no longer be known: as nobody may read them, so nobody ever will.

    `code` is the one by which they go on, if they do.

    The row stays, with its statistical key. The key in the vault is destroyed as soon as that is
    committed: what fails before leaves everything as it was, and should the vault be away just
    then, the night destroys it (`finish_erasures`). Raises what a listener raises who cannot let
    the person go.
    """
    with transaction(by=by):
        row = person.row
        events.announce(ParticipantRemoved(by, row.id, removed_as, code))
        responsibilities.end_responsibility(by=by, id=row.id)
        _empty([row.id], removed_as)
        trail.record(by=by, action="remove", kind="participant", id=row.id, door=removed_as)
        after_commit(lambda: vault.erase([row.id]))


def _empty(people: list[UUID], removed_as: str) -> None:
    db.session.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id.in_(people))
        .values(
            sealed=None,
            sameness=None,
            removed_at=clock.now(),
            removed_as=removed_as,
            version=_TABLE.c.version + 1,
            changed_xid=sa.text("pg_current_xact_id()"),
        )
    )


def restrict(*, by: Actor, person: Person) -> None:
    """Let nobody but those who decide use what is known of a person, until that is done."""
    with transaction(by=by):
        events.announce(ParticipantRestricted(by, person.row.id))
        _set_restricted(person, clock.now())
        trail.record(by=by, action="restrict", kind="participant", id=person.row.id)


def lift_restriction(*, by: Actor, person: Person) -> None:
    """Let those use what is known of a person again who may."""
    with transaction(by=by):
        _set_restricted(person, None)
        trail.record(by=by, action="lift", kind="participant", id=person.row.id)


def _set_restricted(person: Person, since: object) -> None:
    db.session.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id == person.row.id)
        .values(restricted_at=since, version=_TABLE.c.version + 1)
    )


def forget_details(*, by: Actor, person: Person) -> None:
    """Keep the name, the birth date and the number of a person, and nothing else that was told.

    What was to happen next is done and empty, nobody's reason for looking has words, and the
    features above let go of theirs (`DetailsForgotten`). Backups of the product's database hold
    the rest for as long as they are kept. Raises what a listener raises.
    """
    with transaction(by=by):
        events.announce(DetailsForgotten(by, person.row.id))
        _empty_texts(by, person)
        known = person.identity
        less = Identity(known.given_name, known.family_name, known.birth_date, known.number)
        db.session.execute(
            sa.update(_TABLE)
            .where(_TABLE.c.id == person.row.id)
            .values(sealed=less.sealed(person.key), version=_TABLE.c.version + 1)
        )
        trail.record(by=by, action="forget", kind="participant", id=person.row.id)


def _empty_texts(by: Actor, person: Person) -> None:
    db.session.execute(
        sa.update(NextStep)
        .where(NextStep.participant_id == person.row.id)
        .values(
            sealed=person.key.seal("next step", ""),
            done_at=sa.func.coalesce(NextStep.done_at, clock.now()),
            done_by=sa.func.coalesce(NextStep.done_by, by.id),
        )
    )
    db.session.execute(
        sa.update(Opening).where(Opening.participant_id == person.row.id).values(note=None)
    )


def remains_of(*, by: Actor, id: UUID) -> dict[str, Any] | None:
    """Return what tells of a person whether known still or not: the case, since when, how it ended.

    `case_number`, `owner_committee`, `registered_at`, `removed_at`, `removed_as`, `changed_xid`;
    never who it is or was. None for whom the actor may not know of. Needs a `transaction(by=by)`.
    """
    told = (
        "case_number", "owner_committee", "registered_at", "removed_at", "removed_as",
        "changed_xid",
    )  # fmt: skip
    wanted = sa.select(*(_TABLE.c[name] for name in told)).where(
        _TABLE.c.id == id,
        _TABLE.c.owner_committee == by.committee,
        sa.or_(~_TABLE.c.protected, _TABLE.c.named_workers.any_() == by.id),
    )
    found = db.session.execute(wanted).one_or_none()
    return found._asdict() if found else None


def finish_erasures(*, by: Actor) -> int:
    """Let the vault and the database agree on who is no longer known; return how many changed.

    A key whose person has gone is destroyed: the vault was away when they went. A person whose id
    is in the vault's ledger is emptied: a backup from before was restored, and the ledger is the
    truth. A repeat changes nothing.
    """
    require_role(by, "system")
    finished, after = 0, UUID(int=0)
    while True:
        with transaction(by=by):
            page = sa.select(_TABLE.c.id, _TABLE.c.removed_at).where(_TABLE.c.id > after)
            people = db.session.execute(page.order_by(_TABLE.c.id).limit(_PAGE)).all()
            if not people:
                return finished
            ledger = vault.is_erased([row.id for row in people])
            back = sorted(row.id for row in people if row.removed_at is None and row.id in ledger)
            left = [row.id for row in people if row.removed_at and row.id not in ledger]
            for person in back:
                responsibilities.end_responsibility(by=by, id=person)
            _empty(back, "erased")
            vault.erase(left)
            trail.record_many(by=by, action="erase", kind="participant", ids=[*back, *left])
        finished, after = finished + len(back) + len(left), people[-1].id
