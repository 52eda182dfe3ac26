"""Use cases of accounts: who somebody is, and adding one of the staff."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.accounts import passwords
from outreach.accounts.models import Unit, User
from outreach.accounts.permissions import (
    ADMINISTRATOR,
    CASEWORKER,
    RECEIVER,
    SUPERVISOR,
    require_role,
)
from outreach.accounts.schemas import NewUserSchema, NoticeEmailSchema
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import SYSTEM, Actor
from outreach.foundation.collation import swedish
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Fault, IdReuse, NotFound
from outreach.foundation.schemas import Rule, read
from outreach.foundation.transaction import transaction


@dataclass(frozen=True, slots=True)
class Standing:
    """Who a secret belongs to, and whether the screen behind it is locked.

    `second_factor`: whether the person has one; a machine's token needs none.
    """

    actor: Actor
    locked: bool = False
    second_factor: bool = True


# Plain tables, not mapped classes: every request asks one of these, and rows are all it needs.
_STAFF, _UNIT = User.__table__.c, Unit.__table__.c
EVERYBODY = (
    sa.select(
        _STAFF.id, _STAFF.username, _STAFF.name, _STAFF.roles, _STAFF.sites, _STAFF.committee,
        _STAFF.unit_id, _STAFF.team, _UNIT.sites.label("unit_sites"),
    )
    .join_from(User.__table__, Unit.__table__, _STAFF.unit_id == _UNIT.id, isouter=True)
)  # fmt: skip
WHO = EVERYBODY.where(_STAFF.closed_at.is_(None))


def actor_of(row: Any, *, scopes: frozenset[str] | None = None, token: UUID | None = None) -> Actor:
    """Return the actor of a row of `WHO`; a supervisor's places are the unit's as well."""
    sites = set(row.sites)
    if SUPERVISOR in row.roles and row.unit_sites:
        sites.update(row.unit_sites)
    return Actor(
        id=row.id,
        username=row.username,
        name=row.name,
        roles=frozenset(row.roles),
        sites=frozenset(sites),
        committee=row.committee,
        unit=row.unit_id,
        team=row.team,
        scopes=scopes,
        token=token,
    )


def actor_named(username: str) -> Actor:
    """Return the actor of a username. Raises NotFound."""
    row = db.session.execute(WHO.where(_STAFF.username == folded(username))).one_or_none()
    if row is None:
        raise NotFound
    return actor_of(row)


def actor_with_id(id: UUID) -> Actor | None:
    """Return one of the staff as an actor, None when their account is closed."""
    row = db.session.execute(WHO.where(_STAFF.id == id)).one_or_none()
    return None if row is None else actor_of(row)


def anybody(id: UUID) -> Actor:
    """Return one who is or was on the staff as an actor, with the rights that they have or had.

    For what others allow in their name. Raises NotFound.
    """
    row = db.session.execute(EVERYBODY.where(_STAFF.id == id)).one_or_none()
    if row is None:
        raise NotFound
    return actor_of(row)


def staff_ids(usernames: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of those usernames that somebody has or had, by the spelling asked for."""
    asked = {username: folded(username) for username in usernames}
    rows = db.session.execute(
        sa.select(_STAFF.username, _STAFF.id).where(_STAFF.username.in_(set(asked.values())))
    )
    ids = {row.username: row.id for row in rows}
    return {username: ids[name] for username, name in asked.items() if name in ids}


def colleagues(
    *,
    committee: str,
    roles: Collection[str] = (CASEWORKER, SUPERVISOR),
    at: Collection[str] | None = None,
) -> dict[UUID, str]:
    """Return who works for a committee today in one of the roles: names by id, in Swedish order.

    With `at`, of those only who belong to one of the places.
    """
    wanted = sa.select(_STAFF.id, _STAFF.name).where(
        _STAFF.committee == committee,
        _STAFF.closed_at.is_(None),
        _STAFF.roles.overlap(list(roles)),
        sa.true() if at is None else _STAFF.sites.overlap(list(at)),
    )
    return _by_name(wanted)


def receivers_of(team: str) -> dict[UUID, str]:
    """Return who receives for a team today: names by id, in Swedish order."""
    wanted = sa.select(_STAFF.id, _STAFF.name).where(
        _STAFF.team == team, _STAFF.closed_at.is_(None), _STAFF.roles.overlap([RECEIVER])
    )
    return _by_name(wanted)


def receivers_among(ids: Collection[UUID]) -> set[UUID]:
    """Return which of the staff receive for some team today."""
    wanted = sa.select(_STAFF.id).where(
        _STAFF.id.in_(ids), _STAFF.closed_at.is_(None), _STAFF.roles.overlap([RECEIVER])
    )
    return set(db.session.scalars(wanted))


def with_role(role: str) -> list[Actor]:
    """Return everybody on the staff who has a role today."""
    found = db.session.execute(WHO.where(_STAFF.roles.contains([role])).order_by(_STAFF.id))
    return [actor_of(row) for row in found]


def notice_addresses(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return where those of the staff, who are here and wish it, are told that something waits."""
    wanted = sa.select(_STAFF.id, _STAFF.notice_email).where(
        _STAFF.id.in_(ids), _STAFF.closed_at.is_(None), _STAFF.notice_email.is_not(None)
    )
    return {row.id: row.notice_email for row in db.session.execute(wanted)}


def own_notice_email(*, by: Actor) -> str | None:
    """Return where the actor is told that something waits, None for nowhere."""
    with transaction(by=by):
        return notice_addresses([by.id]).get(by.id)


def set_notice_email(*, by: Actor, given: object) -> None:
    """Keep where the actor is told by e-mail that something waits; an empty address: nowhere.

    Raises RuleBroken for what is no address.
    """
    wanted = read(NoticeEmailSchema(), given)
    with transaction(by=by):
        kept = sa.update(User).where(User.id == by.id)
        db.session.execute(kept.values(notice_email=wanted["email"] or None))
        trail.record(by=by, action="change", kind="user", id=by.id, part="notice_email")


def names_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of those who are or were on the staff, by id."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = db.session.execute(sa.select(_STAFF.id, _STAFF.name).where(_STAFF.id.in_(wanted)))
    return {row.id: row.name for row in found}


def members_of(unit: UUID) -> dict[UUID, str]:
    """Return the names of a unit's people, by id, in Swedish order; those who have left too."""
    return _by_name(sa.select(_STAFF.id, _STAFF.name).where(_STAFF.unit_id == unit))


def _by_name(wanted: sa.Select[Any]) -> dict[UUID, str]:
    found = db.session.execute(wanted)
    return {row.id: row.name for row in sorted(found, key=lambda row: swedish(row.name))}


def unit_name_of(id: UUID) -> str | None:
    """Return what the unit of one of the staff is called."""
    wanted = sa.select(Unit.name).join(User, User.unit_id == Unit.id)
    return db.session.scalar(wanted.where(User.id == id))


def unit_of(id: UUID) -> UUID | None:
    """Return the unit of one of the staff."""
    return db.session.scalar(sa.select(_STAFF.unit_id).where(_STAFF.id == id))


def recorder_id(by: Actor) -> UUID:
    """Return the id under which rows name the actor as their author.

    A part of the system is none of the staff: a closed account, which nobody can sign in with,
    stands for it in the rows that it makes. It is made when it is first needed.
    """
    if by.id == SYSTEM:
        closed = {"password_hash": "", "roles": [], "closed_at": clock.now()}
        db.session.execute(
            insert(User)
            .values(id=SYSTEM, username="system", name="System", **closed)
            .on_conflict_do_nothing()
        )
    return by.id


def folded(username: str) -> str:
    """Return the one spelling under which a username is kept."""
    return username.strip().casefold()


def create_user(
    *, by: Actor, given: object, cost: tuple[int, int, int], rules: tuple[Rule, ...] = ()
) -> User:
    """Add one of the staff. A repeat of the same id is refused: a password is never compared.

    `rules` are those of a caller who knows more, the code lists say. Raises RuleBroken with every
    fault at once, IdReuse for a taken id.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        data = read(NewUserSchema(), given, _own_name_faults, _username_faults, *rules)
        if session.get(User, data["id"]) is not None:
            raise IdReuse
        data["username"] = folded(data["username"])
        data["password_hash"] = passwords.hasher(cost).hash(data.pop("password"))
        user = User(**data)
        session.add(user)
        trail.record(by=by, action="create", kind="user", id=user.id, roles=sorted(user.roles))
    return user


def _own_name_faults(data: Any) -> list[Fault]:
    known = (str(data[name]) for name in ("username", "name") if name in data)
    return password_faults(*known)(data)


def _username_faults(data: Any) -> list[Fault]:
    if "username" not in data:
        return []
    holder = db.session.scalar(sa.select(User.id).where(User.username == folded(data["username"])))
    # The system's own name is taken before it is first needed.
    free = holder is None and folded(data["username"]) != "system"
    if free or (holder is not None and holder == data.get("id")):
        return []
    return [Fault("/username", N_("Användarnamnet är upptaget."))]


def password_faults(*known: str) -> Callable[[Any], list[Fault]]:
    """Return the rule that a new password is hard to guess, `known` being its owner's names."""

    def faults(data: Any) -> list[Fault]:
        password = data.get("password")
        reason = None if password is None else passwords.weakness(password, known=known)
        return [Fault("/password", reason)] if reason else []

    return faults
