"""Plain functions that make what a test needs, sensible in all that the test does not say."""

from __future__ import annotations

import itertools
import os
import random
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts import factors, one_time
from outreach.accounts import service as accounts
from outreach.accounts.models import Unit, User
from outreach.contacts import recognition_codes
from outreach.contacts import service as contacts
from outreach.devices import service as devices
from outreach.enrolments import reading as enrolled
from outreach.enrolments import service as enrolments
from outreach.followups import booking
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.participants import responsibilities
from outreach.participants import service as participants
from outreach.participants.numbers import check_digit
from outreach.participants.schemas import NewParticipantSchema

PASSWORD = "gran-hav-cykel-tisdag"
_numbers = itertools.count(1)


def uuid7() -> UUID:
    """Return an id as a tablet makes it (RFC 9562, version 7)."""
    value = int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10)
    number = int.from_bytes(value, "big")
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    return UUID(int=(number & ~(0x3 << 62)) | (0x2 << 62))


def a_user(
    *,
    role: str = "caseworker",
    sites: tuple[str, ...] = ("hagalund",),
    committee: str | None = "KN",
    **more: Any,
) -> User:
    """Make one of the staff, with PASSWORD."""
    number = next(_numbers)
    given = {
        "id": str(uuid7()),
        "username": f"{role}{number}",
        "name": f"Anställd {number}",
        "password": PASSWORD,
        "roles": [role],
        "sites": list(sites),
        "committee": committee,
    } | more
    return accounts.create_user(by=system("test"), given=given, cost=(8, 1, 1))


def a_unit(committee: str = "KN") -> Unit:
    """Return a unit of the committee, for Hagalund."""
    made = Unit(id=uuid7(), name="Enheten", committee=committee, sites=["hagalund"])
    db.session.add(made)
    db.session.commit()
    return made


def a_second_factor(user: User) -> str:
    """Give somebody a second factor and return its secret (see `an_otp`)."""
    secret = one_time.new_secret()
    factors.enrol_for_demo(by=system("test"), user_id=user.id, secret=secret)
    return secret


def an_otp(secret: str, steps: int = 0) -> str:
    """Return the code that an app shows now, or so many steps of 30 seconds from now."""
    return pyotp.TOTP(secret).at(clock.now(), counter_offset=steps)


def an_actor(**person: Any) -> Actor:
    """Make one of the staff and return them as the actor of service functions."""
    return accounts.actor_named(a_user(**person).username)


def a_tablet(**said: Any) -> dict[str, Any]:
    """Enter a tablet and enrol it; return what it keeps: device_id, token and all the rest."""
    given = {"id": str(uuid7()), "name": "Platta 1", "site": "hagalund"} | said
    return devices.enrol_at_once(by=system("test"), given=given)


def shown_by(tablet: dict[str, Any]) -> dict[str, str]:
    """Return the header by which a tablet is known."""
    return {"Authorization": f"Bearer {tablet['token']}"}


def a_contact(**said: Any) -> dict[str, Any]:
    """Return the body of an ordinary contact: a woman, 30–44, at Hagalund about her CV, now."""
    return {
        "id": str(uuid7()),
        "site": "hagalund",
        "activity": "open",
        "contact_type": "drop_in",
        "occurred_at": (clock.now() - timedelta(minutes=1)).isoformat(),
        "age_band": "30-44",
        "gender": "woman",
        "first_time": "not_asked",
        "topics": ["cv"],
        "result": "information_given",
    } | said


def a_recorded_contact(by: Actor, **said: Any) -> dict[str, Any]:
    """Record a contact (see `a_contact`) as a worker's own act and return its row."""
    row, _ = contacts.record_contact(by=by, given=a_contact(**said))
    return row


def a_number(born: str = "19900101", individual: int = 980) -> str:
    """Return a synthetic personal number of twelve digits: nobody has an individual number so high.

    Raises AssertionError for an individual number that somebody may have.
    """
    assert 980 <= individual <= 999
    return f"{born}{individual}{check_digit(born[2:] + str(individual))}"


def a_person(**said: Any) -> dict[str, Any]:
    """Return the body of somebody who wants to be known: a name, nothing else."""
    return {
        "id": str(uuid7()),
        "given_name": "Elsa",
        "family_name": "Nyström",
        "route_in": "own_initiative",
    } | said


def a_participant(by: Actor, **said: Any) -> UUID:
    """Let somebody be known whom the worker is responsible for; return the id."""
    given = {name: value for name, value in a_person(**said).items() if name != "route_in"}
    facts = read(NewParticipantSchema(), given)
    with transaction(by=by):
        person, _ = participants.register(by=by, facts=facts)
        responsibilities.give_responsibility(by=by, id=person, worker=by.id, reason="registered")
    return person


def a_code(by: Actor) -> dict[str, Any]:
    """Make a recognition code as a worker's own act and return it."""
    row, _ = recognition_codes.make_code(by=by, given={"id": str(uuid7())})
    return row


def a_consent(person: UUID, **said: Any) -> dict[str, Any]:
    """Return the body of a yes: KN may tell Jobbteamet a name and a phone number for 90 days."""
    today = clock.today()
    return {
        "id": str(uuid7()),
        "participant_id": str(person),
        "from_committee": "KN",
        "to_team": "jobbteamet",
        "categories": ["name", "phone"],
        "back": ["acceptance"],
        "purpose": "Så att teamet kan ringa och boka ett första möte.",
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=90)).isoformat(),
        "form": "oral",
        "text_version": "1",
        "language": "sv",
    } | said


def a_finished_enrolment(by: Actor, person: UUID, **said: Any) -> UUID:
    """Let a person's time here end with work that began 40 days ago; return the enrolment's id."""
    today = clock.today()
    (row,) = enrolled.enrolments_of(by=by, participant=person, state="open")
    given = {
        "closing_result": "work_supported",
        "closed_on": today.isoformat(),
        "start_date": (today - timedelta(days=40)).isoformat(),
    } | said
    enrolments.close_enrolment(by=by, id=row["id"], given=given)
    return UUID(str(row["id"]))


def a_receiver(team: str = "jobbteamet") -> Actor:
    """Make one of another team, to whom people are handed over, as the actor of services."""
    return an_actor(role="receiver", sites=(), committee=None, team=team)


def a_handoff(person: UUID, **said: Any) -> dict[str, Any]:
    """Return the body of a handoff to Jobbteamet, with what `a_consent` says may be told."""
    return {
        "id": str(uuid7()),
        "participant_id": str(person),
        "team": "jobbteamet",
        "fields": ["name", "phone"],
    } | said


def a_booking(worker: Actor, **said: Any) -> dict[str, Any]:
    """Return the body of a meeting with the worker: an hour from now, for half an hour."""
    return {
        "id": str(uuid7()),
        "workers": [str(worker.id)],
        "starts_at": (clock.now() + timedelta(hours=1)).isoformat(),
        "minutes": 30,
        "place": "hagalund",
    } | said


def a_free_time() -> str:
    """Return an instant of the next weeks at which nobody else in this process meets anybody."""
    ahead = timedelta(hours=2 + next(_numbers) % 400)
    return (clock.now() + ahead).isoformat()


def a_followup(by: Actor, **said: Any) -> dict[str, Any]:
    """Book a meeting (see `a_booking`) as a worker's own act and return its row."""
    row, _ = booking.book(by=by, given=a_booking(by, **said))
    return row


_KINDS = ("drop_in", "booked", "phone", "digital", "brief", "third_party", "group")


def varied_facts(chance: random.Random, now: datetime) -> dict[str, Any]:
    """Return what some contact of the last twenty days may say, of any kind and place."""
    kind = chance.choice(_KINDS)
    group = kind == "group" and chance.random() < 0.7
    activity = "outreach" if kind in {"brief", "group"} and chance.random() < 0.5 else "open"
    return {
        "site": chance.choice(["hagalund", "bagartorp", "solna_centrum"]),
        "activity": activity,
        "contact_type": kind,
        "occurred_at": (now - timedelta(minutes=chance.randrange(60 * 24 * 20))).isoformat(),
        "headcount": chance.randrange(2, 30) if group else 1,
        "age_band": "unknown" if group else chance.choice(["18-29", "30-44", "unknown"]),
        "gender": "unknown" if group else chance.choice(["woman", "man", "other"]),
        "first_time": "not_asked" if group else chance.choice(["yes", "no", "not_asked"]),
        "topics": [] if kind == "brief" else ["cv"],
        "minutes": chance.choice([None, 0, 15, 240]),
    }


class Visitor:
    """Somebody's signed-in browser: sends the page's token with every write."""

    def __init__(self, app: Flask, user: User, **more: str) -> None:
        self.user = user
        self.client = app.test_client()
        answer = self.client.post(
            "/api/v1/session", json={"username": user.username, "password": PASSWORD, **more}
        )
        assert answer.status_code == 201, answer.json
        self.headers = {"X-CSRF-Token": answer.json["csrf_token"]}  # type: ignore[index]

    def get(self, path: str, **more: Any) -> TestResponse:
        """Read an address below `/api/v1`, or a page."""
        return self.client.get(_address(path), **more)

    def send(
        self, path: str, body: object = None, *, method: str = "POST", **headers: str
    ) -> TestResponse:
        """Write JSON to an address below `/api/v1`; header names with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(
            _address(path), method=method, json=body, headers=self.headers | named
        )


def _address(path: str) -> str:
    return path if path.startswith("/") else f"/api/v1/{path}"


def commit() -> None:
    """End the reading transaction of a test, so that it sees what others have committed."""
    with transaction():
        pass
