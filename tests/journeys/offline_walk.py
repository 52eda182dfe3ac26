"""A day at a tablet that goes wrong in every way there is, by chance, and what must hold after it.

The walk keeps a count of its own of whatever the tablet has called saved. After it everything
heals, and the server must have just that: once, in order, by its author.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from outreach.accounts.models import User
from outreach.accounts.service import actor_named
from outreach.contacts import service as contacts
from outreach.contacts.models import Contact
from outreach.foundation.database import db
from outreach.foundation.errors import OutreachError
from outreach.sync.models import SyncCapture, SyncInbox, SyncKept, SyncPosition
from tests.faults.proxy import Fault, FaultProxy, wait_until
from tests.journeys.enrolled import PLATTKOD, Tablet

TOPICS = ("cv", "job_search", "work_placement", "digital_help")
FAULTS: tuple[Fault, ...] = (
    "drop_before", "drop_after", "truncate", "portal", "sign_in", "unavailable", "busy",
)  # fmt: skip
# A page's clock may be anywhere; how far off this one is can be changed while it runs.
CLOCK = """(() => {
  const Real = Date;
  window.__skew = Number(sessionStorage.getItem("skew") ?? 0);
  window.Date = class extends Real {
    constructor(...given) { super(...(given.length ? given : [Real.now() + window.__skew])); }
    static now() { return Real.now() + window.__skew; }
  };
})()"""
UNTIL = """const until = async (holds) => {
  for (let left = 750; left > 0; left -= 1) {
    const found = holds();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it did not come about: ${holds}`);
};
const by = (id) => document.getElementById(id);
const told = () => by("save-fault").textContent || by("home-fault").textContent;
const saved = () => until(() => by("saved").textContent ? "saved" : told());
"""
CAPTURE = """async ({ gender, age, topic, code }) => {
  document.querySelector(`.grid__tile[data-gender="${gender}"][data-age="${age}"]`).click();
  by("saved").replaceChildren();
  document.querySelector(`#contact-form [data-topic="${topic}"]`).click();
  (code ? by("give-code") : by("save")).click();
  const outcome = await saved();
  if (by("given").open) by("given-done").click();
  if (outcome !== "saved") document.querySelector("#view-form [data-go=home]").click();
  return outcome;
}"""
CORRECT = """async ({ id, topic }) => {
  document.querySelector(`#today-list > li[data-id="${id}"] [data-do=edit]`).click();
  const on = document.querySelectorAll("#contact-form [data-topic][aria-pressed=true]");
  for (const tile of on) tile.click();
  document.querySelector(`#contact-form [data-topic="${topic}"]`).click();
  by("saved").replaceChildren();
  by("save").click();
  return saved();
}"""
VOID = """async ({ id }) => {
  document.querySelector(`#today-list > li[data-id="${id}"] [data-do=remove]`).click();
  by("saved").replaceChildren();
  document.querySelector("#remove-dialog button[value=remove]").click();
  return until(() => by("saved").textContent ? "saved" : by("remove-fault").textContent);
}"""
LOCK = """async () => {
  if (!("locked" in document.body.dataset)) by("lock-form").requestSubmit();
  await until(() => "locked" in document.body.dataset);
}"""
UNLOCK = """async ({ person, code, confirm }) => {
  if (!("locked" in document.body.dataset)) return "open";
  by("unlock").click();
  await until(() => by("unlock-dialog").open);
  [...by("unlock-people").children].find((tile) => tile.dataset.id === person).click();
  by("unlock-code").value = code;
  by("unlock-go").click();
  const opened = () => !("locked" in document.body.dataset) && "open";
  const outcome = await until(() => opened() || by("unlock-fault").textContent);
  if (outcome !== "open") { by("unlock-cancel").click(); return outcome; }
  for (let left = 25; left > 0; left -= 1) {
    for (const [id, value] of [["confirm-dialog", confirm], ["draft-dialog", "drop"]]) {
      if (by(id).open) by(id).querySelector(`[value=${value}]`).click();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return outcome;
}"""
STATE = """() => ({
  locked: "locked" in document.body.dataset,
  capture: document.body.dataset.capture !== "closed" || !("locked" in document.body.dataset),
  ready: !by("view-home").hidden,
  rows: [...document.querySelectorAll("#today-list > li:not(.today__row--gone)")]
    .map((li) => li.dataset.id),
})"""


@dataclass
class Said:
    """A contact that the tablet called saved, as the walk remembers it."""

    author: UUID
    topics: str
    voided: bool = False
    # Somebody else changed the same field too: what came of it is for a person to decide.
    contested: bool = False


@dataclass
class Walk:
    """One tablet, two colleagues, and chance."""

    tablet: Tablet
    line: FaultProxy
    people: dict[UUID, User]
    chance: random.Random
    profile: Path | None = None
    reopened: Callable[[], Tablet] | None = None
    upstream: str = ""
    said: dict[str, Said] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    who: UUID | None = None
    offline: bool = False
    unlisted: int = 0

    def run(self, steps: int) -> None:
        """Take so many steps, then heal."""
        self.who = next(iter(self.people))
        for _ in range(steps):
            act = self.chance.choices(list(_ACTS), weights=list(_ACTS.values()))[0]
            self.steps.append(act)
            getattr(self, f"_{act}")()
        self._heal()

    def _page(self, script: str, **given: Any) -> Any:
        return self.tablet.page.evaluate(
            f"async (given) => {{ {UNTIL} return ({script})(given) }}", given
        )

    def _state(self) -> dict[str, Any]:
        return self._page(STATE)  # type: ignore[no-any-return]

    def _ids(self) -> dict[str, str]:
        return self.tablet.day()

    def _capture(self, *, code: bool = False) -> None:
        state = self._state()
        if not (state["ready"] and state["capture"]) or self.who is None:
            return
        before = self._ids()
        topic = self.chance.choice(TOPICS)
        gender, age = self.chance.choice(("woman", "man")), self.chance.choice(("18-29", "45-54"))
        outcome = self._page(CAPTURE, gender=gender, age=age, topic=topic, code=code)
        if outcome != "saved":
            told = ("koder är slut", "Lås upp plattan")
            assert any(each in outcome for each in told), (outcome, self.steps)
            return
        [made] = set(self._ids()) - set(before)
        self.said[made] = Said(self.who, topic)

    def _hand_out(self) -> None:
        self._capture(code=True)

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
        assert self._page(CORRECT, id=mine, topic=topic) == "saved", self.steps
        self.said[mine].topics = topic

    def _void(self) -> None:
        mine = self._own()
        if mine is None:
            return
        assert self._page(VOID, id=mine) == "saved", self.steps
        self.said[mine].voided = True

    def _lock(self) -> None:
        self._page(LOCK)

    def _unlock(self) -> None:
        person = self.chance.choice(list(self.people))
        confirm = self.chance.choice(("yes", "later"))
        self._page(LOCK)
        if self._page(UNLOCK, person=str(person), code=PLATTKOD, confirm=confirm) == "open":
            self.who = person

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
        page = self.tablet.page
        page.goto(f"{self.tablet.address}/falt")
        expect(page.locator("body[data-view=loading]")).to_have_count(0)
        if not self._state()["locked"]:
            self.who = UUID(self.tablet.watch())

    def _kill_server(self) -> None:
        for pid in _workers_of(self.upstream):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _heal(self) -> None:
        self.line.heal()
        self.offline = False
        self.tablet.context.set_offline(False)
        with suppress(PlaywrightError):
            self.tablet.page.evaluate("window.__skew = 0")

        def drained() -> bool:
            self.tablet.again()
            return all(item["state"] == "received" for item in self.tablet.kept()["items"])

        wait_until(drained, within=60)

    # What must hold.

    def check(self, device: UUID) -> None:
        """Hold what the server has against what the tablet called saved."""
        db.session.rollback()
        kept = {item["op_id"] for item in self.tablet.kept()["items"]}
        inbox = db.session.scalars(sa.select(SyncInbox).where(SyncInbox.device_id == device)).all()
        assert {str(each.op_id) for each in inbox} == kept, self._trace()
        self._in_order(device, {each.op_id: each.server_seq for each in inbox})
        rows = {str(row.id): row for row in db.session.scalars(sa.select(Contact))}
        review = set(db.session.scalars(sa.select(SyncKept.entity_id)))
        for contact, said in self.said.items():
            if UUID(contact) in review and contact not in rows:
                continue  # a person has it to look at, with its reason
            row = rows.pop(contact)
            assert row.recorded_by == said.author, (contact, self._trace())
            assert (row.voided_at is not None) == said.voided or UUID(contact) in review, (
                self._trace()
            )
            if not said.contested:
                assert row.topics == [said.topics], (contact, said, self._trace())
        assert rows == {}, self._trace()

    def _in_order(self, device: UUID, server: dict[UUID, int]) -> None:
        places: dict[UUID, list[SyncPosition]] = {}
        wanted = sa.select(SyncPosition).where(SyncPosition.device_id == device)
        for place in db.session.scalars(wanted.order_by(SyncPosition.seq)):
            places.setdefault(place.epoch, []).append(place)
        for line in places.values():
            assert [each.seq for each in line] == list(range(1, len(line) + 1)), self._trace()
            came = [server[each.op_id] for each in line if each.op_id is not None]
            assert came == sorted(came), self._trace()

    def locked_captures(self) -> int:
        """Return how many contacts were written under lock."""
        counted = sa.select(sa.func.count()).select_from(SyncCapture)
        return db.session.scalar(counted.where(SyncCapture.captured_locked)) or 0

    def _trace(self) -> str:
        met = [met for _, path, met in self.line.trace if path == self.line.path]
        return f"steps {self.steps}; line {met}"


_ACTS = {
    "capture": 30, "hand_out": 4, "correct": 10, "void": 5, "lock": 5, "unlock": 8,
    "toggle_network": 10, "break_line": 8, "slow_line": 2, "jump_clock": 3, "elsewhere": 6,
    "kill_tab": 3, "kill_browser": 2, "kill_server": 1,
}  # fmt: skip


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
