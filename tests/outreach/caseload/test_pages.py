"""One person on a page: what is shown to whom, what is kept of the looking, what is never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from outreach.accounts.models import Unit
from outreach.accounts.permissions import ROLES
from outreach.accounts.service import actor_named
from outreach.audit.models import AuditEntry
from outreach.consents import service as consents
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.identification import regret
from outreach.participants import next_steps, openings, wording
from outreach.participants import service as participants
from tests.builders import (
    Visitor,
    a_code,
    a_consent,
    a_finished_enrolment,
    a_followup,
    a_free_time,
    a_number,
    a_recorded_contact,
    uuid7,
)
from tests.statements import asked

SignIn = Callable[..., Visitor]
Identify = Callable[..., UUID]
NOTE = "Vill helst prata på förmiddagen <viktigt>"


def _by(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _post(visitor: Visitor, address: str, **form: Any) -> TestResponse:
    return visitor.client.post(address, data=form, headers=visitor.headers)


def _entries(whom: UUID, since: int = 0) -> list[tuple[str, dict[str, Any] | None]]:
    """Return what the trail holds of a person, without what came before."""
    db.session.rollback()
    wanted = (
        sa.select(AuditEntry.action, AuditEntry.details)
        .where(AuditEntry.kind == "participant", AuditEntry.object_id == str(whom))
        .order_by(AuditEntry.id)
    )
    return [(row.action, row.details) for row in db.session.execute(wanted)][since:]


def _section(page: str, name: str) -> str:
    """Return the part of the page that is named by the heading with that id."""
    return page.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]


def _lived(worker: Visitor, identify: Identify) -> UUID:
    """Let somebody be known who came twice with a code, was noted about and said yes."""
    by = _by(worker)
    code = a_code(by)["code"]
    for _ in range(2):
        a_recorded_contact(by, recognition_code=code)
    person = identify(
        by,
        recognition_code=code,
        phone="070-174 06 05",
        language="ti",
        interpreter="phone",
        contact_preference={"sms": "yes", "call": "no", "safe_hours": "9–12"},
    )
    a_recorded_contact(by, participant_id=str(person), note=NOTE)
    a_followup(by, participant_id=str(person), purpose="Går igenom betygen")
    consents.give_consent(by=by, given=a_consent(person))
    next_steps.set_next_step(
        by=by,
        id=person,
        expected=1,
        given={"text": "Tar med betyg till SYV", "turn": "person", "due_on": "2020-01-30"},
    )
    return person


def test_the_page_tells_all_that_matters_in_the_order_of_the_wireframe(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = _lived(worker, identify)
    page = worker.get(f"/deltagare/{person}").text

    told = [
        "JV-", "Din deltagare", "Elsa Nyström", "Tar med betyg till SYV", "Personens tur",
        "senast 30 januari 2020", "har passerat", "Klart", "Logga kontakt",
        "Boka</a>", "Lämna över</a>", "Hänvisa: vart?",
        "070-174 06 05", "SMS går bra · ring inte", "lämna inget meddelande",
        "säkra tider: 9–12", "tolk:", "Bokat</h2>", "Hagalund · Spontanbesök · CV och ansökan",
        "var anonym",
        "Koppla loss", "Får vi berätta?", "Jobbteamet · ", "Stödperiod</h2>", "sedan ",
        "Vem har tittat",
        f"<li>{worker.user.name} · ", "Anteckningar", "1, dold", "Det här vet vi om dig: skriv ut",
        "Personen ångrar sig …",
    ]  # fmt: skip
    body = page.partition("<main")[2]
    places = [body.index(words) for words in told]
    assert places == sorted(places)
    assert "Elsa" not in page.partition("</title>")[0]
    assert NOTE.partition(" <")[0] not in page
    assert f'href="/falt/ny#deltagare={person}"' in page
    for address in (
        "lamna-over",
        "andra",
        "koppla",
        "beratta",
        "vet",
        "angra",
        "tittat",
        "nasta-steg",
    ):
        assert f'href="/deltagare/{person}/{address}' in page


def test_the_page_is_one_entry_on_the_trail_and_no_browser_keeps_it(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = _lived(worker, identify)
    before = len(_entries(person))

    answer = worker.get(f"/deltagare/{person}")

    assert _entries(person, before) == [("read", {"right": "caseload"})]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_takes_few_questions_however_much_there_is(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = _lived(worker, identify)
    for _ in range(8):
        a_recorded_contact(_by(worker), participant_id=str(person))
        a_followup(_by(worker), participant_id=str(person), starts_at=a_free_time())
        consents.give_consent(by=_by(worker), given=a_consent(person))
    worker.get(f"/deltagare/{person}")
    with asked() as statements:
        assert worker.get(f"/deltagare/{person}").status_code == 200

    # The person's key, and who else of the committee may be the same.
    assert len([each for each in statements if "data_key" in each]) == 1
    assert len([each for each in statements if "blind_index" in each]) <= 1
    assert len(statements) <= 25


def test_the_notes_are_opened_by_a_form_and_that_is_on_the_trail(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = _lived(worker, identify)
    before = len(_entries(person))

    notes = _post(worker, f"/deltagare/{person}/anteckningar")

    assert "Vill helst prata på förmiddagen &lt;viktigt&gt;" in notes.text
    assert worker.user.name in notes.text
    assert _entries(person, before) == [("read", {"part": "notes"})]
    assert worker.get(f"/deltagare/{person}/anteckningar").location == f"/deltagare/{person}"


def test_somebody_with_no_history_has_a_page_that_says_what_to_do(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker), family_name=None)

    page = worker.get(f"/deltagare/{person}").text

    for words in ("Skriv nästa steg", "Skrevs in", "SMS: fråga först", "Inga."):
        assert words in page
    assert "anteckningar" not in page.partition("<main")[2]
    assert "Väntar" not in page


def test_what_may_be_the_persons_waits_to_be_looked_at(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    by = _by(worker)
    code = a_code(by)["code"]
    person = identify(by, recognition_code=code, number=a_number())
    identify(by, number=a_number())
    for _ in range(2):
        a_recorded_contact(by, recognition_code=code)

    waits = _section(worker.get(f"/deltagare/{person}").text, "waits")

    assert "2 kontakter kan vara personens" in waits
    assert "1 annan deltagare kan vara samma person" in waits


def test_what_is_asked_from_the_second_meeting_is_told_as_missing(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    by = _by(worker)
    person = identify(by, opened_on=(clock.today() - timedelta(days=3)).isoformat())
    address = f"/deltagare/{person}"
    a_recorded_contact(by, participant_id=str(person))

    first = _section(worker.get(address).text, "period")
    a_recorded_contact(by, participant_id=str(person))
    second = _section(worker.get(address).text, "period")

    assert "saknas" not in first
    assert "saknas: sysselsättning före, inkomst före" in second
    assert re.search(r'href="/stodperiod/[0-9a-f-]{36}"', second)


def test_whoever_must_say_why_sees_the_case_number_alone(
    signed_in: SignIn, identify: Identify
) -> None:
    person = _lived(signed_in(), identify)
    colleague = signed_in()

    for path in ("", "/andra", "/nasta-steg", "/vet", "/tittat"):
        refused = colleague.get(f"/deltagare/{person}{path}")
        assert refused.status_code == 403
        assert "Säg först varför" in refused.text
        assert "JV-" in refused.text
        for personal in ("Elsa", "Nyström", "174 06 05", "betyg"):
            assert personal not in refused.text
        assert f'name="next" value="/deltagare/{person}{path}"' in refused.text


def test_the_person_is_here_opens_with_one_tap_and_leads_back(
    signed_in: SignIn, identify: Identify
) -> None:
    person = _lived(signed_in(), identify)
    colleague = signed_in()
    before = len(_entries(person))

    opened = _post(
        colleague, f"/deltagare/{person}/oppna", reason="present", next=f"/deltagare/{person}/vet"
    )
    page = colleague.get(f"/deltagare/{person}").text

    assert (opened.status_code, opened.headers["Location"]) == (303, f"/deltagare/{person}/vet")
    assert "Öppnad: Personen är här, till " in page
    assert "Elsa Nyström" in page
    assert [action for action, _ in _entries(person, before)] == ["open", "read"]
    assert "öppnade (personen är här)" in page


def test_a_reason_is_chosen_from_the_list_and_other_says_which(
    signed_in: SignIn, identify: Identify
) -> None:
    person = _lived(signed_in(), identify)
    colleague = signed_in()
    address = f"/deltagare/{person}/oppna"

    nothing = _post(colleague, address)
    other = _post(colleague, address, reason="other", next="/vart")
    calling = _post(colleague, address, reason="calling", next=f"/deltagare/{person}")

    assert (nothing.status_code, other.status_code) == (422, 422)
    assert 'id="reason-error"' in nothing.text
    assert 'id="note-error"' in other.text
    assert re.search(r'value="other" checked', other.text)
    assert 'name="next" value="/vart"' in other.text
    assert "Elsa" not in nothing.text + other.text
    assert calling.status_code == 303
    assert "Öppnad: Personen ringer" in colleague.get(f"/deltagare/{person}").text


def test_a_form_of_somebody_who_lost_the_right_asks_why_and_goes_to_the_page(
    signed_in: SignIn, identify: Identify
) -> None:
    person = _lived(signed_in(), identify)

    refused = _post(signed_in(), f"/deltagare/{person}/nasta-steg", text="Nytt", turn="worker")

    assert refused.status_code == 403
    assert f'name="next" value="/deltagare/{person}"' in refused.text


def test_a_refusal_is_kept_and_programs_are_told_as_of_any(
    signed_in: SignIn, identify: Identify
) -> None:
    person = _lived(signed_in(), identify)
    colleague = signed_in()

    colleague.get(f"/deltagare/{person}")
    told = colleague.get(f"participants/{person}")

    assert told.get_json()["type"] == "/problems/reason-required"
    db.session.rollback()
    denied = sa.select(AuditEntry.details).where(
        AuditEntry.action == "denied", AuditEntry.actor_id == colleague.user.id
    )
    assert list(db.session.scalars(denied)) == [{"slug": "reason-required"}] * 2


GETS = ("", "/andra", "/nasta-steg", "/vet", "/tittat")
POSTS = ("/oppna", "/nasta-steg", "/nasta-steg/klart", "/anteckningar", "/andra")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("committee", ["KN", "SN"])
def test_who_may_open_the_pages(
    signed_in: SignIn, identify: Identify, role: str, committee: str
) -> None:
    person = _lived(signed_in(), identify)
    team = {"team": "osa"} if role == "receiver" else {}
    visitor = signed_in(role=role, committee=committee, **team)

    expected = 403
    if role in {"caseworker", "supervisor"} and committee == "SN":
        expected = 404
    for path in GETS:
        answer = visitor.get(f"/deltagare/{person}{path}")
        assert (path, answer.status_code) == (path, expected)
        assert "Elsa" not in answer.text
    for path in POSTS[1:]:
        form = {"version": "2", "text": "Nytt", "turn": "worker"}
        answer = _post(visitor, f"/deltagare/{person}{path}", **form)
        assert (path, answer.status_code) == (path, expected)
        assert "Elsa" not in answer.text


def test_nobody_is_told_of_a_protected_person_but_the_named(
    signed_in: SignIn, identify: Identify
) -> None:
    worker, colleague = signed_in(), signed_in()
    person = identify(_by(worker), protected=True)

    page = worker.get(f"/deltagare/{person}").text

    assert "Skyddade personuppgifter" in page
    assert "Du är namngiven" in page
    for path in GETS:
        assert colleague.get(f"/deltagare/{person}{path}").status_code == 404
    for path in POSTS:
        form = {"version": "1", "reason": "present", "text": "Nytt", "turn": "worker"}
        assert _post(colleague, f"/deltagare/{person}{path}", **form).status_code == 404
    assert worker.get(f"/deltagare/{uuid4()}").status_code == 404


def test_the_unit_supervisor_reads_without_a_reason(
    signed_in: SignIn, identify: Identify, unit: Unit
) -> None:
    worker = signed_in(unit_id=str(unit.id))
    person = identify(_by(worker))

    page = signed_in(role="supervisor", unit_id=str(unit.id)).get(f"/deltagare/{person}")

    assert page.status_code == 200
    assert "Din enhets deltagare" in page.text
    assert "Logga kontakt" not in page.text


def test_whoever_has_asked_to_be_erased_is_shown_to_nobody_until_that_is_decided(
    signed_in: SignIn, identify: Identify, unit: Unit
) -> None:
    worker = signed_in(unit_id=str(unit.id))
    supervisor = signed_in(role="supervisor", unit_id=str(unit.id))
    person = identify(_by(worker))
    regret.regret(by=_by(worker), id=person, given={"door": "erasure"})

    own, chief = worker.get(f"/deltagare/{person}"), supervisor.get(f"/deltagare/{person}")

    for answer in (own, chief):
        assert answer.status_code == 403
        assert "Personen har begärt radering" in answer.text
        assert "Vänta på beslutet" in answer.text
        assert "Elsa" not in answer.text


def test_the_next_step_is_said_kept_and_done(signed_in: SignIn, identify: Identify) -> None:
    worker = signed_in()
    person = identify(_by(worker))
    address = f"/deltagare/{person}/nasta-steg"

    first = _post(worker, address, version="1", text="Ring <Komvux>", turn="worker")
    second = _post(
        worker, address, version="2", text="Skriv CV", turn="person", due_on="2030-01-30"
    )
    form = worker.get(address).text
    done = _post(worker, f"{address}/klart", version="3")
    after = worker.get(f"/deltagare/{person}").text
    history = worker.get(address).text

    for answer in (first, second, done):
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/deltagare/{person}")
    assert ">Skriv CV</textarea>" in form
    assert 'value="2030-01-30"' in form
    assert "Ring &lt;Komvux&gt;" in form
    assert "Vad händer sedan?" in after
    assert "Skriv nästa steg" in after
    assert "></textarea>" in history
    assert history.index("Skriv CV") < history.index("Ring &lt;Komvux&gt;")
    assert "klart" in history
    assert "ersattes" in history


def test_a_step_that_is_wrong_is_told_all_at_once_and_stays_typed(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker))
    long = "x" * 141

    answer = _post(
        worker, f"/deltagare/{person}/nasta-steg", version="1", text=long, due_on="i går"
    )

    assert answer.status_code == 422
    for name in ("text", "turn", "due_on"):
        assert f'id="{name}-error"' in answer.text
    assert f">{long}</textarea>" in answer.text


def test_a_step_that_changed_meanwhile_is_told_with_both(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker))
    address = f"/deltagare/{person}/nasta-steg"
    _post(worker, address, version="1", text="Kollegans steg", turn="worker")

    stale = _post(worker, address, version="1", text="Mitt steg", turn="person")
    done = _post(worker, f"{address}/klart", version="1")
    page = worker.get(f"/deltagare/{person}").text

    assert stale.status_code == 412
    assert "Nu står det: Kollegans steg" in stale.text
    assert ">Mitt steg</textarea>" in stale.text
    assert 'name="version" value="2"' in stale.text
    assert done.status_code == 303
    assert "Någon annan har ändrat under tiden" in page
    assert "Kollegans steg" in page
    _post(worker, f"{address}/klart", version="2")
    assert _post(worker, f"{address}/klart", version="3").status_code == 303
    assert "Det finns inget nästa steg" in worker.get(f"/deltagare/{person}").text


def test_everybody_who_looked_is_told_once_a_day(signed_in: SignIn, identify: Identify) -> None:
    worker, colleague = signed_in(), signed_in()
    person = _lived(worker, identify)
    openings.open_participant(by=_by(colleague), id=person, given={"reason": "calling"})
    for _ in range(3):
        colleague.get(f"/deltagare/{person}")

    page = worker.get(f"/deltagare/{person}/tittat").text

    assert page.count(f"<strong>{colleague.user.name}</strong>") == 1
    assert "läste, öppnade (personen ringer)" in page
    assert "skrev nästa steg" in page


def test_the_person_reads_all_that_is_known_in_the_language_of_choice(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = _lived(worker, identify)
    before = len(_entries(person))

    swedish = worker.get(f"/deltagare/{person}/vet").text
    english = worker.get(f"/deltagare/{person}/vet?sprak=en").text
    unknown = worker.get(f"/deltagare/{person}/vet?sprak=tlh").text

    letter = swedish.partition("<article")[2].partition("</article>")[0]
    for words in (
        "Elsa Nyström", "JV-", "070-174 06 05", "SMS går bra", "CV och ansökan",
        "Vill helst prata på förmiddagen &lt;viktigt&gt;", "Tar med betyg till SYV", "Din tur",
        "Jobbteamet: ", "Sedan", "är ansvarig för dig", "Kompetensnämnden", "fem år",
        "Ångra direkt", "Tillbaka till kod", "Begära radering", worker.user.name,
        "då var du anonym", "Bokade möten", "Det gäller: Går igenom betygen",
    ):  # fmt: skip
        assert words in letter
    assert '<div class="letter known" lang="en">' in english
    assert "Drop-in" in english
    assert '<div class="letter known" lang="sv">' in unknown
    assert "data-print" in swedish
    assert [action for action, _ in _entries(person, before)] == ["extract"] * 3


def test_how_work_goes_is_asked_on_the_page_and_told_in_the_letter(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker))
    nothing = worker.get(f"/deltagare/{person}").text
    a_finished_enrolment(_by(worker), person)
    openings.open_participant(by=_by(worker), id=person, given={"reason": "calling"})

    asked_now = _section(worker.get(f"/deltagare/{person}").text, "work")
    (form,) = re.findall(r'action="(/efter-jobbstart/[^"]+)"', asked_now)
    said = _post(worker, form, version="1", answer="yes", next=f"/deltagare/{person}")
    told = _section(worker.get(f"/deltagare/{person}").text, "work")
    letter = worker.get(f"/deltagare/{person}/vet").text

    assert "Efter jobbstart" not in nothing
    assert "30 dagar efter jobbstart: Jobbar personen kvar?" in asked_now
    assert said.status_code == 303
    assert "30 dagar efter jobbstart: Ja, jobbar kvar" in told
    assert f'action="{form}/angra"' in told
    assert "90 dagar efter jobbstart: Frågas " in told
    assert f"Ja, jobbar kvar · {wording.day(clock.today())}, {worker.user.name}" in letter
    assert "Jobbar personen kvar?" not in letter


def test_the_letter_tells_a_protected_person_who_may_read(
    signed_in: SignIn, identify: Identify
) -> None:
    worker = signed_in()
    person = identify(_by(worker), protected=True, number=a_number())

    letter = worker.get(f"/deltagare/{person}/vet").text

    assert f"Bara de här får läsa: {worker.user.name}." in letter
    assert "19900101-98" in letter
    assert "Chefen för enheten" not in letter


def test_a_machines_key_opens_no_page(signed_in: SignIn, identify: Identify) -> None:
    worker = signed_in()
    person = identify(_by(worker))
    stranger = worker.client.application.test_client()

    answer = stranger.get(
        f"/deltagare/{person}", headers={"Authorization": f"Bearer {uuid7().hex}"}
    )

    assert answer.status_code == 303
    assert participants.participant(by=_by(worker), id=person)["name"] == "Elsa Nyström"
