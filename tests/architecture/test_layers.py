"""The order of the house cannot be broken by accident: each contract is shown to bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# One forbidden line for each contract: the file, the line, the contract's name.
VIOLATIONS = [
    (
        "outreach/sites/service.py",
        "import outreach.contacts.service",
        "Features are a one-way stack",
    ),
    (
        "outreach/contacts/rules.py",
        "import outreach.contacts.models",
        "Inside a feature, each file has a named role",
    ),
    (
        "outreach/contacts/odds_and_ends.py",
        "",
        "Inside a feature, each file has a named role",
    ),
    ("outreach/contacts/service.py", "import tasks", "The product never imports its tasks"),
    ("outreach/contacts/service.py", "import flask", "Services, models and schemas know no web"),
    ("outreach/contacts/rules.py", "import sqlalchemy", "Pure modules know neither web"),
    ("outreach/contacts/api.py", "import sqlalchemy", "Interfaces hold no SQL and no models"),
    (
        "outreach/contacts/api.py",
        "import outreach.foundation.transaction",
        "Only the foundation, services and the trail open transactions",
    ),
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(folder), "PATH": ""},
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("outreach", "tasks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("pyproject.toml", "config.py"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_the_house_keeps_its_contracts(copy: Path) -> None:
    result = _lint(copy)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("file", "line", "contract"), VIOLATIONS)
def test_a_contract_bites(copy: Path, file: str, line: str, contract: str) -> None:
    broken = copy / file
    broken.write_text((broken.read_text() if broken.exists() else '"""Odds."""\n') + f"\n{line}\n")

    result = _lint(copy)

    assert result.returncode != 0
    assert contract in result.stdout
