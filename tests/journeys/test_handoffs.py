"""On to another team in a real browser: two sides, two screens, and one person's yes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.foundation import clock
from outreach.shifts import opening_hours
from tests.builders import PASSWORD, a_participant, a_recorded_contact, a_user, an_actor
from tests.handed_over import kept

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]

SignInAt = Callable[[User, str], Page]


class AtTheTeam(Protocol):
    """See the fixture `at_the_team`."""

    def __call__(self, path: str, *, team: str = ...) -> Page:
        """Return the page that the team's receiver has gone to."""


@pytest.fixture
def anna() -> User:
    """Somebody who works where the doors are open every day."""
    days = [{"weekday": day, "opens": "10:00", "closes": "16:00"} for day in range(1, 8)]
    given = {"valid_from": "2026-01-01", "days": days}
    chief = an_actor(role="supervisor")
    opening_hours.set_opening_hours(by=chief, site="hagalund", expected=0, given=given)
    return a_user(name="Anna Ek")


@pytest.fixture
def at_the_team(chromium: Browser, product: str) -> Iterator[AtTheTeam]:
    """A function: let somebody of a team sign in at a screen of their own, at the address."""
    context = chromium.new_context(locale="sv-SE", timezone_id="Europe/Stockholm", has_touch=True)
    context.set_default_timeout(10_000)

    def go(path: str, *, team: str = "jobbteamet") -> Page:
        receiver = a_user(role="receiver", sites=(), committee="SN", team=team)
        page = context.new_page()
        page.goto(f"{product}/logga-in?next={path}")
        page.get_by_label("Användarnamn").fill(receiver.username)
        page.get_by_label("Lösenord").fill(PASSWORD)
        page.get_by_role("button", name="Logga in").click()
        page.wait_for_url(f"{product}{path}")
        return page

    yield go
    context.close()


def _unfold(page: Page, title: str) -> None:
    page.locator("summary", has_text=title).tap()


def _choose(page: Page, label: str) -> None:
    page.get_by_label(label, exact=True).check(force=True)


def _hand_over(page: Page, person: UUID, team: str, *fields: str) -> str:
    """From the person's page to a handoff that is sent, with the person's yes; return its path."""
    page.get_by_role("link", name="Lämna över").tap()
    page.get_by_role("button", name=team).tap()
    expect(page.get_by_role("heading", name="Det här skickas")).to_be_visible()
    assert page.locator("input[type=checkbox]:checked").count() == 0
    path = page.url.partition("/overlamningar/")[2]
    for field in fields:
        page.locator(f"input[name=fields][value={field}]").check()
    page.get_by_role("button", name="Fråga personen").tap()
    expect(page.get_by_role("heading", name="Får vi berätta?")).to_be_visible()
    for told in ("acceptance", "progress", "outcome"):
        page.locator(f"input[name=back][value={told}]").check(force=True)
    page.get_by_label("Vad ska det användas till?").fill("Ett första möte.")
    _choose(page, "Muntligt")
    page.get_by_role("button", name="Visa texten").tap()
    page.get_by_role("button", name="Personen säger ja: spara").tap()
    page.get_by_role("link", name="Gå vidare").tap()
    expect(page.get_by_text("Personen har sagt ja till det som är valt.")).to_be_visible()
    page.get_by_role("button", name="Skicka", exact=True).tap()
    expect(page.get_by_text("Skickat. Teamet ser det nu.")).to_be_visible()
    assert str(person) not in page.url
    return f"/overlamningar/{path}"


def _book(page: Page, *, minutes: int) -> None:
    """Book at a time so many minutes from now, so near that the meeting can be held."""
    page.get_by_text("En annan tid", exact=True).tap()
    at = clock.local(clock.now() + timedelta(minutes=minutes))
    page.get_by_label("Dag", exact=True).fill(f"{at:%Y-%m-%d}")
    page.get_by_label("Klockslag").fill(f"{at:%H:%M}")
    page.get_by_role("button", name="Boka den tiden").tap()
    expect(page.get_by_text("Bokat:")).to_be_visible()


def _hold(page: Page) -> None:
    page.get_by_role("button", name="Blev av").tap()
    expect(page.get_by_text("Mötet är loggat som en kontakt.")).to_be_visible()


def test_from_a_contact_by_a_meeting_to_jobbteamet_and_all_the_way_through(
    anna: User, sign_in_at: SignInAt, at_the_team: AtTheTeam
) -> None:
    actor = actor_named(anna.username)
    person = a_participant(actor, given_name="Elsa", family_name="Ny", phone="070-174 06 05")
    contact = a_recorded_contact(actor, participant_id=str(person))
    page = sign_in_at(anna, "/uppfoljningar")
    home = page.url.removesuffix("/uppfoljningar")
    page.goto(f"{home}/uppfoljningar/ny?kontakt={contact['id']}")
    _book(page, minutes=-2)
    _hold(page)
    page.goto(f"{home}/deltagare/{person}")

    path = _hand_over(page, person, "Jobbteamet", "name", "phone")

    receiver = at_the_team("/overlamningar")
    expect(receiver.get_by_text("Jobbteamet")).to_have_count(0)
    receiver.get_by_role("link", name="Elsa Ny").tap()
    expect(receiver.get_by_text("070-174 06 05")).to_be_visible()
    receiver.get_by_role("button", name="Ta emot").tap()
    expect(receiver.get_by_text("Ni tar emot. Nu ses ni")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Teamet tar emot")).to_be_visible()
    page.get_by_role("link", name="Boka första mötet").tap()
    page.locator(".choose__time").first.tap()
    expect(page.get_by_text("Bokat. Teamet ser tiden här.")).to_be_visible()
    receiver.reload()
    expect(receiver.locator("summary", has_text="Första mötet tillsammans: bokat")).to_be_visible()
    # They could meet at once: the handoff follows the meeting wherever it goes.
    page.goto(f"{home}/uppfoljningar/{kept(UUID(path.rpartition('/')[2])).meeting_id}/boka-om")
    page.get_by_label("Vi", exact=True).check(force=True)
    _book(page, minutes=45)
    _hold(page)
    receiver.reload()
    held = receiver.locator("summary", has_text="Första mötet tillsammans: har varit")
    expect(held).to_be_visible()
    receiver.get_by_role("button", name="Det har börjat").tap()
    expect(receiver.get_by_text("Sparat: det har börjat.")).to_be_visible()
    receiver.get_by_text("Klar", exact=True).tap()
    _choose(receiver, "Fick jobb")
    receiver.get_by_role("button", name="Spara som klar").tap()
    expect(receiver.get_by_text("Sparat: klart.")).to_be_visible()
    page.goto(home + path)

    expect(page.get_by_role("heading", name="Klar")).to_be_visible()
    expect(page.get_by_text("Fick jobb.")).to_be_visible()


def test_a_yes_that_is_taken_back_in_the_middle_stops_it_for_the_team(
    anna: User, sign_in_at: SignInAt, at_the_team: AtTheTeam
) -> None:
    person = a_participant(actor_named(anna.username), given_name="Elsa", family_name="Ny")
    page = sign_in_at(anna, f"/deltagare/{person}")
    path = _hand_over(page, person, "Jobbteamet", "name")
    receiver = at_the_team(path)
    receiver.get_by_role("button", name="Ta emot").tap()
    expect(receiver.get_by_text("Ni tar emot. Nu ses ni")).to_be_visible()
    expect(receiver.get_by_text("Elsa Ny").first).to_be_visible()

    page.reload()
    _unfold(page, "Dra tillbaka")
    page.get_by_role("link", name="Personen tar tillbaka sitt ja").tap()
    page.get_by_role("button", name="Ta tillbaka").tap()
    expect(page.get_by_text("Tillbakataget.")).to_be_visible()

    receiver.reload()
    expect(receiver.get_by_text("ni kan inte längre läsa den")).to_be_visible()
    expect(receiver.get_by_text("Elsa")).to_have_count(0)
    receiver.get_by_role("link", name="Till överlämningarna").tap()
    expect(receiver.get_by_text("Det som ni har läst får inte användas")).to_be_visible()
    receiver.get_by_role("button", name="Jag har sett det").tap()
    expect(receiver.get_by_text("Den finns bland de avslutade.")).to_be_visible()
    expect(receiver.get_by_text("Det som ni har läst får inte användas")).to_have_count(0)


def test_a_team_that_needs_more_gets_it_and_then_answers(
    anna: User, sign_in_at: SignInAt, at_the_team: AtTheTeam
) -> None:
    person = a_participant(actor_named(anna.username), given_name="Elsa", family_name="Ny")
    page = sign_in_at(anna, f"/deltagare/{person}")
    path = _hand_over(page, person, "Jobbteamet", "name", "language")
    receiver = at_the_team(path)

    _unfold(receiver, "Behöver mer")
    _choose(receiver, "Språk, och om det behövs tolk")
    receiver.get_by_role("button", name="Skicka tillbaka").tap()
    expect(receiver.get_by_text("Skickat tillbaka.")).to_be_visible()
    page.goto(page.url.partition("/overlamningar")[0] + path)
    expect(page.get_by_text("Teamet behöver mer innan de kan svara")).to_be_visible()
    page.get_by_role("button", name="Skicka", exact=True).tap()
    expect(page.get_by_text("Skickat. Teamet ser det nu.")).to_be_visible()
    receiver.reload()

    receiver.get_by_role("button", name="Ta emot").tap()
    expect(receiver.get_by_text("Ni tar emot. Nu ses ni")).to_be_visible()
    page.reload()
    page.get_by_role("link", name="Boka första mötet").tap()
    page.locator(".choose__time").first.tap()
    expect(page.get_by_text("Bokat. Teamet ser tiden här.")).to_be_visible()
    receiver.reload()
    expect(receiver.locator("summary", has_text="Första mötet tillsammans: bokat")).to_be_visible()


def test_osa_declines_is_asked_again_and_then_follows_the_dates(
    anna: User, sign_in_at: SignInAt, at_the_team: AtTheTeam
) -> None:
    person = a_participant(actor_named(anna.username), given_name="Elsa", family_name="Ny")
    page = sign_in_at(anna, f"/deltagare/{person}")
    path = _hand_over(page, person, "OSA-samordnaren", "name")
    coordinator = at_the_team(path, team="osa")
    _unfold(coordinator, "Avböj")
    _choose(coordinator, "Saknar beslut från Arbetsförmedlingen")
    coordinator.get_by_role("button", name="Avböj").tap()
    expect(coordinator.get_by_text("Avböjt.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Saknar beslut från Arbetsförmedlingen.")).to_be_visible()

    page.goto(page.url.partition("/overlamningar/")[0] + "/overlamningar")
    expect(page.get_by_role("heading", name="Att ta ställning till")).to_be_visible()
    page.get_by_role("link", name="Elsa Ny").tap()
    page.get_by_role("link", name="Lämna över till någon annan").tap()
    page.get_by_role("button", name="OSA-samordnaren").tap()
    page.locator("input[name=fields][value=name]").check()
    page.get_by_role("button", name="Skicka", exact=True).tap()
    expect(page.get_by_text("Skickat. Teamet ser det nu.")).to_be_visible()
    second = "/overlamningar/" + page.url.partition("/overlamningar/")[2]
    coordinator.goto(coordinator.url.partition("/overlamningar")[0] + second)
    coordinator.get_by_role("button", name="Ta emot").tap()
    expect(coordinator.get_by_text("Ni tar emot. Nu ses ni")).to_be_visible()
    _unfold(coordinator, "Beslut, anställning och datum")
    today = clock.today()
    coordinator.get_by_label("Anställd från").fill(today.isoformat())
    coordinator.locator("#decision_from-1").fill(today.isoformat())
    coordinator.locator("#decision_to-1").fill((today + timedelta(days=200)).isoformat())
    coordinator.get_by_role("button", name="Spara datumen").tap()
    expect(coordinator.get_by_text("Sparat.", exact=True)).to_be_visible()

    coordinator.goto(coordinator.url.partition("/overlamningar")[0] + "/overlamningar/osa")
    row = coordinator.get_by_role("listitem").filter(has_text="Elsa Ny").first
    expect(row).to_contain_text("Följ upp")
    coordinator.get_by_role("link", name="Elsa Ny").first.tap()
    _unfold(coordinator, "Beslut, anställning och datum")
    expect(coordinator.get_by_text("Förnya beslutet")).to_be_visible()
