import subprocess
import sys
from pathlib import Path

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
