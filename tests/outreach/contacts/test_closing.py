"""The page on which a shift is closed, and the notice of shifts that never were."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from outreach.accounts import service as accounts
from outreach.accounts.models import User
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.shifts import rules
from outreach.shifts import service as shifts
from tests.builders import Visitor, a_participant, a_recorded_contact, commit, uuid7

SignIn = Callable[..., Visitor]
_FIELDS = ("starts", "ends")


def _ago(days: int, clock_time: str) -> datetime:
    return rules.on_the_wall(clock.today() - timedelta(days=days), clock_time)


def _actor(visitor: Visitor) -> Actor:
    return accounts.actor_named(visitor.user.username)


def _shift(visitor: Visitor, begin: datetime, end: datetime | None = None) -> str:
    """Begin a shift when it began, whatever the time is now."""
    given: dict[str, Any] = {
        "id": str(uuid7()),
        "site": "hagalund",
        "activity": "open",
        "starts_at": begin.isoformat(),
    }
    if end is not None:
        given["ends_at"] = end.isoformat()
    with clock.pretending(begin):
        row, _ = shifts.open_shift(by=_actor(visitor), given=given)
    return str(row["id"])


def _met(visitor: Visitor, at: datetime, **said: Any) -> str:
    row = a_recorded_contact(_actor(visitor), occurred_at=at.isoformat(), **said)
    return str(row["id"])


def _page(visitor: Visitor, shift: str) -> str:
    answer = visitor.get(f"/pass/{shift}/stang")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def _close(visitor: Visitor, shift: str, **typed: str) -> TestResponse:
    return visitor.client.post(f"/pass/{shift}/stang", data=typed, headers=visitor.headers)


def _times(page: str) -> dict[str, str | None]:
    """Return what the fields for the hours hold."""
    fields = {name: re.search(rf'<input[^>]* name="{name}"[^>]*>', page) for name in _FIELDS}
    return {
        name: value[1] if (value := re.search(r'value="([^"]*)"', field[0])) else None
        for name, field in fields.items()
        if field
    }


def _hours(visitor: Visitor, shift: str) -> tuple[datetime, datetime]:
    commit()
    row = shifts.shift(by=_actor(visitor), id=UUID(shift))
    return row["started_at"], row["ended_at"]


def test_a_running_shift_is_thought_to_end_now(signed_in: SignIn) -> None:
    worker = signed_in()
    begin = clock.now() - timedelta(hours=2)

    before = clock.now()
    times = _times(_page(worker, _shift(worker, begin)))

    assert times["starts"] == f"{clock.local(begin):%H:%M}"
    assert times["ends"] in {f"{clock.local(each):%H:%M}" for each in (before, clock.now())}


def test_a_forgotten_shift_is_thought_to_end_when_it_was_planned_to(signed_in: SignIn) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(2, "10:00"), _ago(2, "16:00"))
    _met(worker, _ago(2, "15:30"))

    assert _times(_page(worker, shift)) == {"starts": "10:00", "ends": "16:00"}


def test_a_contact_after_the_planned_end_moves_the_likely_end(signed_in: SignIn) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(2, "10:00"), _ago(2, "16:00"))
    _met(worker, _ago(2, "16:20"))

    assert _times(_page(worker, shift))["ends"] == "16:21"


def test_nothing_is_guessed_of_a_forgotten_shift_that_nothing_tells_of(signed_in: SignIn) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(2, "10:00"))

    page = _page(worker, shift)

    assert _times(page) == {"starts": "10:00", "ends": None}
    assert "Det finns inget som säger när passet slutade." in page


def test_the_contacts_are_those_of_the_shift_hour_by_hour(signed_in: SignIn) -> None:
    worker, colleague = signed_in(), signed_in()
    shift = _shift(worker, _ago(3, "10:00"), _ago(3, "16:00"))
    _met(worker, _ago(3, "10:05"))
    _met(colleague, _ago(3, "10:40"), gender="man", topics=["language"])
    _met(worker, _ago(3, "12:00"), contact_type="brief", topics=[], age_band="unknown")
    group = {"contact_type": "group", "headcount": 7, "age_band": "unknown", "gender": "unknown"}
    _met(worker, _ago(3, "12:30"), **group)
    _met(worker, _ago(3, "09:59"))
    _met(worker, _ago(2, "10:05"))
    _met(worker, _ago(3, "11:00"), activity="outreach", contact_type="outreach")

    page = _page(worker, shift)

    assert "4 kontakter, stämmer det?" in page
    assert "Du har räknat 3 av dem." in page
    hours = re.findall(r'hour__label numbers">([^<]+)<.*?hour__count numbers">(\d+)', page)
    assert hours == [("10–11", "2"), ("12–13", "2")]
    for shown in ("Man 30–44", "SFI och språk", "Kort möte", "Grupp, 7 personer"):
        assert shown in page


def test_a_shift_is_closed_with_the_hours_typed_and_twice_is_as_once(signed_in: SignIn) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(1, "10:00"), _ago(1, "16:00"))

    answers = [_close(worker, shift, starts="10:10", ends="15:45") for _ in range(2)]

    assert [(each.status_code, each.location) for each in answers] == [(303, "/falt")] * 2
    assert _hours(worker, shift) == (_ago(1, "10:10"), _ago(1, "15:45"))
    assert "Passet är stängt. Tack för i dag!" in worker.get("/falt").text


def test_an_evening_that_went_on_past_midnight_can_be_closed(signed_in: SignIn) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(2, "20:00"))

    assert _close(worker, shift, starts="20:00", ends="00:30").status_code == 303
    assert _hours(worker, shift) == (_ago(2, "20:00"), _ago(1, "00:30"))


def test_a_closed_shift_is_shown_with_its_hours_and_no_form(signed_in: SignIn) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(1, "10:00"))
    contact = _met(worker, _ago(1, "11:00"))
    _close(worker, shift, starts="10:00", ends="16:00")

    page = _page(worker, shift)

    assert "Det hade öppet 10:00–16:00." in page
    assert "1 kontakt" in page
    assert "close-form" not in page
    assert contact not in page


def test_a_closed_shift_is_not_closed_with_other_hours(signed_in: SignIn) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(1, "10:00"))
    _close(worker, shift, starts="10:00", ends="16:00")

    answer = _close(worker, shift, starts="10:00", ends="15:00")

    assert answer.status_code == 409
    assert "Passet är redan avslutat" in answer.text
    assert _hours(worker, shift) == (_ago(1, "10:00"), _ago(1, "16:00"))


@pytest.mark.parametrize(
    ("starts", "ends", "at", "told"),
    [
        ("10:00", "09:00", "ends", "Slutet ska vara efter starten."),
        ("10:00", "", "ends", "Skriv klockslag som 10:30."),
        ("tio", "16:00", "starts", "Skriv klockslag som 10:30."),
        ("10:00", "24:00", "ends", "Skriv klockslag som 10:30."),
        ("10:00", "16", "ends", "Skriv klockslag som 10:30."),
        ("10:00", "1_6:00", "ends", "Skriv klockslag som 10:30."),
        ("10:00", "١٦:٠٠", "ends", "Skriv klockslag som 10:30."),
        ("01:00", "23:00", "ends", "Ett pass är högst 16 timmar."),
    ],
)
def test_wrong_hours_are_told_at_their_field_and_stay_typed(
    signed_in: SignIn, starts: str, ends: str, at: str, told: str
) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(1, "10:00"))

    answer = _close(worker, shift, starts=starts, ends=ends)

    page = html.unescape(answer.text)
    assert answer.status_code == 422
    assert told in page[page.index(f'id="{at}-error"') :][:200]
    assert f'<a href="#{at}">' in page
    assert _times(page) == {"starts": starts, "ends": ends or None}
    assert _hours(worker, shift)[1] is None


def test_both_hours_are_told_at_once(signed_in: SignIn) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(1, "10:00"))

    page = _close(worker, shift, starts="", ends="x").text

    assert all(f'id="{name}-error"' in page for name in _FIELDS)


def test_a_shift_of_a_day_when_the_clocks_change_has_its_real_length(signed_in: SignIn) -> None:
    worker = signed_in()
    spring = date(2026, 3, 29)
    begin = rules.on_the_wall(spring, "00:30")
    shift = _shift(worker, begin)

    with clock.pretending(rules.on_the_wall(spring, "20:00")):
        given = {
            "started_at": begin.isoformat(),
            "ended_at": rules.on_the_wall(spring, "10:00").isoformat(),
        }
        row = shifts.close_shift(by=_actor(worker), id=UUID(shift), given=given)

    assert row["ended_at"] - row["started_at"] == timedelta(hours=8, minutes=30)
    assert "Det hade öppet 00:30–10:00." in _page(worker, shift)


def test_a_colleague_of_the_site_sees_the_shift_but_cannot_close_it(signed_in: SignIn) -> None:
    worker, colleague = signed_in(), signed_in()
    shift = _shift(worker, _ago(1, "10:00"))

    answer = _close(colleague, shift, starts="10:00", ends="16:00")

    assert answer.status_code == 403
    assert "Bara de som arbetar på passet, eller chefen, kan stänga det." in answer.text
    assert _hours(worker, shift)[1] is None


def test_a_shift_elsewhere_is_not_known(signed_in: SignIn) -> None:
    stranger = signed_in(sites=("bagartorp",))
    supervisor = signed_in(role="supervisor", sites=("bagartorp",))
    shift = _shift(signed_in(), _ago(1, "10:00"))

    for visitor in (stranger, supervisor):
        assert visitor.get(f"/pass/{shift}/stang").status_code == 404
        assert _close(visitor, shift, starts="10:00", ends="16:00").status_code == 404


def test_the_supervisor_closes_it_and_is_shown_no_way_that_is_not_theirs(
    signed_in: SignIn,
) -> None:
    worker, supervisor = signed_in(), signed_in(role="supervisor")
    shift = _shift(worker, _ago(1, "10:00"))

    assert 'href="/falt' not in _page(supervisor, shift)
    answer = _close(supervisor, shift, starts="10:00", ends="16:00")

    assert (answer.status_code, answer.location) == (303, "/pass")
    assert _hours(worker, shift)[1] == _ago(1, "16:00")


def test_a_mistaken_contact_is_taken_back_while_closing(signed_in: SignIn) -> None:
    worker = signed_in()
    shift = _shift(worker, _ago(3, "10:00"), _ago(3, "16:00"))
    contact = _met(worker, _ago(3, "11:15"))
    way = f"/pass/{shift}/ta-bort/{contact}"

    assert way in _page(worker, shift)
    asked = worker.get(way)
    empty = worker.client.post(way, headers=worker.headers)
    answer = worker.client.post(way, data={"reason": "duplicate"}, headers=worker.headers)

    assert "Registrerad två gånger" in asked.text
    assert empty.status_code == 422
    assert 'id="reason-error"' in empty.text
    assert (answer.status_code, answer.location) == (303, f"/pass/{shift}/stang")
    commit()
    kept = db.session.scalars(sa.select(Contact)).one()
    assert (kept.void_reason, kept.voided_by) == ("duplicate", worker.user.id)
    page = _page(worker, shift)
    assert "0 kontakter, stämmer det?" in page
    assert "(borttagen)" in page
    assert way not in page


def test_a_colleagues_contact_cannot_be_taken_back(signed_in: SignIn) -> None:
    worker, colleague = signed_in(), signed_in()
    shift = _shift(worker, _ago(3, "10:00"), _ago(3, "16:00"))
    contact = _met(colleague, _ago(3, "11:15"))
    way = f"/pass/{shift}/ta-bort/{contact}"

    assert way not in _page(worker, shift)
    answer = worker.client.post(way, data={"reason": "mistap"}, headers=worker.headers)

    assert answer.status_code == 403
    assert "Bara den som registrerade kontakten" in answer.text
    commit()
    assert db.session.scalars(sa.select(Contact)).one().voided_at is None


def test_a_protected_persons_contact_is_on_the_page_of_those_alone_who_are_named(
    signed_in: SignIn,
) -> None:
    worker, anna = signed_in(), signed_in()
    shift = _shift(worker, _ago(3, "10:00"), _ago(3, "16:00"))
    _met(worker, _ago(3, "10:30"), age_band="18-29")
    person = str(a_participant(_actor(anna), protected=True))
    theirs = _met(anna, _ago(3, "11:15"), age_band="66+", participant_id=person)

    others, own = _page(worker, shift), _page(anna, shift)

    assert ("1 kontakt" in others, "66+" in others) == (True, False)
    assert ("2 kontakter" in own, f"/ta-bort/{theirs}" in own) == (True, True)


def test_forgotten_shifts_are_told_on_the_field_page_until_they_are_closed(
    signed_in: SignIn,
) -> None:
    worker, colleague = signed_in(), signed_in()
    old, older = _shift(worker, _ago(2, "10:00")), _shift(worker, _ago(3, "09:30"))

    def told(visitor: Visitor) -> set[str]:
        page = visitor.get("/falt").text
        return {shift for shift in (old, older) if f'href="/pass/{shift}/stang"' in page}

    assert told(worker) == {old, older}
    assert told(colleague) == set()
    _close(worker, old, starts="10:00", ends="16:00")
    assert told(worker) == {older}
    _close(worker, older, starts="09:30", ends="16:00")
    assert told(worker) == set()


def test_a_forgotten_shift_stops_nobody_from_starting_a_new_one(signed_in: SignIn) -> None:
    worker = signed_in()
    forgotten = _shift(worker, _ago(2, "10:00"))
    body = {"id": str(uuid7()), "site": "hagalund", "activity": "open"}

    assert worker.send("shifts", body).status_code == 201
    assert f'href="/pass/{forgotten}/stang"' in worker.get("/falt").text


def test_who_no_longer_works_there_sees_only_what_they_logged_themselves(
    signed_in: SignIn,
) -> None:
    worker, colleague = signed_in(), signed_in()
    shift = _shift(worker, clock.now() - timedelta(hours=2))
    own = _met(worker, clock.now() - timedelta(hours=1), age_band="18-29")
    _met(colleague, clock.now() - timedelta(hours=1), age_band="66+")
    moved = sa.update(User).where(User.id == worker.user.id).values(sites=["remote"])
    db.session.execute(moved)
    db.session.commit()

    page = _page(worker, shift)

    assert "1 kontakt" in page
    assert "18–29" in page
    assert "66+" not in page
    assert own
