"""Somebody comes back with a code, or gets one."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import segno
import sqlalchemy as sa
import time_machine
from playwright.sync_api import Browser, Page, Route, expect

from embedded import browser as browsers
from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.contacts import recognition
from outreach.contacts.models import Contact, RecognitionCode
from outreach.contacts.recognition import CodeMistyped
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from tests.builders import (
    PASSWORD,
    a_code,
    a_user,
    an_actor,
)
from tests.journeys.tablet import (
    about,
    code_of,
    last_contact,
    save,
    start_shift,
    type_code,
    visited,
)

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("app")]
SignInAt = Callable[[User, str], Page]
CASES = Path(__file__).parents[1] / "outreach" / "contacts" / "code_vectors.json"
WORD_LIST = Path(recognition.__file__).with_name("words.txt")
FIRST_LOAD = 150_000

# Reads each text with the tablet's own rules, and says it as the server's are said.
READ_ON_THE_TABLET = """
async ([list, texts]) => {
  const { Words } = await import("/static/field/recognition.js");
  const words = new Words(list);
  return texts.map((typed) => {
    const read = words.read(typed);
    if (!("fault" in read)) return { typed, code: read.text };
    const near = [...(read.near ?? []).map(({ word }) => word.toUpperCase()), ...(read.meant ?? []).map(({ text }) => text)];
    return {
      typed,
      fault: read.fault,
      ...(read.places && { places: read.places.join(", ") }),
      ...(near.length && { near: near.join(", ") }),
    };
  });
}
"""  # noqa: E501
# What an address says of the camera, and how large it is when it is compressed.
ITS_CAMERA = """
async (url) => (await fetch(url)).headers.get("Permissions-Policy").split(", ")[0]
"""
ITS_SIZE = """
async (url) => {
  const packed = (await fetch(url)).body.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(packed).arrayBuffer()).byteLength;
}
"""
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


def _slipped(code: str, chance: random.Random) -> str:
    """Return a code with some slips of the finger."""
    signs = list(code)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(signs) - 1)
        slip = chance.choice(("swap", "drop", "other", "double"))
        if slip == "swap":
            signs[at], signs[at + 1] = signs[at + 1], signs[at]
        elif slip == "drop":
            signs[at] = ""
        else:
            signs[at] = chance.choice("AEIKNRST 0123") + (signs[at] if slip == "double" else "")
    return "".join(signs)


def _as_the_server_reads(typed: str) -> dict[str, str]:
    try:
        return {"typed": typed, "code": recognition.read_code(typed).text}
    except CodeMistyped as error:
        return {"typed": typed} | {name: str(value) for name, value in error.values.items()}


def test_the_tablet_reads_every_code_as_the_server_does(page: Page) -> None:
    chance = random.Random(3)
    slipped = [_slipped(recognition.made(chance.randrange).text, chance) for _ in range(600)]
    cases = json.loads(CASES.read_text("utf-8"))
    texts = [case["typed"] for case in cases] + slipped

    read = page.evaluate(READ_ON_THE_TABLET, [WORD_LIST.read_text("utf-8"), texts])

    assert read[: len(cases)] == cases
    for told in read[len(cases) :]:
        told.pop("fault", None)
    assert read[len(cases) :] == [_as_the_server_reads(typed) for typed in slipped]


def test_a_typed_code_fills_in_what_is_known_and_is_kept_nowhere(page: Page) -> None:
    code = visited(an_actor(sites=["bagartorp"]), site="bagartorp")
    start_shift(page)

    type_code(page, code.lower().replace("-", " "))

    expect(page.get_by_role("heading", name="Man 45–54")).to_be_visible()
    expect(page.locator("#code-visits")).to_contain_text("Bagartorp · Spontanbesök")
    assert code not in page.url + page.title() + str(page.evaluate(KEPT))
    about(page)
    save(page)
    contact = last_contact()
    assert code_of(contact) == code
    assert (contact.gender, contact.age_band, contact.talk_language, contact.first_time) == (
        "man", "45-54", "ti", "no",
    )  # fmt: skip
    first, second, *_ = code.split("-")
    expect(page.locator("#today-list")).to_contain_text(f"{first}-{second}-…")
    assert code not in page.url + page.title() + str(page.evaluate(KEPT))


def test_a_code_of_digits_is_as_good_as_its_words(page: Page, actor: Actor) -> None:
    code = visited(actor)
    start_shift(page)

    type_code(page, recognition.read_code(code).digits)

    expect(page.locator("#code-text")).to_have_text(code)


def test_a_mistyped_word_is_told_at_once_and_the_right_one_is_a_tap_away(
    page: Page, actor: Actor
) -> None:
    code = visited(actor)
    first, second, third, check = code.split("-")
    start_shift(page)

    type_code(page, f"{first}q ")
    expect(page.locator("#code-say")).to_contain_text("Ord nummer 1 finns inte i någon kod.")
    page.get_by_role("button", name=first, exact=True).tap()
    expect(page.locator("#code-input")).to_have_value(f"{first} ")
    page.locator("#code-input").press_sequentially(second)
    page.get_by_role("button", name=second, exact=True).tap()
    page.locator("#code-input").press_sequentially(third)
    page.get_by_role("button", name=third, exact=True).tap()
    expect(page.locator("#code-say")).to_have_text("Skriv också de två siffrorna.")
    page.locator("#code-input").press_sequentially(check)

    expect(page.locator("#code-text")).to_have_text(code)


def test_words_in_another_order_lead_to_the_code_that_was_meant(page: Page, actor: Actor) -> None:
    code = visited(actor)
    first, second, third, check = code.split("-")
    start_shift(page)

    type_code(page, f"{second} {first} {third} {check}")
    page.get_by_role("button", name=code, exact=True).tap()

    expect(page.locator("#code-text")).to_have_text(code)


def _film(text: str, path: Path) -> Path:
    """Return a film of one picture: a text as a QR, as a camera sees it."""
    width, height, size = 640, 480, 10
    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    blank = b"\xeb" * width
    left = (width - size * len(rows)) // 2
    lines = [
        (b"\xeb" * left + b"".join((b"\x10" if dark else b"\xeb") * size for dark in row)).ljust(
            width, b"\xeb"
        )
        for row in rows
        for _ in range(size)
    ]
    above = (height - len(lines)) // 2
    light = b"".join([blank] * above + lines + [blank] * (height - above - len(lines)))
    head = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\nFRAME\n".encode()
    path.write_bytes(head + light + b"\x80" * (width * height // 2))
    return path


@pytest.fixture
def camera(chromium: Browser, product: str, tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """A function: a tablet whose camera sees a text as a QR, at its sign-in page."""
    started: list[Browser] = []

    def seeing(text: str) -> Page:
        film = _film(text, tmp_path / "film.y4m")
        eye = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
        path = browsers.find_chromium()
        browser = chromium.browser_type.launch(executable_path=path, args=[*browsers.FLAGS, *eye])
        started.append(browser)
        context = browser.new_context(
            viewport={"width": 820, "height": 1180}, locale="sv-SE", has_touch=True
        )
        context.set_default_timeout(10_000)
        context.grant_permissions(["camera"], origin=product)
        return context.new_page()

    yield seeing
    for browser in started:
        browser.close()


def _sign_in(page: Page, product: str, user: User) -> None:
    page.goto(f"{product}/logga-in?next=/falt")
    page.get_by_label("Användarnamn").fill(user.username)
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").tap()
    page.wait_for_url(f"{product}/falt")


def test_a_card_before_the_camera_takes_five_taps(
    camera: Callable[[str], Page], product: str, worker: User, actor: Actor
) -> None:
    code = visited(actor)
    page = camera(code)
    _sign_in(page, product, worker)
    start_shift(page)

    page.get_by_role("button", name="Har kod", exact=True).tap()
    page.get_by_role("button", name="Skanna med kameran").tap()
    expect(page.get_by_role("heading", name="Man 45–54")).to_be_visible()
    about(page)
    save(page)

    assert code_of(last_contact()) == code
    assert page.locator("#code-video").evaluate("video => video.srcObject") is None


def test_another_square_than_ours_is_told_and_the_camera_looks_on(
    camera: Callable[[str], Page], product: str, worker: User
) -> None:
    page = camera("https://example.org/")
    _sign_in(page, product, worker)
    start_shift(page)

    page.get_by_role("button", name="Har kod", exact=True).tap()
    page.get_by_role("button", name="Skanna med kameran").tap()
    expect(page.get_by_text("Det där är ingen av våra koder.", exact=False)).to_be_visible()
    page.get_by_role("button", name="Stäng kameran och skriv").tap()

    expect(page.locator("#code-input")).to_be_focused()
    assert page.locator("#code-video").evaluate("video => video.srcObject") is None


def test_without_a_camera_the_code_is_typed(page: Page, actor: Actor) -> None:
    code = visited(actor)
    start_shift(page)
    page.get_by_role("button", name="Har kod", exact=True).tap()
    page.get_by_role("button", name="Skanna med kameran").tap()

    expect(page.locator("#code-fault")).to_contain_text("Skriv koden i stället.")
    page.locator("#code-input").press_sequentially(code)

    expect(page.locator("#code-text")).to_have_text(code)


def test_only_the_field_page_may_open_the_camera(page: Page) -> None:
    told = {
        path: page.evaluate(ITS_CAMERA, path) for path in ("/falt", "/falt/ny", "/koder", "/om")
    }

    assert told == {
        "/falt": "camera=(self)", "/falt/ny": "camera=(self)", "/koder": "camera=()",
        "/om": "camera=()",
    }  # fmt: skip


def test_a_new_code_is_shown_large_and_one_tap_leads_back(page: Page) -> None:
    start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    about(page)
    page.get_by_role("button", name="Spara och ge kod").tap()

    shown = page.get_by_role("dialog", name="Din kod")
    expect(shown.locator("#given-square svg")).to_be_visible()
    code = code_of(last_contact())
    assert code
    expect(shown.locator(".code__word")).to_contain_text(code.split("-"))
    expect(shown).to_contain_text(recognition.read_code(code).digits)
    assert code not in page.url + page.title() + str(page.evaluate(KEPT))
    shown.get_by_role("button", name="Klar").tap()
    expect(page.get_by_role("button", name="Kvinna 30–44", exact=True)).to_be_visible()
    expect(page.locator("#given-words > li")).to_have_count(0)
    page.get_by_role("button", name="Visa koden").tap()
    expect(shown.locator(".code__word")).to_contain_text(code.split("-"))


def test_a_code_is_made_once_though_its_contact_did_not_arrive(page: Page) -> None:
    start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    about(page)
    page.route("**/api/v1/contacts", lambda route: route.abort())
    page.get_by_role("button", name="Spara och ge kod").tap()
    expect(page.locator("#save-fault")).to_contain_text("Kunde inte skicka.")
    page.unroute("**/api/v1/contacts")
    page.get_by_role("button", name="Spara och ge kod").tap()

    expect(page.get_by_role("dialog", name="Din kod")).to_be_visible()
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RecognitionCode)) == 1


def test_a_code_that_is_good_no_more_is_told_with_what_to_do_next(page: Page, actor: Actor) -> None:
    with time_machine.travel(clock.now() - timedelta(days=400), tick=False):
        code = str(a_code(actor)["code"])
    start_shift(page)

    type_code(page, code)
    expect(page.locator("#code-fault")).to_contain_text("Ge personen en ny kod.")
    page.get_by_role("button", name="Fortsätt utan koden").tap()
    page.get_by_text("Kvinna", exact=True).last.tap()
    page.locator("#who").get_by_text("30–44").tap()
    about(page)
    page.get_by_role("button", name="Spara och ge kod").tap()

    expect(page.get_by_role("dialog", name="Din kod")).to_be_visible()
    assert code_of(last_contact()) not in {None, code}


def test_a_code_that_nobody_made_is_told_and_another_may_be_typed(page: Page) -> None:
    start_shift(page)

    type_code(page, "KATT-SOL-RING-74")
    expect(page.locator("#code-fault")).to_contain_text("Ingen kod är gjord med de orden.")
    page.locator("#code-input").fill("katt so")

    expect(page.locator("#code-fault")).to_be_empty()
    expect(page.get_by_role("button", name="SOL", exact=True)).to_be_visible()


def test_without_a_network_a_well_written_code_may_be_used_as_it_is(
    page: Page, actor: Actor
) -> None:
    code = visited(actor)
    start_shift(page)
    page.context.set_offline(True)
    assert page.evaluate("navigator.onLine") is False

    type_code(page, code)
    page.get_by_role("button", name="Fortsätt med koden ändå").tap()
    page.context.set_offline(False)
    page.locator("#who").get_by_text("Man", exact=True).tap()
    page.locator("#who").get_by_text("45–54").tap()
    about(page)
    save(page)

    assert code_of(last_contact()) == code


def test_har_kod_without_a_code_is_not_saved_as_anonymous(page: Page) -> None:
    start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    page.locator("#whom").get_by_text("Har kod").tap()
    about(page)
    page.get_by_role("button", name="Spara", exact=True).tap()

    expect(page.locator("#error-whom")).to_have_text("Läs in koden, eller välj Anonym.")


def test_one_more_alike_is_nobody_in_particular(page: Page, actor: Actor) -> None:
    code = visited(actor)
    start_shift(page)
    type_code(page, code)
    about(page)
    save(page)

    page.get_by_role("button", name="+1 likadan").tap()
    expect(page.locator("#today-list > li")).to_have_count(2)

    contact = last_contact()
    assert (contact.gender, code_of(contact), contact.first_time) == ("man", None, "not_asked")


@pytest.mark.parametrize("has_code", [True, False])
def test_whoever_wants_to_be_known_goes_on_to_the_guided_page(
    page: Page,
    actor: Actor,
    has_code: bool,  # noqa: FBT001 - two ways of one journey
) -> None:
    code = visited(actor)
    asked: list[str] = []
    places: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("framenavigated", lambda frame: places.append(frame.url))
    start_shift(page)
    if has_code:
        type_code(page, code)
    else:
        page.get_by_role("button", name="Man 45–54").tap()
    about(page)
    page.get_by_role("button", name="Spara och skriv in namn").tap()
    page.wait_for_url(re.compile("/deltagare/ny"))

    contact = last_contact()
    fragment = f"kod={code}" if has_code else f"kontakt={contact.id}"
    assert any(place.endswith(f"/deltagare/ny#{fragment}") for place in places)
    assert not [url for url in asked if code in url.split("#")[0]]


def test_whose_a_contact_is_may_change_after_a_try_whose_answer_was_lost(
    page: Page, actor: Actor
) -> None:
    code = visited(actor)
    start_shift(page)
    page.get_by_role("button", name="Kvinna 30–44").tap()
    about(page)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/v1/contacts", lose)
    page.get_by_role("button", name="Spara", exact=True).tap()
    expect(page.locator("#save-fault")).to_contain_text("Kunde inte skicka.")
    page.unroute("**/api/v1/contacts")
    page.locator("#whom").get_by_text("Har kod").tap()
    page.get_by_role("button", name="Skriv koden").tap()
    page.locator("#code-input").press_sequentially(code)
    expect(page.locator("#code-text")).to_have_text(code)
    save(page)

    db.session.rollback()
    wanted = sa.select(Contact).where(Contact.gender == "woman").order_by(Contact.received_at)
    first, second = db.session.scalars(wanted)
    assert (first.void_reason, first.recognition_code_id) == ("mistap", None)
    assert (second.voided_at, code_of(second)) == (None, code)


def test_the_first_load_is_small_and_the_camera_is_not_in_it(
    sign_in_at: SignInAt, worker: User, product: str
) -> None:
    page = sign_in_at(worker, "/om")
    loaded: set[str] = set()
    page.on("requestfinished", lambda request: loaded.add(request.url))

    page.goto(f"{product}/falt")
    page.wait_for_load_state("networkidle")

    sizes = {url: page.evaluate(ITS_SIZE, url) for url in loaded}
    assert sum(sizes.values()) <= FIRST_LOAD, sizes
    assert not [url for url in sizes if re.search("camera|decode|square", url)]
