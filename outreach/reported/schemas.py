"""What is read of other units' reports."""

from __future__ import annotations

from marshmallow import Schema, fields

from outreach.foundation.schemas import (
    Code,
    Input,
    Number,
    PeriodField,
    UtcDateTime,
    day,
    length,
    one_of,
    within,
)
from outreach.reported.measures import FIGURES, MEASURES

UNITS = ("arbetsmarknadsgruppen", "osa", "jobbteamet")

# Far above everybody in the city, and far below where arithmetic ends.
_MOST = 100_000_000


class ImportedAmgEnrolmentSchema(Input):
    """An enrolment at the labour market unit: whose by a key of its own, from when to when."""

    id = fields.UUID(required=True)
    person_key = fields.String(required=True, validate=length(1, 64))
    start = day(required=True)
    end = day(load_default=None, allow_none=True)
    unit = fields.String(load_default=UNITS[0], validate=one_of(*UNITS))
    exit_result = Code("closing_result", load_default=None, allow_none=True)
    main_income_after = Code("income_source", load_default=None, allow_none=True)
    supplement = fields.Boolean(load_default=False)


class NewReportedFigureSchema(Input):
    """One value of a figure that is counted elsewhere: a value, or a numerator and denominator."""

    id = fields.UUID(required=True)
    figure = fields.String(required=True, validate=one_of(*FIGURES))
    period = PeriodField(required=True)
    unit = fields.String(load_default=None, allow_none=True, validate=length(1, 80))
    measure = fields.String(
        load_default=None, allow_none=True, validate=one_of(*(each.id for each in MEASURES))
    )
    value = Number(highest=_MOST, load_default=None, allow_none=True)
    numerator = fields.Integer(load_default=None, allow_none=True, validate=within(0, _MOST))
    denominator = fields.Integer(load_default=None, allow_none=True, validate=within(0, _MOST))
    source = fields.String(required=True, validate=length(1, 200))
    note = fields.String(load_default=None, allow_none=True, validate=length(1, 500))


class ReportedFigureSchema(Schema):
    """One value as it was reported; `withdrawn_at` says since when it no longer stands."""

    id = fields.UUID(required=True)
    figure = fields.String(required=True)
    period = fields.String(required=True)
    unit = fields.String(allow_none=True, required=True)
    measure = fields.String(allow_none=True, required=True)
    value = fields.Decimal(as_string=True, allow_none=True, required=True)
    numerator = fields.Integer(allow_none=True, required=True)
    denominator = fields.Integer(allow_none=True, required=True)
    source = fields.String(required=True)
    note = fields.String(allow_none=True, required=True)
    reported_at = UtcDateTime(required=True)
    withdrawn_at = UtcDateTime(allow_none=True, required=True)
