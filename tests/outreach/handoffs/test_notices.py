"""Whoever something waits for is told how many and where: never about whom, nor which team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from outreach.accounts import service as accounts
from outreach.consents import service as consents
from outreach.foundation.actor import Actor
from outreach.foundation.clock import STOCKHOLM
from outreach.handoffs import notices
from outreach.outgoing import delivery
from tests.builders import a_unit, an_actor
from tests.canaries import CANARIES, FAMILY_NAME, GIVEN_NAME
from tests.handed_over import both, do, kept, sent
from tests.post_office import MailServer, mail_server, sends_mail

# A Wednesday, at work.
NOW = datetime(2026, 11, 25, 10, tzinfo=STOCKHOLM)


@pytest.fixture(autouse=True)
def wednesday(app: Flask) -> Iterator[None]:
    del app
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def letters(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as running:
        for name, value in (sends_mail(running) | {"PUBLIC_URL": "https://outreach.test"}).items():
            monkeypatch.setitem(app.config, name, value)
        yield running


def _wants(actor: Actor, address: str = "") -> str:
    address = address or f"{actor.username}@example.se"
    accounts.set_notice_email(by=actor, given={"email": address})
    return address


def _read(letters: MailServer, after: timedelta = timedelta(minutes=6)) -> list[tuple[str, str]]:
    """Deliver what is due after a while; return to whom went what."""
    letters.letters.clear()
    with time_machine.travel(NOW + after, tick=False):
        delivery.deliver_due()
    told = [(each["To"], each.get_content()) for each in letters.letters]  # type: ignore[attr-defined]
    return [(to, text.replace("\r\n", "\n")) for to, text in told]


def test_the_teams_receivers_are_told_of_what_is_sent_in_one_notice(letters: MailServer) -> None:
    sides = both()
    to = _wants(sides.receiver)
    sent(sides)
    other = both(sender=sides.sender, receiver=sides.receiver)
    sent(other)

    (told,) = _read(letters)

    assert told == (
        to, "2 överlämningar väntar på dig.\n\nhttps://outreach.test/overlamningar\n",
    )  # fmt: skip
    assert letters.letters[0]["Subject"] == "Något väntar på dig"
    assert _read(letters, timedelta(hours=2)) == []


def test_whoever_wishes_none_and_another_team_get_none(letters: MailServer) -> None:
    sides = both()
    _wants(an_actor(role="receiver", sites=(), committee=None, team="osa"))
    sent(sides)

    assert _read(letters) == []


def test_what_was_seen_to_meanwhile_is_not_told(letters: MailServer) -> None:
    sides = both()
    _wants(sides.receiver)
    handoff = sent(sides)
    do(sides.receiver, handoff, "accept")

    assert _read(letters) == []


def test_whoever_is_responsible_is_told_of_what_comes_back(letters: MailServer) -> None:
    sides = both()
    to = _wants(sides.sender)
    handoff = sent(sides)
    do(sides.receiver, handoff, "return", missing=["email"])

    assert [told for told, _ in _read(letters)] == [to]


@pytest.mark.parametrize(("back", "told"), [(["acceptance"], 1), (["outcome"], 0)])
def test_whoever_is_responsible_is_told_of_a_decline_where_they_may_know(
    letters: MailServer, back: list[str], told: int
) -> None:
    sides = both()
    to = _wants(sides.sender)
    sent(sides, "decline", back=back)

    assert [each for each, _ in _read(letters)] == [to] * told


def test_the_team_is_told_that_something_was_withdrawn_and_not_what(letters: MailServer) -> None:
    sides = both(given_name=GIVEN_NAME, family_name=FAMILY_NAME)
    to = _wants(sides.receiver)
    handoff = sent(sides)
    _read(letters)
    consents.withdraw(by=sides.sender, id=kept(handoff).consent_id)

    ((told, text),) = _read(letters, timedelta(minutes=12))

    assert (told, text.splitlines()[0]) == (to, "En överlämning har dragits tillbaka.")
    whole = f"{text} {letters.letters[0]}".casefold()
    words = {*CANARIES, "jobbteamet", "JV-", sides.sender.name}
    assert [word for word in words if word.casefold() in whole] == []


def test_nobody_is_disturbed_in_the_evening_or_at_the_weekend(letters: MailServer) -> None:
    sides = both()
    _wants(sides.receiver)
    friday_evening = NOW.replace(day=27, hour=20)
    with time_machine.travel(friday_evening, tick=False):
        sent(sides)

    assert _read(letters, friday_evening - NOW + timedelta(hours=24)) == []
    monday = NOW.replace(day=30, hour=7)
    assert len(_read(letters, monday - NOW)) == 1


def test_one_that_could_not_be_delivered_in_time_waits_for_the_next_morning_at_work(
    letters: MailServer,
) -> None:
    sides = both()
    _wants(sides.receiver)
    with time_machine.travel(NOW.replace(hour=17, minute=50), tick=False):
        sent(sides)
    letters.mood = "450"
    _read(letters, timedelta(hours=7, minutes=56))
    letters.mood = "ok"

    assert _read(letters, timedelta(hours=9)) == []
    assert len(_read(letters, timedelta(hours=21))) == 1


def test_supervisors_are_told_once_of_what_nobody_has_answered_in_time(
    letters: MailServer,
) -> None:
    unit = a_unit()
    sides = both(sender=an_actor(unit_id=unit.id))
    boss = an_actor(role="supervisor", unit_id=unit.id)
    to = _wants(boss)
    _wants(an_actor(role="supervisor", unit_id=a_unit().id))
    sent(sides)

    def told_on(days: int) -> int:
        with time_machine.travel(NOW.replace(hour=7) + timedelta(days=days), tick=False):
            return notices.tell_of_overdue()

    # Five working days after the Wednesday are over on the Thursday of the week after.
    assert [told_on(days) for days in range(9)] == [0, 0, 0, 0, 0, 0, 0, 0, 1]
    ((address, text),) = _read(letters, timedelta(days=8))
    assert (address, text.splitlines()[0]) == (to, "En överlämning har väntat för länge på svar.")
    assert told_on(9) == 0


def test_whoever_wishes_no_more_of_them_gets_no_more(letters: MailServer) -> None:
    sides = both()
    _wants(sides.receiver)
    sent(sides)
    accounts.set_notice_email(by=sides.receiver, given={"email": ""})

    assert _read(letters) == []


def test_without_a_mail_server_nothing_is_queued() -> None:
    sides = both()
    _wants(sides.receiver)
    sent(sides)

    assert delivery.deliver_due() == {}
