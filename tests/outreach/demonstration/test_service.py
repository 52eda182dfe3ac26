"""Loading the demonstration: whole, once, through the same rules as everybody's, never for real."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts import sessions, tries
from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.audit.models import AuditEntry
from outreach.consents.models import Consent
from outreach.contacts.models import Contact, ContactLink, ContactVersion, RecognitionCode
from outreach.demonstration import service
from outreach.demonstration.handing_over import HANDED_OVER
from outreach.demonstration.known import KNOWN
from outreach.demonstration.people import STAFF
from outreach.enrolments import worklists
from outreach.enrolments.models import Enrolment, WorkCheck
from outreach.foundation.actor import system
from outreach.foundation.database import db
from outreach.foundation.errors import NotAllowed
from outreach.foundation.transaction import transaction
from outreach.handoffs import lifecycle
from outreach.handoffs.models import Handoff
from outreach.participants.models import Participant
from outreach.shifts.models import Shift
from tests.builders import an_actor

COST = (8, 1, 1)


def _load(**more: Any) -> bool:
    return service.load(by=system("demo"), cost=COST, **{"production": False, **more})


def _count(model: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_it_is_loaded_once_with_a_trail_in_each_workers_own_name_and_time(app: Flask) -> None:
    assert app.testing
    loaded, again = _load(), _load()

    assert (loaded, again, service.is_loaded()) == (True, False, True)
    assert 6_000 <= _count(Contact) <= 9_000
    assert _count(User) == len(STAFF)
    assert _count(ContactVersion) > 100
    assert _count(Shift) > 50
    in_threads = sa.select(Contact.id).where(Contact.recognition_code_id.is_not(None))
    assert len(db.session.scalars(in_threads).all()) > 2 * _count(RecognitionCode) > 200
    entries = sa.select(AuditEntry.actor, sa.func.min(AuditEntry.at), sa.func.max(AuditEntry.at))
    of_contacts = entries.where(AuditEntry.kind == "contact").group_by(AuditEntry.actor)
    spans = {actor: last - first for actor, first, last in db.session.execute(of_contacts)}
    assert spans.keys() == {person.username for person in STAFF if person.role == "caseworker"}
    assert all(span > timedelta(days=300) for span in spans.values())
    late = sa.text(
        "SELECT count(*) FROM contact WHERE received_at - occurred_at > interval '1 day'"
    )
    assert (db.session.scalar(late) or 0) > 10


def test_some_have_become_known_to_whoever_gave_them_their_code(app: Flask) -> None:
    assert app.testing
    _load()

    with transaction(by=system("test")):
        people = db.session.scalars(sa.select(Participant)).all()
        links = _count(ContactLink)
        closed = sa.select(sa.func.count()).where(Enrolment.closed_on.is_not(None))
        assert (db.session.scalar(closed), _count(Enrolment)) == (3, len(KNOWN))
        # Two that were asked by the way, and one for each handoff that was sent.
        sent = [each for each in HANDED_OVER if each.acts]
        assert _count(Consent) == 2 + len(sent)
        states = db.session.scalars(sa.select(Handoff.state))
        assert set(states) == set(lifecycle.STATES)
    anna = actor_named("anna.hagalund")
    with transaction(by=system("test")):
        asked = db.session.execute(sa.select(WorkCheck.day, WorkCheck.answer)).all()
    assert set(asked) == {(30, "yes"), (90, None)}
    assert [row["day"] for row in worklists.due_checks(by=anna)[0]] == [90]
    assert {str(person.id) for person in people} == {person.id for person in KNOWN}
    assert {person.owner_committee for person in people} == {"KN", "SN"}
    assert [person.protected for person in people].count(True) == 1
    assert links >= 3 * len(KNOWN)


def test_everybody_can_sign_in_with_what_is_told(app: Flask) -> None:
    policy = tries.SignInPolicy(5, timedelta(minutes=15), COST, timedelta(hours=1))
    assert app.testing
    _load()

    for told in service.sign_ins(by=system("demo")):
        actor, _ = sessions.sign_in(
            username=told["username"], password=told["password"], policy=policy
        )
        assert sorted(actor.roles) == told["roles"]


def test_it_is_refused_in_production_and_to_everybody_but_the_console(app: Flask) -> None:
    assert app.testing
    with pytest.raises(service.NotInProduction):
        _load(production=True)
    with pytest.raises(NotAllowed):
        service.load(by=an_actor(role="administrator"), production=False, cost=COST)

    assert not service.is_loaded()


def test_a_half_loaded_demonstration_is_never_kept(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app.testing

    def fail(_: service.Loading) -> None:
        raise RuntimeError

    monkeypatch.setattr(service, "STEPS", (*service.STEPS[:2], fail))
    with pytest.raises(RuntimeError):
        _load()

    assert _count(User) == 0
