"""How each route that is about a person answers, by what the person is to whoever asks.

A route about a person that is not here fails the build. A page is two lines: its name, and what
is asked of it; the rest is as for all others, unless it is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from outreach.foundation import clock
from tests.builders import (
    Visitor,
    a_consent,
    a_contact,
    a_free_time,
    a_handoff,
    a_person,
    uuid7,
)
from tests.relations import Somebody

Send = Callable[[Visitor, Somebody], TestResponse]
Body = Callable[[Visitor, Somebody], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Personal:
    """A route about a person: a request that is right, and its answers.

    To a role that the route is not for the answer is 403, whoever the person is.
    """

    send: Send
    # To whoever may read the person: whose they are, who is named, who leads the unit.
    own: int = 200
    # To a colleague who has not said why; and to one who has, when it is not as for their own.
    colleague: int = 403
    opened: int | None = None
    # To whoever may not know that the person is there.
    unknown: int = 404
    # To anybody, of a person who has asked to be erased: that is decided, and nothing else.
    restricted: int = 403
    # Whether it is about a person who has asked to be erased.
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """A route that lists people: what is asked of it about one, and whether it would tell of them.

    `asked`: it lists those alone who have asked to be erased.
    """

    send: Send
    tells: bool = True
    asked: bool = False


def _get(address: str) -> Send:
    return lambda visitor, person: visitor.get(address.format(p=person))


def _send(address: str, body: Body, method: str = "POST", version: str = "1") -> Send:
    return lambda visitor, person: visitor.send(
        address.format(p=person),
        body(visitor, person),
        method=method,
        If_Match=f'"{version.format(p=person)}"',
    )


def _form(address: str, fields: Body) -> Send:
    return lambda visitor, person: visitor.client.post(
        address.format(p=person), data=fields(visitor, person), headers=visitor.headers
    )


def _with(**said: Any) -> Body:
    return lambda visitor, person: dict(said)  # noqa: ARG005 - the same whoever it is


def _whoever(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    """Return the body of another person with this one's id."""
    del visitor
    return a_person(id=str(person.id), given_name="Elsa")


def _twin(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor
    return {"id": str(uuid7()), "other_id": str(person.twin)}


def _consent(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    return a_consent(person.id, from_committee=visitor.user.committee)


def _typed_consent(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    return _consent(visitor, person) | {"step": "save"}


def _again(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor
    return {"id": str(uuid7()), "participant_id": str(person.id), "route_in": "outreach"}


def _typed_again(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor, person
    return {"id": str(uuid7()), "new_route_in": "outreach"}


def _contact(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor
    return a_contact(participant_id=str(person.id))


def _contacts(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor
    return {"contact_ids": [str(person.contact)]}


def _to_me(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del person
    return {"worker": str(visitor.user.id), "reason": "workload"}


def _ending(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor, person
    return {"closing_result": "own_choice", "closed_on": clock.today().isoformat()}


def _typed_contact(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor
    return {"contact_ids": str(person.suggestion), "recognition_code": "", "shown_code": ""}


def _typed_decision(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor, person
    return {"decision": "refused", "reason": "Enligt riktlinjerna.", "step": "save", "version": "1"}


def _typed_whoever(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    return {**_whoever(visitor, person), "at": "summary", "go": "save"}


def _typed(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    """Return all that any form about a person asks for."""
    del visitor
    return {
        "version": person.version,
        "reason": "calling",
        "text": "Ringer",
        "turn": "worker",
        "given_name": "Elsa",
        "protected": "no",
        "next": "/vart",
    }


def _by_case_number(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor
    return {"case_number": person.case_number}


def _handoff(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor
    return a_handoff(person.id)


def _new_handoff(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor, person
    return {"id": str(uuid7()), "team": "jobbteamet"}


def _message(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor, person
    return {"id": str(uuid7()), "text": "Ringer er i morgon"}


def _booking(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "participant_id": str(person.id),
        "workers": [str(visitor.user.id)],
        "starts_at": a_free_time(),
        "minutes": 30,
        "place": "hagalund",
    }


def _move(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    del visitor, person
    return {"id": str(uuid7()), "starts_at": a_free_time(), "asked_by": "participant"}


def _typed_booking(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    said = _booking(visitor, person)
    return {name: said[name] for name in ("id", "starts_at", "place")} | {"reminder": "none"}


def _typed_move(visitor: Visitor, person: Somebody) -> dict[str, Any]:
    return _move(visitor, person) | {"place": "hagalund"}


def _slots(visitor: Visitor, person: Somebody) -> TestResponse:
    del person
    return visitor.get(f"followups/slots?worker={visitor.user.id}&day={clock.today()}")


_MEETING = "/uppfoljningar/<uuid:followup_id>"
_PAGE = "/deltagare/<uuid:participant_id>"
_STEP = _with(text="Ringer på tisdag", turn="worker")
_DECISION = _with(decision="refused", reason="Enligt nämndens riktlinjer.")
_PERSON = "/api/v1/participants/<uuid:participant_id>"
_CHECK = "/api/v1/checks/<uuid:check_id>"
_PERIOD = "/api/v1/enrolments/<uuid:enrolment_id>"
_HANDOFF = "/api/v1/handoffs/<uuid:handoff_id>"
_HANDED = "/overlamningar/<uuid:handoff_id>"


def _of_the_team(act: str, **said: Any) -> Personal:
    """Return how an act answers its sender, for whom it is not, whoever the person is to them."""
    return Personal(_send(f"handoffs/{{p.handoff}}/{act}", _with(**said)), own=403, opened=403)


# What stands in brackets is where the request names the person, when the address does not.
PERSONAL: dict[str, Personal] = {
    # Participants.
    f"GET {_PERSON}": Personal(_get("participants/{p.id}")),
    f"PATCH {_PERSON}": Personal(
        _send("participants/{p.id}", _with(email="e@example.se"), "PATCH", "{p.version}")
    ),
    # Saying why is what a colleague does first; it opens nothing that is restricted.
    f"POST {_PERSON}/openings": Personal(
        _send("participants/{p.id}/openings", _with(reason="calling")),
        own=201,
        colleague=201,
        restricted=201,
    ),
    f"PUT {_PERSON}/next-step": Personal(
        _send("participants/{p.id}/next-step", _STEP, "PUT", "{p.version}")
    ),
    f"POST {_PERSON}/next-step/done": Personal(
        _send("participants/{p.id}/next-step/done", _with(), version="{p.version}")
    ),
    f"GET {_PERSON}/accesses": Personal(_get("participants/{p.id}/accesses")),
    # Identification. An id that is somebody's already tells nobody whose.
    "POST /api/v1/participants (id)": Personal(
        _send("participants", _whoever),
        own=409,
        colleague=409,
        unknown=409,
        restricted=409,
    ),
    f"POST {_PERSON}/links": Personal(_send("participants/{p.id}/links", _contacts), own=201),
    f"DELETE {_PERSON}/links/<uuid:link_id>": Personal(
        _send("participants/{p.id}/links/{p.link}", _with(), "DELETE"), own=204
    ),
    f"GET {_PERSON}/suggestions": Personal(_get("participants/{p.id}/suggestions")),
    f"POST {_PERSON}/suggestions/<uuid:suggestion_id>/reject": Personal(
        _send("participants/{p.id}/suggestions/{p.suggestion}/reject", _with()), own=204
    ),
    f"GET {_PERSON}/same-as": Personal(_get("participants/{p.id}/same-as")),
    f"POST {_PERSON}/same-as": Personal(_send("participants/{p.id}/same-as", _twin), own=201),
    f"DELETE {_PERSON}/same-as/<uuid:join_id>": Personal(
        _send("participants/{p.id}/same-as/{p.join}", _with(), "DELETE"), own=204
    ),
    f"POST {_PERSON}/regret": Personal(
        _send("participants/{p.id}/regret", _with(door="back_to_code"))
    ),
    # The committee decides, whoever the person is to the supervisor who does.
    "GET /api/v1/erasure-requests/<uuid:request_id>": Personal(
        _get("erasure-requests/{p.request}"), colleague=200, asked=True
    ),
    "POST /api/v1/erasure-requests/<uuid:request_id>/decide": Personal(
        _send("erasure-requests/{p.request}/decide", _DECISION), colleague=200, asked=True
    ),
    # Consents.
    f"GET {_PAGE}/boka": Personal(_get("/deltagare/{p.id}/boka")),
    f"POST {_PAGE}/boka": Personal(_form("/deltagare/{p.id}/boka", _typed_booking), own=303),
    # Of whoever has yet to be opened, the page that asks why comes next.
    f"GET {_MEETING}": Personal(_get("/uppfoljningar/{p.followup}"), colleague=303),
    f"POST {_MEETING}": Personal(
        _form("/uppfoljningar/{p.followup}", _with(version="1", place="remote")), own=303
    ),
    f"GET {_MEETING}/boka-om": Personal(_get("/uppfoljningar/{p.followup}/boka-om"), colleague=303),
    f"POST {_MEETING}/boka-om": Personal(
        _form("/uppfoljningar/{p.followup}/boka-om", _typed_move), own=303, colleague=303
    ),
    f"POST {_MEETING}/utfall": Personal(
        _form("/uppfoljningar/{p.followup}/utfall", _with(state="cancelled_by_us")),
        own=303,
        colleague=303,
    ),
    f"POST {_MEETING}/angra": Personal(
        _form("/uppfoljningar/{p.followup}/angra", _with()), own=303, colleague=303
    ),
    f"POST {_MEETING}/kontakt": Personal(
        _form("/uppfoljningar/{p.followup}/kontakt", _with(version="1")), own=303, colleague=303
    ),
    "POST /api/v1/followups (participant_id)": Personal(_send("followups", _booking), own=201),
    "GET /api/v1/followups/<uuid:followup_id>": Personal(_get("followups/{p.followup}")),
    "PATCH /api/v1/followups/<uuid:followup_id>": Personal(
        _send("followups/{p.followup}", _with(purpose="CV"), "PATCH")
    ),
    "POST /api/v1/followups/<uuid:followup_id>/reschedule": Personal(
        _send("followups/{p.followup}/reschedule", _move)
    ),
    "POST /api/v1/followups/<uuid:followup_id>/outcome": Personal(
        _send("followups/{p.followup}/outcome", _with(state="cancelled_by_us"))
    ),
    "DELETE /api/v1/followups/<uuid:followup_id>/outcome": Personal(
        _send("followups/{p.followup}/outcome", _with(), "DELETE")
    ),
    "GET /api/v1/consents": Personal(_get("consents?participant={p.id}")),
    "POST /api/v1/consents (participant_id)": Personal(_send("consents", _consent), own=201),
    "GET /api/v1/consents/<uuid:consent_id>": Personal(_get("consents/{p.consent}")),
    "POST /api/v1/consents/<uuid:consent_id>/withdraw": Personal(
        _send("consents/{p.consent}/withdraw", _with())
    ),
    "GET /deltagare/<uuid:participant_id>/beratta": Personal(_get("/deltagare/{p.id}/beratta")),
    "GET /deltagare/<uuid:participant_id>/beratta/ny": Personal(
        _get("/deltagare/{p.id}/beratta/ny")
    ),
    "POST /deltagare/<uuid:participant_id>/beratta": Personal(
        _form("/deltagare/{p.id}/beratta", _typed_consent), own=303
    ),
    "GET /beratta/<uuid:consent_id>": Personal(_get("/beratta/{p.consent}")),
    "GET /beratta/<uuid:consent_id>/ta-tillbaka": Personal(
        _get("/beratta/{p.consent}/ta-tillbaka")
    ),
    "POST /beratta/<uuid:consent_id>/ta-tillbaka": Personal(
        _form("/beratta/{p.consent}/ta-tillbaka", _with()), own=303
    ),
    # Handoffs. What they are walked with is a draft, of which a team is told nothing.
    "POST /api/v1/handoffs (participant_id)": Personal(_send("handoffs", _handoff), own=201),
    f"GET {_HANDOFF}": Personal(_get("handoffs/{p.handoff}")),
    f"PATCH {_HANDOFF}": Personal(_send("handoffs/{p.handoff}", _with(fields=[]), "PATCH")),
    f"GET {_HANDOFF}/preview": Personal(_get("handoffs/{p.handoff}/preview")),
    f"POST {_HANDOFF}/send": Personal(_send("handoffs/{p.handoff}/send", _with())),
    f"POST {_HANDOFF}/withdraw": Personal(
        _send("handoffs/{p.handoff}/withdraw", _with(reason="person"))
    ),
    f"POST {_HANDOFF}/first-meeting": Personal(
        _send("handoffs/{p.handoff}/first-meeting", _with(state="person_declined")), own=409
    ),
    f"POST {_HANDOFF}/messages": Personal(
        _send("handoffs/{p.handoff}/messages", _message), own=409
    ),
    f"POST {_HANDOFF}/take-in": Personal(_send("handoffs/{p.handoff}/take-in", _with()), own=409),
    f"POST {_HANDED}/sett": Personal(_form("/overlamningar/{p.handoff}/sett", _with()), own=409),
    f"POST {_HANDOFF}/return": _of_the_team("return", missing=["email"]),
    f"POST {_HANDOFF}/accept": _of_the_team("accept"),
    f"POST {_HANDOFF}/decline": _of_the_team("decline", reason="queue_full"),
    f"POST {_HANDOFF}/start": _of_the_team("start"),
    f"POST {_HANDOFF}/complete": _of_the_team("complete", outcome="job_found"),
    "GET /deltagare/<uuid:participant_id>/lamna-over": Personal(
        _get("/deltagare/{p.id}/lamna-over")
    ),
    "POST /deltagare/<uuid:participant_id>/lamna-over": Personal(
        _form("/deltagare/{p.id}/lamna-over", _new_handoff), own=303
    ),
    f"GET {_HANDED}": Personal(_get("/overlamningar/{p.handoff}"), colleague=303),
    f"GET {_HANDED}/fraga": Personal(_get("/overlamningar/{p.handoff}/fraga")),
    f"GET {_HANDED}/boka": Personal(_get("/overlamningar/{p.handoff}/boka"), own=409),
    f"POST {_HANDED}/boka": Personal(_form("/overlamningar/{p.handoff}/boka", _with()), own=409),
    f"POST {_HANDED}/valj": Personal(
        _form("/overlamningar/{p.handoff}/valj", _with(version="1")), own=303
    ),
    f"POST {_HANDED}/gor/<action>": Personal(
        _form("/overlamningar/{p.handoff}/gor/withdraw", _with(reason="person")), own=303
    ),
    f"PATCH {_HANDOFF}/osa": Personal(
        _send("handoffs/{p.handoff}/osa", _with(), "PATCH"), own=403, opened=403
    ),
    f"PATCH {_HANDOFF}/ips": Personal(
        _send("handoffs/{p.handoff}/ips", _with(), "PATCH"), own=403, opened=403
    ),
    f"POST {_HANDED}/osa": Personal(_form("/overlamningar/{p.handoff}/osa", _with(version="1"))),
    f"POST {_HANDED}/stod": Personal(_form("/overlamningar/{p.handoff}/stod", _with(version="1"))),
    f"POST {_HANDOFF}/not-complete": _of_the_team("not-complete", reason="moved"),
    # Enrolments. Whoever has an open one begins no other; who looks in takes nobody over, ends
    # nobody's time here and begins none while somebody is responsible.
    "GET /api/v1/enrolments (participant)": Personal(_get("enrolments?participant={p.id}")),
    "POST /api/v1/enrolments (participant_id)": Personal(
        _send("enrolments", _again), own=409, opened=403
    ),
    f"GET {_PERIOD}": Personal(_get("enrolments/{p.enrolment}")),
    f"PATCH {_PERIOD}": Personal(
        _send("enrolments/{p.enrolment}", _with(income_before=["wage"]), "PATCH")
    ),
    f"PUT {_PERIOD}/responsible": Personal(
        _send("enrolments/{p.enrolment}/responsible", _to_me, "PUT"), opened=403
    ),
    f"POST {_PERIOD}/close": Personal(_send("enrolments/{p.enrolment}/close", _ending), opened=403),
    "GET /stodperiod/<uuid:enrolment_id>": Personal(_get("/stodperiod/{p.enrolment}")),
    "POST /stodperiod/<uuid:enrolment_id>": Personal(
        _form("/stodperiod/{p.enrolment}", _with(route_in="outreach", version="1")), own=303
    ),
    "POST /stodperiod/<uuid:enrolment_id>/ansvarig": Personal(
        _form(
            "/stodperiod/{p.enrolment}/ansvarig",
            lambda visitor, person: _to_me(visitor, person) | {"version": "1"},
        ),
        own=303,
        opened=403,
    ),
    "GET /stodperiod/<uuid:enrolment_id>/avsluta": Personal(
        _get("/stodperiod/{p.enrolment}/avsluta?resultat=own_choice")
    ),
    "POST /stodperiod/<uuid:enrolment_id>/avsluta": Personal(
        _form(
            "/stodperiod/{p.enrolment}/avsluta",
            lambda visitor, person: _ending(visitor, person) | {"version": "1"},
        ),
        own=303,
        opened=403,
    ),
    "POST /stodperiod/<uuid:enrolment_id>/manad": Personal(
        _form("/stodperiod/{p.enrolment}/manad", _with(lasted_one_month="pending", version="1")),
        own=303,
    ),
    "POST /stodperiod/<uuid:enrolment_id>/ny": Personal(
        _form("/stodperiod/{p.enrolment}/ny", _typed_again), own=409, opened=403
    ),
    # Checks. Whoever looks in may answer: the person has just told them.
    "GET /api/v1/checks (participant)": Personal(_get("checks?participant={p.id}")),
    f"POST {_CHECK}/answer": Personal(
        _send("checks/{p.check}/answer", _with(answer="not_reached"))
    ),
    f"DELETE {_CHECK}/answer": Personal(_send("checks/{p.check}/answer", _with(), "DELETE")),
    "POST /efter-jobbstart/<uuid:check_id>": Personal(
        _form("/efter-jobbstart/{p.check}", _with(answer="not_reached", version="1")),
        own=303,
        colleague=303,
    ),
    "POST /efter-jobbstart/<uuid:check_id>/angra": Personal(
        _form("/efter-jobbstart/{p.check}/angra", _with(version="1")), own=303, colleague=303
    ),
    **{
        f"GET {_PAGE}{page}": Personal(_get(f"/deltagare/{{p.id}}{page}"))
        for page in (
            "",
            "/andra",
            "/nasta-steg",
            "/tittat",
            "/vet",
            "/inskriven",
            "/koppla",
            "/angra",
        )
    },
    f"GET {_PAGE}/angra/<door>": Personal(_get("/deltagare/{p.id}/angra/kod")),
    f"POST {_PAGE}/angra/<door>": Personal(_form("/deltagare/{p.id}/angra/radering", _with())),
    f"POST {_PAGE}/oppna": Personal(
        _form("/deltagare/{p.id}/oppna", _typed), own=303, colleague=303, restricted=303
    ),
    f"POST {_PAGE}/anteckningar": Personal(_form("/deltagare/{p.id}/anteckningar", _typed)),
    **{
        f"POST {_PAGE}{form}": Personal(_form(f"/deltagare/{{p.id}}{form}", _typed), own=303)
        for form in ("/andra", "/nasta-steg", "/nasta-steg/klart")
    },
    "POST /deltagare/ny (id)": Personal(
        _form("/deltagare/ny", _typed_whoever),
        own=409,
        colleague=409,
        unknown=409,
        restricted=409,
    ),
    f"POST {_PAGE}/koppla": Personal(_form("/deltagare/{p.id}/koppla", _typed_contact), own=303),
    f"POST {_PAGE}/koppla/<uuid:contact_id>": Personal(
        _form("/deltagare/{p.id}/koppla/{p.suggestion}", _with()), own=303
    ),
    # Done already, as it looks to whoever may not know of the person: the next page tells.
    f"POST {_PAGE}/koppla-loss/<uuid:link_id>": Personal(
        _form("/deltagare/{p.id}/koppla-loss/{p.link}", _with()), own=303, unknown=303
    ),
    f"POST {_PAGE}/forslag/<uuid:suggestion_id>/nej": Personal(
        _form("/deltagare/{p.id}/forslag/{p.suggestion}/nej", _with()), own=303
    ),
    f"POST {_PAGE}/lanka": Personal(_form("/deltagare/{p.id}/lanka", _twin), own=303),
    f"POST {_PAGE}/isar/<uuid:join_id>": Personal(
        _form("/deltagare/{p.id}/isar/{p.join}", _with()), own=303, unknown=303
    ),
    "GET /radering/<uuid:request_id>": Personal(
        _get("/radering/{p.request}"), colleague=200, asked=True
    ),
    "POST /radering/<uuid:request_id>": Personal(
        _form("/radering/{p.request}", _typed_decision), colleague=200, asked=True
    ),
    # A contact that names whose it is: whom one may not know of is a fault, as nobody at all is.
    "POST /api/v1/contacts (participant_id)": Personal(
        _send("contacts", _contact), own=201, unknown=422
    ),
}
# Routes that list people, among those whom one may know of.
AMONG_PEOPLE: dict[str, Among] = {
    "POST /api/v1/participants/search": Among(_send("participants/search", _by_case_number)),
    "POST /api/v1/participants/search (name)": Among(
        _send("participants/search", _with(name="kanarie"))
    ),
    "GET /api/v1/enrolments": Among(_get("enrolments")),
    "GET /api/v1/enrolments/without-contact": Among(_get("enrolments/without-contact")),
    "GET /api/v1/enrolments/month-checks": Among(_get("enrolments/month-checks")),
    "GET /api/v1/checks": Among(_get("checks")),
    "GET /efter-jobbstart": Among(_get("/efter-jobbstart")),
    "GET /uppfoljningar": Among(_get("/uppfoljningar?dag={p.meets_on}")),
    "GET /api/v1/followups": Among(_get("followups?limit=200")),
    "GET /api/v1/followups/slots": Among(_slots, tells=False),
    "GET /mina-deltagare": Among(_get("/mina-deltagare")),
    "GET /deltagare": Among(_get("/deltagare"), tells=False),
    "POST /deltagare": Among(_form("/deltagare", _with(sought="kanarie"))),
    "GET /deltagare/ny": Among(_get("/deltagare/ny"), tells=False),
    "POST /deltagare/ny": Among(_form("/deltagare/ny", _with(at="told", go="named")), tells=False),
    "GET /api/v1/participants/later": Among(_get("participants/later"), tells=False),
    "GET /overlamningar": Among(_get("/overlamningar")),
    "GET /overlamningar/osa": Among(_get("/overlamningar/osa"), tells=False),
    "GET /overlamningar/osa.ics": Among(_get("/overlamningar/osa.ics"), tells=False),
    "POST /overlamningar/ovriga": Among(
        _form("/overlamningar/ovriga", _with(active="1")), tells=False
    ),
    "GET /api/v1/handoffs": Among(_get("handoffs?box=out")),
    "GET /api/v1/handoffs (in)": Among(_get("handoffs?box=in"), tells=False),
    "GET /api/v1/handoffs (over)": Among(_get("handoffs?box=out&over=true"), tells=False),
    "GET /radering": Among(_get("/radering"), asked=True),
    "GET /api/v1/caseload": Among(_get("caseload")),
    "GET /api/v1/participants/suggestions": Among(_get("participants/suggestions")),
    "GET /api/v1/participants/latest": Among(_get("participants/latest")),
    "GET /stodperiod": Among(_get("/stodperiod")),
    "GET /far-vi-beratta": Among(_get("/far-vi-beratta")),
    "GET /api/v1/erasure-requests": Among(_get("erasure-requests"), asked=True),
    "GET /api/v1/contacts": Among(_get("contacts?site=hagalund")),
    "GET /kontakter": Among(_get("/kontakter"), tells=False),
    "GET /kontakter.csv": Among(_get("/kontakter.csv?site=hagalund"), tells=False),
}
# Addresses below these are about people, and so is every one that names one of these.
PREFIXES = (
    "/api/v1/caseload", "/api/v1/checks", "/api/v1/consents", "/api/v1/enrolments",
    "/api/v1/erasure-requests", "/api/v1/followups", "/api/v1/handoffs",
    "/api/v1/participants", "/beratta", "/deltagare", "/efter-jobbstart", "/far-vi-beratta",
    "/mina-deltagare", "/overlamningar", "/radering", "/stodperiod",
)  # fmt: skip
ARGUMENTS = frozenset(
    {
        "participant_id", "check_id", "consent_id", "enrolment_id", "followup_id", "handoff_id",
        "request_id", "link_id", "join_id", "suggestion_id",
    }
)  # fmt: skip


def route_of(name: str) -> str:
    """Return the route of an entry, without what stands in brackets."""
    return name.partition(" (")[0]
