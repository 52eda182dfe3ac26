"""What the interface about shifts and closures reads and writes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from marshmallow import Schema, fields, validate

from outreach.foundation.schemas import (
    Code,
    Cursor,
    Input,
    UtcDateTime,
    day,
    instant,
    length,
    one_of,
    within,
)

_MOST_WORKERS = 20


def _workers(**more: Any) -> fields.List[Any]:
    told = lazy_gettext("Välj mellan {min} och {max} personer.")
    return fields.List(
        fields.String(validate=length(1, 200)),
        validate=validate.Length(1, _MOST_WORKERS, error=told),
        **more,
    )


class NewShiftSchema(Input):
    """A shift: without `starts_at` it begins now, without `workers` it is one's own."""

    id = fields.UUID(required=True)
    site = Code("site", required=True)
    activity = fields.String(required=True, validate=one_of("open", "outreach"))
    starts_at = instant(load_default=None, allow_none=True)
    ends_at = instant(load_default=None, allow_none=True)
    workers = _workers(load_default=None)


class ShiftChangeSchema(Input):
    """What a supervisor changes of a planned shift."""

    starts_at = instant()
    ends_at = instant()
    workers = _workers()


class ClosingSchema(Input):
    """When the shift really was."""

    started_at = instant(load_default=None, allow_none=True)
    ended_at = instant(load_default=None, allow_none=True)


class ShiftQuerySchema(Input):
    """Which shifts a list holds; days are local and both included."""

    site = Code("site")
    first = day(data_key="from")
    last = day(data_key="to")
    cursor = Cursor()
    limit = fields.Integer(load_default=100, validate=within(1, 200))


class WorkerSchema(Schema):
    """One of those who staff the shift."""

    id = fields.UUID(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True)


class ShiftSchema(Schema):
    """A shift as it stands."""

    id = fields.UUID(required=True)
    site = fields.String(required=True)
    activity = fields.String(required=True)
    workers = fields.List(fields.Nested(WorkerSchema), required=True)
    starts_at = UtcDateTime(required=True)
    ends_at = UtcDateTime(allow_none=True, required=True)
    started_at = UtcDateTime(allow_none=True, required=True)
    ended_at = UtcDateTime(allow_none=True, required=True)
    closed_at = UtcDateTime(allow_none=True, required=True)
    cancelled_at = UtcDateTime(allow_none=True, required=True)
    version = fields.Integer(required=True)


class ShiftListSchema(Schema):
    """Shifts in the order in which they start."""

    items = fields.List(fields.Nested(ShiftSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class NewClosureSchema(Input):
    """Days on which a site is closed."""

    id = fields.UUID(required=True)
    site = Code("site", required=True)
    first_day = day(required=True)
    last_day = day(required=True)
    note = fields.String(load_default="", validate=length(0, 140))


class ClosureSchema(Schema):
    """A closure as it stands."""

    id = fields.UUID(required=True)
    site = fields.String(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    note = fields.String(required=True)
    withdrawn_at = UtcDateTime(allow_none=True, required=True)


class ClosureListSchema(Schema):
    """Closures in the order of their days."""

    items = fields.List(fields.Nested(ClosureSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class NewAbsenceSchema(Input):
    """Days on which one of the staff is away, and who is asked for instead."""

    id = fields.UUID(required=True)
    worker_id = fields.UUID(required=True, data_key="worker")
    first_day = day(required=True, data_key="from")
    last_day = day(required=True, data_key="to")
    cover = fields.UUID(load_default=None, allow_none=True)


class AbsenceSchema(Schema):
    """An absence as it stands."""

    id = fields.UUID(required=True)
    worker_id = fields.UUID(required=True, data_key="worker")
    first_day = fields.Date(required=True, data_key="from")
    last_day = fields.Date(required=True, data_key="to")
    cover = fields.UUID(allow_none=True, required=True)
    withdrawn_at = UtcDateTime(allow_none=True, required=True)


class AbsenceListSchema(Schema):
    """Absences in the order of their days."""

    items = fields.List(fields.Nested(AbsenceSchema), required=True)
    next = fields.Constant(None, required=True)


class OpeningDaySchema(Input):
    """A weekday's hours on the wall clock, both left out on a day that is closed."""

    weekday = fields.Integer(required=True, validate=within(1, 7))
    opens = fields.Time("%H:%M", load_default=None, allow_none=True)
    closes = fields.Time("%H:%M", load_default=None, allow_none=True)


class OpeningWeekSchema(Input):
    """A site's hours from a day on; a weekday that is not named is closed."""

    valid_from = day(required=True)
    days = fields.List(
        fields.Nested(OpeningDaySchema), required=True, validate=validate.Length(max=7)
    )


class OpeningQuerySchema(Input):
    """As of which local day; today where none is said."""

    on = day(load_default=None)


class OpeningAnswerDaySchema(Schema):
    """One weekday's hours: 1 is Monday; both times are null when it is closed."""

    weekday = fields.Integer(required=True)
    opens = fields.Time("%H:%M", allow_none=True, required=True)
    closes = fields.Time("%H:%M", allow_none=True, required=True)


class OpeningHoursSchema(Schema):
    """A site's hours as they hold on a day, and the days on which they have changed or will."""

    site = fields.String(required=True)
    valid_from = fields.Date(allow_none=True, required=True)
    days = fields.List(fields.Nested(OpeningAnswerDaySchema), required=True)
    changes = fields.List(fields.Date(), required=True)
    version = fields.Integer(required=True)
