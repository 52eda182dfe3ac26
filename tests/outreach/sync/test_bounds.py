"""A stolen tablet cannot bury what is honest, and an honest one loses nothing by the bound."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.sync import bounds, review
from outreach.sync.models import SyncEpoch
from tests.builders import a_user, an_actor, commit
from tests.sealed_tablet import SealedTablet, a_grant, a_sealed_tablet


@pytest.fixture
def tablet(app: Flask) -> SealedTablet:
    return a_sealed_tablet(app)


def test_when_too_much_waits_for_a_decision_the_rest_stays_on_the_tablet_until_some_is_decided(
    tablet: SealedTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_OPEN", 3)
    grant = a_grant(a_user(), tablet.device)
    for _ in range(3):
        tablet.create("og_forged")
    tablet.sync()
    tablet.create(grant)

    status, answer = tablet.send()

    assert (status, answer["type"]) == (429, "/problems/too-much-to-review")
    assert tablet.send([], pending_count=1)[0] == 200  # it is heard all the same
    assert review.discard_strangers(by=an_actor(role="supervisor"), device=tablet.device) == 3
    assert [result["code"] for result in tablet.sync()] == ["applied"]


def test_one_tablets_flood_stops_no_other(
    app: Flask, tablet: SealedTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_OPEN", 1)
    tablet.create("og_forged")
    tablet.sync()
    other = a_sealed_tablet(app, name="Platta 2")
    other.create(a_grant(a_user(), other.device))

    assert [result["code"] for result in other.sync()] == ["applied"]


def test_a_storage_that_begins_anew_again_and_again_is_told_to_wait_until_tomorrow(
    tablet: SealedTablet,
) -> None:
    for _ in range(bounds.MOST_LINES):
        tablet.epoch = uuid4()
        assert tablet.send([])[0] == 200
    known, tablet.epoch = tablet.epoch, uuid4()

    status, answer = tablet.send([])

    assert (status, answer["type"]) == (429, "/problems/too-many-lines")
    commit()
    counted = sa.select(sa.func.count()).select_from(SyncEpoch)
    assert db.session.scalar(counted) == bounds.MOST_LINES
    fresh, tablet.epoch = tablet.epoch, known
    assert tablet.send([])[0] == 200
    tablet.epoch = fresh
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1), tick=False):
        assert tablet.send([])[0] == 200
