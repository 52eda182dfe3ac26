"""A tablet without a screen: it seals what is done on it, numbers it and hands it in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask

from outreach.accounts import passwords
from outreach.accounts.models import User
from outreach.devices.models import AuthorGrant
from outreach.foundation import clock, exchange
from outreach.foundation.database import db
from outreach.foundation.exchange import PublicKey
from outreach.foundation.transaction import transaction
from outreach.sync import envelope
from tests.builders import a_contact, a_tablet, uuid7
from tests.waiting import until

# Sends JSON to an address below /api/v1 with the tablet's token; returns status and answer.
Post = Callable[[str, Any, dict[str, str]], tuple[int, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Queued:
    """One item of the outbox, at its place in the line."""

    seq: int
    op_id: UUID
    key_id: int
    sealed: bytes
    entity: UUID

    def written(self) -> dict[str, Any]:
        """Return the item as it is sent."""
        return {
            "seq": self.seq,
            "op_id": str(self.op_id),
            "key_id": self.key_id,
            "sealed": base64.urlsafe_b64encode(self.sealed).decode().rstrip("="),
            "sealed_sha256": hashlib.sha256(self.sealed).hexdigest(),
        }


def a_grant(user: User | UUID, device: UUID, *, lasts: timedelta = timedelta(days=30)) -> str:
    """Return the right of one of the staff to hand in from a tablet."""
    secret = f"og_{uuid4().hex}"
    now = clock.now()
    with transaction() as session:
        session.add(
            AuthorGrant(
                id=uuid4(),
                digest=passwords.digest(secret),
                device_id=device,
                user_id=user if isinstance(user, UUID) else user.id,
                issued_at=now,
                expires_at=now + lasts,
            )
        )
    return secret


@dataclass(slots=True)
class SealedTablet:
    """What a tablet keeps, and what it does: `create` and all others queue, `sync` hands in.

    `clock_off` is how far its clock is ahead of ours.
    """

    device: UUID
    token: str
    key: PublicKey
    post: Post
    epoch: UUID = field(default_factory=uuid4)
    next_seq: int = 1
    outbox: list[Queued] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    clock_off: timedelta = timedelta()
    generation: int = 0

    def now(self) -> datetime:
        """Return what its clock shows."""
        return clock.now() + self.clock_off

    def queue(
        self, grant: str, type: str, entity: UUID | str | None = None, body: Any = None, **said: Any
    ) -> Queued:
        """Seal an operation and put it last in the line.

        What is said besides goes into the seal as it is: `at`, `locked`, `base`, `after`, `v`.
        """
        content = {
            "v": 1,
            "grant": grant,
            "type": type,
            "entity": str(entity or uuid7()),
            "at": self.now().isoformat(),
            "locked": False,
            "base": None,
            "after": [],
            "body": {} if body is None else body,
        } | said
        return self.put(envelope.padded(content), UUID(content["entity"]))

    def put(self, plain: bytes, entity: UUID | None = None, *, op_id: UUID | None = None) -> Queued:
        """Seal whatever it is and put it last in the line."""
        op = op_id or uuid7()
        info = envelope.info(self.device, op, self.key.id)
        sealed = exchange.sealed(plain, to=self.key, info=info)
        item = Queued(self.next_seq, op, self.key.id, sealed, entity or op)
        self.next_seq += 1
        self.outbox.append(item)
        return item

    def create(self, grant: str, *, sealed: dict[str, Any] | None = None, **said: Any) -> Queued:
        """Queue a contact (see `a_contact`)."""
        body = a_contact(**said)
        if self.clock_off and "occurred_at" not in said:
            body["occurred_at"] = self.now().isoformat()
        return self.queue(grant, "contact.create", body["id"], body, **(sealed or {}))

    def correct(self, grant: str, contact: Queued | UUID, base: Any, **said: Any) -> Queued:
        """Queue a correction; `base` is a version or the operation that it builds on."""
        return self.queue(grant, "contact.correct", _entity(contact), said, base=_base(base))

    def void(self, grant: str, contact: Queued | UUID, base: Any) -> Queued:
        """Queue that a contact does not count."""
        body = {"reason": "mistap"}
        return self.queue(grant, "contact.void", _entity(contact), body, base=_base(base))

    def request(self, items: Iterable[Queued | dict[str, Any]], **said: Any) -> dict[str, Any]:
        """Return what is posted to hand these items in."""
        ops = [each.written() if isinstance(each, Queued) else each for each in items]
        return {
            "proto": 1,
            "batch_id": str(uuid7()),
            "epoch": str(self.epoch),
            "app_version": "1.0.0",
            "client_now": self.now().isoformat(),
            "pending_count": len(self.outbox),
            "oldest_pending_s": 0,
            "storage_persisted": True,
            "ops": ops,
        } | said

    def send(
        self, items: Iterable[Queued | dict[str, Any]] | None = None, **said: Any
    ) -> tuple[int, dict[str, Any]]:
        """Hand items in, all of the outbox unless they are named; return status and answer."""
        chosen = self.outbox[:50] if items is None else items
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.post("sync", self.request(chosen, **said), headers)

    def sync(self) -> list[dict[str, Any]]:
        """Hand in all that is queued, settle what was received, and return the results.

        As every tablet it tries again as long as the server says that it has no time.
        """
        results: list[dict[str, Any]] = []
        while True:
            status, answer = until(self._sent)
            assert status == 200, answer
            received = {result["op_id"] for result in answer["results"]}
            self.outbox = [item for item in self.outbox if str(item.op_id) not in received]
            self.codes, self.generation = answer["codes"], answer["server_generation"]
            self.key = key_of(answer["key"])
            results += answer["results"]
            if not self.outbox:
                return results

    def _sent(self) -> tuple[int, dict[str, Any]] | None:
        status, answer = self.send()
        return None if status == 503 else (status, answer)

    def begin_anew(self) -> None:
        """Count anew from 1, as a storage that is another: what is queued gets new places."""
        self.epoch = uuid4()
        self.outbox = [
            Queued(place, each.op_id, each.key_id, each.sealed, each.entity)
            for place, each in enumerate(self.outbox, 1)
        ]
        self.next_seq = len(self.outbox) + 1


def _entity(contact: Queued | UUID) -> UUID:
    return contact.entity if isinstance(contact, Queued) else contact


def _base(base: Any) -> dict[str, Any]:
    return {"op": str(base.op_id)} if isinstance(base, Queued) else {"rev": base}


def key_of(told: dict[str, Any]) -> PublicKey:
    """Return the key that an answer tells."""
    public = told["public"]
    return PublicKey(told["id"], base64.urlsafe_b64decode(public + "=" * (-len(public) % 4)))


def joined(device: str, token: str, post: Post) -> SealedTablet:
    """Return the tablet of a token; it asks the server for the key to seal to."""
    tablet = SealedTablet(UUID(device), token, PublicKey(0, b""), post)
    status, answer = tablet.send([])
    assert status == 200, answer
    tablet.key = key_of(answer["key"])
    return tablet


def tablet_from(kept: dict[str, Any], post: Post) -> SealedTablet:
    """Return the tablet that keeps what its enrolment answered (`device_id`, `token`, `key`)."""
    return SealedTablet(UUID(str(kept["device_id"])), kept["token"], key_of(kept["key"]), post)


def a_sealed_tablet(app: Flask, **said: Any) -> SealedTablet:
    """Enter and enrol a tablet that hands in to an application in this process."""
    kept = a_tablet(**said)
    db.session.rollback()
    return tablet_from(kept, posting_to(app))


def posting_to(app: Flask) -> Post:
    """Return what sends to an application in this process."""

    def post(path: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        answer = app.test_client().post(f"/api/v1/{path}", json=body, headers=headers)
        return answer.status_code, answer.get_json()

    return post
