"""Use cases of contacts: record, import, list, read, correct, void."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date, datetime
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
from outreach.contacts import linking, recording
from outreach.contacts.events import ContactTakenBack
from outreach.contacts.judging import (
    Judging,
    intake_of,
    intake_of_any_age,
    recorder_faults,
    said,
)
from outreach.contacts.models import Contact, ContactVersion, RecognitionCode
from outreach.contacts.recording import Outcome, Row
from outreach.contacts.rules import SYSTEM_RESULTS, can_be_somebodys, owned_faults
from outreach.contacts.schemas import (
    ContactSchema,
    CorrectionSchema,
    ImportedContactSchema,
    NewContactSchema,
    VoidSchema,
)
from outreach.foundation import clock, events
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
from outreach.participants.contact_details import looks_personal
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

_NEW = NewContactSchema()
_IMPORTED = ImportedContactSchema()
_CORRECTION = CorrectionSchema()
_VOID = VoidSchema()
_SHOWN = ContactSchema()
_TABLE = cast("sa.Table", Contact.__table__)
# What a correction may change.
FACTS = tuple(_CORRECTION.fields)
_ROW = linking.with_owners(
    sa.select(_TABLE, User.name.label("recorder"), RecognitionCode.code.label("recognition_code"))
    .join(User, User.id == _TABLE.c.recorded_by)
    .outerjoin(RecognitionCode, RecognitionCode.id == _TABLE.c.recognition_code_id)
)


# The result that nobody has picked, and those that the system sets.
_UNSAID = frozenset({"information_given"}) | SYSTEM_RESULTS


class ContactVoided(Conflict):
    """A voided contact stays as it was."""

    slug = "contact-voided"
    title = N_("Kontakten är borttagen")
    advice = N_("En borttagen kontakt går inte att ändra. Registrera en ny i stället.")


def record_contact(
    *, by: Actor, given: object, captured_at: datetime | None = None
) -> tuple[Row, bool]:
    """Record one contact; return it and whether it is new.

    A repeat (same id, same content, however written) changes nothing and returns the row as it
    stands. One that waited for a network is judged as when it was `captured_at`. Raises
    NotAllowed, NotYourSite, RuleBroken with every fault, IdReuse for a known id with another
    content.
    """
    require_role(by, CASEWORKER)
    lists = sites.remembered_code_lists()
    try:
        if not said([given], "participant_id"):
            return _recorded(by, given, lists, captured_at)
        with transaction(by=by):
            return _recorded(by, given, lists, captured_at)
    except OutreachError:
        # What was refused by lists that have changed meanwhile is judged again by the new ones.
        if sites.code_lists() is lists:
            raise
    return record_contact(by=by, given=given, captured_at=captured_at)


def _recorded(
    by: Actor, given: object, lists: CodeLists, captured_at: datetime | None
) -> tuple[Row, bool]:
    """Record a contact as `lists` judge it: in one statement, unless it is a participant's."""
    row = _new_row(by, given, Judging.of(by, [given], intake_of(by, lists, captured_at)))
    if not recording.record_one(by=by, row=row, lists=lists):
        return _repeated(by, row), False
    recording.bind([row])
    return _answer(row, by), True


def record_contacts(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Record several contacts; each is judged by itself, all good ones in one transaction.

    The outcomes come in the order sent. The same id twice in one batch is a repeat. A known id of
    a contact that the actor may not read is IdReuse, whatever it says.
    """
    require_role(by, CASEWORKER)
    with transaction(by=by):
        judging = Judging.of(by, items, intake_of(by, sites.code_lists()))
        return recording.record_all(
            by=by,
            items=items,
            judge=lambda item: _new_row(by, item, judging),
            sees=lambda known: _may_read(by, known["site"], known["recorded_by"]),
        )


def _new_row(by: Actor, given: object, judging: Judging) -> Row:
    """Return the row of a contact that one logs oneself.

    Raises RuleBroken, NotYourSite, and for somebody else's participant ReasonRequired.
    """
    facts = judging.facts(_NEW, given)
    require_site(by, facts["site"])
    lists, owner = judging.intake.lists, judging.people.owner(facts)
    return recording.new_row(facts, recorded_by=by.id, lists=lists, owner=owner)


def import_contacts(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Record contacts from elsewhere: of any age, at any site, by whoever each says recorded it.

    `recorded_by` is the username of somebody who is or was on the staff; left out, the importer
    is meant. All else is as in `record_contacts`.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction(by=by):
        judging = Judging.of(by, items, intake_of_any_age())
        staff = accounts.staff_ids(said(items, "recorded_by"))
        importer = functools.cache(lambda: accounts.recorder_id(by))

        def judge(item: object) -> Row:
            facts = judging.facts(_IMPORTED, item, lambda facts: recorder_faults(facts, staff))
            username = facts.pop("recorded_by")
            return recording.new_row(
                facts,
                recorded_by=staff[username] if username else importer(),
                lists=judging.intake.lists,
                owner=judging.people.owner(facts),
                named=username is not None,
            )

        return recording.record_all(by=by, items=items, judge=judge, as_corrected=True)


def contact(*, by: Actor, id: UUID) -> Row:
    """Return a contact of one of the actor's sites, or the actor's own. Raises NotFound."""
    row = contact_if_told(by=by, id=id)
    if row is None:
        raise NotFound
    return row


def contact_if_told(*, by: Actor, id: UUID) -> Row | None:
    """Return a contact, None where there is none or it is not the actor's to read."""
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row = db.session.execute(_ROW.where(_TABLE.c.id == id)).one_or_none()
    if row is None or not _may_read(by, row.site, row.recorded_by):
        return None
    return _from_database(row)


def _may_read(by: Actor, site: str, recorded_by: UUID) -> bool:
    """Tell whether the actor may read a contact that they may know of (`linking.with_owners`)."""
    return site in by.sites or recorded_by == by.id


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
    with transaction(by=by):
        return [_from_database(row) for row in db.session.execute(wanted)]


def correct_contact(
    *, by: Actor, id: UUID, expected: int, given: object, captured_at: datetime | None = None
) -> Row:
    """Correct a contact; the version before is kept. Return the row as it then stands.

    A correction that changes nothing makes no version. One that waited for a network is judged as
    when it was `captured_at`. One after which a contact can be nobody's
    is refused while it is a known person's; where the actor may not know of the person, it is
    nobody's from then on. Raises NotFound, NotAllowed, Stale with the current state, ContactVoided,
    RuleBroken.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
        row = _changeable(by, id)
        if row["voided_at"] is not None:
            raise ContactVoided
        if row["version"] != expected:
            raise Stale(current=_SHOWN.dump(row))
        before = {name: row[name] for name in FACTS}
        changes = read(_CORRECTION, given)
        moved = changes.get("occurred_at", before["occurred_at"]) != before["occurred_at"]
        lists = sites.code_lists()
        intake = intake_of(by, lists, captured_at) if moved else intake_of_any_age()
        facts = {**before, **changes}
        judged = {**facts, "recognition_code": row["recognition_code"]}
        if facts["result"] == before["result"] in SYSTEM_RESULTS:
            # Nobody has picked it: it came of what was booked, and stays.
            del judged["result"]
        faults = list(intake.faults(judged))
        parted = can_be_somebodys(before) and not can_be_somebodys(facts)
        if parted and row["participant_id"] is not None:
            faults.extend(owned_faults(facts))
        if faults:
            raise RuleBroken(faults=faults)
        require_site(by, facts["site"])
        if facts == before:
            return row
        on = clock.local(facts["occurred_at"]).date()
        facts["committee"] = intake.lists.committee(facts["site"], facts["activity"], on)
        _replace(by, row, facts)
        if parted:
            linking.release(by=by, contact=id)
        trail.record(by=by, action="correct", kind="contact", id=id, fields=sorted(changes))
        return _find(id)


def set_result(*, by: Actor, id: UUID, result: str) -> None:
    """Let a contact say what came of it by itself: a meeting was booked, a handoff was begun.

    For the features above. What somebody has picked themselves stays, and so does what is not the
    actor's to change, or is voided.
    """
    with transaction(by=by):
        try:
            row = _changeable(by, id)
        except (NotAllowed, NotFound):
            return
        if row["voided_at"] is None and row["result"] in _UNSAID:
            _replace(by, row, {"result": result})
            trail.record(by=by, action="correct", kind="contact", id=id, fields=["result"])


def unset_result(*, by: Actor, id: UUID, result: str) -> None:
    """Let a contact say what it said before it was told by itself what came of it: that was wrong.

    For the features above. As with `set_result`, what somebody has picked since stays.
    """
    with transaction(by=by) as session:
        try:
            row = _changeable(by, id)
        except (NotAllowed, NotFound):
            return
        if row["voided_at"] is None and row["result"] == result:
            said = ContactVersion.facts["result"].astext
            before = sa.select(said).where(ContactVersion.contact_id == id, said != result)
            latest = before.order_by(ContactVersion.version.desc()).limit(1)
            _replace(by, row, {"result": session.scalar(latest) or "information_given"})
            trail.record(by=by, action="correct", kind="contact", id=id, fields=["result"])


def held_contact(*, by: Actor, id: UUID, version: int | None) -> tuple[Row, Row | None]:
    """Return a contact held for the transaction under way, and what it said at a version.

    None for a version that it never had. Raises NotFound, NotAllowed when it is not the actor's
    to change.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by) as session:
        row = _changeable(by, id)
        if version == row["version"]:
            return row, {name: row[name] for name in FACTS}
        earlier = ContactVersion.contact_id == id, ContactVersion.version == version
        facts = session.scalar(sa.select(ContactVersion.facts).where(*earlier))
        return row, read(_CORRECTION, _sent(facts)) if facts is not None else None


def read_correction(given: object) -> Row:
    """Return what a correction is to change. Raises RuleBroken."""
    return read(_CORRECTION, given)


def void_contact(*, by: Actor, id: UUID, given: object, expected: int | None = None) -> Row:
    """Take a contact out of every count, with a reason; it is kept and shown as voided.

    A second void with the same reason changes nothing. Raises as `correct_contact` does.
    """
    require_role(by, CASEWORKER, SUPERVISOR)
    with transaction(by=by):
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
        events.announce(ContactTakenBack(by=by, contact=id))
        return _find(id)


def _reason_faults(data: Mapping[str, Any]) -> list[Fault]:
    reason = data.get("reason")
    if reason is None or sites.code_lists().has("void_reason", reason, clock.today()):
        return []
    return [Fault("/reason", N_("Välj en av orsakerna."))]


def hold(*, id: UUID) -> None:
    """Let a contact stay as it is until the transaction ends; for what goes along with it."""
    db.session.execute(sa.select(_TABLE.c.id).where(_TABLE.c.id == id).with_for_update())


def _changeable(by: Actor, id: UUID) -> Row:
    """Return the contact, locked for this transaction. Raises NotFound or NotAllowed."""
    hold(id=id)
    row = contact(by=by, id=id)
    told = {name: row[name] for name in ("site", "committee", "identity")}
    if not may_change_contact(by, recorded_by=row["recorded_by"]["id"], **told):
        raise NotAllowed(
            N_(
                "Bara den som registrerade kontakten kan ändra den, eller chefen i den nämnd som"
                " har verksamheten. Be någon av dem."
            )
        )
    return row


def _replace(by: Actor, row: Row, change: Mapping[str, Any]) -> None:
    """Keep the version as it stands and write the change over it."""
    facts = {name: row[name] for name in (*FACTS, "committee")}
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


def _sent(facts: Mapping[str, Any]) -> Row:
    """Return the facts of an earlier version as somebody would send them."""
    return {name: facts[name] for name in FACTS if name in facts}


def _answer(row: Row, by: Actor) -> Row:
    """Return a new row as it is shown."""
    recorder = {"id": by.id, "name": by.name}
    known = {"recorded_by": recorder, "version": 1, "voided_at": None, "void_reason": None}
    owner = row["owner"]
    if owner is None:
        return row | known | {"identity": "anonymous", "participant_id": None}
    identity = "protected" if owner.row.protected else "identified"
    warnings = looks_personal(row["note"] or "")
    return row | known | {"identity": identity, "warnings": warnings}


def _from_database(row: sa.Row[Any]) -> Row:
    values = row._asdict()
    values["recorded_by"] = {"id": values["recorded_by"], "name": values.pop("recorder")}
    return values


def _find(id: UUID) -> Row:
    row = db.session.execute(_ROW.where(_TABLE.c.id == id)).one_or_none()
    if row is None:
        raise NotFound
    return _from_database(row)


def _repeated(by: Actor, row: Row) -> Row:
    """Return the contact that has the id already. Raises IdReuse when it says something else.

    So it does for a contact that the actor may not read: nothing is told of it.
    """
    try:
        known = contact(by=by, id=row["id"])
    except NotFound:
        raise IdReuse from None
    if known["sameness"] != row["sameness"]:
        raise IdReuse
    return known
