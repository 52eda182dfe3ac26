"""Tablets without a screen, as the sync part drives them: enrolled, and sealing what they send."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from bench import ground
from bench.ground import SITE, Ground, Visitor
from outreach.devices import service as devices
from outreach.foundation import clock, exchange
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.exchange import PublicKey
from outreach.sync import envelope

# What is sent at once, as the tablets do.
BATCH = 50
_CREATED = 201


@dataclass(frozen=True, slots=True)
class Tablet:
    """An enrolled tablet, and the right of one of the staff to hand in from it."""

    id: UUID
    token: str
    key: PublicKey
    grant: str

    def line(self, many: int) -> list[bytes]:
        """Return the requests that hand in so many new contacts, sealed and numbered from 1."""
        epoch = ground.uuid7()
        items = [self._item(place) for place in range(1, many + 1)]
        return [
            self._request(epoch, ops, left=many - place)
            for place, ops in zip(range(0, many, BATCH), _batched(items), strict=True)
        ]

    def _item(self, place: int) -> dict[str, object]:
        op, body = ground.uuid7(), ground.a_contact()
        content = {
            "v": 1,
            "grant": self.grant,
            "type": "contact.create",
            "entity": body["id"],
            "at": clock.now().isoformat(),
            "locked": False,
            "base": None,
            "after": [],
            "body": body,
        }
        info = envelope.info(self.id, op, self.key.id)
        sealed = exchange.sealed(envelope.padded(content), to=self.key, info=info)
        return {
            "seq": place,
            "op_id": str(op),
            "key_id": self.key.id,
            "sealed": base64.urlsafe_b64encode(sealed).decode().rstrip("="),
            "sealed_sha256": hashlib.sha256(sealed).hexdigest(),
        }

    def _request(self, epoch: UUID, ops: Sequence[object], *, left: int) -> bytes:
        body = {
            "proto": 1,
            "batch_id": str(ground.uuid7()),
            "epoch": str(epoch),
            "app_version": "bench",
            "client_now": clock.now().isoformat(),
            "pending_count": left,
            "oldest_pending_s": 0,
            "storage_persisted": True,
            "ops": ops,
        }
        return ground.a_request("/api/v1/sync", body, f"Authorization: Bearer {self.token}")


def _batched(items: list[dict[str, object]]) -> list[list[dict[str, object]]]:
    return [items[place : place + BATCH] for place in range(0, len(items), BATCH)]


_numbers = itertools.count(1)


def enrolled(ground_: Ground, worker: Visitor) -> Tablet:
    """Enter and enrol a tablet on which the worker has signed in, by the product's own doors."""
    given = {"id": str(ground.uuid7()), "name": f"Mätning {next(_numbers)}", "site": SITE}
    with ground_.app.test_request_context():
        kept = devices.enrol_at_once(by=system("bench"), given=given)
        key = exchange.newest()
        db.session.remove()
    answer = ground_.app.test_client(use_cookies=False).post(
        "/api/v1/devices/here/grants",
        headers={
            "Cookie": worker.cookie,
            "X-CSRF-Token": worker.csrf_token,
            "Authorization": f"Bearer {kept['token']}",
        },
    )
    if answer.status_code != _CREATED:
        raise RuntimeError(f"no right to hand in: {answer.get_data(as_text=True)}")
    return Tablet(UUID(str(kept["device_id"])), kept["token"], key, answer.get_json()["grant"])
