"""Habits of the house that a program can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = [path for name in ("outreach", "tasks") for path in (ROOT / name).rglob("*.py")]
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
NAMELESS = {"utils", "helpers", "base", "common", "misc"}


def test_only_one_file_commits() -> None:
    committing = {
        str(path.relative_to(ROOT)) for path in PRODUCT if ".commit(" in path.read_text("utf-8")
    }

    assert committing == {"outreach/foundation/transaction.py"}


def test_what_comes_from_tablets_alone_is_kept_when_half_of_it_fails() -> None:
    saving = {path.parent.name for path in PRODUCT if "savepoint()" in path.read_text("utf-8")}

    assert saving == {"foundation", "sync"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [path for path in PRODUCT if path.stem in NAMELESS]


def test_time_comes_from_the_clock_alone() -> None:
    elsewhere = {
        str(path.relative_to(ROOT))
        for path in PRODUCT
        if re.search(r"datetime\.now\(|date\.today\(|utcnow\(", path.read_text("utf-8"))
    }

    assert elsewhere == {"outreach/foundation/clock.py"}


def test_only_the_demonstration_pretends_that_it_is_another_time() -> None:
    pretending = {path.parent.name for path in PRODUCT if ".pretending(" in path.read_text("utf-8")}

    assert pretending == {"demonstration"}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_function_of_a_test_file_is_a_test_a_fixture_or_private(path: Path) -> None:
    strangers = [
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith(("test_", "_"))
        and not any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]

    assert strangers == []


def test_the_tests_mirror_the_product() -> None:
    homeless = []
    for path in TESTS:
        parts = path.relative_to(ROOT / "tests").parts
        if parts[0] not in {"outreach", "tasks", "embedded"}:
            continue
        name = parts[-1].removeprefix("test_").removesuffix(".py")
        if not any(ROOT.joinpath(*parts[:-1]).glob(f"{name}*")):
            homeless.append(str(path.relative_to(ROOT)))

    assert homeless == []


def test_no_test_sleeps() -> None:
    sleepers = [
        str(path.relative_to(ROOT))
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"sleep", "time.sleep"}
    ]

    assert sleepers == []


def _texts() -> Iterator[tuple[Path, str]]:
    for pattern in ("*.py", "*.js", "*.mjs", "*.html", "*.css", "*.md", "*.toml", "*.lock", "dev"):
        for path in ROOT.rglob(pattern):
            if not {"node_modules", ".venv", ".outreach", "built"} & set(path.parts):
                yield path, path.read_text("utf-8")


def test_no_file_names_a_registry_or_leaves_work_or_a_merge_undone() -> None:
    marks = re.compile(
        r"^(<<<<<<<|>>>>>>>) |\b(TO" r"DO|FIX" r"ME|XX" r"X)\b|index-u" r"rl|\"resolv" r"ed\":",
        re.MULTILINE,
    )
    found = [str(path.relative_to(ROOT)) for path, text in _texts() if marks.search(text)]

    assert found == []
