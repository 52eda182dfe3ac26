"""Writing the audit trail: one row an act, beside the change that it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import structlog
from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Insert,
    Table,
    Text,
    bindparam,
    insert,
    literal,
    select,
)
from sqlalchemy import cast as as_type

from outreach.audit.models import AuditEntry
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.arrays import Columns, as_arrays, unnested
from outreach.foundation.database import db

_TABLE = cast("Table", AuditEntry.__table__)
_INSERT = insert(_TABLE).inline()


def record(*, by: Actor, action: str, kind: str, id: object = None, **details: Any) -> None:
    """Add the entry to the transaction under way: both are kept, or neither.

    `details` hold codes and ids, never what somebody typed; a machine's hold its token's id too.
    """
    db.session.execute(_INSERT, _row(by, action, kind, id, details))


def beside(rows: CTE, *, action: str, kind: str) -> Insert:
    """Return a statement that makes `rows` and the entries of their making in one round trip.

    `rows` is an INSERT … RETURNING id as a common table expression; each row that it returns gets
    an entry. The statement takes the parameters of `values()` besides the insert's own, and
    answers the id (as text) of each row that was made.
    """
    done = (literal(action, literal_execute=True), literal(kind, literal_execute=True))
    about = as_type(rows.c.id, Text)
    return _entry_for_each(rows, *done, about).returning(_TABLE.c.object_id)


def _entry_for_each(
    rows: FromClause, action: ColumnElement[str], kind: ColumnElement[str], id: ColumnElement[str]
) -> Insert:
    entry = select(
        bindparam("audit_at", type_=_TABLE.c.at.type),
        bindparam("audit_actor_id", type_=_TABLE.c.actor_id.type),
        bindparam("audit_actor", type_=_TABLE.c.actor.type),
        action,
        kind,
        id,
        bindparam("audit_details", type_=_TABLE.c.details.type),
        bindparam("audit_request_id", type_=_TABLE.c.request_id.type),
    ).select_from(rows)
    columns = ["at", "actor_id", "actor", "action", "kind", "object_id", "details", "request_id"]
    return insert(_TABLE).from_select(columns, entry)


_ABOUT: Columns = {"object_id": Text()}
_OBJECTS = unnested(_ABOUT)
_INSERT_MANY = _entry_for_each(
    _OBJECTS,
    bindparam("audit_action", type_=Text),
    bindparam("audit_kind", type_=Text),
    _OBJECTS.c.object_id,
)


def values(by: Actor) -> dict[str, Any]:
    """Return the parameters that a statement of `beside` takes for its entries."""
    return {
        "audit_at": clock.now(),
        "audit_actor_id": by.id,
        "audit_actor": by.username,
        "audit_details": _machine(by) or None,
        "audit_request_id": _request_id(),
    }


def record_many(*, by: Actor, action: str, kind: str, ids: Sequence[object]) -> None:
    """Add one entry for each id to the transaction under way, in one statement."""
    if ids:
        objects = as_arrays([{"object_id": str(each)} for each in ids], _ABOUT)
        told = {"audit_action": action, "audit_kind": kind}
        db.session.execute(_INSERT_MANY, values(by) | objects | told)


def record_apart(*, by: Actor, action: str, kind: str, id: object = None, **details: Any) -> None:
    """Add the entry in a transaction of its own: for what was refused and is rolled back."""
    with db.engine.begin() as connection:
        connection.execute(_INSERT, _row(by, action, kind, id, details))


def _row(
    by: Actor, action: str, kind: str, object_id: object, details: dict[str, Any]
) -> dict[str, Any]:
    return {
        "at": clock.now(),
        "actor_id": by.id,
        "actor": by.username,
        "action": action,
        "kind": kind,
        "object_id": None if object_id is None else str(object_id),
        "details": details | _machine(by) or None,
        "request_id": _request_id(),
    }


def _machine(by: Actor) -> dict[str, Any]:
    """Return by which token a machine acts; nothing for a person."""
    return {"token": str(by.token)} if by.token else {}


def _request_id() -> str | None:
    return structlog.contextvars.get_contextvars().get("request_id")
