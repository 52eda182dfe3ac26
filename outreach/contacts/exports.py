"""Contacts as rows of a file: every one that counts, in the shape that an import reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from outreach.accounts.models import User
from outreach.accounts.permissions import SUPERVISOR, require_role, require_site
from outreach.audit import trail
from outreach.contacts.models import Contact, RecognitionCode
from outreach.contacts.schemas import ContactFileSchema, ImportedContactSchema
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault
from outreach.foundation.lines import LIST_SEPARATOR
from outreach.foundation.schemas import read
from outreach.foundation.transaction import streamed, transaction

# The columns, named as in an import; the id first, so that a row is known by its beginning. Nobody
# who is known is in it, nor what was written about them.
_NOT_HERE = frozenset({"id", "participant_id", "note"})
COLUMNS = ("id", *(name for name in ImportedContactSchema().fields if name not in _NOT_HERE))

# So many rows are in memory at a time.
_AT_A_TIME = 1_000

_WANTED = ContactFileSchema()
_TABLE = cast("sa.Table", Contact.__table__)


def handed_out(*, by: Actor, given: object) -> Iterator[list[object]]:
    """Return the contacts of the actor's sites that count, oldest first, under their columns.

    `given` may name one site, a first and a last local day, both included. No visitor is named in
    it, but single rows could point at somebody, and each says who logged it: the file is for the
    house alone, and the audit says who took it. Raises NotAllowed, NotYourSite, RuleBroken.
    """
    require_role(by, SUPERVISOR)
    wanted = read(_WANTED, given, _day_faults)
    site, first, last = (wanted.get(name) for name in ("site", "first", "last"))
    if site is not None:
        require_site(by, site)
    places = [site] if site else sorted(by.sites)
    with transaction():
        trail.record(
            by=by,
            action="export",
            kind="contacts",
            sites=places,
            days=f"{first or ''}..{last or ''}",
        )
    return _lines(streamed(_rows_of(places, first, last), at_a_time=_AT_A_TIME))


def _day_faults(wanted: Mapping[str, Any]) -> Iterator[Fault]:
    first, last = wanted.get("first"), wanted.get("last")
    if first and last and last < first:
        yield Fault("/to", N_("Sista dagen är före den första."))


def _rows_of(places: list[str], first: Any, last: Any) -> sa.Select[Any]:
    said = {
        **_TABLE.c,
        "recorded_by": User.username,
        "recognition_code": RecognitionCode.code,
    }
    wanted = (
        sa.select(*(said[name] for name in COLUMNS))
        .join(User, User.id == _TABLE.c.recorded_by)
        .outerjoin(RecognitionCode, RecognitionCode.id == _TABLE.c.recognition_code_id)
        .where(_TABLE.c.voided_at.is_(None), _TABLE.c.site.in_(places), ~_TABLE.c.shielded)
    )
    if first is not None:
        wanted = wanted.where(_TABLE.c.local_day >= first)
    if last is not None:
        wanted = wanted.where(_TABLE.c.local_day <= last)
    return wanted.order_by(_TABLE.c.local_day, _TABLE.c.occurred_at, _TABLE.c.id)


def _lines(rows: Iterable[sa.Row[Any]]) -> Iterator[list[object]]:
    yield list(COLUMNS)
    for row in rows:
        yield [_cell(value) for value in row]


def _cell(value: object) -> object:
    if isinstance(value, list):
        return LIST_SEPARATOR.join(value)
    if isinstance(value, datetime):
        return clock.local(value).isoformat()
    return value
