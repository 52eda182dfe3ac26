"""Writing people who come to be known: each once, key first, with a case number of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts import service as accounts
from outreach.audit.models import AuditEntry
from outreach.foundation import clock, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import registering, rules
from outreach.participants.models import Participant
from outreach.participants.registering import Registered
from outreach.participants.schemas import NewParticipantSchema
from tests.builders import a_number, a_person, an_actor, commit, uuid7

pytestmark = pytest.mark.usefixtures("app")


def _facts(**said: Any) -> dict[str, Any]:
    """Return what is said about somebody, faultless and settled."""
    given = {"committee": "KN"} | a_person(**said)
    given.pop("route_in")
    return rules.settled(read(NewParticipantSchema(), given), clock.today())


def _register(by: Actor, *people: dict[str, Any]) -> list[Registered]:
    with transaction(by=by):
        recorder = accounts.recorder_id(by)
        return registering.register_all(by=by, people=people, unit=None, recorder=recorder)


def _rows() -> list[Participant]:
    with transaction(by=system("test")):
        return list(db.session.scalars(sa.select(Participant).order_by(Participant.case_number)))


def _became(outcomes: list[Registered]) -> list[str]:
    return ["made" if each.created else "refused" if each.error else "there" for each in outcomes]


def test_many_are_registered_at_once_each_with_a_number_of_their_own() -> None:
    people = [_facts(given_name=f"Elsa{number}") for number in range(30)]

    outcomes = _register(system("import"), *people)

    assert _became(outcomes) == ["made"] * 30
    assert [each.id for each in outcomes] == [each["id"] for each in people]
    rows = _rows()
    assert [row.case_number[3:12] for row in rows] == [
        f"{clock.today().year}-{running:04}" for running in range(1, 31)
    ]
    assert len({row.statistical_key for row in rows}) == 30
    commit()
    entries = sa.select(AuditEntry.object_id).where(AuditEntry.action == "create")
    assert set(db.session.scalars(entries.where(AuditEntry.kind == "participant"))) == {
        str(each["id"]) for each in people
    }


def test_within_one_sending_the_first_with_an_id_counts() -> None:
    one = _facts()
    same, other = dict(one), one | {"given_name": "Else"}

    assert _became(_register(system("import"), one, same, other)) == ["made", "there", "refused"]
    assert _became(_register(system("import"), other, one)) == ["refused", "there"]
    assert len(_rows()) == 1


def test_a_repeat_of_those_who_are_there_uses_no_case_number() -> None:
    one = _facts()
    _register(system("import"), one)

    again, new = _register(system("import"), one, _facts())

    assert _became([again, new]) == ["there", "made"]
    assert [row.case_number[8:12] for row in _rows()] == ["0001", "0002"]


def test_an_id_that_somebody_else_has_is_refused_alike_whether_one_may_know_of_them() -> None:
    anna, sn = an_actor(), an_actor(committee="SN")
    hidden, there = _facts(protected=True), _facts()
    _register(anna, hidden, there)

    told = [
        _register(sn, there | {"committee": "SN"}),
        _register(an_actor(), hidden),
        _register(anna, there | {"given_name": "Else"}),
    ]

    assert [_became(outcomes) for outcomes in told] == [["refused"]] * 3
    assert {type(each.error) for outcomes in told for each in outcomes} == {IdReuse}


def test_the_id_of_somebody_erased_is_nobodys_again() -> None:
    one = _facts()
    vault.erase([one["id"]])

    assert _became(_register(system("import"), one, _facts())) == ["refused", "made"]


def test_a_protected_person_is_there_for_whoever_registers_them() -> None:
    anna = an_actor()

    _register(anna, _facts(protected=True), _facts())

    assert sorted((row.protected, row.named_workers) for row in _rows()) == [
        (False, []),
        (True, [anna.id]),
    ]


def test_a_digest_of_what_was_sent_tells_nothing_without_the_persons_key() -> None:
    one, two = _facts(number=a_number()), _facts(number=a_number())
    two |= {name: value for name, value in one.items() if name != "id"}

    _register(system("import"), one, two)

    first, second = (row.sameness for row in _rows())
    assert first != second


def test_two_who_register_at_once_get_numbers_of_their_own(app: Flask) -> None:
    def register(id: UUID) -> None:
        with app.app_context():
            _register(system("import"), _facts(id=str(id)))
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(register, [uuid7() for _ in range(12)]))

    assert [row.case_number[8:12] for row in _rows()] == [f"{n:04}" for n in range(1, 13)]


def test_a_birth_date_comes_from_the_number() -> None:
    assert _facts(number=a_number())["birth_date"] == date(1990, 1, 1)
