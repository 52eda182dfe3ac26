"""Making codes, printing cards, finding threads; and what a higher feature does with them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.contacts import recognition, recognition_codes, service
from outreach.contacts.models import Contact, RecognitionCode
from outreach.contacts.recognition import CodeMistyped
from outreach.contacts.recognition_codes import CodeExpired, CodeUnknown
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, RuleBroken
from tests.builders import a_code, a_contact, a_recorded_contact, an_actor, commit, uuid7
from tests.statements import asked

NOON = datetime.fromisoformat("2026-03-10T12:00:00+01:00")


@pytest.fixture
def worker(app: Flask) -> Actor:
    """Whoever logs contacts at Hagalund."""
    assert app.testing
    return an_actor()


def _look_up(by: Actor, code: str) -> dict[str, Any]:
    return recognition_codes.look_up(by=by, given={"code": code})


def _dates(by: Actor, code: str) -> list[str]:
    return [str(contact["date"]) for contact in _look_up(by, code)["contacts"]]


def _sheet(by: Actor, count: int = 3) -> UUID:
    given = {"id": str(uuid7()), "count": count}
    return recognition_codes.print_cards(by=by, given=given)[0]


def _entries() -> list[tuple[str, str]]:
    commit()
    wanted = sa.select(AuditEntry.action, AuditEntry.kind).where(
        AuditEntry.kind.in_(("recognition_code", "code_sheet", "contact"))
    )
    return [(action, kind) for action, kind in db.session.execute(wanted.order_by(AuditEntry.id))]


def test_a_code_is_made_once_however_often_it_is_asked_for(worker: Actor) -> None:
    given = {"id": str(uuid7())}

    first, made = recognition_codes.make_code(by=worker, given=given)
    second, again = recognition_codes.make_code(by=worker, given=given)

    assert (made, again, first) == (True, False, second)
    assert recognition.read_code(first["code"]).digits == first["digits"]
    assert [word["word"].upper() for word in first["words"]] == first["code"].split("-")[:3]
    assert _entries() == [("create", "recognition_code")]


def test_a_code_that_is_drawn_twice_is_drawn_again(
    worker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, free = recognition.made(), recognition.made()
    draws = iter([taken, taken, taken, free])
    monkeypatch.setattr(recognition, "made", lambda: next(draws))

    assert a_code(worker)["code"] == taken.text
    assert a_code(worker)["code"] == free.text


def test_the_same_id_sent_at_once_makes_one_code(app: Flask) -> None:
    worker, given = an_actor(), {"id": str(uuid7())}
    commit()

    def make(_: int) -> str:
        with app.app_context():
            return str(recognition_codes.make_code(by=worker, given=given)[0]["code"])

    with ThreadPoolExecutor(5) as pool:
        codes = set(pool.map(make, range(5)))

    assert len(codes) == 1
    commit()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RecognitionCode)) == 1


def test_a_thread_is_found_by_every_worker_wherever_its_contacts_were(worker: Actor) -> None:
    code = a_code(worker)["code"]
    days = [clock.now() - timedelta(days=day, minutes=1) for day in (9, 2, 5)]
    for day in days:
        a_recorded_contact(worker, occurred_at=day.isoformat(), recognition_code=code)
    a_recorded_contact(worker)
    a_recorded_contact(worker, recognition_code=a_code(worker)["code"])
    other = an_actor(sites=("bagartorp",), committee="SN")

    found = _look_up(other, code.lower())

    assert [contact["occurred_at"] for contact in found["contacts"]] == sorted(days, reverse=True)
    assert {contact["site"] for contact in found["contacts"]} == {"hagalund"}


def test_what_is_filled_in_comes_from_the_last_contact_that_counts(worker: Actor) -> None:
    code = a_code(worker)["code"]
    assert _look_up(worker, code)["age_band"] is None
    early = (clock.now() - timedelta(days=3)).isoformat()
    a_recorded_contact(
        worker, occurred_at=early, age_band="18-29", gender="man", recognition_code=code,
        talk_language="ar",
    )  # fmt: skip
    mistap = a_recorded_contact(worker, age_band="66+", recognition_code=code)
    service.void_contact(by=worker, id=mistap["id"], given={"reason": "mistap"})

    found = _look_up(worker, code)

    assert [found[name] for name in ("age_band", "gender", "talk_language")] == [
        "18-29", "man", "ar",
    ]  # fmt: skip
    assert len(found["contacts"]) == 1


def test_a_thread_is_never_longer_than_anybody_reads(
    worker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = a_code(worker)
    items = [a_contact(recognition_code=code["code"]) for _ in range(8)]
    service.record_contacts(by=worker, items=items)
    monkeypatch.setattr(recognition_codes.code_thread, "__kwdefaults__", {"limit": 5})

    assert len(_look_up(worker, code["code"])["contacts"]) == 5
    assert len(recognition_codes.code_thread(id=code["id"], limit=200)) == 8


def test_a_code_that_nobody_made_is_told_from_one_that_is_mistyped(worker: Actor) -> None:
    known = a_code(worker)["code"]
    unknown = next(code.text for _ in range(9) if (code := recognition.made()).text != known)

    with pytest.raises(CodeUnknown):
        _look_up(worker, unknown)
    with pytest.raises(CodeMistyped) as refused:
        _look_up(worker, "kat-sol-ring-74")
    assert [fault.pointer for fault in refused.value.faults] == ["/code"]
    with pytest.raises(RuleBroken):
        recognition_codes.look_up(by=worker, given={"code": "katt\x00", "site": "hagalund"})


def test_reading_a_thread_leaves_no_row_in_the_trail(worker: Actor) -> None:
    code = a_code(worker)["code"]

    _look_up(worker, code)
    with suppress(CodeUnknown):
        _look_up(worker, recognition.made().text)

    assert _entries() == [("create", "recognition_code")]


@pytest.mark.parametrize("role", ["supervisor", "receiver", "analyst", "reviewer", "administrator"])
def test_codes_are_for_those_who_log_contacts(app: Flask, role: str) -> None:
    assert app.testing
    other, given = an_actor(role=role), {"id": str(uuid7()), "code": "", "count": 1}

    for act in (
        lambda: recognition_codes.make_code(by=other, given=given),
        lambda: recognition_codes.look_up(by=other, given=given),
        lambda: recognition_codes.print_cards(by=other, given=given),
        lambda: recognition_codes.cards(by=other, sheet_id=uuid7()),
        lambda: recognition_codes.code(by=other, id=uuid7()),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_code_is_good_for_a_year_after_its_last_use(app: Flask) -> None:
    assert app.testing
    with time_machine.travel(NOON, tick=False) as time:
        worker = an_actor()
        code = a_code(worker)["code"]
        time.move_to(NOON + timedelta(days=300))
        used = a_recorded_contact(worker, recognition_code=code)
        time.move_to(NOON + timedelta(days=600))
        assert len(_dates(worker, code)) == 1
        time.move_to(NOON + timedelta(days=665))
        assert len(_dates(worker, code)) == 1
        time.move_to(NOON + timedelta(days=666))
        with pytest.raises(CodeExpired):
            _look_up(worker, code)
        # A mistaken contact was no use of it.
        time.move_to(NOON + timedelta(days=364))
        assert _dates(worker, code)
        service.void_contact(by=worker, id=used["id"], given={"reason": "mistap"})
        time.move_to(NOON + timedelta(days=366))
        with pytest.raises(CodeExpired):
            _look_up(worker, code)


def test_an_unused_card_waits_for_two_years_and_its_year_begins_with_its_first_use(
    app: Flask,
) -> None:
    assert app.testing
    with time_machine.travel(NOON, tick=False) as time:
        worker = an_actor()
        sheet = _sheet(worker)
        cards, _ = recognition_codes.cards(by=worker, sheet_id=sheet)
        time.move_to(NOON + timedelta(days=729))
        code = cards[0]["code"]
        a_recorded_contact(worker, recognition_code=code)
        time.move_to(NOON + timedelta(days=1000))
        assert len(_dates(worker, code)) == 1
        with pytest.raises(CodeExpired):
            _look_up(worker, cards[1]["code"])
        assert recognition_codes.cards(by=worker, sheet_id=sheet) == ([], 3)


def test_a_sheet_is_made_once_and_shows_only_cards_that_nobody_has_used(worker: Actor) -> None:
    given = {"id": str(uuid7()), "count": 10}
    sheet, made = recognition_codes.print_cards(by=worker, given=given)
    again = recognition_codes.print_cards(by=worker, given=given)
    cards, used = recognition_codes.cards(by=worker, sheet_id=sheet)

    assert (made, again, used) == (True, (sheet, False), 0)
    assert len({card["code"] for card in cards}) == 10
    a_recorded_contact(worker, recognition_code=cards[4]["digits"])
    left, used = recognition_codes.cards(by=worker, sheet_id=sheet)
    assert ([card["code"] for card in left], used) == (
        [card["code"] for card in cards if card != cards[4]],
        1,
    )
    with pytest.raises(IdReuse):
        recognition_codes.print_cards(by=worker, given=given | {"count": 9})
    with pytest.raises(NotFound):
        recognition_codes.cards(by=worker, sheet_id=uuid7())
    assert _entries() == [("create", "code_sheet"), ("create", "contact")]


@pytest.mark.parametrize("count", [0, 101, "10", 1.5, None, True])
def test_a_sheet_has_one_to_a_hundred_cards(worker: Actor, count: object) -> None:
    with pytest.raises(RuleBroken):
        recognition_codes.print_cards(by=worker, given={"id": str(uuid7()), "count": count})


def test_a_contact_takes_the_code_however_it_was_written(worker: Actor) -> None:
    code = a_code(worker)
    given = a_contact(recognition_code=code["code"].lower().replace("-", " "))

    row, made = service.record_contact(by=worker, given=given)
    again = service.record_contact(by=worker, given=given | {"recognition_code": code["digits"]})

    assert (row["recognition_code"], made) == (code["code"], True)
    assert (again[0]["recognition_code"], again[1]) == (code["code"], False)
    assert service.contact(by=worker, id=row["id"])["recognition_code"] == code["code"]
    for other in (None, a_code(worker)["code"]):
        with pytest.raises(IdReuse):
            service.record_contact(by=worker, given=given | {"recognition_code": other})


def _told(error: Any) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.detail % fault.values) for fault in error.faults]


def test_what_is_wrong_with_a_contacts_code_is_told_with_all_else(worker: Actor) -> None:
    for typed, told in (
        ("katt sol", "tre ord och två siffror"),
        ("kat-sol-ring-74", "Ord nummer 1"),
        (recognition.made().text, "Ingen kod är gjord"),
    ):
        with pytest.raises(RuleBroken) as refused:
            service.record_contact(by=worker, given=a_contact(topics=[], recognition_code=typed))
        (_, first), (pointer, second) = _told(refused.value)
        assert "ämnen" in first
        assert pointer == "/recognition_code"
        assert told in second


def test_a_group_has_no_code(worker: Actor) -> None:
    code = a_code(worker)["code"]
    group = {
        "contact_type": "group", "gender": "unknown", "age_band": "unknown",
    }  # fmt: skip

    with pytest.raises(RuleBroken) as refused:
        service.record_contact(
            by=worker, given=a_contact(**group, headcount=5, recognition_code=code)
        )
    assert [pointer for pointer, _ in _told(refused.value)] == ["/recognition_code"]
    single = a_recorded_contact(worker, **group, recognition_code=code)
    with pytest.raises(RuleBroken):
        service.correct_contact(by=worker, id=single["id"], expected=1, given={"headcount": 5})
    with pytest.raises(sa.exc.IntegrityError, match="several_people_have_no_code"):
        db.session.execute(sa.update(Contact).values(headcount=5))
    db.session.rollback()


def test_a_correction_keeps_the_code_and_cannot_name_another(worker: Actor) -> None:
    code = a_code(worker)["code"]
    recorded = a_recorded_contact(worker, recognition_code=code)

    with pytest.raises(RuleBroken) as refused:
        service.correct_contact(
            by=worker, id=recorded["id"], expected=1, given={"recognition_code": None}
        )
    assert [fault.pointer for fault in refused.value.faults] == ["/recognition_code"]
    corrected = service.correct_contact(
        by=worker, id=recorded["id"], expected=1, given={"gender": "man"}
    )
    assert corrected["recognition_code"] == code


def test_an_expired_code_takes_no_contact_but_one_from_when_it_was_good(app: Flask) -> None:
    assert app.testing
    with time_machine.travel(NOON, tick=False) as time:
        worker = an_actor()
        code = a_code(worker)["code"]
        time.move_to(NOON + timedelta(days=370))

        with pytest.raises(RuleBroken) as refused:
            a_recorded_contact(worker, recognition_code=code)
        assert "slutat gälla" in _told(refused.value)[0][1]
        late = (NOON + timedelta(days=360)).isoformat()
        a_recorded_contact(worker, recognition_code=code, occurred_at=late)
        assert len(_dates(worker, code)) == 1


def test_a_batch_and_an_import_judge_each_code_by_itself(worker: Actor) -> None:
    code = a_code(worker)
    items = [
        a_contact(recognition_code=code["code"]),
        a_contact(recognition_code="katt sol ring 75"),
        a_contact(recognition_code=recognition.made().text),
        a_contact(recognition_code=code["digits"]),
        a_contact(recognition_code=["katt"]),
        a_contact(),
    ]

    outcomes = service.record_contacts(by=worker, items=items)
    imported = service.import_contacts(by=an_actor(role="administrator"), items=items)

    assert [outcome.created for outcome in outcomes] == [True, False, False, True, False, True]
    assert [outcome.error is None for outcome in imported] == [
        outcome.error is None for outcome in outcomes
    ]
    assert not any(outcome.created for outcome in imported)
    assert len(_dates(worker, code["code"])) == 2


def test_a_contact_of_nobody_with_no_code_is_one_statement(worker: Actor) -> None:
    a_recorded_contact(worker)
    commit()

    with asked() as statements:
        a_recorded_contact(worker)

    assert len(statements) == 1
    assert "INSERT INTO contact" in statements[0]
