"""Taking in contacts from a file: the good ones once, every bad one named with all its faults."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result

from outreach.audit.models import AuditEntry
from outreach.contacts import service
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.database import db
from tests.builders import (
    Visitor,
    a_contact,
    a_recorded_contact,
    a_user,
    an_actor,
    commit,
    uuid7,
    varied_facts,
)
from tests.counting import counted, said

Run = Callable[..., Result]

# Ten ways in which a line goes wrong, and where each is told.
BAD: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("", lambda line: json.dumps(line)[:-9]),
    ("", lambda line: json.dumps([line])),
    ("/gender", lambda line: json.dumps(line | {"gender": "nobody"})),
    ("/site", lambda line: json.dumps({k: v for k, v in line.items() if k != "site"})),
    ("/topics/1", lambda line: json.dumps(line | {"topics": ["cv", "cv"]})),
    ("/occurred_at", lambda line: json.dumps(line | {"occurred_at": "2026-01-15T10:00:00"})),
    ("/headcount", lambda line: json.dumps(line | {"headcount": 501})),
    ("/recorded_by", lambda line: json.dumps(line | {"recorded_by": "nobody"})),
    ("/name", lambda line: json.dumps(line | {"name": "text"})),
    ("/id", lambda line: json.dumps(line | {"id": "seven"})),
)


def _file(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "given.ndjson"
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(text + "\n" for text in texts))
    return path


def _count(model: Any = Contact) -> int:
    commit()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@pytest.mark.timeout(600)
def test_the_good_lines_of_very_many_are_kept_once_and_counted_and_every_bad_one_is_named(
    run: Run, tmp_path: Path
) -> None:
    worker, chance, now = a_user(), random.Random(1), clock.now()
    wanted, good = {}, set()
    path = tmp_path / "given.ndjson"
    with path.open("w") as file:
        for number in range(1, 100_001):
            line = a_contact(recorded_by=worker.username)
            if number % 100 == 7:
                wanted[number], spoil = BAD[number // 100 % len(BAD)]
                file.write(spoil(line) + "\n")
            else:
                good.add(line["id"])
                file.write(json.dumps(line | varied_facts(chance, now)) + "\n")

    first = run("import", "contacts", str(path), "--json")
    again = run("import", "contacts", str(path), "--json")
    counting = run("nightly", "--full")

    summary = json.loads(first.stdout)
    errors = {error["line"]: error["errors"][0]["pointer"] for error in summary.pop("errors")}
    assert summary == {"read": 100_000, "created": 99_000, "unchanged": 0, "refused": 1_000}
    assert errors == wanted
    commit()
    assert {str(each) for each in db.session.scalars(sa.select(Contact.id))} == good
    assert set(db.session.scalars(sa.select(Contact.recorded_by))) == {worker.id}
    repeated = json.loads(again.stdout)
    assert (repeated["created"], repeated["unchanged"], repeated["refused"]) == (0, 99_000, 1_000)
    assert (first.exit_code, again.exit_code, counting.exit_code) == (1, 1, 0)
    assert _count(AuditEntry) == 99_000 + 2  # and the worker's own, and the night's
    cells = counted()
    assert cells == said()
    assert sum(many for cell, many in cells.items() if cell[-1] == "contacts") == 99_000


def test_all_faults_of_a_line_are_told(run: Run, tmp_path: Path) -> None:
    path = _file(tmp_path, a_contact(gender="nobody", headcount=0, topics=[], recorded_by="nobody"))

    done = run("import", "contacts", str(path), "--json")

    [error] = json.loads(done.stdout)["errors"]
    pointers = {fault["pointer"] for fault in error["errors"]}
    assert pointers == {"/gender", "/headcount", "/topics", "/recorded_by"}
    assert all(fault["detail"] for fault in error["errors"])


def test_the_same_instant_in_another_offset_is_unchanged_and_other_content_is_refused(
    run: Run, tmp_path: Path
) -> None:
    worker, other = a_user(), a_user()
    instant = clock.now().replace(microsecond=0)
    line = a_contact(occurred_at=instant.isoformat(), recorded_by=worker.username)
    path = _file(
        tmp_path,
        line,
        line | {"occurred_at": clock.local(instant).isoformat()},
        line | {"gender": "man"},
        line | {"recorded_by": other.username},
        {name: value for name, value in line.items() if name != "recorded_by"},
    )

    summary = json.loads(run("import", "contacts", str(path), "--json").stdout)

    assert (summary["created"], summary["unchanged"], summary["refused"]) == (1, 2, 2)
    assert [(each["line"], each["errors"][0]["pointer"]) for each in summary["errors"]] == [
        (3, "/id"),
        (4, "/id"),
    ]


def test_contacts_of_any_age_and_site_are_taken_in_for_the_importer(
    run: Run, tmp_path: Path
) -> None:
    importer = a_user(role="administrator", sites=(), committee=None)
    old = a_contact(occurred_at="2025-02-01T10:00:00+01:00", site="bagartorp")

    done = run("import", "contacts", str(_file(tmp_path, old)), "--as", importer.username)

    assert (done.exit_code, done.stdout) == (0, "read 1, created 1, unchanged 0, refused 0\n")
    commit()
    [row] = db.session.execute(sa.select(Contact.recorded_by, Contact.committee))
    assert row == (importer.id, "KN")
    actors = set(
        db.session.scalars(sa.select(AuditEntry.actor).where(AuditEntry.kind == "contact"))
    )
    assert actors == {importer.username}


def test_what_nobody_is_named_for_is_the_systems_own_which_nobody_can_sign_in_as(
    run: Run, tmp_path: Path
) -> None:
    done = run("import", "contacts", str(_file(tmp_path, a_contact())), "--json")

    assert done.exit_code == 0
    commit()
    recorder = db.session.execute(
        sa.text(
            "SELECT username, closed_at, roles FROM staff JOIN contact ON recorded_by = staff.id"
        )
    ).one()
    assert recorder.username == "system"
    assert recorder.closed_at is not None
    assert recorder.roles == []


def test_a_table_is_taken_in_like_lines(run: Run, tmp_path: Path) -> None:
    worker = a_user()
    row = a_contact(minutes=5, topics=["cv", "language"], recorded_by=worker.username)
    table = tmp_path / "given.csv"
    cells = {name: "|".join(v) if isinstance(v, list) else str(v) for name, v in row.items()}
    table.write_text(";".join(cells) + "\n" + ";".join(cells.values()) + "\n")

    first = json.loads(run("import", "contacts", str(table), "--json").stdout)
    again = json.loads(run("import", "contacts", str(_file(tmp_path, row)), "--json").stdout)

    assert (first["created"], again["unchanged"]) == (1, 1)


def test_what_was_handed_out_as_a_file_is_unchanged_when_taken_in(
    run: Run, signed_in: Callable[..., Visitor], tmp_path: Path
) -> None:
    worker = an_actor()
    a_recorded_contact(worker, topics=["cv", "language"], minutes=7, group_id=str(uuid7()))
    a_recorded_contact(
        worker, result="signposted", signposted_to=["komvux_sfi", "osa"], talk_language="ti"
    )
    corrected = a_recorded_contact(worker)
    service.correct_contact(by=worker, id=corrected["id"], expected=1, given={"gender": "man"})
    a_recorded_contact(worker, contact_type="brief", topics=[])
    a_recorded_contact(
        worker, contact_type="group", headcount=7, gender="unknown", age_band="unknown"
    )
    table = tmp_path / "kontakter.csv"
    table.write_bytes(signed_in(role="supervisor").get("/kontakter.csv").get_data())

    done = run("import", "contacts", str(table))

    assert done.stdout == "read 5, created 0, unchanged 5, refused 0\n"


def test_a_file_in_which_nothing_can_be_read_ends_with_two(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "given.csv"
    table.write_text("what,ever\n1,2\n")

    unknown = run("import", "contacts", str(table), "--json")
    broken = run("import", "contacts", str(_file(tmp_path, "{", "[")), "--json")

    assert (unknown.exit_code, broken.exit_code) == (2, 2)
    assert json.loads(unknown.stdout)["read"] == 0
    assert json.loads(broken.stdout)["refused"] == 2
    assert run("import", "contacts", str(tmp_path / "absent")).exit_code == 2


def test_a_bad_line_is_told_on_a_line_of_its_own(run: Run, tmp_path: Path) -> None:
    path = _file(tmp_path, a_contact(), a_contact(id=str(uuid7()), headcount=501))

    done = run("import", "contacts", str(path))

    assert done.stdout == "read 2, created 1, unchanged 0, refused 1\n"
    assert done.stderr.startswith("2: /headcount ")


def test_no_sign_of_a_file_is_obeyed_by_the_terminal(run: Run, tmp_path: Path) -> None:
    spoilt = a_contact(headcount=501) | {"\x1b]0;owned\x07\x1b[31mred": 1}

    done = run("import", "contacts", str(_file(tmp_path, spoilt)))

    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr
    assert "\\x1b[31mred" in done.stderr
