"""Freezing: once and for good; what changes afterwards is a version that gives nobody away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.contacts import service as contacts
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, RuleBroken
from outreach.foundation.periods import Period, period_of
from outreach.indicators import disclosure, editions, night
from outreach.indicators import service as indicators
from outreach.indicators.auditing import attacked
from outreach.indicators.weighing import Kept
from outreach.publications import service
from outreach.publications.service import NothingNew, NotSafe
from outreach.reported import figures as reported
from tests import known_people, leaving
from tests.asked import SEQUENCES
from tests.builders import a_participant, a_recorded_contact, an_actor, uuid7

_THRESHOLD = 5
_APRIL = "2026-01-01..2026-04-30"
_AUGUST = "2026-01-01..2026-08-31"


@pytest.fixture(autouse=True)
def _september(app: Flask) -> Iterator[None]:
    del app
    with time_machine.travel(datetime(2026, 9, 8, 8, 0, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def chief(app: Flask) -> Actor:
    """Somebody who may log and correct at two places, however late, and freeze."""
    del app
    return an_actor(roles=["caseworker", "supervisor"], sites=("hagalund", "bagartorp"))


def _night() -> None:
    night.run(by=system("test"))


def _freeze(by: Actor, period: str = _AUGUST, **said: Any) -> dict[str, Any]:
    given = {"id": str(uuid7()), "period": period} | said
    row, _ = service.freeze(by=by, given=given, threshold=_THRESHOLD)
    return row


def _document(by: Actor, id: UUID) -> dict[str, Any]:
    return service.publication(by=by, id=id)[1]


def _figure(document: dict[str, Any], code: str = "SN3") -> dict[str, Any]:
    return next(each for each in document["figures"] if each["code"] == code)


def _a_spring(by: Actor, *, people: int = 20) -> list[UUID]:
    """Let people be met in spring, each twice, and some of them go on to work."""
    known = []
    for number in range(people):
        person = a_participant(by)
        for month in (2 + number % 3, 6):
            instant = datetime(2026, month, 3 + number % 20, 9, 0, tzinfo=UTC).isoformat()
            site = "hagalund" if number % 2 else "bagartorp"
            row = a_recorded_contact(by, occurred_at=instant, site=site, contact_type="drop_in")
            known_people.link(by, person, row["id"])
        known.append(person)
        if number % 2:
            leaving.ended(by, person, date(2026, 7, 1 + number % 20), "work_unsupported")
    return known


def test_what_was_answered_is_what_is_frozen(chief: Actor) -> None:
    _a_spring(chief)
    _night()
    analyst = an_actor(role="analyst")
    answered = indicators.figures(by=analyst, period=period_of(_AUGUST), threshold=_THRESHOLD)

    row = _freeze(chief, dnr="SN/2026:17", note="Utan Bagartorp i juli.")

    document = _document(analyst, row["id"])
    assert {name: document[name] for name in answered} == answered
    assert (document["version"], document["dnr"]) == (1, "SN/2026:17")
    assert document["note"] == "Utan Bagartorp i juli."
    assert document["disclosure"]["k"] == _THRESHOLD
    assert document["frozen_by"] == chief.name
    traces = sa.select(AuditEntry.action, AuditEntry.object_id).where(
        AuditEntry.kind == "publication"
    )
    assert db.session.execute(traces).all() == [("freeze", str(row["id"]))]


def test_whatever_happens_to_people_afterwards_changes_no_frozen_byte(chief: Actor) -> None:
    people = _a_spring(chief)
    _night()
    row = _freeze(chief)
    files = [service.file_of(by=chief, id=row["id"], kind=kind)[1] for kind in ("json", "csv")]

    for person in people[:7]:
        known_people.erase(person)
    known_people.join(chief, people[8], people[9])
    _a_spring(chief, people=3)
    _night()

    again = [service.file_of(by=chief, id=row["id"], kind=kind)[1] for kind in ("json", "csv")]
    assert again == files
    assert service.is_as_frozen(by=chief, id=row["id"])
    assert json.loads(files[0])["checksum"] == row["checksum"]


def test_a_report_that_somebody_has_tampered_with_is_not_as_it_was_frozen(
    chief: Actor, owner: sa.Engine
) -> None:
    _a_spring(chief)
    _night()
    row = _freeze(chief)
    with owner.begin() as connection:
        connection.execute(
            sa.text("UPDATE publication SET csv_file = replace(csv_file::text, '20', '21')::bytea")
        )
    db.session.expire_all()
    db.session.rollback()

    assert not service.is_as_frozen(by=chief, id=row["id"])


def test_the_same_request_again_is_the_same_report_and_another_under_its_id_is_refused(
    chief: Actor,
) -> None:
    _night()
    given = {"id": str(uuid7()), "period": _AUGUST}

    made = [service.freeze(by=chief, given=given, threshold=5) for _ in range(2)]

    assert [created for _, created in made] == [True, False]
    assert made[0][0] == made[1][0]
    with pytest.raises(IdReuse):
        service.freeze(by=chief, given=given | {"period": _APRIL}, threshold=5)


def test_a_period_of_which_every_number_is_the_same_is_not_frozen_again(chief: Actor) -> None:
    _a_spring(chief)
    _night()
    _freeze(chief)

    with pytest.raises(NothingNew):
        _freeze(chief)


def test_what_has_changed_is_a_version_that_says_what_it_changes(chief: Actor) -> None:
    _a_spring(chief)
    _night()
    first = _freeze(chief)
    _a_spring(chief)
    _night()

    second = _freeze(chief)

    document = _document(chief, second["id"])
    assert (second["version"], second["supersedes"]) == (2, first["id"])
    assert _figure(document)["beside"]["contacts"] == 80
    assert {"figure": "SN3", "part": "beside.contacts", "before": 40, "after": 80} in (
        document["changes"]
    )
    assert _figure(_document(chief, first["id"]))["beside"]["contacts"] == 40
    assert service.is_as_frozen(by=chief, id=first["id"])
    assert service.is_as_frozen(by=chief, id=second["id"])
    assert [row["version"] for row in service.publications(by=chief)] == [2, 1]


def test_two_versions_cannot_be_subtracted_down_to_the_one_who_came_in_between(
    chief: Actor,
) -> None:
    _a_spring(chief)
    _night()
    before = _document(chief, _freeze(chief)["id"])
    _a_spring(chief, people=1)
    _night()

    now = _document(chief, _freeze(chief)["id"])

    _hold_apart(before, now)
    assert _figure(before)["beside"]["contacts"] == 40
    assert _figure(now)["beside"]["contacts"] is None
    assert _figure(now)["value"] is None


def _hold_apart(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Hold that no number of two versions differs by less than the threshold."""
    old, new = (dict(_leaves(each["figures"])) | dict(_cells(each)) for each in (before, now))
    both = [(old[at], new[at]) for at in old.keys() & new.keys()]
    apart = [abs(one - other) for one, other in both if one is not None and other is not None]
    assert not [each for each in apart if 0 < each < _THRESHOLD]


def _leaves(told: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], int]]:
    if isinstance(told, dict):
        for name, inner in told.items():
            yield from _leaves(inner, (*at, name))
    elif isinstance(told, list):
        for number, inner in enumerate(told):
            yield from _leaves(inner, (*at, number))
    elif isinstance(told, int):
        yield at, told


def _cells(document: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], int]]:
    for table in document["tables"]:
        for cell in table["cells"]:
            if cell["value"] is not None:
                yield (table["id"], *sorted(cell["key"].items())), cell["value"]


def test_what_others_count_is_frozen_as_it_stood(chief: Actor) -> None:
    _a_spring(chief)
    _night()
    given = {
        "id": str(uuid7()), "figure": "KN1", "period": _AUGUST, "unit": "Jobbfabriken Unga",
        "numerator": 30, "denominator": 60, "source": "E-post",
    }  # fmt: skip
    there, _ = reported.report(by=chief, given=given)
    first = _freeze(chief)
    reported.correct(by=chief, id=there["id"], given=given | {"id": str(uuid7()), "numerator": 36})

    second = _freeze(chief)

    assert _figure(_document(chief, first["id"]), "KN1")["units"]["Jobbfabriken Unga"] == {
        "value": None, "numerator": 30, "denominator": 60, "percent": "50.0", "status": "ok",
    }  # fmt: skip
    assert {each["figure"] for each in _document(chief, second["id"])["changes"]} == {"KN1"}


def test_of_two_who_freeze_at_once_one_makes_the_report_and_the_other_is_told(
    app: Flask, chief: Actor
) -> None:
    _night()

    def freeze(_: int) -> str:
        with app.app_context():
            try:
                _freeze(chief)
            except NothingNew:
                return "nothing new"
            return "frozen"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(freeze, range(2))) == ["frozen", "nothing new"]


@pytest.mark.parametrize("period", ["2026-09-01..2026-09-30", "2026-02-01..2026-02-27"])
def test_a_period_that_is_not_over_or_none_of_the_list_is_not_frozen(
    chief: Actor, period: str
) -> None:
    _night()

    with pytest.raises(indicators.PeriodNotOpen):
        _freeze(chief, period)


def test_faults_are_told_at_once(chief: Actor) -> None:
    with pytest.raises(RuleBroken) as refused:
        service.freeze(by=chief, given={"id": "x", "period": "now", "dnr": ""}, threshold=5)

    assert {fault.pointer for fault in refused.value.faults} == {"/id", "/period", "/dnr"}
    with pytest.raises(RuleBroken) as personal:
        _freeze(chief, dnr="811122-9818", note="Gäller 19811122-9818.")
    assert {fault.pointer for fault in personal.value.faults} == {"/dnr", "/note"}


@pytest.mark.parametrize("role", ["analyst", "caseworker", "administrator", "reviewer"])
def test_only_whoever_leads_the_unit_freezes(chief: Actor, role: str) -> None:
    _night()
    row = _freeze(chief)
    other = an_actor(role=role, sites=(), committee=None)

    with pytest.raises(NotAllowed):
        _freeze(other)
    with pytest.raises(NotAllowed):
        service.is_as_frozen(by=other, id=row["id"])
    if role == "analyst":
        assert service.publications(by=other) == [row]
    else:
        with pytest.raises(NotAllowed):
            service.publications(by=other)
        with pytest.raises(NotAllowed):
            service.publication(by=other, id=row["id"])
        with pytest.raises(NotAllowed):
            service.file_of(by=other, id=row["id"], kind="json")


def test_what_is_not_frozen_is_not_there(chief: Actor) -> None:
    with pytest.raises(NotFound):
        service.publication(by=chief, id=uuid7())


def test_without_complementary_hiding_the_attack_wins_and_nothing_is_frozen(
    chief: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure, "settle", lambda *_: None)
    for day in range(1, 13):
        at = datetime(2026, 2, day, 9, 0, tzinfo=UTC).isoformat()
        a_recorded_contact(chief, occurred_at=at, site="hagalund" if day < 10 else "bagartorp")
    _night()

    with pytest.raises(NotSafe):
        _freeze(chief, "2026-02-01..2026-02-28")

    assert service.publications(by=chief) == []


def test_an_answer_that_contradicts_itself_is_not_frozen(chief: Actor, owner: sa.Engine) -> None:
    _a_spring(chief)
    _night()
    month = "2026-06-01..2026-06-30"
    indicators.figures(by=chief, period=period_of(month), threshold=_THRESHOLD)
    with owner.begin() as connection:
        for column in ("answer", "counts"):
            connection.execute(
                sa.text(
                    f"UPDATE period_figures SET {column} = jsonb_set({column},"
                    " '{figures,0,beside,anonymous_contacts}', '7')"
                )
            )

    with pytest.raises(NotSafe):
        _freeze(chief, month)


def test_a_month_that_is_told_anew_is_held_against_the_longer_period_that_was_told_before(
    chief: Actor,
) -> None:
    # All but three came in June, told as ninety of a hundred; then they turn out to have come too.
    people = [a_participant(chief) for _ in range(24)]

    def met(person: UUID, month: int) -> None:
        at = datetime(2026, month, 3, 9, 0, tzinfo=UTC).isoformat()
        known_people.link(chief, person, a_recorded_contact(chief, occurred_at=at)["id"])

    for number, person in enumerate(people):
        met(person, 2 if number < 12 else 6)
    _night()
    first = _document(chief, _freeze(chief)["id"])
    for person in people[:10]:
        met(person, 6)
    _night()

    june = _document(chief, _freeze(chief, "2026-06-01..2026-06-30")["id"])
    if june["version"] == 1:
        _freeze(chief)
        june = indicators.figures(
            by=chief, period=period_of("2026-06-01..2026-06-30"), threshold=_THRESHOLD
        )

    assert _figure(first)["value"] == 24
    assert _figure(june)["value"] is None


def test_a_figure_that_was_withdrawn_is_gone_from_the_next_version(chief: Actor) -> None:
    _night()
    given = {
        "id": str(uuid7()), "figure": "KN2", "period": _AUGUST, "value": 352, "source": "Brev",
    }  # fmt: skip
    there, _ = reported.report(by=chief, given=given)
    _freeze(chief)
    reported.withdraw(by=chief, id=there["id"])

    document = _document(chief, _freeze(chief)["id"])

    assert document["changes"] == [{"figure": "KN2", "part": "value", "before": 352, "after": None}]
    assert "KN2" not in {each["code"] for each in document["figures"]}


_SHORT = ("2026-02-01..2026-02-28", "2026-03-01..2026-03-31", "2026-06-01..2026-06-30")
_LISTED = (*_SHORT, _APRIL, _AUGUST, "2026-05-01..2026-08-31")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEQUENCES)
def test_no_sequence_of_overlapping_reports_gives_anybody_away(chief: Actor, seed: int) -> None:
    chance, people, told = Random(seed), [], dict[str, list[dict[str, Any]]]()
    for _ in range(6):
        people += _a_spring(chief, people=chance.randrange(1, 9))
        if chance.random() < 0.5:
            known_people.erase(chance.choice(people))
        if chance.random() < 0.3:
            _take_one_back(chief, chance)
        _night()
        for period in chance.sample(_LISTED, 2):
            try:
                row = _freeze(chief, period)
            except NothingNew:
                continue
            told.setdefault(period, []).append(_document(chief, row["id"]))

    for period, versions in told.items():
        for number, now in enumerate(versions):
            for before in versions[:number]:
                _hold_apart(before, now)
        _attack(period_of(period))
    assert any(len(versions) > 1 for versions in told.values())


def _take_one_back(by: Actor, chance: Random) -> None:
    ids = sorted(db.session.scalars(sa.text("SELECT id FROM contact WHERE voided_at IS NULL")))
    contacts.void_contact(by=by, id=chance.choice(ids), given={"reason": "mistap"})


def _attack(period: Period) -> None:
    """Hold that nothing can be worked out of any edition of a period."""
    for edition in editions.editions_of(period):
        kept, parts = Kept(edition.counts, edition.answer), editions.parts_of(edition)
        assert not attacked(period, kept, parts, edition.threshold).is_lost
