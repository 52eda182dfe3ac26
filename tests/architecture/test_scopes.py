"""Every route that is about a place or a person, against whomever it may meet.

The door asks for the role (`test_routes.py`); here somebody with the right role is at another
place. Anonymous contacts and shifts belong to their place: the committee changes nothing but who
corrects and voids a contact, and this test says so for each route, so that whoever lets it change
something else has to say where.
How routes about people answer is another question (`test_personal_routes.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts.models import User
from outreach.accounts.permissions import COMMITTEES, SUPERVISOR
from outreach.accounts.service import actor_named
from outreach.audit.models import AuditEntry
from outreach.contacts.models import Contact, ContactVersion
from outreach.foundation import clock
from outreach.foundation.database import Model, db
from outreach.foundation.http import cursor_at
from outreach.foundation.transaction import transaction
from outreach.shifts import closures, service
from outreach.shifts.models import Closure, OpeningHours, Shift
from outreach.sync import keeping
from outreach.sync.keeping import Content, Kept
from tests.audience import (
    ADMINISTRATORS,
    ALLOWED,
    CASEWORKERS,
    FIELD,
    FIGURES,
    NIGHT,
    STAFF,
    SUPERVISORS,
)
from tests.builders import (
    Visitor,
    a_contact,
    a_recorded_contact,
    a_tablet,
    a_user,
    shown_by,
    uuid7,
)
from tests.personal import AMONG_PEOPLE, PERSONAL, route_of

OWN, OTHER = "hagalund", "bagartorp"
ACTIVITIES = ("open", "outreach")
# Which committee answers for each at one's own place.
DUTIES = {"open": "KN", "outreach": "SN"}
# What is logged there most.
_TYPES = {"open": "drop_in", "outreach": "outreach"}
WRITTEN: tuple[type[Model], ...] = (Contact, ContactVersion, Shift, Closure, OpeningHours)


@dataclass(frozen=True, slots=True)
class Place:
    """What there is at one place already, all of it a colleague's."""

    site: str
    activity: str
    colleague: User
    contact: UUID
    shift: UUID
    closure: UUID


Send = Callable[[Visitor, Place], TestResponse]
Statuses = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scoped:
    """A route about a place: a request that is right, and its answers at one's own and elsewhere.

    `caseworker` and `supervisor` are (own place, other place), None for a role that the door
    turns away. `by_committee`: at their own place a supervisor of another committee than the one
    that answers for the activity there is answered 403.
    """

    send: Send
    caseworker: Statuses | None = None
    supervisor: Statuses | None = None
    by_committee: bool = False

    def statuses(self, role: str) -> Statuses | None:
        """The two answers that a role is to get."""
        return self.supervisor if role == SUPERVISOR else self.caseworker


def _get(address: str) -> Send:
    return lambda visitor, place: visitor.get(_filled(address, place))


def _send(
    address: str, body: Callable[[Place], Any], method: str = "POST", version: int = 1
) -> Send:
    return lambda visitor, place: visitor.send(
        _filled(address, place), body(place), method=method, If_Match=f'"{version}"'
    )


def _form(address: str, fields: Callable[[Place], dict[str, Any]]) -> Send:
    return lambda visitor, place: visitor.client.post(
        _filled(address, place), data=fields(place), headers=visitor.headers
    )


def _filled(address: str, place: Place) -> str:
    return address.format(
        site=place.site, contact=place.contact, shift=place.shift, closure=place.closure
    )


def _contact(place: Place) -> dict[str, Any]:
    return a_contact(site=place.site, activity=place.activity, contact_type=_TYPES[place.activity])


def _shift(place: Place) -> dict[str, Any]:
    return {"id": str(uuid7()), "site": place.site, "activity": place.activity}


def _closure(place: Place) -> dict[str, Any]:
    day = clock.today().isoformat()
    return {"id": str(uuid7()), "site": place.site, "first_day": day, "last_day": day}


def _week(place: Place) -> dict[str, Any]:
    del place
    days = [{"weekday": day, "opens": "10:00", "closes": "16:00"} for day in range(1, 8)]
    return {"valid_from": clock.today().isoformat(), "days": days}


def _typed_week(place: Place) -> dict[str, Any]:
    del place
    hours = {f"opens-{day}": "10:00" for day in range(1, 6)}
    hours |= {f"closes-{day}": "16:00" for day in range(1, 6)}
    return {"valid_from": clock.today().isoformat(), "version": "0", **hours}


def _typed_shift(place: Place) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "version": "1",
        "site": place.site,
        "activity": place.activity,
        "day": (clock.today() + timedelta(days=1)).isoformat(),
        "starts": "10:00",
        "ends": "15:00",
        "workers": [place.colleague.username],
    }


def _typed_hours(place: Place) -> dict[str, Any]:
    del place
    now = clock.local(clock.now())
    return {"starts": f"{now - timedelta(minutes=10):%H:%M}", "ends": f"{now:%H:%M}"}


def _sheet(place: Place) -> dict[str, Any]:
    return {
        "sheet": str(uuid7()),
        "place": f"{place.site}:{place.activity}",
        "date": (clock.today() - timedelta(days=1)).isoformat(),
        "starts": "10:00",
        "ends": "16:00",
        "count-woman-30-44-cv": "2",
    }


def _nothing(place: Place) -> dict[str, Any]:
    del place
    return {}


def _decide(visitor: Visitor, place: Place) -> TestResponse:
    """Discard what a colleague wrote on a tablet of the place, which nobody else could save."""
    op, _ = _kept(place)
    return visitor.send(f"sync/review/{op}/decide", {"decision": "discard"})


def _typed_discard(visitor: Visitor, place: Place) -> TestResponse:
    op, device = _kept(place)
    there = f"/plattor/{device}/granska/{op}"
    return visitor.client.post(there, data={"decision": "discard"}, headers=visitor.headers)


def _typed_discard_all(visitor: Visitor, place: Place) -> TestResponse:
    op, device = _kept(place)
    until = cursor_at(clock.now(), op)
    there = f"/plattor/{device}/granska"
    return visitor.client.post(there, data={"until": until}, headers=visitor.headers)


def _kept(place: Place) -> tuple[UUID, UUID]:
    """Keep what nobody could save; return its id and its tablet's."""
    op, device = uuid7(), UUID(str(a_tablet(site=place.site)["device_id"]))
    kept = Kept(op, device, "needs_review", "invalid", place.site, author_id=place.colleague.id)
    with transaction():
        keeping.keep(kept, Content({"body": {}}), id=op)
    return op, device


def _with(**said: Any) -> Callable[[Place], dict[str, Any]]:
    return lambda place: dict(said)  # noqa: ARG005 - the same wherever it is


SCOPED: dict[str, Scoped] = {
    # A colleague's contact may be read at one's own place, and changed by its own supervisor.
    "POST /api/v1/contacts": Scoped(_send("contacts", _contact), caseworker=(201, 403)),
    "GET /api/v1/contacts": Scoped(_get("contacts?site={site}"), (200, 403), (200, 403)),
    "GET /api/v1/contacts/<uuid:contact_id>": Scoped(
        _get("contacts/{contact}"), (200, 404), (200, 404)
    ),
    "PATCH /api/v1/contacts/<uuid:contact_id>": Scoped(
        _send("contacts/{contact}", _with(gender="man"), "PATCH"),
        (403, 404),
        (200, 404),
        by_committee=True,
    ),
    "POST /api/v1/contacts/<uuid:contact_id>/void": Scoped(
        _send("contacts/{contact}/void", _with(reason="mistap")),
        (403, 404),
        (200, 404),
        by_committee=True,
    ),
    "POST /falt/efterat": Scoped(_form("/falt/efterat", _sheet), caseworker=(303, 403)),
    "GET /kontakter.csv": Scoped(_get("/kontakter.csv?site={site}"), supervisor=(200, 403)),
    # Whoever is not on a colleague's shift may look at it, and its supervisor may close it.
    "POST /api/v1/shifts": Scoped(_send("shifts", _shift), (201, 403), (201, 403)),
    "GET /api/v1/shifts": Scoped(_get("shifts?site={site}"), (200, 403), (200, 403)),
    "GET /api/v1/shifts/<uuid:shift_id>": Scoped(_get("shifts/{shift}"), (200, 404), (200, 404)),
    "POST /api/v1/shifts/<uuid:shift_id>/start": Scoped(
        _send("shifts/{shift}/start", _nothing), caseworker=(404, 404)
    ),
    "POST /api/v1/shifts/<uuid:shift_id>/close": Scoped(
        _send("shifts/{shift}/close", _nothing), (403, 404), (200, 404)
    ),
    "PATCH /api/v1/shifts/<uuid:shift_id>": Scoped(
        _send("shifts/{shift}", _nothing, "PATCH"), supervisor=(200, 404)
    ),
    "POST /api/v1/shifts/<uuid:shift_id>/cancel": Scoped(
        _send("shifts/{shift}/cancel", _nothing), supervisor=(409, 404)
    ),
    "GET /uppfoljningar/ny": Scoped(
        _get("/uppfoljningar/ny?kontakt={contact}"), (303, 404), (303, 404)
    ),
    "POST /api/v1/closures": Scoped(_send("closures", _closure), supervisor=(201, 403)),
    "POST /api/v1/closures/<uuid:closure_id>/withdraw": Scoped(
        _send("closures/{closure}/withdraw", _nothing), supervisor=(200, 404)
    ),
    # What a colleague's tablet could not save is the supervisor's to decide.
    "POST /api/v1/sync/review/<uuid:kept_id>/decide": Scoped(_decide, (404, 404), (200, 404)),
    "POST /plattor/<uuid:device_id>/granska": Scoped(_typed_discard_all, supervisor=(303, 404)),
    "POST /plattor/<uuid:device_id>/granska/<uuid:kept_id>": Scoped(
        _typed_discard, supervisor=(303, 404)
    ),
    "PUT /api/v1/sites/<site>/opening-hours": Scoped(
        _send("sites/{site}/opening-hours", _week, "PUT", 0), supervisor=(200, 403)
    ),
    "GET /pass/<uuid:shift_id>/stang": Scoped(_get("/pass/{shift}/stang"), (200, 404), (200, 404)),
    "POST /pass/<uuid:shift_id>/stang": Scoped(
        _form("/pass/{shift}/stang", _typed_hours), (403, 404), (303, 404)
    ),
    "GET /pass/<uuid:shift_id>/ta-bort/<uuid:contact_id>": Scoped(
        _get("/pass/{shift}/ta-bort/{contact}"), (200, 404), (200, 404)
    ),
    "POST /pass/<uuid:shift_id>/ta-bort/<uuid:contact_id>": Scoped(
        _form("/pass/{shift}/ta-bort/{contact}", _with(reason="mistap")),
        (403, 404),
        (303, 404),
        by_committee=True,
    ),
    "POST /pass": Scoped(_form("/pass", _typed_shift), supervisor=(303, 403)),
    "GET /pass/<uuid:shift_id>": Scoped(_get("/pass/{shift}"), supervisor=(200, 404)),
    "POST /pass/<uuid:shift_id>": Scoped(
        _form("/pass/{shift}", _typed_shift), supervisor=(303, 404)
    ),
    "POST /pass/<uuid:shift_id>/stall-in": Scoped(
        _form("/pass/{shift}/stall-in", _with(version="1")), supervisor=(409, 404)
    ),
    "POST /pass/stangt": Scoped(_form("/pass/stangt", _closure), supervisor=(303, 403)),
    "POST /pass/stangt/<uuid:closure_id>/ta-tillbaka": Scoped(
        _form("/pass/stangt/{closure}/ta-tillbaka", _nothing), supervisor=(303, 404)
    ),
    "GET /pass/oppettider/<site>": Scoped(_get("/pass/oppettider/{site}"), supervisor=(200, 404)),
    "POST /pass/oppettider/<site>": Scoped(
        _form("/pass/oppettider/{site}", _typed_week), supervisor=(303, 404)
    ),
}
# Routes that are about no place, by whom they are for: about oneself, or about the whole house.
UNSCOPED_AUDIENCES = (STAFF, FIGURES, NIGHT, ADMINISTRATORS)
# Routes about one's own places alone: the request names none, or chooses among them.
OWN_PLACES_ONLY = {
    "GET /falt",
    "GET /falt/ny",
    "GET /falt/att-ratta",
    "GET /falt/efterat",
    "POST /api/v1/contacts/batch",
    "GET /kontakter",
    "GET /pass",
    "GET /pass/ny",
    "GET /pass/stangt/ny",
    "GET /pass/oppettider",
    "GET /api/v1/closures",
    "GET /api/v1/changes",
    "GET /api/v1/sync/review",
}
# What one wrote of somebody without a network is one's own, wherever one works.
# Codes belong to no place: whoever comes back may come to another. Whoever works at another place
# for a day works at its tablet.
# Who is away is told of the staff of one's committee.
OF_NO_PLACE = {
    # One's own meetings, wherever they are.
    "GET /konto/kalender",
    "POST /konto/kalender",
    "POST /konto/kalender/<uuid:calendar_id>/stoppa",
    "GET /api/v1/calendars",
    "POST /api/v1/calendars",
    "DELETE /api/v1/calendars/<uuid:calendar_id>",
    # A report is of all places.
    "POST /siffror/faststallda",
    "POST /api/v1/publications",
    "GET /api/v1/absences",
    "POST /api/v1/absences",
    "POST /api/v1/absences/<uuid:absence_id>/withdraw",
    "POST /api/v1/devices/here/grants",
    "POST /api/v1/recognition-codes",
    "POST /api/v1/recognition-codes/lookup",
    "GET /koder",
    "POST /koder",
    "POST /koder/sok",
    "POST /koder/ark",
    "GET /koder/ark/<uuid:sheet_id>",
    "GET /koder/<uuid:code_id>",
    "GET /koder/<uuid:code_id>/boka",
    "POST /koder/<uuid:code_id>/boka",
    "GET /att-koppla/<uuid:later_id>/ta-bort",
    "POST /att-koppla/<uuid:later_id>/ta-bort",
}
# Routes about people, who belong to a committee and a unit, to no place.
ABOUT_PEOPLE = {route_of(name) for name in (*PERSONAL, *AMONG_PEOPLE)}


def _a_place(site: str, activity: str, committee: str) -> Place:
    colleague = a_user(roles=["caseworker", "supervisor"], sites=(site,), committee=committee)
    by = actor_named(colleague.username)
    shift, _ = service.open_shift(
        by=by, given={"id": str(uuid7()), "site": site, "activity": activity}
    )
    contact = a_recorded_contact(
        by,
        site=site,
        activity=activity,
        contact_type=_TYPES[activity],
        occurred_at=shift["started_at"].isoformat(),
    )
    day = clock.today() + timedelta(days=3)
    closure, _ = closures.close_site(
        by=by,
        given={
            "id": str(uuid7()),
            "site": site,
            "first_day": day.isoformat(),
            "last_day": day.isoformat(),
        },
    )
    return Place(site, activity, colleague, contact["id"], shift["id"], closure.id)


def _cases() -> Iterator[Any]:
    for name, scoped in SCOPED.items():
        for role in sorted(ALLOWED[name] & FIELD):
            yield pytest.param(scoped, role, id=f"{role} {name}")


def _rows() -> dict[type[Model], int]:
    db.session.rollback()
    return {
        kind: db.session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0
        for kind in WRITTEN
    }


def _versions(place: Place) -> tuple[Any, ...]:
    db.session.rollback()
    closure = db.session.get_one(Closure, place.closure)
    return (
        db.session.get_one(Contact, place.contact).version,
        db.session.get_one(Shift, place.shift).version,
        closure.withdrawn_at,
    )


def test_every_route_is_about_a_place_or_said_to_be_about_none() -> None:
    placeless = {name for name, roles in ALLOWED.items() if roles in UNSCOPED_AUDIENCES}
    about = {*SCOPED, *OWN_PLACES_ONLY, *OF_NO_PLACE, *ABOUT_PEOPLE}

    assert {*placeless, *about} >= set(ALLOWED)
    assert about <= set(ALLOWED)
    assert not SCOPED.keys() & (OWN_PLACES_ONLY | OF_NO_PLACE)
    assert not OWN_PLACES_ONLY & OF_NO_PLACE
    for name, scoped in SCOPED.items():
        told = frozenset(role for role in FIELD if scoped.statuses(role))
        assert (name, told) == (name, ALLOWED[name] & FIELD)


@pytest.mark.parametrize("activity", ACTIVITIES)
@pytest.mark.parametrize("committee", COMMITTEES)
@pytest.mark.parametrize(("scoped", "role"), [*_cases()])
def test_a_place_answers_its_own_people_and_nobody_elses(
    signed_in: Callable[..., Visitor], scoped: Scoped, role: str, committee: str, activity: str
) -> None:
    visitor = signed_in(role=role, sites=(OWN,), committee=committee)
    theirs = "SN" if committee == "KN" else "KN"
    wanted = scoped.statuses(role)
    assert wanted is not None

    other = _a_place(OTHER, activity, theirs)
    before, versions = _rows(), _versions(other)
    elsewhere = scoped.send(visitor, other)

    assert (elsewhere.status_code, _rows(), _versions(other)) == (wanted[1], before, versions)
    assert other.colleague.name not in elsewhere.text
    own = _a_place(OWN, activity, theirs)
    foreign = scoped.by_committee and role == SUPERVISOR and committee != DUTIES[activity]
    assert scoped.send(visitor, own).status_code == (403 if foreign else wanted[0])


@pytest.mark.parametrize("committee", COMMITTEES)
@pytest.mark.parametrize("role", ["caseworker", "supervisor"])
def test_no_page_or_list_shows_what_is_at_another_place(
    app: Flask, signed_in: Callable[..., Visitor], role: str, committee: str
) -> None:
    del app
    visitor = signed_in(role=role, sites=(OWN,), committee=committee)
    other, own = _a_place(OTHER, "open", committee), _a_place(OWN, "open", committee)
    shown, tablet = "", a_tablet(site=OWN)
    for name in sorted(ALLOWED):
        method, address = name.split(" ", 1)
        if method == "GET" and role in ALLOWED[name] and "<" not in address:
            answer = visitor.get(address, headers=shown_by(tablet))
            assert answer.status_code in {200, 303, 422}, name
            shown += answer.text

    for there in (other.contact, other.shift, other.closure, other.colleague.name):
        assert str(there) not in shown
    for here in (own.contact, own.shift):
        assert str(here) in shown


@pytest.mark.parametrize("role", sorted(CASEWORKERS))
def test_a_batch_answers_each_contact_for_its_place(
    signed_in: Callable[..., Visitor], role: str
) -> None:
    visitor = signed_in(role=role, sites=(OWN,))
    items = [a_contact(site=OWN), a_contact(site=OTHER)]

    answered = visitor.send("contacts/batch", {"items": items}).get_json()["items"]

    assert [each["status"] for each in answered] == [201, 403]
    assert answered[1]["problem"]["type"] == "/problems/not-your-site"


@pytest.mark.parametrize("role", sorted(SUPERVISORS))
def test_a_refusal_at_another_place_is_not_in_the_trail_as_if_it_were_done(
    signed_in: Callable[..., Visitor], role: str
) -> None:
    visitor = signed_in(role=role, sites=(OWN,))
    other = _a_place(OTHER, "open", "KN")

    visitor.send(f"contacts/{other.contact}/void", {"reason": "mistap"})

    db.session.rollback()
    done = sa.select(AuditEntry).where(
        AuditEntry.actor_id == visitor.user.id, AuditEntry.kind == "contact"
    )
    assert db.session.scalars(done).all() == []
