"""What somebody must look at: who sees it, and what comes of what is decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.contacts.models import Contact
from outreach.devices import service as devices
from outreach.foundation import vault
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed, NotFound
from outreach.staff import service as staff
from outreach.sync import envelope, review
from outreach.sync.models import SyncInbox, SyncKept
from tests.builders import Visitor, a_contact, an_actor, commit, uuid7
from tests.sealed_tablet import SealedTablet, a_grant, a_sealed_tablet

SignIn = Callable[..., Visitor]


@pytest.fixture
def tablet(app: Flask) -> SealedTablet:
    return a_sealed_tablet(app)


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    return signed_in()


@pytest.fixture
def eva(signed_in: SignIn) -> Visitor:
    return signed_in(role="supervisor")


@pytest.fixture
def grant(tablet: SealedTablet, anna: Visitor) -> str:
    return a_grant(anna.user, tablet.device)


def _listed(visitor: Visitor) -> list[dict[str, Any]]:
    answer = visitor.get("sync/review")
    assert answer.status_code == 200, answer.json
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def _decide(visitor: Visitor, item: dict[str, Any], decision: str, **more: Any) -> Any:
    body = {"decision": decision} | more
    return visitor.send(f"sync/review/{item['id']}/decide", body)


def _contact(id: UUID) -> Any:
    commit()
    return db.session.get(Contact, id, populate_existing=True)


def _keys() -> int:
    with vault.reading() as connection:
        counted = sa.select(sa.func.count()).select_from(vault.PAYLOAD_KEY)
        return connection.scalar(counted) or 0


def _inbox(op_id: UUID) -> tuple[str, bool]:
    commit()
    row = db.session.execute(
        sa.select(SyncInbox.code, SyncInbox.settled_at).where(SyncInbox.op_id == op_id)
    ).one()
    return row.code, row.settled_at is not None


def _a_conflict(tablet: SealedTablet, grant: str) -> UUID:
    contact = tablet.create(grant, gender="unknown", minutes=5)
    tablet.correct(grant, contact, 1, gender="woman")
    tablet.correct(grant, contact.entity, 1, gender="man", minutes=10)
    assert [result["code"] for result in tablet.sync()] == ["applied", "applied", "conflict"]
    return contact.entity


def test_it_is_listed_for_its_author_and_for_the_supervisor_of_the_place_alone(
    tablet: SealedTablet, grant: str, anna: Visitor, eva: Visitor, signed_in: SignIn
) -> None:
    tablet.create(grant, activity="juggling")
    tablet.sync()
    elsewhere = signed_in(role="supervisor", sites=("bagartorp",))

    (item,) = _listed(anna)

    assert _listed(eva) == [item]
    assert _listed(signed_in()) == _listed(elsewhere) == []
    assert item["author"] == {"id": str(anna.user.id), "name": anna.user.name}
    assert item["device"] == {"id": str(tablet.device), "name": "Platta 1"}
    assert (item["kind"], item["reason"], item["type"]) == (
        "needs_review", "invalid", "contact.create",
    )  # fmt: skip
    assert item["facts"]["activity"] == "juggling"
    assert item["errors"][0]["pointer"] == "/activity"
    assert item["title"] == "Något behöver rättas"
    for stranger in (signed_in(), elsewhere):
        assert _decide(stranger, item, "apply").status_code == 404


def test_a_fault_is_put_right_and_applied_as_its_authors(
    tablet: SealedTablet, grant: str, anna: Visitor, eva: Visitor
) -> None:
    queued = tablet.create(grant, activity="juggling")
    tablet.sync()
    (item,) = _listed(eva)

    still_wrong = _decide(eva, item, "apply")
    done = _decide(eva, item, "apply", changes={"activity": "open"})
    again = _decide(eva, item, "apply", changes={"activity": "open"})

    assert still_wrong.status_code == 422
    assert (done.status_code, done.get_json()["decision"]) == (200, "applied")
    assert again.status_code == 200
    assert _decide(eva, item, "discard").status_code == 409
    contact = _contact(queued.entity)
    assert (contact.recorded_by, contact.version) == (anna.user.id, 1)
    assert _inbox(queued.op_id) == ("applied", True)
    assert _listed(anna) == []


def test_a_conflict_shows_both_and_the_tablets_is_taken(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    contact = _a_conflict(tablet, grant)
    (item,) = _listed(anna)

    assert item["facts"] == {"gender": "man", "minutes": 10}
    assert {name: item["current"][name] for name in item["facts"]} == {
        "gender": "woman", "minutes": 5,
    }  # fmt: skip
    assert _decide(anna, item, "apply").status_code == 200

    row = _contact(contact)
    assert (row.gender, row.minutes, row.version) == ("man", 10, 3)


def test_a_conflict_is_discarded_and_what_is_there_stays(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    contact = _a_conflict(tablet, grant)
    (item,) = _listed(anna)

    assert _decide(anna, item, "discard").status_code == 200

    row = _contact(contact)
    assert (row.gender, row.minutes, row.version) == ("woman", 5, 2)


@pytest.mark.parametrize("decision", ["apply", "discard"])
def test_the_content_and_its_key_are_gone_as_soon_as_it_is_decided(
    tablet: SealedTablet, grant: str, anna: Visitor, decision: str
) -> None:
    _a_conflict(tablet, grant)
    (item,) = _listed(anna)
    assert _keys() == 1

    answer = _decide(anna, item, decision)

    assert answer.get_json()["facts"] is None
    assert _keys() == 0
    commit()
    assert db.session.scalar(sa.select(SyncKept.sealed)) is None


def test_b2_what_was_held_is_done_with_the_decision(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    poison = tablet.create(grant, activity="juggling")
    first = tablet.correct(grant, poison, poison, gender="man")
    second = tablet.correct(grant, poison, first, minutes=5)
    results = tablet.sync()
    assert [result["code"] for result in results] == ["needs_review", "held", "held"]
    item = next(each for each in _listed(anna) if each["kind"] == "needs_review")

    assert _decide(anna, item, "apply", changes={"activity": "open"}).status_code == 200

    row = _contact(poison.entity)
    assert (row.gender, row.minutes, row.version) == ("man", 5, 3)
    assert _inbox(first.op_id) == _inbox(second.op_id) == ("applied", True)
    assert _listed(anna) == []
    assert _keys() == 0


def test_b2_what_was_held_by_something_discarded_is_for_somebody_to_look_at(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    poison = tablet.create(grant, activity="juggling")
    tablet.correct(grant, poison, poison, gender="man")
    tablet.sync()
    item = next(each for each in _listed(anna) if each["kind"] == "needs_review")

    _decide(anna, item, "discard")

    (left,) = _listed(anna)
    assert (left["kind"], left["reason"]) == ("needs_review", "not-found")
    assert _decide(anna, left, "discard").status_code == 200
    assert _listed(anna) == []


def test_b2_what_rests_on_a_discarded_conflict_rests_on_what_is_there(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    contact = _a_conflict(tablet, grant)
    commit()
    clashing = db.session.scalars(
        sa.select(SyncInbox.op_id).where(SyncInbox.code == "conflict")
    ).one()
    tablet.queue(
        grant, "contact.correct", contact, {"first_time": "yes"}, base={"op": str(clashing)}
    )
    assert [result["code"] for result in tablet.sync()] == ["held"]
    item = next(each for each in _listed(anna) if each["kind"] == "conflict")

    _decide(anna, item, "discard")

    row = _contact(contact)
    assert (row.gender, row.first_time) == ("woman", "yes")


def test_what_a_revoked_tablet_handed_in_is_for_the_supervisor_alone(
    tablet: SealedTablet, grant: str, anna: Visitor, eva: Visitor
) -> None:
    queued = tablet.create(grant)
    devices.revoke_device(by=system("test"), id=tablet.device)
    assert tablet.send()[0] == 200

    assert _listed(anna) == []
    (item,) = _listed(eva)
    assert (item["kind"], item["author"]["name"]) == ("quarantine", anna.user.name)
    assert _decide(anna, item, "apply").status_code == 403
    assert _decide(eva, item, "apply").status_code == 200
    assert _contact(queued.entity).recorded_by == anna.user.id


def test_e7_what_somebody_who_has_left_wrote_is_applied_as_theirs(
    tablet: SealedTablet, grant: str, anna: Visitor, eva: Visitor
) -> None:
    queued = tablet.create(grant)
    staff.close_user(by=system("test"), id=anna.user.id)
    tablet.sync()
    (item,) = _listed(eva)

    assert item["reason"] == "author-closed"
    assert _decide(eva, item, "apply").status_code == 200

    assert _contact(queued.entity).recorded_by == anna.user.id
    commit()
    decided = sa.select(AuditEntry.actor_id).where(AuditEntry.action == "decide")
    assert list(db.session.scalars(decided)) == [eva.user.id]


@pytest.mark.parametrize("committee", ["KN", "SN"])
def test_deciding_lends_no_right_that_the_decider_does_not_have(
    tablet: SealedTablet, grant: str, signed_in: SignIn, committee: str
) -> None:
    # Somebody else's contact at the same place: for the supervisor of its own committee to change.
    bo, eva = signed_in(name="Bo Ask"), signed_in(role="supervisor", committee=committee)
    theirs = bo.send("contacts", a_contact(gender="woman")).get_json()["id"]
    tablet.correct(grant, UUID(theirs), 1, gender="man")
    tablet.sync()
    (item,) = _listed(eva)

    answer = _decide(eva, item, "apply")

    own = committee == "KN"
    assert answer.status_code == (200 if own else 403)
    assert _contact(UUID(theirs)).gender == ("man" if own else "woman")


def test_a_contact_is_moved_by_a_decision_to_no_place_that_the_decider_does_not_lead(
    tablet: SealedTablet, signed_in: SignIn, eva: Visitor
) -> None:
    author = signed_in(sites=("hagalund", "bagartorp"))
    queued = tablet.create(a_grant(author.user, tablet.device), activity="juggling")
    tablet.sync()
    (item,) = _listed(eva)

    changes = {"site": "bagartorp", "activity": "open"}

    assert _decide(eva, item, "apply", changes=changes).status_code == 403
    assert _contact(queued.entity) is None


def test_what_is_said_of_a_contact_does_not_choose_who_may_look_at_it(
    tablet: SealedTablet, grant: str, eva: Visitor, signed_in: SignIn
) -> None:
    contact = tablet.create(grant)
    tablet.correct(grant, contact, 1, site="bagartorp", activity="juggling")
    tablet.sync()

    (item,) = _listed(eva)

    assert item["site"] == "hagalund"
    assert _listed(signed_in(role="supervisor", sites=("bagartorp",))) == []


def test_a_supervisors_role_is_not_lent_to_places_where_they_are_none(
    tablet: SealedTablet, signed_in: SignIn, eva: Visitor
) -> None:
    both = ("hagalund", "bagartorp")
    anna, bo = signed_in(sites=both), signed_in(sites=both)
    theirs = bo.send("contacts", a_contact(minutes=5)).get_json()["id"]
    tablet.correct(a_grant(anna.user, tablet.device), UUID(theirs), 1, minutes=30)
    tablet.sync()
    moved = bo.send(f"contacts/{theirs}", {"site": "bagartorp"}, method="PATCH", If_Match='"1"')
    assert moved.status_code == 200
    (item,) = _listed(eva)

    assert _decide(eva, item, "apply").status_code == 404
    assert _contact(UUID(theirs)).minutes == 5


def test_what_a_thief_writes_in_somebodys_name_is_not_on_that_ones_own_list(
    app: Flask, tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    devices.revoke_device(by=system("test"), id=tablet.device)
    tablet.create(grant)
    tablet.sync()
    other = a_sealed_tablet(app, name="Platta 2")
    commit()

    told = anna.get("changes", headers={"Authorization": f"Bearer {other.token}"}).get_json()

    assert told["attention"] == []


def test_a_long_list_is_read_in_parts(
    tablet: SealedTablet, grant: str, eva: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        tablet.create(grant, activity="juggling")
    tablet.sync()
    whole = _listed(eva)
    monkeypatch.setattr(review, "MOST_LISTED", 2)

    seen: list[dict[str, Any]] = []
    path: str | None = "sync/review"
    while path:
        answer = eva.get(path).get_json()
        assert len(answer["items"]) <= 2
        seen += answer["items"]
        path = f"sync/review?cursor={answer['next']}" if answer["next"] else None

    assert seen == whole
    assert eva.get("sync/review?cursor=nonsense").status_code == 422


def test_what_a_thief_may_have_written_is_discarded_at_once_and_nothing_else(
    tablet: SealedTablet, grant: str, anna: Visitor, eva: Visitor
) -> None:
    honest = tablet.create(grant, activity="juggling")
    strange = [tablet.create("og_forged") for _ in range(2)]
    tablet.sync()
    devices.revoke_device(by=system("test"), id=tablet.device)
    after = tablet.create(grant)
    tablet.send()
    tablet.outbox.clear()
    commit()

    chief = an_actor(role="supervisor")
    shown = review.to_review(by=chief, device=tablet.device)
    # The navigation counts them, for whoever decides.
    assert review.waiting(by=chief) == len(review.to_review(by=chief))
    assert review.waiting(by=an_actor()) == 0
    assert sum(review.is_strange(row) for row in shown) == 3
    until = (shown[-1]["received_at"], shown[-1]["id"])
    elsewhere = an_actor(role="supervisor", sites=("bagartorp",))
    for who, refusal in ((an_actor(), NotAllowed), (elsewhere, NotFound)):
        with pytest.raises(refusal):
            review.discard_strangers(by=who, device=tablet.device, until=until)
    later = tablet.create("og_forged")
    tablet.send()
    commit()

    assert review.discard_strangers(by=chief, device=tablet.device, until=until) == 3

    # What came after it was shown has been seen by nobody.
    assert [item["op_id"] for item in _listed(eva)] == [str(honest.op_id), str(later.op_id)]
    assert review.discard_strangers(by=chief, device=tablet.device, until=until) == 0
    for queued in (*strange, after):
        assert _inbox(queued.op_id) == ("needs_review", True)
        assert _contact(queued.entity) is None
    assert _keys() == 2
    assert len(_listed(anna)) == 1


def test_what_nobody_can_tell_the_author_of_is_the_deciders(
    tablet: SealedTablet, eva: Visitor
) -> None:
    tablet.create("og_forged")
    tablet.sync()
    (item,) = _listed(eva)

    # A supervisor who is no caseworker logs no contacts as their own.
    assert item["author"] is None
    assert _decide(eva, item, "apply").status_code == 403
    assert _decide(eva, item, "discard").status_code == 200


def test_another_content_under_a_known_number_can_be_discarded_without_touching_the_first(
    tablet: SealedTablet, grant: str, anna: Visitor
) -> None:
    first = tablet.create(grant)
    tablet.sync()
    content = {"v": 1, "grant": grant, "type": "contact.create", "entity": str(uuid7())}
    content |= {"at": "2026-01-12T10:00:00Z", "body": a_contact()}
    tablet.put(envelope.padded(content), op_id=first.op_id)
    tablet.send()
    (item,) = _listed(anna)

    assert item["kind"] == "id_reuse"
    assert _decide(anna, item, "discard").status_code == 200
    assert _inbox(first.op_id) == ("applied", True)


@pytest.mark.parametrize("body", [{}, {"decision": "perhaps"}, {"decision": "apply", "changes": 5}])
def test_a_decision_that_is_none_decides_nothing(
    tablet: SealedTablet, grant: str, anna: Visitor, body: dict[str, Any]
) -> None:
    tablet.create(grant, activity="juggling")
    tablet.sync()
    (item,) = _listed(anna)

    assert anna.send(f"sync/review/{item['id']}/decide", body).status_code == 422
    assert _listed(anna) == [item]


def test_what_could_not_be_opened_can_only_be_discarded(tablet: SealedTablet, eva: Visitor) -> None:
    item = tablet.create("og_any")
    written = item.written() | {"sealed": item.written()["sealed"][:-4] + "AAAA"}
    tablet.send([written])
    (kept,) = _listed(eva)

    assert (kept["reason"], kept["facts"]) == ("seal-broken", None)
    assert _decide(eva, kept, "apply").status_code == 422
    assert _decide(eva, kept, "discard").status_code == 200
