from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.defences import DEFENCES, Defence, DoesNotFitError, Edit
from tests.soak.mutations import ROOT, Judged, RunBrokenError, outcomes_in

EDITS = [edit for defence in DEFENCES for edit in defence.edits]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.file)
def test_what_takes_a_defence_away_fits_the_code_as_it_is(edit: Edit) -> None:
    assert (ROOT / edit.file).read_text("utf-8").count(edit.before) == 1
    assert edit.before != edit.after


@pytest.mark.parametrize("text", ["", "lock() lock()", "unlock"])
def test_what_does_not_fit_exactly_is_refused_and_changes_nothing(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "line.js").write_text(text)

    with pytest.raises(DoesNotFitError, match=r"line\.js holds this [02] times, not once"):
        Edit("line.js", "lock()", "").apply(tmp_path)

    assert (tmp_path / "line.js").read_text() == text


def test_a_file_that_is_gone_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(DoesNotFitError, match="holds this 0 times"):
        Edit("gone.py", "lock()", "").apply(tmp_path)


def test_every_test_that_holds_a_defence_exists() -> None:
    for name in (test for defence in DEFENCES for test in defence.tests):
        path, _, test = name.partition("::")
        assert f"def {test}(" in (ROOT / path).read_text("utf-8"), name


@pytest.mark.parametrize("outcome", ["green", "broken"])
def test_a_defence_is_held_only_when_each_of_its_tests_has_noticed(outcome: str) -> None:
    defence = Defence("a lock", [], ["a", "b"])

    assert Judged(defence, {"a": "red", "b": "red"}).is_held
    assert not Judged(defence, {"a": "red", "b": outcome}).is_held


TESTS = """
import pytest

def test_well(): pass
def test_asserts(): assert 1 == 2
def test_says_so(): raise AssertionError("it did not come about")
def test_breaks(): {}["nothing"]
def test_finds_no_ground(ground): pass

@pytest.fixture
def ground(): raise AssertionError("no ground")
"""


def test_only_a_failed_assertion_of_the_test_itself_is_red(tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "test_small.py").write_text(TESTS)
    names = ("well", "asserts", "says_so", "breaks", "finds_no_ground")

    outcomes = outcomes_in(folder, [f"test_small.py::test_{name}" for name in names])

    assert list(outcomes.values()) == ["green", "red", "red", "broken", "broken"]


def test_a_test_that_cannot_be_read_is_no_red_one(tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "test_small.py").write_text("import nothing_of_that_name\n")

    with pytest.raises(RunBrokenError):
        outcomes_in(folder, ["test_small.py::test_well"])
