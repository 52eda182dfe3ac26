"""A day at a tablet that goes wrong in every way there is, by chance, and what must hold after it.

The walk keeps a count of its own of whatever the tablet has called saved. After it everything
heals, and the server must have just that: once, in order, by its author.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Request, expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact
from outreach.foundation.database import db
from outreach.foundation.errors import OutreachError
from tests.faults.proxy import Fault, FaultProxy, wait_until
from tests.journeys import touches
from tests.journeys.enrolled import PLATTKOD, Tablet
from tests.journeys.kept import LOOK_FOR_NEWER

TOPICS = ("cv", "job_search", "work_placement", "digital_help")
FAULTS: tuple[Fault, ...] = (
    "drop_before", "drop_after", "truncate", "portal", "sign_in", "unavailable", "busy",
)  # fmt: skip
NONE_WAITS = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  return !registration.waiting && !registration.installing;
}"""


@dataclass
class Said:
    """A contact that the tablet called saved, as the walk remembers it."""

    author: UUID
    topics: str
    # "Koppla senare": who it was, written for its author alone.
    named: tuple[str, str] | None = None
    voided: bool = False
    # Somebody else changed the same field too: what came of it is for a person to decide.
    contested: bool = False


@dataclass
class Walk:
    """One tablet, two colleagues, and chance."""

    tablet: Tablet
    line: FaultProxy
    people: dict[UUID, User]
    seed: int
    reopened: Callable[[], Tablet] | None = None
    # Lets there be a newer version of what the tablet keeps.
    rename: Callable[[str], None] | None = None
    upstream: str = ""
    said: dict[str, Said] = field(default_factory=dict)
    # Each operation that the tablet has called saved, in its order, and who it says wrote it.
    ops: dict[str, str] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    who: UUID | None = None
    offline: bool = False

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def run(self, steps: int) -> None:
        """Take so many steps, then heal, and open the screen for a last contact."""
        self.who = next(iter(self.people))
        for _ in range(steps):
            act = self.chance.choices(list(_ACTS), weights=list(_ACTS.values()))[0]
            self.steps.append(act)
            getattr(self, f"_{act}")()
        self._heal()

    @contextmanager
    def told(self) -> Iterator[None]:
        """Let whatever goes wrong inside tell which walk it was, its steps, what the line met."""
        try:
            yield
        except BaseException as error:
            error.add_note(self.trace())
            raise

    def trace(self) -> str:
        """Return all that is needed to walk the same way again."""
        met = [met for _, path, met in self.line.trace if path == self.line.path]
        return f"seed {self.seed}; {len(self.steps)} steps {self.steps}; the line met {met}"

    def _page(self, script: str, **given: Any) -> Any:
        return self.tablet.page.evaluate(
            f"async (given) => {{ {touches.UNTIL} return ({script})(given) }}", given
        )

    def _state(self) -> dict[str, Any]:
        """Look at the screen; a fresh page may have been opened by the server since."""
        state: dict[str, Any] = self._page(touches.STATE)
        if not state["locked"]:
            self.who = UUID(self.tablet.watch())
        return state

    def _capture(self, *, code: bool = False) -> None:
        state = self._state()
        if state["ready"] and state["capture"] and self.who is not None:
            self._written(touches.CAPTURE, code=code)

    def _hand_out(self) -> None:
        self._capture(code=True)

    def _link_later(self) -> None:
        """Write who it was; the screen offers that where there is no network, and not locked."""
        state = self._state()
        if self.offline and state["ready"] and not state["locked"]:
            noise = f"{self.chance.getrandbits(64):016x}"
            self._written(touches.LINK_LATER, named=(f"Zx{noise[:8]}", f"Wk{noise[8:]}"))

    def _written(
        self, script: str, *, named: tuple[str, str] | None = None, **given: object
    ) -> None:
        """Write a contact, and remember it when the tablet calls it saved."""
        assert self.who is not None
        topic = self.chance.choice(TOPICS)
        gender, age = self.chance.choice(("woman", "man")), self.chance.choice(("18-29", "45-54"))
        names = dict(zip(("given", "family"), named or (), strict=False))
        outcome = self._page(script, gender=gender, age=age, topic=topic, **names, **given)
        if outcome != "saved":
            told = ("koder är slut", "Lås upp plattan")
            assert any(each in outcome for each in told), outcome
            return
        day = self.tablet.day()
        [made] = set(day) - set(self.said)
        assert UUID(day[made]) == self.who, "it is written by another than whoever has the screen"
        self.said[made] = Said(self.who, topic, named)
        self._note()

    def _note(self) -> None:
        """Remember the operations that were called saved since the last time, in their order."""
        for item in sorted(self.tablet.kept()["items"], key=itemgetter("seq")):
            self.ops.setdefault(item["op_id"], item["author"])

    def _own(self) -> str | None:
        listed = [
            each for each in self._state()["rows"]
            if each in self.said and not self.said[each].voided
        ]  # fmt: skip
        return self.chance.choice(listed) if listed else None

    def _correct(self) -> None:
        mine = self._own()
        if mine is None:
            return
        topic = self.chance.choice([each for each in TOPICS if each != self.said[mine].topics])
        outcome = self._page(touches.CORRECT, id=mine, topic=topic)
        if outcome == "not there":
            return
        assert outcome == "saved", outcome
        self.said[mine].topics = topic
        self._note()

    def _void(self) -> None:
        mine = self._own()
        if mine is None:
            return
        outcome = self._page(touches.VOID, id=mine)
        if outcome == "not there":
            return
        assert outcome == "saved", outcome
        self.said[mine].voided = True
        self._note()

    def _lock(self) -> None:
        self._page(touches.LOCK)
        # A fresh page may have been opened by the server until then.
        self.who = UUID(self.tablet.watch())

    def _unlock(self) -> None:
        person = self.chance.choice(list(self.people))
        confirm = self.chance.choice(("yes", "later"))
        self._lock()
        if self._page(touches.UNLOCK, person=str(person), code=PLATTKOD, confirm=confirm) == "open":
            self.who = person
            assert UUID(self.tablet.watch()) == person

    def _toggle_network(self) -> None:
        self.offline = not self.offline
        self.tablet.context.set_offline(self.offline)

    def _break_line(self) -> None:
        self.line.next(*self.chance.choices(FAULTS, k=self.chance.randrange(1, 4)))

    def _slow_line(self) -> None:
        self.line.delay = self.chance.choice((0.0, 0.2))

    def _jump_clock(self) -> None:
        skew = self.chance.choice((0, -86_400_000 * 400, 86_400_000 * 3, 3_600_000))
        self.tablet.page.evaluate(
            "skew => { window.__skew = skew; sessionStorage.setItem('skew', skew); }", skew
        )

    def _elsewhere(self) -> None:
        """The author corrects a contact in another browser; sometimes the same field."""
        db.session.rollback()
        db.session.expire_all()
        theirs = [UUID(each) for each, said in self.said.items() if not said.voided]
        wanted = sa.select(Contact).where(Contact.id.in_(theirs), Contact.voided_at.is_(None))
        found = db.session.scalars(wanted.order_by(Contact.id)).all()
        if not found:
            return
        row = self.chance.choice(found)
        same = self.chance.random() < 0.3
        given: dict[str, Any] = {"topics": ["validation"]} if same else {"result": "plan_made"}
        author = actor_named(self.people[row.recorded_by].username)
        with suppress(OutreachError):
            contacts.correct_contact(by=author, id=row.id, expected=row.version, given=given)
            self.said[str(row.id)].contested |= same
        db.session.rollback()
        db.session.expire_all()

    def _kill_tab(self) -> None:
        skew = self.tablet.page.evaluate("window.__skew")
        self.tablet.page.close()
        self.tablet.page = self.tablet.context.new_page()
        self._arrive()
        self.tablet.page.evaluate("skew => { window.__skew = skew; }", skew)

    def _kill_browser(self) -> None:
        if self.reopened is None:
            return
        self.tablet = self.reopened()
        self.tablet.context.set_offline(self.offline)
        self._arrive()

    def _arrive(self) -> None:
        """Open the page anew, and find out whose it is: the server's session may be open."""
        with _telling_what_keeps(self.tablet.page):
            self.tablet.page.goto(f"{self.tablet.address}/falt")
        expect(self.tablet.page.locator("body[data-view=loading]")).to_have_count(0)
        self._state()

    def _update(self) -> None:
        """Let a newer version come, which the next cold start takes."""
        if self.offline or self.rename is None:
            return
        self.rename(f"CV {len(self.steps)}")
        page = self.tablet.page
        # A server that was just killed has none to give.
        wait_until(lambda: page.evaluate(LOOK_FOR_NEWER) == "installed", within=60)
        self._kill_tab()
        # A browser may take the closed page for one that is open still: then it is taken at once.
        # Were it left waiting, a later lock would load the page again at any moment.
        # What the old version has under way on a slow line it ends first.
        wait_until(self._none_waits, within=60)
        self._arrive()

    def _none_waits(self) -> bool:
        page = self.tablet.page
        with suppress(PlaywrightError):  # the page is just being loaded again
            if page.evaluate(NONE_WAITS):
                return True
            page.evaluate("document.dispatchEvent(new Event('outreach:safe'))")
        return False

    def _kill_server(self) -> None:
        for pid in _workers_of(self.upstream):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _heal(self) -> None:
        self.line.heal()
        self.offline = False
        self.tablet.context.set_offline(False)
        with suppress(PlaywrightError):
            self.tablet.page.evaluate("window.__skew = 0; sessionStorage.removeItem('skew')")

        self._drain()
        self.open_again()
        # The receipt of one more lets the tablet ask what the server has made of all the others.
        self._capture()
        self._drain()

    def _drain(self) -> None:
        def drained() -> bool:
            self.tablet.again()
            return all(item["state"] == "received" for item in self.tablet.kept()["items"])

        wait_until(drained, within=60)
        self._note()

    def open_again(self) -> None:
        """Lock the screen and open it: who did so without the server is told nothing by it."""
        self._lock()
        wait_until(self._opened)

    def _opened(self) -> bool:
        """Open the screen if it is locked; tell whether it is open."""
        if self._state()["locked"]:
            self._unlock()
        return not self._state()["locked"]

    def shown(self) -> list[dict[str, Any]]:
        """Return the list of the day as the screen shows it."""
        return self._page(touches.SHOWN)  # type: ignore[no-any-return]


_ACTS = {
    "capture": 30, "hand_out": 4, "link_later": 5, "correct": 10, "void": 5, "lock": 5, "unlock": 8,
    "toggle_network": 10, "break_line": 8, "slow_line": 2, "jump_clock": 3, "elsewhere": 6,
    "kill_tab": 3, "kill_browser": 2, "kill_server": 1, "update": 2,
}  # fmt: skip


@contextmanager
def _telling_what_keeps(page: Page) -> Iterator[None]:
    """Let a page that does not come tell what it waits for, and how its service worker stands."""
    asked: set[Request] = set()
    versions: list[object] = []

    def began(request: Request) -> None:
        asked.add(request)

    def ended(request: Request) -> None:
        asked.discard(request)

    def note(told: object) -> None:
        versions.append(told)

    page.on("request", began)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    browser = page.context.new_cdp_session(page)
    browser.on("ServiceWorker.workerVersionUpdated", note)
    browser.send("ServiceWorker.enable")
    try:
        yield
    except PlaywrightError as error:
        error.add_note(f"still asked for: {[each.url for each in asked]}")
        error.add_note(f"the service worker, in order: {versions}")
        raise
    finally:
        # Never detached: that may wait for ever for a worker that is just ending. The page's end is
        # the session's too.
        browser.remove_listener("ServiceWorker.workerVersionUpdated", note)


def _workers_of(address: str) -> list[int]:
    """Return the processes that answer at the address, but for the one that starts them anew."""
    bound = address.removeprefix("http://").encode()
    found: list[tuple[int, int]] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                if bound in (entry / "cmdline").read_bytes().split(b"\0"):
                    status = (entry / "stat").read_text().rpartition(")")[2].split()
                    found.append((int(entry.name), int(status[1])))
    masters = {pid for pid, _ in found}
    return [pid for pid, parent in found if parent in masters]
