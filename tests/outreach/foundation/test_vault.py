"""What the vault promises of keys, of finding people, and of forgetting them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.foundation import clock, keyring, rewrapping, vault


@pytest.fixture
def ring(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ring of its own, which may grow."""
    (tmp_path / "ring-1.key").write_text("0a1b" * 16)
    monkeypatch.setitem(app.config, "KEYS_FOLDER", tmp_path)
    monkeypatch.delitem(app.extensions, "outreach.ring", raising=False)
    return tmp_path


def _a_person() -> UUID:
    person = uuid4()
    vault.make_keys([person])
    return person


@pytest.mark.usefixtures("app")
def test_a_persons_key_is_made_once_and_found_again() -> None:
    person = uuid4()

    made = vault.make_keys([person])
    again = vault.make_keys([person])

    assert made == again == vault.keys_of([person, uuid4()])
    assert vault.key_of(person) == made[person]


@pytest.mark.usefixtures("app")
def test_what_is_sealed_opens_for_that_person_and_that_kind_of_content_alone() -> None:
    key, other = vault.key_of(_a_person()), vault.key_of(_a_person())
    sealed = key.seal("identity", {"name": "Åsa"})

    assert key.open("identity", sealed) == {"name": "Åsa"}
    assert key.seal("identity", {"name": "Åsa"}) != sealed
    for wrong, kind, text in (
        (other, "identity", sealed),
        (vault.DataKey(other.person, key.key), "identity", sealed),
        (key, "note", sealed),
        (key, "identity", sealed[:-1]),
        (key, "identity", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (key, "identity", b"\x02" + sealed[1:]),
        (key, "identity", b""),
    ):
        with pytest.raises(keyring.SealBrokenError):
            wrong.open(kind, text)


@pytest.mark.usefixtures("app")
def test_a_key_is_in_the_vault_only_wrapped_and_never_shown() -> None:
    key = vault.key_of(_a_person())

    with vault._engine().connect() as connection:
        wrapped = connection.scalar(
            sa.select(vault.DATA_KEY.c.wrapped).where(vault.DATA_KEY.c.person_id == key.person)
        )

    assert key.key not in bytes(wrapped or b"")
    assert key.key.hex() not in repr(key)
    assert repr(key.key) not in repr(key)


@pytest.mark.usefixtures("app")
def test_a_person_is_found_by_all_of_the_digests_and_by_no_text() -> None:
    one, other = _a_person(), _a_person()
    anna, berg, lund = (keyring.digest_to_find_by("name", "KN", each) for each in "abc")
    vault.add_to_index({one: [anna, berg], other: [anna, lund]})
    vault.add_to_index({one: [anna]})

    assert set(vault.found_by([anna], limit=10)) == {one, other}
    assert vault.found_by([anna, berg], limit=10) == [one]
    assert vault.found_by([berg, lund], limit=10) == []
    assert set(vault.found_by([anna, berg], [lund], limit=10)) == {one, other}
    assert vault.found_by(limit=10) == []
    assert len(vault.found_by([anna], limit=1)) == 1
    assert vault.sharing([one], [anna, berg]) == {anna: {other}}
    vault.keep_in_index(one, [anna])
    assert vault.found_by([berg], limit=10) == []


@pytest.mark.usefixtures("app")
def test_equal_texts_have_equal_digests_within_their_kind_and_committee_alone() -> None:
    digests = {
        keyring.digest_to_find_by(kind, committee, text)
        for kind in ("name", "number")
        for committee in ("KN", "SN")
        for text in ("a", "b")
    }

    assert len(digests) == 8
    assert keyring.digest_to_find_by("name", "KN", "a") in digests


@pytest.mark.usefixtures("app")
def test_who_was_erased_has_no_key_is_not_found_and_is_never_anybody_again() -> None:
    person, other = _a_person(), _a_person()
    digest = keyring.digest_to_find_by("name", "KN", "anna")
    vault.add_to_index({person: [digest], other: [digest]})

    vault.erase([person])
    vault.erase([person])

    assert vault.is_erased([person, other]) == {person}
    assert vault.keys_of([person, other]).keys() == {other}
    assert vault.found_by([digest], limit=10) == [other]
    with pytest.raises(vault.ErasedError):
        vault.key_of(person)
    with pytest.raises(vault.ErasedError):
        vault.make_keys([uuid4(), person])


@pytest.mark.usefixtures("app")
def test_the_application_cannot_strike_anybody_from_the_ledger() -> None:
    vault.erase([uuid4()])

    for act in ("DELETE FROM erasure", "UPDATE erasure SET erased_at = now()", "TRUNCATE erasure"):
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            vault._engine().begin() as connection,
        ):
            connection.execute(sa.text(act))


@pytest.mark.usefixtures("app")
def test_a_key_that_is_nobodys_is_swept_after_a_day() -> None:
    orphan, known = _a_person(), _a_person()

    assert vault.sweep(lambda _: {known}) == 0
    with time_machine.travel(clock.now() + timedelta(days=1, seconds=1), tick=False):
        young = _a_person()
        assert vault.sweep(lambda people: {known} & set(people)) == 1

    assert vault.keys_of([orphan, known, young]).keys() == {known, young}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("orphans", "known", "agreed", "swept"),
    [
        (0, 1, 0, 0),
        (1, 2, 0, 1),
        # Half of all there are, in however small a house.
        (1, 0, 0, None),
        (1, 1, 0, None),
        (5, 5, 0, None),
        (5, 6, 0, 5),
        # More than a few, in however large a one.
        (6, 2000, 0, None),
        # Unless somebody has looked, and said how many.
        (6, 2000, 5, None),
        (6, 2000, 6, 6),
        (7, 0, 7, 7),
    ],
)
def test_so_many_orphans_that_the_database_is_rather_wrong_keep_their_keys(
    orphans: int, known: int, agreed: int, swept: int | None
) -> None:
    lost, there = ({uuid4() for _ in range(many)} for many in (orphans, known))
    made = clock.now() - timedelta(days=2)
    with vault._engine().begin() as connection:
        connection.execute(
            sa.insert(vault.DATA_KEY),
            [
                {"person_id": person, "ring": 1, "wrapped": b"", "made_at": made}
                for person in lost | there
            ],
        )

    def left() -> set[UUID]:
        with vault.reading() as connection:
            return set(connection.scalars(sa.select(vault.DATA_KEY.c.person_id)))

    if swept is None:
        with pytest.raises(vault.TooManyOrphansError):
            vault.sweep(lambda people: there & set(people), agreed=agreed)
        assert left() == lost | there
    else:
        assert vault.sweep(lambda people: there & set(people), agreed=agreed) == swept
        assert left() == there


def test_a_new_key_of_the_ring_wraps_what_is_new_and_the_old_one_still_opens(ring: Path) -> None:
    before = _a_person()
    key = vault.key_of(before)
    number = keyring.add_to_ring()
    after = _a_person()

    assert number == 2
    assert (ring / "ring-2.key").stat().st_mode & 0o777 == 0o600
    assert rewrapping.behind() == 1
    assert vault.key_of(before) == key
    assert vault.key_of(after)


def test_rewrapping_goes_on_where_it_was_stopped_and_everybody_opens_meanwhile(ring: Path) -> None:
    keys = vault.make_keys([uuid4() for _ in range(5)])
    keyring.add_to_ring()

    assert rewrapping.rewrap(at_most=2) == 2
    assert vault.keys_of(keys) == keys
    assert rewrapping.behind() == 3
    assert rewrapping.rewrap(at_most=2) == 2
    assert rewrapping.rewrap(at_most=2) == 1
    assert rewrapping.rewrap(at_most=2) == 0
    (ring / "ring-1.key").unlink()
    assert vault.keys_of(keys) == keys


def test_a_missing_key_of_the_ring_is_told_by_its_file(ring: Path) -> None:
    person = _a_person()
    (ring / "ring-1.key").rename(ring / "ring-7.key")

    with pytest.raises(keyring.RingKeyMissingError, match=r"ring-1\.key"):
        vault.key_of(person)
