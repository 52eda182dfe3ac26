"""What a tablet may read: one's own day, what has changed of it since, and what needs a look.

Nothing is marked: what changed is told by the transaction that wrote it, so that what was begun
before the last look and kept after it is told by the next.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import CASEWORKER, require_role
from outreach.contacts import linking, tallies
from outreach.contacts.models import Contact, ContactVersion, RecognitionCode
from outreach.devices import service as devices
from outreach.devices.models import Device
from outreach.devices.service import Tablet
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import TransactionId, db
from outreach.foundation.errors import N_, Outdated
from outreach.foundation.transaction import transaction
from outreach.shifts import service as shifts
from outreach.sync import review
from outreach.sync.models import SyncCapture

# More in one answer would hold a tablet up on a poor network.
MOST_AT_ONCE = 200

_CONTACT = cast("sa.Table", Contact.__table__)
_VERSION = cast("sa.Table", ContactVersion.__table__)
_CAPTURE = cast("sa.Table", SyncCapture.__table__)

# Nothing of an anonymous contact tells who somebody is; it is read whole.
_OF_ANYBODY = (
    "id", "version", "occurred_at", "site", "activity", "contact_type", "headcount", "age_band",
    "gender", "topics", "result", "signposted_to", "first_time", "talk_language", "interpreter",
    "minutes", "voided_at",
)  # fmt: skip
# Of a known person's nothing but that it was.
_OF_SOMEBODY = (
    "id", "version", "occurred_at", "site", "activity", "contact_type", "identity", "voided_at",
)  # fmt: skip

# No transaction's number has so many.
_DIGITS = 20

Row = dict[str, Any]


class AppTooOld(Outdated):
    """The app on the tablet is older than what may read; what it wrote is received all the same."""

    slug = "app-too-old"
    title = N_("Appen på plattan är för gammal")
    advice = N_("Uppdatera appen. Det som är skrivet på plattan skickas in ändå.")


@dataclass(frozen=True, slots=True)
class Place:
    """How far a tablet has read: for whom and which day (`scope`), and since which transaction.

    While there is more, `until` is where the look began and `after` the last that it was told.
    """

    scope: str
    since: str = "0"
    until: str = ""
    after: str = ""


def place_of(scope: str, since: str, until: str, after: str) -> Place | None:
    """Return a place as a tablet told it, None when it is none that was ever told."""
    numbers = since.isdecimal() and len(since) < _DIGITS and (not until or until.isdecimal())
    if not numbers or len(until) >= _DIGITS:
        return None
    try:
        return Place(scope, since, until, str(UUID(after)) if after else "")
    except ValueError:
        return None


def changes(*, by: Actor, tablet: Tablet, place: Place | None, oldest_app: str) -> Row:
    """Return what has changed of one's contacts of today since a place, and how one's day stands.

    Another day's place, another's, or one of another life of the database begins anew: then all
    is told. The same place again tells the same, and what has changed since. Raises AppTooOld.
    """
    require_role(by, CASEWORKER)
    with transaction(by=by):
        _require_recent(tablet, oldest_app)
        generation = devices.server_generation()
        now, cluster = _horizon()
        scope = _scope(by, tablet, generation, cluster)
        if place is None or place.scope != scope:
            place = Place(scope)
        items, last = _items(by, place)
        until = place.until or now
        onward = Place(scope, place.since, until, last) if last else Place(scope, until)
        running = shifts.running_shift(by=by)
        during = tallies.of_shift(by=by, shift=running) if running else []
        own = tallies.own_today(by=by)
        return {
            "items": items,
            "next": onward,
            "more": bool(last),
            "server_generation": generation,
            "server_now": clock.now(),
            "user": {"id": by.id, "name": by.name},
            "sites": sorted(by.sites),
            "shift": running,
            "planned_shifts": shifts.planned_shifts(by=by),
            "counts": {"own": tallies.counted(own), "shift": tallies.counted(during)},
            "unconfirmed": _unconfirmed(by),
            "attention": review.attention(by=by),
        }


def _require_recent(tablet: Tablet, oldest: str) -> None:
    """Raise AppTooOld when the version that the tablet last told is older than what may read."""
    told = db.session.scalar(sa.select(Device.app_version).where(Device.id == tablet.id))
    wanted, has = _numbers(oldest), _numbers(told or "")
    if wanted and has and has < wanted:
        raise AppTooOld


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version as 1.4.2; none of one that is written otherwise."""
    # What follows a plus tells one build of a release from another.
    release = version.partition("+")[0]
    plain = re.fullmatch(r"\d{1,9}(\.\d{1,9}){0,3}", release)
    return tuple(int(number) for number in release.split(".")) if plain else ()


def _horizon() -> tuple[str, str]:
    """Return the oldest transaction that is not over, and which database tells it.

    Look for changes after, never before, it was taken.
    """
    row = db.session.execute(
        sa.text(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,"
            " (SELECT system_identifier FROM pg_control_system()) || ':' ||"
            " (SELECT oid FROM pg_database WHERE datname = current_database()) AS cluster"
        )
    ).one()
    return row.xmin, row.cluster


def _scope(by: Actor, tablet: Tablet, generation: int, cluster: str) -> str:
    told = f"{by.id} {tablet.id} {clock.today()} {generation} {cluster}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _items(by: Actor, place: Place) -> tuple[list[Row], str]:
    """Return what has changed since a place, and the last id when there is more."""
    today = clock.today()
    was_today = sa.exists().where(
        _VERSION.c.contact_id == _CONTACT.c.id, _VERSION.c.local_day == today
    )
    first = place.since == "0"
    wanted = (
        sa.select(_CONTACT.c.id)
        .where(
            _CONTACT.c.recorded_by == by.id,
            _CONTACT.c.local_day == today if first else _is_of(today, was_today),
            _CONTACT.c.changed_xid >= sa.cast(place.since, TransactionId()),
        )
        .order_by(_CONTACT.c.id)
        .limit(MOST_AT_ONCE)
    )
    if place.after:
        wanted = wanted.where(_CONTACT.c.id > UUID(place.after))
    changed = list(db.session.scalars(wanted))
    known = _told(changed)
    items = [
        {"kind": "contact", "id": each, "gone": each not in known}
        | ({"contact": known[each]} if each in known else {})
        for each in changed
    ]
    return items, str(changed[-1]) if len(changed) == MOST_AT_ONCE else ""


def _is_of(today: Any, was_today: Any) -> sa.ColumnElement[bool]:
    return sa.or_(_CONTACT.c.local_day == today, was_today)


def _told(ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Return those of the contacts that are of today and to be told, as a tablet may hold them."""
    wanted = linking.with_owners(
        sa.select(
            *(_CONTACT.c[name] for name in _OF_ANYBODY),
            RecognitionCode.code.label("recognition_code"),
            sa.func.coalesce(_CAPTURE.c.captured_locked, sa.false()).label("captured_locked"),
            sa.func.coalesce(_CAPTURE.c.clock_wrong, sa.false()).label("clock_wrong"),
        )
        .outerjoin(RecognitionCode, RecognitionCode.id == _CONTACT.c.recognition_code_id)
        .outerjoin(_CAPTURE, _CAPTURE.c.contact_id == _CONTACT.c.id)
        .where(_CONTACT.c.id.in_(ids), _CONTACT.c.local_day == clock.today())
    )
    return {row.id: _held(row._asdict()) for row in db.session.execute(wanted)}


def _held(row: Row) -> Row:
    """Return a contact as a tablet may hold it: of a known person next to nothing."""
    row.pop("participant_id")
    if row["identity"] == "anonymous":
        return row
    return {name: row[name] for name in _OF_SOMEBODY}


def _unconfirmed(by: Actor) -> list[UUID]:
    """Return one's contacts that were captured under lock and wait for one to say so."""
    wanted = (
        sa.select(_CAPTURE.c.contact_id)
        .join(_CONTACT, _CONTACT.c.id == _CAPTURE.c.contact_id)
        .where(
            _CONTACT.c.recorded_by == by.id,
            _CONTACT.c.voided_at.is_(None),
            _CAPTURE.c.captured_locked,
            _CAPTURE.c.confirmed_at.is_(None),
        )
        .order_by(_CONTACT.c.occurred_at)
        .limit(MOST_AT_ONCE)
    )
    return list(db.session.scalars(wanted))
