"""What is queued about a thing, dropped and looked at."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from outreach.foundation import clock
from outreach.foundation.transaction import transaction
from outreach.outgoing import service

pytestmark = pytest.mark.usefixtures("app")


def test_dropping_keeps_the_channel_that_was_chosen_instead() -> None:
    about, now = uuid4(), clock.now()
    with transaction():
        for channel in ("sms", "email"):
            service.queue(
                kind="trial", about=about, channel=channel, due_at=now,
                expires_at=now + timedelta(hours=1), once=True,
            )  # fmt: skip
        service.drop(kind="trial", abouts=[about], why="not_chosen", keep="email")

        found = service.entries(kind="trial", abouts=[about])[about]
    assert {each.channel: (each.state, each.why) for each in found} == {
        "sms": ("not_sent", "not_chosen"),
        "email": ("waiting", None),
    }


def test_of_another_kind_and_of_another_thing_nothing_is_touched() -> None:
    about, other, now = uuid4(), uuid4(), clock.now()
    with transaction():
        for each in (about, other):
            service.queue(
                kind="trial", about=each, channel="sms", due_at=now, expires_at=now, once=True
            )
        service.drop(kind="another", abouts=[about], why="not_to_be")
        service.drop(kind="trial", abouts=[other], why="not_to_be")

        found = service.entries(kind="trial", abouts=[about, other])
        assert service.entries(kind="another", abouts=[about]) == {about: []}
    assert [found[each][0].state for each in (about, other)] == ["waiting", "not_sent"]
