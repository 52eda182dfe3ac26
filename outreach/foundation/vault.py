"""The vault: what opens people and finds them, in a database apart from what it opens.

Every person has a data key; it is kept wrapped by the key ring, whose keys lie in files. Whatever
tells who somebody is lies in the product's database, sealed by that person's key. To erase a
person is to destroy the key and to note the id in the ledger: what is sealed then stays closed,
here and in every backup of the product's database.

The vault's writes are committed by themselves, before the product's: a key without a person
harms nobody and is swept; a person without a key would be lost.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.dialects.postgresql import insert

from outreach.foundation import clock, keyring
from outreach.foundation.arrays import as_arrays, unnested
from outreach.foundation.database import NAMING, Instant, ask_after_rest
from outreach.foundation.keyring import SealBrokenError

METADATA = sa.MetaData(naming_convention=NAMING)

DATA_KEY = sa.Table(
    "data_key",
    METADATA,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    # The number of the ring's key that wraps it.
    sa.Column("ring", sa.SmallInteger, nullable=False, index=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    # When it was made, or last wanted for somebody who is about to be registered.
    sa.Column("made_at", Instant, nullable=False),
)
BLIND_INDEX = sa.Table(
    "blind_index",
    METADATA,
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("data_key.person_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    # Holds all that is asked: two thousand of one name are read from a few pages.
    sa.Index(None, "digest", "person_id"),
)
ERASURE = sa.Table(
    "erasure",
    METADATA,
    sa.Column("person_id", sa.Uuid, primary_key=True),
    sa.Column("erased_at", Instant, nullable=False),
)
# The key pairs that tablets seal to (`exchange.py`); a destroyed one has no private half any more.
TABLET_KEY = sa.Table(
    "tablet_key",
    METADATA,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("public", sa.LargeBinary, nullable=False),
    sa.Column("ring", sa.SmallInteger, nullable=False),
    sa.Column("wrapped", sa.LargeBinary),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("destroyed_at", Instant),
    sa.CheckConstraint("(wrapped IS NULL) = (destroyed_at IS NOT NULL)", name="destroyed_whole"),
)
# One key for each operation of a tablet that a person must look at.
PAYLOAD_KEY = sa.Table(
    "payload_key",
    METADATA,
    sa.Column("payload_id", sa.Uuid, primary_key=True),
    sa.Column("ring", sa.SmallInteger, nullable=False, index=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
)

_AMONG = sa.any_(sa.bindparam("people", type_=sa.ARRAY(sa.Uuid)))
_KEYS = sa.select(DATA_KEY).where(DATA_KEY.c.person_id == _AMONG)
_ERASED = sa.select(ERASURE.c.person_id).where(ERASURE.c.person_id == _AMONG)

_FORM = b"\x01"
_KEY_BYTES = 32
# A key that no person has after so long belongs to a use case that failed half way.
_ORPHANED_AFTER = timedelta(days=1)
# Registrations fail one by one. More keys that are nobody's, or half of all there are, are rather
# those of a database that was emptied, restored or mistaken for another.
_FEW_ORPHANS = 5
_BATCH = 1000

_KEY_COLUMNS = {name: column.type for name, column in DATA_KEY.c.items()}
_made = insert(DATA_KEY).from_select([*_KEY_COLUMNS], sa.select(unnested(_KEY_COLUMNS)))
_MADE_OR_WANTED = _made.on_conflict_do_update(
    index_elements=["person_id"],
    set_={"made_at": _made.excluded.made_at},
    # A repeat within the day writes nothing: nobody sweeps it meanwhile.
    where=DATA_KEY.c.made_at < _made.excluded.made_at - _ORPHANED_AFTER / 2,
)

_INDEX_COLUMNS = {name: column.type for name, column in BLIND_INDEX.c.items()}
_INDEXED = (
    insert(BLIND_INDEX)
    .from_select([*_INDEX_COLUMNS], sa.select(unnested(_INDEX_COLUMNS)))
    .on_conflict_do_nothing()
)


class ErasedError(LookupError):
    """The person was erased: there is no key, and there will be none."""


class TooManyOrphansError(RuntimeError):
    """So many keys look like nobody's that it is rather the database that is wrong."""

    def __init__(self, orphans: int, keys: int) -> None:
        super().__init__(f"{orphans} of {keys} keys are nobody's: none was destroyed")
        self.orphans, self.keys = orphans, keys


@dataclass(frozen=True, slots=True, repr=False)
class DataKey:
    """One person's key. What it sealed opens for that person and that kind of content alone."""

    person: UUID
    key: bytes

    def seal(self, kind: str, content: object) -> bytes:
        """Return the content (anything JSON can say), readable with this key alone."""
        said = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        # Half of a sign, as a cut emoji leaves it, is kept as it came; json.loads takes it back so.
        written = said.encode(errors="surrogatepass")
        return _FORM + keyring.sealed(
            written, key=self._part("sealing"), about=self._bound_to(kind)
        )

    def open(self, kind: str, sealed: bytes) -> Any:
        """Return what was sealed. Raises SealBrokenError."""
        if sealed[: len(_FORM)] != _FORM:
            raise SealBrokenError(kind)
        return json.loads(
            keyring.opened(
                sealed[len(_FORM) :], key=self._part("sealing"), about=self._bound_to(kind)
            )
        )

    def digest(self, content: bytes) -> bytes:
        """Return what tells a repeat from another content, and nothing else without this key."""
        return hmac.digest(self._part("sameness"), content, hashlib.sha256)

    def _part(self, purpose: str) -> bytes:
        """One key, one purpose."""
        return hmac.digest(self.key, purpose.encode(), hashlib.sha256)

    def _bound_to(self, kind: str) -> bytes:
        return self.person.bytes + kind.encode()


def make_keys(people: Collection[UUID]) -> dict[UUID, DataKey]:
    """Return the key of each person, made now for those who had none. A repeat makes nothing.

    Who asks is about to register the people: an old key that was nobody's is not swept from under
    them. Raises ErasedError when one of the ids was erased: it is never anybody's again.
    """
    if not people:
        return {}
    ring = keyring.ring()
    now = clock.now()
    rows = [
        {
            "person_id": person,
            "ring": ring.newest,
            "wrapped": wrap(ring, ring.newest, DataKey(person, os.urandom(_KEY_BYTES))),
            "made_at": now,
        }
        for person in people
    ]
    with _engine().begin() as vault:
        if vault.execute(_ERASED, {"people": list(people)}).first() is not None:
            raise ErasedError
        vault.execute(_MADE_OR_WANTED, as_arrays(rows, _KEY_COLUMNS))
        return _unwrapped(vault, people)


def keys_of(people: Collection[UUID]) -> dict[UUID, DataKey]:
    """Return the keys of those people who have one; who was erased is missing."""
    if not people:
        return {}
    with reading() as vault:
        return _unwrapped(vault, people)


def key_of(person: UUID) -> DataKey:
    """Return a person's key. Raises ErasedError when there is none."""
    found = keys_of([person])
    if person not in found:
        raise ErasedError
    return found[person]


def add_to_index(entries: Mapping[UUID, Iterable[bytes]]) -> None:
    """Let each person be found by the digests besides those there were. A repeat adds nothing."""
    rows = [
        {"person_id": person, "digest": digest}
        for person, digests in entries.items()
        for digest in digests
    ]
    if rows:
        with _engine().begin() as vault:
            vault.execute(_INDEXED, as_arrays(rows, _INDEX_COLUMNS))


def keep_in_index(person: UUID, digests: Collection[bytes]) -> None:
    """Let the person be found by these digests and no others of those there were."""
    others = sa.delete(BLIND_INDEX).where(
        BLIND_INDEX.c.person_id == person, BLIND_INDEX.c.digest.not_in(digests)
    )
    with _engine().begin() as vault:
        vault.execute(others)


def found_by(*readings: Collection[bytes], limit: int) -> list[UUID]:
    """Return people who are found by every digest of any one of the readings, at most so many."""
    wanted = [_found_by_all(set(digests)) for digests in readings]
    if not wanted:
        return []
    one_or_other = wanted[0] if len(wanted) == 1 else sa.union(*wanted)
    with reading() as vault:
        return list(vault.scalars(one_or_other.limit(limit)))


def _found_by_all(digests: set[bytes]) -> sa.Select[tuple[UUID]]:
    found = sa.select(BLIND_INDEX.c.person_id)
    if len(digests) == 1:
        # Nothing to count, so that the limit ends the search.
        return found.where(BLIND_INDEX.c.digest == digests.pop())
    counted = found.where(BLIND_INDEX.c.digest.in_(digests)).group_by(BLIND_INDEX.c.person_id)
    return counted.having(sa.func.count() == len(digests))


def sharing(people: Collection[UUID], digests: Collection[bytes]) -> dict[bytes, set[UUID]]:
    """Return who, of everybody but `people`, is found by which of the digests."""
    wanted = sa.select(BLIND_INDEX.c.digest, BLIND_INDEX.c.person_id).where(
        BLIND_INDEX.c.digest.in_(digests), BLIND_INDEX.c.person_id.not_in(people)
    )
    found: dict[bytes, set[UUID]] = {}
    with reading() as vault:
        for digest, person in vault.execute(wanted):
            found.setdefault(bytes(digest), set()).add(person)
    return found


def erase(people: Collection[UUID]) -> None:
    """Destroy the keys of people for good, and note their ids in the ledger. A repeat adds nothing.

    It is done when this returns, whatever becomes of the transaction around it.
    """
    if not people:
        return
    now = clock.now()
    rows = [{"person_id": person, "erased_at": now} for person in people]
    with _engine().begin() as vault:
        vault.execute(insert(ERASURE).on_conflict_do_nothing(), rows)
        vault.execute(sa.delete(DATA_KEY).where(DATA_KEY.c.person_id.in_(people)))


def is_erased(people: Collection[UUID]) -> set[UUID]:
    """Return which of the people are in the ledger."""
    with reading() as vault:
        return set(vault.scalars(_ERASED, {"people": list(people)}))


def sweep(known: Callable[[list[UUID]], set[UUID]], *, agreed: int = 0) -> int:
    """Destroy the keys that are a day old and nobody's; return how many they were.

    `known` is given ids and returns those of them that are somebody's. All are counted before the
    first is destroyed: raises TooManyOrphansError, with every key left, when they are more than
    five, or half of all keys or more, unless somebody has `agreed` to so many.
    """
    old = DATA_KEY.c.made_at < clock.now() - _ORPHANED_AFTER
    orphans = _orphans(known, old)
    keys = _many_keys()
    are_few = len(orphans) <= _FEW_ORPHANS and 2 * len(orphans) < keys
    if orphans and not are_few and len(orphans) > agreed:
        raise TooManyOrphansError(len(orphans), keys)
    swept = 0
    for place in range(0, len(orphans), _BATCH):
        few = orphans[place : place + _BATCH]
        # Judged again: somebody may be about to be registered under the id after all.
        gone = sa.delete(DATA_KEY).where(DATA_KEY.c.person_id.in_(few), old)
        with _engine().begin() as vault:
            swept += vault.execute(gone).rowcount
    return swept


def _many_keys() -> int:
    with reading() as vault:
        return vault.scalar(sa.select(sa.func.count()).select_from(DATA_KEY)) or 0


def _orphans(known: Callable[[list[UUID]], set[UUID]], old: sa.ColumnElement[bool]) -> list[UUID]:
    found: list[UUID] = []
    after = UUID(int=0)
    while True:
        page = sa.select(DATA_KEY.c.person_id).where(old, DATA_KEY.c.person_id > after)
        with reading() as vault:
            people = list(vault.scalars(page.order_by(DATA_KEY.c.person_id).limit(_BATCH)))
        if not people:
            return found
        somebodys = known(people)
        found.extend(person for person in people if person not in somebodys)
        after = people[-1]


def _unwrapped(vault: sa.Connection, people: Collection[UUID]) -> dict[UUID, DataKey]:
    rows = vault.execute(_KEYS, {"people": list(people)}).all()
    # Asked for after the rows: what wrapped the newest of them is there by now.
    ring = keyring.ring()
    return {row.person_id: unwrap(ring, row) for row in rows}


def wrap(ring: keyring.Ring, number: int, key: DataKey) -> bytes:
    """Return a person's key as the vault keeps it."""
    return keyring.sealed(key.key, key=ring.key(number), about=_wrapping(key.person, number))


def unwrap(ring: keyring.Ring, row: Any) -> DataKey:
    """Return the key of a row of the vault. Raises RingKeyMissingError, SealBrokenError."""
    about = _wrapping(row.person_id, row.ring)
    return DataKey(row.person_id, keyring.opened(row.wrapped, key=ring.key(row.ring), about=about))


def _wrapping(person: UUID, number: int) -> bytes:
    return b"data key\0" + person.bytes + number.to_bytes(2)


def reading() -> sa.Connection:
    """Return a connection to the vault for single reading statements, each whole by itself."""
    engine: sa.Engine = current_app.extensions["outreach.vault.reading"]
    return engine.connect()


def writing() -> AbstractContextManager[sa.Connection]:
    """Return a transaction of the vault's own, committed when its block ends well."""
    return _engine().begin()


def _engine() -> sa.Engine:
    engine: sa.Engine = current_app.extensions["outreach.vault"]
    return engine


def init_app(app: Flask) -> None:
    """Give the application its connections to the vault."""
    options = {
        name: value
        for name, value in app.config["SQLALCHEMY_ENGINE_OPTIONS"].items()
        if name != "url"
    }
    engine = sa.create_engine(app.config["VAULT_URL"], **options)
    ask_after_rest(engine)
    app.extensions["outreach.vault"] = engine
    # A single reading statement is whole by itself: BEGIN and ROLLBACK would be two waits more.
    app.extensions["outreach.vault.reading"] = engine.execution_options(
        isolation_level="AUTOCOMMIT"
    )
