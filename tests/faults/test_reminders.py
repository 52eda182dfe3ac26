"""Wherever the worker is killed on the way of a reminder, the person gets exactly one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import psycopg
import pytest
from celery import Celery

from outreach.foundation.queue import DELIVER
from outreach.outgoing.rules import SENT
from tests.builders import a_person, uuid7
from tests.post_office import PASSWORD, SmsProvider, sends_sms, sms_provider
from tests.waiting import until
from tests.whole_product import Program, WholeProduct, whole_product

Standing = tuple[WholeProduct, SmsProvider, Program]


@pytest.fixture(scope="module")
def standing() -> Iterator[Standing]:
    """The whole product, which sends its SMS by a provider of ours, at any hour."""
    with sms_provider() as provider:
        more = sends_sms(provider) | {"REMINDER_HOURS": "00:00-24:00"}
        with whole_product(more, keys={"sms": PASSWORD}) as product:
            password = product.password_of("anna.hagalund")
            yield product, provider, Program(product.address, "anna.hagalund", password)


def _told(product: WholeProduct) -> dict[str, str]:
    told: dict[str, str] = json.loads((product.home / "home" / "running.json").read_text())[
        "environment"
    ]
    return told


def _database(product: WholeProduct) -> Any:
    url = _told(product)["DATABASE_URL"].replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)


def _booked(anna: Program) -> str:
    """Book a meeting of somebody new, who wishes an SMS; return its id."""
    person = str(uuid7())
    wishes = {"sms": "yes", "call": "no", "email": "no"}
    given = a_person(id=person, phone="070-174 06 05", contact_preference=wishes)
    status, told, _ = anna.send("participants", given)
    assert status == 201, told
    status, me, _ = anna.send("me", method="GET")
    assert status == 200, me
    meeting = str(uuid7())
    starts_at = datetime.now(UTC) + timedelta(days=30)
    for hours in range(1000):
        status, told, _ = anna.send(
            "followups",
            {
                "id": meeting,
                "participant_id": person,
                "workers": [me["user"]["id"]],
                "starts_at": (starts_at + timedelta(hours=hours)).isoformat(),
                "minutes": 15,
                "place": "hagalund",
                "reminder": "sms",
            },
        )
        if status == 201:
            return meeting
    raise AssertionError(told)


class _Way:
    """One reminder on its way, looked at in the database as the clock goes on."""

    def __init__(self, product: WholeProduct, meeting: str) -> None:
        self.product, self.meeting = product, meeting
        self._broker = Celery(broker=_told(product)["REDIS_URL"], set_as_current=False)

    def __enter__(self) -> Self:
        self._ask("UPDATE outgoing SET due_at = now() WHERE about = %s")
        return self

    def __exit__(self, *_: object) -> None:
        self._broker.close()

    def deliver(self) -> None:
        """Let the worker hand over what is due."""
        self._broker.send_task(DELIVER)

    def state(self) -> tuple[str, str | None]:
        with _database(self.product) as database:
            wanted = "SELECT state, receipt FROM outgoing WHERE about = %s"
            return database.execute(wanted, [self.meeting]).fetchone()  # type: ignore[no-any-return]

    def minutes_pass(self) -> None:
        """Let it be as if a few minutes had gone by since it was handed over."""
        self._ask(
            "UPDATE outgoing SET handed_over_at = handed_over_at - interval '9 minutes'"
            " WHERE about = %s"
        )

    def delivered_as(self, wanted: str) -> bool:
        """Let the worker deliver what is due by now; tell whether the reminder stands as wanted."""
        self._ask("UPDATE outgoing SET due_at = now() WHERE about = %s AND state = 'waiting'")
        self.deliver()
        with suppress(AssertionError):
            until(lambda: self.state()[0] == wanted, seconds=3)
        return self.state()[0] == wanted

    def _ask(self, statement: str) -> None:
        with _database(self.product) as database:
            database.execute(statement, [self.meeting])


def _while_it_is_with_the_provider(way: _Way, provider: SmsProvider) -> None:
    provider.mood = "hold_before"
    way.deliver()
    assert provider.held.wait(60)
    assert way.state()[0] == "handed_over"
    provider.mood = "forget"
    way.product.kill_whole("worker")


def _when_it_was_taken_and_not_answered(way: _Way, provider: SmsProvider) -> None:
    provider.mood = "hold"
    way.deliver()
    assert provider.held.wait(60)
    way.product.kill_whole("worker")


def _when_the_receipt_was_not_yet_written(way: _Way, provider: SmsProvider) -> None:
    provider.mood = "hold"
    way.deliver()
    assert provider.held.wait(60)
    with (
        _database(way.product) as looking,
        _database(way.product) as holding,
        holding.transaction(),
    ):
        holding.execute("SELECT 1 FROM outgoing WHERE about = %s FOR UPDATE", [way.meeting])
        provider.let_go.set()
        waits = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND query LIKE 'UPDATE outgoing%'"
        )
        until(lambda: looking.execute(waits).fetchone()[0])
        way.product.kill_whole("worker")


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "killed",
    [
        _while_it_is_with_the_provider,
        _when_it_was_taken_and_not_answered,
        _when_the_receipt_was_not_yet_written,
    ],
)
def test_it_goes_exactly_once_and_the_row_knows_its_receipt(
    standing: Standing, killed: Callable[[_Way, SmsProvider], None]
) -> None:
    product, provider, anna = standing
    provider.taken.clear()
    provider.held.clear()
    provider.let_go.clear()
    with _Way(product, _booked(anna)) as way:
        killed(way, provider)
        provider.let_go.set()
        provider.mood = "ok"

        way.minutes_pass()
        until(lambda: way.delivered_as(SENT), seconds=120)

        assert way.state() == ("sent", provider.taken[0]["id"])
        way.deliver()
    assert len(provider.taken) == 1
