"""Codes that a tablet may hand out by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.contacts import blocks, recognition_codes
from outreach.contacts.models import RecognitionCode
from outreach.contacts.recognition import CodeMistyped
from outreach.contacts.recognition_codes import CodeExpired, CodeUnknown
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.foundation.database import db
from tests.builders import a_tablet, an_actor, commit

BY = system("test")


@pytest.fixture
def device(app: Flask) -> UUID:
    assert app
    return UUID(str(a_tablet()["device_id"]))


def test_a_block_is_the_same_until_codes_of_it_are_handed_out(device: UUID) -> None:
    first = blocks.block_of(by=BY, device=device)
    assert len(set(first)) == blocks.SIZE
    assert blocks.block_of(by=BY, device=device) == first

    blocks.hand_out(by=an_actor(), code=first[0], device=device, at=clock.now())

    second = blocks.block_of(by=BY, device=device)
    assert len(second) == blocks.SIZE
    assert set(first) - set(second) == {first[0]}


def test_two_at_once_make_one_block(app: Flask, device: UUID) -> None:
    commit()

    def ask(_: int) -> list[str]:
        with app.app_context():
            return blocks.block_of(by=BY, device=device)

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(ask, range(3)))

    assert told[0] == told[1] == told[2]
    commit()
    many = sa.select(sa.func.count()).where(RecognitionCode.reserved_for == device)
    assert db.session.scalar(many) == blocks.SIZE


def test_a_code_is_handed_out_once_and_by_its_own_tablet_alone(device: UUID) -> None:
    anna, code = an_actor(), blocks.block_of(by=BY, device=device)[0]
    then = clock.now() - timedelta(hours=2)
    other = UUID(str(a_tablet(name="Platta 2")["device_id"]))

    blocks.hand_out(by=anna, code=code, device=device, at=then)
    blocks.hand_out(by=anna, code=code, device=device, at=clock.now())

    commit()
    out = sa.select(RecognitionCode.handed_out_at).where(RecognitionCode.code == code)
    assert db.session.scalar(out) == then
    with pytest.raises(CodeUnknown):
        blocks.hand_out(by=anna, code=code, device=other, at=then)
    with pytest.raises(CodeMistyped):
        blocks.hand_out(by=anna, code="inga ord", device=device, at=then)


def test_a_code_is_good_for_a_year_from_when_it_was_handed_out(device: UUID) -> None:
    anna = an_actor()
    handed, left = blocks.block_of(by=BY, device=device)[:2]
    later = clock.now() + timedelta(days=300)
    with time_machine.travel(later, tick=False):
        blocks.hand_out(by=anna, code=handed, device=device, at=later)

    with time_machine.travel(later + timedelta(days=350), tick=False):
        assert recognition_codes.look_up(by=anna, given={"code": handed})["code"] == handed
        # What has lain in a tablet for so long is handed out no more.
        assert left not in blocks.block_of(by=BY, device=device)
    with time_machine.travel(later + timedelta(days=380), tick=False), pytest.raises(CodeExpired):
        recognition_codes.look_up(by=anna, given={"code": handed})
