"""The use case of a tablet that hands in: one sending, each operation a transaction by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from outreach.audit import trail
from outreach.contacts import blocks
from outreach.devices import service as devices
from outreach.devices.service import Tablet
from outreach.foundation import clock, exchange
from outreach.foundation.actor import Actor, system
from outreach.foundation.errors import N_, Fault, TooLarge
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.sync import positions, receiving
from outreach.sync.positions import Item, Line
from outreach.sync.receiving import Sending
from outreach.sync.schemas import MOST_OPERATIONS, SyncSendingSchema

_SENDING = SyncSendingSchema()

Row = dict[str, Any]


def receive(*, tablet: Tablet, carrier: Actor | None, given: object) -> Row:
    """Receive what a tablet hands in; return what became of each operation (`SyncReceiptSchema`).

    `carrier` is whoever is signed in where it comes from; the authors are told by what is sealed.
    Each operation is on disk before it is answered for. The same sending again changes nothing.
    Raises RuleBroken and TooLarge; Gap and EpochConflict, when nothing after what has come before
    can be received; TooMuchToReview, when nobody has looked at what came from it before.
    """
    said, items = _read(given)
    line = Line(tablet.id, said["epoch"])
    _listen(tablet, carrier, said, line, items)
    sending = Sending(
        tablet=tablet,
        line=line,
        batch=said["batch_id"],
        client_now=said["client_now"],
        carrier=carrier.id if carrier else None,
    )
    results = [receiving.receive(item, sending) for item in items]
    with transaction():
        return {
            "proto": 1,
            "batch_id": said["batch_id"],
            "server_generation": devices.server_generation(),
            "server_now": clock.now(),
            "last_seq": positions.last_seq(line),
            "key": devices.key_told(exchange.newest()),
            "codes": _codes(tablet),
            "results": results,
            "revoked": tablet.revoked,
            "wiped": not items and _may_be_wiped(tablet, line, said),
        }


def _may_be_wiped(tablet: Tablet, line: Line, said: Row) -> bool:
    """Tell whether a revoked tablet that asks for it may forget all: this database has it all.

    Only what asks: between a count and its answer something could be saved. A database that was
    restored meanwhile may have lost what the tablet still keeps.
    """
    asked = said["wipe"]
    if not tablet.revoked or asked is None or said["pending_count"]:
        return False
    same = asked["server_generation"] == devices.server_generation()
    return bool(same and asked["last_seq"] == positions.last_seq(line))


def _read(given: object) -> tuple[Row, list[Item]]:
    ops = given.get("ops") if isinstance(given, Mapping) else None
    if isinstance(ops, list) and len(ops) > MOST_OPERATIONS:
        raise TooLarge
    said = read(_SENDING, given, _item_faults)
    return said, receiving.items_of(said["ops"])


def _item_faults(said: Mapping[str, Any]) -> Iterator[Fault]:
    """What is not lost is there whole, and what is lost has no id."""
    for place, item in enumerate(said.get("ops") or []):
        if not isinstance(item, Mapping):
            continue
        lost, op_id = item.get("lost", False), item.get("op_id")
        if (op_id is None) != bool(lost):
            yield Fault(f"/ops/{place}/op_id", N_("Antingen ett id, eller lost: true."))
        if lost:
            continue
        for name in ("key_id", "sealed", "sealed_sha256"):
            if item.get(name) is None:
                yield Fault(f"/ops/{place}/{name}", N_("Fyll i det här."))


def _listen(
    tablet: Tablet, carrier: Actor | None, said: Row, line: Line, items: list[Item]
) -> None:
    """Keep what the tablet tells of itself, also when its numbers are refused."""
    with transaction():
        heard = positions.listen(line, items, pending=said["pending_count"])
        if heard.begins_anew:
            # What the storage before had handed out it may have had no time to tell.
            blocks.give_up(by=system("sync"), device=tablet.id)
        refusal = heard.refusal
        left = max(0, said["pending_count"] - (0 if refusal else len(items)))
        devices.heard(
            tablet.id,
            app_version=said["app_version"],
            pending_count=left,
            oldest_pending_at=_oldest(said) if left else None,
            storage_persisted=said["storage_persisted"],
        )
        if carrier is not None and items and refusal is None:
            told: dict[str, Any] = {"device": str(tablet.id), "operations": len(items)}
            trail.record(by=carrier, action="carry", kind="sync", id=said["batch_id"], **told)
    if refusal is not None:
        raise refusal


def _oldest(said: Row) -> datetime | None:
    seconds = said["oldest_pending_s"]
    if seconds is None:
        return None
    # The clock of a tablet may be decades wrong, and its ages with it.
    return clock.now() - timedelta(seconds=min(seconds, timedelta(days=3650).total_seconds()))


def _codes(tablet: Tablet) -> list[str]:
    return [] if tablet.revoked else blocks.block_of(by=system("sync"), device=tablet.id)
