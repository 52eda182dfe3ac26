"""Use cases of places: which committee answers for which activity there, and when.

Sites themselves are added, renamed and retired as codes of the list `site` (see `lists.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.permissions import ADMINISTRATOR, require_role
from outreach.audit import trail
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, IdReuse, NotFound
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.sites.models import CodeRevision, Site, SiteActivity
from outreach.sites.schemas import DutyEndSchema, DutyIdentitySchema, NewDutySchema

_NEW = NewDutySchema()
_END = DutyEndSchema()
_IDENTITY = DutyIdentitySchema()


def duties(*, by: Actor) -> list[SiteActivity]:
    """Return every duty, past ones too, in the order of sites, activities and days."""
    require_role(by, ADMINISTRATOR, "system")
    wanted = (
        sa.select(SiteActivity)
        .join(Site, Site.code == SiteActivity.site)
        .order_by(Site.position, SiteActivity.activity, SiteActivity.valid_from)
    )
    return list(db.session.scalars(wanted))


def duty(*, by: Actor, id: UUID) -> SiteActivity:
    """Return one duty. Raises NotFound."""
    require_role(by, ADMINISTRATOR, "system")
    found = db.session.get(SiteActivity, id)
    if found is None:
        raise NotFound
    return found


def add_duty(*, by: Actor, given: object) -> tuple[SiteActivity, bool]:
    """Let a committee answer for an activity at a site; return the duty and whether it is new.

    At any day one committee at most answers for an activity at a site. Raises RuleBroken, IdReuse.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        _hold()
        data = read(_NEW, given, _site_faults, _day_faults, _overlap_faults)
        known = session.get(SiteActivity, data["id"])
        if known is not None:
            if any(getattr(known, name) != value for name, value in data.items()):
                raise IdReuse
            return known, False
        duty = SiteActivity(**data)
        session.add(duty)
        session.flush()
        trail.record(
            by=by, action="create", kind="duty", id=duty.id, site=duty.site,
            activity=duty.activity, committee=duty.committee,
        )  # fmt: skip
    return duty, True


def end_duty(*, by: Actor, id: UUID, given: object) -> SiteActivity:
    """Set a duty's last day, or none. Contacts of earlier days keep their committee.

    Raises NotFound, RuleBroken.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        _hold()
        duty = _found(id)
        whole = {name: getattr(duty, name) for name in _NEW.fields}
        data = read(
            _END,
            given,
            lambda data: _day_faults({**whole, **data}),
            lambda data: _overlap_faults({**whole, **data}),
        )
        if duty.valid_to != data["valid_to"]:
            duty.valid_to = data["valid_to"]
            session.flush()
            trail.record(by=by, action="end", kind="duty", id=id, site=duty.site)
    return duty


def decide_identity(*, by: Actor, id: UUID, given: object) -> SiteActivity:
    """Say whether people may be written down by name in an activity, as its committee has decided.

    Holds from now on; who is known already stays so. A repeat changes nothing. Raises NotFound,
    RuleBroken.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        _hold()
        duty = _found(id)
        recorded = read(_IDENTITY, given)["identity_recorded"]
        if duty.identity_recorded != recorded:
            duty.identity_recorded = recorded
            session.flush()
            trail.record(
                by=by, action="change", kind="duty", id=id, site=duty.site, recorded=recorded
            )
    return duty


def _found(id: UUID) -> SiteActivity:
    duty = db.session.get(SiteActivity, id, populate_existing=True)
    if duty is None:
        raise NotFound
    return duty


def _hold() -> None:
    """Keep others from changing places meanwhile, so that two duties cannot overlap unseen."""
    db.session.execute(sa.select(CodeRevision.number).with_for_update())


def _site_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    site = data.get("site")
    if site is not None and db.session.get(Site, site) is None:
        yield Fault("/site", N_("Platsen finns inte."))


def _day_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    first, last = data.get("valid_from"), data.get("valid_to")
    if first and last and last < first:
        yield Fault("/valid_to", N_("Sista dagen kan inte vara före den första."))


def _overlap_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    if not {"site", "activity", "valid_from"} <= data.keys():
        return
    others = db.session.scalars(
        sa.select(SiteActivity)
        .where(SiteActivity.site == data["site"], SiteActivity.activity == data["activity"])
        .where(SiteActivity.id != data.get("id"))
        .where(sa.func.coalesce(SiteActivity.valid_to, date.max) >= data["valid_from"])
        .where(SiteActivity.valid_from <= (data.get("valid_to") or date.max))
    )
    if others.first() is not None:
        yield Fault(
            "/valid_from", N_("En nämnd svarar redan för verksamheten då. Avsluta den först.")
        )
