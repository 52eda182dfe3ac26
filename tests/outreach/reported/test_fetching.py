"""Taking in what Kolada tells: what is new, what was revised, what it has taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from flask import Flask

from outreach.foundation.actor import Actor
from outreach.foundation.errors import NotAllowed
from outreach.reported import fetching, figures
from outreach.reported.fetching import Fetched
from outreach.reported.kolada import KoladaUnread
from tests.builders import an_actor, uuid7
from tests.kolada_server import KoladaServer, kolada_server


@pytest.fixture
def kolada(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[KoladaServer]:
    now = datetime(2026, 9, 8, 8, 0, tzinfo=UTC)
    with kolada_server() as running, time_machine.travel(now, tick=True):
        running.held = {
            ("N03937", 2024): 5.9,
            ("N03937", 2025): None,
            ("N02243", 2024): 82.9,
            ("N00914", 2021): 79.25,
            ("U00000", 2024): 3.0,
        }
        monkeypatch.setitem(app.config, "KOLADA_URL", running.url)
        yield running


@pytest.fixture
def analyst(app: Flask) -> Actor:
    del app
    return an_actor(role="analyst", sites=(), committee=None)


def _values(analyst: Actor) -> dict[tuple[str, int], Decimal | None]:
    rows = figures.standing(by=analyst, figures=("KN3", "KN4", "KN5"))
    assert {row["source"] for row in rows} <= {"Kolada"}
    return {(row["measure"], row["period"].last.year): row["value"] for row in rows}


def test_what_kolada_tells_is_taken_in_as_it_stands_and_a_missing_value_is_not_0(
    kolada: KoladaServer, analyst: Actor
) -> None:
    assert fetching.fetch(by=analyst) == Fetched(new=4, changed=0, unchanged=0, withdrawn=0)

    assert _values(analyst) == {
        ("N03937", 2024): Decimal("5.9"),
        ("N03937", 2025): None,
        ("N02243", 2024): Decimal("82.9"),
        ("N00914", 2021): Decimal("79.25"),
    }
    assert kolada.asked[0].endswith(
        "/municipality/0184/year/" + ",".join(str(year) for year in range(2011, 2027))
    )


def test_what_it_has_revised_takes_the_place_of_what_it_told_before(
    kolada: KoladaServer, analyst: Actor
) -> None:
    fetching.fetch(by=analyst)
    kolada.held[("N03937", 2024)] = 6.0
    kolada.held[("N03937", 2025)] = 6.1
    kolada.held[("N00914", 2021)] = "deleted"
    kolada.held[("N00973", 2021)] = "deleted"
    kolada.held[("N00973", 2025)] = 41

    told = fetching.fetch(by=analyst)

    assert told == Fetched(new=1, changed=2, unchanged=2, withdrawn=1)
    assert fetching.fetch(by=analyst) == Fetched(new=0, changed=0, unchanged=6, withdrawn=0)
    assert _values(analyst)["N03937", 2025] == Decimal("6.1")
    assert ("N00914", 2021) not in _values(analyst)


def test_a_value_that_comes_back_is_taken_in_again(kolada: KoladaServer, analyst: Actor) -> None:
    for held in (5.9, 6.0, 5.9):
        kolada.held[("N03937", 2024)] = held
        fetching.fetch(by=analyst)

    assert _values(analyst)["N03937", 2024] == Decimal("5.9")


@pytest.mark.parametrize(("place", "odd"), [(2024, 101.0), (2025, -1.0)])
def test_where_one_value_cannot_be_one_nothing_is_taken_in(
    kolada: KoladaServer, analyst: Actor, place: int, odd: float
) -> None:
    kolada.held[("N03937", place)] = odd

    with pytest.raises(KoladaUnread):
        fetching.fetch(by=analyst)

    assert _values(analyst) == {}


def test_an_answer_that_was_saved_as_a_file_is_taken_in_alike(
    kolada: KoladaServer, analyst: Actor
) -> None:
    page = {"values": kolada.rows(["N03937"], [2024, 2025])}

    assert fetching.take_in(by=analyst, page=page).new == 2
    with pytest.raises(KoladaUnread):
        fetching.take_in(by=analyst, page={"values": "none"})


@pytest.mark.parametrize("year", [10_000_000_000, 0, "1e400"])
def test_a_year_that_is_none_is_not_taken_in(
    kolada: KoladaServer, analyst: Actor, year: object
) -> None:
    row = kolada.rows(["N03937"], [2024])[0] | {"period": year}

    with pytest.raises(KoladaUnread):
        fetching.take_in(by=analyst, page={"values": [row]})


def test_what_somebody_typed_of_the_same_year_gives_way(
    kolada: KoladaServer, analyst: Actor
) -> None:
    typed = {
        "id": str(uuid7()), "figure": "KN3", "period": "2024-01-01..2024-12-31",
        "value": "5,8", "source": "Ur en rapport",
    }  # fmt: skip
    figures.report(by=analyst, given=typed)
    assert kolada.held

    assert fetching.fetch(by=analyst).changed == 1

    assert _values(analyst)["N03937", 2024] == Decimal("5.9")


def test_only_who_answers_for_the_report_asks(kolada: KoladaServer) -> None:
    other = an_actor(role="caseworker")

    with pytest.raises(NotAllowed):
        fetching.fetch(by=other)
    with pytest.raises(NotAllowed):
        fetching.take_in(by=other, page={})
    assert kolada.asked == []
