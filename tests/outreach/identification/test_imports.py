"""Links and joins from elsewhere: each judged by itself, all good ones kept once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.contacts import linking
from outreach.contacts import service as contacts
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed
from outreach.foundation.transaction import transaction
from outreach.identification import duplicates, imports, service, suggestions
from outreach.sites import places
from outreach.sites.models import SiteActivity
from tests.builders import a_participant, a_recorded_contact, an_actor, uuid7
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def unrecorded(app: Flask) -> Iterator[None]:
    """The committee has decided that nobody at Hagalund's outreach is asked who they are."""
    del app
    keeper = an_actor(role="administrator", committee=None)
    held = sa.select(SiteActivity.id).where(
        SiteActivity.site == "hagalund", SiteActivity.activity == "outreach"
    )
    duty = db.session.scalars(held).one()
    places.decide_identity(by=keeper, id=duty, given={"identity_recorded": False})
    yield
    places.decide_identity(by=keeper, id=duty, given={"identity_recorded": True})


def _a_link(**said: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "linked_at": clock.now().isoformat()} | said


def _a_join(**said: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "joined_at": clock.now().isoformat()} | said


def _told(outcomes: Sequence[imports.Outcome]) -> list[Any]:
    """Return of each line whether it was created, or where its faults are."""
    return [
        [fault.pointer for fault in each.error.faults] or each.error.slug
        if each.error
        else each.created
        for each in outcomes
    ]


def _links(items: Sequence[object]) -> list[Any]:
    return _told(imports.import_links(by=system("import"), items=items))


def _joins(items: Sequence[object]) -> list[Any]:
    return _told(imports.import_joins(by=system("import"), items=items))


def test_a_link_is_made_once_also_when_the_file_is_taken_in_again() -> None:
    anna = an_actor()
    contact = a_recorded_contact(anna)["id"]
    link = _a_link(participant_id=str(a_participant(anna)), contact_id=str(contact))
    in_another_zone = clock.local(clock.now()).isoformat()

    assert _links([link]) == [True]
    assert _links([link]) == [False]
    assert _links([link | {"participant_id": str(a_participant(anna))}]) == ["id-reuse"]
    assert _links([link | {"id": str(uuid7()), "linked_at": in_another_zone}]) == [["/contact_id"]]
    assert contacts.contact(by=anna, id=contact)["identity"] == "identified"


def test_a_link_that_was_undone_there_links_nothing_and_leaves_the_contact_free() -> None:
    anna = an_actor()
    contact, person = a_recorded_contact(anna)["id"], str(a_participant(anna))
    later = (clock.now() + timedelta(minutes=1)).isoformat()
    undone = _a_link(participant_id=person, contact_id=str(contact), undone_at=later)

    assert _links([undone, _a_link(participant_id=person, contact_id=str(contact))]) == [True, True]
    assert _links([undone]) == [False]


def test_a_link_that_was_undone_here_since_is_still_the_same_line() -> None:
    anna = an_actor()
    contact, person = a_recorded_contact(anna)["id"], a_participant(anna)
    line = _a_link(participant_id=str(person), contact_id=str(contact))
    _links([line])
    with transaction(by=anna):
        (link,) = linking.links_of([person])
    service.unlink_contact(by=anna, id=person, link_id=link["id"])

    assert _links([line]) == [False]
    assert contacts.contact(by=anna, id=contact)["identity"] == "anonymous"


def test_every_bad_link_says_what_is_wrong_and_the_good_ones_are_kept() -> None:
    anna = an_actor()
    person = str(a_participant(anna))
    group = a_recorded_contact(
        anna, contact_type="group", headcount=3, gender="unknown", age_band="unknown"
    )
    free, twice = (str(a_recorded_contact(anna)["id"]) for _ in range(2))
    before = (clock.now() - timedelta(days=1)).isoformat()

    assert _links(
        [
            _a_link(participant_id=str(uuid4()), contact_id=free),
            _a_link(participant_id=person, contact_id=str(uuid4())),
            _a_link(participant_id=person, contact_id=str(group["id"])),
            _a_link(participant_id=person, contact_id=free, undone_at=before),
            _a_link(participant_id=person, contact_id="x", linked_at=None),
            "no object",
            _a_link(participant_id=person, contact_id=twice),
            _a_link(participant_id=person, contact_id=twice),
        ]
    ) == [
        ["/participant_id"],
        ["/contact_id"],
        ["/contact_id"],
        ["/undone_at"],
        ["/contact_id", "/linked_at"],
        [""],
        True,
        ["/contact_id"],
    ]


@pytest.mark.usefixtures("unrecorded")
def test_no_contact_is_linked_from_where_nobody_is_asked_who_they_are() -> None:
    anna = an_actor()
    person = str(a_participant(anna))
    brief = {"contact_type": "brief", "activity": "outreach", "topics": []}
    contact = a_recorded_contact(anna, **brief)["id"]
    elsewhere = a_recorded_contact(anna)["id"]
    later = (clock.now() + timedelta(minutes=1)).isoformat()

    told = _links(
        [
            _a_link(participant_id=person, contact_id=str(contact)),
            _a_link(participant_id=person, contact_id=str(contact), undone_at=later),
            _a_link(participant_id=person, contact_id=str(elsewhere)),
        ]
    )

    assert told == [["/contact_id"], True, True]
    assert contacts.contact(by=anna, id=contact)["identity"] == "anonymous"


def test_joins_are_taken_in_once_and_those_that_are_one_already_are_refused() -> None:
    anna = an_actor()
    a, b, c = (a_participant(anna) for _ in range(3))
    first = _a_join(participant_id=str(a), other_id=str(b))
    second = _a_join(participant_id=str(b), other_id=str(c))
    ring = _a_join(participant_id=str(c), other_id=str(a))

    assert _joins([first, second, ring]) == [True, True, ["/other_id"]]
    assert _joins([first, second]) == [False, False]
    assert _joins([first | {"other_id": str(c)}]) == ["id-reuse"]
    with transaction(by=anna):
        assert suggestions.group_of(a) == {a, b, c}


def test_joins_wait_for_whoever_is_joining_so_that_no_ring_is_closed(app: Flask) -> None:
    anna = an_actor()
    a, b, c = (a_participant(anna) for _ in range(3))
    told: list[Any] = []

    def take_in() -> None:
        with app.app_context():
            told.extend(_joins([_a_join(participant_id=str(c), other_id=str(a))]))

    with transaction(by=anna):
        for one, other in ((a, b), (b, c)):
            given = {"id": str(uuid7()), "other_id": str(other)}
            duplicates.join(by=anna, id=one, given=given)
        taking = threading.Thread(target=take_in)
        taking.start()
        until(_somebody_waits_for_a_lock)
        assert told == []
    taking.join(60)

    assert told == [["/other_id"]]


def _somebody_waits_for_a_lock() -> bool:
    waiting = sa.text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
    )
    with db.engine.connect() as connection:
        return bool(connection.scalar(waiting))


def test_two_of_different_committees_are_never_joined_nor_one_to_oneself() -> None:
    kn, sn = a_participant(an_actor()), a_participant(an_actor(committee="SN"))

    assert (
        _joins(
            [
                _a_join(participant_id=str(kn), other_id=str(sn)),
                _a_join(participant_id=str(kn), other_id=str(kn)),
                _a_join(participant_id=str(kn), other_id=str(uuid4())),
            ]
        )
        == [["/other_id"]] * 3
    )


def test_only_the_console_takes_in() -> None:
    for take in (imports.import_links, imports.import_joins):
        with pytest.raises(NotAllowed):
            take(by=an_actor(), items=[])
