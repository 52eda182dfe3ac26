"""The page where it stands what a tablet lost and what is to be decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.contacts.models import Contact
from outreach.foundation.database import db
from outreach.sync.models import SyncKept, SyncLoss
from tests.builders import Visitor, a_user, commit, uuid7
from tests.sealed_tablet import SealedTablet, a_grant, a_sealed_tablet

SignIn = Callable[..., Visitor]


@pytest.fixture
def tablet(app: Flask) -> SealedTablet:
    return a_sealed_tablet(app)


@pytest.fixture
def grant(tablet: SealedTablet) -> str:
    return a_grant(a_user(), tablet.device)


@pytest.fixture
def eva(signed_in: SignIn) -> Visitor:
    return signed_in(role="supervisor")


def _page(visitor: Visitor, tablet: SealedTablet) -> str:
    answer = visitor.get(f"/plattor/{tablet.device}/granska")
    assert answer.status_code == 200
    return answer.text


def _post(visitor: Visitor, path: str, **fields: str) -> Any:
    return visitor.client.post(path, data=fields, headers=visitor.headers)


def _kept() -> Any:
    commit()
    return db.session.scalars(sa.select(SyncKept.id).where(SyncKept.decided_at.is_(None))).one()


def test_a_tablet_that_is_as_it_should_be_says_so(tablet: SealedTablet, eva: Visitor) -> None:
    tablet.send([])

    assert "Här finns inget att göra" in _page(eva, tablet)
    assert f"/plattor/{tablet.device}/granska" in eva.get(f"/plattor/{tablet.device}").text


def test_a_conflict_is_told_in_words_with_both_sides_and_decided_there(
    tablet: SealedTablet, grant: str, eva: Visitor
) -> None:
    contact = tablet.create(grant, gender="unknown")
    tablet.correct(grant, contact, 1, gender="woman")
    tablet.correct(grant, contact.entity, 1, gender="man")
    tablet.sync()

    page = _page(eva, tablet)

    assert "Rättad kontakt: Två har ändrat samma sak" in page
    assert "<dd>Man<br>" in page
    assert "Nu står det: Kvinna" in page
    assert "Ta det som skrevs på plattan" in page
    there = f"/plattor/{tablet.device}/granska/{_kept()}"
    assert _post(eva, there, decision="apply").status_code == 303
    commit()
    assert db.session.get_one(Contact, contact.entity).gender == "man"
    assert "Sparat." in _page(eva, tablet)


def test_what_still_breaks_a_rule_is_told_beside_it(
    tablet: SealedTablet, grant: str, eva: Visitor
) -> None:
    tablet.create(grant, activity="juggling")
    tablet.sync()
    there = f"/plattor/{tablet.device}/granska/{_kept()}"

    answer = _post(eva, there, decision="apply")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "juggling" in answer.text
    assert _post(eva, there, decision="discard").status_code == 303
    assert "Ny kontakt" not in _page(eva, tablet)


def test_what_a_thief_may_have_written_is_discarded_on_the_page_after_a_second_touch(
    tablet: SealedTablet, grant: str, eva: Visitor
) -> None:
    tablet.create(grant, activity="juggling")
    for _ in range(2):
        tablet.create("og_forged")
    tablet.sync()
    there = f"/plattor/{tablet.device}/granska"
    shown = _page(eva, tablet)
    assert "Kasta alla 2 som kan vara någon annans" in shown
    until = re.search(r'name="until" value="([^"]+)"', shown)
    assert until is not None

    assert _post(eva, there, until=until[1]).status_code == 303

    page = _page(eva, tablet)
    assert "2 händelser kastade." in page
    assert "som kan vara någon annans" not in page
    assert "juggling" in page


def test_what_was_lost_is_told_until_somebody_has_seen_it(
    tablet: SealedTablet, grant: str, eva: Visitor
) -> None:
    for _ in range(3):
        tablet.create(grant)
    tablet.send(tablet.outbox[:1])
    tablet.outbox, tablet.next_seq, tablet.epoch = [], 1, uuid4()
    tablet.send([])

    page = _page(eva, tablet)

    assert "2 händelser (nummer 2–3) kommer inte fram" in page
    commit()
    loss = db.session.scalars(sa.select(SyncLoss.id)).one()
    for _ in range(2):
        assert _post(eva, f"/plattor/{tablet.device}/forlust/{loss}").status_code == 303
    page = _page(eva, tablet)
    assert "sett " in page
    assert ">Sett<" not in page
    assert _post(eva, f"/plattor/{tablet.device}/forlust/{uuid7()}").status_code == 404


def test_what_is_on_the_tablet_and_not_here_is_told(
    tablet: SealedTablet, grant: str, eva: Visitor
) -> None:
    for _ in range(3):
        tablet.create(grant, sealed={"locked": True})
    tablet.send(tablet.outbox[:1])

    page = _page(eva, tablet)

    assert "2 händelser finns på plattan men har inte kommit hit" in page
    assert "1 kontakt sparades medan skärmen var låst" in page


def test_an_administrator_sees_that_something_waits_and_nothing_of_what_it_says(
    tablet: SealedTablet, grant: str, signed_in: SignIn
) -> None:
    tablet.create(grant, activity="juggling")
    tablet.sync()
    admin = signed_in(role="administrator", sites=())

    page = _page(admin, tablet)

    assert "1 händelse till väntar" in page
    assert "juggling" not in page
    there = f"/plattor/{tablet.device}/granska/{_kept()}"
    assert _post(admin, there, decision="discard").status_code == 403


def test_a_supervisor_of_another_place_does_not_know_the_tablet(
    tablet: SealedTablet, signed_in: SignIn
) -> None:
    elsewhere = signed_in(role="supervisor", sites=("bagartorp",))

    assert elsewhere.get(f"/plattor/{tablet.device}/granska").status_code == 404


def test_a_note_about_somebody_is_shown_to_whoever_wrote_it_alone(
    tablet: SealedTablet, grant: str, eva: Visitor
) -> None:
    tablet.create(grant, participant_id=str(uuid7()), note="Ringer på måndag")
    tablet.sync()

    assert "Ringer" not in _page(eva, tablet)
    assert "Ringer" not in eva.get("sync/review").text
