"""What is read of other units' reports."""

from __future__ import annotations

from marshmallow import fields

from outreach.foundation.schemas import Code, Input, day, length, one_of

UNITS = ("arbetsmarknadsgruppen", "osa", "jobbteamet")


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
