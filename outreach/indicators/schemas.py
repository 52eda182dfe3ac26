"""What the interface of the figures reads and writes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields

from outreach.foundation.periods import Period
from outreach.foundation.schemas import Input, PeriodField, UtcDateTime, one_of
from outreach.indicators.periods import (
    EARLIEST,
    LATEST,
    MOST_DAYS,
    out_of_bounds,
)

_STATUS = ("ok", "hidden", "none")


def _answered(period: Period) -> None:
    if told := [sentence for _, sentence in out_of_bounds(period)]:
        raise ValidationError(told)


class FiguresQuerySchema(Input):
    """Which period, and whether nothing is to be hidden (for those who may)."""

    period = PeriodField(
        required=True,
        validate=_answered,
        description="The first and the last day, both included, with .. between. Not before"
        f" {EARLIEST}, not after {LATEST}, at most {MOST_DAYS} days.",
    )
    raw = fields.Boolean(load_default=False)


class ShareSchema(Schema):
    """A share: so many of so many, and the percent; null is hidden, or there is none."""

    value: fields.Field[Any] = fields.Integer(allow_none=True, required=True)
    numerator = fields.Integer(allow_none=True)
    denominator = fields.Integer(allow_none=True)
    percent = fields.String(allow_none=True)
    status = fields.String(required=True, validate=one_of(*_STATUS))


class YearSchema(Schema):
    """What Kolada tells of one year; null: it has no value."""

    year = fields.Integer(required=True)
    value = fields.Float(allow_none=True, required=True)


class SeriesSchema(Schema):
    """Years that can be compared with each other, by one measure of Kolada's."""

    measure = fields.String(required=True)
    values = fields.List(fields.Nested(YearSchema), required=True)


class FigureSchema(ShareSchema):
    """One figure; null with status hidden is a number that is not shown.

    A number has a value; a share has none, but a numerator, a denominator and a percent. A figure
    of Kolada's is the percent of its `year`.
    """

    value = fields.Raw(allow_none=True, required=True, metadata={"type": ["number", "null"]})
    units = fields.Dict(keys=fields.String(), values=fields.Nested(ShareSchema))
    sources = fields.List(fields.String())
    year = fields.Integer(allow_none=True)
    series = fields.List(fields.Nested(SeriesSchema))
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
