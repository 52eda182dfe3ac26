"""What becomes of handoffs when a consent is taken back or renewed, or the person goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from outreach.audit.models import AuditEntry
from outreach.consents import service as consents
from outreach.enrolments import service as enrolments
from outreach.enrolments import worklists as enrolled
from outreach.foundation import clock, events, vault
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import NotFound
from outreach.foundation.transaction import transaction
from outreach.handoffs import lifecycle, service, snapshots, worklists
from outreach.handoffs.lifecycle import Action, Standing
from outreach.handoffs.standing import HandoffSettled
from outreach.identification import regret
from outreach.identification import service as identification
from outreach.participants import leaving, reading
from outreach.participants import service as participants
from outreach.participants.events import DetailsForgotten
from tests.builders import a_person, an_actor, commit, uuid7
from tests.handed_over import (
    WAYS,
    Both,
    acts_of,
    agree,
    at,
    both,
    do,
    draft,
    go,
    kept,
    sent,
    whole,
)

pytestmark = pytest.mark.usefixtures("app")

OPEN = [each for each in lifecycle.STANDINGS if each.turn is not None]
SENT = [each for each in OPEN if each != lifecycle.DRAFT]
OVER = [each for each in lifecycle.STANDINGS if each.turn is None]


@pytest.fixture
def sides() -> Both:
    return both()


def _acts(handoff: UUID) -> list[str]:
    """Return what the trail says of a handoff."""
    commit()
    wanted = sa.select(AuditEntry.action).where(AuditEntry.object_id == str(handoff))
    return list(db.session.scalars(wanted.order_by(AuditEntry.xid, AuditEntry.id)))


def _is_silent(row: dict[str, Any]) -> bool:
    """Tell whether a team is told no word of anybody."""
    return (row["snapshot"], row["messages"], row["name"]) == (None, [], None)


def _ask_to_be_erased(sides: Both) -> UUID:
    told = regret.regret(by=sides.sender, id=sides.person, given={"door": "erasure"})
    return UUID(str(told["erasure_request_id"]))


def _decide(sides: Both, request: UUID, decision: str) -> None:
    chief = an_actor(role="supervisor", committee=sides.sender.committee)
    regret.decide(by=chief, id=request, given={"decision": decision, "reason": "Enligt lag."})


def _protect(sides: Both, *, protected: bool) -> None:
    version = participants.participant(by=sides.sender, id=sides.person)["version"]
    participants.change_participant(
        by=sides.sender, id=sides.person, expected=version, given={"protected": protected}
    )


@pytest.mark.parametrize("standing", SENT, ids=str)
def test_when_a_consent_is_taken_back_what_rests_on_it_stops(
    sides: Both, standing: Standing
) -> None:
    handoff = at(sides, standing)
    do(sides.receiver, handoff, "message")

    consents.withdraw(by=sides.sender, id=kept(handoff).consent_id)

    row = kept(handoff)
    assert (row.state, row.turn, row.reason) == ("withdrawn", None, "consent")
    assert row.ended_at is not None
    assert acts_of(handoff)[-1] == "withdraw"
    theirs = service.handoff(by=sides.receiver, id=handoff)
    assert (theirs["state"], theirs["can"]) == ("withdrawn", [])
    assert _is_silent(theirs)
    # Who took it back is who withdrew it.
    last = service.handoff(by=sides.sender, id=handoff)["history"][-1]
    assert (last["by"]["id"], last["side"]) == (sides.sender.id, "sender")


@pytest.mark.parametrize("standing", OVER, ids=str)
def test_what_is_over_stays_as_it_ended_and_the_team_reads_no_word_of_it(
    sides: Both, standing: Standing
) -> None:
    handoff = at(sides, standing)
    before, told = kept(handoff), whole(handoff)[1:]

    consents.withdraw(by=sides.sender, id=before.consent_id)

    recall = {"taken_back": False, "recalled_at": before.recalled_at}
    assert kept(handoff)._asdict() | recall == before._asdict()
    assert whole(handoff)[1:] == told
    theirs = service.handoff(by=sides.receiver, id=handoff)
    assert (theirs["state"], theirs["name"], theirs["snapshot"]) == (standing.state, None, None)
    assert (theirs["messages"], theirs["fields"]) == ([], [])
    # The team is told on its list, until it says that it knows.
    assert [row["name"] for row in worklists.coming(by=sides.receiver)] == [None]
    assert worklists.waiting(by=sides.receiver) == 1
    # Lifting a protection that never was gives nothing back.
    assert set(service.handoff(by=sides.sender, id=handoff)["snapshot"]) == {"name", "phone"}


def test_what_rests_on_another_yes_goes_on(sides: Both) -> None:
    other = both(sides.sender, sides.receiver)
    theirs, own = sent(other), sent(sides)
    elsewhere = agree(sides, to_team="osa")

    consents.withdraw(by=sides.sender, id=elsewhere)
    consents.withdraw(by=sides.sender, id=kept(own).consent_id)

    assert (kept(theirs).state, kept(own).state) == ("sent", "withdrawn")


def test_a_draft_that_was_to_rest_on_it_is_withdrawn_and_others_are_not(sides: Both) -> None:
    consent = agree(sides)
    chosen, open_still = draft(sides, consent_id=str(consent)), draft(sides)

    consents.withdraw(by=sides.sender, id=consent)

    assert (kept(chosen).state, kept(open_still).state) == ("withdrawn", "draft")


@pytest.mark.parametrize("standing", SENT, ids=str)
def test_a_renewed_yes_carries_on_what_is_under_way(sides: Both, standing: Standing) -> None:
    handoff = at(sides, standing)
    older = kept(handoff).consent_id
    last = clock.today() + timedelta(days=200)

    newer = agree(sides, back=["outcome"], valid_to=last.isoformat())

    row = service.handoff(by=sides.receiver, id=handoff)
    assert (kept(handoff).consent_id, row["back"], row["valid_to"]) == (newer, ["outcome"], last)
    assert "renew" in _acts(handoff)
    consents.withdraw(by=sides.sender, id=older)
    assert kept(handoff).state == standing.state
    consents.withdraw(by=sides.sender, id=newer)
    assert kept(handoff).state == "withdrawn"


def test_after_a_yes_has_run_out_a_renewed_one_lets_more_be_told(sides: Both) -> None:
    now = clock.now()
    handoff = sent(sides, valid_to=clock.today().isoformat())

    with time_machine.travel(now + timedelta(days=1), tick=False):
        agree(sides)
        do(sides.receiver, handoff, "message")
        do(sides.receiver, handoff, "accept")
        assert service.handoff(by=sides.sender, id=handoff)["state"] == "accepted"


def test_a_yes_that_covers_less_is_for_another_team_or_later_renews_nothing(sides: Both) -> None:
    handoff = sent(sides)
    before = whole(handoff)
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()

    agree(sides, categories=["name"])
    agree(sides, to_team="osa")
    agree(sides, valid_from=tomorrow)
    agree(both(sides.sender))

    assert whole(handoff) == before


def test_what_is_over_or_a_draft_is_not_renewed(sides: Both) -> None:
    made = [at(both(sides.sender, sides.receiver), each) for each in OVER]
    own = draft(sides)
    before = [whole(each) for each in (*made, own)]

    agree(sides)

    assert [whole(each) for each in (*made, own)] == before


@pytest.mark.parametrize("standing", OPEN, ids=str)
def test_whoever_goes_back_to_a_code_is_with_no_team_any_more(
    sides: Both, standing: Standing
) -> None:
    handoff = at(sides, standing)

    regret.regret(by=sides.sender, id=sides.person, given={"door": "back_to_code"})

    row = kept(handoff)
    assert (row.state, row.reason) == ("withdrawn", "person")
    with pytest.raises(NotFound):
        service.handoff(by=sides.sender, id=handoff)
    if standing != lifecycle.DRAFT:
        assert _is_silent(service.handoff(by=sides.receiver, id=handoff))


@pytest.mark.parametrize("standing", OVER[:-1], ids=str)
def test_of_whoever_is_no_longer_known_a_team_reads_nothing_that_ended_either(
    sides: Both, standing: Standing
) -> None:
    handoff = at(sides, standing)
    assert service.handoff(by=sides.receiver, id=handoff)["name"] == "Elsa Nyström"

    regret.regret(by=sides.sender, id=sides.person, given={"door": "back_to_code"})

    row = service.handoff(by=sides.receiver, id=handoff)
    assert _is_silent(row)
    assert row["state"] == standing.state


@pytest.mark.parametrize("standing", SENT, ids=str)
def test_when_somebody_asks_to_be_erased_their_team_is_told_no_more(
    sides: Both, standing: Standing
) -> None:
    handoff = at(sides, standing)
    do(sides.receiver, handoff, "message")

    request = _ask_to_be_erased(sides)

    row = kept(handoff)
    assert (row.state, row.reason, row.shielded) == ("withdrawn", "person", True)
    assert _is_silent(service.handoff(by=sides.receiver, id=handoff))
    with pytest.raises(reading.Restricted):
        service.handoff(by=sides.sender, id=handoff)
    _decide(sides, request, "granted")
    assert _is_silent(service.handoff(by=sides.receiver, id=handoff))


def test_of_whoever_asked_to_be_erased_what_ended_is_hidden_and_a_draft_is_not_gone_on_with(
    sides: Both,
) -> None:
    ended, begun = sent(sides, "decline"), draft(sides)

    _ask_to_be_erased(sides)

    assert kept(ended).state == "declined"
    assert _is_silent(service.handoff(by=sides.receiver, id=ended))
    assert kept(begun).state == "draft"
    actions: tuple[Action, ...] = ("send", "withdraw")
    for action in actions:
        with pytest.raises(reading.Restricted):
            do(sides.sender, begun, action)


def test_a_draft_is_sent_as_any_other_when_a_request_was_refused(sides: Both) -> None:
    agree(sides)
    begun = draft(sides)
    request = _ask_to_be_erased(sides)
    _decide(sides, request, "refused")

    do(sides.sender, begun, "send")

    row = service.handoff(by=sides.receiver, id=begun)
    assert (row["state"], row["name"]) == ("sent", "Elsa Nyström")
    do(sides.receiver, begun, "message")


@pytest.mark.parametrize("standing", SENT, ids=str)
def test_whoever_is_protected_from_now_on_is_with_no_team(sides: Both, standing: Standing) -> None:
    handoff = at(sides, standing)

    _protect(sides, protected=True)

    assert (kept(handoff).state, kept(handoff).reason) == ("withdrawn", "person")
    assert _is_silent(service.handoff(by=sides.receiver, id=handoff))
    assert service.handoff(by=sides.sender, id=handoff)["name"] == "Elsa Nyström"


def test_what_ended_is_hidden_while_a_person_is_protected(sides: Both) -> None:
    handoff = sent(sides, "accept", "start", "complete")

    _protect(sides, protected=True)
    hidden = service.handoff(by=sides.receiver, id=handoff)
    _protect(sides, protected=False)
    shown = service.handoff(by=sides.receiver, id=handoff)

    assert _is_silent(hidden)
    assert hidden["state"] == shown["state"] == "completed"
    assert shown["name"] == "Elsa Nyström"
    assert kept(handoff).version == shown["version"]


def test_what_was_withdrawn_stays_so_when_nobody_is_protected_any_more(sides: Both) -> None:
    handoff = sent(sides)

    _protect(sides, protected=True)
    _protect(sides, protected=False)

    row = service.handoff(by=sides.receiver, id=handoff)
    assert row["state"] == "withdrawn"
    assert _is_silent(row)


def test_a_draft_from_before_the_protection_is_sent_with_what_may_be_told(sides: Both) -> None:
    agree(sides)
    begun = draft(sides)
    _protect(sides, protected=True)

    do(sides.sender, begun, "send", fields=["language"])

    row = service.handoff(by=sides.receiver, id=begun)
    assert (row["state"], set(row["snapshot"])) == ("sent", {"language"})
    assert do(sides.receiver, begun, "message")["messages"] != []


@pytest.mark.parametrize("standing", [lifecycle.DECLINED, lifecycle.COMPLETED], ids=str)
def test_when_details_are_forgotten_no_word_is_left_and_that_it_was_stays(
    sides: Both, standing: Standing
) -> None:
    handoff = sent(sides)
    do(sides.receiver, handoff, "message")
    go(sides, handoff, *WAYS[standing][1:])
    key, before = vault.key_of(sides.person), kept(handoff)

    with transaction(by=sides.sender):
        leaving.forget_details(
            by=sides.sender, person=reading.open_person(by=sides.sender, id=sides.person)
        )

    _, told, written, _ = whole(handoff)
    recall = {"taken_back": False, "recalled_at": before.recalled_at}
    assert kept(handoff)._asdict() | recall == before._asdict()
    assert [snapshots.opened(key, each.sealed) for each in told] == [{}]
    assert [key.open("handoff message", each.sealed) for each in written] == [""]
    assert service.handoff(by=sides.sender, id=handoff)["snapshot"] == {}
    assert service.handoff(by=sides.receiver, id=handoff)["snapshot"] is None
    assert "forget" in _acts(handoff)


def test_when_details_are_forgotten_what_is_under_way_stops_with_the_yes(sides: Both) -> None:
    handoff = sent(sides)

    with transaction(by=sides.sender):
        events.announce(DetailsForgotten(sides.sender, sides.person))

    assert (kept(handoff).state, kept(handoff).reason) == ("withdrawn", "consent")


def _identified(by: Actor) -> Both:
    """Return somebody who became known just now: it can still be undone."""
    row, _ = identification.identify(by=by, given=a_person(phone="070-174 06 05"))
    return Both(by, both().receiver, UUID(str(row["id"])))


def _undo(sides: Both) -> None:
    regret.regret(by=sides.sender, id=sides.person, given={"door": "undo"})


@pytest.mark.parametrize(
    "standing", [each for each in lifecycle.STANDINGS if each != lifecycle.DRAFT], ids=str
)
def test_what_a_team_was_told_cannot_be_undone(standing: Standing) -> None:
    sides = _identified(an_actor())
    handoff = at(sides, standing)

    with pytest.raises(regret.TooLateToUndo):
        _undo(sides)

    assert kept(handoff).state == standing.state


def test_what_no_team_was_told_is_undone_with_the_rest() -> None:
    sides = _identified(an_actor())
    begun = draft(sides)
    incoming = draft(sides, direction="in", team=None, origin="af", fields=[])

    _undo(sides)

    assert [kept(each).state for each in (begun, incoming)] == ["withdrawn", "withdrawn"]


def _silent_since_long(sides: Both) -> None:
    enrolments.begin_enrolment(
        by=sides.sender,
        given={
            "id": str(uuid7()),
            "participant_id": str(sides.person),
            "route_in": "own_initiative",
            "opened_on": (clock.today() - timedelta(days=100)).isoformat(),
        },
    )


def _is_missed(sides: Both) -> bool:
    return enrolled.without_contact(by=sides.sender)[0] != []


@pytest.mark.parametrize("standing", lifecycle.STANDINGS, ids=str)
def test_of_whoever_is_with_a_team_or_asked_for_it_is_no_silence(
    sides: Both, standing: Standing
) -> None:
    _silent_since_long(sides)
    assert _is_missed(sides)

    at(sides, standing)

    assert _is_missed(sides) is (standing not in SENT)


def test_of_whoever_came_to_us_from_elsewhere_silence_is_ours(sides: Both) -> None:
    _silent_since_long(sides)
    incoming = draft(sides, direction="in", team=None, origin="af", fields=[])

    do(sides.sender, incoming, "accept")

    assert _is_missed(sides)


def test_what_the_consent_ended_is_settled_for_both(sides: Both) -> None:
    handoff = sent(sides)
    consents.withdraw(by=sides.sender, id=kept(handoff).consent_id)

    for by, action in ((sides.receiver, "accept"), (sides.sender, "withdraw")):
        with pytest.raises(HandoffSettled):
            do(by, handoff, action)  # type: ignore[arg-type]
