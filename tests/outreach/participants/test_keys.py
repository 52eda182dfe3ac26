"""The upkeep of people's keys: swept when nobody's, wrapped anew (see the command's tests)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine

from outreach.audit.models import AuditEntry
from outreach.foundation import clock, vault
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed
from outreach.participants import keys
from tests.builders import a_participant, an_actor, commit

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def orphan() -> UUID:
    """A key that was made for somebody who then never was registered."""
    person = uuid4()
    vault.make_keys([person])
    return person


@pytest.fixture
def two_days_later() -> Iterator[None]:
    with time_machine.travel(clock.now() + timedelta(days=2)):
        yield


def _sweeps() -> list[dict[str, object] | None]:
    commit()
    swept = sa.select(AuditEntry.details).where(AuditEntry.action == "sweep")
    return list(db.session.scalars(swept))


def test_a_key_is_swept_when_it_is_a_day_old_and_nobodys(
    orphan: UUID, request: pytest.FixtureRequest
) -> None:
    people = [a_participant(an_actor(committee=committee)) for committee in ("KN", "SN")]
    people.append(a_participant(an_actor(), protected=True))

    assert keys.sweep(by=system("test")) == 0
    request.getfixturevalue("two_days_later")
    assert keys.sweep(by=system("test")) == 1
    assert keys.sweep(by=system("test")) == 0

    assert vault.keys_of([orphan, *people]).keys() == set(people)
    assert _sweeps() == [{"keys": 1}]


def test_no_key_is_swept_when_the_database_is_not_the_one_they_belong_to(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    """An empty database knows nobody: it takes each key for nobody's, though there be but three."""
    people = [uuid4() for _ in range(3)]
    vault.make_keys(people)
    request.getfixturevalue("two_days_later")

    for agreed in (0, 2):
        with pytest.raises(vault.TooManyOrphansError):
            keys.sweep(by=system("test"), agreed=agreed)

    assert vault.keys_of(people).keys() == set(people)
    assert _sweeps() == []
    assert "key_sweep_refused" in caplog.text
    assert any(record.levelname == "CRITICAL" for record in caplog.records)
    assert keys.sweep(by=system("test"), agreed=3) == 3
    assert _sweeps() == [{"keys": 3}]


@pytest.mark.usefixtures("two_days_later")
def test_a_key_that_somebody_is_about_to_be_registered_with_is_not_swept() -> None:
    """The one whose registration failed is registered again, while the sweep looks around."""
    with time_machine.travel(clock.now() - timedelta(days=2)):
        vault.make_keys([old := uuid4(), *(uuid4() for _ in range(2))])

    def known(people: list[UUID]) -> set[UUID]:
        vault.make_keys([old])
        return set(people) - {old}

    assert vault.sweep(known) == 0
    assert vault.keys_of([old]).keys() == {old}


@pytest.mark.parametrize("role", ["caseworker", "supervisor", "administrator"])
def test_nobody_but_the_system_looks_after_the_keys(role: str) -> None:
    by = an_actor(role=role)

    for act in (
        lambda: keys.sweep(by=by),
        lambda: keys.rotate(by=by, progress=lambda *_: None),
    ):
        with pytest.raises(NotAllowed):
            act()
