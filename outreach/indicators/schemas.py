"""What the interface of the figures reads and writes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields

from outreach.foundation.errors import N_
from outreach.foundation.schemas import Input, UtcDateTime, one_of
from outreach.indicators.periods import (
    EARLIEST,
    LATEST,
    MOST_DAYS,
    Period,
    out_of_bounds,
    period_of,
)

_STATUS = ("ok", "hidden", "none")


class PeriodField(fields.String):
    """A period as `2026-01-01..2026-08-31`, both days included, within the bounds for anybody."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own way of texts
        "period": N_("Skriv perioden som 2026-01-01..2026-08-31, första dagen först."),
    }

    def __init__(self, **kwargs: Any) -> None:
        described = {
            "description": "The first and the last day, both included, with .. between. Not before"
            f" {EARLIEST}, not after {LATEST}, at most {MOST_DAYS} days.",
            "pattern": r"^\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2}$",
        }
        super().__init__(metadata=described, **kwargs)

    def _deserialize(self, value: object, *args: object, **kwargs: object) -> Period:  # type: ignore[override]
        text = super()._deserialize(value, *args, **kwargs)
        try:
            period = period_of(text)
        except ValueError as error:
            raise self.make_error("period") from error
        if told := [sentence for _, sentence in out_of_bounds(period)]:
            raise ValidationError(told)
        return period


class FiguresQuerySchema(Input):
    """Which period, and whether nothing is to be hidden (for those who may)."""

    period = PeriodField(required=True)
    raw = fields.Boolean(load_default=False)


class ShareSchema(Schema):
    """A share: so many of so many, and the percent; null is hidden, or there is none."""

    value = fields.Integer(allow_none=True, required=True)
    numerator = fields.Integer(allow_none=True)
    denominator = fields.Integer(allow_none=True)
    percent = fields.String(allow_none=True)
    status = fields.String(required=True, validate=one_of(*_STATUS))


class FigureSchema(ShareSchema):
    """One figure; null with status hidden is a number that is not shown.

    A number has a value; a share has none, but a numerator, a denominator and a percent.
    """

    code = fields.String(required=True)
    definition_version = fields.Integer(required=True)
    variants = fields.Dict(keys=fields.String(), values=fields.Nested(ShareSchema))
    parts = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))
    routes = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))
    readings = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))
    events = fields.Integer(allow_none=True)
    beside = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))


class DimensionSchema(Schema):
    """One dimension of a table: its name and the values that have a line of their own."""

    name = fields.String(required=True)
    values = fields.List(fields.String(), required=True)


class CellSchema(Schema):
    """One cell: where it is (a value, `residual` or `total` of each dimension), and its count."""

    key = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    value = fields.Integer(allow_none=True, required=True)
    status = fields.String(required=True, validate=one_of(*_STATUS))


class TableSchema(Schema):
    """One breakdown."""

    id = fields.String(required=True)
    measure = fields.String(required=True)
    title = fields.String(required=True)
    dimensions = fields.List(fields.Nested(DimensionSchema), required=True)
    cells = fields.List(fields.Nested(CellSchema), required=True)


class FiguresSchema(Schema):
    """The figures and tables of a period."""

    # As written by the gate, kept answers included: nothing is read into types and back.
    period = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    data_as_of = fields.String(allow_none=True, required=True)
    figures = fields.List(fields.Nested(FigureSchema), required=True)
    tables = fields.List(fields.Nested(TableSchema), required=True)


class JobSchema(Schema):
    """One run of a job."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    started_at = UtcDateTime(required=True)
    ended_at = UtcDateTime(allow_none=True, required=True)
    state = fields.String(required=True, validate=one_of("running", "done", "failed"))
    days = fields.List(fields.Date(), required=True)
    rows = fields.Integer(required=True)
    error = fields.String(allow_none=True)


class JobListSchema(Schema):
    """The latest runs, newest first."""

    items = fields.List(fields.Nested(JobSchema), required=True)
    next = fields.String(allow_none=True)


class OrderedSchema(Schema):
    """The id that the ordered run will have."""

    id = fields.UUID(required=True)
