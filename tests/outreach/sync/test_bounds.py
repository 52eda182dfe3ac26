"""A stolen tablet cannot bury what is honest, and an honest one loses nothing by the bound."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask

from outreach.contacts import blocks
from outreach.devices import service as devices
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.sync import bounds, overview, review
from tests.builders import a_user, an_actor
from tests.sealed_tablet import Queued, SealedTablet, a_grant, a_sealed_tablet


@pytest.fixture
def tablet(app: Flask) -> SealedTablet:
    return a_sealed_tablet(app)


def _discard_what_is_shown(tablet: SealedTablet) -> int:
    chief = an_actor(role="supervisor")
    last = review.to_review(by=chief, device=tablet.device)[-1]
    until = (last["received_at"], last["id"])
    return review.discard_strangers(by=chief, device=tablet.device, until=until)


def test_what_nobody_has_signed_waits_on_the_tablet_when_too_much_of_it_waits_here(
    tablet: SealedTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_OPEN", 3)
    for _ in range(4):
        tablet.create("og_forged")

    status, answer = tablet.send()

    assert (status, answer["type"]) == (429, "/problems/too-much-to-review")
    assert answer["revoked"] is False
    assert tablet.send([], pending_count=1)[0] == 200  # it is heard all the same
    assert _discard_what_is_shown(tablet) == 3
    codes = [result["code"] for result in tablet.sync()]
    assert codes == ["duplicate", "duplicate", "duplicate", "needs_review"]


def test_what_is_signed_is_taken_in_however_much_a_thief_has_left(
    tablet: SealedTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_OPEN", 1)
    tablet.create("og_forged")
    tablet.sync()
    grant = a_grant(a_user(), tablet.device)
    tablet.create(grant)
    tablet.create(grant, activity="juggling")

    assert [result["code"] for result in tablet.sync()] == ["applied", "needs_review"]


def test_on_a_revoked_tablet_what_is_signed_is_counted_by_itself_and_it_is_told_of_the_end(
    tablet: SealedTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_OPEN", 1)
    grant = a_grant(a_user(), tablet.device)
    devices.revoke_device(by=system("test"), id=tablet.device)
    tablet.create("og_forged")
    tablet.create(grant)
    assert [result["code"] for result in tablet.sync()] == ["needs_review"] * 2
    tablet.create(grant)

    status, answer = tablet.send()

    assert (status, answer["revoked"]) == (429, True)


def test_a_strangers_words_do_not_choose_who_has_to_look_at_them(tablet: SealedTablet) -> None:
    tablet.create("og_forged", site="bagartorp")
    tablet.sync()

    elsewhere = an_actor(role="supervisor", sites=("bagartorp",))

    assert review.to_review(by=elsewhere) == []
    assert _discard_what_is_shown(tablet) == 1


def test_one_tablets_flood_stops_no_other(
    app: Flask, tablet: SealedTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_OPEN", 1)
    tablet.create("og_forged")
    tablet.sync()
    other = a_sealed_tablet(app, name="Platta 2")
    other.create("og_forged")

    assert [result["code"] for result in other.sync()] == ["needs_review"]


def test_losses_that_nobody_has_looked_at_are_bounded_too(
    tablet: SealedTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_LOSSES", 2)
    first = tablet.create("og_forged")
    again = first.written()
    lost: list[dict[str, Any]] = [{"seq": seq, "op_id": None, "lost": True} for seq in (2, 4, 6)]
    line: list[Queued | dict[str, Any]] = [
        first,
        lost[0],
        again | {"seq": 3},
        lost[1],
        again | {"seq": 5},
        lost[2],
    ]

    status, answer = tablet.send(line)

    assert (status, answer["type"]) == (429, "/problems/too-much-to-review")
    chief = an_actor(role="supervisor")
    losses = overview.state_of(by=chief, device=tablet.device)["losses"]
    assert [(loss["first_seq"], loss["last_seq"]) for loss in losses] == [(4, 4), (2, 2)]
    overview.see_loss(by=chief, device=tablet.device, id=losses[0]["id"])
    assert tablet.send(line)[0] == 200


def test_what_is_longer_than_anything_of_ours_is_not_kept(tablet: SealedTablet) -> None:
    tablet.put(b'{"v": 1, "grant": "og_forged", "body": "' + b"x" * 20_000 + b'"}')

    [result] = tablet.sync()

    assert (result["code"], result["problem"]["type"]) == (
        "needs_review", "/problems/seal-broken",
    )  # fmt: skip
    [row] = review.to_review(by=an_actor(role="supervisor"))
    assert row["facts"] is None


def test_a_storage_that_begins_anew_again_and_again_gets_no_more_codes_that_day(
    tablet: SealedTablet,
) -> None:
    given: set[str] = set()
    for _ in range(12):
        tablet.epoch = uuid4()
        given |= set(tablet.send([])[1]["codes"])

    assert len(given) == 10 * blocks.SIZE
    assert tablet.send([])[1]["codes"] == []
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1), tick=False):
        assert len(tablet.send([])[1]["codes"]) == blocks.SIZE
