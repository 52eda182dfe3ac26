"""A paper sheet: as many contacts as strokes, spread over the shift, counted once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts.permissions import NotYourSite
from outreach.contacts import sheets
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, RuleBroken
from tests.builders import an_actor, uuid7

YESTERDAY = clock.today() - timedelta(days=1)


@pytest.fixture
def worker(app: Flask) -> Actor:
    """A caseworker at Hagalund."""
    assert app.testing
    return an_actor()


def _sheet(**said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "site": "hagalund",
        "activity": "open",
        "date": YESTERDAY.isoformat(),
        "starts": "10:00",
        "ends": "16:00",
        "counts": {"woman-30-44-cv": 3, "man-66+-language": 1},
    } | said


def _rows() -> list[sa.Row[Any]]:
    return list(db.session.execute(sa.select(Contact.__table__).order_by(Contact.occurred_at)))


def _faults(worker: Actor, **said: Any) -> set[str]:
    with pytest.raises(RuleBroken) as caught:
        sheets.record_sheet(by=worker, given=_sheet(**said))
    assert _rows() == []
    return {fault.pointer for fault in caught.value.faults}


def test_every_stroke_becomes_a_contact_spread_evenly_over_the_shift(worker: Actor) -> None:
    recorded = sheets.record_sheet(by=worker, given=_sheet(brief=2, refused=2))

    rows = _rows()
    assert recorded == (8, True)
    assert sorted((row.contact_type, row.gender, row.age_band, *row.topics) for row in rows) == [
        ("brief", "unknown", "unknown"),
        ("brief", "unknown", "unknown"),
        ("brief", "unknown", "unknown"),
        ("brief", "unknown", "unknown"),
        ("drop_in", "man", "66+", "language"),
        ("drop_in", "woman", "30-44", "cv"),
        ("drop_in", "woman", "30-44", "cv"),
        ("drop_in", "woman", "30-44", "cv"),
    ]
    assert sorted(row.result for row in rows).count("declined_support") == 2
    times = [f"{clock.local(row.occurred_at):%H:%M}" for row in rows]
    assert times == ["10:22", "11:07", "11:52", "12:37", "13:22", "14:07", "14:52", "15:37"]
    assert {row.local_day for row in rows} == {YESTERDAY}


def test_the_same_sheet_saved_twice_counts_once(worker: Actor) -> None:
    sheet = _sheet()

    first = sheets.record_sheet(by=worker, given=sheet)
    again = sheets.record_sheet(by=worker, given=sheet)

    assert (first, again) == ((4, True), (4, False))
    assert len(_rows()) == 4


def test_a_sheet_saved_again_with_other_strokes_is_refused_whole(worker: Actor) -> None:
    sheet = _sheet()
    sheets.record_sheet(by=worker, given=sheet)

    with pytest.raises(IdReuse):
        sheets.record_sheet(by=worker, given=sheet | {"counts": {"woman-30-44-cv": 9}})

    assert len(_rows()) == 4


def test_on_outreach_a_stroke_is_an_outreach_talk(worker: Actor) -> None:
    sheets.record_sheet(by=worker, given=_sheet(activity="outreach"))

    assert {row.contact_type for row in _rows()} == {"outreach"}


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"ends": "10:00"}, "/ends"),
        ({"starts": "ten"}, "/starts"),
        ({"date": "soon"}, "/date"),
        ({"date": (YESTERDAY - timedelta(days=20)).isoformat()}, "/date"),
        ({"date": (YESTERDAY + timedelta(days=3)).isoformat()}, "/date"),
        ({"activity": "remote"}, "/activity"),
        ({"counts": {"woman-30-44-gossip": 1}}, "/counts/woman-30-44-gossip"),
        ({"counts": {"woman-30-44-cv": "many"}}, "/counts/woman-30-44-cv"),
        ({"counts": {"woman-30-44-cv": -1}}, "/counts/woman-30-44-cv"),
        ({"counts": {"woman-30-44-cv": 501}}, "/counts"),
        ({"counts": {}}, "/counts"),
        ({"brief": "1"}, "/brief"),
    ],
)
def test_what_is_wrong_with_a_sheet_is_told_at_its_place_and_nothing_is_kept(
    worker: Actor, said: dict[str, Any], pointer: str
) -> None:
    assert pointer in _faults(worker, **said)


def test_another_site_than_ones_own_and_another_role_are_refused(worker: Actor) -> None:
    with pytest.raises(NotYourSite):
        sheets.record_sheet(by=worker, given=_sheet(site="bagartorp"))
    with pytest.raises(NotAllowed):
        sheets.record_sheet(by=an_actor(role="supervisor"), given=_sheet())
