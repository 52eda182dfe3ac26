"""Use cases of participants: come to be known, be found, be read, be changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.models import User
from outreach.accounts.permissions import CASEWORKER, COMMITTEES, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.foundation import clock, events, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import (
    N_,
    Fault,
    IdReuse,
    NotAllowed,
    NotFound,
    OutreachError,
    RuleBroken,
    Stale,
)
from outreach.foundation.schemas import Rule, read
from outreach.foundation.transaction import after_commit, transaction
from outreach.foundation.typed import Unreadable
from outreach.participants import names, registering, rules
from outreach.participants.case_numbers import read_case_number
from outreach.participants.events import ProtectionChanged
from outreach.participants.identity import Identity, digest_of, unsealed
from outreach.participants.models import NextStep, Opening, Participant, Responsibility
from outreach.participants.numbers import read_number
from outreach.participants.registering import IDENTITY_FIELDS, Refused, Registered
from outreach.participants.rules import Bond, Right
from outreach.participants.schemas import (
    ENROLMENT_FIELDS,
    ImportedParticipantSchema,
    ParticipantChangeSchema,
    ParticipantSchema,
    SearchSchema,
)
from outreach.sites import service as sites

# Lists of people are bounded: names are opened and sorted here, never in the database. Whoever
# is not among so many is found by more of the name.
MOST_FOUND = 100

# Whose people those are that a file brings without saying so.
IMPORTED_FOR = "KN"

_IMPORTED = ImportedParticipantSchema()
_CHANGE = ParticipantChangeSchema()
_SEARCH = SearchSchema()
_SHOWN = ParticipantSchema()
_TABLE = cast("sa.Table", Participant.__table__)
_RESPONSIBILITY = cast("sa.Table", Responsibility.__table__)
_OPENING = cast("sa.Table", Opening.__table__)
_STEP = cast("sa.Table", NextStep.__table__)

Row = dict[str, Any]


# Who is known, and whether they are protected: for queries of the features above.
PEOPLE = sa.select(_TABLE.c.id, _TABLE.c.protected).where(_TABLE.c.removed_at.is_(None)).subquery()


class ReasonRequired(NotAllowed):
    """Somebody else's participant: a reason is needed first."""

    slug = "reason-required"
    title = N_("Säg först varför")
    advice = N_("Personen är inte en av dina deltagare. Välj varför du öppnar.")


class Restricted(NotAllowed):
    """The person has asked to be erased; nobody uses what is known until that is decided."""

    slug = "restricted"
    title = N_("Personen har begärt radering")
    advice = N_("Uppgifterna får inte användas tills chefen har beslutat om begäran.")


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A participant opened for somebody who may read it, by what right, with the key."""

    row: Any
    identity: Identity
    key: vault.DataKey
    right: Right


@dataclass(frozen=True, slots=True, repr=False)
class Glimpse:
    """A participant as a list shows one: with the name only where it may be read and shown."""

    id: UUID
    case_number: str
    name: str | None
    # Whether the person must be opened, and why, before they can be read.
    reason_required: bool


# What a row needs for it to be told by what right it may be read.
_OPENED_UNTIL = (
    sa.select(sa.func.max(_OPENING.c.ends_at))
    .where(_OPENING.c.participant_id == _TABLE.c.id)
    .where(_OPENING.c.worker_id == sa.bindparam("reader", type_=sa.Uuid))
    .scalar_subquery()
)
_BOND = (_RESPONSIBILITY.c.worker_id.label("responsible_id"), _OPENED_UNTIL.label("opened_until"))
_FROM = sa.join(
    _TABLE,
    _RESPONSIBILITY,
    sa.and_(_RESPONSIBILITY.c.participant_id == _TABLE.c.id, _RESPONSIBILITY.c.until.is_(None)),
    isouter=True,
)
_ROW = (
    sa.select(
        *(column for column in _TABLE.c if column.name not in {"sameness", "changed_xid"}),
        *_BOND,
        User.name.label("responsible_name"),
    )
    .select_from(_FROM.join(User, User.id == _RESPONSIBILITY.c.worker_id, isouter=True))
    .where(_TABLE.c.removed_at.is_(None))
)
_SHOWN_WHEN_FOUND = (
    "id", "case_number", "owner_committee", "unit_id", "protected", "named_workers", "sealed",
    "restricted_at",
)  # fmt: skip
_FOUND = (
    sa.select(*(_TABLE.c[name] for name in _SHOWN_WHEN_FOUND), *_BOND)
    .select_from(_FROM)
    .where(_TABLE.c.removed_at.is_(None))
    .order_by(_TABLE.c.case_number.desc())
    .limit(MOST_FOUND + 1)
)


def identity_faults(facts: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with what was said about who somebody is; a rule for `read`."""
    return list(rules.identity_faults(facts, sites.code_lists(), clock.today()))


def committee_faults(by: Actor) -> Any:
    """Return the rule that a person is registered for one's own committee and no other."""

    def faults(facts: Mapping[str, Any]) -> list[Fault]:
        said = facts.get("committee")
        if by.has("system") or said is None or said == by.committee:
            return []
        return [Fault("/committee", N_("Du kan bara skriva in personer för din egen nämnd."))]

    return faults


def register(*, by: Actor, facts: Mapping[str, Any]) -> tuple[UUID, bool]:
    """Let a person be known; return the id and whether they are new. A repeat changes nothing.

    `facts` are a `NewParticipantSchema` without faults (`identity_faults`, `committee_faults`).
    Raises NotAllowed, and IdReuse for a known id with another content.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        person = rules.settled(facts, clock.today())
        person["committee"] = facts["committee"] or by.committee
        if person["committee"] is None:
            raise NotAllowed
        (outcome,) = registering.register_all(by=by, people=[person], unit=by.unit, recorder=by.id)
        if outcome.error:
            raise outcome.error
        if not outcome.created and not isinstance(_opened_one(by, outcome.id), Person):
            # Whoever may not read the person is not told whether it says the same.
            raise IdReuse
        return outcome.id, outcome.created


def import_participants(*, by: Actor, items: Sequence[object]) -> list[Registered | Refused]:
    """Register people from elsewhere; each is judged by itself, all good ones are kept.

    Who names no committee is KN's. Nobody is responsible for them yet, and no enrolment is opened
    (an `ImportedParticipantSchema` may tell of one all the same). A repeat is harmless.
    """
    require_role(by, "system")
    with transaction(by=by):
        known, today = sites.code_lists(), clock.today()

        def faults(facts: Mapping[str, Any]) -> list[Fault]:
            return list(rules.identity_faults(facts, known, today))

        judged = [_judged(item, faults, today) for item in items]
        people = [facts for facts in judged if not isinstance(facts, Refused)]
        recorder = accounts.recorder_id(by)
        registered = registering.register_all(by=by, people=people, unit=None, recorder=recorder)
        _let_supervisors_know(registered)
        outcomes = iter(registered)
        return [facts if isinstance(facts, Refused) else next(outcomes) for facts in judged]


def _let_supervisors_know(registered: Sequence[Registered]) -> None:
    """Name a committee's supervisors for protected people from elsewhere: nobody else can be."""
    made = [each.id for each in registered if each.created]
    protected = protected_among(made) if made else set()
    for committee in COMMITTEES if protected else ():
        if supervisors := accounts.supervisors_of(committee):
            db.session.execute(
                sa.update(_TABLE)
                .where(_TABLE.c.id.in_(protected), _TABLE.c.owner_committee == committee)
                .values(named_workers=supervisors)
            )


def _judged(item: object, faults: Rule, today: date) -> Row | Refused:
    """Return one person as `register_all` takes them, or everything that is wrong."""
    try:
        facts = read(_IMPORTED, item, faults)
    except OutreachError as error:
        return Refused(error)
    person = rules.settled(facts, today) | {"committee": facts["committee"] or IMPORTED_FOR}
    return {name: value for name, value in person.items() if name not in ENROLMENT_FIELDS}


def open_person(*, by: Actor, id: UUID, lock: bool = False) -> Person:
    """Return a participant opened for the actor, for the use cases of this and higher features.

    Needs a `transaction(by=by)` around it; `lock` holds the row until its end. Writes no entry:
    the use case does. Raises NotFound for whom one may not know of, ReasonRequired, Restricted.
    """
    if lock:
        db.session.execute(sa.select(_TABLE.c.id).where(_TABLE.c.id == id).with_for_update())
    found = _opened_one(by, id)
    if isinstance(found, OutreachError):
        raise found
    return found


def _opened_one(by: Actor, id: UUID) -> Person | OutreachError:
    return open_people(by=by, ids=[id])[id]


def open_people(
    *, by: Actor, ids: Collection[UUID], hold: bool = False
) -> dict[UUID, Person | OutreachError]:
    """Return each of the people opened for the actor, or the error of `open_person`.

    `hold`: they stay as they are until the transaction ends, for what is written about them.
    """
    require_role(by, CASEWORKER, SUPERVISOR, "system")
    if hold:
        held = sa.select(_TABLE.c.id).where(_TABLE.c.id.in_(ids)).order_by(_TABLE.c.id)
        db.session.execute(held.with_for_update(read=True))
    wanted = _ROW.where(_TABLE.c.id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid))))
    rows = {row.id: row for row in db.session.execute(wanted, {"reader": by.id})}
    keys = vault.keys_of(rows)
    return {
        each: _opened(by, rows[each], keys[each]) if each in keys else NotFound() for each in ids
    }


def readable(*, by: Actor, ids: Collection[UUID]) -> list[Person]:
    """Return those of the people whom the actor may read now, in Swedish order; as `open_people`.

    For lists of the features above, of at most `MOST_FOUND` people.
    """
    opened = open_people(by=by, ids=ids).values()
    people = [person for person in opened if isinstance(person, Person)]
    return sorted(people, key=lambda person: person.identity.order)


def _opened(by: Actor, row: Any, key: vault.DataKey) -> Person | OutreachError:
    if not _may_know_of(by, row):
        return NotFound()
    right = _right(by, row)
    if right is None:
        return ReasonRequired()
    if _is_restricted(by, row):
        return Restricted()
    return Person(row, unsealed(key, row.sealed), key, right)


def open_for_decision(*, by: Actor, id: UUID, lock: bool = False) -> Person | None:
    """Return a participant opened for a supervisor who decides about them; None: no longer known.

    Whose committee it is decides, not whose unit: somebody must be able to, whoever is away. A
    protected person is opened for those alone who are named. Needs a `transaction(by=by)`.
    """
    require_role(by, SUPERVISOR)
    if lock:
        db.session.execute(sa.select(_TABLE.c.id).where(_TABLE.c.id == id).with_for_update())
    row = db.session.execute(_ROW.where(_TABLE.c.id == id), {"reader": by.id}).one_or_none()
    if row is None or not _may_know_of(by, row):
        return None
    keys = vault.keys_of([id])
    if id not in keys:
        return None
    trail.record(by=by, action="read", kind="participant", id=id, right="decision")
    return Person(row, unsealed(keys[id], row.sealed), keys[id], "decision")


def participant(*, by: Actor, id: UUID) -> Row:
    """Return a participant for one who may read it; the reading is on the trail.

    Raises as `open_person` does.
    """
    with transaction(by=by):
        person = open_person(by=by, id=id)
        trail.record(by=by, action="read", kind="participant", id=id, right=person.right)
        return shown(person)


def shown(person: Person) -> Row:
    """Return a person as `ParticipantSchema` writes it."""
    row = person.row
    responsible = {"id": row.responsible_id, "name": row.responsible_name}
    return {
        **row._asdict(),
        **{name: getattr(person.identity, name) for name in IDENTITY_FIELDS},
        "name": person.identity.name,
        "right": person.right,
        "responsible": responsible if row.responsible_id else None,
        "next_step": next_step_of(person),
    }


def next_step_of(person: Person) -> Row | None:
    """Return what happens next for a person, or None: nothing was said, or it is done."""
    newest = (
        sa.select(_STEP, User.name.label("setter"))
        .join(User, User.id == _STEP.c.set_by)
        .where(_STEP.c.participant_id == person.row.id)
        .order_by(_STEP.c.set_at.desc(), _STEP.c.id.desc())
        .limit(1)
    )
    step = db.session.execute(newest).one_or_none()
    if step is None or step.done_at is not None:
        return None
    return {
        **step._asdict(),
        "text": person.key.open("next step", step.sealed),
        "set_by": {"id": step.set_by, "name": step.setter},
    }


def change_participant(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Change who somebody is; return the participant as it then stands.

    A change that changes nothing makes no version. Raises as `open_person` does, Stale with the
    current state, RuleBroken with every fault.
    """
    with transaction(by=by):
        person = open_person(by=by, id=id, lock=True)
        if person.row.version != expected:
            raise Stale(current=_SHOWN.dump(shown(person)))
        change = read(_CHANGE, given, identity_faults, _protection_faults(by, person))
        before = {name: getattr(person.identity, name) for name in IDENTITY_FIELDS}
        said = before | {name: value for name, value in change.items() if name in before}
        if faults := identity_faults(said):
            raise RuleBroken(faults=faults)
        settled = rules.settled(said, clock.today())
        after = Identity(**{name: settled[name] for name in IDENTITY_FIELDS})
        protection = _protection(by, person, change)
        if after == person.identity and not protection:
            return shown(person)
        _write(person, after, protection)
        if protection and protection["protected"] != person.row.protected:
            events.announce(ProtectionChanged(by, id, protection["protected"]))
        changed = [name for name in IDENTITY_FIELDS if before[name] != getattr(after, name)]
        fields = sorted([*changed, *protection])
        trail.record(by=by, action="change", kind="participant", id=id, fields=fields)
        # Whoever takes a protection away may read the person no longer, and did so just now.
        row = db.session.execute(_ROW.where(_TABLE.c.id == id), {"reader": by.id}).one()
        return shown(Person(row, after, person.key, person.right))


def _write(person: Person, after: Identity, protection: Row) -> None:
    """Write the change; found by the new names before it is there, by the old ones until it is."""
    digests = after.digests(person.row.owner_committee)
    vault.add_to_index({person.row.id: digests})
    db.session.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id == person.row.id)
        .values(
            sealed=after.sealed(person.key),
            version=person.row.version + 1,
            changed_xid=sa.text("pg_current_xact_id()"),
            **protection,
        )
    )
    after_commit(lambda: _leave_old_names(person.row.id))


def _leave_old_names(id: UUID) -> None:
    """Let a person be found by what stands now, and by no earlier name or number.

    Holds the row, so that of two changes at once neither takes away what the other has added.
    """
    with transaction(by=system("index")):
        held = sa.select(_TABLE.c.sealed, _TABLE.c.owner_committee).where(_TABLE.c.id == id)
        row = db.session.execute(held.with_for_update()).one()
        keys = vault.keys_of([id])
        if row.sealed is not None and id in keys:
            digests = unsealed(keys[id], row.sealed).digests(row.owner_committee)
            vault.keep_in_index(id, digests)


def _protection_faults(by: Actor, person: Person) -> Any:
    def faults(change: Mapping[str, Any]) -> list[Fault]:
        named = change.get("named_workers")
        said = change.get("protected", person.row.protected) != person.row.protected
        if person.right == "opening" and (said or named is not None):
            detail = N_("Skydd ändras av den som ansvarar för personen, eller av chefen.")
            return [Fault("/protected", detail)]
        if named is None:
            return []
        if not change.get("protected", person.row.protected):
            return [Fault("/named_workers", N_("Bara den som har skydd har namngivna."))]
        if by.id not in named:
            return [Fault("/named_workers", N_("Ta med dig själv, annars når du inte personen."))]
        if accounts.are_colleagues(named, committee=person.row.owner_committee):
            return []
        return [Fault("/named_workers", N_("Välj handläggare eller chefer i samma nämnd."))]

    return faults


def _protection(by: Actor, person: Person, change: Mapping[str, Any]) -> Row:
    """Return the columns that a change of the protection sets; empty when nothing changes."""
    protected = change.get("protected", person.row.protected)
    first = sorted({by.id, person.row.responsible_id or by.id})
    named = change.get("named_workers") or list(person.row.named_workers) or first
    after = {"protected": protected, "named_workers": named if protected else []}
    before = {name: getattr(person.row, name) for name in after}
    return {} if after == before else after


def _may_know_of(by: Actor, row: Any) -> bool:
    """Tell whether the actor may know that the participant exists. Row-level security says so too.

    Within one's committee, and a protected person only for those who are named.
    """
    if by.has("system"):
        return True
    own = row.owner_committee == by.committee
    return own and (not row.protected or by.id in row.named_workers)


def _is_restricted(by: Actor, row: Any) -> bool:
    return row.restricted_at is not None and not by.has("system")


def _right(by: Actor, row: Any) -> Right | None:
    bond = Bond(row.unit_id, row.responsible_id, row.protected, frozenset(row.named_workers))
    return rules.right_to_read(by, bond, opened_until=row.opened_until, now=clock.now())


def search(*, by: Actor, given: object) -> tuple[list[Row], bool]:
    """Return whom a number, a name or a case number finds, in Swedish order, at most 100.

    The names of those alone whom the actor may read already, each with an entry of its own; of
    all others the case number and the year of birth. The second value tells whether there were
    more. Raises RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        wanted = read(_SEARCH, given, _one_of_three)
        rows, more = _rows_found(by, wanted)
        people = [row for row in rows if _may_know_of(by, row)]
        keys = vault.keys_of([row.id for row in people])
        opened = [(row, unsealed(keys[row.id], row.sealed)) for row in people if row.id in keys]
        is_meant = _meant(wanted)
        found = [
            _found(by, row, identity)
            for row, identity in sorted(opened, key=lambda each: each[1].order)
            if is_meant(identity)
        ]
        named = [each["id"] for each in found if each["name"]]
        trail.record(by=by, action="search", kind="participant", by_what=next(iter(wanted)))
        trail.record_many(by=by, action="read", kind="participant", ids=named)
        return found, more


def _one_of_three(wanted: Mapping[str, Any]) -> list[Fault]:
    if len(wanted) != 1:
        return [Fault("", N_("Sök på ett av tre: nummer, namn eller ärendenummer."))]
    try:
        if "number" in wanted:
            read_number(wanted["number"], today=clock.today())
        if "case_number" in wanted:
            read_case_number(wanted["case_number"])
    except Unreadable as error:
        return [Fault(f"/{next(iter(wanted))}", error.detail)]
    return []


def _rows_found(by: Actor, wanted: Mapping[str, Any]) -> tuple[list[Any], bool]:
    condition = _condition(by, wanted)
    rows = list(db.session.execute(_FOUND.where(condition), {"reader": by.id}))
    return rows[:MOST_FOUND], len(rows) > MOST_FOUND


def _condition(by: Actor, wanted: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    if "case_number" in wanted:
        return _TABLE.c.case_number == read_case_number(wanted["case_number"])
    committee = by.committee or ""
    if "number" in wanted:
        number = read_number(wanted["number"], today=clock.today()).canonical
        readings = [{digest_of("number", committee, number)}]
    else:
        readings = [
            {digest_of("name", committee, token) for token in reading}
            for reading in names.query_readings(wanted["name"])
        ]
    # A few of them may be protected, or be called so no more.
    ids = vault.found_by(*readings, limit=3 * MOST_FOUND)
    return _TABLE.c.id == sa.any_(sa.literal(ids, sa.ARRAY(sa.Uuid)))


def _meant(wanted: Mapping[str, Any]) -> Callable[[Identity], bool]:
    """Return what tells whether who was found is who was sought: an index may be behind."""
    if "number" in wanted:
        number = read_number(wanted["number"], today=clock.today()).canonical
        return lambda identity: identity.number == number
    if "name" in wanted:
        readings = names.query_readings(wanted["name"])
        return lambda identity: names.matches(
            readings, names.name_tokens(identity.given_name, identity.family_name)
        )
    return lambda _: True


def _found(by: Actor, row: Any, identity: Identity) -> Row:
    has_right = _right(by, row) is not None
    readable = has_right and not _is_restricted(by, row)
    return {
        "id": row.id,
        "case_number": row.case_number,
        "birth_year": identity.birth_date and identity.birth_date.year,
        "name": identity.name if readable else None,
        "reason_required": not has_right,
    }


def committees_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the committee of each of the people who is known and whom the actor may know of."""
    wanted = sa.select(_TABLE.c.id, _TABLE.c.owner_committee).where(
        _TABLE.c.id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid))),
        _TABLE.c.removed_at.is_(None),
    )
    return {row.id: row.owner_committee for row in db.session.execute(wanted)}


def protected_among(ids: Collection[UUID]) -> set[UUID]:
    """Return which of the people are protected, of those whom the actor may know of."""
    wanted = sa.select(_TABLE.c.id).where(_TABLE.c.id.in_(ids), _TABLE.c.protected)
    return set(db.session.scalars(wanted))


def glimpses(*, by: Actor, ids: Collection[UUID]) -> list[Glimpse]:
    """Return those of the people whom the actor may know of, in Swedish order of names.

    For the lists of this and higher features, which are bounded (`MOST_FOUND`). Names are there for
    whom the actor may read already, each with an entry of its own; lists never name whoever is
    protected, nor whoever has asked to be erased. Those without a name come last.
    """
    with transaction(by=by):
        wanted = _ROW.where(_TABLE.c.id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid))))
        found = db.session.execute(wanted, {"reader": by.id})
        rows = [row for row in found if _may_know_of(by, row)]
        rights = {row.id: _right(by, row) for row in rows}
        shown = {row.id: row.sealed for row in rows if rights[row.id] and not is_unlisted(row)}
        known = {
            key.person: unsealed(key, shown[key.person]) for key in vault.keys_of(shown).values()
        }
        trail.record_many(by=by, action="read", kind="participant", ids=sorted(known))
        named = (row for row in rows if row.id in known)
        nameless = (row for row in rows if row.id not in known)
        return [
            Glimpse(
                row.id,
                row.case_number,
                known[row.id].name if row.id in known else None,
                reason_required=rights[row.id] is None,
            )
            for row in (
                *sorted(named, key=lambda row: known[row.id].order),
                *sorted(nameless, key=lambda row: row.case_number),
            )
        ]


def is_unlisted(row: Any) -> bool:
    """Tell whether lists leave out the name: of the protected, and of who asked to be erased."""
    return bool(row.protected or row.restricted_at)


def perhaps_the_same(person: Person) -> dict[UUID, str]:
    """Return who of the committee may be the same as a person: by `number`, or by `name`.

    The same number, or else the same name and day of birth. For the features above; needs a
    `transaction(by=by)`. Only ids: whom the actor may read is asked when they are opened.
    """
    committee, identity = person.row.owner_committee, person.identity
    by_what: dict[bytes, str] = {}
    if alike := identity.alike_digest(committee):
        by_what[alike] = "name"
    if identity.number:
        by_what[identity.number_digest(committee)] = "number"
    sharers = vault.sharing([person.row.id], list(by_what)) if by_what else {}
    found = {other: what for digest, what in by_what.items() for other in sharers.get(digest, ())}
    return {
        other: found[other]
        for other, known in _identities(list(found)).items()
        # An index may be behind, or tell of more than stands.
        if by_what.keys() & known.digests(committee)
    }


def _identities(ids: list[UUID]) -> dict[UUID, Identity]:
    """Return who those of the people are whom the actor may know of."""
    if not ids:
        return {}
    wanted = sa.select(_TABLE.c.id, _TABLE.c.sealed).where(
        _TABLE.c.id == sa.any_(sa.literal(ids, sa.ARRAY(sa.Uuid))), _TABLE.c.removed_at.is_(None)
    )
    rows = {row.id: row.sealed for row in db.session.execute(wanted)}
    return {each: unsealed(key, rows[each]) for each, key in vault.keys_of(rows).items()}
