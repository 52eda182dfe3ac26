"""Use cases of contacts: record, import, list, read, correct, void."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts import service as accounts
from outreach.accounts.models import User
from outreach.accounts.permissions import (
    ADMINISTRATOR,
    CASEWORKER,
    SUPERVISOR,
    may_change_contact,
    require_role,
    require_site,
)
from outreach.audit import trail
from outreach.contacts import recording
from outreach.contacts.models import Contact, ContactVersion
from outreach.contacts.recording import Outcome, Row
from outreach.contacts.rules import Intake
from outreach.contacts.schemas import (
    ContactSchema,
    CorrectionSchema,
    ImportedContactSchema,
    NewContactSchema,
    VoidSchema,
)
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import (
    N_,
    Conflict,
    Fault,
    IdReuse,
    NotAllowed,
    NotFound,
    OutreachError,
    RuleBroken,
    Stale,
)
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

# A worker may date a contact so far back; older ones take a supervisor.
LATE_DAYS = 14

_NEW = NewContactSchema()
_IMPORTED = ImportedContactSchema()
_CORRECTION = CorrectionSchema()
_VOID = VoidSchema()
_SHOWN = ContactSchema()
_TABLE = cast("sa.Table", Contact.__table__)
_FACTS = tuple(name for name in _NEW.fields if name != "id")
_ROW = sa.select(_TABLE, User.name.label("recorder")).join(User, User.id == _TABLE.c.recorded_by)


class ContactVoided(Conflict):
    """A voided contact stays as it was."""

    slug = "contact-voided"
    title = N_("Kontakten är borttagen")
    advice = N_("En borttagen kontakt går inte att ändra. Registrera en ny i stället.")


def record_contact(*, by: Actor, given: object) -> tuple[Row, bool]:
    """Record one contact; return it and whether it is new.

    A repeat (same id, same content, however written) changes nothing and returns the row as it
    stands. Raises NotAllowed, NotYourSite, RuleBroken with every fault, IdReuse for a known id
    with another content.
    """
    require_role(by, CASEWORKER)
    lists = sites.remembered_code_lists()
    try:
        row = _new_row(by, given, _intake(by, lists))
        if recording.record_one(by=by, row=row, lists=lists):
            return _answer(row, by), True
        return _repeated(row), False
    except OutreachError:
        # What was refused by lists that have changed meanwhile is judged again by the new ones.
        if sites.code_lists() is lists:
            raise
    return record_contact(by=by, given=given)


def record_contacts(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Record several contacts; each is judged by itself, all good ones in one transaction.

    The outcomes come in the order sent. The same id twice in one batch is a repeat.
    """
    require_role(by, CASEWORKER)
    with transaction():
        intake = _intake(by, sites.code_lists())
        return recording.record_all(
            by=by, items=items, judge=lambda item: _new_row(by, item, intake)
        )


def _new_row(by: Actor, given: object, intake: Intake) -> Row:
    """Return the row of a contact that one logs oneself. Raises RuleBroken or NotYourSite."""
    facts = read(_NEW, given, intake.faults)
    require_site(by, facts["site"])
    return recording.new_row(facts, recorded_by=by.id, lists=intake.lists)


def import_contacts(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Record contacts from elsewhere: of any age, at any site, by whoever each says recorded it.

    `recorded_by` is the username of somebody who is or was on the staff; left out, the importer
    is meant. All else is as in `record_contacts`.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        intake = _intake_of_any_age()
        staff = accounts.staff_ids(_said(items, "recorded_by"))
        importer = functools.cache(lambda: accounts.recorder_id(by))

        def judge(item: object) -> Row:
            facts = read(
                _IMPORTED, item, intake.faults, lambda facts: _recorder_faults(facts, staff)
            )
            username = facts.pop("recorded_by")
            return recording.new_row(
                facts,
                recorded_by=staff[username] if username else importer(),
                lists=intake.lists,
                named=username is not None,
            )

        return recording.record_all(by=by, items=items, judge=judge, as_corrected=True)


def _said(items: Sequence[object], name: str) -> set[str]:
    """Return every text that the items say under a name."""
    said = (item.get(name) for item in items if isinstance(item, Mapping))
    return {value for value in said if isinstance(value, str)}


def _recorder_faults(facts: Mapping[str, Any], staff: Mapping[str, UUID]) -> list[Fault]:
    username = facts.get("recorded_by")
    if username is None or username in staff:
        return []
    return [Fault("/recorded_by", N_("Ingen i personalen har det användarnamnet."))]


def contact(*, by: Actor, id: UUID) -> Row:
    """Return a contact of one of the actor's sites, or the actor's own. Raises NotFound."""
    require_role(by, CASEWORKER, SUPERVISOR)
    row = _find(id)
    if row["site"] not in by.sites and row["recorded_by"]["id"] != by.id:
        raise NotFound
    return row


def contacts(
    *,
    by: Actor,
    site: str | None = None,
    first: date | None = None,
    last: date | None = None,
    after: tuple[Any, UUID] | None = None,
    limit: int = 50,
) -> list[Row]:
    """Return contacts of the actor's sites, latest first, voided ones marked.

    Days are local and both included; `after` is the instant and id of the last row seen.
    Raises NotYourSite for another site.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    if site is not None:
        require_site(by, site)
    wanted = _ROW.where(_TABLE.c.site.in_([site] if site else sorted(by.sites)))
    if first is not None:
        wanted = wanted.where(_TABLE.c.local_day >= first)
    if last is not None:
        wanted = wanted.where(_TABLE.c.local_day <= last)
    if after is not None:
        wanted = wanted.where(sa.tuple_(_TABLE.c.occurred_at, _TABLE.c.id) < sa.tuple_(*after))
    wanted = wanted.order_by(_TABLE.c.occurred_at.desc(), _TABLE.c.id.desc()).limit(limit)
    return [_from_database(row) for row in db.session.execute(wanted)]


def correct_contact(*, by: Actor, id: UUID, expected: int, given: object) -> Row:
    """Correct a contact; the version before is kept. Return the row as it then stands.

    A correction that changes nothing makes no version. Raises NotFound, NotAllowed, Stale with
    the current state, ContactVoided, RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction():
        row = _changeable(by, id)
        if row["voided_at"] is not None:
            raise ContactVoided
        if row["version"] != expected:
            raise Stale(current=_SHOWN.dump(row))
        before = {name: row[name] for name in _FACTS}
        changes = read(_CORRECTION, given)
        moved = changes.get("occurred_at", before["occurred_at"]) != before["occurred_at"]
        intake = _intake(by, sites.code_lists()) if moved else _intake_of_any_age()
        facts = {**before, **changes}
        if faults := list(intake.faults(facts)):
            raise RuleBroken(faults=faults)
        require_site(by, facts["site"])
        if facts == before:
            return row
        on = clock.local(facts["occurred_at"]).date()
        facts["committee"] = intake.lists.committee(facts["site"], facts["activity"], on)
        _replace(by, row, facts)
        trail.record(by=by, action="correct", kind="contact", id=id, fields=sorted(changes))
        return _find(id)


def void_contact(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Row:
    """Take a contact out of every count, with a reason; it is kept and shown as voided.

    A second void with the same reason changes nothing. Raises as `correct_contact` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction():
        row = _changeable(by, id)
        reason = read(_VOID, given, _reason_faults)["reason"]
        if row["voided_at"] is not None:
            if row["void_reason"] == reason:
                return row
            raise ContactVoided
        if expected is not None and row["version"] != expected:
            raise Stale(current=_SHOWN.dump(row))
        change = {"voided_at": clock.now(), "void_reason": reason, "voided_by": by.id}
        _replace(by, row, change)
        trail.record(by=by, action="void", kind="contact", id=id, reason=reason)
        return _find(id)


def _reason_faults(data: Mapping[str, Any]) -> list[Fault]:
    reason = data.get("reason")
    if reason is None or sites.code_lists().has("void_reason", reason, clock.today()):
        return []
    return [Fault("/reason", N_("Välj en av orsakerna."))]


def _changeable(by: Actor, id: UUID) -> Row:
    """Return the contact, locked for this transaction. Raises NotFound or NotAllowed."""
    db.session.execute(sa.select(_TABLE.c.id).where(_TABLE.c.id == id).with_for_update())
    row = contact(by=by, id=id)
    if not may_change_contact(by, site=row["site"], recorded_by=row["recorded_by"]["id"]):
        raise NotAllowed(
            N_("Bara den som registrerade kontakten, eller platsens chef, kan ändra den.")
        )
    return row


def _replace(by: Actor, row: Row, change: Mapping[str, Any]) -> None:
    """Keep the version as it stands and write the change over it."""
    facts = {name: row[name] for name in (*_FACTS, "committee")}
    plain = {name: _plain(value) for name, value in facts.items()}
    db.session.execute(
        sa.insert(ContactVersion).values(
            contact_id=row["id"],
            version=row["version"],
            local_day=clock.local(row["occurred_at"]).date(),
            facts=plain,
            replaced_at=clock.now(),
            replaced_by=by.id,
        )
    )
    db.session.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id == row["id"])
        .values(**change, version=row["version"] + 1, changed_xid=sa.text("pg_current_xact_id()"))
    )


def _plain(value: object) -> object:
    return value if isinstance(value, (int, list)) or value is None else str(value)


def _intake(by: Actor, lists: CodeLists) -> Intake:
    late_days = None if by.has(SUPERVISOR) else LATE_DAYS
    return Intake(lists, clock.now(), late_days)


def _intake_of_any_age() -> Intake:
    return Intake(sites.code_lists(), clock.now(), None)


def _answer(row: Row, by: Actor) -> Row:
    """Return a new row as it is shown."""
    recorder = {"id": by.id, "name": by.name}
    return row | {"recorded_by": recorder, "version": 1, "voided_at": None, "void_reason": None}


def _from_database(row: sa.Row[Any]) -> Row:
    values = row._asdict()
    values["recorded_by"] = {"id": values["recorded_by"], "name": values.pop("recorder")}
    return values


def _find(id: UUID) -> Row:
    row = db.session.execute(_ROW.where(_TABLE.c.id == id)).one_or_none()
    if row is None:
        raise NotFound
    return _from_database(row)


def _repeated(row: Row) -> Row:
    """Return the contact that has the id already. Raises IdReuse when it says something else."""
    known = _find(row["id"])
    if known["sameness"] != row["sameness"]:
        raise IdReuse
    return known
