"""Whether an installation keeps what it promises: rights in the database, durability, key files.

`readiness.py` asks what a load balancer asks, many times a minute; this asks what an
administrator asks before people's data go in.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from outreach.foundation.database import db

# Without these a committed row may be gone after a power cut.
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")

_ROLE = sa.text(
    "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
    " (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid) AS owned"
    " FROM pg_roles WHERE rolname = current_user"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is as it should be, and what was seen."""

    name: str
    ok: bool
    detail: str


def role() -> Finding:
    """Look at the role that the application works as: it may read and write rows, no more."""
    row = db.session.execute(_ROLE).one()
    faults = [
        word
        for word, bad in (
            ("is a superuser", row.rolsuper),
            ("goes around row-level security", row.rolbypassrls),
            ("may make roles", row.rolcreaterole),
            ("may make databases", row.rolcreatedb),
            (f"owns {row.owned} tables or indexes", row.owned),
        )
        if bad
    ]
    return Finding("role", not faults, f"{row.rolname} {', '.join(faults) or 'owns nothing'}")


def durability() -> Finding:
    """Look at whether the server waits until a commit is on the disk."""
    values = {name: str(db.session.scalar(sa.text(f"SHOW {name}"))) for name in _DURABLE}
    told = ", ".join(f"{name} {value}" for name, value in values.items())
    return Finding("durability", "off" not in values.values(), told)


class NotDurableError(LookupError):
    """What the database says is saved may be gone after a power cut."""


def require_durable() -> None:
    """Raise NotDurableError when the server does not wait until a commit is on the disk."""
    if not durability().ok:
        raise NotDurableError


def append_only(*tables: str) -> Finding:
    """Look at whether the application's role can only add rows to the tables, and read them."""
    asked = sa.text("SELECT has_table_privilege(current_user, :table, :right)")
    found = [
        f"{right} on {table}"
        for table in tables
        for right in ("UPDATE", "DELETE", "TRUNCATE")
        if db.session.scalar(asked, {"table": table, "right": right})
    ]
    return Finding("append-only audit", not found, ", ".join(found) or "rows can only be added")


def key_files(folder: Path) -> Iterator[Finding]:
    """Look at whether the secrets in the folder can be read by nobody but their owner."""
    for file in sorted(folder.glob("*.key")):
        mode = stat.S_IMODE(file.stat().st_mode)
        yield Finding(f"key file {file.name}", not mode & 0o077, f"mode {mode:04o}")
