"""Who may work a shift, and who does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.models import User
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR, require_role, require_site
from outreach.foundation.actor import Actor
from outreach.foundation.collation import swedish
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, RuleBroken

Worker = dict[str, Any]

_SHOWN = sa.select(User.id, User.username, User.name)


def workers_at(*, by: Actor, site: str) -> list[Worker]:
    """Return those who may be planned at a site, in Swedish order of their names.

    Raises NotYourSite.
    """
    require_role(by, SUPERVISOR)
    require_site(by, site)
    found = [row._asdict() for row in db.session.execute(_SHOWN.where(*_may_work(site)))]
    return sorted(found, key=lambda worker: swedish(worker["name"]))


def ids_of(usernames: Sequence[str], *, site: str, known: Collection[UUID] = ()) -> list[UUID]:
    """Return the ids of those named, in the order named, each once.

    `known` may work there whatever their sites are now: whoever is planned already, or whoever
    plans. Raises RuleBroken at each name that is nobody's who works at the site.
    """
    folded = [username.strip().casefold() for username in usernames]
    rows = db.session.execute(
        sa.select(User.username, User.id)
        .where(User.username.in_(folded))
        .where(sa.or_(sa.and_(*_may_work(site)), User.id.in_(known) & User.closed_at.is_(None)))
    )
    found = {row.username: row.id for row in rows}
    faults = [
        Fault(
            f"/workers/{place}",
            N_("Ingen med användarnamnet %(username)s arbetar på platsen."),
            {"username": username},
        )
        for place, username in enumerate(folded)
        if username not in found
    ]
    if faults:
        raise RuleBroken(faults=faults)
    return list(dict.fromkeys(found[username] for username in folded))


def named(ids: Iterable[UUID]) -> dict[UUID, Worker]:
    """Return the people with the ids as they are shown, also those who have left."""
    wanted = _SHOWN.where(User.id.in_(set(ids)))
    return {row.id: row._asdict() for row in db.session.execute(wanted)}


def _may_work(site: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        User.closed_at.is_(None),
        User.sites.contains([site]),
        User.roles.overlap([CASEWORKER, SUPERVISOR]),
    )
