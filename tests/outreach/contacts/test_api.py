"""Contacts over HTTP: recorded once, told all faults at once, corrected with the old kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.contacts.models import Contact, ContactVersion
from outreach.foundation import clock
from outreach.foundation.database import db
from tests.builders import Visitor, a_contact, uuid7

SignIn = Callable[..., Visitor]


def _count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_contact_is_recorded_and_answered_with_its_version(signed_in: SignIn) -> None:
    worker = signed_in()
    sent = a_contact(minutes=12, signposted_to=["komvux_sfi"], result="signposted")

    answer = worker.send("contacts", sent)

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    row = answer.get_json()
    assert row["id"] == sent["id"]
    assert row["committee"] == "KN"
    assert row["recorded_by"] == {"id": str(worker.user.id), "name": worker.user.name}
    assert row["identity"] == "anonymous"
    assert row["signposted_to"] == ["komvux_sfi"]
    assert row["occurred_at"].endswith("Z")


def test_a_recorded_contact_has_an_audit_entry_beside_it(signed_in: SignIn) -> None:
    worker = signed_in()
    sent = a_contact()
    worker.send("contacts", sent)

    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.kind == "contact")).one()

    assert (entry.action, entry.object_id, entry.actor_id) == (
        "create",
        sent["id"],
        worker.user.id,
    )


def test_a_second_identical_post_changes_nothing_and_answers_the_row(signed_in: SignIn) -> None:
    worker = signed_in()
    instant = clock.now().replace(microsecond=0)
    sent = a_contact(occurred_at=instant.isoformat(), topics=["cv", "language"])
    worker.send("contacts", sent)

    local = clock.local(instant).isoformat()
    again = worker.send("contacts", sent | {"occurred_at": local, "topics": ["language", "cv"]})

    assert again.status_code == 200
    assert again.get_json()["topics"] == ["cv", "language"]
    assert _count(Contact) == 1
    assert _count(AuditEntry) == 3  # the user, the sign-in, the contact


def test_a_known_id_with_another_content_is_refused_and_nothing_changes(signed_in: SignIn) -> None:
    worker = signed_in()
    sent = a_contact(gender="woman")
    worker.send("contacts", sent)

    answer = worker.send("contacts", sent | {"gender": "man"})

    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/id-reuse"
    assert worker.get(f"contacts/{sent['id']}").get_json()["gender"] == "woman"


def test_five_posts_of_one_contact_at_once_make_one_row_and_five_equal_answers(
    app: Flask, signed_in: SignIn
) -> None:
    worker = signed_in()
    browsers = [Visitor(app, worker.user) for _ in range(5)]
    sent = a_contact()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda browser: browser.send("contacts", sent), browsers))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert all(answer.get_json() == answers[0].get_json() for answer in answers)
    assert _count(Contact) == 1


def test_every_fault_is_told_at_once_with_its_place(signed_in: SignIn) -> None:
    worker = signed_in()
    wrong = a_contact(
        headcount=501, gender="nobody", topics=["cv", "cv", "gossip"], occurred_at="yesterday"
    )
    wrong.pop("age_band")
    wrong["note"] = "free text"

    answer = worker.send("contacts", wrong)

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert {fault["pointer"] for fault in answer.get_json()["errors"]} == {
        "/age_band",
        "/gender",
        "/headcount",
        "/note",
        "/occurred_at",
        "/topics/1",
        "/topics/2",
    }
    assert _count(Contact) == 0


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"topics": []}, "/topics"),
        ({"topics": ["cv", "language", "validation", "work_placement"]}, "/topics"),
        ({"contact_type": "brief"}, "/topics"),
        ({"result": "signposted"}, "/signposted_to"),
        ({"signposted_to": ["kaa"]}, "/signposted_to"),
        ({"result": "meeting_booked"}, "/result"),
        ({"contact_type": "outreach"}, "/contact_type"),
        ({"activity": "outreach"}, "/contact_type"),
        ({"site": "remote", "activity": "outreach", "contact_type": "outreach"}, "/activity"),
        ({"headcount": 3}, "/contact_type"),
        ({"headcount": 3, "contact_type": "group"}, "/gender"),
        ({"minutes": 601}, "/minutes"),
        ({"headcount": 0}, "/headcount"),
        ({"talk_language": "klingon"}, "/talk_language"),
        ({"age_band": 35}, "/age_band"),
        ({"group_id": "seven"}, "/group_id"),
    ],
)
def test_a_broken_rule_is_told_beside_the_field_it_breaks(
    signed_in: SignIn, said: dict[str, Any], pointer: str
) -> None:
    worker = signed_in(sites=("hagalund", "remote"))

    answer = worker.send("contacts", a_contact(**said))

    assert answer.status_code == 422
    assert pointer in {fault["pointer"] for fault in answer.get_json()["errors"]}


def test_a_group_is_one_row_with_its_headcount(signed_in: SignIn) -> None:
    answer = signed_in().send(
        "contacts",
        a_contact(contact_type="group", headcount=9, gender="unknown", age_band="unknown"),
    )

    assert answer.status_code == 201
    assert answer.get_json()["headcount"] == 9


def test_a_brief_contact_has_no_topic(signed_in: SignIn) -> None:
    answer = signed_in().send("contacts", a_contact(contact_type="brief", topics=[]))

    assert answer.status_code == 201


def test_a_tablets_clock_may_be_four_minutes_ahead_but_not_six(signed_in: SignIn) -> None:
    worker = signed_in()

    def post_ahead(minutes: int) -> int:
        ahead = clock.now() + timedelta(minutes=minutes)
        return worker.send("contacts", a_contact(occurred_at=ahead.isoformat())).status_code

    assert (post_ahead(4), post_ahead(6)) == (201, 422)


def test_a_contact_of_fifteen_days_ago_takes_a_supervisor(signed_in: SignIn) -> None:
    long_ago = (clock.now() - timedelta(days=15)).isoformat()
    worker = signed_in()
    both = signed_in(roles=["caseworker", "supervisor"])

    late = worker.send("contacts", a_contact(occurred_at=long_ago))

    assert late.status_code == 422
    assert "14" in late.get_json()["errors"][0]["detail"]
    assert both.send("contacts", a_contact(occurred_at=long_ago)).status_code == 201


def test_another_site_than_ones_own_is_refused(signed_in: SignIn) -> None:
    answer = signed_in(sites=("bagartorp",)).send("contacts", a_contact(site="hagalund"))

    assert answer.status_code == 403
    assert answer.get_json()["type"] == "/problems/not-your-site"


def test_a_batch_judges_each_contact_by_itself(signed_in: SignIn) -> None:
    worker = signed_in()
    known = a_contact()
    worker.send("contacts", known)
    fresh = a_contact()

    answer = worker.send(
        "contacts/batch",
        {
            "items": [
                known,
                fresh,
                fresh,
                known | {"gender": "man"},
                fresh | {"gender": "man"},
                a_contact(topics=[]),
                a_contact(site="bagartorp"),
                {},
            ]
        },
    )

    items = answer.get_json()["items"]
    assert [item["status"] for item in items] == [200, 201, 200, 409, 409, 422, 403, 422]
    assert [item["id"] for item in items[:2]] == [known["id"], fresh["id"]]
    assert _count(Contact) == 2


def test_a_batch_of_more_than_two_hundred_is_refused_whole(signed_in: SignIn) -> None:
    answer = signed_in().send("contacts/batch", {"items": [a_contact() for _ in range(201)]})

    assert answer.status_code == 422
    assert _count(Contact) == 0


def test_a_correction_makes_a_version_and_keeps_the_old(signed_in: SignIn) -> None:
    worker = signed_in()
    sent = a_contact(gender="woman")
    worker.send("contacts", sent)

    answer = worker.send(
        f"contacts/{sent['id']}", {"gender": "man"}, method="PATCH", If_Match='"1"'
    )

    assert answer.status_code == 200
    assert (answer.get_json()["gender"], answer.get_json()["version"]) == ("man", 2)
    assert answer.headers["ETag"] == '"2"'
    kept = db.session.scalars(sa.select(ContactVersion)).one()
    assert (kept.version, kept.facts["gender"]) == (1, "woman")


def test_a_correction_needs_the_version_it_was_made_from(signed_in: SignIn) -> None:
    worker = signed_in()
    sent = a_contact()
    worker.send("contacts", sent)
    change = {"gender": "man"}

    without = worker.send(f"contacts/{sent['id']}", change, method="PATCH")
    stale = worker.send(f"contacts/{sent['id']}", change, method="PATCH", If_Match='"7"')

    assert without.status_code == 428
    assert stale.status_code == 412
    assert stale.get_json()["current"]["version"] == 1


def test_a_correction_is_held_to_the_same_rules(signed_in: SignIn) -> None:
    worker = signed_in()
    sent = a_contact()
    worker.send("contacts", sent)

    answer = worker.send(
        f"contacts/{sent['id']}", {"result": "signposted"}, method="PATCH", If_Match='"1"'
    )

    assert answer.status_code == 422
    assert worker.get(f"contacts/{sent['id']}").get_json()["version"] == 1


def test_only_the_author_or_the_sites_supervisor_may_correct(signed_in: SignIn) -> None:
    author, colleague = signed_in(), signed_in()
    supervisor = signed_in(role="supervisor")
    elsewhere = signed_in(role="supervisor", sites=("bagartorp",))
    sent = a_contact()
    author.send("contacts", sent)

    def correct(person: Visitor, version: int) -> int:
        return person.send(
            f"contacts/{sent['id']}",
            {"minutes": version},
            method="PATCH",
            If_Match=f'"{version}"',
        ).status_code

    assert correct(colleague, 1) == 403
    assert correct(elsewhere, 1) == 404
    assert correct(supervisor, 1) == 200
    assert correct(author, 2) == 200


def test_a_voided_contact_is_kept_shown_and_final(signed_in: SignIn) -> None:
    worker = signed_in()
    sent = a_contact()
    worker.send("contacts", sent)
    address = f"contacts/{sent['id']}/void"

    voided = worker.send(address, {"reason": "mistap"})
    again = worker.send(address, {"reason": "mistap"})
    otherwise = worker.send(address, {"reason": "duplicate"})
    changed = worker.send(
        f"contacts/{sent['id']}", {"gender": "man"}, method="PATCH", If_Match='"2"'
    )

    assert voided.status_code == 200
    assert (voided.get_json()["void_reason"], voided.get_json()["version"]) == ("mistap", 2)
    assert again.get_json() == voided.get_json()
    assert otherwise.status_code == 409
    assert changed.get_json()["type"] == "/problems/contact-voided"


def test_an_unknown_reason_voids_nothing(signed_in: SignIn) -> None:
    worker = signed_in()
    sent = a_contact()
    worker.send("contacts", sent)

    answer = worker.send(f"contacts/{sent['id']}/void", {"reason": "because"})

    assert answer.status_code == 422
    assert worker.get(f"contacts/{sent['id']}").get_json()["voided_at"] is None


def test_a_list_holds_the_local_days_asked_for_and_goes_on_where_it_ended(
    signed_in: SignIn,
) -> None:
    worker = signed_in(roles=["caseworker", "supervisor"])
    instants = [
        "2026-03-28T23:30:00+01:00",
        "2026-03-29T00:10:00+01:00",
        "2026-03-29T23:50:00+02:00",
        "2026-03-30T00:00:00+02:00",
    ]
    for instant in instants:
        worker.send("contacts", a_contact(occurred_at=instant))

    first = worker.get("contacts?from=2026-03-29&to=2026-03-29&limit=1").get_json()
    second = worker.get(
        f"contacts?from=2026-03-29&to=2026-03-29&limit=1&cursor={first['next']}"
    ).get_json()

    got = [first["items"][0]["occurred_at"], second["items"][0]["occurred_at"]]
    assert [datetime.fromisoformat(instant) for instant in got] == [
        datetime.fromisoformat(instants[2]),
        datetime.fromisoformat(instants[1]),
    ]
    last = worker.get(
        f"contacts?from=2026-03-29&to=2026-03-29&limit=1&cursor={second['next']}"
    ).get_json()
    assert last == {"items": [], "next": None}


def test_a_list_never_holds_another_site(signed_in: SignIn) -> None:
    signed_in(sites=("bagartorp",)).send("contacts", a_contact(site="bagartorp"))
    worker = signed_in()

    assert worker.get("contacts").get_json()["items"] == []
    assert worker.get("contacts?site=bagartorp").status_code == 403


@pytest.mark.parametrize("cursor", ["x", "%FF", "YQ", "YQpi"])
def test_a_made_up_cursor_is_told_as_a_fault(signed_in: SignIn, cursor: str) -> None:
    assert signed_in().get(f"contacts?cursor={cursor}").status_code == 422


def test_a_body_that_is_not_json_or_not_labelled_so_is_told_apart(signed_in: SignIn) -> None:
    worker = signed_in()

    def post(data: str, kind: str) -> int:
        return worker.client.post(
            "/api/v1/contacts", data=data, content_type=kind, headers=worker.headers
        ).status_code

    assert post("{", "application/json") == 400
    assert post("[]", "application/json") == 400
    assert post("{}", "text/plain") == 415


def test_an_unknown_contact_is_not_found(signed_in: SignIn) -> None:
    assert signed_in().get(f"contacts/{uuid7()}").status_code == 404


def test_a_code_retired_a_moment_ago_is_refused_by_a_process_that_remembers_it(
    signed_in: Callable[..., Visitor], owner: sa.Engine
) -> None:
    worker = signed_in()
    assert worker.send("contacts", a_contact(topics=["cv"])).status_code == 201
    retire = "UPDATE code SET valid_to = {} WHERE list = 'topic' AND code = 'cv'"
    with owner.begin() as connection:
        connection.execute(sa.text(retire.format("'2025-01-02'")))
    try:
        refused = worker.send("contacts", a_contact(topics=["cv"]))
    finally:
        with owner.begin() as connection:
            connection.execute(sa.text(retire.format("NULL")))

    assert refused.status_code == 422
    assert worker.send("contacts", a_contact(topics=["cv"])).status_code == 201
