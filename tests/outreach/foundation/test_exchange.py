"""The key pairs that tablets seal to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.foundation import exchange
from outreach.foundation.exchange import KeyDestroyedError, Opener
from outreach.foundation.keyring import SealBrokenError
from outreach.foundation.vault import TABLET_KEY

DAY = timedelta(days=1)


def _age(vault_owner: sa.Engine, days: int) -> None:
    with vault_owner.begin() as vault:
        vault.execute(sa.update(TABLET_KEY).values(made_at=TABLET_KEY.c.made_at - days * DAY))


def test_what_is_sealed_opens_under_its_key_and_about_itself_alone(app: Flask) -> None:
    assert app
    key = exchange.newest()
    sealed = exchange.sealed(b"plain", to=key, info=b"this")

    assert Opener().open(sealed, key_id=key.id, info=b"this") == b"plain"
    for wrong, info in ((sealed, b"that"), (sealed[:-1], b"this"), (b"", b"this")):
        with pytest.raises(SealBrokenError):
            Opener().open(wrong, key_id=key.id, info=info)
    with pytest.raises(KeyDestroyedError):
        Opener().open(sealed, key_id=key.id + 1, info=b"this")


def test_the_first_key_is_made_once_however_many_ask(app: Flask) -> None:
    def ask(_: int) -> int:
        with app.app_context():
            return exchange.newest().id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1


def test_a_new_key_is_made_when_a_month_has_gone(app: Flask, vault_owner: sa.Engine) -> None:
    assert app
    first = exchange.newest()
    assert exchange.renew() == first
    _age(vault_owner, 31)

    second = exchange.renew()

    assert second.id > first.id
    assert exchange.newest() == second


def test_a_key_is_destroyed_when_it_was_replaced_long_ago_and_is_not_in_use(
    app: Flask, vault_owner: sa.Engine
) -> None:
    assert app
    first = exchange.newest()
    sealed = exchange.sealed(b"plain", to=first, info=b"")
    _age(vault_owner, 31)
    second = exchange.renew()

    assert exchange.destroy(in_use=[], replaced_for=DAY, at_most=1000 * DAY) == []
    _age(vault_owner, 2)
    assert exchange.destroy(in_use=[first.id], replaced_for=DAY, at_most=1000 * DAY) == []
    assert exchange.destroy(in_use=[second.id], replaced_for=DAY, at_most=1000 * DAY) == [first.id]
    assert exchange.destroy(in_use=[], replaced_for=DAY, at_most=1000 * DAY) == []
    with pytest.raises(KeyDestroyedError):
        Opener().open(sealed, key_id=first.id, info=b"")
    assert exchange.newest() == second
