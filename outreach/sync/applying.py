"""Doing what somebody did on a tablet, through the same use cases as if they did it now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.audit import trail
from outreach.contacts import blocks, linking
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact
from outreach.contacts.service import ContactVoided
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, NotAllowed, NotFound, RuleBroken
from outreach.foundation.transaction import transaction
from outreach.identification import later
from outreach.shifts import service as shifts
from outreach.sync import conflicts
from outreach.sync.clocks import Capture
from outreach.sync.envelope import Operation
from outreach.sync.models import SyncCapture
from outreach.sync.reasons import Clash, Gone, NeedsNetwork

_CAPTURE = cast("sa.Table", SyncCapture.__table__)
_CONTACT = cast("sa.Table", Contact.__table__)
# What an operation says by its tablet's clock.
_TIMES = frozenset({"occurred_at", "starts_at", "ends_at", "started_at", "ended_at"})

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Task:
    """An operation that is to be done, as whom, and what its tablet's clock was worth.

    `base` is the version that a change was made from, None where nobody can tell. `decided`: a
    person has looked at it and wants it done, whatever else has been changed meanwhile.
    """

    operation: Operation
    by: Actor
    device: UUID
    capture: Capture
    base: int | None = None
    decided: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """What the operation says, its times moved as the tablet's clock was wrong."""
        said, moved = dict(self.operation.body), self.capture.moved
        if moved:
            for name in _TIMES & said.keys():
                said[name] = _moved(said[name], moved)
        return said


def _moved(said: object, by: timedelta) -> object:
    try:
        return (datetime.fromisoformat(str(said)) + by).isoformat() if said else said
    except (ValueError, OverflowError):
        # The rules tell what is wrong with it.
        return said


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of an operation: `applied` or `merged`, and the version that there is now."""

    code: str
    rev: int | None


def apply(task: Task) -> Effect:
    """Do what the operation says, inside the transaction under way; return what came of it.

    Raises what its use case raises; Clash when somebody else has changed the same, Gone when it is
    not the author's to know any more, NeedsNetwork.
    """
    return _ACTS[task.operation.type](task)


def _create(task: Task) -> Effect:
    given, entity = task.body, task.operation.entity
    if given.get("participant_id") is not None or given.get("note") is not None:
        raise NeedsNetwork
    if str(given.setdefault("id", str(entity))) != str(entity):
        raise RuleBroken(faults=[Fault("/id", N_("Det är ett annat id än ändringens."))])
    row, _ = contacts.record_contact(by=task.by, given=given, captured_at=task.capture.at)
    if row["recognition_code_id"] is not None:
        blocks.count_as_handed_out(
            by=task.by, id=row["recognition_code_id"], device=task.device, at=task.capture.at
        )
    db.session.execute(
        insert(_CAPTURE)
        .values(
            contact_id=entity,
            device_id=task.device,
            captured_at=task.operation.at,
            skew_seconds=task.capture.skew_seconds,
            clock_wrong=task.capture.clock_wrong,
            captured_locked=task.operation.locked,
        )
        .on_conflict_do_nothing()
    )
    return Effect("applied", row["version"])


def _correct(task: Task) -> Effect:
    with transaction(by=task.by):
        row, base = _contact(task, task.base)
        wanted = contacts.read_correction(task.body)
        if row["voided_at"] is not None:
            raise ContactVoided
        present = {name: row[name] for name in contacts.FACTS}
        merge = conflicts.merged(present if task.decided else base, present, wanted)
        if merge.clashes:
            raise Clash(current={name: present[name] for name in merge.clashes})
        changes = {name: sendable(value) for name, value in merge.changes.items()}
        if changes:
            row = contacts.correct_contact(
                by=task.by,
                id=row["id"],
                expected=row["version"],
                given=changes,
                captured_at=task.capture.at,
            )
        return Effect("merged" if merge.others else "applied", row["version"])


def sendable(value: object) -> object:
    """Return a value as somebody would send it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _void(task: Task) -> Effect:
    with transaction(by=task.by):
        row, _ = _contact(task, task.base)
        code = "applied" if row["version"] == task.base else "merged"
        if row["voided_at"] is None:
            row = contacts.void_contact(by=task.by, id=row["id"], given=task.body)
        # Out of every count already: there is nothing left to differ about.
        return Effect(code, row["version"])


def _confirm(task: Task) -> Effect:
    with transaction(by=task.by):
        row = _told(task, lambda entity: contacts.contact(by=task.by, id=entity))
        if row["recorded_by"]["id"] != task.by.id or task.operation.locked:
            raise NotAllowed(N_("Bara den som har loggat kontakten kan säga att den är rätt."))
        confirming = (
            sa.update(_CAPTURE)
            .where(_CAPTURE.c.contact_id == row["id"], _CAPTURE.c.confirmed_at.is_(None))
            .values(confirmed_at=clock.now())
        )
        if db.session.scalar(confirming.returning(_CAPTURE.c.contact_id)) is not None:
            trail.record(by=task.by, action="confirm", kind="contact", id=row["id"])
        return Effect("applied", row["version"])


def _contact(task: Task, version: int | None) -> tuple[dict[str, Any], dict[str, Any] | None]:
    def held(entity: UUID) -> tuple[dict[str, Any], dict[str, Any] | None]:
        return contacts.held_contact(by=task.by, id=entity, version=version)

    return _told(task, held)


def _told(task: Task, ask: Callable[[UUID], Found]) -> Found:
    """Return what is asked about the contact. Raises Gone where there is one, but not to be told.

    One that never came here is not found, and somebody must look at that.
    """
    try:
        return ask(task.operation.entity)
    except NotFound:
        if linking.existing([task.operation.entity]):
            raise Gone from None
        raise


def _hand_out(task: Task) -> Effect:
    code = task.body.get("code")
    if not isinstance(code, str):
        raise RuleBroken(faults=[Fault("/code", N_("Skriv text här."))])
    blocks.hand_out(by=task.by, code=code, device=task.device, at=task.capture.at)
    return Effect("applied", None)


def _link_later(task: Task) -> Effect:
    if task.operation.locked:
        # Whoever had the tablet may have written it, and not the author.
        raise NotAllowed(N_("Medan skärmen är låst skrivs ingens namn."))
    try:
        later.keep(by=task.by, id=task.operation.entity, given=task.body)
    except (NotFound, ContactVoided):
        # The contact was removed, or is not the author's to know any more: nothing is to be linked.
        raise Gone from None
    return Effect("applied", None)


def _start_shift(task: Task) -> Effect:
    given, entity = task.body, task.operation.entity
    if str(given.setdefault("id", str(entity))) != str(entity):
        raise RuleBroken(faults=[Fault("/id", N_("Det är ett annat id än ändringens."))])
    given.setdefault("starts_at", task.capture.at.isoformat())
    row, _ = shifts.open_shift(by=task.by, given=given, captured_at=task.capture.at)
    return Effect("applied", row["version"])


def _begin_shift(task: Task) -> Effect:
    row = shifts.begin_shift(by=task.by, id=task.operation.entity, captured_at=task.capture.at)
    return Effect("applied", row["version"])


def _close_shift(task: Task) -> Effect:
    row = shifts.close_shift(
        by=task.by, id=task.operation.entity, given=task.body, captured_at=task.capture.at
    )
    return Effect("applied", row["version"])


_ACTS: Mapping[str, Callable[[Task], Effect]] = {
    "contact.create": _create,
    "contact.correct": _correct,
    "contact.void": _void,
    "contact.confirm": _confirm,
    "code.hand_out": _hand_out,
    "link.later": _link_later,
    "shift.start": _start_shift,
    "shift.begin": _begin_shift,
    "shift.close": _close_shift,
}


def site_of(operation: Operation) -> str | None:
    """Return the place of what an operation is about, None where nobody can tell."""
    contact = operation.entity if operation.type.startswith("contact.") else _contact_of(operation)
    if contact is not None:
        return db.session.scalar(sa.select(_CONTACT.c.site).where(_CONTACT.c.id == contact))
    return shifts.site_of(operation.entity) if operation.type.startswith("shift.") else None


def _contact_of(operation: Operation) -> UUID | None:
    """Return the contact that something else is about, None where nobody can tell."""
    said = operation.body.get("contact_id") if operation.type == "link.later" else None
    try:
        return UUID(said) if isinstance(said, str) else None
    except ValueError:
        return None
