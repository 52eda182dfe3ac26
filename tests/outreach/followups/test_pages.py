"""The pages of meetings: booked in a touch, said in a touch, moved, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.contacts import service as contacts
from outreach.followups import service
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.shifts import service as shifts
from outreach.staff import service as staff
from tests.builders import (
    Visitor,
    a_code,
    a_followup,
    a_participant,
    a_recorded_contact,
    a_user,
    an_actor,
    uuid7,
)

SignIn = Callable[..., Visitor]


@pytest.fixture
def anna(signed_in: SignIn) -> Visitor:
    return signed_in()


def _as(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _in(**time: float) -> str:
    return (clock.now() + timedelta(**time)).isoformat()


def _post(visitor: Visitor, path: str, **form: Any) -> TestResponse:
    return visitor.client.post(path, data=form, headers=visitor.headers)


def _workday() -> date:
    """Return a Tuesday a few weeks from now."""
    day = clock.today() + timedelta(days=21)
    return day + timedelta(days=(1 - day.weekday()) % 7)


def _on_shift(visitor: Visitor) -> date:
    """Plan the visitor from ten to twelve on a day to come, and return the day."""
    day = _workday()
    begin = datetime.combine(day, datetime.min.time(), clock.STOCKHOLM)
    given = {
        "id": str(uuid7()),
        "site": "hagalund",
        "activity": "open",
        "starts_at": (begin + timedelta(hours=10)).isoformat(),
        "ends_at": (begin + timedelta(hours=12)).isoformat(),
        "workers": [visitor.user.username],
    }
    shifts.open_shift(by=an_actor(role="supervisor"), given=given)
    return day


def _hidden(page: str) -> dict[str, str]:
    """Return what the form that books says without being asked: whose, by whom and how long."""
    form = page[page.index('name="visa" value="enter"') :]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    for name, options in re.findall(
        r'<select [^>]*name="(vem|med|minuter)".*?>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found |= {name: chosen[1]} if chosen else {}
    found |= {"tolk": "1"} if re.search(r'name="tolk" value="1" checked', form) else {}
    found |= dict(re.findall(r'<input [^>]*name="(dag)"[^>]* value="([^"]*)"', form))
    return {name: value for name, value in found.items() if name != "csrf_token"}


def _times(page: str) -> list[str]:
    return re.findall(r'name="starts_at" value="([^"]+)"', page)


def test_a_participant_is_booked_by_touching_a_free_time(anna: Visitor) -> None:
    person = a_participant(_as(anna))
    day = _on_shift(anna)
    here = f"/deltagare/{person}/boka"
    assert f'href="{here}"' in anna.get(f"/deltagare/{person}").text
    page = anna.get(f"{here}?dag={day}").text

    saved = _post(anna, here, **_hidden(page), place="hagalund", starts_at=_times(page)[0])

    assert saved.status_code == 303
    shown = anna.get(saved.headers["Location"]).text
    assert "10:00–10:30" in shown
    assert "Elsa Nyström" in shown
    [row] = service.followups(by=_as(anna), worker=anna.user.id)
    assert (row["participant_id"], row["place"], row["minutes"]) == (person, "hagalund", 30)


def test_whoever_has_a_code_is_booked_from_a_contact_in_three_touches(anna: Visitor) -> None:
    code = a_code(_as(anna))
    contact = a_recorded_contact(_as(anna), recognition_code=code["code"])
    day = _on_shift(anna)

    led = anna.get(f"/uppfoljningar/ny?kontakt={contact['id']}")
    page = anna.get(f"{led.headers['Location']}&dag={day}").text
    saved = _post(
        anna, f"/koder/{code['id']}/boka", **_hidden(page), place="hagalund",
        starts_at=_times(page)[1],
    )  # fmt: skip

    assert saved.status_code == 303
    # A code stands in no address.
    assert code["code"] not in led.headers["Location"]
    row = service.followup(by=_as(anna), id=UUID(saved.headers["Location"].rpartition("/")[2]))
    assert (row["recognition_code"], row["from_contact"]) == (code["code"], contact["id"])


def test_whoever_has_no_code_gets_one_first(anna: Visitor) -> None:
    contact = a_recorded_contact(_as(anna))

    led = anna.get(f"/uppfoljningar/ny?kontakt={contact['id']}")

    assert (led.status_code, led.headers["Location"]) == (303, "/koder")
    assert "Ge personen en kod först" in anna.get("/koder").text


def test_a_time_that_was_taken_meanwhile_is_told_and_nothing_typed_is_lost(anna: Visitor) -> None:
    person = a_participant(_as(anna))
    day = _on_shift(anna)
    here = f"/deltagare/{person}/boka"
    page = anna.get(f"{here}?dag={day}").text
    time = _times(page)[0]
    a_followup(_as(anna), recognition_code=a_code(_as(anna))["code"], starts_at=time)

    form = {"place": "solna_centrum", "purpose": "Gå igenom betygen", "reminder": "none"}
    again = _post(anna, here, **_hidden(page), **form, starts_at=time)

    assert again.status_code == 409
    assert "Tiden är redan bokad" in again.text
    assert 'value="Gå igenom betygen"' in again.text
    assert 'value="solna_centrum" selected' in again.text
    assert time not in _times(again.text)


def test_a_time_outside_the_hours_is_booked_and_said_to_be_so(anna: Visitor) -> None:
    person = a_participant(_as(anna))
    day = _on_shift(anna)
    here = f"/deltagare/{person}/boka"
    hidden = _hidden(anna.get(f"{here}?dag={day}").text)

    saved = _post(anna, here, **hidden, place="hagalund", day=str(day), time="18:15")

    shown = anna.get(saved.headers["Location"]).text
    assert "18:15–18:45" in shown
    assert "Tiden ligger utanför passet eller öppettiderna." in shown


def test_what_is_missing_or_no_time_is_told_where_it_is(anna: Visitor) -> None:
    here = f"/deltagare/{a_participant(_as(anna))}/boka"
    hidden = _hidden(anna.get(here).text)

    missing = _post(anna, here, **hidden, place="hagalund")
    wrong = _post(anna, here, **hidden, place="hagalund", day="2026-13-40", time="25:61")

    assert (missing.status_code, wrong.status_code) == (422, 422)
    assert 'href="#day"' in missing.text
    assert 'href="#time"' in missing.text
    assert "Skriv datum som 2026-01-15 och klockslag som 10:30." in wrong.text


def test_two_workers_an_hour_and_an_interpreter_are_chosen_before_the_time(
    anna: Visitor,
) -> None:
    bo = a_user()
    person = a_participant(_as(anna))
    here = f"/deltagare/{person}/boka"
    chosen = f"vem={anna.user.id}&med={bo.id}&minuter=60&tolk=1"

    page = anna.get(f"{here}?{chosen}").text
    saved = _post(anna, here, **_hidden(page), place="hagalund", day=str(_workday()), time="10:00")

    assert "med tolk" in page
    row = service.followup(by=_as(anna), id=UUID(saved.headers["Location"].rpartition("/")[2]))
    assert {each["id"] for each in row["workers"]} == {anna.user.id, bo.id}
    assert (row["minutes"], row["interpreter"]) == (60, "not_booked")


def test_what_became_of_a_meeting_is_said_in_one_touch_and_undone_in_another(
    anna: Visitor,
) -> None:
    row = a_followup(
        _as(anna), participant_id=str(a_participant(_as(anna))), starts_at=_in(minutes=-10),
        minutes=5,
    )  # fmt: skip
    agenda = anna.get("/uppfoljningar").text
    assert "Saknar utfall" in agenda

    said = _post(
        anna, f"/uppfoljningar/{row['id']}/utfall", state="held", next="/uppfoljningar?vy=vecka"
    )
    told = anna.get("/uppfoljningar").text
    undone = _post(anna, f"/uppfoljningar/{row['id']}/angra", next="/uppfoljningar")

    assert (said.status_code, said.headers["Location"]) == (303, "/uppfoljningar?vy=vecka")
    assert "Mötet är loggat som en kontakt." in told
    assert "Saknar utfall" not in told
    assert undone.status_code == 303
    assert service.followup(by=_as(anna), id=row["id"])["state"] == "booked"


def test_what_cannot_be_said_is_told_on_the_way_back(anna: Visitor) -> None:
    row = a_followup(_as(anna), participant_id=str(a_participant(_as(anna))), starts_at=_in(days=2))

    said = _post(anna, f"/uppfoljningar/{row['id']}/utfall", state="held", next="/uppfoljningar")

    assert said.status_code == 303
    assert "Mötet har inte varit än" in anna.get("/uppfoljningar").text


def test_the_agenda_is_of_a_day_or_a_week_and_of_one_worker_or_all(anna: Visitor) -> None:
    bo = an_actor()
    day = _workday()
    at = datetime.combine(day, datetime.min.time(), clock.STOCKHOLM) + timedelta(hours=11)
    own = a_followup(
        _as(anna), participant_id=str(a_participant(_as(anna))), starts_at=at.isoformat()
    )
    theirs = a_followup(
        bo, participant_id=str(a_participant(bo)),
        starts_at=(at + timedelta(days=1)).isoformat(),
    )  # fmt: skip

    def shown(query: str) -> set[str]:
        page = anna.get(f"/uppfoljningar?{query}").text
        return {str(row["id"]) for row in (own, theirs) if f"/uppfoljningar/{row['id']}" in page}

    assert shown(f"dag={day}") == {str(own["id"])}
    assert shown(f"dag={day}&vy=vecka") == {str(own["id"]), str(theirs["id"])}
    assert shown(f"dag={day}&vy=vecka&vem={bo.id}") == {str(theirs["id"])}
    assert anna.get("/uppfoljningar?dag=soon").status_code == 404
    assert anna.get("/uppfoljningar?vem=me").status_code == 404
    assert "Inget är bokat." in anna.get(f"/uppfoljningar?dag={day + timedelta(days=3)}").text


def test_no_address_and_no_title_says_who_is_met(anna: Visitor) -> None:
    row = a_followup(_as(anna), participant_id=str(a_participant(_as(anna))), purpose="Betyg")

    for path in (f"/uppfoljningar/{row['id']}", f"/uppfoljningar/{row['id']}/boka-om"):
        page = anna.get(path).text
        assert "Elsa" in page
        title = re.search(r"<title>(.*)</title>", page)
        assert title
        assert not {"Elsa", "Betyg"} & set(title[1].split())


def test_a_meeting_is_moved_by_touching_another_time(anna: Visitor) -> None:
    row = a_followup(
        _as(anna), participant_id=str(a_participant(_as(anna))), starts_at=_in(days=1),
        purpose="Betyg",
    )  # fmt: skip
    here = f"/uppfoljningar/{row['id']}/boka-om"
    page = anna.get(here).text

    saved = _post(
        anna, here, **_hidden(page), place="hagalund", asked_by="participant", why="Barnet sjukt",
        day=str(_workday()), time="13:00",
    )  # fmt: skip

    moved = service.followup(by=_as(anna), id=UUID(saved.headers["Location"].rpartition("/")[2]))
    assert (moved["supersedes"], moved["why"], moved["purpose"]) == (
        row["id"],
        "Barnet sjukt",
        "Betyg",
    )
    assert "Till den gamla tiden" in anna.get(saved.headers["Location"]).text
    assert anna.get(here).status_code == 409


def test_what_may_change_of_a_meeting_is_changed_and_a_stale_form_keeps_what_was_typed(
    anna: Visitor,
) -> None:
    row = a_followup(
        _as(anna), participant_id=str(a_participant(_as(anna))), interpreter_needed=True
    )
    here = f"/uppfoljningar/{row['id']}"

    saved = _post(anna, here, version="1", interpreter="booked")
    stale = _post(anna, here, version="1", place="solna_centrum", purpose="Praktik")
    fresh = _post(anna, here, version="2", place="solna_centrum", purpose="")

    assert (saved.status_code, stale.status_code, fresh.status_code) == (303, 412, 303)
    assert 'value="Praktik"' in stale.text
    after = service.followup(by=_as(anna), id=row["id"])
    assert (after["interpreter"], after["place"], after["purpose"]) == (
        "booked",
        "solna_centrum",
        None,
    )


def test_of_whoever_is_not_opened_yet_the_page_that_asks_why_comes_first(anna: Visitor) -> None:
    bo = an_actor()
    person = a_participant(bo)
    row = a_followup(bo, participant_id=str(person))

    shown = anna.get(f"/uppfoljningar/{row['id']}")

    assert (shown.status_code, shown.headers["Location"]) == (303, f"/deltagare/{person}")


def test_a_reminder_is_offered_only_where_there_is_one_and_is_chosen_as_wished(
    app: Flask, anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = {"sms": "yes", "email": "no", "call": "no"}
    person = a_participant(_as(anna), phone="070-174 06 05", contact_preference=wishes)
    here = f"/deltagare/{person}/boka?dag={_on_shift(anna)}"
    assert 'name="reminder"' not in anna.get(here).text

    monkeypatch.setitem(app.config, "SMS_URL", "https://sms.test/a1/sms")
    page = anna.get(here).text

    assert '<option value="sms" selected' in page
    assert '<option value="email"' not in page
    form = {"place": "hagalund", "reminder": "sms", "starts_at": _times(page)[0]}
    saved = _post(anna, here, **_hidden(page), **form)
    shown = anna.get(saved.headers["Location"]).text
    assert re.search(r"SMS skickas \w+ \d+ \w+", shown)
    told = anna.get(f"/uppfoljningar?dag={_workday()}").text
    assert "SMS skickas" in told


def test_why_no_reminder_goes_stands_on_the_meeting_and_in_the_agenda(
    app: Flask, anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SMS_URL", "https://sms.test/a1/sms")
    person = a_participant(_as(anna), phone="070-174 06 05")
    row = a_followup(_as(anna), participant_id=str(person), starts_at=_in(days=5))

    form = {"place": "hagalund", "reminder": "sms", "version": str(row["version"])}
    saved = _post(anna, f"/uppfoljningar/{row['id']}", **form)

    shown = anna.get(saved.headers["Location"]).text
    assert shown.count("Ingen påminnelse skickas: fråga personen först") == 2
    day = clock.local(row["starts_at"]).date()
    listed = anna.get(f"/uppfoljningar?dag={day}").text
    assert "ingen påminnelse går: personen har inte sagt ja" in listed
    assert "påminnelse gick inte" not in listed


def test_the_chief_sees_what_a_worker_who_has_left_was_booked_for(
    anna: Visitor, signed_in: SignIn
) -> None:
    row = a_followup(_as(anna), participant_id=str(a_participant(_as(anna))))
    chief = signed_in(role="supervisor")
    assert "Behöver någon annan" not in chief.get("/uppfoljningar").text
    staff.close_user(by=an_actor(role="administrator", sites=(), committee=None), id=anna.user.id)

    page = chief.get("/uppfoljningar").text

    assert "Behöver någon annan" in page
    assert f"/uppfoljningar/{row['id']}/boka-om" in page


def test_what_was_typed_stays_when_other_times_are_shown_and_stands_in_no_address(
    anna: Visitor,
) -> None:
    person = a_participant(_as(anna))
    day = _on_shift(anna)
    here = f"/deltagare/{person}/boka"
    form = {"place": "solna_centrum", "purpose": "Går igenom betygen", "day": "", "time": ""}
    hidden = _hidden(anna.get(here).text) | {"dag": str(day - timedelta(days=7))}

    later = _post(anna, here, **hidden, **form, visa="senare")
    longer = _post(anna, here, **_hidden(later.text) | {"minuter": "60"}, **form, visa="tider")
    earlier = _post(anna, here, **_hidden(longer.text), **form, visa="tidigare")

    for each in (later, longer, earlier):
        assert each.status_code == 200
        assert 'value="Går igenom betygen"' in each.text
        assert 'value="solna_centrum" selected' in each.text
    assert _times(later.text)
    assert _hidden(longer.text) | {"minuter": "60", "dag": str(day)} == _hidden(longer.text)
    assert _hidden(earlier.text)["dag"] == str(day - timedelta(days=7))
    assert service.followups(by=_as(anna), worker=anna.user.id) == []


def test_enter_books_no_time_that_nobody_touched_and_the_one_that_was_typed(anna: Visitor) -> None:
    day = _on_shift(anna)
    person, code = a_participant(_as(anna)), a_code(_as(anna))["id"]
    moved = a_followup(_as(anna), participant_id=str(a_participant(_as(anna))))["id"]
    for here in (f"/deltagare/{person}/boka", f"/koder/{code}/boka"):
        page = anna.get(f"{here}?dag={day}").text
        first = re.search(r'<button[^>]*name="(\w+)" value="(\w+)"', page[page.index("<h1") :])
        assert first
        assert (first[1], first[2]) == ("visa", "enter")
        enter = _post(anna, here, **_hidden(page), place="hagalund", visa="enter")
        assert enter.status_code == 200
        assert "Inget är bokat än." in enter.text
    assert len(service.followups(by=_as(anna), worker=anna.user.id)) == 1

    typed = {"asked_by": "worker", "day": str(day), "time": "10:45", "visa": "enter"}
    here = f"/uppfoljningar/{moved}/boka-om"
    saved = _post(anna, here, **_hidden(anna.get(here).text), place="hagalund", **typed)

    assert saved.status_code == 303
    assert "10:45–11:15" in anna.get(saved.headers["Location"]).text


def test_when_the_person_is_met_already_stands_above_the_times_and_is_offered_to_nobody(
    anna: Visitor,
) -> None:
    day = _on_shift(anna)
    code = a_code(_as(anna))
    person = str(a_participant(_as(anna)))
    for whose, here in (
        ({"participant_id": person}, f"/deltagare/{person}/boka"),
        ({"recognition_code": code["code"]}, f"/koder/{code['id']}/boka"),
    ):
        free = _times(anna.get(f"{here}?dag={day}").text)
        a_followup(_as(anna), workers=[str(an_actor().id)], starts_at=free[0], **whose)

        page = anna.get(f"{here}?dag={day}").text
        refused = _post(anna, here, **_hidden(page), place="hagalund", starts_at=free[0])

        assert "Har redan bokat" in page
        assert "10:00–10:30" in page[: page.index("Lediga tider</h2>")]
        assert free[0] not in _times(page)
        assert refused.status_code == 409
        assert "Personen har redan ett möte då." in refused.text
        assert "Lediga tider närmast den du ville ha" in refused.text


def test_a_typed_time_that_is_refused_is_told_where_it_was_typed(anna: Visitor) -> None:
    day, person = _on_shift(anna), a_participant(_as(anna))
    here = f"/deltagare/{person}/boka"
    page = anna.get(f"{here}?dag={day}").text
    a_followup(_as(anna), recognition_code=a_code(_as(anna))["code"], starts_at=_times(page)[0])

    form = {"place": "hagalund", "day": str(day), "time": "10:15"}
    taken = _post(anna, here, **_hidden(page), **form)
    past = _post(anna, here, **_hidden(page), **form | {"day": "2026-01-15"})

    assert (taken.status_code, past.status_code) == (409, 422)
    for each in (taken.text, past.text):
        assert 'href="#time"' in each
        assert 'id="time-error"' in each
        assert re.search(r"<details [^>]*open>\s*<summary>En annan tid", each)


def test_whoever_moves_a_meeting_sees_which_one(anna: Visitor) -> None:
    row = a_followup(
        _as(anna), participant_id=str(a_participant(_as(anna))), purpose="Betyg",
        starts_at=datetime.combine(
            _workday(), datetime.min.time().replace(hour=13), clock.STOCKHOLM
        ).isoformat(),
    )  # fmt: skip

    page = anna.get(f"/uppfoljningar/{row['id']}/boka-om").text

    before = page[page.index("Tiden som flyttas") : page.index("Lediga tider</h2>")]
    for each in ("13:00–13:30", "Hagalund", "Betyg", anna.user.name):
        assert each in before
    assert "Har också" not in page


def test_what_a_held_meeting_was_logged_as_is_told_corrected_and_leads_to_the_next(
    anna: Visitor,
) -> None:
    person = a_participant(_as(anna))
    a_recorded_contact(_as(anna), participant_id=str(person), topics=["cv"])
    row = a_followup(_as(anna), participant_id=str(person), starts_at=_in(minutes=-10))
    here = f"/uppfoljningar/{row['id']}"

    _post(anna, f"{here}/utfall", state="held", next="/uppfoljningar")
    told = anna.get("/uppfoljningar").text
    page = anna.get(here).text
    contact = service.followup(by=_as(anna), id=row["id"])["contact_id"]
    wrong = _post(anna, f"{here}/kontakt", version="1", topics=[])
    saved = _post(anna, f"{here}/kontakt", version="1", topics=["work_placement", "study_guidance"])

    assert f'href="{here}">Se vad som loggades' in told
    assert f'href="/uppfoljningar/ny?kontakt={contact}">Boka nästa' in told
    assert "Bokat möte · CV" in page
    assert f'href="/deltagare/{person}/boka?kontakt={contact}"' in page
    assert (wrong.status_code, saved.status_code) == (422, 303)
    assert contacts.contact(by=_as(anna), id=contact)["topics"] == [
        "work_placement",
        "study_guidance",
    ]
    assert _post(anna, f"{here}/kontakt", version="1", topics=["cv"]).status_code == 412


def test_what_was_booked_in_error_is_said_on_the_meeting_and_undone_there(anna: Visitor) -> None:
    row = a_followup(_as(anna), participant_id=str(a_participant(_as(anna))), starts_at=_in(days=4))
    here = f"/uppfoljningar/{row['id']}"
    day = clock.local(row["starts_at"]).date()
    assert 'value="mistaken"' in anna.get(here).text

    _post(anna, f"{here}/utfall", state="mistaken", next=here)

    assert "Bokat av misstag" in anna.get(here).text
    assert here not in anna.get(f"/uppfoljningar?dag={day}").text
    _post(anna, f"{here}/angra", next=here)
    assert "Ångrat. Mötet är bokat igen." in anna.get(here).text


def test_from_a_meeting_the_way_back_is_its_own_day(anna: Visitor) -> None:
    row = a_followup(_as(anna), participant_id=str(a_participant(_as(anna))), starts_at=_in(days=4))

    page = anna.get(f"/uppfoljningar/{row['id']}").text

    assert f'href="/uppfoljningar?dag={clock.local(row["starts_at"]).date()}"' in page


def test_beside_each_way_to_remind_stands_what_is_missing(
    app: Flask, anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = a_participant(_as(anna), phone="070-174 06 05")
    row = a_followup(_as(anna), participant_id=str(person), starts_at=_in(days=5))
    here = f"/uppfoljningar/{row['id']}"
    pages = (here, f"/deltagare/{person}/boka")
    for path in pages:
        assert "Ingen påminnelse skickas: det är inte påslaget här." in anna.get(path).text
    monkeypatch.setitem(app.config, "SMS_URL", "https://sms.test/a1/sms")
    monkeypatch.setitem(app.config, "MAIL_HOST", "mail.test")

    for path in pages:
        page = anna.get(path).text
        assert "SMS (personen har inte sagt ja)" in page
        assert "E-post (e-postadress saknas)" in page
        assert re.search("[äÄ]ndra plats, påminnelse eller vad det gäller", page)
    _post(anna, here, version="1", place="hagalund", reminder="email")
    assert anna.get(here).text.count("Ingen påminnelse kan skickas: e-postadress saknas.") == 2
