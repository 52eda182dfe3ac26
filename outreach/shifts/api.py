"""Shifts, closures, opening hours and absences, for programs and tablets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from outreach.accounts import guard
from outreach.accounts.permissions import (
    LOG_CONTACTS,
    PLAN_SHIFTS,
    READ_SITES,
    RUN_SHIFTS,
    access,
)
from outreach.foundation import clock
from outreach.foundation.http import ApiBlueprint, cursor_at, etag, expected_version, instant_and_id
from outreach.shifts import absences, closures, opening_hours, service
from outreach.shifts.schemas import (
    AbsenceListSchema,
    AbsenceSchema,
    ClosingSchema,
    ClosureListSchema,
    ClosureSchema,
    NewAbsenceSchema,
    NewClosureSchema,
    NewShiftSchema,
    OpeningHoursSchema,
    OpeningQuerySchema,
    OpeningWeekSchema,
    ShiftChangeSchema,
    ShiftListSchema,
    ShiftQuerySchema,
    ShiftSchema,
)

blueprint = ApiBlueprint(
    "shifts_api",
    __name__,
    url_prefix="/api/v1",
    description="Staffed sessions, closures, opening hours and absences.",
)


@blueprint.route("/shifts", methods=["POST"])
@access(RUN_SHIFTS)
@blueprint.reads(NewShiftSchema)
@blueprint.also_answers(200, ShiftSchema, description="A repeat: the shift as it stands.")
@blueprint.answers(201, ShiftSchema)
def create(given: dict[str, Any]) -> Any:
    """Begin a shift now (without `starts_at`), or plan one ahead (a supervisor)."""
    row, created = service.open_shift(by=guard.actor(), given=given)
    return row, 201 if created else 200, etag(row["version"])


@blueprint.route("/shifts", methods=["GET"])
@access(RUN_SHIFTS)
@blueprint.reads(ShiftQuerySchema, location="query")
@blueprint.answers(200, ShiftListSchema)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the shifts at one's sites, in the order in which they start."""
    cursor = query.pop("cursor", None)
    after = instant_and_id(cursor) if cursor else None
    rows = service.shifts(by=guard.actor(), after=after, **query)
    last = rows[-1] if len(rows) == query["limit"] else None
    onward = cursor_at(last["starts_at"], last["id"]) if last else None
    return {"items": rows, "next": onward}


@blueprint.route("/shifts/<uuid:shift_id>", methods=["GET"])
@access(RUN_SHIFTS)
@blueprint.answers(200, ShiftSchema)
def show(shift_id: UUID) -> Any:
    """Answer one shift."""
    row = service.shift(by=guard.actor(), id=shift_id)
    return row, 200, etag(row["version"])


@blueprint.route("/shifts/<uuid:shift_id>", methods=["PATCH"])
@access(PLAN_SHIFTS)
@blueprint.reads(ShiftChangeSchema)
@blueprint.answers(200, ShiftSchema)
def change(given: dict[str, Any], shift_id: UUID) -> Any:
    """Change a planned shift's hours or staff. Needs If-Match."""
    row = service.change_shift(
        by=guard.actor(), id=shift_id, expected=expected_version() or 0, given=given
    )
    return row, 200, etag(row["version"])


@blueprint.route("/shifts/<uuid:shift_id>/start", methods=["POST"])
@access(LOG_CONTACTS)
@blueprint.answers(200, ShiftSchema)
def start(shift_id: UUID) -> Any:
    """Begin a planned shift that one is staffed on."""
    row = service.begin_shift(by=guard.actor(), id=shift_id)
    return row, 200, etag(row["version"])


@blueprint.route("/shifts/<uuid:shift_id>/close", methods=["POST"])
@access(RUN_SHIFTS)
@blueprint.reads(ClosingSchema)
@blueprint.answers(200, ShiftSchema)
def close(given: dict[str, Any], shift_id: UUID) -> Any:
    """Close a shift with the hours that it really had."""
    row = service.close_shift(by=guard.actor(), id=shift_id, given=given)
    return row, 200, etag(row["version"])


@blueprint.route("/shifts/<uuid:shift_id>/cancel", methods=["POST"])
@access(PLAN_SHIFTS)
@blueprint.answers(200, ShiftSchema)
def cancel(shift_id: UUID) -> Any:
    """Cancel a planned shift. Needs If-Match."""
    row = service.cancel_shift(by=guard.actor(), id=shift_id, expected=expected_version() or 0)
    return row, 200, etag(row["version"])


@blueprint.route("/closures", methods=["GET"])
@access(RUN_SHIFTS)
@blueprint.answers(200, ClosureListSchema)
def list_closures() -> dict[str, Any]:
    """List the closures at one's sites, from today and a year on."""
    actor, today = guard.actor(), clock.today()
    found = closures.closures(
        sites=sorted(actor.sites), first=today, last=today + timedelta(days=366)
    )
    return {"items": found, "next": None}


@blueprint.route("/closures", methods=["POST"])
@access(PLAN_SHIFTS)
@blueprint.reads(NewClosureSchema)
@blueprint.also_answers(200, ClosureSchema, description="A repeat: the closure as it stands.")
@blueprint.answers(201, ClosureSchema)
def close_site(given: dict[str, Any]) -> Any:
    """Close a site for some days."""
    closure, created = closures.close_site(by=guard.actor(), given=given)
    return closure, 201 if created else 200


@blueprint.route("/closures/<uuid:closure_id>/withdraw", methods=["POST"])
@access(PLAN_SHIFTS)
@blueprint.answers(200, ClosureSchema)
def withdraw(closure_id: UUID) -> Any:
    """Take a closure back."""
    return closures.withdraw_closure(by=guard.actor(), id=closure_id)


@blueprint.route("/absences", methods=["GET"])
@access(PLAN_SHIFTS)
@blueprint.answers(200, AbsenceListSchema)
def list_absences() -> dict[str, Any]:
    """List when one's staff are away, from today and a year on."""
    today = clock.today()
    found = absences.absences(by=guard.actor(), first=today, last=today + timedelta(days=366))
    return {"items": found}


@blueprint.route("/absences", methods=["POST"])
@access(PLAN_SHIFTS)
@blueprint.reads(NewAbsenceSchema)
@blueprint.also_answers(200, AbsenceSchema, description="A repeat: the absence as it stands.")
@blueprint.answers(201, AbsenceSchema)
def record_absence(given: dict[str, Any]) -> Any:
    """Write down that one of one's staff is away for some days; why is not asked."""
    absence, created = absences.record_absence(by=guard.actor(), given=given)
    return absence, 201 if created else 200


@blueprint.route("/absences/<uuid:absence_id>/withdraw", methods=["POST"])
@access(PLAN_SHIFTS)
@blueprint.answers(200, AbsenceSchema)
def withdraw_absence(absence_id: UUID) -> Any:
    """Take an absence back."""
    return absences.withdraw_absence(by=guard.actor(), id=absence_id)


@blueprint.route("/sites/<site>/opening-hours", methods=["GET"])
@access(READ_SITES)
@blueprint.reads(OpeningQuerySchema, location="query")
@blueprint.answers(200, OpeningHoursSchema)
def show_opening_hours(query: dict[str, Any], site: str) -> Any:
    """Answer the hours on a site's door, as they hold on a day."""
    hours = opening_hours.opening_hours(site=site, **query)
    return hours, 200, etag(hours["version"])


@blueprint.route("/sites/<site>/opening-hours", methods=["PUT"])
@access(PLAN_SHIFTS)
@blueprint.reads(OpeningWeekSchema)
@blueprint.answers(200, OpeningHoursSchema)
def set_opening_hours(given: dict[str, Any], site: str) -> Any:
    """Set a site's hours from a day on. Needs If-Match; "0" where none were ever set."""
    hours = opening_hours.set_opening_hours(
        by=guard.actor(), site=site, expected=expected_version() or 0, given=given
    )
    return hours, 200, etag(hours["version"])
