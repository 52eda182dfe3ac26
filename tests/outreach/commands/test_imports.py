"""Taking in contacts from a file: the good ones once, every bad one named with all its faults."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import Result

from outreach.audit.models import AuditEntry
from outreach.contacts import service
from outreach.contacts.models import Contact
from outreach.enrolments.models import Enrolment
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.participants import searching
from outreach.participants.models import Participant
from tests.builders import (
    Visitor,
    a_contact,
    a_number,
    a_participant,
    a_person,
    a_recorded_contact,
    a_user,
    an_actor,
    commit,
    uuid7,
    varied_facts,
)
from tests.counting import counted, said
from tests.kolada_server import kolada_server

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


def _an_enrolment(person: UUID, **said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "participant_id": str(person),
        "opened_on": "2024-02-01",
        "route_in": "signposted",
    } | said


def _kept() -> list[Enrolment]:
    with transaction(by=system("test")):
        return list(db.session.scalars(sa.select(Enrolment).order_by(Enrolment.opened_on)))


def test_enrolments_are_taken_in_once_and_what_cannot_be_is_named(run: Run, tmp_path: Path) -> None:
    anna = an_actor()
    one, other = a_participant(anna), a_participant(anna)
    closed = _an_enrolment(
        one,
        origin="sn_ekbist",
        occupation_before={"code": "part_time", "extent": 50},
        income_before=["wage", "financial_assistance"],
        closed_on="2024-08-31",
        closing_result="education_other",
        funded=True,
        start_date="2024-09-20",
    )
    path = _file(
        tmp_path,
        closed,
        closed | {"income_before": ["financial_assistance", "wage"]},
        _an_enrolment(one, opened_on="2025-01-01"),
        _an_enrolment(one, opened_on="2025-01-02"),
        _an_enrolment(other, closed_on="2024-01-31", closing_result="moved"),
        _an_enrolment(uuid7(), route_in="chance"),
        _an_enrolment(other, closed_on="2024-02-01", closing_result="work_supported",
                      lasted_one_month="pending"),
    )  # fmt: skip

    first = run("import", "enrolments", str(path), "--json")
    again = run("import", "enrolments", str(path), "--json")

    summary = json.loads(first.stdout)
    assert [summary[name] for name in ("read", "created", "unchanged", "refused")] == [7, 3, 0, 4]
    told = {
        error["line"]: {fault["pointer"] for fault in error["errors"]}
        for error in summary["errors"]
    }
    assert told == {
        2: {"/id"}, 4: {"/id"}, 5: {"/closed_on"}, 6: {"/participant_id", "/route_in"},
    }  # fmt: skip
    repeated = json.loads(again.stdout)
    assert (repeated["created"], repeated["unchanged"], repeated["refused"]) == (0, 3, 4)
    assert (first.exit_code, again.exit_code) == (1, 1)
    kept = {str(row.id): row for row in _kept()}
    assert len(kept) == 3
    row = kept[closed["id"]]
    assert (row.occupation_before, row.occupation_before_extent) == ("part_time", 50)
    assert (row.income_before, row.closing_result, row.funded) == (
        ["wage", "financial_assistance"], "education_other", True,
    )  # fmt: skip


def test_enrolments_come_in_a_table_too(run: Run, tmp_path: Path) -> None:
    person = a_participant(an_actor())
    path = tmp_path / "given.csv"
    path.write_text(
        "id;participant_id;opened_on;route_in;occupation_before;income_before;closed_on;"
        "closing_result;extent;funded;occupation_after\n"
        f"{uuid7()};{person};2024-02-01;referred;part_time|75;wage|pension;2024-03-01;"
        'work_supported;75;false;"{""code"": ""full_time"", ""extent"": 100}"\n'
        f"{uuid7()};{person};2024-04-01;assigned;studies;;;;;;\n"
        f"{uuid7()};{person};2024-05-01;assigned;part_time|much;;2024-06-01;moved;;;\n"
    )

    done = run("import", "enrolments", str(path), "--json")

    summary = json.loads(done.stdout)
    assert summary["created"] == 2, summary
    assert [fault["pointer"] for fault in summary["errors"][0]["errors"]] == [
        "/occupation_before/code"
    ]
    first, second = _kept()
    assert (first.occupation_before, first.occupation_before_extent) == ("part_time", 75)
    assert (first.occupation_after, first.occupation_after_extent) == ("full_time", 100)
    assert (first.income_before, first.extent, first.funded) == (["wage", "pension"], 75, False)
    assert (second.occupation_before, second.income_before) == ("studies", None)


def _people() -> list[Participant]:
    with transaction(by=system("test")):
        wanted = sa.select(Participant).order_by(Participant.case_number)
        return list(db.session.scalars(wanted))


def _found(by: Actor, name: str) -> list[Any]:
    return [each["id"] for each in searching.search(by=by, given={"name": name})[0]]


# Ways in which a person's line goes wrong, and where each is told.
BAD_PEOPLE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/given_name", {"given_name": " "}),
    ("/number", {"number": "900101-9801"}),
    ("/birth_date", {"birth_date": "1790-01-01"}),
    ("/committee", {"committee": "BN"}),
    ("/language", {"language": "klingon"}),
    ("/phone", {"phone": "112"}),
    ("/contact_preference/sms", {"contact_preference": {"sms": "perhaps"}}),
    ("/route_in", {"route_in": "By foot"}),
    ("/occupation_before/extent", {"occupation_before": {"code": "part_time", "extent": 101}}),
    ("/opened_on", {"opened_on": "soon"}),
    ("/recognition_code", {"recognition_code": "KATT-SOL-BIL-47"}),
    ("/contact_ids", {"contact_ids": []}),
    ("/id", {"id": "seven"}),
)


def test_people_are_taken_in_once_and_every_bad_line_is_named(run: Run, tmp_path: Path) -> None:
    anna = an_actor()
    lines, wanted = [], {}
    for number in range(1, 1_301):
        line = a_person(given_name=f"Elsa{number}")
        if number % 100 == 7:
            pointer, spoil = BAD_PEOPLE[number // 100]
            wanted[number] = [pointer]
            line |= spoil
        lines.append(line)
    path = _file(tmp_path, *lines)

    first = run("import", "participants", str(path), "--json")
    again = run("import", "participants", str(path), "--json")

    summary = json.loads(first.stdout)
    told = {each["line"]: [f["pointer"] for f in each["errors"]] for each in summary.pop("errors")}
    assert summary == {"read": 1_300, "created": 1_287, "unchanged": 0, "refused": 13}
    assert told == wanted
    repeated = json.loads(again.stdout)
    assert (repeated["created"], repeated["unchanged"], repeated["refused"]) == (0, 1_287, 13)
    assert (first.exit_code, again.exit_code) == (1, 1)
    people = _people()
    assert len(people) == len({person.case_number for person in people}) == 1_287
    made = sa.select(sa.func.count()).where(
        AuditEntry.kind == "participant", AuditEntry.action == "create"
    )
    assert db.session.scalar(made) == 1_287
    assert _found(anna, "elsa1 nystrom") == [UUID(lines[0]["id"])]


def test_a_person_who_says_all_there_is_to_say_is_taken_in_without_an_enrolment(
    run: Run, tmp_path: Path
) -> None:
    line = a_person(
        number="900101-9802",
        phone="070-174 06 05",
        email="elsa@example.se",
        language="ar",
        interpreter="phone",
        contact_preference={"sms": "yes", "safe_hours": "efter 16"},
        committee="SN",
        route_in="signposted",
        origin="kn_komvux",
        occupation_before={"code": "part_time", "extent": 50},
        income_before=["wage", "none"],
        enrolment_id=str(uuid7()),
        opened_on="2026-01-15",
    )
    plain = {
        name: value
        for name, value in line.items()
        if not name.endswith(("_before", "_in", "_on", "_id")) and name != "origin"
    }

    run("import", "participants", str(_file(tmp_path, line)))
    again = run("import", "participants", str(_file(tmp_path, plain, line | {"number": None})))

    assert again.stdout == "read 2, created 0, unchanged 1, refused 1\n"
    [person] = _people()
    assert (person.owner_committee, person.unit_id, person.protected) == ("SN", None, False)
    sn = an_actor(committee="SN")
    [found] = searching.search(by=sn, given={"number": a_number()})[0]
    assert (found["id"], found["birth_year"]) == (person.id, 1990)


def test_a_table_of_people_has_a_column_for_each_part(run: Run, tmp_path: Path) -> None:
    person = a_person(
        contact_preference={"sms": "yes", "leave_message": True}, income_before=["wage", "none"]
    )
    table = tmp_path / "given.csv"
    names = ("id", "given_name", "family_name", "route_in")
    header = [*names, "contact_preference.sms", "contact_preference.leave_message", "income_before"]
    cells = [*(person[name] for name in names), "yes", "true", "wage|none"]
    table.write_text(";".join(header) + "\n" + ";".join(cells) + "\n")

    first = json.loads(run("import", "participants", str(table), "--json").stdout)
    again = json.loads(run("import", "participants", str(_file(tmp_path, person)), "--json").stdout)

    assert (first["created"], again["unchanged"]) == (1, 1)


def test_links_and_joins_are_taken_in_once(run: Run, tmp_path: Path) -> None:
    anna = an_actor()
    one, other = a_participant(anna), a_participant(anna)
    contact = a_recorded_contact(anna)["id"]
    began = clock.now().isoformat()
    link = {"participant_id": str(one), "contact_id": str(contact), "linked_at": began}
    join = {"participant_id": str(one), "other_id": str(other), "joined_at": began}
    for kind, line in (("links", link), ("same-as", join)):
        path = _file(tmp_path, line | {"id": str(uuid7())}, line | {"id": str(uuid7())})

        summaries = [json.loads(run("import", kind, str(path), "--json").stdout) for _ in range(2)]

        told = [[each["created"], each["unchanged"], each["refused"]] for each in summaries]
        assert told == [[1, 0, 1], [0, 1, 1]]


def test_what_others_count_is_taken_in_from_lines_and_from_a_table(
    run: Run, tmp_path: Path
) -> None:
    line = {
        "id": str(uuid7()), "figure": "KN1", "period": "2026-01-01..2026-08-31", "unit": "Unga",
        "numerator": 30, "denominator": 60, "source": "E-post",
    }  # fmt: skip
    path = _file(tmp_path, line, line | {"id": str(uuid7())}, line | {"numerator": 61})
    table = tmp_path / "others.csv"
    table.write_text(
        "id;figure;period;value;source\n"
        f"{uuid7()};KN3;2025-01-01..2025-12-31;6,1;Kolada\n"
        f"{uuid7()};KN3;2024-01-01..2024-12-31;six;Kolada\n"
    )

    lines, rows = (
        json.loads(run("import", "indicators", str(each), "--json").stdout)
        for each in (path, table)
    )

    assert (lines["created"], lines["refused"], rows["created"], rows["refused"]) == (1, 2, 1, 1)
    assert [each["line"] for each in (*lines["errors"], *rows["errors"])] == [2, 3, 3]
    assert rows["errors"][0]["errors"][0]["pointer"] == "/value"


def test_kolada_is_asked_or_read_from_a_file_and_all_of_it_or_nothing_is_taken_in(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "kolada.json"
    with kolada_server() as kolada:
        kolada.held = {("N03937", 2024): 5.9, ("N03937", 2025): None}
        file.write_text(json.dumps({"values": kolada.rows(["N03937"], [2024, 2025])}))
        asked = run("import", "kolada", "--json", KOLADA_URL=kolada.url)
        kolada.mood = "away"
        silent = run("import", "kolada", KOLADA_URL=kolada.url)
    again = run("import", "kolada", str(file))
    file.write_text("<html>")
    unread = run("import", "kolada", str(file))

    assert json.loads(asked.stdout) == {"new": 2, "changed": 0, "unchanged": 0, "withdrawn": 0}
    assert again.stdout == "new 0, changed 0, unchanged 2, withdrawn 0\n"
    assert [each.exit_code for each in (asked, silent, again, unread)] == [0, 2, 0, 2]
    assert "Kolada svarade inte" in silent.stderr
    assert "Svaret från Kolada gick inte att läsa" in unread.stderr
