"""What the pages say is held against the product: links, files, commands, settings, words."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

import config
from outreach.commands import main
from outreach.foundation import problems

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
IDS = [str(page.relative_to(ROOT)) for page in PAGES]

# With a / between, but no files of the checkout.
NO_FILES = {
    "application/problem+json": "a media type",
    "Europe/Stockholm": "a time zone",
    "logs/web.log": "in the home of a run",
    "static/built/": "made by the build",
}

# Commands in a ```console block are run, except these.
NOT_RUN = {
    "./dev run": "runs until it is stopped; tests/embedded starts it",
    "./dev test": "is what runs this test",
    "./dev check": "minutes; .ci/run runs it",
    "./dev build": "minutes on a fresh checkout",
    "./dev bench": "minutes",
}


def _text(page: Path) -> str:
    return page.read_text("utf-8")


def _prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", _text(page), flags=re.DOTALL | re.MULTILINE)


def _blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Yield each code block's language and content."""
    yield from re.findall(r"^ *```(\w*)\n(.*?)^ *```$", _text(page), re.DOTALL | re.MULTILINE)


def _quoted(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", _prose(page))


def _table(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table after a heading, without its head."""
    _, _, after = _text(ROOT / page).partition(f"## {heading}\n")
    table = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert table, f"{page} has no table under {heading}"
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table[0].splitlines()[2:]]
    return [[cell.strip() for cell in row] for row in rows]


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_leads_somewhere(page: Path) -> None:
    taken = re.findall(r"self\.picture\(\"(\w+)\"", _text(ROOT / "docs" / "pictures.py"))
    pictures = {ROOT / "docs" / "pictures" / f"{name}.png" for name in taken}
    links = re.findall(r"\]\(([^)\s]+)\)", _prose(page))
    here = [link.partition("#")[0] for link in links if "://" not in link]
    broken = [
        link
        for link in here
        if not (page.parent / link).exists() and (page.parent / link).resolve() not in pictures
    ]

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_file_that_is_named_exists(page: Path) -> None:
    paths = {
        name for name in _quoted(page) if re.fullmatch(r"[\w.-]+/(?:[\w.<>-]+/)*[\w.<>-]*", name)
    }
    missing = [
        name
        for name in sorted(paths - set(NO_FILES))
        if not any(ROOT.glob(re.sub(r"<\w+>", "*", name.rstrip("/"))))
    ]

    assert missing == []


def _commands() -> list[str]:
    return sorted(
        {
            line.strip().removeprefix("$ ")
            for page in PAGES
            for language, content in _blocks(page)
            if language == "console"
            for line in content.splitlines()
            if line.strip().startswith("$ ")
        }
    )


@pytest.mark.parametrize("command", [each for each in _commands() if each not in NOT_RUN])
@pytest.mark.usefixtures("app")
def test_every_command_that_is_shown_works(
    command: str, environment: dict[str, str], tmp_path: Path
) -> None:
    first, *words = shlex.split(command)
    assert first == "./dev"
    # The servers are there already, so a command of the product needs no run of its own.
    started = [sys.executable, str(ROOT / "dev"), *words]
    if words[0] == "outreach":
        started = [sys.executable, "-m", "outreach", *words[1:]]
    done = subprocess.run(
        started,
        cwd=tmp_path,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def _told_commands() -> list[str]:
    """Return the commands in blocks that are not run."""
    told = set()
    for page in PAGES:
        for language, content in _blocks(page):
            if language != "console":
                joined = content.replace("\\\n", " ")
                lines = (line.partition(" #")[0].strip() for line in joined.splitlines())
                told |= {line for line in lines if re.match(r"(\./dev|python -m outreach) ", line)}
    return sorted(told)


@pytest.mark.parametrize("command", _told_commands())
def test_a_command_that_is_only_told_of_exists(command: str) -> None:
    words = shlex.split(command)
    if words[0] == "./dev":
        assert f"./dev {words[1]}" in _text(ROOT / "dev")
        return
    topic = [word for word in words[3:5] if re.fullmatch(r"[a-z][a-z-]*", word)]
    shown = CliRunner().invoke(main, [*topic, "--help"])

    assert shown.exit_code == 0, shown.output
    assert [word for word in words if word.startswith("--") and word not in shown.output] == []


def test_what_is_not_run_is_still_told_of() -> None:
    told = {" ".join(command.split()[:2]) for command in [*_told_commands(), *_commands()]}

    assert set(NOT_RUN) - {"./dev build", "./dev bench"} <= told


def _known_settings() -> set[str]:
    made = [environment({}) for environment in config.ENVIRONMENTS.values()]
    return {name for settings in made for name in dir(settings) if name.isupper()}


def test_the_settings_table_names_every_setting() -> None:
    told = {_names(row[0])[0] for row in _table("docs/operations.md", "Settings")}

    assert told == _known_settings()


def test_the_settings_table_tells_the_values() -> None:
    # Settings that come from the environment or from where the checkout is have no value here.
    wrong = {}
    for name, value, _why in _table("docs/operations.md", "Settings"):
        kept = vars(config.Settings).get(_names(name)[0])
        if kept is not None and not str(kept).startswith(str(ROOT)) and value != f"`{kept}`":
            wrong[name] = f"`{kept}`"

    assert wrong == {}


def test_the_variables_table_names_every_variable_that_is_read() -> None:
    sources = [ROOT / "config.py", ROOT / "gunicorn.conf.py", *(ROOT / "outreach").rglob("*.py")]
    read = {
        name
        for source in sources
        for name in re.findall(r"environ(?:\.get\(|\[)\s*[\"']([A-Z_]+)[\"']", _text(source))
    }
    rows = _table("docs/operations.md", "Where it is told what to do")

    assert {name for row in rows for name in _names(row[0])} >= read
    assert {"OUTREACH_KEYS", "DATABASE_URL", "PORT"} <= read


@pytest.mark.usefixtures("app")
def test_every_problem_that_is_named_is_explained(app: Flask) -> None:
    known = {kind.slug for kind in problems.kinds()}
    named = {slug for page in PAGES for slug in re.findall(r"/problems/([\w-]+)`", _text(page))}

    assert named
    assert named - known == set()
    assert {app.test_client().get(f"/problems/{slug}").status_code for slug in named} == {200}


def test_the_errors_table_tells_the_status_of_each_kind() -> None:
    rows = _table("docs/development.md", "Errors")
    told = {_names(row[2])[0].removeprefix("/problems/"): int(row[1]) for row in rows}
    known = {kind.slug: problems.status_of(kind) for kind in problems.kinds()}

    assert told == {slug: known[slug] for slug in told}


def test_every_code_word_of_the_glossary_is_in_the_product() -> None:
    words = {word for row in _table("docs/glossary.md", "Words in use") for word in _names(row[1])}
    sources = [*(ROOT / "outreach").rglob("*.py"), *(ROOT / "outreach").rglob("*.toml")]
    product = set(re.findall(r"\w+", "\n".join(map(_text, sources))))

    assert len(words) > 20
    assert words - product == set()


def test_the_glossary_uses_no_word_twice() -> None:
    rows = _table("docs/glossary.md", "Words in use")
    waiting = _table("docs/glossary.md", "Words that wait for their feature")
    screen = [row[0] for row in [*rows, *waiting]]

    assert len(set(screen)) == len(screen)


def test_the_layers_are_told_in_their_order() -> None:
    contract = re.search(
        r'type = "layers"\nlayers = \[(.*?)\]', _text(ROOT / "pyproject.toml"), re.DOTALL
    )
    assert contract
    layers = re.findall(r'"outreach\.(\w+)"', contract[1])
    told = re.search(
        r"^commands →.*?\n\n", _text(ROOT / "docs/development.md"), re.MULTILINE | re.DOTALL
    )
    assert told

    assert re.findall(r"\w+", told[0]) == layers


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = _text(folder / "README.md")
    decisions = sorted(folder.glob("0*.md"))

    assert [path.name for path in decisions if f"({path.name})" not in index] == []
    for number, path in enumerate(decisions, start=1):
        text = _text(path)
        assert path.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number:04}. ")
        assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
        ]


def test_every_failure_of_the_catalogue_is_held_by_tests_that_exist() -> None:
    said = (ROOT / "docs" / "offline-scenarios.md").read_text("utf-8")
    named = set(re.findall(r"`(test_\w+)`", said))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }

    assert len(named) > 60
    assert named - there == set()
    letters = [f"{part}{number}" for part, last in _CATALOGUE for number in range(1, last + 1)]
    assert [each for each in letters if not re.search(rf"\b{each}\b", said)] == []


# The failures that a tablet must survive: how many there are under each letter.
_CATALOGUE = (("A", 15), ("B", 11), ("C", 3), ("D", 12), ("E", 13), ("F", 10))
