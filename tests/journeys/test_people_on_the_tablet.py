"""A contact with somebody who is known: chosen, opened, noted about, and out of sight in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.audit.models import AuditEntry
from outreach.contacts.models import ContactNote
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.transaction import transaction
from outreach.identification import regret
from outreach.identification import service as identification
from outreach.sites import places
from tests.builders import (
    PASSWORD,
    a_participant,
    a_person,
    a_recorded_contact,
    a_user,
    an_actor,
)
from tests.journeys.tablet import (
    about,
    last_contact,
    owner_of,
    save,
    start_shift,
    visited,
)

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]
SignInAt = Callable[[User, str], Page]
# Everything that a browser may keep.
KEPT = "JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, document.cookie])"


@pytest.fixture
def worker() -> User:
    return a_user()


@pytest.fixture
def actor(worker: User) -> Actor:
    return actor_named(worker.username)


@pytest.fixture
def page(sign_in_at: SignInAt, worker: User) -> Page:
    """The field page of a worker, without a shift yet."""
    return sign_in_at(worker, "/falt")


def test_a_note_about_ones_own_participant_is_saved_and_warned_about(
    page: Page, actor: Actor
) -> None:
    person = a_participant(actor, given_name="Åke", family_name="Berg", birth_date="1980-05-05")
    start_shift(page)

    page.get_by_role("button", name="Deltagare", exact=True).tap()
    page.get_by_role("button", name="Åke Berg").tap()
    expect(page.locator("#person-name")).to_have_text("Åke Berg")
    assert "Åke" not in page.title() + page.url + str(page.evaluate(KEPT))
    page.locator("#who").get_by_text("Man", exact=True).tap()
    page.get_by_label("Anteckning").fill("Ring 070-123 45 67")
    about(page)
    save(page)

    contact = last_contact()
    assert (owner_of(contact), contact.age_band) == (person, "45-54")
    with transaction(by=system("test")):
        assert db.session.scalar(sa.select(ContactNote.participant_id)) == person
    expect(page.locator("#home-warning")).to_contain_text("ett telefonnummer")
    expect(page.locator("#today-list")).to_contain_text("deltagare")
    assert "Åke" not in page.content()


def test_a_colleagues_participant_is_opened_because_the_person_is_here(page: Page) -> None:
    person = a_participant(an_actor(), given_name="Elsa", family_name="Annan")
    start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    page.locator("#whom").get_by_text("Deltagare", exact=True).tap()
    page.get_by_role("button", name="Välj deltagare").tap()
    page.get_by_label("Sök deltagare").fill("annan elsa")
    page.get_by_role("button", name="Sök", exact=True).tap()
    expect(page.locator("#people-found")).to_contain_text("Personen är här")
    expect(page.locator("#people-found")).not_to_contain_text("Elsa")

    page.locator("#people-found button").tap()
    expect(page.locator("#person-name")).to_have_text("Elsa Annan")
    about(page)
    save(page)

    assert owner_of(last_contact()) == person
    opened = sa.select(AuditEntry.details).where(AuditEntry.action == "open")
    assert db.session.scalars(opened).one() == {"reason": "present"}


def test_deltagare_needs_the_network_and_says_so(page: Page) -> None:
    start_shift(page)
    page.context.set_offline(True)
    assert page.evaluate("navigator.onLine") is False

    page.get_by_role("button", name="Deltagare", exact=True).tap()

    expect(page.locator("#people-fault")).to_contain_text("Deltagare behöver nätet")


def test_a_lock_takes_the_name_away_and_gives_it_back(page: Page, actor: Actor) -> None:
    a_participant(actor, given_name="Åke", family_name="Berg")
    start_shift(page)
    page.get_by_role("button", name="Deltagare", exact=True).tap()
    page.get_by_role("button", name="Åke Berg").tap()
    expect(page.locator("#person-name")).to_have_text("Åke Berg")

    page.get_by_role("button", name="Lås", exact=True).tap()
    locked = page.get_by_role("dialog", name="Skärmen har låsts. Skriv ditt lösenord.")
    expect(locked).to_be_visible()
    assert "Åke" not in page.content()
    page.keyboard.press("Escape")
    expect(locked).to_be_visible()
    page.locator("#session-password").fill(PASSWORD)
    page.get_by_role("button", name="Fortsätt", exact=True).tap()

    expect(page.locator("#person-name")).to_have_text("Åke Berg")


def test_the_name_is_in_the_page_only_while_the_form_is_shown(page: Page, actor: Actor) -> None:
    a_participant(actor, given_name="Åke", family_name="Berg")
    start_shift(page)
    page.get_by_role("button", name="Deltagare", exact=True).tap()
    page.get_by_role("button", name="Åke Berg").tap()
    expect(page.locator("#person-name")).to_have_text("Åke Berg")

    page.get_by_role("button", name="Tillbaka").tap()
    expect(page.get_by_role("heading", name="Ny kontakt")).to_be_visible()
    assert "Åke" not in page.content()
    page.go_forward()

    expect(page.locator("#person-name")).to_have_text("Åke Berg")


@pytest.fixture
def nameless_place(worker: User) -> Iterator[User]:
    """A worker at a place whose committee has decided that nobody's identity is recorded."""
    duties = places.duties(by=system("test"))
    own = next(duty.id for duty in duties if (duty.site, duty.activity) == ("hagalund", "open"))
    for recorded in (False, True):
        places.decide_identity(by=system("test"), id=own, given={"identity_recorded": recorded})
        if not recorded:
            yield worker


def test_where_no_identity_is_recorded_nobody_is_asked_who_they_are(
    sign_in_at: SignInAt, nameless_place: User
) -> None:
    page = sign_in_at(nameless_place, "/falt")
    start_shift(page)

    expect(page.get_by_role("button", name="Deltagare")).to_be_hidden()
    page.get_by_role("button", name="Kvinna 30–44").tap()
    expect(page.get_by_role("button", name="Spara och ge kod")).to_be_visible()
    expect(page.get_by_role("button", name="Spara och skriv in namn")).to_be_hidden()
    expect(page.locator("#whom").get_by_text("Deltagare", exact=True)).to_be_hidden()


def test_a_session_that_ended_hides_the_names_of_a_list_that_is_open(
    page: Page, actor: Actor
) -> None:
    a_participant(actor, given_name="Åke", family_name="Berg")
    start_shift(page)
    page.get_by_role("button", name="Deltagare", exact=True).tap()
    expect(page.get_by_role("button", name="Åke Berg")).to_be_visible()
    page.evaluate(
        "fetch('/api/v1/session/lock', {method: 'POST', headers: {'X-CSRF-Token':"
        " JSON.parse(document.getElementById('field-data').text).own.csrf}})"
    )
    page.get_by_label("Sök deltagare").fill("Åke")
    page.get_by_role("button", name="Sök", exact=True).tap()

    expect(page.get_by_role("dialog", name="Skärmen har låsts.")).to_be_visible()
    assert "Åke" not in page.content()


def test_another_page_may_send_the_worker_here_to_log_a_participant(
    sign_in_at: SignInAt, worker: User, actor: Actor, product: str
) -> None:
    person = a_participant(actor, given_name="Åke", family_name="Berg")
    page = sign_in_at(worker, "/falt")

    page.goto(f"{product}/om")
    page.goto(f"{product}/falt#deltagare={person}")
    page.get_by_role("button", name="Starta pass nu").tap()

    expect(page.locator("#person-name")).to_have_text("Åke Berg")
    assert "#" not in page.url


def test_what_waits_to_be_linked_is_counted_on_the_home(
    sign_in_at: SignInAt, worker: User, actor: Actor
) -> None:
    code = visited(actor)
    identification.identify(by=actor, given=a_person(recognition_code=code))
    for _ in range(2):
        a_recorded_contact(an_actor(), recognition_code=code)
    page = sign_in_at(worker, "/falt")
    start_shift(page)

    link = page.get_by_role("link", name="2 att koppla")

    expect(link).to_have_attribute("href", "/mina-deltagare")


def test_a_person_who_regrets_meanwhile_is_not_logged(page: Page, actor: Actor) -> None:
    given = a_person(given_name="Åke", family_name="Berg")
    person, _ = identification.identify(by=actor, given=given)
    start_shift(page)
    page.get_by_role("button", name="Deltagare", exact=True).tap()
    page.get_by_role("button", name="Åke Berg").tap()
    page.locator("#who").get_by_text("Man", exact=True).tap()
    page.locator("#who").get_by_text("45–54").tap()
    about(page)
    regret.regret(by=actor, id=person["id"], given={"door": "undo"})
    page.get_by_role("button", name="Spara", exact=True).tap()

    expect(page.locator("#error-whom")).to_contain_text("Deltagaren finns inte")
