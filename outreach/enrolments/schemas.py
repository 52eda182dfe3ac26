"""What the enrolments' interface reads and writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, pre_load

from outreach.enrolments.rules import ANSWERS, LASTED, REASONS, VERIFIED_BY
from outreach.foundation.schemas import (
    Code,
    Input,
    UtcDateTime,
    day,
    length,
    one_of,
    within,
)
from outreach.participants.schemas import StaffSchema

# More kinds of income than any list of them has.
_MOST_INCOMES = 20
_BY_A_BAR = 2


def _extent() -> fields.Integer:
    """Per cent of full time."""
    return fields.Integer(strict=True, load_default=None, allow_none=True, validate=within(1, 100))


class OccupationSchema(Input):
    """What somebody does, and how much of full time."""

    code = Code("occupation", required=True)
    extent = _extent()


class _Whole(fields.Nested):
    """An object that a change says as a whole, if it says it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any
    ) -> Any:
        del partial
        return super()._deserialize(value, attr, data, partial=False, **kwargs)


def _occupation() -> fields.Nested:
    return _Whole(OccupationSchema, load_default=None, allow_none=True)


def _income() -> fields.List[str]:
    """What somebody lives on, the main income first."""
    return fields.List(
        Code("income_source"),
        load_default=None,
        allow_none=True,
        validate=length(0, _MOST_INCOMES),
    )


class _BeforeSchema(Input):
    """How somebody came, and what was before."""

    route_in = Code("route_in", required=True)
    origin = Code("origin", load_default=None, allow_none=True)
    occupation_before = _occupation()
    income_before = _income()


class OpeningSchema(_BeforeSchema):
    """What opens an enrolment beside the person that it is for."""

    enrolment_id = fields.UUID(load_default=None, allow_none=True)
    opened_on = day(load_default=None, allow_none=True)


class NewEnrolmentSchema(_BeforeSchema):
    """A further enrolment of somebody who was here before, with the id that its sender made."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    opened_on = day(load_default=None, allow_none=True)


class _AfterSchema(Input):
    """What came of it; only what belongs to the result is said."""

    start_date = day(load_default=None, allow_none=True)
    extent = _extent()
    funded = fields.Boolean(load_default=None, allow_none=True, truthy={True}, falsy={False})
    lasted_one_month = fields.String(load_default=None, allow_none=True, validate=one_of(*LASTED))
    verified_by = fields.String(load_default=None, allow_none=True, validate=one_of(*VERIFIED_BY))
    occupation_after = _occupation()
    income_after = _income()


class EnrolmentClosingSchema(_AfterSchema):
    """How and when an enrolment ends."""

    closing_result = Code("closing_result", required=True)
    closed_on = day(required=True)


class EnrolmentChangeSchema(_BeforeSchema, EnrolmentClosingSchema):
    """What a change says; what it does not name stays as it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(partial=True, **kwargs)


class ImportedEnrolmentSchema(_BeforeSchema, _AfterSchema):
    """A whole enrolment from elsewhere, open or closed.

    In a table an occupation is its code, `part_time|50` with its extent, or the object as JSON.
    """

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    opened_on = day(required=True)
    closed_on = day(load_default=None, allow_none=True)
    closing_result = Code("closing_result", load_default=None, allow_none=True)

    @pre_load
    def read_cells(self, given: object, **_: object) -> object:
        """Read occupations as a table's cells write them."""
        if not isinstance(given, Mapping):
            return given
        cells = {
            name: _from_cell(given[name])
            for name in ("occupation_before", "occupation_after")
            if isinstance(given.get(name), str)
        }
        return {**given, **cells}


def _from_cell(cell: str) -> object:
    if cell.lstrip().startswith("{"):
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    parts = [part.strip() for part in cell.split("|")]
    if len(parts) == _BY_A_BAR and parts[1].isdecimal() and parts[1].isascii():
        return {"code": parts[0], "extent": int(parts[1][:9])}
    return {"code": cell}


class ResponsibleSchema(Input):
    """Who is to be responsible, and why."""

    worker = fields.UUID(required=True)
    reason = fields.String(required=True, validate=one_of(*REASONS))


class EnrolmentQuerySchema(Input):
    """Whose enrolments a list holds, and which of them."""

    participant = fields.UUID()
    state = fields.String(validate=one_of("open", "closed"))


class EnrolmentSchema(Schema):
    """An enrolment as those see it who may read the person."""

    id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    opened_on = fields.Date(required=True)
    opened_by = fields.Nested(StaffSchema, required=True)
    route_in = fields.String(required=True)
    origin = fields.String(allow_none=True, required=True)
    occupation_before = fields.Nested(OccupationSchema, allow_none=True, required=True)
    income_before = fields.List(fields.String(), allow_none=True, required=True)
    closed_on = fields.Date(allow_none=True, required=True)
    closed_by = fields.Nested(StaffSchema, allow_none=True, required=True)
    closing_result = fields.String(allow_none=True, required=True)
    # What the result counts as in the figures; null while the enrolment is open.
    group = fields.String(allow_none=True, required=True)
    start_date = fields.Date(allow_none=True, required=True)
    extent = fields.Integer(allow_none=True, required=True)
    funded = fields.Boolean(allow_none=True, required=True)
    lasted_one_month = fields.String(allow_none=True, required=True)
    verified_by = fields.String(allow_none=True, required=True)
    occupation_after = fields.Nested(OccupationSchema, allow_none=True, required=True)
    income_after = fields.List(fields.String(), allow_none=True, required=True)
    # Who is responsible for the person now; nobody once the enrolment is closed.
    responsible = fields.Nested(StaffSchema, allow_none=True, required=True)
    # What is to be asked: from the second meeting on, and when it has ended.
    missing = fields.List(fields.String(), required=True)
    version = fields.Integer(required=True)


class EnrolmentListSchema(Schema):
    """Enrolments, latest first, at most 200; `more` tells that there are others."""

    items = fields.List(fields.Nested(EnrolmentSchema), required=True)
    next = fields.Constant(None, required=True)
    more = fields.Boolean(required=True)


class _WaitingSchema(Schema):
    """Somebody on a worklist; without a name where a reason is needed, or for the protected."""

    enrolment_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    case_number = fields.String(required=True)
    name = fields.String(allow_none=True, required=True)
    reason_required = fields.Boolean(required=True)


class SilentSchema(_WaitingSchema):
    """Somebody whom nobody has met for long."""

    # The last contact, or the day on which the enrolment was opened.
    last_heard_on = fields.Date(required=True)
    days = fields.Integer(required=True)


class SilentListSchema(Schema):
    """Whom nobody has met for long, in Swedish order of names, at most 200."""

    items = fields.List(fields.Nested(SilentSchema), required=True)
    next = fields.Constant(None, required=True)
    more = fields.Boolean(required=True)


class MonthCheckSchema(_WaitingSchema):
    """Somebody who began work more than a month ago, and whom no check asks: did it last?"""

    closing_result = fields.String(required=True)
    began_on = fields.Date(required=True)


class MonthCheckListSchema(Schema):
    """Who is to be asked whether the work lasted, in Swedish order of names, at most 200."""

    items = fields.List(fields.Nested(MonthCheckSchema), required=True)
    next = fields.Constant(None, required=True)
    more = fields.Boolean(required=True)


class CheckQuerySchema(Input):
    """Whose checks a list holds, all of them; else those of one's own that are due by a day."""

    participant = fields.UUID()
    # Today when it is not said.
    due = day()


class CheckAnswerSchema(Input):
    """How work goes: still there, not any more, or nobody got hold of the person."""

    answer = fields.String(required=True, validate=one_of(*ANSWERS))


class CheckSchema(Schema):
    """A day on which it is asked how work goes, 30 or 90 days after it began."""

    id = fields.UUID(required=True)
    enrolment_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    closing_result = fields.String(required=True)
    began_on = fields.Date(required=True)
    day = fields.Integer(required=True)
    # The next working day where most people are free on the day itself.
    due_on = fields.Date(required=True)
    # answered, resting (work did not last a month), set_aside (tried three times), due, coming.
    state = fields.String(required=True)
    # yes or no; that of day 30 is whether the work lasted a month.
    answer = fields.String(allow_none=True, required=True)
    # What may be answered today.
    offered = fields.List(fields.String(), required=True)
    # On which days nobody was reached.
    tried_on = fields.List(fields.Date(), required=True)
    said_at = UtcDateTime(allow_none=True, required=True)
    said_by = fields.Nested(StaffSchema, allow_none=True, required=True)
    version = fields.Integer(required=True)


class ListedCheckSchema(CheckSchema, _WaitingSchema):
    """A check, and whom it is about; without a name where a reason is needed."""


class CheckListSchema(Schema):
    """Checks as their days come, at most 200; `more` tells that there are others."""

    items = fields.List(fields.Nested(ListedCheckSchema), required=True)
    next = fields.Constant(None, required=True)
    more = fields.Boolean(required=True)
