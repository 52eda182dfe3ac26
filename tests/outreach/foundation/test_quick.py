"""The quick way reads exactly what marshmallow reads, or gives up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validates_schema

from outreach.contacts.schemas import CorrectionSchema, ImportedContactSchema, NewContactSchema
from outreach.foundation import quick
from outreach.foundation.schemas import Input
from outreach.participants.schemas import ImportedParticipantSchema
from tests.builders import a_contact, a_person

SCHEMAS = (NewContactSchema(), ImportedContactSchema())
PARTICIPANT = ImportedParticipantSchema()

# What real and broken senders write, at every place where something may stand.
_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 700),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.sampled_from(["cv", "cv\n", "Cv", "", "30-44", "66+", "2026-01-15", "x" * 41]),
    st.sampled_from(
        [
            "2026-01-15T10:30:00+01:00",
            "2026-01-15T10:30:00Z",
            "2026-01-15 10:30:00.5-00:30",
            "2026-01-15T10:30:00",
            "0001-01-01T00:00:00+14:00",
            "2026-W03-4T10:00+01:00",
        ]
    ),
    st.uuids().map(str),
    st.uuids().map(lambda made: made.hex.upper()),
    st.lists(st.sampled_from(["cv", "language", 7, None, "X"]), max_size=4),
    st.tuples(st.just("cv")),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)
_names = st.sampled_from([*ImportedContactSchema().fields, "note", ""])
_facts = st.sampled_from([*PARTICIPANT.fields, "note", ""])
_preferences = st.dictionaries(
    st.sampled_from(["sms", "leave_message", "safe_hours", "fax"]),
    st.sampled_from(["yes", "no", "maybe", None, True, False, 1, "true"]),
    max_size=3,
)
_days = st.sampled_from(
    [
        "1990-01-15",
        "1990-1-5",
        "19900115",
        "1990-W03-1",
        "1990-02-30",
        "1990-01-15\n",
        "１990-01-15",
    ]
)


def _by_marshmallow(schema: Schema, sent: object) -> Any:
    try:
        return schema.load(sent)  # type: ignore[arg-type]
    except ValidationError:
        return None


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(_names, _values, max_size=3), st.sets(_names, max_size=2))
@example({"topics": []}, set())
@example({"minutes": None, "group_id": None}, {"headcount"})
def test_what_the_quick_way_reads_marshmallow_reads_the_same(
    said: dict[str, Any], missing: set[str]
) -> None:
    sent = {name: value for name, value in (a_contact() | said).items() if name not in missing}

    for schema in SCHEMAS:
        reader = quick.reader_for(schema)
        assert reader is not None
        found = reader(sent)
        assert found is None or found == schema.load(sent)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(_facts, st.one_of(_values, _preferences, _days), max_size=3))
@example({"protected": 1})
def test_what_has_parts_days_and_truths_is_read_the_same_too(said: dict[str, Any]) -> None:
    sent = a_person() | said
    reader = quick.reader_for(PARTICIPANT)
    assert reader is not None
    found = reader(sent)

    assert found is None or found == PARTICIPANT.load(sent)


def test_ordinary_people_are_read_the_quick_way() -> None:
    sent = a_person(birth_date="1990-01-15", protected=True, contact_preference={"sms": "yes"})
    reader = quick.reader_for(PARTICIPANT)

    assert reader is not None
    assert reader(sent) == PARTICIPANT.load(sent)


@settings(max_examples=100, deadline=None)
@given(st.uuids(), st.integers(1, 500), st.sampled_from(["Z", "+01:00", "-11:30"]))
def test_ordinary_input_is_read_the_quick_way(id: Any, headcount: int, offset: str) -> None:
    instant = f"2026-01-15T10:30:00{offset}"
    sent = a_contact(id=str(id), headcount=headcount, occurred_at=instant)
    reader = quick.reader_for(SCHEMAS[0])

    assert reader is not None
    assert reader(sent) == _by_marshmallow(SCHEMAS[0], sent) is not None


@pytest.mark.parametrize("sent", [None, [], "cv", 7, [{}]])
def test_what_is_no_object_is_left_to_marshmallow(sent: object) -> None:
    reader = quick.reader_for(SCHEMAS[0])

    assert reader is not None
    assert reader(sent) is None


def test_a_list_that_is_left_out_is_a_new_one_each_time() -> None:
    reader = quick.reader_for(SCHEMAS[0])
    assert reader is not None
    first, second = reader(a_contact()), reader(a_contact())

    assert first is not None
    assert second is not None
    assert first["signposted_to"] == []
    assert first["signposted_to"] is not second["signposted_to"]


def test_a_schema_with_more_than_plain_fields_is_left_to_marshmallow() -> None:
    class Hooked(Input):
        name = fields.String()

        @validates_schema
        def _judge(self, data: Any, **_: Any) -> None:
            raise ValidationError(str(data))

    class Strange(Input):
        when = fields.TimeDelta()

    class Loose(Input):
        number = fields.Integer()

    left = (CorrectionSchema(), Hooked(), Strange(), Loose(), NewContactSchema(only=("id",)))
    assert [quick.reader_for(schema) for schema in left] == [None] * 5
