"""Somebody anonymous comes to be known by their own choice, regrets, and is free to do it again.

Two visits with a code at Hagalund, a third at Bagartorp with another worker who types the code.
The person chooses two of the three. After every step the contacts are asked whose they are, and a
supervisor reads the figures after a night.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.foundation import clock
from outreach.foundation.actor import system
from outreach.indicators import night
from tests.builders import PASSWORD, a_code, a_recorded_contact, a_user

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]
SignInAt = Callable[[User, str], Page]

CASE_NUMBER = re.compile(r"JV-\d{4}-\d{4}-\d")
DIGITS = re.compile(r"\d{3}-\d{3}-\d{3}-\d{2}")


@dataclass
class Story:
    """The three visits, the code that holds them together, and two pages.

    `page` is a worker's who sees all three, `desk` the supervisor's with the figures.
    """

    page: Page
    desk: Page
    product: str
    code: str
    visits: tuple[str, str, str]

    def identities(self) -> list[str]:
        """Return what the interface for programs says that each visit is."""
        return [self._contact(each)["identity"] for each in self.visits]

    def _contact(self, visit: str) -> dict[str, str]:
        answer = self.page.request.get(f"{self.product}/api/v1/contacts/{visit}")
        assert answer.status == 200
        told: dict[str, str] = answer.json()
        return told


def _figures_hold(story: Story, *, people: int, anonymous: int) -> None:
    """Assert what the supervisor reads after a night: three contacts, so many people and unnamed.

    A person who came to both places stands at each, and is one.
    """
    night.run(by=system("test"))
    story.desk.reload()
    figure = story.desk.get_by_role("article", name="Antalet personer som deltar")
    assert figure.locator(".figure__number").inner_text() == f"{people} personer"
    beside = _pairs(figure.locator(".figure__beside"), "dt", "dd")
    assert beside["Kontakter"] == beside["Besökare"] == "3"
    assert beside["Varav anonyma"] == str(anonymous)
    assert beside["Varav med deltagare"] == str(3 - anonymous)
    places = _pairs(story.desk.locator("#persons_site tbody"), "th", "td")
    told = {place: number for place, number in places.items() if number != "0"}
    everywhere = ("Hagalund", "Bagartorp", "Totalt")
    assert told == (dict.fromkeys(everywhere, str(people)) if people else {})


def _pairs(of: Locator, names: str, values: str) -> dict[str, str]:
    return dict(
        zip(of.locator(names).all_inner_texts(), of.locator(values).all_inner_texts(), strict=True)
    )


@pytest.fixture
def worker() -> User:
    """Who works in both places, so that all three visits may be asked about."""
    return a_user(sites=("hagalund", "bagartorp"))


@pytest.fixture
def story(worker: User, sign_in_at: SignInAt, desk: Page, product: str) -> Story:
    """Two visits at Hagalund and one at Bagartorp, by two workers, in one thread."""
    by = actor_named(worker.username)
    code = str(a_code(by)["code"])
    first, second = (str(a_recorded_contact(by, recognition_code=code)["id"]) for _ in range(2))
    colleague = a_user(sites=("bagartorp",))
    page = sign_in_at(colleague, "/koder")
    page.get_by_label("Koden", exact=True).fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Visa besöken").tap()
    expect(page.get_by_text("Hagalund")).to_have_count(2)
    third = a_recorded_contact(
        actor_named(colleague.username), site="bagartorp", recognition_code=code
    )["id"]
    page.context.clear_cookies(name="outreach")
    page.close()
    return Story(sign_in_at(worker, "/koder"), desk, product, code, (first, second, str(third)))


@pytest.fixture
def desk(chromium: Browser, product: str) -> Iterator[Page]:
    """The supervisor's own computer, with the figures of these days, nothing hidden."""
    chief, today = a_user(role="supervisor", sites=("hagalund",)), clock.today()
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="sv-SE")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{product}/logga-in?next=/siffror")
    page.get_by_label("Användarnamn").fill(chief.username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    page.get_by_text("Andra dagar, eller allt").click()
    # Wide enough for a story that begins or ends at midnight.
    page.get_by_label("Från och med").fill((today - timedelta(days=1)).isoformat())
    page.get_by_label("Till och med").fill((today + timedelta(days=1)).isoformat())
    page.get_by_label("Visa alla tal").check()
    page.get_by_role("button", name="Visa", exact=True).click()
    expect(page.get_by_text("Ej för spridning")).to_be_visible()
    yield page
    context.close()


def _identify(story: Story, *, code: str, visits: list[int], of: int) -> str:
    """Go through the four steps, choose visits by their place in the list; return the id."""
    page = story.page
    page.goto(f"{story.product}/deltagare/ny#kod={code}")
    page.get_by_role("heading", name="Det är inte ett samtycke").wait_for()
    assert page.url == f"{story.product}/deltagare/ny"
    page.get_by_role("button", name="Personen har fått veta det: fortsätt").tap()
    page.get_by_label("Vad vill personen kallas?").fill("Amina")
    page.get_by_label("Efternamn").fill("Öberg")
    page.get_by_role("button", name="Fortsätt").tap()
    boxes = page.locator("input[name=contact_ids]")
    expect(boxes).to_have_count(of)
    expect(page.locator("input[name=contact_ids]:checked")).to_have_count(0)
    for place in visits:
        boxes.nth(place).check()
    page.get_by_role("button", name="Fortsätt").tap()
    expect(page.get_by_text("Amina Öberg")).to_be_visible()
    page.get_by_role("button", name="Skriv in", exact=True).tap()
    expect(page.get_by_text(CASE_NUMBER)).to_be_visible()
    assert "Amina" not in page.title()
    return page.url.split("/")[-2]


def _go_back(story: Story, person: str, door: str, yes: str) -> str:
    """Take a door, with the question before it; return what the receipt says."""
    page = story.page
    page.goto(f"{story.product}/deltagare/{person}/angra")
    page.get_by_role("link", name=re.compile(f"Personen väljer det här.*{door}")).tap()
    page.get_by_role("button", name=yes).tap()
    page.get_by_role("button", name="Skriv ut").wait_for()
    paper = page.locator("article").inner_text()
    assert CASE_NUMBER.search(paper)
    assert "Amina" not in paper
    return page.locator("main").inner_text()


def _granted(story: Story) -> None:
    """Let the supervisor read the request and grant it, the figures open beside it."""
    page = story.desk.context.new_page()
    page.goto(f"{story.product}/radering")
    expect(page.get_by_role("link", name="Radering 1 väntar")).to_be_visible()
    page.get_by_role("link", name=CASE_NUMBER).click()
    page.get_by_label("Ja, radera allt").check()
    page.get_by_label("Skäl").fill("Personen har aldrig fått något beslut av oss.")
    page.get_by_role("button", name="Visa beslutet").click()
    page.get_by_role("button", name="Besluta och radera").click()
    expect(page.get_by_role("heading", name="dina uppgifter är raderade")).to_be_visible()
    expect(page.get_by_text("aldrig fått något beslut")).to_be_visible()
    page.goto(f"{story.product}/radering")
    expect(page.get_by_text("Beviljad")).to_be_visible()
    page.close()


def test_a_person_is_known_by_choice_and_free_to_go_back_by_every_door(story: Story) -> None:
    _figures_hold(story, people=0, anonymous=3)

    # The latest first: Bagartorp's, and the first of Hagalund's.
    person = _identify(story, code=story.code, visits=[0, 2], of=3)
    assert story.identities() == ["identified", "anonymous", "identified"]
    _figures_hold(story, people=1, anonymous=1)

    receipt = _go_back(story, person, "Ångra direkt", "Ja, ångra nu")
    assert "anonyma igen: 2" in receipt
    _figures_hold(story, people=0, anonymous=3)

    # The code is in use again, with all three.
    again = _identify(story, code=story.code, visits=[0, 2], of=3)
    assert again != person
    assert story.identities() == ["identified", "anonymous", "identified"]
    _figures_hold(story, people=1, anonymous=1)

    receipt = _go_back(story, again, "Tillbaka till kod", "Ja, byt till kod nu")
    new_code = DIGITS.search(receipt)
    assert new_code is not None
    assert "hör till koden: 2" in receipt
    _figures_hold(story, people=0, anonymous=3)

    last = _identify(story, code=new_code[0], visits=[0, 1], of=2)
    assert story.identities() == ["identified", "anonymous", "identified"]
    _figures_hold(story, people=1, anonymous=1)

    receipt = _go_back(story, last, "Begäran om radering", "Ja, ta emot begäran")
    assert "beslutar senast" in receipt
    story.page.goto(f"{story.product}/deltagare/{last}/koppla")
    expect(story.page.get_by_text("Personen har begärt radering")).to_be_visible()
    _figures_hold(story, people=1, anonymous=1)

    _granted(story)
    story.page.goto(f"{story.product}/deltagare/{last}/koppla")
    expect(story.page.get_by_role("heading", name="Det finns inte")).to_be_visible()
    # Nobody's name stands at them any more; that they were one person's, the figures still know.
    assert story.identities() == ["anonymous"] * 3
    _figures_hold(story, people=1, anonymous=1)


def test_the_whole_way_can_be_gone_without_scripts_and_back_without_losing_anything(
    chromium: Browser, product: str
) -> None:
    worker = a_user()
    by = actor_named(worker.username)
    code = str(a_code(by)["code"])
    for _ in range(2):
        a_recorded_contact(by, recognition_code=code)
    context = chromium.new_context(java_script_enabled=False, locale="sv-SE")
    page = context.new_page()
    page.goto(f"{product}/logga-in?next=/deltagare/ny")
    page.get_by_label("Användarnamn").fill(worker.username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()

    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Personen har fått veta det: fortsätt").click()
    page.get_by_label("Vad vill personen kallas?").fill("Kim")
    page.get_by_label("Telefon", exact=True).fill("070-174 06 05")
    page.get_by_role("button", name="Fortsätt").click()
    page.get_by_label("Personens kod").fill(code)
    page.get_by_label("Personens kod").press("Enter")
    page.get_by_role("button", name="Alla").click()
    page.get_by_role("button", name="Fortsätt").click()
    for _ in range(2):
        page.get_by_role("button", name="Tillbaka").click()
    expect(page.get_by_label("Telefon", exact=True)).to_have_value("070-174 06 05")
    for _ in range(2):
        page.get_by_role("button", name="Fortsätt").click()
    page.get_by_role("button", name="Skriv in", exact=True).dblclick()

    expect(page.get_by_text(CASE_NUMBER)).to_be_visible()
    expect(page.get_by_text("2 tidigare besök hör nu till dig.")).to_be_visible()
    context.close()


def test_the_browsers_own_back_leads_to_the_step_before_with_all_that_was_typed(
    sign_in_at: SignInAt,
) -> None:
    page = sign_in_at(a_user(), "/deltagare/ny")
    on = page.get_by_role("button", name="Fortsätt", exact=True)
    page.get_by_role("button", name="Personen har fått veta det: fortsätt").dblclick()
    name = page.get_by_label("Vad vill personen kallas?")
    on.tap()
    # What is wrong is told where it stands, and is no step of its own.
    expect(page.locator("#error-summary")).to_be_focused()
    name.fill("Kim")
    on.tap()
    expect(page.get_by_label("Personens kod")).to_be_visible()

    page.go_back()
    expect(name).to_have_value("Kim")
    name.fill("Kim L")
    page.go_forward()
    expect(page.get_by_label("Personens kod")).to_be_visible()
    page.get_by_role("button", name="Tillbaka").tap()
    expect(name).to_have_value("Kim L")
    page.go_back()
    expect(page.get_by_role("heading", name="Det är inte ett samtycke")).to_be_visible()
    page.go_forward()
    expect(name).to_have_value("Kim L")
    for _ in range(2):
        on.tap()
    page.get_by_role("button", name="Skriv in", exact=True).tap()
    expect(page.get_by_text(CASE_NUMBER)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Det är inte ett samtycke")).to_be_visible()


def test_a_step_that_cannot_be_fetched_is_sent_the_ordinary_way(sign_in_at: SignInAt) -> None:
    page = sign_in_at(a_user(), "/deltagare/ny")
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('away')); }")

    page.get_by_role("button", name="Personen har fått veta det: fortsätt").tap()
    page.get_by_label("Vad vill personen kallas?").fill("Kim")
    page.get_by_role("button", name="Tillbaka").tap()
    page.get_by_role("button", name="Personen har fått veta det: fortsätt").tap()

    expect(page.get_by_label("Vad vill personen kallas?")).to_have_value("Kim")
