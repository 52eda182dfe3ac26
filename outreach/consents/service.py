"""Use cases of secrecy consents: a person says yes, takes it back; what holds, what runs out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import service as accounts
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.consents import consent_texts, rules
from outreach.consents.consent_texts import Letter
from outreach.consents.events import ConsentGiven, ConsentWithdrawn
from outreach.consents.models import Consent
from outreach.consents.schemas import ConsentSchema, NewConsentSchema
from outreach.foundation import clock, events, vault
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import Fault, IdReuse, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import reading, responsibilities
from outreach.participants.events import DetailsForgotten
from outreach.participants.reading import MOST_FOUND, Person
from outreach.sites import service as sites

_NEW = NewConsentSchema()
_SHOWN = ConsentSchema()
_TABLE = cast("sa.Table", Consent.__table__)
_KIND = "consent"
# What a telling rests on.
_TOLD_BY = (
    "id", "participant_id", "from_committee", "to_team", "categories", "back", "valid_from",
    "valid_to",
)  # fmt: skip

Row = dict[str, Any]


def give_consent(*, by: Actor, given: object) -> tuple[Row, bool]:
    """Write down a person's yes; return the consent and whether it is new. A repeat changes none.

    Raises RuleBroken with every fault, IdReuse for a known id with another content, and as
    `reading.open_person` does for whoever the actor may not read.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        facts = rules.settled(read(_NEW, given, _faults(by)))
        person = reading.open_person(by=by, id=facts["participant_id"])
        sameness = person.key.digest(_canonical(facts))
        created = _insert(by, person, facts, sameness)
        row = _find(facts["id"])
        if row is None or row.participant_id != person.row.id or row.sameness != sameness:
            raise IdReuse
        if created:
            _note(by, person, "create", [row.id])
            events.announce(
                ConsentGiven(
                    row.id, person.row.id, by, row.from_committee, row.to_team,
                    tuple(row.categories), tuple(row.back), row.valid_from, row.valid_to,
                )
            )  # fmt: skip
        return _shown(person, [row])[0], created


def try_consent(*, by: Actor, given: object) -> Row:
    """Return a consent as it would be, with nothing written down: the person is to read it first.

    Raises as `give_consent` does. Whose it would be was read, and that is on the trail.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        facts = rules.settled(read(_NEW, given, _faults(by)))
        person = reading.open_person(by=by, id=facts["participant_id"])
        _note(by, person, "read", [])
        return facts | _whose(person)


def _faults(by: Actor) -> Any:
    def faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
        # A known id is a repeat or a mistake, whatever day it has become.
        if "id" in facts and _find(facts["id"]) is not None:
            return
        lists = sites.code_lists()
        yield from rules.consent_faults(
            facts, committee=by.committee, lists=lists, today=clock.today()
        )

    return faults


def _canonical(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, default=str).encode()


def _insert(by: Actor, person: Person, facts: Row, sameness: bytes) -> bool:
    """Write the consent unless its id is there; tell whether it was written."""
    row = facts | {
        "purpose": person.key.seal(_KIND, facts["purpose"]),
        "sameness": sameness,
        "given_at": clock.now(),
        "taken_by": by.id,
    }
    added = insert(_TABLE).values(row).on_conflict_do_nothing().returning(_TABLE.c.id)
    return db.session.scalar(added) is not None


def consent(*, by: Actor, id: UUID) -> Row:
    """Return a consent for one who may read the person; the reading is on the trail.

    Raises NotFound, and as `reading.open_person` does.
    """
    with transaction(by=by):
        person, row = _open(by, id)
        _note(by, person, "read", [id])
        return _shown(person, [row])[0]


def consents_of(*, by: Actor, participant: UUID) -> list[Row]:
    """Return every consent of a person, the latest first; the reading is on the trail.

    Raises as `reading.open_person` does.
    """
    with transaction(by=by):
        person = reading.open_person(by=by, id=participant)
        rows = consents_of_person(person)
        _note(by, person, "read", [row["id"] for row in rows])
        return rows


def consents_of_person(person: Person) -> list[Row]:
    """Return every consent of somebody who is opened, the latest first.

    For the use cases of this and higher features; writes no entry.
    """
    newest = _TABLE.c.given_at.desc(), _TABLE.c.id.desc()
    theirs = sa.select(_TABLE).where(_TABLE.c.participant_id == person.row.id)
    return _shown(person, db.session.execute(theirs.order_by(*newest)).all())


def standing(
    *, people: Collection[UUID], hold: Literal["as it is", "to change"] | None = None
) -> list[Row]:
    """Return what people have said yes to and not taken back, whenever it holds, the latest first.

    For the features above, which tell others by it: whose (`participant_id`), `from_committee`,
    `to_team`, `categories`, `back`, `valid_from`, `valid_to`. `hold`: nobody else takes one back
    until the transaction ends. Needs a `transaction(by=by)`; opens nobody, writes no entry.
    """
    wanted = (
        sa.select(*(_TABLE.c[name] for name in _TOLD_BY))
        .where(_TABLE.c.participant_id.in_(people), _TABLE.c.withdrawn_at.is_(None))
        .order_by(_TABLE.c.given_at.desc(), _TABLE.c.id.desc())
    )
    held = wanted.with_for_update(read=hold == "as it is") if hold else wanted
    return [row._asdict() for row in db.session.execute(held)]


def purpose_of(person: Person, id: UUID) -> str:
    """Return what somebody has said yes to their data being used for, for features above.

    Needs a `transaction(by=by)` in which the person is opened. Raises NotFound.
    """
    row = _find(id)
    if row is None or row.participant_id != person.row.id:
        raise NotFound
    return str(person.key.open(_KIND, row.purpose))


def how_many(*, participant: UUID) -> int:
    """Return how many consents a person has given, for features above.

    Needs a `transaction(by=by)`.
    """
    wanted = sa.select(sa.func.count()).where(_TABLE.c.participant_id == participant)
    return db.session.scalars(wanted).one()


def asked(*, by: Actor, participant: UUID) -> Row:
    """Return who is to be asked: `case_number` and `name`. The reading is on the trail.

    Raises as `reading.open_person` does.
    """
    with transaction(by=by):
        person = reading.open_person(by=by, id=participant)
        _note(by, person, "read", [])
        return _whose(person)


def withdraw(*, by: Actor, id: UUID, expected: int | None = None) -> Row:
    """Take a consent back, at once and without a reason; return it with the person's `receipt`.

    Whatever rests on it stops in the same transaction (`ConsentWithdrawn`), or nothing is taken
    back. Nothing is deleted. A repeat returns it as it stands. `expected` is the version that it
    was read at, if that was said: raises Stale with the current state. Raises as `consent` does.
    """
    with transaction(by=by):
        person, row = _open(by, id, lock=True)
        if row.withdrawn_at is None:
            if expected is not None and row.version != expected:
                current = _SHOWN.dump(_shown(person, [row])[0])
                raise reading.stale(by=by, id=person.row.id, current=current, part="consents")
            row = _take_back(by, row)
            _note(by, person, "withdraw", [id])
        shown = _shown(person, [row])[0]
        return shown | {"receipt": receipt(shown)}


def _take_back(by: Actor, row: Any) -> Any:
    """Take one back, and let what rests on it stop; return its row."""
    back = (
        sa.update(_TABLE)
        .where(_TABLE.c.id == row.id)
        .values(withdrawn_at=clock.now(), withdrawn_by=by.id, version=row.version + 1)
        .returning(_TABLE)
    )
    taken = db.session.execute(back).one()
    events.announce(ConsentWithdrawn(row.id, row.participant_id, by, taken.withdrawn_at))
    return taken


def forget_purposes(event: DetailsForgotten) -> None:
    """Empty what a person's consents say of what they are for; what holds still is taken back.

    That each was given, for what kinds of data and until when, stays: it is what was told by.
    """
    by, person = event.by, event.participant
    with transaction(by=by):
        emptied = (
            sa.update(_TABLE)
            .where(_TABLE.c.participant_id == person)
            .values(purpose=vault.key_of(person).seal(_KIND, ""), version=_TABLE.c.version + 1)
            .returning(_TABLE)
        )
        rows = db.session.execute(emptied).all()
        today = clock.today()
        held = [row for row in rows if row.withdrawn_at is None and row.valid_to >= today]
        for row in held:
            _take_back(by, row)
        trail.record_many(by=by, action="withdraw", kind="consent", ids=[row.id for row in held])
        trail.record_many(by=by, action="forget", kind="consent", ids=[row.id for row in rows])


def letter(which: str, facts: Mapping[str, Any]) -> Letter:
    """Return the `question`, or the receipt (`given`, `withdrawn`), in the consent's own words."""
    said = consent_texts.text(facts["text_version"], facts["language"])
    team = sites.code_lists().label("target", facts["to_team"], said.locale.language)
    return said.letter(which, facts, team)


def receipt(facts: Mapping[str, Any]) -> Row:
    """Return the receipt of a withdrawal as lines of text, in the language of the consent."""
    told = letter("withdrawn", facts)
    lines: list[str] = []
    for part in told.parts:
        lines.append(part.heading)
        for line in part.lines:
            lines.extend([line] if isinstance(line, str) else [f"– {each}" for each in line])
    return {"language": facts["language"], "title": told.title, "lines": lines}


def ending_soon(*, by: Actor) -> tuple[list[Row], bool]:
    """Return what runs out within 30 days for those whom the actor follows, the nearest first.

    One's own caseload, for a supervisor all of the unit; at most 200, the second value tells
    whether there were more. Not what a later consent to the same team goes on from, and never
    which team: a list must not tell that. Without a name, as in every list, whoever is protected or
    has asked to be erased. Each person named has an entry of their own.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        within_reach = _TABLE.c.participant_id.in_(
            responsibilities.within_reach(by=by, usable=True)
        )
        theirs = db.session.execute(_ending(clock.today()).where(within_reach)).all()
        listed = theirs[:MOST_FOUND]
        people = reading.glimpses(by=by, ids={row.participant_id for row in listed})
        order = {person.id: (place, person) for place, person in enumerate(people)}
        shown = [(row, *order[row.participant_id]) for row in listed if row.participant_id in order]
        shown.sort(key=lambda each: (each[0].valid_to, each[1]))
        rows = [
            {"case_number": person.case_number, "name": person.name} | row._asdict()
            for row, _, person in shown
        ]
        return rows, len(theirs) > MOST_FOUND


def _ending(today: date) -> Any:
    later = sa.alias(_TABLE)
    goes_on = sa.exists().where(
        later.c.participant_id == _TABLE.c.participant_id,
        later.c.to_team == _TABLE.c.to_team,
        later.c.withdrawn_at.is_(None),
        later.c.valid_to > _TABLE.c.valid_to,
    )
    soon = today + timedelta(days=rules.NOTICE_DAYS)
    return (
        sa.select(_TABLE.c.id, _TABLE.c.participant_id, _TABLE.c.valid_to)
        .where(_TABLE.c.withdrawn_at.is_(None), _TABLE.c.valid_to.between(today, soon), ~goes_on)
        .order_by(_TABLE.c.valid_to, _TABLE.c.id)
    )


def _find(id: UUID, *, lock: bool = False) -> Any:
    wanted = sa.select(_TABLE).where(_TABLE.c.id == id)
    return db.session.execute(wanted.with_for_update() if lock else wanted).one_or_none()


def _open(by: Actor, id: UUID, *, lock: bool = False) -> tuple[Person, Any]:
    """Return a consent and its person, opened for the actor. Nobody else's is even there."""
    require_role(by, CASEWORKER, SUPERVISOR, "system")
    row = _find(id)
    if row is None:
        raise NotFound
    # The person first: whoever acts on what rests on it waits for the same, and nobody for both.
    person = reading.open_person(by=by, id=row.participant_id, lock=lock)
    return person, _find(id, lock=True) if lock else row


def _note(by: Actor, person: Person, action: str, consents: Sequence[UUID]) -> None:
    """Leave an entry about each consent, and one about the person: who looked is asked of them."""
    trail.record_many(by=by, action=action, kind="consent", ids=consents)
    trail.record(
        by=by, action=action if action == "read" else "change", kind="participant",
        id=person.row.id, right=person.right, part="consents",
    )  # fmt: skip


def _whose(person: Person) -> Row:
    return {
        "participant_id": person.row.id,
        "case_number": person.row.case_number,
        "name": person.identity.name,
    }


def _shown(person: Person, rows: Sequence[Any]) -> list[Row]:
    """Return consents as `ConsentSchema` writes them, and whose they are."""
    staff = accounts.names_of({row.taken_by for row in rows} | {row.withdrawn_by for row in rows})
    today = clock.today()
    return [
        {
            **row._asdict(),
            **_whose(person),
            "purpose": person.key.open(_KIND, row.purpose),
            "state": rules.state(
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                withdrawn=row.withdrawn_at is not None,
                today=today,
            ),
            "taken_by": _named(staff, row.taken_by),
            "withdrawn_by": _named(staff, row.withdrawn_by),
        }
        for row in rows
    ]


def _named(staff: Mapping[UUID, str], id: UUID | None) -> Row | None:
    return None if id is None else {"id": id, "name": staff[id]}
