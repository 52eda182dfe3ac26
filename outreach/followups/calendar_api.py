"""One's own meetings as a calendar: its secret address for programs, and what is found there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask_babel import gettext

from outreach.accounts import guard
from outreach.accounts.permissions import OWN_CALENDAR, PUBLIC, access
from outreach.followups import calendars, wording
from outreach.followups.schemas import (
    CalendarListSchema,
    NewCalendarAnswerSchema,
    NewCalendarSchema,
)
from outreach.foundation import ics
from outreach.foundation.http import ApiBlueprint
from outreach.sites import service as sites

blueprint = ApiBlueprint(
    "calendar_api",
    __name__,
    url_prefix="/api/v1/calendars",
    description="One's own meetings for one's own phone: when and where, never with whom.",
)


def address(token: str) -> str:
    """Return where a calendar is found by its secret; whoever has it needs no sign-in."""
    return url_for("calendar_api.feed", token=token, _external=True)


@blueprint.route("", methods=["POST"])
@access(OWN_CALENDAR)
@blueprint.reads(NewCalendarSchema)
@blueprint.answers(201, NewCalendarAnswerSchema)
def create(given: dict[str, Any]) -> dict[str, Any]:
    """Make one's calendar, in the place of one before; its address is in this answer alone."""
    row, token = calendars.make_calendar(by=guard.actor(), given=given)
    return row | {"token": token, "url": address(token)}


@blueprint.route("", methods=["GET"])
@access(OWN_CALENDAR)
@blueprint.answers(200, CalendarListSchema)
def index() -> dict[str, Any]:
    """Tell of one's calendar when it was made and last asked for, never its address."""
    return {"items": calendars.calendars(by=guard.actor())}


@blueprint.route("/<uuid:calendar_id>", methods=["DELETE"])
@access(OWN_CALENDAR)
@blueprint.answers(204)
def end(calendar_id: UUID) -> None:
    """End the address of one's calendar at once."""
    calendars.revoke_calendar(by=guard.actor(), id=calendar_id)


@blueprint.route("/<token>.ics", methods=["GET"])
@access(PUBLIC)
@blueprint.answers(200, {"type": "string"}, content_type="text/calendar")
@blueprint.also_answers(304, description="Nothing has changed since.")
def feed(token: str) -> Response:
    """Answer the meetings of whose address it is (RFC 5545). No sign-in: the address is the right.

    In no line of any log, nor in a measurement: they name the route, never the address.
    """
    rows, lists = calendars.meetings(secret=token), sites.code_lists()
    events = [wording.calendar_event(row, lists) for row in rows]
    answer = Response(
        ics.calendar_file(gettext("Bokade möten"), events), content_type=ics.CONTENT_TYPE
    )
    answer.headers["Cache-Control"] = "private, no-cache"
    # Should the address ever stand somewhere, no search engine is to lead there.
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.vary.add("Accept-Language")
    answer.add_etag()
    answer.make_conditional(request)
    return answer
