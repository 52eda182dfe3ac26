"""What a tablet seals: one operation with its author's grant, its time and what it rests on.

Every version that was ever sent is read for ever. A version that is not known here, from a tablet
that is newer than the server, is nobody's fault: it waits for somebody to look at it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from outreach.foundation.errors import N_, Fault, RuleBroken

TYPES = frozenset(
    {"contact.create", "contact.correct", "contact.void", "contact.confirm", "code.hand_out"}
    | {"link.later"}
    | {"shift.start", "shift.begin", "shift.close"}
)
# What changes something that may have been changed by others says from which state it does so.
CHANGING = frozenset({"contact.correct", "contact.void"})
# What says who somebody is.
NAMING = "link.later"

# So that the length tells nobody which kind of operation it is.
PADDED_TO = 1024
_MOST_AFTER = 50
# No operation of ours has a level more; one that is longer than this is nobody's of ours either.
_DEEPEST = 4
LONGEST_SEALED = 16_384
_MOST_VERSION = 2**31 - 1

_NAMES = {"v", "grant", "type", "entity", "at", "locked", "base", "after", "body"}


class VersionUnknown(RuleBroken):
    """Written by a newer app than this server knows."""

    slug = "version-unknown"
    title = N_("Plattans app är nyare än servern")
    advice = N_("Det går att använda när servern har uppdaterats.")


class Unreadable(RuleBroken):
    """Opened, but not what an operation should be."""

    slug = "unreadable"
    title = N_("Innehållet går inte att läsa")
    advice = N_("Något är fel i appen på plattan. Säg till systemförvaltaren.")


@dataclass(frozen=True, slots=True)
class Base:
    """The state that a change was made from: a version, or whatever an earlier operation made."""

    rev: int | None = None
    op: UUID | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that somebody did on a tablet."""

    type: str
    entity: UUID
    at: datetime
    body: Mapping[str, Any]
    grant: str = field(default="", repr=False)
    locked: bool = False
    base: Base | None = None
    after: tuple[UUID, ...] = ()

    @property
    def rests_on(self) -> tuple[UUID, ...]:
        """The operations that must have been settled before this one."""
        own = (self.base.op,) if self.base and self.base.op else ()
        return tuple(dict.fromkeys((*self.after, *own)))


def info(device: UUID, op: UUID, key_id: int) -> bytes:
    """Return what a seal is bound to, so that it opens as that operation of that tablet alone."""
    return f"outreach-sync/1|{device}|{op}|{key_id}".encode()


def padded(content: Mapping[str, Any]) -> bytes:
    """Return the content as a tablet seals it: JSON, with spaces to a multiple of 1 024 bytes."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return written + b" " * (-len(written) % PADDED_TO)


def plain(sealed: bytes) -> object:
    """Return the JSON that was sealed. Raises Unreadable, also for what no tablet of ours writes.

    What is kept is shown to people, and sent to tablets: a number without an end, half a sign or
    a list without a bottom would stop whoever reads it.
    """
    try:
        content = json.loads(sealed, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    if _depth(content) > _DEEPEST:
        raise Unreadable
    return content


def _no_number(said: str) -> object:
    raise ValueError(said)


def _depth(content: object) -> int:
    """Return how many levels are one inside another, but never more than one too many."""
    level, depth = [content], 0
    while depth <= _DEEPEST and (inside := [each for each in level if _parts(each)]):
        level, depth = [part for each in inside for part in _parts(each)], depth + 1
    return depth


def _parts(content: object) -> list[object]:
    if isinstance(content, dict):
        return list(content.values())
    return content if isinstance(content, list) else []


def grant_of(content: object) -> str | None:
    """Return the grant that an operation of any version carries, None where there is none."""
    said = content.get("grant") if isinstance(content, Mapping) else None
    return said if isinstance(said, str) and said.isascii() else None


def without_grant(content: object) -> object:
    """Return the content without its author's grant, which nobody needs to keep."""
    if isinstance(content, Mapping):
        return {name: value for name, value in content.items() if name != "grant"}
    return content


def operation(content: object) -> Operation:
    """Return the operation that was sealed, as any version said it.

    Raises VersionUnknown, and Unreadable with every fault at once.
    """
    if not isinstance(content, Mapping):
        raise Unreadable(faults=[Fault("", N_("Det här ska vara ett objekt."))])
    version = content.get("v")
    reader = _READERS.get(version) if isinstance(version, int) else None
    if reader is None:
        raise VersionUnknown
    return reader(content)


class _Reading:
    """Reads one content, and gathers what is wrong with it."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.faults = [
            Fault(f"/{name}", N_("Det fältet finns inte här."))
            for name in content
            if name not in _NAMES
        ]

    def fault(self, pointer: str, detail: str) -> None:
        self.faults.append(Fault(pointer, detail))

    def id(self, value: object, pointer: str) -> UUID:
        try:
            return UUID(value) if isinstance(value, str) else self._no_id(pointer)
        except ValueError:
            return self._no_id(pointer)

    def _no_id(self, pointer: str) -> UUID:
        self.fault(pointer, N_("Det är inget giltigt id (UUID)."))
        return UUID(int=0)

    def instant(self, name: str) -> datetime:
        value = self.content.get(name)
        try:
            at = datetime.fromisoformat(value if isinstance(value, str) else "")
            if at.tzinfo is not None:
                return at.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.fault(f"/{name}", N_("Skriv datum och tid som 2026-01-15T10:30:00+01:00."))
        return datetime.min.replace(tzinfo=UTC)

    def kind(self) -> str:
        value = self.content.get("type")
        if not isinstance(value, str) or value not in TYPES:
            self.fault("/type", N_("Ett sådant slags ändring finns inte."))
        return str(value)

    def flag(self, name: str) -> bool:
        value = self.content.get(name, False)
        if not isinstance(value, bool):
            self.fault(f"/{name}", N_("Svara ja eller nej (true eller false)."))
        return value is True

    def mapping(self, name: str) -> Mapping[str, Any]:
        value = self.content.get(name)
        if not isinstance(value, Mapping):
            self.fault(f"/{name}", N_("Det här ska vara ett objekt."))
            return {}
        return value

    def base(self, kind: str) -> Base | None:
        value = self.content.get("base")
        if value is None:
            if kind in CHANGING:
                self.fault("/base", N_("Ändringen säger inte vilken version den gäller"))
            return None
        if isinstance(value, Mapping) and set(value) == {"rev"}:
            rev = value["rev"]
            if isinstance(rev, int) and not isinstance(rev, bool) and 0 < rev <= _MOST_VERSION:
                return Base(rev=rev)
        if isinstance(value, Mapping) and set(value) == {"op"}:
            return Base(op=self.id(value["op"], "/base/op"))
        self.fault("/base", N_("Det är ingen giltig version."))
        return None

    def after(self) -> tuple[UUID, ...]:
        value = self.content.get("after", [])
        if not isinstance(value, list) or len(value) > _MOST_AFTER:
            self.fault("/after", N_("Det här ska vara en lista."))
            return ()
        return tuple(self.id(each, f"/after/{place}") for place, each in enumerate(value))


def _first_version(content: Mapping[str, Any]) -> Operation:
    reading = _Reading(content)
    kind = reading.kind()
    read = Operation(
        type=kind,
        entity=reading.id(content.get("entity"), "/entity"),
        at=reading.instant("at"),
        body=reading.mapping("body"),
        grant=grant_of(content) or "",
        locked=reading.flag("locked"),
        base=reading.base(kind),
        after=reading.after(),
    )
    if reading.faults:
        raise Unreadable(faults=reading.faults)
    return read


# How each version that was ever sent is read.
_READERS = {1: _first_version}
