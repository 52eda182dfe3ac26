"""Lighthouse's scores of the field pages, on a tablet that is enrolled and signed in.

Lighthouse is large and nothing else needs it: it is fetched when this part is asked for by name,
into a folder of its own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import browser
from bench.ground import Ground
from bench.report import Part, Verdict
from bench.scale import Scale
from embedded import children, environment
from embedded.environment import Node
from embedded.ports import free_port
from embedded.refusal import Refusal, say

PACKAGE = "lighthouse@12.8.2"
PAGES = ("/falt", "/vart", "/platta")
CATEGORIES = ("performance", "accessibility", "best-practices")
LEAST = 95
TRIES = 3
_OWN = environment.VENV / "lighthouse"
_PROGRAM = _OWN / "node_modules" / "lighthouse" / "cli" / "index.js"
# What it says of a page, in the form of its own.
_Report = dict[str, Any]


def measure(ground_: Ground, scale: Scale) -> Part:
    """Measure each page so many times; the scores are the medians."""
    node = _fetched()
    port = free_port()
    with (
        ground_.web("wsgi:app") as web,
        TemporaryDirectory(prefix="outreach-bench-lighthouse-") as folder,
        browser.opened(Path(folder), f"--remote-debugging-port={port}") as context,
    ):
        address = browser.address_of(web)
        browser.sign_in(context, address, ground_)
        page = context.pages[0]
        browser.begin(page, address, ground_)
        # Nothing else is at work while a page is looked at.
        page.goto("about:blank")
        found = {
            path: [_looked_at(node, port, f"{address}{path}") for _ in range(scale.looks)]
            for path in PAGES
        }
    scores = {path: _scores(reports) for path, reports in found.items()}
    return Part(
        title="Lighthouse",
        columns=("page", *CATEGORIES),
        rows=[[path, *(f"{each:.0f}" for each in of.values())] for path, of in scores.items()],
        verdicts=[
            Verdict(f"{path}: at least {LEAST} in each", f"{min(of.values()):.0f}", met=_met(of))
            for path, of in scores.items()
        ],
        remarks=[
            (
                f"{PACKAGE} as it comes: a middling phone on slow 4G, simulated; medians of"
                f" {scale.looks}. Signed in and enrolled, with what the tablet keeps."
            ),
            *(f"{path} loses points for: {_lost(reports)}." for path, reports in found.items()),
        ],
    )


def _fetched() -> Node:
    """Return the Node.js that runs Lighthouse, which is fetched unless it is there."""
    node = environment.find_node()
    told = _OWN / "node_modules" / "lighthouse" / "package.json"
    if told.exists() and json.loads(told.read_text())["version"] == PACKAGE.partition("@")[2]:
        return node
    say("Fetching Lighthouse with npm …")
    _OWN.mkdir(exist_ok=True)
    install = ("install", "--silent", "--ignore-scripts", "--prefix", str(_OWN), PACKAGE)
    if children.run([*node.npm, *install], environment=node.environment).returncode:
        raise Refusal(f"{PACKAGE} cannot be had: is there a network, and npm's registry?")
    return node


def _looked_at(node: Node, port: int, address: str) -> _Report:
    """Return what Lighthouse says of a page of the browser that listens on the port.

    Now and then it cannot read its own trace, and asks to be run again. Raises Refusal when it
    still cannot.
    """
    for _ in range(TRIES):
        ran = _run(node, port, address)
        if ran.returncode == 0:
            report: _Report = json.loads(ran.stdout)
            return report
        say(f"Lighthouse has not looked at {address}: {ran.stderr.strip()}")
    raise Refusal(f"Lighthouse could not look at {address} in {TRIES} tries.")


def _run(node: Node, port: int, address: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            node.program,
            _PROGRAM,
            address,
            f"--port={port}",
            "--disable-storage-reset",
            f"--only-categories={','.join(CATEGORIES)}",
            "--output=json",
            "--quiet",
            "--no-enable-error-reporting",
        ],
        env=node.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def _scores(reports: Sequence[_Report]) -> dict[str, float]:
    return {
        name: statistics.median(100 * each["categories"][name]["score"] for each in reports)
        for name in CATEGORIES
    }


def _met(scores: Mapping[str, float]) -> bool:
    return all(score >= LEAST for score in scores.values())


def _lost(reports: Sequence[_Report]) -> str:
    """Return the audits that count and were not passed whole in any of the reports."""
    lost = set()
    for report in reports:
        for name in CATEGORIES:
            for each in report["categories"][name]["auditRefs"]:
                score = report["audits"][each["id"]]["score"]
                if each["weight"] and score is not None and score < 1:
                    lost.add(f"{each['id']} ({score:g})")
    return ", ".join(sorted(lost)) or "nothing"
