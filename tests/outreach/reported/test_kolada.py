"""Asking Kolada: what it tells is read whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from outreach.reported.kolada import Kolada, KoladaSilent, KoladaUnread, KoladaValue, values_of
from tests.kolada_server import KoladaServer, kolada_server


@pytest.fixture
def server() -> Iterator[KoladaServer]:
    with kolada_server() as running:
        running.held = {
            ("N03937", 2023): 5.4,
            ("N03937", 2024): None,
            ("N03937", 2025): 6.1,
            ("N00973", 2025): "deleted",
        }
        yield running


def _asked(server: KoladaServer) -> list[KoladaValue]:
    return Kolada(server.url).values(["N03937", "N00973"], "0184", [2023, 2024, 2025])


def test_every_page_is_read_and_only_what_is_of_everybody_in_the_city(
    server: KoladaServer,
) -> None:
    found = _asked(server)

    assert found == [
        KoladaValue("N00973", 2025, None, is_deleted=True),
        KoladaValue("N03937", 2023, Decimal("5.4")),
        KoladaValue("N03937", 2024, None),
        KoladaValue("N03937", 2025, Decimal("6.1")),
    ]
    assert len(server.asked) == 4
    assert server.asked[0] == ("/v3/data/kpi/N03937,N00973/municipality/0184/year/2023,2024,2025")


@pytest.mark.parametrize(
    ("mood", "told"),
    [
        ("away", KoladaSilent),
        ("moved", KoladaSilent),
        ("html", KoladaUnread),
        ("odd", KoladaUnread),
        ("elsewhere", KoladaUnread),
        ("endless", KoladaUnread),
    ],
)
def test_what_is_not_an_answer_of_kolada_is_never_half_believed(
    server: KoladaServer, mood: str, told: type[Exception]
) -> None:
    server.mood = mood

    with pytest.raises(told):
        _asked(server)


def test_an_address_that_is_none_is_not_followed(server: KoladaServer) -> None:
    server.mood = "bracket"

    with pytest.raises(KoladaUnread):
        _asked(server)


def test_a_server_that_is_not_there_is_silent() -> None:
    with pytest.raises(KoladaSilent):
        Kolada("http://127.0.0.1:9/v3").values(["N03937"], "0184", [2025])


@pytest.mark.parametrize(
    "page",
    [
        None,
        [],
        {"values": None},
        {"values": [{}]},
        {
            "values": [
                {
                    "kpi": "N03937",
                    "municipality": "0184",
                    "period": "last year",
                    "values": [{"gender": "T", "value": 6.1}],
                }
            ]
        },
        {
            "values": [
                {
                    "kpi": "N03937",
                    "municipality": "0184",
                    "period": 2025,
                    "values": [{"gender": "T", "value": "about six"}],
                }
            ]
        },
    ],
)
def test_a_page_that_reads_otherwise_is_refused(page: object) -> None:
    with pytest.raises(KoladaUnread):
        values_of(page, "0184")
