"""Files of lines: NDJSON and CSV are the same inputs, and a broken line costs no other."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.contacts.schemas import ImportedContactSchema
from outreach.foundation.lines import LONGEST, Line, LineFile, NoLines
from outreach.participants.schemas import ImportedParticipantSchema
from tests.builders import a_contact

SCHEMA = ImportedContactSchema()


def _lines(path: Path) -> list[Line]:
    with LineFile(path, SCHEMA) as lines:
        found = list(lines)
        assert lines.position == lines.size
    return found


def _read(folder: Path, content: bytes | str, name: str = "given.ndjson") -> list[Line]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return _lines(path)


def _bad(lines: list[Line]) -> list[int]:
    return [line.number for line in lines if line.fault is not None]


_codes = st.from_regex(r"[a-z0-9][a-z0-9_+\-]{0,8}", fullmatch=True)
_inputs = st.fixed_dictionaries(
    {},
    optional={
        "id": st.uuids().map(str),
        "site": _codes,
        "occurred_at": st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
        "headcount": st.integers(-5, 700),
        "topics": st.lists(_codes, max_size=4),
        "minutes": st.integers(0, 600),
        "recorded_by": st.sampled_from(["anna", "Åsa, Öst", 'the "other"', "a;b"]),
    },
).filter(lambda said: any(value != [] for value in said.values()))


@settings(max_examples=150, deadline=None)
@given(st.lists(_inputs, min_size=1, max_size=8), st.sampled_from([",", ";", "\t"]))
def test_ndjson_and_csv_hold_the_same_inputs(sent: list[dict[str, Any]], separator: str) -> None:
    with TemporaryDirectory() as made:
        ndjson, table = Path(made) / "given.ndjson", Path(made) / "given.csv"
        ndjson.write_text("".join(json.dumps(each) + "\n" for each in sent))
        with table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(SCHEMA.fields), delimiter=separator)
            writer.writeheader()
            for each in sent:
                cells = {
                    name: "|".join(value) if isinstance(value, list) else value
                    for name, value in each.items()
                }
                writer.writerow(cells)

        assert [line.given for line in _lines(ndjson)] == sent
        # An empty cell of a list cannot say whether the list is empty or nothing was said.
        empty: dict[str, Any] = {"topics": [], "signposted_to": []}
        assert [line.given for line in _lines(table)] == [empty | each for each in sent]


def test_a_line_that_is_no_object_is_named_and_costs_no_other(tmp_path: Path) -> None:
    good = json.dumps(a_contact()).encode()
    content = [good, b"{", b"[]", b"\xff\xfe", b"", b'{"minutes": NaN}', b"[" * 100_000, good]

    found = _read(tmp_path, b"\n".join(content))

    assert _bad(found) == [2, 3, 4, 5, 6, 7]
    assert [line.number for line in found] == list(range(1, 9))


def test_signs_that_no_text_can_hold_are_refused(tmp_path: Path) -> None:
    found = _read(tmp_path, '{"id": "\\ud800"}\n{"id": "\\u0000"}\n{"id": "\\ud83d\\ude00"}\n')

    assert _bad(found) == [1, 2]


def test_a_line_without_end_is_refused_and_not_kept_in_memory(tmp_path: Path) -> None:
    found = _read(tmp_path, b"x" * (3 * LONGEST) + b'\n{"id": "7"}\n')

    assert _bad(found) == [1]
    assert found[1] == Line(2, {"id": "7"})


def test_empty_lines_at_the_end_are_no_lines_but_one_between_is_named(tmp_path: Path) -> None:
    assert [line.number for line in _read(tmp_path, '{"id": "7"}\n\n \n')] == [1]
    assert _bad(_read(tmp_path, '{"id": "7"}\n\n\n{"id": "8"}\n')) == [2, 3]
    assert _bad(_read(tmp_path, "id;site\n7;x\n;\n8;x\n;\n", "given.csv")) == [3]


def test_the_mark_that_spreadsheets_write_first_is_passed_over(tmp_path: Path) -> None:
    found = _read(tmp_path, b"\xef\xbb\xbfid;site\r\n7;hagalund\r\n", "given.csv")

    assert found == [Line(2, {"id": "7", "site": "hagalund"})]


@pytest.mark.parametrize(
    ("content", "first"), [('{"id": "7"}\n', 1), ("\n", None), ("id,site\n7,x\n", 2)]
)
def test_a_file_without_a_known_ending_is_what_it_begins_like(
    tmp_path: Path, content: str, first: int | None
) -> None:
    if first is None:
        with pytest.raises(NoLines):
            _read(tmp_path, content, "given")
    else:
        assert _read(tmp_path, content, "given")[0].number == first


@pytest.mark.parametrize("header", ["what,ever", "id,id", "", '"id'])
def test_a_table_that_names_no_known_field_cannot_be_read(tmp_path: Path, header: str) -> None:
    with pytest.raises(NoLines):
        _read(tmp_path, f"{header}\n7,8\n", "given.csv")


def test_the_parts_of_an_object_have_columns_of_their_own(tmp_path: Path) -> None:
    header = "id;contact_preference.sms;contact_preference.shared_phone;occupation_before.extent"
    path = tmp_path / "given.csv"
    path.write_text(f"{header};what.ever\n7;yes;true;50;\n8;;;;1\n")

    with LineFile(path, ImportedParticipantSchema()) as lines:
        found = [line.given for line in lines]

    assert found == [
        {
            "id": "7",
            "contact_preference": {"sms": "yes", "shared_phone": True},
            "occupation_before": {"extent": 50},
        },
        {"id": "8", "what.ever": "1"},
    ]


def test_a_part_beside_a_column_for_the_whole_is_a_field_that_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_text("id;contact_preference;contact_preference.sms\n7;none;yes\n")

    with LineFile(path, ImportedParticipantSchema()) as lines:
        (line,) = lines

    assert line.given == {"id": "7", "contact_preference": "none", "contact_preference.sms": "yes"}


def test_a_table_row_that_is_broken_is_named_and_costs_no_other(tmp_path: Path) -> None:
    content = 'id,minutes\n1,5\n2,5,more\n"3,5\n4,many\n"5"x,1\n6,\n'

    found = _read(tmp_path, content, "given.csv")

    assert _bad(found) == [3, 4, 6]
    assert [line.given for line in found if line.given] == [
        {"id": "1", "minutes": 5},
        {"id": "4", "minutes": "many"},
        {"id": "6"},
    ]
