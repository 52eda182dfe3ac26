"""Which meetings wait for somebody: nobody comes to a meeting whose worker has left."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from outreach.accounts.models import User
from outreach.followups import booking, outcomes, worklists
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.transaction import transaction
from tests.builders import a_followup, a_participant, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")


def _leave(worker: Actor) -> None:
    with transaction() as session:
        gone = sa.update(User).where(User.id == worker.id)
        session.execute(gone.values(closed_at=clock.now()))


def test_what_a_worker_leaves_behind_is_the_chiefs_to_move_until_it_is() -> None:
    anna, eva, chief = an_actor(), an_actor(), an_actor(role="supervisor")
    elsewhere = an_actor(role="supervisor", sites=("bagartorp",))
    row = a_followup(anna, participant_id=str(a_participant(anna)))
    a_followup(eva, participant_id=str(a_participant(eva)))
    assert worklists.left_by_worker(by=chief) == []
    _leave(anna)

    assert [each["id"] for each in worklists.left_by_worker(by=chief)] == [row["id"]]
    for other in (eva, elsewhere):
        assert worklists.left_by_worker(by=other) == []


def test_a_colleague_who_is_booked_too_sees_it() -> None:
    anna, eva = an_actor(), an_actor()
    both = [str(anna.id), str(eva.id)]
    row = a_followup(eva, participant_id=str(a_participant(eva)), workers=both)
    _leave(anna)

    assert [each["id"] for each in worklists.left_by_worker(by=eva)] == [row["id"]]
    given = {
        "id": str(uuid7()),
        "starts_at": (clock.now() + timedelta(days=1)).isoformat(),
        "asked_by": "worker",
        "workers": [str(eva.id)],
    }
    booking.reschedule(by=eva, id=row["id"], given=given)
    assert worklists.left_by_worker(by=eva) == []


def test_what_is_over_or_cancelled_needs_nobody() -> None:
    anna, chief = an_actor(), an_actor(role="supervisor")
    row = a_followup(anna, participant_id=str(a_participant(anna)))
    outcomes.set_outcome(by=anna, id=row["id"], given={"state": "cancelled_by_us"})
    _leave(anna)

    assert worklists.left_by_worker(by=chief) == []
