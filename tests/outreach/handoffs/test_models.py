"""What the database itself shows a team: its own handoffs, never the people, nothing once over.

The application's own questions are left out here: plain SELECTs, as whoever acts.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from outreach.consents.models import Consent
from outreach.contacts.models import ContactLink, ContactNote
from outreach.enrolments.models import Enrolment
from outreach.followups.models import Followup
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.handoffs import lifecycle
from outreach.handoffs.models import Handoff, HandoffEvent, HandoffMessage, HandoffSnapshot
from outreach.handoffs.recording import EVENT, HANDOFF, MESSAGE, SNAPSHOT
from outreach.participants.models import NextStep, Opening, Participant, Responsibility
from tests.builders import a_handoff, a_receiver, a_recorded_contact, an_actor, uuid7
from tests.handed_over import Both, agree, at, both, do, draft, go, sent

pytestmark = pytest.mark.usefixtures("app")

PARTS: tuple[Any, ...] = (Handoff, HandoffSnapshot, HandoffMessage, HandoffEvent)
PEOPLE: tuple[Any, ...] = (
    Participant, Consent, ContactLink, ContactNote, Enrolment, Followup, NextStep, Opening,
    Responsibility,
)  # fmt: skip


@pytest.fixture
def sides() -> Both:
    return both()


def _counts(by: Actor | None, *models: Any) -> list[int]:
    with transaction(by=by):
        counted = (sa.select(sa.func.count()).select_from(model) for model in models)
        return [db.session.scalars(each).one() for each in counted]


def _written(sides: Both) -> UUID:
    """Return a handoff that was sent, with a message: four events, in all."""
    handoff = sent(sides)
    do(sides.receiver, handoff, "message")
    return handoff


def test_a_receiver_has_their_teams_handoffs_and_not_one_person(sides: Both) -> None:
    _written(sides)
    a_recorded_contact(sides.sender, participant_id=str(sides.person), note="Vill bli snickare")

    assert _counts(sides.receiver, *PARTS) == [1, 1, 1, 3]
    assert _counts(sides.receiver, *PEOPLE) == [0] * len(PEOPLE)
    assert _counts(sides.sender, Participant, Consent) == [1, 1]


@pytest.mark.parametrize(
    "stranger",
    [
        {"role": "receiver", "team": "osa"},
        {"role": "receiver", "team": None},
        # A team without the role opens nothing.
        {"role": "analyst", "team": "jobbteamet", "committee": None},
        {"role": "caseworker", "team": "jobbteamet", "committee": "SN"},
        {"role": "administrator", "committee": None},
    ],
    ids=str,
)
def test_another_team_another_committee_and_other_roles_have_nothing_of_it(
    sides: Both, stranger: dict[str, Any]
) -> None:
    _written(sides)

    assert _counts(an_actor(**stranger), *PARTS) == [0] * len(PARTS)


def test_where_nobody_acts_nothing_is_there(sides: Both) -> None:
    _written(sides)

    assert _counts(None, *PARTS) == [0] * len(PARTS)


def test_a_draft_is_there_for_nobody_but_the_sender(sides: Both) -> None:
    draft(sides)

    assert _counts(sides.receiver, *PARTS) == [0] * len(PARTS)
    assert _counts(sides.sender, Handoff, HandoffEvent) == [1, 1]


def test_a_draft_that_was_withdrawn_was_never_the_teams_to_know_of(sides: Both) -> None:
    go(sides, draft(sides), "withdraw")

    assert _counts(sides.receiver, *PARTS) == [0] * len(PARTS)


def test_whoever_comes_to_us_is_no_teams(sides: Both) -> None:
    do(sides.sender, draft(sides, direction="in", origin="kn_unga", fields=[]), "accept")

    assert _counts(sides.receiver, *PARTS) == [0] * len(PARTS)


@pytest.mark.parametrize("standing", lifecycle.STANDINGS[1:], ids=str)
def test_what_was_told_is_there_until_it_is_withdrawn(
    sides: Both, standing: lifecycle.Standing
) -> None:
    at(sides, standing)
    there = 0 if standing == lifecycle.WITHDRAWN else 1

    assert _counts(sides.receiver, Handoff, HandoffSnapshot) == [1, there]


def test_what_was_told_and_written_vanishes_with_a_withdrawal_and_stays_the_senders(
    sides: Both,
) -> None:
    handoff = _written(sides)

    go(sides, handoff, "withdraw")

    assert _counts(sides.receiver, *PARTS) == [1, 0, 0, 4]
    assert _counts(sides.sender, *PARTS) == [1, 1, 1, 4]


def test_what_is_shielded_is_there_without_a_word(sides: Both) -> None:
    handoff = _written(sides)
    with transaction(by=system("test")):
        db.session.execute(sa.update(HANDOFF).values(shielded=True))

    assert handoff
    assert _counts(sides.receiver, *PARTS) == [1, 0, 0, 3]
    assert _counts(sides.sender, *PARTS) == [1, 1, 1, 3]


def test_a_protected_persons_handoff_is_there_for_who_is_named_alone() -> None:
    sides = both(protected=True)
    agree(sides)
    draft(sides, fields=["language"])

    assert _counts(sides.sender, Handoff) == [1]
    assert _counts(an_actor(), Handoff) == [0]


def _refused(by: Actor, statement: sa.Executable) -> bool:
    """Tell whether the database refuses a row that somebody would add."""
    try:
        with transaction(by=by):
            db.session.execute(statement)
    except sa.exc.ProgrammingError as error:
        return "row-level security" in str(error)
    return False


def test_nobody_writes_into_a_handoff_that_is_not_theirs(sides: Both) -> None:
    handoff, osa = _written(sides), a_receiver("osa")
    event = sa.insert(EVENT).values(
        handoff_id=handoff, at=clock.now(), by=osa.id, side="receiver", action="accept",
        state="accepted", turn="receiver",
    )  # fmt: skip
    message = sa.insert(MESSAGE).values(
        id=uuid4(), handoff_id=handoff, side="receiver", written_by=osa.id,
        written_at=clock.now(), sealed=b"x",
    )  # fmt: skip

    for by in (osa, an_actor(committee="SN")):
        assert _refused(by, event)
        assert _refused(by, message)
        with transaction(by=by):
            for table in (HANDOFF, SNAPSHOT):
                changed = db.session.execute(sa.update(table).values(_something(table)))
                assert changed.rowcount == 0  # type: ignore[attr-defined]
    assert _counts(sides.sender, *PARTS) == [1, 1, 1, 3]


def _something(table: sa.Table) -> dict[str, Any]:
    return {"seen_at": clock.now()} if table is HANDOFF else {"sealed": b"x"}


def test_a_receiver_begins_nothing_for_anybody_else(sides: Both) -> None:
    row = a_handoff(sides.person, id=uuid7(), team="osa")
    forged = sa.insert(HANDOFF).values(
        **row | {"participant_id": sides.person}, direction="out", case_number="1",
        committee="KN", note_ids=[], state="sent", turn="receiver", turn_since=clock.now(),
        sent_at=clock.now(), created_at=clock.now(), created_by=sides.receiver.id, sameness=b"x",
    )  # fmt: skip

    assert _refused(sides.receiver, forged)


def _breaks(**values: Any) -> bool:
    try:
        with transaction(by=system("test")):
            db.session.execute(sa.update(HANDOFF).values(**values))
    except sa.exc.IntegrityError:
        return True
    return False


def test_the_table_itself_lets_no_handoff_stand_as_none_can(sides: Both) -> None:
    sent(sides)

    assert _breaks(turn=None)
    assert _breaks(state="completed")
    assert _breaks(state="lost")
    assert _breaks(turn="nobody")
    assert _breaks(team=None)
    assert _breaks(sent_at=None)
    assert _breaks(first_meeting="maybe")
    assert _breaks(direction="in")
    assert not _breaks(state="completed", turn=None)
