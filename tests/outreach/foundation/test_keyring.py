"""What is sealed opens only under its own key, and only as what it is about."""

from __future__ import annotations

import pytest
from flask import Flask

from outreach.foundation import keyring
from tests.builders import uuid7

KEY = keyring.derived("ab" * 32, purpose=b"test")


def test_what_is_sealed_is_opened_and_never_looks_the_same_twice() -> None:
    first, second = (keyring.sealed(b"hemligt", key=KEY, about=b"anna") for _ in range(2))

    assert first != second
    assert b"hemligt" not in first
    assert [keyring.opened(each, key=KEY, about=b"anna") for each in (first, second)] == [
        b"hemligt"
    ] * 2


def test_nothing_opens_under_another_key_about_somebody_else_or_changed() -> None:
    kept = keyring.sealed(b"hemligt", key=KEY, about=b"anna")
    other = keyring.derived("ab" * 32, purpose=b"another purpose")
    changed = kept[:-1] + bytes([kept[-1] ^ 1])

    for given, key, about in (
        (kept, other, b"anna"),
        (kept, KEY, b"bo"),
        (changed, KEY, b"anna"),
        (b"", KEY, b"anna"),
    ):
        with pytest.raises(keyring.SealBrokenError):
            keyring.opened(given, key=key, about=about)


def test_a_key_file_gives_another_key_for_each_purpose_and_file() -> None:
    keys = {
        keyring.derived(content * 32, purpose=purpose)
        for content in ("ab", "cd")
        for purpose in (b"one", b"two")
    }

    assert {len(key) for key in keys} == {32}
    assert len(keys) == 4


def test_one_persons_secret_cannot_be_put_in_anothers_place(app: Flask) -> None:
    assert app
    anna, bo = uuid7(), uuid7()
    kept = keyring.sealed_factor("JBSWY3DP", of=anna)

    assert keyring.opened_factor(kept, of=anna) == "JBSWY3DP"
    with pytest.raises(keyring.SealBrokenError):
        keyring.opened_factor(kept, of=bo)


def test_a_recovery_code_leaves_another_digest_with_each_person(app: Flask) -> None:
    assert app
    anna, bo = uuid7(), uuid7()
    digests = [keyring.digest_of_recovery_code("1234567890123456", of=who) for who in (anna, bo)]

    assert digests[0] != digests[1]
    assert digests[0] == keyring.digest_of_recovery_code("1234567890123456", of=anna)


def test_what_is_known_outside_is_always_the_same_and_no_id_of_ours(app: Flask) -> None:
    assert app
    one, other = str(uuid7()), str(uuid7())
    known = {keyring.id_outside(kind, *of) for kind in ("a", "b") for of in ((one,), (one, other))}

    assert len(known) == 4
    assert keyring.id_outside("a", one) == keyring.id_outside("a", one)
    assert {len(each) for each in known} == {32}
    assert not {one.replace("-", ""), other.replace("-", "")} & known
