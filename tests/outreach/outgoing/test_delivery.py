"""What is due goes out once, however its carrier answers, and the row says what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.foundation.keyring import SealBrokenError
from outreach.foundation.transaction import transaction
from outreach.outgoing import delivery, service
from outreach.outgoing.carriers import Accepted, Busy, Message
from outreach.outgoing.delivery import DeliveryOverdue, Kind, Later, Withheld
from outreach.outgoing.models import Outgoing
from outreach.outgoing.sms import SmsCarrier
from tests.post_office import (
    MailServer,
    SmsProvider,
    mail_server,
    sends_mail,
    sends_sms,
    sms_provider,
)

PHONE = "+46701740605"
KIND = "trial"


@pytest.fixture
def told() -> dict[UUID, Message | Withheld | Later]:
    """What is said about each thing; about all others, the same to one number."""
    return {}


@pytest.fixture
def provider(
    app: Flask, monkeypatch: pytest.MonkeyPatch, told: dict[UUID, Message | Withheld | Later]
) -> Iterator[SmsProvider]:
    """A product that sends SMS, and one kind of message."""

    def compose(about: UUID, channel: str, expires_at: datetime) -> Message | Withheld | Later:
        del expires_at
        to = PHONE if channel == "sms" else "elsa@example.se"
        return told.get(about, Message(to, "Du har en tid."))

    def address(about: UUID, channel: str) -> str | None:
        composed = compose(about, channel, clock.now())
        return composed.to if isinstance(composed, Message) else None

    monkeypatch.setitem(delivery._kinds, KIND, Kind(compose=compose, address=address))
    with sms_provider() as running:
        for name, value in sends_sms(running).items():
            monkeypatch.setitem(app.config, name, value)
        yield running


def _queue(
    channel: str = "sms", *, once: bool = True, about: UUID | None = None, **when: Any
) -> UUID:
    about = about or uuid4()
    now = clock.now()
    given = {"due_at": now, "expires_at": now + timedelta(hours=20)} | when
    with transaction():
        service.queue(kind=KIND, about=about, channel=channel, once=once, **given)
    return about


def _row(about: UUID) -> Any:
    db.session.expire_all()
    return db.session.scalars(sa.select(Outgoing).where(Outgoing.about == about)).one()


def _later(**time: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**time), tick=True)


def test_what_is_due_goes_out_once_and_is_known_by_its_receipt(provider: SmsProvider) -> None:
    about = _queue()
    _queue(due_at=clock.now() + timedelta(hours=1))

    assert delivery.deliver_due() == Counter(sent=1)
    assert delivery.deliver_due() == Counter()
    (taken,) = provider.taken
    row = _row(about)
    assert (row.state, row.receipt, row.why, row.tries) == ("sent", taken["id"], None, 1)
    assert row.ended_at is not None


def test_what_is_queued_again_is_still_one_and_one_that_went_stays(provider: SmsProvider) -> None:
    about = _queue(due_at=clock.now() + timedelta(hours=1))
    _queue(about=about)

    delivery.deliver_due()
    _queue(about=about)
    delivery.deliver_due()

    assert len(provider.taken) == 1


def test_of_a_kind_that_is_sent_more_than_once_one_waits_at_a_time(provider: SmsProvider) -> None:
    about = _queue(once=False)
    _queue(about=about, once=False)
    delivery.deliver_due()
    _queue(about=about, once=False)
    delivery.deliver_due()

    assert len(provider.taken) == 2


def test_what_was_dropped_or_withheld_does_not_go(
    provider: SmsProvider, told: dict[UUID, Message | Withheld | Later]
) -> None:
    dropped, withheld, late = _queue(), _queue(), _queue(expires_at=clock.now())
    told[withheld] = Withheld("protected")
    with transaction():
        service.drop(kind=KIND, abouts=[dropped], why="not_to_be")

    assert delivery.deliver_due() == Counter(not_sent=2)
    assert provider.taken == []
    assert [_row(each).why for each in (dropped, withheld, late)] == [
        "not_to_be",
        "protected",
        "gave_up",
    ]


def test_what_was_withheld_may_be_wanted_again(provider: SmsProvider) -> None:
    about = uuid4()
    with transaction():
        service.withhold(kind=KIND, about=about, channel="sms", why="not_asked")
    _queue(about=about)

    delivery.deliver_due()

    assert len(provider.taken) == 1
    with transaction():
        service.withhold(kind=KIND, about=about, channel="sms", why="not_asked")
    assert _row(about).state == "sent"


def test_nobody_is_disturbed_before_their_hours(
    provider: SmsProvider, told: dict[UUID, Message | Withheld | Later]
) -> None:
    about = _queue()
    told[about] = Later(clock.now() + timedelta(hours=2))

    delivery.deliver_due()
    assert (_row(about).state, provider.taken) == ("waiting", [])
    del told[about]
    with _later(hours=3):
        delivery.deliver_due()
    assert _row(about).state == "sent"


def test_a_carrier_that_is_away_is_asked_again_until_it_is_too_late(provider: SmsProvider) -> None:
    about = _queue(expires_at=clock.now() + timedelta(minutes=40))
    provider.mood = "busy"
    tries = []
    for minute in range(0, 45, 5):
        with _later(minutes=minute):
            delivery.deliver_due()
            tries.append(_row(about).tries)

    assert tries == [1, 2, 3, 4, 4, 5, 5, 5, 5]
    assert (_row(about).state, _row(about).why, provider.taken) == ("not_sent", "gave_up", [])


def test_a_carrier_that_comes_back_gets_each_once(provider: SmsProvider) -> None:
    abouts = [_queue() for _ in range(5)]
    provider.mood = "busy"
    # After three it is left alone until the next minute.
    assert delivery.deliver_due() == Counter(waiting=3)
    provider.mood = "ok"

    with _later(minutes=2):
        delivery.deliver_due()

    assert [_row(each).state for each in abouts] == ["sent"] * 5
    assert len(provider.taken) == 5


def test_what_the_carrier_refuses_is_told_and_not_tried_again(provider: SmsProvider) -> None:
    about = _queue()
    provider.mood = "refuse"

    assert delivery.deliver_due() == Counter(not_sent=1)
    with _later(hours=1):
        assert delivery.deliver_due() == Counter()
    assert _row(about).why == "refused"


@pytest.mark.parametrize("mood", ["silent_after", "broken_after", "html_after"])
def test_what_was_taken_without_a_word_is_found_and_not_sent_again(
    provider: SmsProvider, mood: str
) -> None:
    about, other = _queue(), _queue()
    provider.mood = mood

    assert delivery.deliver_due() == Counter(handed_over=1)
    # Before the carrier has had its time, nothing more goes that way.
    provider.mood = "ok"
    assert delivery.deliver_due() == Counter()
    with _later(minutes=3):
        assert delivery.deliver_due() == Counter(sent=2)

    assert len(provider.taken) == 2
    receipts = {_row(about).receipt, _row(other).receipt}
    assert receipts == {row["id"] for row in provider.taken}


@pytest.mark.parametrize("mood", ["silent", "broken", "html"])
def test_what_was_not_taken_without_a_word_is_sent_again(provider: SmsProvider, mood: str) -> None:
    about = _queue()
    provider.mood = mood

    delivery.deliver_due()
    provider.mood = "ok"
    with _later(minutes=3):
        assert delivery.deliver_due() == Counter(waiting=1)
    with _later(minutes=6):
        delivery.deliver_due()

    assert (len(provider.taken), _row(about).state) == (1, "sent")


def test_a_carrier_that_never_knows_of_what_it_got_gets_it_twice_at_most(
    provider: SmsProvider,
) -> None:
    about = _queue()
    provider.mood = "silent"
    for minutes in range(0, 60, 3):
        with _later(minutes=minutes):
            delivery.deliver_due()

    assert (_row(about).state, _row(about).tries, _row(about).lost) == ("uncertain", 2, 1)


def test_a_carrier_that_cannot_say_is_asked_for_half_an_hour_and_holds_up_others_no_longer(
    provider: SmsProvider,
) -> None:
    about, other = _queue(), _queue()
    provider.mood, provider.memory = "silent_after", "away"
    delivery.deliver_due()

    with _later(minutes=20):
        assert delivery.deliver_due() == Counter(handed_over=1)
    provider.mood = "ok"
    with _later(minutes=31):
        assert delivery.deliver_due() == Counter(uncertain=1, sent=1)

    assert (_row(about).why, _row(other).state) == ("no_answer", "sent")
    assert len(provider.taken) == 2


def test_what_waited_behind_one_that_hangs_is_told_to_be_too_late_when_it_is(
    provider: SmsProvider,
) -> None:
    _queue()
    provider.mood, provider.memory = "silent_after", "away"
    delivery.deliver_due()
    behind = _queue(expires_at=clock.now() + timedelta(minutes=10))

    with _later(minutes=11):
        delivery.deliver_due()

    assert (_row(behind).state, _row(behind).why) == ("not_sent", "gave_up")


def test_one_that_comes_late_with_its_answer_has_nothing_to_say(provider: SmsProvider) -> None:
    about = _queue()
    provider.mood = "silent_after"
    delivery.deliver_due()
    late = _row(about)
    db.session.expunge(late)
    with _later(minutes=3):
        delivery.deliver_due()
    assert _row(about).state == "sent"

    assert delivery._after(late, Busy()) == "not_sent"
    assert _row(about).state == "sent"


def test_where_a_newer_notice_waits_the_older_is_not_tried_again(provider: SmsProvider) -> None:
    about = uuid4()
    _queue(about=about, once=False)
    provider.mood = "silent"
    delivery.deliver_due()
    _queue(about=about, once=False, due_at=clock.now() + timedelta(minutes=10))
    provider.mood = "ok"

    with _later(minutes=3):
        assert delivery.deliver_due() == Counter(not_sent=1)
    with _later(minutes=11):
        assert delivery.deliver_due() == Counter(sent=1)


def test_a_carrier_that_repeats_a_receipt_is_not_sent_to_again(
    provider: SmsProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = _queue(), _queue()
    monkeypatch.setattr(SmsCarrier, "send", lambda *_: Accepted("s1"))
    del provider

    assert delivery.deliver_due() == Counter(sent=2)
    assert sorted([_row(one).receipt or "", _row(other).receipt or ""]) == ["", "s1"]


def test_a_carrier_that_fails_against_its_promise_is_asked_like_any_other(
    provider: SmsProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError

    about = _queue()
    with monkeypatch.context() as patched:
        patched.setattr(SmsCarrier, "send", broken)
        assert delivery.deliver_due() == Counter(handed_over=1)
    for minutes in (3, 6):
        with _later(minutes=minutes):
            delivery.deliver_due()

    assert (_row(about).state, len(provider.taken)) == ("sent", 1)


def test_an_hour_without_a_worker_is_told_to_whoever_watches(provider: SmsProvider) -> None:
    del provider
    _queue()
    delivery.require_delivered()

    with _later(minutes=61), pytest.raises(DeliveryOverdue):
        delivery.require_delivered()
    with _later(hours=21):
        delivery.require_delivered()


def test_nothing_leads_from_a_thing_that_is_forgotten_to_what_was_sent(
    provider: SmsProvider, owner: sa.Engine
) -> None:
    about, hanging = _queue(), _queue()
    delivery.deliver_due()
    provider.mood = "silent_after"
    with transaction():
        service.forget(abouts=[about, hanging])
        assert service.entries(kind=KIND, abouts=[about]) == {about: []}

    with owner.connect() as connection:
        kept = connection.execute(sa.text("SELECT about, addressed FROM outgoing")).all()
    assert [row.addressed for row in kept] == [None, None]
    assert {about, hanging}.isdisjoint(row.about for row in kept)


@pytest.mark.parametrize(
    "now", [Withheld("person_gone"), Message("+46701740699", "Du har en tid.")]
)
def test_where_the_address_is_another_by_then_nobody_knows(
    provider: SmsProvider,
    told: dict[UUID, Message | Withheld | Later],
    now: Message | Withheld,
) -> None:
    about = _queue()
    provider.mood = "silent_after"
    delivery.deliver_due()
    told[about] = now

    with _later(minutes=3):
        assert delivery.deliver_due() == Counter(uncertain=1)
    assert (provider.asked, len(provider.taken)) == (0, 1)


def test_of_two_that_deliver_at_once_one_does(app: Flask, provider: SmsProvider) -> None:
    _queue()
    provider.mood = "hold"

    def deliver() -> Counter[str]:
        with app.app_context():
            return delivery.deliver_due()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(deliver)
        assert provider.held.wait(20)
        assert pool.submit(deliver).result(20) == Counter()
        provider.let_go.set()
        assert first.result(20) == Counter(sent=1)
    assert len(provider.taken) == 1


def test_nothing_goes_where_nobody_is_to_take_it(
    app: Flask, provider: SmsProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    sms, mail = _queue(), _queue("email")
    monkeypatch.setitem(app.config, "SMS_URL", "")

    # It may be turned on in time.
    assert delivery.deliver_due() == Counter()
    with _later(hours=21):
        delivery.deliver_due()

    assert [_row(each).why for each in (sms, mail)] == ["channel_off"] * 2
    assert provider.taken == []


@pytest.fixture
def letters(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as running:
        for name, value in sends_mail(running).items():
            monkeypatch.setitem(app.config, name, value)
        yield running


def test_a_letter_without_an_answer_is_never_sent_a_second_time(
    provider: SmsProvider, letters: MailServer
) -> None:
    del provider
    about = _queue("email")
    letters.mood = "drop"
    delivery.deliver_due()
    assert _row(about).state == "handed_over"

    letters.mood = "ok"
    with _later(minutes=3):
        assert delivery.deliver_due() == Counter(uncertain=1)
    with _later(hours=2):
        assert delivery.deliver_due() == Counter()

    assert (_row(about).why, len(letters.letters)) == ("no_answer", 1)


def test_what_hangs_by_one_way_does_not_hold_up_the_other(
    provider: SmsProvider, letters: MailServer
) -> None:
    _queue()
    provider.mood = "silent_after"
    delivery.deliver_due()
    _queue("email")

    assert delivery.deliver_due() == Counter(sent=1)
    assert len(letters.letters) == 1


def test_one_that_cannot_be_put_together_holds_up_nobody(
    provider: SmsProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(about: UUID, channel: str, expires_at: datetime) -> Message:
        del about, channel, expires_at
        raise SealBrokenError

    monkeypatch.setitem(delivery._kinds, "broken", Kind(broken, lambda *_: None))
    now = clock.now()
    with transaction():
        service.queue(
            kind="broken", about=uuid4(), channel="sms", once=True,
            due_at=now - timedelta(hours=1), expires_at=now + timedelta(hours=1),
        )  # fmt: skip
    _queue()

    assert delivery.deliver_due() == Counter(sent=1)
    with _later(hours=2):
        assert delivery.deliver_due() == Counter(not_sent=1)
    assert len(provider.taken) == 1


def test_no_address_and_no_word_is_ever_kept(provider: SmsProvider, owner: sa.Engine) -> None:
    _queue()
    provider.mood = "silent_after"
    delivery.deliver_due()

    with owner.connect() as connection:
        (kept,) = connection.execute(sa.text("SELECT outgoing::text FROM outgoing")).scalars()
    assert PHONE[4:] not in kept
    assert PHONE.encode().hex() not in kept
    assert "tid" not in kept
