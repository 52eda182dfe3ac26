"""An SMS is handed over to a real server, and each of its answers is understood for what it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import urllib3

from embedded.ports import free_port
from outreach.foundation import clock
from outreach.outgoing import sms
from outreach.outgoing.carriers import Accepted, Busy, Message, Missing, NoAnswer, Refused
from outreach.outgoing.sms import SmsCarrier
from tests.post_office import PASSWORD, USER, SmsProvider, sms_provider

TO = "+46701740605"
MESSAGE = Message(TO, "Påminnelse: du har en tid onsdag 2 december kl. 13:00.")


@pytest.fixture(scope="module")
def running() -> Iterator[SmsProvider]:
    with sms_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: SmsProvider) -> SmsProvider:
    running.mood, running.memory, running.asked = "ok", "ok", 0
    running.taken.clear()
    running.held.clear()
    running.let_go.clear()
    return running


def _carrier(provider: SmsProvider, **said: str) -> SmsCarrier:
    given = {"url": provider.url, "user": USER, "password": PASSWORD, "sender": "Paminnelse"}
    return SmsCarrier(**given | said)  # type: ignore[arg-type]


def _none(_: object) -> set[str]:
    return set()


def test_it_is_handed_over_once_with_nothing_but_what_is_needed(provider: SmsProvider) -> None:
    outcome = _carrier(provider).send(uuid4(), MESSAGE)

    (taken,) = provider.taken
    assert outcome == Accepted(taken["id"])
    assert (taken["from"], taken["to"], taken["message"]) == ("Paminnelse", TO, MESSAGE.text)


@pytest.mark.parametrize(
    ("mood", "outcome"),
    [
        ("refuse", Refused()),
        ("failed", Refused("s0")),
        ("no_credit", Busy()),
        ("busy", Busy()),
        # Somebody on the way may have said it: whether it went on, nobody knows.
        ("away", NoAnswer()),
        ("broken", NoAnswer()),
        ("moved", NoAnswer()),
        ("silent", NoAnswer()),
        ("html", NoAnswer()),
    ],
)
def test_each_way_of_not_taking_it_is_told_apart(
    provider: SmsProvider, mood: str, outcome: object
) -> None:
    provider.mood = mood

    assert _carrier(provider).send(uuid4(), MESSAGE) == outcome
    assert provider.taken == []


@pytest.mark.parametrize("mood", ["broken_after", "silent_after", "html_after"])
def test_what_was_taken_without_a_word_is_found_by_asking(provider: SmsProvider, mood: str) -> None:
    since = clock.now()
    provider.mood = mood

    assert _carrier(provider).send(uuid4(), MESSAGE) == NoAnswer()
    found = _carrier(provider).look_for(TO, since=since, known=_none)
    assert found == Accepted(provider.taken[0]["id"])


def test_a_provider_that_does_not_answer_in_time_may_have_taken_it(
    provider: SmsProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms, "_PATIENCE", urllib3.Timeout(connect=5, read=0.2))
    provider.mood = "hold"

    assert _carrier(provider).send(uuid4(), MESSAGE) == NoAnswer()
    assert len(provider.taken) == 1


def test_nobody_there_or_the_wrong_key_is_no_loss(provider: SmsProvider) -> None:
    nobody = _carrier(provider, url=f"http://127.0.0.1:{free_port()}/a1/sms")

    assert nobody.send(uuid4(), MESSAGE) == Busy()
    assert _carrier(provider, url="http://").send(uuid4(), MESSAGE) == Busy()
    assert _carrier(provider, password="wrong").send(uuid4(), MESSAGE) == Busy()
    assert nobody.look_for(TO, since=clock.now(), known=_none) == NoAnswer()
    assert provider.taken == []


def test_another_number_another_time_and_what_is_known_are_not_it(provider: SmsProvider) -> None:
    carrier = _carrier(provider)
    carrier.send(uuid4(), Message("+46701740606", "till någon annan"))
    carrier.send(uuid4(), MESSAGE)
    (_, taken) = provider.taken
    now = clock.now()

    assert carrier.look_for(TO, since=now, known=set) == Missing()
    assert carrier.look_for(TO, since=now + timedelta(hours=1), known=_none) == Missing()
    # However the carrier writes the number, and whatever it makes of the sender.
    taken |= {"to": "0046 70-174 06 05".replace("00", "+", 1), "from": "46elks"}
    assert carrier.look_for(TO, since=now, known=_none) == Accepted(taken["id"])


def test_one_that_the_carrier_took_and_could_not_deliver_was_not_sent(
    provider: SmsProvider,
) -> None:
    carrier = _carrier(provider)
    carrier.send(uuid4(), MESSAGE)
    provider.taken[0]["status"] = "failed"

    found = carrier.look_for(TO, since=clock.now(), known=_none)

    assert found == Refused(provider.taken[0]["id"])


@pytest.mark.parametrize("spoiled", ["id", "created", "direction"])
def test_a_list_that_cannot_be_read_for_certain_says_nothing(
    provider: SmsProvider, spoiled: str
) -> None:
    carrier = _carrier(provider)
    carrier.send(uuid4(), MESSAGE)
    del provider.taken[0][spoiled]

    assert carrier.look_for(TO, since=clock.now(), known=_none) == NoAnswer()


@pytest.mark.parametrize("memory", ["away", "silent", "html"])
def test_what_it_cannot_say_it_has_not_said(provider: SmsProvider, memory: str) -> None:
    provider.memory = memory

    assert _carrier(provider).look_for(TO, since=clock.now(), known=_none) == NoAnswer()


def test_nothing_of_a_message_or_an_account_is_printed(provider: SmsProvider) -> None:
    assert TO not in repr(MESSAGE)
    assert "kl. 13" not in repr(MESSAGE)
    assert PASSWORD not in repr(_carrier(provider))
