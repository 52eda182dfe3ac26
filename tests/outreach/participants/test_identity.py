"""Who somebody is, as it is sealed, found by and printed."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from outreach.foundation import keyring
from outreach.foundation.vault import DataKey
from outreach.participants.identity import Identity, digest_of, unsealed

WHOLE = Identity(
    given_name="Åsa",
    family_name="Öst-Berg",
    birth_date=date(1990, 1, 1),
    number="199001019802",
    phone="+46701740605",
    email="asa@example.se",
    language="ar",
    interpreter="phone",
    contact_preference={"sms": "yes", "safe_hours": "efter 16"},
)


def _a_key() -> DataKey:
    return DataKey(uuid4(), bytes(range(32)))


@pytest.mark.parametrize("identity", [WHOLE, Identity(given_name="Bo")])
def test_what_was_sealed_comes_back_whole(identity: Identity) -> None:
    key = _a_key()

    assert unsealed(key, identity.sealed(key)) == identity


def test_the_seal_of_one_person_opens_for_nobody_else() -> None:
    key = _a_key()

    with pytest.raises(keyring.SealBrokenError):
        unsealed(DataKey(uuid4(), key.key), WHOLE.sealed(key))


def test_nothing_of_it_is_shown_when_it_is_printed_or_sealed() -> None:
    key = _a_key()
    told = f"{WHOLE!r} {WHOLE} {WHOLE.sealed(key)!r} {key!r}"

    for secret in ("Åsa", "Öst-Berg", "199001019802", "1740605", "asa@example"):
        assert secret not in told


@pytest.mark.usefixtures("app")
def test_a_person_is_found_by_number_by_each_name_and_by_who_may_be_the_same() -> None:
    digests = WHOLE.digests("KN")

    assert digest_of("number", "KN", "199001019802") in digests
    for word in ("asa", "ost", "berg", "ostberg"):
        assert digest_of("name", "KN", word) in digests
    assert WHOLE.alike_digest("KN") in digests
    assert len(digests) == 6
    assert Identity(given_name="Öst Åsa", family_name="Berg", birth_date=date(1990, 1, 1)).digests(
        "KN"
    ) >= {WHOLE.alike_digest("KN")}


@pytest.mark.usefixtures("app")
def test_the_digests_of_two_committees_never_meet() -> None:
    assert not WHOLE.digests("KN") & WHOLE.digests("SN")


@pytest.mark.usefixtures("app")
def test_without_number_and_birth_date_there_is_only_the_name_to_find_by() -> None:
    bo = Identity(given_name="Bo")

    assert bo.digests("KN") == {digest_of("name", "KN", "bo")}
    assert bo.alike_digest("KN") is None


def test_people_stand_by_family_name_first() -> None:
    people = [WHOLE, Identity(given_name="Zed", family_name="Alm"), Identity(given_name="Bo")]

    ordered = sorted(people, key=lambda each: each.order)

    assert [each.name for each in ordered] == ["Zed Alm", "Bo", "Åsa Öst-Berg"]
