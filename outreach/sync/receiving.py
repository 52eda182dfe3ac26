"""One operation, one transaction: received once, at its place, and never lost."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from outreach.devices import grants
from outreach.devices.grants import Grant
from outreach.devices.service import Tablet
from outreach.foundation import clock, exchange
from outreach.foundation.actor import Actor
from outreach.foundation.errors import Fault, RuleBroken
from outreach.foundation.keyring import SealBrokenError
from outreach.foundation.transaction import transaction
from outreach.sites import service as sites
from outreach.sync import applying, bounds, clocks, envelope, keeping, positions, reasons, settling
from outreach.sync.applying import Task
from outreach.sync.clocks import Capture
from outreach.sync.envelope import Operation
from outreach.sync.keeping import Content, Kept
from outreach.sync.positions import Item, Known, Line
from outreach.sync.settling import Outcome


@dataclass(frozen=True, slots=True)
class Result:
    """What a tablet is told of one item: all of them mean that it is durably received."""

    seq: int
    op_id: UUID | None
    code: str
    sha256: bytes
    server_seq: int | None = None
    entity_rev: int | None = None
    reason: str | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class Sending:
    """What all the items of one sending have in common; keys and grants are asked for once."""

    tablet: Tablet
    line: Line
    batch: UUID
    client_now: datetime
    carrier: UUID | None
    opener: exchange.Opener = field(default_factory=exchange.Opener)
    grants: dict[str, Grant | None] = field(default_factory=dict)

    def grant(self, said: str | None) -> Grant | None:
        """Return whose a grant is, None when nobody issued it."""
        if said is None:
            return None
        if said not in self.grants:
            self.grants[said] = grants.author_of(said, device=self.tablet.id)
        return self.grants[said]


@dataclass(frozen=True, slots=True)
class Opened:
    """An operation as it could be read; `outcome` is there when it need not even be tried."""

    content: Content
    outcome: Outcome | None = None
    operation: Operation | None = None
    capture: Capture | None = None
    author_id: UUID | None = None
    author: Actor | None = None


def receive(item: Item, sending: Sending) -> Result:
    """Receive one item, and do what it says when that can be done; return what became of it.

    When this returns it is on disk. The same item again changes nothing and is answered as the
    first was, as `duplicate`. Raises Gap and EpochConflict, and what passes by itself.
    """
    opened = _opened(item, sending) if item.op_id is not None else Opened(Content(None))
    with transaction():
        claim = positions.claim(sending.line, item, batch=sending.batch, carrier=sending.carrier)
        if not claim.is_next:
            return _again(item, opened, positions.standing_at(sending.line, item), sending)
        if item.op_id is None:
            bounds.require_room_for_losses(sending.tablet)
            positions.lose(sending.line, item.seq, "lost")
            return Result(item.seq, None, "gone", item.sha256)
        if claim.server_seq is None:
            return _again(item, opened, positions.known(item.op_id), sending)
        outcome = opened.outcome or _tried(item.op_id, opened, sending)
        if not outcome.is_settled:
            _keep(item.op_id, _kind(outcome), outcome, opened, sending.tablet)
        elif outcome.reason == reasons.KeyDestroyed.slug:
            positions.lose(sending.line, item.seq, "key_destroyed")
        settling.settle(
            item.op_id,
            outcome,
            operation=opened.operation,
            author=opened.author_id,
            capture=opened.capture,
        )
    return _result(item, outcome, claim.server_seq)


def _result(item: Item, outcome: Outcome, server_seq: int) -> Result:
    return Result(
        seq=item.seq,
        op_id=item.op_id,
        code=outcome.code,
        sha256=item.sha256,
        server_seq=server_seq,
        entity_rev=outcome.rev,
        reason=outcome.reason,
        faults=outcome.faults,
    )


def _opened(item: Item, sending: Sending) -> Opened:
    """Return what an item says, and what keeps it from being tried."""
    op_id, tablet = item.op_id or UUID(int=0), sending.tablet
    if len(item.sealed) > envelope.LONGEST_SEALED:
        return Opened(Content(None), Outcome("needs_review", reasons.SealBroken.slug))
    unopened = Content(None, unopened=base64.b64encode(item.sealed).decode())
    try:
        info = envelope.info(tablet.id, op_id, item.key_id)
        sealed = sending.opener.open(item.sealed, key_id=item.key_id, info=info)
    except exchange.KeyDestroyedError:
        return Opened(unopened, Outcome("needs_review", reasons.KeyDestroyed.slug))
    except SealBrokenError:
        return Opened(unopened, Outcome("needs_review", reasons.SealBroken.slug))
    if hashlib.sha256(item.sealed).digest() != item.sha256:
        return Opened(unopened, Outcome("needs_review", reasons.SealBroken.slug))
    try:
        said = envelope.plain(sealed)
    except RuleBroken as error:
        return Opened(unopened, Outcome("needs_review", error.slug))
    return _judged(said, sending)


def _judged(said: object, sending: Sending) -> Opened:
    """Return the operation with its author, both as they are worth by now."""
    grant = sending.grant(envelope.grant_of(said))
    operation, capture, outcome = None, None, _author_outcome(grant)
    try:
        operation = envelope.operation(said)
    except RuleBroken as error:
        outcome = Outcome("needs_review", error.slug, faults=error.faults)
    else:
        capture = clocks.captured(
            operation.at, client_now=sending.client_now, server_now=clock.now()
        )
        if outcome is None and grant and grant.author:
            missing = settling.role_missing(operation, grant.author)
            outcome = Outcome("needs_review", reasons.AuthorRole.slug) if missing else None
    if sending.tablet.revoked:
        outcome = Outcome("needs_review", reasons.FromRevoked.slug)
    return Opened(
        content=_content(said, capture),
        outcome=outcome,
        operation=operation,
        capture=capture,
        author_id=grant.user_id if grant and not grant.other_device else None,
        author=grant.author if grant and outcome is None else None,
    )


def _author_outcome(grant: Grant | None) -> Outcome | None:
    """Return what keeps an operation from being done as its author's, None when nothing does."""
    if grant is None or grant.other_device:
        return Outcome("needs_review", reasons.AuthorUnknown.slug)
    if grant.author is None:
        return Outcome("needs_review", reasons.AuthorClosed.slug)
    if grant.revoked:
        return Outcome("needs_review", reasons.AuthorRevoked.slug)
    return Outcome("needs_review", reasons.AuthorExpired.slug) if grant.expired else None


def _content(said: object, capture: Capture | None) -> Content:
    kept = envelope.without_grant(said)
    if capture is None:
        return Content(kept)
    return Content(
        kept,
        moved_seconds=capture.moved.total_seconds(),
        skew_seconds=capture.skew_seconds,
        clock_wrong=capture.clock_wrong,
    )


def _tried(op_id: UUID, opened: Opened, sending: Sending) -> Outcome:
    """Do the operation, unless it rests on one that is not settled yet."""
    operation, author, capture = opened.operation, opened.author, opened.capture
    if operation is None or author is None or capture is None:
        message = "an operation without an outcome has been read whole"
        raise AssertionError(message)
    ground = settling.ground_of(operation)
    if op_id in operation.rests_on or not ground.is_settled:
        return Outcome("held", reasons.Waits.slug)
    return settling.attempt(Task(operation, author, sending.tablet.id, capture, ground.base))


def _kind(outcome: Outcome) -> str:
    return "quarantine" if outcome.reason == reasons.FromRevoked.slug else outcome.code


def _is_strange(opened: Opened, tablet: Tablet) -> bool:
    """Tell whether whoever has taken the tablet may have written it."""
    return opened.author_id is None or tablet.revoked


def _keep(
    op_id: UUID,
    kind: str,
    outcome: Outcome,
    opened: Opened,
    tablet: Tablet,
    *,
    id: UUID | None = None,
) -> None:
    operation, capture = opened.operation, opened.capture
    strange = _is_strange(opened, tablet)
    if strange:
        bounds.require_room(tablet, signed=opened.author_id is not None)
    keeping.keep(
        Kept(
            op_id=op_id,
            device_id=tablet.id,
            kind=kind,
            reason=outcome.reason or kind,
            # What a stranger says does not choose who has to look at it.
            site=(None if strange else _site(opened)) or tablet.site,
            type=operation.type if operation else None,
            author_id=opened.author_id,
            entity_id=operation.entity if operation else None,
            captured_at=capture.at if capture else None,
        ),
        replace(opened.content, faults=outcome.faults),
        id=id,
    )


def _site(opened: Opened) -> str | None:
    """Return the place of what it is about, else the one that it says; None when it has none."""
    about = applying.site_of(opened.operation) if opened.operation else None
    said = (opened.content.body or {}).get("site")
    if about is None and any(
        said == site.code for site in sites.remembered_code_lists().all("site")
    ):
        return str(said)
    return about


def _again(item: Item, opened: Opened, known: Known, sending: Sending) -> Result:
    """Return the first result, for the same item; keep another content under a known id."""
    if item.op_id is None:
        return Result(item.seq, None, "duplicate", item.sha256)
    same = known.device_id == sending.line.device and known.sealed_sha256 == item.sha256
    if not same:
        outcome = Outcome("needs_review", reasons.OtherContent.slug)
        kept = uuid5(item.op_id, f"{sending.line.device} {item.sha256.hex()}")
        _keep(item.op_id, "id_reuse", outcome, opened, sending.tablet, id=kept)
        return Result(
            item.seq, item.op_id, "id_reuse", item.sha256, reason=reasons.OtherContent.slug
        )
    open_reason = known.reason if known.settled_at is None else None
    return Result(
        seq=item.seq,
        op_id=item.op_id,
        code="duplicate",
        sha256=item.sha256,
        server_seq=known.server_seq,
        entity_rev=known.entity_rev,
        reason=open_reason,
    )


def items_of(given: list[Mapping[str, Any]]) -> list[Item]:
    """Return the items of a sending as its schema read them."""
    return [
        Item(each["seq"], each["op_id"])
        if each["lost"]
        else Item(each["seq"], each["op_id"], each["key_id"], each["sealed"], each["sealed_sha256"])
        for each in given
    ]
