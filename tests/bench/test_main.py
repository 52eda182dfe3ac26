import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _a_small_run(part: str) -> str:
    """Measure a few of everything in a part; return what was printed."""
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", part],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_small_run_measures_contacts_beside_their_bare_limit_and_keeps_nothing() -> None:
    kept = set((ROOT / "bench" / "results").glob("*"))

    shown = _a_small_run("contacts")

    for what in ("bare Flask + Core", "the product", "pgbench"):
        assert f"| 4 | {what} |" in shown
    assert "| target | measured |" in shown
    assert set((ROOT / "bench" / "results").glob("*")) == kept


def test_a_small_run_takes_people_in_and_finds_and_opens_them() -> None:
    shown = _a_small_run("people")

    for what in ("search by number", "search by rare name", "search by common name", "open"):
        assert f"| {what} | 8 |" in shown
        assert f"{what} at 8 connections: p95 at most" in shown


def test_a_small_run_hands_in_from_several_tablets_at_once_and_all_is_applied() -> None:
    shown = _a_small_run("sync")

    assert "## 180 operations from 3 tablets at once" in shown
    assert "| all 380 are applied, and nothing else is answered | 380 applied | met |" in shown


@pytest.mark.journey
def test_a_small_run_sends_from_a_browser_starts_it_cold_and_counts_its_first_load() -> None:
    shown = _a_small_run("tablet")

    assert "| 6 waiting, network back to “Allt skickat”, s | 1 |" in shown
    assert "| a first load of at most 150 kB |" in shown
