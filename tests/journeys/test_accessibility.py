"""Every page can be used by everybody: no axe violation, nothing wider than the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.consents import service as consents
from outreach.contacts import recognition_codes
from outreach.directory import service as directory
from outreach.enrolments import service as enrolments
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.handoffs.lifecycle import Action
from outreach.identification import later, regret
from outreach.identification import service as identification
from outreach.indicators import night
from outreach.indicators import service as indicators
from outreach.participants import next_steps, openings, responsibilities
from outreach.participants import service as participants
from outreach.publications import service as publications
from outreach.reported import figures as reported
from outreach.shifts import service as shifts
from outreach.sites import places
from outreach.staff import units
from tests import handed_over
from tests.audience import ALLOWED, PUBLIC
from tests.builders import (
    PASSWORD,
    a_code,
    a_consent,
    a_finished_enrolment,
    a_followup,
    a_number,
    a_participant,
    a_person,
    a_receiver,
    a_recorded_contact,
    a_tablet,
    a_user,
    an_actor,
    an_otp,
    commit,
    uuid7,
)
from tests.handed_over import Both

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

# Addresses that are no page: files, and where one is only sent on.
NO_PAGES = {
    "/", "/health", "/ready", "/metrics", "/siffror.csv", "/kontakter.csv",
    "/siffror/faststallda/<uuid:publication_id>.json",
    "/siffror/faststallda/<uuid:publication_id>.csv", "/las",
    "/manifest.webmanifest", "/service-worker.js", "/uppfoljningar/ny", "/overlamningar/osa.ics",
}  # fmt: skip
# Forms whose faults are a state of their own: where, whose, and the button that sends them.
FORMS = (
    ("supervisor", "/pass/ny?plats=hagalund", "Spara"),
    ("supervisor", "/pass/stangt/ny", "Spara"),
    ("analyst", "/siffror/underlag", "Spara"),
    ("administrator", "/personal/ny", "Spara"),
    ("administrator", "/katalog/ny", "Spara"),
    ("administrator", "/nycklar", "Gör nyckeln"),
    ("administrator", "/plattor/ny", "Lägg upp och visa koderna"),
    ("administrator", "/konto", "Byt lösenord"),
    ("administrator", "/konto/tva-steg", "Jag har en app, fortsätt"),
    ("caseworker", "/koder", "Visa besöken"),
    ("caseworker", "/deltagare", "Sök"),
    ("caseworker", "/deltagare/<participant_id>/andra", "Spara"),
    ("caseworker", "/deltagare/<participant_id>/nasta-steg", "Spara"),
    (
        "caseworker",
        "/stodperiod/<uuid:enrolment_id>/avsluta?resultat=work_supported",
        "Avsluta stödperioden",
    ),
)
# Each size and each theme once: a fault of one shows whatever the other is.
LOOKS = {
    "phone in daylight": (360, 780, "sun"),
    "tablet": (820, 1180, "light"),
    "desk at night": (1280, 900, "dark"),
}
# Empties what a person can write in, and lets the server be the one to say so.
EMPTIED = """
for (const form of document.forms) form.noValidate = true;
for (const field of document.querySelectorAll("input:not([type=hidden])")) field.value = "";
"""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(params=LOOKS)
def page(request: pytest.FixtureRequest, chromium: Browser, product: str) -> Iterator[Page]:
    width, height, theme = LOOKS[request.param]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="sv-SE", reduced_motion="reduce"
    )
    context.add_cookies([{"name": "theme", "value": theme, "url": product}])
    opened = context.new_page()
    yield opened
    context.close()


def _faults(page: Page, where: str) -> list[str]:
    # What is still on its way in or out is not yet what anybody reads.
    page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")
    found = [
        f"{where}: {violation['id']} {violation['nodes'][0]['html'][:120]}"
        for violation in Axe().run(page, options=RULES).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{where}: wider than the screen")
    return found


def _sign_in(page: Page, product: str, user: User) -> None:
    page.goto(f"{product}/logga-in")
    page.get_by_label("Användarnamn").fill(user.username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(lambda url: not url.split("?")[0].endswith("/logga-in"))


def _pages() -> dict[str, str]:
    """Return every page, as its route says its address, and somebody who may open it."""
    open_to = ALLOWED | dict.fromkeys(PUBLIC, frozenset({"caseworker"}))
    return {
        route.removeprefix("GET "): min(roles)
        for route, roles in open_to.items()
        if route.startswith("GET ")
        and not route.startswith(("GET /api/v1", "GET /static"))
        and route.removeprefix("GET ") not in NO_PAGES
    }


def _things() -> dict[str, object]:
    """Make one of everything that a page is about; return what stands for it in an address."""
    worker = an_actor(roles=["caseworker", "supervisor", "administrator"])
    for _ in range(3):
        a_recorded_contact(worker)
    given = {"id": str(uuid7()), "site": "hagalund", "activity": "open"}
    shift, _ = shifts.open_shift(by=worker, given=given)
    unit, _ = units.create_unit(
        by=worker, given={"id": str(uuid7()), "name": "Jobbfabriken", "committee": "KN"}
    )
    entry, _ = directory.create_entry(
        by=worker,
        given={
            "id": str(uuid7()),
            "target": "komvux_sfi",
            "name": "Komvux",
            "for_whom": "Vuxna som vill läsa.",
            "valid_from": "2025-01-01",
        },
    )
    asked, _ = identification.identify(by=worker, given=a_person(family_name="Ek"))
    request = regret.regret(by=worker, id=asked["id"], given={"door": "erasure"})
    sheet_id, _ = recognition_codes.print_cards(by=worker, given={"id": str(uuid7()), "count": 12})
    known = _a_known_person(worker)
    period = _back_after_work(worker, known)
    consent, _ = consents.give_consent(by=worker, given=a_consent(known["id"]))
    return {
        "site": "hagalund",
        "figure_id": _a_reported_figure(worker),
        "publication_id": _a_publication(worker),
        "device_id": a_tablet()["device_id"],
        "participant_id": known["id"],
        "enrolment_id": period,
        "consent_id": consent["id"],
        "code_id": a_code(worker)["id"],
        "sheet_id": sheet_id,
        "shift_id": shift["id"],
        "contact_id": a_recorded_contact(worker)["id"],
        "user_id": worker.id,
        "unit_id": unit.id,
        "list_name": "topic",
        "code": "cv",
        "duty_id": places.duties(by=worker)[0].id,
        "entry_id": entry["id"],
        "slug": "id-reuse",
        "door": "kod",
        "request_id": request["erasure_request_id"],
        "followup_id": a_followup(worker, participant_id=str(known["id"]))["id"],
        "handoff_id": _a_handoff(worker, known["id"]),
    }


def _a_reported_figure(by: Actor) -> UUID:
    """Enter what another unit has counted, and return its id."""
    given = {
        "id": str(uuid7()), "figure": "KN1", "period": "2026-01-01..2026-08-31",
        "unit": "Jobbfabriken Unga", "numerator": 30, "denominator": 60, "source": "E-post",
    }  # fmt: skip
    row, _ = reported.report(by=by, given=given)
    return _id(row["id"])


def _a_publication(by: Actor) -> UUID:
    """Freeze the latest period that may be, and return the report's id."""
    night.run(by=system("test"))
    period = indicators.open_periods(by=by)[0]
    given = {"id": str(uuid7()), "period": str(period), "dnr": "SN/2026:17", "note": "Utan juli."}
    row, _ = publications.freeze(by=by, given=given, threshold=5)
    return _id(row["id"])


def _a_handoff(by: Actor, person: UUID, *acts: Action) -> UUID:
    """Hand somebody over to OSA, which has said yes unless other acts are named."""
    sides = Both(by, a_receiver("osa"), person)
    handed_over.agree(sides, to_team="osa")
    handoff = handed_over.draft(sides, team="osa")
    for action in acts or ("send", "accept"):
        handed_over.do(handed_over.side_of(sides, action), handoff, action)
    commit()
    return handoff


def _a_known_person(worker: Actor) -> dict[str, Any]:
    """Let somebody be known who came twice before, was noted about and has something to do."""
    code = a_code(worker)["code"]
    for _ in range(2):
        a_recorded_contact(worker, recognition_code=code)
    known, _ = identification.identify(
        by=worker, given=a_person(recognition_code=code, phone="070-174 06 05", language="ti")
    )
    a_recorded_contact(worker, participant_id=str(known["id"]), note="Vill läsa till kock.")
    a_recorded_contact(worker, recognition_code=code)
    step = {"text": "Tar med betyg till SYV", "turn": "person", "due_on": "2020-01-30"}
    next_steps.set_next_step(by=worker, id=known["id"], expected=1, given=step)
    return known


def _back_after_work(by: Actor, known: dict[str, Any]) -> UUID:
    """Let somebody have begun work, of whom it is to be asked how it goes, and begin here again."""
    a_finished_enrolment(by, known["id"])
    openings.open_participant(by=by, id=known["id"], given={"reason": "present"})
    again = {"id": str(uuid7()), "participant_id": str(known["id"]), "route_in": "own_initiative"}
    period, _ = enrolments.begin_enrolment(by=by, given=again)
    return _id(period["id"])


def _let_in(user: User, things: dict[str, object]) -> None:
    """Let whoever works with people be responsible for the one that the pages are about."""
    actor = actor_named(user.username)
    if actor.has("caseworker", "supervisor"):
        responsibilities.give_responsibility(
            by=actor, id=_id(things["participant_id"]), worker=actor.id, reason="moved"
        )
    if actor.has("caseworker"):
        things["later_id"] = _somebody_to_link(actor)
    # The pages take their time; a transaction that only read is not kept open for so long.
    commit()


def _somebody_to_link(by: Actor) -> UUID:
    """Write down who one's contact was with, as without a network; return its id."""
    given = {"contact_id": str(a_recorded_contact(by)["id"]), "given_name": "Amina"}
    waits = uuid7()
    later.keep(by=by, id=waits, given=given)
    return waits


def _id(thing: object) -> UUID:
    return UUID(str(thing))


def _filled(route: str, things: dict[str, object]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(things[found[1]]), route)


@pytest.mark.timeout(300)  # seventy pages
def test_no_page_has_an_accessibility_fault_in_any_size_or_theme(page: Page, product: str) -> None:
    things, found, role = _things(), [], ""
    for route, whose in sorted(_pages().items(), key=lambda each: (each[1], each[0])):
        if whose != role:
            page.context.clear_cookies(name="outreach")
            user = a_user(role=whose, team="osa" if whose == "receiver" else None)
            _let_in(user, things)
            _sign_in(page, product, user)
            role = whose
        if route == "/logga-in":
            page.context.clear_cookies(name="outreach")
            role = ""
        answer = page.goto(product + _filled(route, things))
        page.wait_for_load_state("networkidle")
        assert answer is not None
        assert (route, answer.status) == (route, 200)
        found += _faults(page, route)

    assert found == []


def test_no_form_has_an_accessibility_fault_when_it_tells_what_is_wrong(
    page: Page, product: str
) -> None:
    things, found = _things(), []
    page.goto(f"{product}/logga-in")
    page.get_by_role("button", name="Logga in").click()
    found += _faults(page, "/logga-in")
    for role, path, button in FORMS:
        page.context.clear_cookies(name="outreach")
        user = a_user(role=role)
        _let_in(user, things)
        _sign_in(page, product, user)
        page.goto(product + _filled(path, things))
        # What the browser would catch by itself must read well from the server too.
        page.evaluate(EMPTIED)
        page.get_by_role("button", name=button, exact=True).first.click()
        page.locator("#error-summary").wait_for()
        found += _faults(page, path)

    assert found == []


def test_neither_side_of_a_handoff_has_an_accessibility_fault(page: Page, product: str) -> None:
    worker = a_user(role="caseworker")
    known = _a_known_person(actor_named(worker.username))
    handoff = _a_handoff(actor_named(worker.username), known["id"], "send", "return")
    found = []
    _sign_in(page, product, worker)
    page.goto(f"{product}/overlamningar/{handoff}")
    found += _faults(page, "what is to be sent")
    page.get_by_role("button", name="Skicka", exact=True).click()
    page.get_by_text("Skickat. Teamet ser det nu.").wait_for()
    page.context.clear_cookies(name="outreach")
    _sign_in(page, product, a_user(role="receiver", sites=(), committee="SN", team="osa"))
    page.goto(f"{product}/overlamningar/{handoff}")
    for summary in page.locator("main summary").all():
        summary.click()
    found += _faults(page, "what a team may do")
    page.get_by_role("button", name="Avböj").click()
    page.locator("#error-summary").wait_for()
    found += _faults(page, "declined without a reason")

    assert found == []


def test_no_step_of_enrolling_a_tablet_has_an_accessibility_fault(page: Page, product: str) -> None:
    found = []
    tablet = a_tablet()
    _sign_in(page, product, a_user(role="administrator"))
    page.goto(f"{product}/plattor/{tablet['device_id']}")
    page.locator("summary", has_text="Plattan är borta").click()
    found += _faults(page, "what happens to a lost tablet")
    page.get_by_role("button", name="Gör en ny engångskod").click()
    page.get_by_role("heading", name="Engångskoder").wait_for()
    found += _faults(page, "the sheet of codes")
    code = page.locator(".code-card__words[translate=no]").inner_text()
    page.goto(f"{product}/platta#kod=AAAA-AAAA")
    page.get_by_role("button", name="Lägg in plattan").click()
    page.locator("#code-error").wait_for()
    found += _faults(page, "a wrong code")
    page.get_by_label("Plattans engångskod").fill(code.removeprefix("Engångskod"))
    page.get_by_role("button", name="Lägg in plattan").click()
    page.get_by_role("heading", name="Klart").wait_for()
    found += _faults(page, "enrolled")
    page.goto(f"{product}/plattor/{tablet['device_id']}")
    page.locator("summary", has_text="Plattan är borta").click()
    page.get_by_role("button", name="Spärra plattan").click()
    page.get_by_text("Spärrad").first.wait_for()
    found += _faults(page, "a revoked tablet")

    assert found == []


def test_signing_in_in_two_steps_has_no_accessibility_fault(page: Page, product: str) -> None:
    found, user = [], a_user()
    _sign_in(page, product, user)
    page.goto(f"{product}/konto/tva-steg")
    page.get_by_label("Ditt lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Jag har en app, fortsätt").click()
    page.get_by_text("Går det inte att fotografera?").click()
    found += _faults(page, "app")
    secret = page.locator("dd code").inner_text().replace(" ", "")
    page.get_by_label("Koden som appen visar").fill("1")
    page.get_by_role("button", name="Slå på").click()
    page.locator("#error-summary").wait_for()
    found += _faults(page, "app with a fault")
    page.get_by_label("Koden som appen visar").fill(an_otp(secret))
    page.get_by_role("button", name="Slå på").click()
    page.get_by_role("heading", name="Dina reservkoder").wait_for()
    found += _faults(page, "recovery codes")
    page.get_by_role("link", name="Jag har sparat dem").click()
    page.get_by_role("link", name="Reservkoder, byte av telefon").click()
    for form in ("Gör nya reservkoder", "Byt app eller telefon", "Stäng av"):
        page.locator("summary", has_text=form).click()
    found += _faults(page, "what may be done about it")
    page.context.clear_cookies(name="outreach")
    _sign_in(page, product, user)
    found += _faults(page, "code")
    page.get_by_label("Engångskod").fill("1")
    page.get_by_role("button", name="Fortsätt").click()
    page.get_by_text("Fel engångskod").wait_for()
    found += _faults(page, "wrong code")

    assert found == []


def test_no_state_of_ones_calendar_has_an_accessibility_fault(page: Page, product: str) -> None:
    found: list[str] = []
    _sign_in(page, product, a_user())
    page.goto(f"{product}/konto/kalender")
    page.get_by_role("button", name="Gör en länk").click()
    page.get_by_role("heading", name="Länken är gjord").wait_for()
    found += _faults(page, "a new link")
    page.get_by_role("link", name="Klar").click()
    page.get_by_role("button", name="Gör en ny länk").wait_for()
    found += _faults(page, "a link")
    page.get_by_role("button", name="Stoppa länken").click()
    page.get_by_text("Länken är stoppad.").wait_for()
    found += _faults(page, "no link any more")

    assert found == []


def test_no_step_of_asking_what_may_be_told_has_an_accessibility_fault(
    page: Page, product: str
) -> None:
    user, found = a_user(), []
    worker = actor_named(user.username)
    person = a_participant(worker)
    soon = (clock.today() + timedelta(days=9)).isoformat()
    consents.give_consent(by=worker, given=a_consent(person, valid_to=soon))
    _sign_in(page, product, user)
    page.goto(f"{product}/far-vi-beratta")
    found += _faults(page, "what runs out")
    page.goto(f"{product}/deltagare/{person}/beratta")
    found += _faults(page, "what was said yes to")
    page.get_by_role("link", name="Fråga personen").click()
    page.get_by_role("button", name="Visa texten").wait_for()
    page.evaluate(EMPTIED)
    page.get_by_role("button", name="Visa texten").click()
    page.locator("#error-summary").wait_for()
    found += _faults(page, "the form with faults")
    page.get_by_label("Till vem?").select_option("osa")
    page.get_by_label("Namn", exact=True).check()
    page.get_by_label("Vad ska det användas till?").fill("Boka ett första möte.")
    page.get_by_label("Första dagen").fill(clock.today().isoformat())
    page.get_by_label("Sista dagen").fill(soon)
    page.get_by_label("Skriftligt", exact=True).check()
    page.get_by_label("Lättläst svenska").check()
    page.get_by_role("button", name="Visa texten").click()
    page.get_by_role("heading", name="Du får ångra dig").wait_for()
    found += _faults(page, "the text")
    page.get_by_role("button", name="Personen säger ja: spara").click()
    page.get_by_role("heading", name="Du har sagt ja").wait_for()
    found += _faults(page, "the receipt")
    page.get_by_role("link", name="Ta tillbaka").click()
    page.get_by_role("button", name="Ja, ta tillbaka").click()
    page.get_by_role("heading", name="Du har ångrat dig").wait_for()
    found += _faults(page, "the receipt of taking back")

    assert found == []


def test_no_state_of_the_pages_about_people_has_an_accessibility_fault(
    page: Page, product: str
) -> None:
    things, found, user = _things(), [], a_user()
    person = f"{product}/deltagare/{things['participant_id']}"
    _sign_in(page, product, user)
    page.goto(person)
    page.get_by_role("heading", name="Säg först varför").wait_for()
    found += _faults(page, "why")
    page.get_by_role("button", name="Öppna", exact=True).click()
    page.locator("#error-summary").wait_for()
    found += _faults(page, "no reason given")
    page.goto(f"{product}/deltagare")
    page.get_by_label("Namn, personnummer").fill("Nyström")
    page.get_by_role("button", name="Sök", exact=True).click()
    page.get_by_role("heading", name="1 träff").wait_for()
    found += _faults(page, "whom a search finds")
    page.goto(person)
    page.get_by_role("button", name="Personen är här").click()
    page.get_by_role("heading", name="Elsa Nyström").wait_for()
    page.get_by_role("button", name="Visa anteckningarna").click()
    page.get_by_text("Vill läsa till kock.").wait_for()
    found += _faults(page, "notes")
    page.goto(f"{person}/andra")
    page.get_by_label("Telefon", exact=True).fill("08-465 004 00")
    _change_meanwhile(user, _id(things["participant_id"]))
    page.get_by_role("button", name="Spara").click()
    page.get_by_role("heading", name="Här skiljer det sig").wait_for()
    found += _faults(page, "changed meanwhile")

    assert found == []


def test_becoming_known_and_taking_it_back_has_no_accessibility_fault(
    page: Page, product: str
) -> None:
    user = a_user(roles=["caseworker", "supervisor"])
    by = actor_named(user.username)
    code = str(a_code(by)["code"])
    for _ in range(2):
        a_recorded_contact(by, recognition_code=code)
    identification.identify(by=by, given=a_person(number=a_number()))
    found: list[str] = []

    def press(button: str, where: str) -> None:
        page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_load_state("networkidle")
        found.extend(_faults(page, where))

    _sign_in(page, product, user)
    page.goto(f"{product}/deltagare/ny")
    press("Lättläst svenska", "told")
    press("Personen har fått veta det: fortsätt", "named")
    page.get_by_label("Nummer", exact=True).fill("1")
    press("Fortsätt", "named with faults")
    page.get_by_label("Vad vill personen kallas?").fill("Kim")
    page.get_by_label("Nummer", exact=True).fill(a_number())
    page.get_by_text("Har personen skyddade personuppgifter?").click()
    page.get_by_label("Överlämning").check()
    found.extend(_faults(page, "named, all of it"))
    press("Fortsätt", "earlier")
    page.get_by_label("Personens kod").fill("katt")
    press("Visa besöken", "earlier with a fault")
    page.get_by_label("Personens kod").fill(code)
    press("Visa besöken", "visits")
    press("Alla", "all visits")
    press("Fortsätt", "summary")
    press("Skriv in", "identified")
    person = page.url.split("/")[-2]
    page.goto(f"{product}/deltagare/{person}/koppla")
    found.extend(_faults(page, "linking"))
    page.goto(f"{product}/deltagare/{person}/angra/kod")
    press("Ja, byt till kod nu", "receipt with a code")
    asked, _ = identification.identify(by=by, given=a_person())
    page.goto(f"{product}/deltagare/{asked['id']}/angra/radering")
    press("Ja, ta emot begäran", "receipt of a request")
    page.goto(f"{product}/radering")
    page.get_by_role("link", name="JV-").click()
    page.get_by_role("button", name="Visa beslutet").wait_for()
    page.evaluate(EMPTIED)
    press("Visa beslutet", "request with faults")
    page.get_by_label("Delvis").check()
    page.get_by_label("Skäl").fill("Namnet ska bevaras.")
    press("Visa beslutet", "decision to read")
    press("Besluta", "decision")

    assert found == []


def _change_meanwhile(user: User, person: UUID) -> None:
    by, given = actor_named(user.username), {"phone": "070-174 06 06"}
    version = participants.participant(by=by, id=person)["version"]
    participants.change_participant(by=by, id=person, expected=version, given=given)


def test_the_field_pages_states_have_no_accessibility_fault(
    page: Page, product: str, app: Flask
) -> None:
    assert app
    found = []
    _sign_in(page, product, a_user())
    page.goto(f"{product}/falt")
    page.get_by_role("button", name="Starta pass nu").click()
    page.get_by_role("button", name="Kvinna 30–44").wait_for()
    found += _faults(page, "home")
    page.get_by_role("button", name="Kvinna 30–44").click()
    found += _faults(page, "form")
    page.get_by_role("button", name="Spara", exact=True).click()
    found += _faults(page, "form with faults")
    page.get_by_role("button", name="CV och ansökan").click()
    page.get_by_text("Hänvisad", exact=True).first.click()
    found += _faults(page, "form with targets")
    page.get_by_text("Information", exact=True).first.click()
    page.get_by_role("button", name="Vänd skärmen").click()
    found += _faults(page, "turned screen")
    page.locator("#turned-done").click()
    page.get_by_role("button", name="Spara", exact=True).click()
    page.get_by_text("du 1 · passet 1").wait_for()
    found += _faults(page, "saved")
    page.get_by_role("button", name="Ta bort").first.click()
    found += _faults(page, "remove dialog")

    assert found == []


def test_codes_and_people_on_the_field_page_have_no_accessibility_fault(
    page: Page, product: str
) -> None:
    found, user = [], a_user()
    worker = actor_named(user.username)
    code = a_code(worker)["code"]
    a_recorded_contact(worker, recognition_code=code)
    a_participant(worker, given_name="Åke")
    a_participant(an_actor(), given_name="Elsa")
    _sign_in(page, product, user)
    page.goto(f"{product}/falt")
    page.get_by_role("button", name="Starta pass nu").click()
    page.get_by_role("button", name="Har kod", exact=True).click()
    page.locator("#code-input").press_sequentially("ko")
    found += _faults(page, "a code that is typed")
    page.locator("#code-input").fill("kattt sol")
    found += _faults(page, "a code that is mistyped")
    page.get_by_role("button", name="Skanna med kameran").click()
    page.get_by_text("Skriv koden i stället.").wait_for()
    found += _faults(page, "no camera")
    page.locator("#code-input").fill("KATT-SOL-RING-74")
    page.get_by_role("button", name="Fortsätt utan koden").wait_for()
    found += _faults(page, "a code that nobody made")
    page.locator("#code-input").fill(code)
    page.locator("#code-visits li").wait_for()
    found += _faults(page, "form with a code")
    page.locator("#whom").get_by_text("Deltagare", exact=True).click()
    page.get_by_role("button", name="Välj deltagare").click()
    page.get_by_label("Sök deltagare").fill("Elsa")
    page.get_by_role("button", name="Sök", exact=True).click()
    page.locator("#people-found").get_by_text("Personen är här").wait_for()
    found += _faults(page, "people")
    page.get_by_role("button", name="Åke Nyström").click()
    page.get_by_label("Anteckning").fill("Ring 070-123 45 67")
    found += _faults(page, "form with a participant")
    page.get_by_role("button", name="CV och ansökan").click()
    page.get_by_role("button", name="Spara", exact=True).click()
    page.locator("#home-warning:not(:empty)").wait_for()
    found += _faults(page, "home with a warning")
    page.get_by_role("button", name="Visa koden").first.click()
    page.locator("#given-square svg").wait_for()
    found += _faults(page, "a code that is given")

    assert found == []


def test_the_line_about_a_newer_version_has_no_accessibility_fault(
    page: Page, product: str
) -> None:
    _sign_in(page, product, a_user())
    page.goto(f"{product}/falt")
    page.evaluate(
        "document.querySelectorAll('#update [hidden]').forEach((each) => { each.hidden = false; })"
    )
    expect(page.get_by_role("button", name="Uppdatera nu")).to_be_visible()

    assert _faults(page, "/falt") == []
