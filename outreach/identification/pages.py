"""*Skriv in* (`/deltagare/ny`): becoming known in four calm steps, and what comes after.

The half-filled form goes along in the hidden fields of each POST, and nowhere else: nothing about
a person is in an address, a cookie or the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.foundation.actor import Actor
from outreach.foundation.errors import IdReuse, NotFound, OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, without_blanks
from outreach.identification import information_texts, later, overview, regret, service, wording

blueprint = Blueprint("identification_pages", __name__)

Row = dict[str, Any]

STEPS = ("told", "named", "earlier", "summary")
# The button of each step that leads on.
_NEXT = {"told": "named", "named": "earlier", "earlier": "summary"}

_NAMED = (
    "given_name", "family_name", "number", "birth_date", "phone", "language", "interpreter",
    "route_in", "origin",
)  # fmt: skip
_INFORMED = ("information_language", "information_interpreter")
# What a form keeps that is no part of what is written down: the text's language, whose visits are
# shown, and what was written of the person where there was no network.
_BESIDE = ("text", "protected", "recognition_code", "shown_code", "contact", "later")
_KEPT = ("id", *_INFORMED, *_NAMED, *_BESIDE)
_SHOWN = {
    "told": {*_INFORMED},
    "named": {*_NAMED, "protected"},
    "earlier": {"recognition_code"},
    "summary": set(),
}
_EARLIER_FAULTS = {"recognition_code", "contact_ids"}

# The ways in that somebody else has a part in.
_FROM_SOMEBODY = frozenset({"signposted", "handed_off", "assigned", "referred"})


@blueprint.get("/deltagare/ny")
@access(CHANGE_PARTICIPANTS)
def begin() -> Any:
    """Show the first step: what the person is to hear before anything is written."""
    actor = guard.actor()
    service.require_identifying(by=actor)
    return _step("told", _fresh() | _written_earlier(actor))


def _written_earlier(by: Actor) -> Row:
    """Return what the actor wrote of the person without a network, named by `senare`."""
    if "senare" not in request.args:
        return {}
    found = later.waiting_one(by=by, id=_id(request.args["senare"]))
    contact = str(found["contact_id"])
    return {
        "given_name": found["given_name"],
        "family_name": found["family_name"],
        "contact": contact,
        "contact_ids": [contact],
        "later": str(found["id"]),
    }


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError as error:
        raise NotFound from error


@blueprint.post("/deltagare/ny")
@access(CHANGE_PARTICIPANTS)
def go_on() -> Any:
    """Go on, go back, or write the person down; nothing typed is lost on any of the ways."""
    actor = guard.actor()
    service.require_identifying(by=actor)
    given = _typed()
    at, go = request.form.get("at"), request.form.get("go")
    if shown := request.form.get("show_in"):
        return _step("told", given | {"text": shown})
    if at not in STEPS or given["id"] is None:
        return _step("told", given | {"id": given["id"] or uuid4()})
    if go == "save":
        return _save(given)
    if at == "earlier" and go in {"thread", "all"}:
        return _step("earlier", given, everything=go == "all")
    if at == "earlier" and go == "skip":
        given |= {"recognition_code": None, "shown_code": None, "contact": None, "contact_ids": []}
        go = "summary"
    if go not in STEPS:
        return _step(at, given)
    return _onward(at, given) if STEPS.index(go) > STEPS.index(at) else _step(go, given)


def _onward(at: str, given: Row) -> Any:
    """Leave a step for the next, if what was typed there may be written down."""
    if at == "earlier" and given["recognition_code"] != given["shown_code"]:
        # A code that was typed and not looked up yet: its visits are what is chosen among.
        return _step("earlier", given)
    if at == "told":
        # What the person speaks is most often what they were told in.
        for name, told_in in zip(("language", "interpreter"), _INFORMED, strict=True):
            given[name] = given[name] or given[told_in]
        return _step("named", given)
    try:
        service.try_identification(by=guard.actor(), given=_sent(given, visits=at == "earlier"))
    except OutreachError as error:
        return _refused(at, given, error)
    return _step(_NEXT[at], given)


def _refused(at: str, given: Row, error: OutreachError) -> Any:
    """Return the step that what is wrong belongs to, with all that was typed."""
    refusal = refusal_of(error)
    if refusal.errors.keys() - _EARLIER_FAULTS:
        at = "named"
    elif refusal.errors:
        at = "earlier"
    return _step(at, given, refusal)


def _save(given: Row) -> Any:
    try:
        person, _ = _identify(given)
    except IdReuse as error:
        # Gone back to after it was saved, and changed: it is changed at the person's page.
        told = gettext("Personen är redan inskriven. Ändra på personens sida i stället.")
        return _step("summary", given, Refusal(refusal_of(error).status, {}, told), known=True)
    except OutreachError as error:
        return _refused("summary", given, error)
    return redirect(url_for("identification_pages.identified", participant_id=person["id"]), 303)


def _identify(given: Row) -> tuple[Row, bool]:
    actor, sent = guard.actor(), _sent(given, visits=True)
    if given["later"]:
        return later.identify(by=actor, given=sent, later=_id(given["later"]))
    return service.identify(by=actor, given=sent)


@blueprint.get("/deltagare/<uuid:participant_id>/inskriven")
@access(READ_PARTICIPANTS)
def identified(participant_id: UUID) -> str:
    """Show the case number to keep, what happens now, and who may be the same person."""
    found = overview.known_person(by=guard.actor(), id=participant_id)
    until = found["undo_until"]
    return render_template(
        "identification/identified.html",
        person=found["person"],
        linked=len(found["links"]),
        people=found["people"],
        joins=found["joins"],
        new_id=uuid4(),
        undo_until=wording.instant(until) if until else None,
    )


def _fresh() -> Row:
    first = information_texts.offered()[0]
    given: Row = dict.fromkeys(_KEPT)
    return given | {
        "id": uuid4(),
        "text": first.language,
        "information_interpreter": "none",
        "route_in": "own_initiative",
        "contact_ids": [],
    }


def _typed() -> Row:
    return typed(_KEPT, lists=("contact_ids",))


def _sent(given: Mapping[str, Any], *, visits: bool) -> Row:
    """Return what is to be written down; without the visits while they are not chosen yet."""
    told = information_texts.text(given["text"])
    sent = without_blanks({name: given[name] for name in ("id", *_INFORMED, *_NAMED)})
    if given["route_in"] not in _FROM_SOMEBODY:
        sent.pop("origin", None)
    sent |= {
        "information_version": told.reference,
        "protected": given["protected"] == "yes",
        "contact_ids": given["contact_ids"] if visits else [],
    }
    if visits and given["contact_ids"] and given["recognition_code"]:
        # A code of which nothing was chosen is left in use.
        sent["recognition_code"] = given["recognition_code"]
    return sent


def _step(
    step: str,
    given: Row,
    refusal: Refusal | None = None,
    *,
    everything: bool = False,
    known: bool = False,
) -> Any:
    """Return a step's page; what another step asks for goes along hidden."""
    status = refusal.status if refusal else 200
    earlier: Row = {"contacts": [], "others": 0}
    if step in {"earlier", "summary"}:
        try:
            earlier = _earlier(given)
        except OutreachError as error:
            refusal = refusal or refusal_of(error)
            step, status = "earlier", refusal.status
            given["shown_code"] = None
    if everything:
        given["contact_ids"] = [str(visit["id"]) for visit in earlier["contacts"]]
    page = render_template(
        f"identification/enter_{step}.html",
        given=given,
        hidden=_hidden(step, given),
        at=step,
        number=STEPS.index(step) + 1,
        steps=len(STEPS),
        names=STEPS,
        earlier=earlier,
        known=known,
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
        **_ASKED[step](given),
    )
    return page, status


def _hidden(step: str, given: Row) -> list[tuple[str, Any]]:
    single = [(name, given[name]) for name in _KEPT if name not in _SHOWN[step]]
    chosen = [] if step == "earlier" else [("contact_ids", each) for each in given["contact_ids"]]
    return [(name, value) for name, value in (*single, *chosen) if value is not None]


def _earlier(given: Row) -> Row:
    """Return the visits that may be chosen among, and let the form know whose are shown."""
    asked = {"recognition_code": given["recognition_code"], "contact_id": given["contact"]}
    found = service.earlier_contacts(by=guard.actor(), given=without_blanks(asked))
    if given["recognition_code"] and given["shown_code"] != given["recognition_code"]:
        # Another code: what was chosen of the one before is not chosen any more.
        there = {str(row["id"]) for row in found["contacts"]}
        given["contact_ids"] = [each for each in given["contact_ids"] if each in there]
    given["shown_code"] = given["recognition_code"]
    return found | {"contacts": [wording.visit(row) for row in found["contacts"]]}


def _asked_told(given: Row) -> Row:
    text = information_texts.text(given["text"])
    committee = guard.actor().committee or ""
    opened = regret.open_doors(committee)
    if given["information_language"] is None:
        given["information_language"] = text.locale.language
    return {
        "letter": text.letter(
            information_texts.TOLD,
            {"committee": committee},
            ways_back=[way for way, is_open in opened.items() if is_open],
        ),
        "texts": [
            {"code": each.language, "label": each.name} for each in information_texts.offered()
        ],
        "text": text.language,
        "languages": wording.choices("talk_language"),
        "interpreters": wording.choices("interpreter"),
    }


def _asked_named(given: Row) -> Row:
    del given
    return {
        "languages": wording.choices("talk_language"),
        "interpreters": wording.choices("interpreter"),
        "routes": wording.choices("route_in"),
        "origins": wording.choices("origin"),
    }


def _asked_summary(given: Row) -> Row:
    return {
        "said": {
            "language": wording.label("talk_language", given["language"]),
            "interpreter": wording.label("interpreter", given["interpreter"]),
            "route_in": wording.label("route_in", given["route_in"]),
            "origin": wording.label("origin", given["origin"])
            if given["route_in"] in _FROM_SOMEBODY
            else None,
            "information_language": wording.label("talk_language", given["information_language"]),
            "information_interpreter": wording.label(
                "interpreter", given["information_interpreter"]
            ),
        }
    }


_ASKED = {
    "told": _asked_told,
    "named": _asked_named,
    "earlier": lambda _: {},
    "summary": _asked_summary,
}
