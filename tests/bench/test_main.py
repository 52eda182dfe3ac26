import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_a_small_run_measures_contacts_beside_their_bare_limit_and_keeps_nothing() -> None:
    kept = set((ROOT / "bench" / "results").glob("*"))

    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "contacts"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert ran.returncode == 0, ran.stderr
    for what in ("bare Flask + Core", "the product", "pgbench"):
        assert f"| 4 | {what} |" in ran.stdout
    assert "| target | measured |" in ran.stdout
    assert set((ROOT / "bench" / "results").glob("*")) == kept


def test_a_small_run_takes_people_in_and_finds_and_opens_them() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "people"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert ran.returncode == 0, ran.stderr
    for what in ("search by number", "search by rare name", "search by common name", "open"):
        assert f"| {what} | 8 |" in ran.stdout
        assert f"{what} at 8 connections: p95 at most" in ran.stdout


def test_a_small_run_hands_in_from_several_tablets_at_once_and_all_is_applied() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "sync"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert ran.returncode == 0, ran.stderr
    assert "## 180 operations from 3 tablets at once" in ran.stdout
    assert "| all 380 are applied, and nothing else is answered | 380 applied | met |" in ran.stdout


@pytest.mark.journey
def test_a_small_run_sends_from_a_browser_starts_it_cold_and_counts_its_first_load() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--smoke", "tablet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert ran.returncode == 0, ran.stderr
    assert "| 6 waiting, network back to “Allt skickat”, s | 1 |" in ran.stdout
    assert "| a first load of at most 150 kB |" in ran.stdout
