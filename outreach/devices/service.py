"""Use cases of tablets: enter, give a code, enrol, list, revoke; and what each tells of itself."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import by_code, passwords
from outreach.accounts import service as accounts
from outreach.accounts.permissions import ADMINISTRATOR, SUPERVISOR, require_role
from outreach.accounts.tokens import TABLET_MARK
from outreach.audit import trail
from outreach.devices import one_time
from outreach.devices.models import AuthorGrant, Device, DeviceCode, DevicePerson, ServerGeneration
from outreach.devices.schemas import (
    DeviceEnrolmentSchema,
    NewDeviceSchema,
    NewDevicesSchema,
)
from outreach.foundation import clock, exchange, keyring
from outreach.foundation.actor import Actor, system
from outreach.foundation.collation import swedish
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, Fault, IdReuse, NotFound, RuleBroken
from outreach.foundation.sameness import sameness
from outreach.foundation.schemas import read
from outreach.foundation.transaction import at_once, transaction
from outreach.sites import service as sites

_NEW = NewDeviceSchema()
_SEVERAL = NewDevicesSchema()
_ENROLMENT = DeviceEnrolmentSchema()
_SHOWN = (
    "id", "name", "site", "enrolled_at", "revoked_at", "app_version", "last_seen_at",
    "pending_count", "oldest_pending_at", "storage_persisted", "version",
)  # fmt: skip

Row = dict[str, Any]


class CodeNotValid(RuleBroken):
    """A code that enrols no tablet: mistyped, used or too old. The answer does not say which."""

    slug = "device-code"
    title = N_("Engångskoden gäller inte")
    advice = N_(
        "Kontrollera koden, eller be systemförvaltaren om en ny. En kod gäller en gång, i en timme."
    )


class RevokedForGood(Conflict):
    """A tablet that was revoked may be in anybody's hands: it never comes back."""

    slug = "device-revoked-for-good"
    title = N_("Plattan är spärrad")
    advice = N_("En spärrad platta öppnas inte igen. Lägg upp den som en ny platta.")


class OtherDevice(Conflict):
    """The storage is one tablet already, and the code is another's."""

    slug = "other-device"
    title = N_("Koden hör till en annan platta")
    advice = N_(
        "Den här plattan är redan inlagd. Be om en ny engångskod för just den. "
        "Koden som du skrev är inte använd."
    )


@dataclass(frozen=True, slots=True)
class Tablet:
    """The tablet behind a token."""

    id: UUID
    name: str
    site: str
    revoked: bool


_TABLE = Device.__table__.c
_BY_TOKEN = sa.select(_TABLE.id, _TABLE.name, _TABLE.site, _TABLE.revoked_at).where(
    _TABLE.token_digest == sa.bindparam("digest")
)


def tablet_of_token(secret: str) -> Tablet | None:
    """Return the tablet that a token belongs to, revoked or not; None when it is nobody's."""
    rows = at_once(_BY_TOKEN, {"digest": passwords.digest(secret)})
    if not rows:
        return None
    row = rows[0]
    return Tablet(row.id, row.name, row.site, row.revoked_at is not None)


def server_generation() -> int:
    """Return which life of the database this is; a restore raises it."""
    return db.session.scalars(sa.select(ServerGeneration.generation)).one()


def create_device(*, by: Actor, given: object) -> tuple[Row, bool]:
    """Enter a tablet; return it with the one-time code that enrols it, and whether it is new.

    A repeat (same id and content) answers a fresh code; the earlier one ends. Raises RuleBroken,
    IdReuse, RevokedForGood.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        facts = read(_NEW, given, _site_faults)
        said = sameness(facts)
        made = {"created_at": clock.now(), "created_by": accounts.recorder_id(by)}
        adding = insert(Device).values(**facts, **made, sameness=said)
        adding = adding.on_conflict_do_nothing(index_elements=["id"])
        created = session.execute(adding.returning(Device.id)).first() is not None
        device = _locked(facts["id"])
        if device.sameness != said:
            raise IdReuse
        if created:
            trail.record(by=by, action="create", kind="device", id=device.id, site=device.site)
        return _row(device) | _fresh_code(by, device), created


def create_devices(*, by: Actor, given: object) -> list[Row]:
    """Enter several tablets of one place, all or none; return them with their one-time codes.

    Their ids follow from the form's own, so that the same form sent twice enters none twice and
    answers fresh codes. Raises RuleBroken, RevokedForGood.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        data = read(_SEVERAL, given, _site_faults)
        site = data["site"]
        return [
            create_device(by=by, given=_numbered(data["id"], place, name=name, site=site))[0]
            for place, name in enumerate(data["names"])
        ]


def _numbered(form: UUID, place: int, *, name: str, site: str) -> Row:
    return {"id": str(uuid5(form, f"{place} {site} {name}")), "name": name, "site": site}


def _site_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    site = data.get("site")
    if site is not None and not sites.code_lists().has("site", site, clock.today()):
        yield Fault("/site", N_("Platsen finns inte att välja."))


def give_code(*, by: Actor, id: UUID) -> Row:
    """Return a fresh one-time code for a tablet, also one that is enrolled; the earlier one ends.

    Using it replaces the tablet's token: for a tablet whose storage was lost. Raises NotFound,
    RevokedForGood.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        return _fresh_code(by, _locked(id))


def _fresh_code(by: Actor, device: Device) -> Row:
    if device.revoked_at is not None:
        raise RevokedForGood
    code, expires_at = one_time.new_code(), clock.now() + one_time.VALID_FOR
    kept = {"digest": keyring.digest_of_tablet_code(code), "expires_at": expires_at}
    adding = insert(DeviceCode).values(device_id=device.id, **kept)
    db.session.execute(adding.on_conflict_do_update(index_elements=["device_id"], set_=kept))
    trail.record(by=by, action="give_code", kind="device", id=device.id)
    return {"code": one_time.shown(code), "code_expires_at": expires_at}


def enrol(*, given: object) -> Row:
    """Enrol the tablet that a one-time code belongs to; return what it keeps.

    That is an `EnrolledDeviceSchema`. The code is used up: of two at once one comes too late. A
    token that the tablet had before is nobody's any more, and whoever had a plattkod there sets
    another. Raises RuleBroken, CodeNotValid, and OtherDevice, which uses up nothing.
    """
    key = exchange.newest()
    with transaction() as session:
        data = read(_ENROLMENT, given)
        typed = one_time.as_typed(data["code"])
        valid = (
            DeviceCode.digest == keyring.digest_of_tablet_code(typed),
            DeviceCode.expires_at > clock.now(),
        )
        # The tablet is held before its code, as everywhere, so that no two wait for each other.
        device = _held_by_code(valid)
        if device is not None and data.get("device_id", device.id) != device.id:
            raise OtherDevice
        taken = session.execute(sa.delete(DeviceCode).where(*valid).returning(DeviceCode.digest))
        if device is None or taken.first() is None:
            raise CodeNotValid(faults=[Fault("/code", CodeNotValid.advice)])
        token = TABLET_MARK + secrets.token_urlsafe(32)
        device.token_digest, device.enrolled_at = passwords.digest(token), clock.now()
        # The storage is a new one: nothing of what the old one told is so any more.
        device.pending_count, device.oldest_pending_at = 0, None
        device.app_version = device.storage_persisted = device.last_seen_at = None
        session.execute(sa.delete(DevicePerson).where(DevicePerson.device_id == device.id))
        trail.record(by=system("tablet"), action="enrol", kind="device", id=device.id)
        return {
            "device_id": device.id,
            "token": token,
            "name": device.name,
            "site": device.site,
            "server_generation": server_generation(),
            "key": key_told(key),
        }


def _held_by_code(valid: tuple[sa.ColumnElement[bool], ...]) -> Device | None:
    device_id = db.session.scalar(sa.select(DeviceCode.device_id).where(*valid))
    return None if device_id is None else _locked(device_id)


def key_told(key: exchange.PublicKey) -> Row:
    """Return the key that tablets seal to, as they are told it (`PublicKeySchema`)."""
    return {"id": key.id, "public": base64.urlsafe_b64encode(key.public).decode().rstrip("=")}


def enrol_at_once(*, by: Actor, given: object) -> Row:
    """Enter a tablet and enrol it, for programs that are one; return as `enrol` does."""
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        made, _ = create_device(by=by, given=given)
        return enrol(given={"code": made["code"]})


def devices(*, by: Actor) -> list[Row]:
    """Return the tablets by place and name, revoked ones last; a supervisor's own places alone."""
    require_role(by, ADMINISTRATOR, SUPERVISOR, "system")
    found = db.session.scalars(_readable(by)).all()
    order = sorted(
        found, key=lambda each: (each.revoked_at is not None, each.site, swedish(each.name))
    )
    return [_row(device) for device in order]


def device(*, by: Actor, id: UUID) -> Row:
    """Return one tablet. Raises NotFound, also for a supervisor's of another place."""
    require_role(by, ADMINISTRATOR, SUPERVISOR, "system")
    found = db.session.scalars(_readable(by).where(Device.id == id)).one_or_none()
    if found is None:
        raise NotFound
    return _row(found)


def _readable(by: Actor) -> sa.Select[Device]:
    everything = sa.select(Device).execution_options(populate_existing=True)
    if by.has(ADMINISTRATOR, "system"):
        return everything
    return everything.where(Device.site.in_(by.sites))


def revoke_device(*, by: Actor, id: UUID) -> Row:
    """Revoke a tablet at once and return it; a second call changes nothing. Raises NotFound.

    It reads nothing any more: sessions on it end, and so does every plattkod. What it has not sent
    is still received, for somebody to look at.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        device = _locked(id)
        if device.revoked_at is not None:
            return _row(device)
        device.revoked_at, device.revoked_by = clock.now(), accounts.recorder_id(by)
        device.version += 1
        by_code.end_on(id)
        session.execute(sa.delete(DeviceCode).where(DeviceCode.device_id == id))
        session.execute(sa.delete(DevicePerson).where(DevicePerson.device_id == id))
        session.execute(
            sa.update(AuthorGrant)
            .where(AuthorGrant.device_id == id, AuthorGrant.revoked_at.is_(None))
            .values(revoked_at=clock.now())
        )
        trail.record(by=by, action="revoke", kind="device", id=id)
        return _row(device)


def heard(
    id: UUID,
    *,
    app_version: str | None,
    pending_count: int,
    oldest_pending_at: datetime | None,
    storage_persisted: bool | None,
) -> None:
    """Keep what a tablet tells of itself, in place of what it told before; joins a transaction.

    Nothing of it goes into the audit trail: a tablet tells it many times an hour.
    """
    with transaction() as session:
        session.execute(
            sa.update(Device)
            .where(Device.id == id)
            .values(
                last_seen_at=clock.now(),
                app_version=app_version,
                pending_count=pending_count,
                oldest_pending_at=oldest_pending_at,
                storage_persisted=storage_persisted,
            )
        )


def _locked(id: UUID) -> Device:
    """Return the tablet, held for this transaction and as the database has it now."""
    found = db.session.scalars(
        sa.select(Device)
        .where(Device.id == id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def _row(device: Device) -> Row:
    return {name: getattr(device, name) for name in _SHOWN}
