"""*Koppla* (`/deltagare/<id>/koppla`): earlier contacts of somebody known, and who is who."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import CHANGE_PARTICIPANTS, READ_PARTICIPANTS, access
from outreach.foundation.errors import NotFound, OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, without_blanks
from outreach.identification import duplicates, overview, service, wording
from outreach.identification.duplicates import AlreadyJoined

blueprint = Blueprint("linking_pages", __name__)

Row = dict[str, Any]
_PAGES = {"koppla": "linking_pages.linking", "inskriven": "identification_pages.identified"}


@blueprint.get("/deltagare/<uuid:participant_id>/koppla")
@access(READ_PARTICIPANTS)
def linking(participant_id: UUID) -> Any:
    """Show what is linked to a person, and what may be."""
    return _page(participant_id)


@blueprint.post("/deltagare/<uuid:participant_id>/koppla")
@access(CHANGE_PARTICIPANTS)
def link(participant_id: UUID) -> Any:
    """Show the visits of the code that was typed, or link those that the person chose."""
    given = typed(("recognition_code", "shown_code"), lists=("contact_ids",))
    go = request.form.get("go")
    looked_up = given["recognition_code"] == given["shown_code"]
    if go in {"thread", "all"} or not looked_up:
        return _page(participant_id, given, everything=go == "all")
    sent: Row = {"contact_ids": given["contact_ids"]}
    if given["contact_ids"] and given["recognition_code"]:
        sent["recognition_code"] = given["recognition_code"]
    try:
        service.link_contacts(by=guard.actor(), id=participant_id, given=sent)
    except OutreachError as error:
        return _page(participant_id, given, refusal_of(error))
    flash(gettext("Kopplat."), "success")
    return redirect(url_for("linking_pages.linking", participant_id=participant_id), 303)


@blueprint.post("/deltagare/<uuid:participant_id>/koppla/<uuid:contact_id>")
@access(CHANGE_PARTICIPANTS)
def link_one(participant_id: UUID, contact_id: UUID) -> Any:
    """Link a contact that was suggested; again changes nothing."""
    given = {"contact_ids": [str(contact_id)]}
    try:
        service.link_contacts(by=guard.actor(), id=participant_id, given=given)
    except OutreachError as error:
        return _page(participant_id, refusal=refusal_of(error))
    flash(gettext("Kopplat."), "success")
    return _back(participant_id)


@blueprint.post("/deltagare/<uuid:participant_id>/koppla-loss/<uuid:link_id>")
@access(CHANGE_PARTICIPANTS)
def unlink(participant_id: UUID, link_id: UUID) -> Any:
    """Let a contact be nobody's again; again changes nothing."""
    try:
        service.unlink_contact(by=guard.actor(), id=participant_id, link_id=link_id)
    except NotFound:
        # Done already, by the first of two taps; of nobody who is known, the next page tells.
        return _back(participant_id)
    flash(gettext("Kontakten är anonym igen."), "success")
    return _back(participant_id)


@blueprint.post("/deltagare/<uuid:participant_id>/forslag/<uuid:suggestion_id>/nej")
@access(CHANGE_PARTICIPANTS)
def turn_down(participant_id: UUID, suggestion_id: UUID) -> Any:
    """Turn a suggestion down for good; again changes nothing."""
    service.reject_suggestion(by=guard.actor(), id=participant_id, suggestion_id=suggestion_id)
    flash(gettext("Det föreslås inte igen."), "success")
    return _back(participant_id)


@blueprint.post("/deltagare/<uuid:participant_id>/lanka")
@access(CHANGE_PARTICIPANTS)
def join(participant_id: UUID) -> Any:
    """Say that somebody else is the same person; again changes nothing."""
    given = without_blanks(typed(("id", "other_id")))
    try:
        duplicates.join(by=guard.actor(), id=participant_id, given=given)
    except AlreadyJoined:
        return _back(participant_id)
    except OutreachError as error:
        return _page(participant_id, refusal=refusal_of(error))
    flash(gettext("De är länkade. Inget är flyttat, och det går att ta isär dem."), "success")
    return _back(participant_id)


@blueprint.post("/deltagare/<uuid:participant_id>/isar/<uuid:join_id>")
@access(CHANGE_PARTICIPANTS)
def part(participant_id: UUID, join_id: UUID) -> Any:
    """Part two who were joined; again changes nothing."""
    try:
        duplicates.unjoin(by=guard.actor(), id=participant_id, join_id=join_id)
    except NotFound:
        return _back(participant_id)
    flash(gettext("De är två personer igen, var och en som förut."), "success")
    return _back(participant_id)


def _back(participant_id: UUID) -> Any:
    """Go back to the page that the button was on."""
    page = _PAGES.get(request.form.get("page", ""), "linking_pages.linking")
    return redirect(url_for(page, participant_id=participant_id), 303)


def _page(
    participant_id: UUID,
    given: Row | None = None,
    refusal: Refusal | None = None,
    *,
    everything: bool = False,
) -> Any:
    actor = guard.actor()
    found = overview.known_person(by=actor, id=participant_id)
    nothing: Row = {"recognition_code": None, "shown_code": None, "contact_ids": []}
    given = nothing | (given or {})
    thread: Row = {"contacts": [], "others": 0}
    if given["recognition_code"]:
        asked = {"recognition_code": given["recognition_code"]}
        try:
            thread = service.earlier_contacts(by=actor, given=asked)
            given["shown_code"] = given["recognition_code"]
        except OutreachError as error:
            refusal = refusal or refusal_of(error)
            given["shown_code"] = None
    if everything:
        given["contact_ids"] = [str(row["id"]) for row in thread["contacts"]]
    page = render_template(
        "identification/linking.html",
        person=found["person"],
        given=given,
        thread=thread | {"contacts": [wording.visit(row) for row in thread["contacts"]]},
        links=[wording.visit(row) for row in found["links"]],
        contacts=[wording.visit(row) for row in found["contacts"]],
        people=found["people"],
        joins=found["joins"],
        new_id=uuid4(),
        errors=refusal.errors if refusal else None,
        message=refusal.message if refusal else None,
    )
    return page, refusal.status if refusal else 200
