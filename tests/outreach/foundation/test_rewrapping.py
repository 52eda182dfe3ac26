"""A new key of the ring wraps all that one wraps, and all opens meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from outreach.foundation import exchange, keyring, payloads, rewrapping, vault
from outreach.foundation.exchange import Opener


@pytest.fixture
def ring(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a ring of its own, which the application uses during the test."""
    for file in Path(app.config["KEYS_FOLDER"]).glob("ring-*.key"):
        shutil.copy(file, tmp_path)
    monkeypatch.setitem(app.config, "KEYS_FOLDER", str(tmp_path))
    yield tmp_path
    app.extensions.pop("outreach.ring", None)


def test_people_tablets_and_what_waits_are_all_wrapped_anew(ring: Path) -> None:
    people = vault.make_keys([uuid4() for _ in range(3)])
    contents = {each: payloads.seal(each, 1) for each in (uuid4(), uuid4())}
    key = exchange.newest()
    sealed = exchange.sealed(b"plain", to=key, info=b"")
    keyring.add_to_ring()

    assert rewrapping.behind() == 6
    assert rewrapping.rewrap(at_most=2) == 2
    assert vault.keys_of(people) == people
    while rewrapping.rewrap(at_most=2):
        assert len(payloads.opened(contents)) == 2

    assert rewrapping.rings() == {2: 6}
    (ring / "ring-1.key").unlink()
    assert vault.keys_of(people) == people
    assert len(payloads.opened(contents)) == 2
    assert Opener().open(sealed, key_id=key.id, info=b"") == b"plain"


def test_a_destroyed_private_half_wraps_nothing(ring: Path) -> None:
    exchange.newest()
    exchange.renew(unless_newer=exchange.RENEWED_AFTER * 0)
    at_once = exchange.RENEWED_AFTER * 0
    exchange.destroy(in_use=[], replaced_for=at_once, at_most=at_once)
    keyring.add_to_ring()

    assert rewrapping.behind() == 1
    assert rewrapping.rewrap() == 1
    assert rewrapping.rewrap() == 0
    assert ring
