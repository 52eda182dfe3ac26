"""What a worker waits for on a tablet, in a real Chromium: to load, to start cold, to send."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import BrowserContext, Page, expect

from bench import browser
from bench.ground import Ground
from bench.report import Part, Verdict
from bench.scale import Scale

MOST_SENDING, MOST_COLD, MOST_BYTES = 5.0, 1.0, 150_000

# Three touches each. It is the page that is asked to do them, for two hundred by hand take minutes;
# each is written and said to be saved before the next one begins.
_CAPTURE = """async (many) => {
  const button = (words) => [...document.querySelectorAll("button")]
    .find((one) => one.textContent.replace(/\\s+/g, " ").trim() === words);
  const until = async (holds) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const at = (view) => until(() => document.body.dataset.view === view);
  for (let made = 0; made < many; made += 1) {
    await at("home");
    button("Kvinna 30–44").click();
    await at("form");
    button("CV och ansökan").click();
    document.getElementById("save").click();
    await at("home");
  }
}"""
# The page's own clock tells when the network came back and when all was said to be sent.
_WATCH = """() => {
  const line = document.getElementById("sync");
  window.watched = {};
  addEventListener("online", () => { window.watched.began = performance.now(); }, { once: true });
  const look = new MutationObserver(() => {
    if (!window.watched.began || !line.textContent.includes("Allt skickat")) return;
    window.watched.ended = performance.now();
    look.disconnect();
  });
  look.observe(line, { childList: true, characterData: true, subtree: true });
}"""


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure on an empty cache, then on an enrolled tablet with and without the network."""
    with (
        ground_.web("wsgi:app") as port,
        TemporaryDirectory(prefix="outreach-bench-tablet-") as folder,
    ):
        address = browser.address_of(port)
        with browser.opened(Path(folder)) as context:
            browser.sign_in(context, address, ground_)
            page = context.pages[0]
            sent = _first_load(context, page, f"{address}/falt")
            browser.begin(page, address, ground_)
            pending = [_sent_after_offline(page, scale.pending) for _ in range(scale.sendings)]
        cold = [_cold(Path(folder), f"{address}/falt") for _ in range(scale.cold_starts)]
    return Part(
        title="A tablet in a browser",
        columns=("what", "runs", "min", "median", "max"),
        rows=[
            [f"{scale.pending} waiting, network back to “Allt skickat”, s", *_spread(pending)],
            ["cold start offline, /falt asked for until it can be tapped, s", *_spread(cold)],
            ["first load of /falt, empty cache, kB as sent", *_spread([sent / 1000])],
        ],
        verdicts=_verdicts(scale, pending, cold, sent),
        remarks=["Chromium, the product and PostgreSQL, which waits for the disk, on one machine."],
    )


def _first_load(context: BrowserContext, page: Page, address: str) -> int:
    """Return how many bytes are sent, heads and all, for the page and what it asks for."""
    session = context.new_cdp_session(page)
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda told: sizes.append(int(told["encodedDataLength"])))
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.setBypassServiceWorker", {"bypass": True})
    page.goto(address, wait_until="networkidle")
    session.detach()
    return sum(sizes)


def _sent_after_offline(page: Page, many: int) -> float:
    """Return the seconds from when the network is back until all that was captured is sent."""
    page.context.set_offline(True)
    page.evaluate(_CAPTURE, many)
    line = page.locator("#sync")
    expect(line).to_contain_text(f"{many} sparade på plattan")
    page.evaluate(_WATCH)
    page.context.set_offline(False)
    expect(line).to_contain_text("Allt skickat")
    return float(page.evaluate("(watched.ended - watched.began) / 1000"))


def _cold(folder: Path, address: str) -> float:
    """Return the seconds from asking for the page until its first tile takes a touch."""
    with browser.opened(folder) as context:
        context.set_offline(True)
        page = context.pages[0]
        tile = page.get_by_role("button", name="Kvinna 30–44", exact=True)
        began = time.perf_counter()
        page.goto(address, wait_until="commit")
        tile.tap()
        expect(page.locator("body[data-view=form]")).to_be_attached()
        return time.perf_counter() - began


def _spread(values: Sequence[float]) -> list[str]:
    told = (min(values), statistics.median(values), max(values))
    return [str(len(values)), *(f"{each:.2f}" for each in told)]


def _verdicts(
    scale: Scale, pending: Sequence[float], cold: Sequence[float], sent: int
) -> list[Verdict]:
    sending, usable = statistics.median(pending), statistics.median(cold)
    return [
        Verdict(
            f"{scale.pending} that waited are sent within {MOST_SENDING:g} s",
            f"{sending:.2f} s",
            met=sending <= MOST_SENDING,
        ),
        Verdict(
            f"usable within {MOST_COLD:g} s from a cold start without a network",
            f"{usable:.2f} s",
            met=usable <= MOST_COLD,
        ),
        Verdict(
            f"a first load of at most {MOST_BYTES / 1000:g} kB",
            f"{sent / 1000:.1f} kB",
            met=sent <= MOST_BYTES,
        ),
    ]
