"""Use cases of participants: come to be known, be read, be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
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
    OutreachError,
    RuleBroken,
)
from outreach.foundation.schemas import Rule, read
from outreach.foundation.transaction import after_commit, transaction
from outreach.participants import registering, rules
from outreach.participants.events import ProtectionChanged, ReachChanged
from outreach.participants.identity import Identity, unsealed
from outreach.participants.models import Participant
from outreach.participants.reading import (
    Person,
    open_person,
    opened_one,
    protected_among,
    row_of,
    shown,
    stale,
)
from outreach.participants.registering import IDENTITY_FIELDS, Refused, Registered
from outreach.participants.schemas import (
    ENROLMENT_FIELDS,
    ImportedParticipantSchema,
    ParticipantChangeSchema,
    ParticipantSchema,
)
from outreach.sites import service as sites

# Whose people those are that a file brings without saying so.
IMPORTED_FOR = "KN"

_IMPORTED = ImportedParticipantSchema()
_CHANGE = ParticipantChangeSchema()
_REACH = frozenset({"phone", "email", "contact_preference"})
_SHOWN = ParticipantSchema()
_TABLE = cast("sa.Table", Participant.__table__)

Row = dict[str, Any]


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
        if not outcome.created and not isinstance(opened_one(by, outcome.id), Person):
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
        if supervisors := accounts.colleagues(committee=committee, roles=(SUPERVISOR,)):
            db.session.execute(
                sa.update(_TABLE)
                .where(_TABLE.c.id.in_(protected), _TABLE.c.owner_committee == committee)
                .values(named_workers=sorted(supervisors))
            )


def _judged(item: object, faults: Rule, today: date) -> Row | Refused:
    """Return one person as `register_all` takes them, or everything that is wrong."""
    try:
        facts = read(_IMPORTED, item, faults)
    except OutreachError as error:
        return Refused(error)
    person = rules.settled(facts, today) | {"committee": facts["committee"] or IMPORTED_FOR}
    return {name: value for name, value in person.items() if name not in ENROLMENT_FIELDS}


def participant(*, by: Actor, id: UUID) -> Row:
    """Return a participant for one who may read it; the reading is on the trail.

    Raises as `open_person` does.
    """
    with transaction(by=by):
        person = open_person(by=by, id=id)
        trail.record(by=by, action="read", kind="participant", id=id, right=person.right)
        return shown(person)


def change_participant(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Change who somebody is; return the participant as it then stands.

    A change that changes nothing makes no version. Raises as `open_person` does, Stale with the
    current state, RuleBroken with every fault.
    """
    with transaction(by=by):
        person = open_person(by=by, id=id, lock=True)
        if person.row.version != expected:
            current = _SHOWN.dump(shown(person))
            raise stale(by=by, id=id, current=current, part="identity")
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
        if not _REACH.isdisjoint(changed):
            events.announce(ReachChanged(by, id))
        fields = sorted([*changed, *protection])
        trail.record(by=by, action="change", kind="participant", id=id, fields=fields)
        # Whoever takes a protection away may read the person no longer, and did so just now.
        row = row_of(by, id)
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
        if set(named) <= accounts.colleagues(committee=person.row.owner_committee).keys():
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
