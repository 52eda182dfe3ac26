"""Contents that wait for a person: sealed each by its own key, purged with it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.foundation import clock, payloads
from outreach.foundation.keyring import SealBrokenError
from outreach.foundation.vault import PAYLOAD_KEY

pytestmark = pytest.mark.usefixtures("app")


def test_what_was_sealed_opens_as_itself_alone() -> None:
    one, other = uuid4(), uuid4()
    sealed = payloads.seal(one, {"said": "åäö"})
    payloads.seal(other, {})

    assert payloads.opened({one: sealed}) == {one: {"said": "åäö"}}
    assert "åäö".encode() not in sealed
    with pytest.raises(SealBrokenError):
        payloads.opened({other: sealed})


def test_the_same_content_again_is_sealed_by_the_same_key() -> None:
    one = uuid4()
    first = payloads.seal(one, 1)
    second = payloads.seal(one, 2)

    assert payloads.opened({one: first}) == {one: 1}
    assert payloads.opened({one: second}) == {one: 2}


def test_what_is_purged_stays_closed() -> None:
    one = uuid4()
    sealed = payloads.seal(one, 1)

    payloads.destroy([one])

    assert payloads.opened({one: sealed}) == {}
    assert payloads.opened({}) == {}


def test_keys_of_nothing_are_swept_once_they_are_a_day_old(
    app: Flask, vault_owner: sa.Engine
) -> None:
    assert app
    known, orphan, fresh = uuid4(), uuid4(), uuid4()
    sealed = {each: payloads.seal(each, 1) for each in (known, orphan, fresh)}
    with vault_owner.begin() as vault:
        old = sa.update(PAYLOAD_KEY).where(PAYLOAD_KEY.c.payload_id != fresh)
        vault.execute(old.values(made_at=clock.now() - timedelta(days=2)))

    def there(ids: list[UUID]) -> set[UUID]:
        return {known} & set(ids)

    assert payloads.sweep(there) == 1
    assert payloads.sweep(there) == 0
    assert set(payloads.opened(sealed)) == {known, fresh}
