"""Answers of listed periods: what one who collects them all can work out, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.contacts import service as contacts
from outreach.contacts.models import ContactLink
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, RuleBroken
from outreach.foundation.periods import Period, period_of
from outreach.foundation.transaction import transaction
from outreach.indicators import night, service
from outreach.indicators.models import PeriodFigures
from outreach.indicators.periods import (
    months_of,
)
from tests import known_people
from tests.builders import a_participant, a_recorded_contact, an_actor
from tests.waiting import until

_THRESHOLD = 5
_JANUARY_TO_APRIL = period_of("2026-01-01..2026-04-30")
_JANUARY_TO_AUGUST = period_of("2026-01-01..2026-08-31")

# What is told of the committees' periods alone.
_OF_LONGER = {"SN1", "SN2", "SN4", "M", "closings_group_gender"}

Numbers = dict[tuple[str, ...], int | None]


@pytest.fixture(autouse=True)
def _november(app: Flask) -> Iterator[None]:
    """It is a Monday in November 2026."""
    del app
    with time_machine.travel(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def author(app: Flask) -> Actor:
    """Somebody who may log at two places, however late."""
    del app
    return an_actor(roles=["caseworker", "supervisor"], sites=("hagalund", "bagartorp"))


@pytest.fixture
def ask(app: Flask) -> Callable[[Period], Numbers]:
    """A function: every number that an analyst is answered for a period."""
    del app
    analyst = an_actor(role="analyst")
    return lambda period: _numbers(service.figures(by=analyst, period=period, threshold=_THRESHOLD))


def _numbers(answer: dict[str, Any]) -> Numbers:
    """Return the numbers of an answer by where they stand; None is hidden."""
    found: Numbers = {}
    for figure in answer["figures"]:
        found[figure["code"],] = figure["value"]
        found |= {(figure["code"], name): value for name, value in figure["beside"].items()}
    for table in answer["tables"]:
        for cell in table["cells"]:
            place = (name for pair in sorted(cell["key"].items()) for name in pair)
            found[(table["id"], *place)] = cell["value"]
    return found


def _met(author: Actor, month: int, number: int, **said: Any) -> None:
    for day in range(1, number + 1):
        instant = datetime(2026, month, day, 9, 0, tzinfo=UTC)
        a_recorded_contact(author, occurred_at=instant.isoformat(), **said)


def _night() -> None:
    night.run(by=system("test"))


def _sums(months: Iterable[Numbers]) -> Numbers:
    """Return the months' numbers added up; None where any month hides its own."""
    answered = list(months)
    places = {place for each in answered for place in each}
    parts = {place: [each.get(place, 0) for each in answered] for place in places}
    return {
        place: None if None in numbers else sum(filter(None, numbers))
        for place, numbers in parts.items()
    }


def _of_months(numbers: Numbers) -> Iterable[tuple[tuple[str, ...], int | None]]:
    """Yield those that months have as well."""
    for place, number in numbers.items():
        if place[0] not in _OF_LONGER:
            yield place, number


def test_what_a_month_hides_cannot_be_had_by_subtracting_the_others_from_a_longer_period(
    author: Actor, ask: Callable[[Period], Numbers]
) -> None:
    for month in (1, 2, 3, 4, 5, 6, 8):
        _met(author, month, 6)
    _met(author, 7, 4)
    _night()

    longer, months = ask(_JANUARY_TO_AUGUST), list(map(ask, months_of(_JANUARY_TO_AUGUST)))

    assert months[6]["SN3", "contacts"] is None
    added = _sums(months)
    assert [place for place, value in _of_months(longer) if value != added[place]] == []


def test_a_contact_written_late_is_not_laid_bare_by_a_longer_period(
    author: Actor, ask: Callable[[Period], Numbers]
) -> None:
    for month in (1, 2, 3, 4):
        _met(author, month, 6)
        _met(author, month, 6, gender="man")
    _night()
    months = list(map(ask, months_of(_JANUARY_TO_APRIL)))
    _met(author, 3, 1, gender="man")
    _night()

    longer = ask(_JANUARY_TO_APRIL)

    assert longer["SN3", "contacts"] == 48
    added = _sums(months)
    assert [place for place, value in _of_months(longer) if value != added[place]] == []


def test_a_longer_period_keeps_its_months_as_it_was_asked_for_and_is_as_old_as_the_oldest(
    author: Actor, ask: Callable[[Period], Numbers]
) -> None:
    analyst = an_actor(role="analyst")
    months = months_of(_JANUARY_TO_APRIL)
    _met(author, 3, 6)
    _night()
    ask(months[2])
    oldest = service.figures(by=analyst, period=months[2], threshold=_THRESHOLD)["data_as_of"]
    _met(author, 1, 6)
    _night()
    longer = service.figures(by=analyst, period=_JANUARY_TO_APRIL, threshold=_THRESHOLD)
    for month in (1, 2, 3, 4):
        _met(author, month, 7)
    _night()

    assert longer["data_as_of"] == oldest
    assert ask(_JANUARY_TO_APRIL) == _numbers(longer)
    added = _sums(map(ask, months))
    assert [
        place for place, value in _of_months(_numbers(longer)) if value != added.get(place, 0)
    ] == []
    assert added["SN3", "contacts"] == 12


def _known(author: Actor, *months: int, number: int = 1, **said: Any) -> list[UUID]:
    """Let as many people be known who came once in each of the months; return their ids."""
    people = []
    for _ in range(number):
        people.append(a_participant(author))
        for month in months:
            instant = datetime(2026, month, 1, 9, 0, tzinfo=UTC)
            row = a_recorded_contact(author, occurred_at=instant.isoformat(), **said)
            known_people.link(author, people[-1], row["id"])
    return people


def _raw(period: Period, by: Actor | None = None) -> Numbers:
    asker = by or system("console")
    return _numbers(service.figures(by=asker, period=period, threshold=_THRESHOLD, raw=True))


def test_the_worked_example_is_what_the_product_answers(author: Actor) -> None:
    _met(author, 3, 28)
    anonymous = [_of_april(author) for _ in range(42)]
    people = [_known(author, 3, 4)[0] for _ in range(10)]
    for _ in range(10):
        people += _known(author, 3, 4)
    for person in people[:10]:
        known_people.link(author, person, _of_april(author))
    for _ in range(2):
        a_participant(author)
    _night()
    before = _raw(_JANUARY_TO_APRIL)
    for place in range(6):
        known_people.link(author, people[place % 4], anonymous[place])
    _night()

    after = _raw(_JANUARY_TO_APRIL)

    assert (before["SN3",], after["SN3",]) == (20, 20)
    told = ("contacts", "identified_contacts", "anonymous_contacts")
    assert [before["SN3", name] for name in told] == [120, 50, 70]
    assert [after["SN3", name] for name in told] == [120, 56, 64]


def _of_april(author: Actor) -> UUID:
    instant = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
    return UUID(str(a_recorded_contact(author, occurred_at=instant.isoformat())["id"]))


def test_joined_duplicates_are_one_person_until_they_are_parted_again(author: Actor) -> None:
    one, two, three, _ = _known(author, 3, number=4)
    _night()
    joins = [known_people.join(author, one, two), known_people.join(author, three, two)]
    assert _raw(_JANUARY_TO_APRIL)["SN3",] == 2
    known_people.unjoin(author, joins[0])
    assert _raw(_JANUARY_TO_APRIL)["SN3",] == 3
    known_people.unjoin(author, joins[1])

    assert _raw(_JANUARY_TO_APRIL)["SN3",] == 4


def test_a_call_a_leaflet_and_a_voided_meeting_make_nobody_a_person(author: Actor) -> None:
    _known(author, 3, contact_type="phone")
    _known(author, 3, contact_type="brief", activity="outreach", topics=[])
    _known(author, 3, contact_type="third_party")
    person = a_participant(author)
    mistaken = _of_april(author)
    known_people.link(author, person, mistaken)
    _night()
    assert _raw(_JANUARY_TO_APRIL)["SN3",] == 1
    contacts.void_contact(by=author, id=mistaken, given={"reason": "duplicate"})
    _night()

    raw = _raw(_JANUARY_TO_APRIL)

    assert raw["SN3",] == 0
    assert raw["SN3", "identified_contacts"] == 1, "the call"


def test_erasure_changes_no_figure(author: Actor) -> None:
    people = _known(author, 3, 4, number=3)
    known_people.join(author, people[0], people[1])
    _night()
    before = _raw(_JANUARY_TO_APRIL)
    known_people.erase(people[0])
    known_people.erase(people[2])
    _night()

    assert _raw(_JANUARY_TO_APRIL) == before
    assert before["SN3",] == 2


def test_a_protected_person_is_in_the_total_and_on_no_other_line(author: Actor) -> None:
    _known(author, 3)
    (person,) = _known(author, 3, site="bagartorp", gender="man")
    known_people.protect(author, person)
    _night()

    raw = _raw(_JANUARY_TO_APRIL)

    assert raw["SN3",] == 2
    assert raw["persons_site", "site", "bagartorp"] == 0
    assert raw["persons_site", "site", "residual"] == 1
    assert raw["persons_gender_age", "age_band", "total", "gender", "man"] == 0
    assert raw["contacts_site_month", "month", "2026-03", "site", "total"] == 1
    assert raw["contacts_site_month", "month", "residual", "site", "residual"] == 1


def test_a_supervisor_of_either_committee_is_answered_for_all_and_shown_nobody(
    author: Actor,
) -> None:
    _known(author, 3, number=2)
    _known(an_actor(roles=["caseworker", "supervisor"], committee="SN"), 3, number=3)
    (person,) = _known(author, 3)
    known_people.protect(author, person)
    _night()

    for committee in ("KN", "SN", None):
        supervisor = an_actor(role="supervisor", committee=committee)
        assert _raw(_JANUARY_TO_APRIL, supervisor)["SN3",] == 6
        with transaction(by=supervisor):
            _raw(_JANUARY_TO_APRIL, supervisor)
            seen = db.session.scalar(sa.select(sa.func.count()).select_from(ContactLink))
        assert seen == {"KN": 2, "SN": 3, None: 0}[committee]


def test_persons_of_a_month_are_kept_and_hidden_like_every_count(
    author: Actor, ask: Callable[[Period], Numbers]
) -> None:
    march = period_of("2026-03-01..2026-03-31")
    _known(author, 3, number=9)
    _known(author, 3, number=3, site="bagartorp")
    _night()

    told = ask(march)
    _known(author, 3, number=5)
    _night()

    assert told["SN3",] == 12
    assert told["persons_site", "site", "bagartorp"] is None
    assert told["persons_site", "site", "hagalund"] is None, "twelve less nine are three"
    assert told["contacts_site_month", "month", "total", "site", "bagartorp"] is None
    assert ask(march) == told


def test_contacts_of_two_or_mostly_of_one_are_hidden(
    author: Actor, ask: Callable[[Period], Numbers]
) -> None:
    often, _ = _known(author, 3, number=2)
    known_people.link(author, often, *[_of_april(author) for _ in range(8)])
    _night()

    march, april = map(ask, months_of(_JANUARY_TO_APRIL)[2:])

    assert _raw(_JANUARY_TO_APRIL)["SN3", "identified_contacts"] == 10
    assert april["SN3", "identified_contacts"] is None
    assert april["SN3", "contacts"] is None
    assert march["SN3",] is None


def test_persons_of_a_longer_period_are_counted_for_it_and_told_as_one_number(
    author: Actor, ask: Callable[[Period], Numbers]
) -> None:
    _known(author, 2, 3, number=7)
    _known(author, 3, number=8)
    _known(author, 4, number=6)
    _night()

    longer = ask(_JANUARY_TO_APRIL)
    months = list(map(ask, months_of(_JANUARY_TO_APRIL)))

    assert [month["SN3",] for month in months] == [0, 7, 15, 6]
    assert longer["SN3",] == 21
    assert longer["persons_site", "site", "total"] == 21
    assert longer["persons_site", "site", "hagalund"] is None
    assert longer["SN3", "identified_contacts"] == 28


def test_one_person_more_than_a_shorter_period_told_is_not_told(
    author: Actor, ask: Callable[[Period], Numbers]
) -> None:
    _known(author, 2, number=9)
    _known(author, 7)
    _night()

    assert ask(_JANUARY_TO_APRIL)["SN3",] == 9
    assert ask(_JANUARY_TO_AUGUST)["SN3",] is None
    assert _raw(_JANUARY_TO_AUGUST)["SN3",] == 10


def test_a_person_who_becomes_known_late_is_not_laid_bare_by_a_longer_period(
    author: Actor, ask: Callable[[Period], Numbers]
) -> None:
    _known(author, 2, number=9)
    _night()
    ask(period_of("2026-02-01..2026-02-28"))
    _known(author, 2)
    _night()

    assert ask(_JANUARY_TO_APRIL)["SN3",] is None


def test_a_month_kept_before_persons_were_counted_has_told_nothing_of_them(
    author: Actor, owner: sa.Engine, ask: Callable[[Period], Numbers]
) -> None:
    _known(author, 2, 3, number=6)
    _night()
    ask(period_of("2026-02-01..2026-02-28"))
    with owner.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE period_figures SET answer = jsonb_set(jsonb_set(answer,"
                " '{figures,0,definition_version}', '1'), '{figures,0,value}', '0')"
                " #- '{tables,5}' #- '{tables,4}'"
            )
        )

    assert ask(_JANUARY_TO_APRIL)["SN3",] == 6
    assert ask(_JANUARY_TO_APRIL)["SN3", "contacts"] == 12


def _kept() -> list[str]:
    days = sa.select(PeriodFigures.first_day, PeriodFigures.last_day)
    return sorted(str(Period(*row)) for row in db.session.execute(days))


def _computed() -> list[str]:
    ids = sa.select(AuditEntry.object_id).where(AuditEntry.action == "compute")
    return sorted(map(str, db.session.scalars(ids)))


def _trail(*actions: str) -> list[tuple[str, str, str | None, Any]]:
    entries = sa.select(AuditEntry).where(
        AuditEntry.action.in_(actions), AuditEntry.kind == "figures"
    )
    return [
        (each.actor, each.action, each.object_id, each.details)
        for each in db.session.scalars(entries.order_by(AuditEntry.id))
    ]


@pytest.mark.parametrize(
    ("period", "raw"),
    [
        ("2026-01-01..2026-04-30", True),
        ("2026-10-02..2026-10-03", True),
        ("2026-10-02..2026-10-03", False),
        # Listed, but it goes on.
        ("2026-11-01..2026-11-30", False),
    ],
)
def test_an_answer_that_is_the_houses_own_leaves_who_read_it_and_what_in_the_trail(
    app: Flask, period: str, *, raw: bool
) -> None:
    assert app
    _night()
    supervisor = an_actor(role="supervisor")

    for actor in (supervisor, system("console")):
        service.figures(by=actor, period=period_of(period), threshold=_THRESHOLD, raw=raw)

    assert _trail("read") == [
        (supervisor.username, "read", period, {"raw": raw}),
        ("system:console", "read", period, {"raw": raw}),
    ]


def test_an_answer_that_everybody_gets_leaves_no_row_of_who_read_it(
    ask: Callable[[Period], Numbers],
) -> None:
    _night()
    ask(_JANUARY_TO_APRIL)

    assert _trail("read") == []


def test_who_is_refused_has_read_nothing(app: Flask) -> None:
    assert app
    _night()
    analyst = an_actor(role="analyst")

    for period, raw in ((_JANUARY_TO_APRIL, True), (period_of("2026-10-02..2026-10-03"), False)):
        with pytest.raises(NotAllowed):
            service.figures(by=analyst, period=period, threshold=_THRESHOLD, raw=raw)

    assert _trail("read") == []


@pytest.mark.parametrize("answered", [service.figures, service.handed_out])
@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize(
    "period",
    [
        "2014-12-31..2015-01-31",
        "2020-01-01..2026-01-01",
        # A whole month, with no day after it in any calendar.
        "9999-12-01..9999-12-31",
    ],
)
def test_a_period_out_of_bounds_is_refused_whoever_asks(
    app: Flask, answered: Callable[..., Any], period: str, *, raw: bool
) -> None:
    assert app
    _night()

    with pytest.raises(RuleBroken) as refused:
        answered(by=system("console"), period=period_of(period), threshold=_THRESHOLD, raw=raw)

    assert [fault.pointer for fault in refused.value.faults] == ["/period"]
    assert _trail("read", "export") == []


@pytest.mark.parametrize("raw", [True, False])
def test_a_file_leaves_one_row_that_says_it_left_the_house(app: Flask, *, raw: bool) -> None:
    assert app
    _night()
    supervisor = an_actor(role="supervisor")

    service.handed_out(by=supervisor, period=_JANUARY_TO_APRIL, threshold=_THRESHOLD, raw=raw)

    assert _trail("read", "export") == [
        (supervisor.username, "export", str(_JANUARY_TO_APRIL), {"raw": raw})
    ]


def test_many_who_ask_at_once_for_periods_that_share_months_are_told_the_same(
    author: Actor, application: Flask, owner: sa.Engine, ask: Callable[[Period], Numbers]
) -> None:
    analyst = an_actor(role="analyst")
    before = [_JANUARY_TO_AUGUST, period_of("2026-05-01..2026-08-31"), _JANUARY_TO_APRIL]
    after = [_JANUARY_TO_APRIL, _JANUARY_TO_AUGUST, period_of("2026-06-01..2026-06-30")]
    for month in range(1, 9):
        _met(author, month, 6)
    _night()

    def answered(period: Period) -> Numbers:
        with application.app_context():
            return _numbers(service.figures(by=analyst, period=period, threshold=_THRESHOLD))

    def waiting() -> int:
        # For the table, or for whoever works out an edition in this database.
        held_up = (
            "NOT granted AND (relation = 'period_figures'::regclass OR locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        with owner.connect() as connection:
            rows = connection.execute(sa.text(f"SELECT FROM pg_locks WHERE {held_up}"))
            return len(rows.all())

    with ThreadPoolExecutor(6) as together:
        with owner.begin() as gate:
            gate.execute(sa.text("LOCK TABLE period_figures IN SHARE MODE"))
            coming = [together.submit(answered, period) for period in before]
            # Each has seen that nothing is kept: one has counted its first month, the others wait.
            until(lambda: waiting() == 3)
            for month in (1, 5, 6):
                _met(author, month, 1)
            _night()
            coming += [together.submit(answered, period) for period in after]
            until(lambda: waiting() == 6)
        told = [each.result() for each in coming]

    assert told == [ask(period) for period in (*before, *after)]
    assert _computed() == _kept()
