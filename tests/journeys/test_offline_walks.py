"""Whatever befalls a tablet, what it called saved is at the server once, in order, by its author.

`./dev soak` takes many more and longer walks than the ordinary suite: OUTREACH_WALKS of them in one
browser, OUTREACH_KILLED_WALKS with a browser that is killed, each of OUTREACH_STEPS steps.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Playwright

from outreach.accounts.models import User
from tests.builders import a_user, an_actor
from tests.faults.proxy import FaultProxy
from tests.journeys.enrolled import SCREEN, Tablet, kill, on_disk, persistent
from tests.journeys.offline_verdict import Verdict, verdict_of
from tests.journeys.offline_walk import Walk
from tests.journeys.touches import CLOCK

WALKS = int(os.environ.get("OUTREACH_WALKS", "2"))
KILLED_WALKS = int(os.environ.get("OUTREACH_KILLED_WALKS", "1"))
STEPS = int(os.environ.get("OUTREACH_STEPS", "60"))
# Another in each run, and the same in all its workers.
_RUN = int(os.environ.get("PYTEST_XDIST_TESTRUNUID", "1")[:8], 16)
SEED = int(os.environ.get("OUTREACH_SEED", "0")) or _RUN % 1_000_000

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


def _settled(context: BrowserContext, line: FaultProxy) -> tuple[Tablet, UUID, dict[UUID, User]]:
    """Return an enrolled tablet at which two colleagues work, with the first one's shift begun."""
    context.add_init_script(CLOCK)
    tablet = Tablet(context, line.address)
    device = tablet.enrol(an_actor(role="administrator", sites=(), committee=None))
    people = {user.id: user for user in (a_user(name="Anna Ek"), a_user(name="Bo Ask"))}
    for user in reversed(people.values()):
        context.clear_cookies()
        tablet.sign_in(user)
        tablet.start_shift()
    tablet.all_sent()
    tablet.kept_offline()
    return tablet, UUID(device), people


@pytest.fixture
def concluded(record_property: Callable[[str, object], None]) -> Callable[[Verdict], None]:
    """A function: tell `./dev soak` what a walk came to, and fail where anything is wrong."""

    def conclude(verdict: Verdict) -> None:
        record_property("walk", json.dumps(verdict.figures()))
        assert not verdict.wrong, "\n".join(f"{kind}: {what}" for kind, what in verdict.wrong)

    return conclude


@pytest.mark.parametrize("seed", range(SEED, SEED + WALKS))
def test_a_walk_at_random_loses_doubles_and_swaps_nothing(
    *,
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    chromium: Browser,
    product: str,
    line: FaultProxy,
    rename: Callable[[str], None],
    concluded: Callable[[Verdict], None],
    seed: int,
) -> None:
    context = chromium.new_context(**SCREEN)
    tablet, device, people = _settled(context, line)
    walk = Walk(tablet, line, people, seed, rename=rename, upstream=product)

    with walk.told():
        walk.run(STEPS)
        concluded(verdict_of(walk, device))

    context.close()


@pytest.mark.parametrize("seed", range(SEED, SEED + KILLED_WALKS))
def test_a_walk_with_killed_browsers_loses_doubles_and_swaps_nothing(
    *,
    app: Flask,  # noqa: ARG001 - its tables are emptied after the test
    playwright_started: Playwright,
    product: str,
    line: FaultProxy,
    rename: Callable[[str], None],
    concluded: Callable[[Verdict], None],
    tmp_path: Path,
    seed: int,
) -> None:
    with ExitStack() as browsers:
        context = browsers.enter_context(persistent(playwright_started, tmp_path))
        tablet, device, people = _settled(context, line)

        def reopened() -> Tablet:
            kill(tmp_path)
            browsers.close()
            again = browsers.enter_context(persistent(playwright_started, tmp_path))
            again.add_init_script(CLOCK)
            return Tablet(again, line.address)

        walk = Walk(tablet, line, people, seed, reopened, rename, upstream=product)

        with walk.told():
            walk.run(STEPS)
            verdict = verdict_of(walk, device)
            kill(tmp_path)
            for word in on_disk(tmp_path, verdict.canaries):
                verdict.wrong.append(("canaries found", word))
            concluded(verdict)


def test_a_walk_that_breaks_off_tells_how_to_walk_it_again() -> None:
    line = FaultProxy("", trace=[("POST", FaultProxy.path, "drop_after")])
    walk = Walk(cast("Tablet", None), line, {}, seed=4711)

    with pytest.raises(StopIteration) as broken, walk.told():
        walk.run(STEPS)

    [told] = broken.value.__notes__
    assert told == "seed 4711; 0 steps []; the line met ['drop_after']"
