"""The upkeep of people's keys: wrapped anew by a new key of the ring, swept when nobody's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
import structlog

from outreach.accounts.permissions import require_role
from outreach.audit import trail
from outreach.foundation import keyring, rewrapping, vault
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.participants.models import Participant

log = structlog.get_logger(__name__)

# Told how many keys are wrapped anew, and of how many.
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of a rotation; keys of the ring are told by their numbers."""

    # Which key wraps everybody's now, and whether it was there already: somebody began before.
    ring: int
    resumed: bool
    rewrapped: int
    # Keys of the ring that wrap nobody's key any more.
    unused: tuple[int, ...]


def rotate(*, by: Actor, progress: Progress) -> Rotation:
    """Let a new key of the ring wrap all that one wraps; return what was done.

    That is every person's key, every private half that tablets seal to, and the keys of what waits
    for somebody to look at it. Everybody can be read all the while. Stopped at any point, what is
    done is kept: the next call goes on with the same new key while there is a key that another one
    wraps, and makes a key of its own only when there is none. Raises RingKeyMissingError before
    anything is done when the file of a key that is in use is not there.
    """
    require_role(by, "system")
    ring = keyring.ring()
    for number in rewrapping.rings():
        ring.key(number)
    number, resumed = _newest(ring)
    with transaction():
        _record(by, number, phase="begin", resumed=resumed)
    rewrapped, waiting = 0, rewrapping.behind()
    progress(rewrapped, waiting)
    while many := rewrapping.rewrap():
        rewrapped += many
        progress(rewrapped, max(waiting, rewrapped))
    unused = sorted(keyring.ring().keys.keys() - rewrapping.rings().keys() - {number})
    with transaction():
        _record(by, number, phase="end", rewrapped=rewrapped)
    return Rotation(number, resumed, rewrapped, tuple(unused))


def _newest(ring: keyring.Ring) -> tuple[int, bool]:
    """Return the number of the key that is to wrap all, and whether it was there already."""
    if rewrapping.behind():
        return ring.newest, True
    try:
        return keyring.add_to_ring(), False
    except FileExistsError:
        # Somebody else began at this very moment; both work at it.
        return keyring.ring().newest, True


def _record(by: Actor, number: int, **details: object) -> None:
    trail.record(by=by, action="rotate", kind="key_ring", id=number, **details)


def sweep(*, by: Actor, agreed: int = 0) -> int:
    """Destroy the keys that have been nobody's for a day; return how many they were.

    Such a key is left where a registration failed half way. A repeat finds nothing. Raises
    TooManyOrphansError, and destroys none, when they are so many that the database is rather not
    the one that the keys belong to; up to `agreed` somebody has looked, and said yes.
    """
    require_role(by, "system")
    with transaction(by=by):
        try:
            swept = vault.sweep(_somebodys, agreed=agreed)
        except vault.TooManyOrphansError as error:
            log.critical("key_sweep_refused", orphans=error.orphans, keys=error.keys)
            raise
        if swept:
            trail.record(by=by, action="sweep", kind="data_key", keys=swept)
        return swept


def _somebodys(ids: list[UUID]) -> set[UUID]:
    there = Participant.id == sa.any_(sa.literal(ids, sa.ARRAY(sa.Uuid)))
    return set(db.session.scalars(sa.select(Participant.id).where(there)))
