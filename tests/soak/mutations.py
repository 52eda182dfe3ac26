"""`./dev mutate`: take each defence of the outbox away in a copy, and see its tests fail.

First the tests must pass as things are. Then, one defence at a time, every test that is named for
it must fail with an assertion: one that does not would not have noticed that the defence is gone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import Part, Verdict
from embedded import environment
from tests.soak.defences import DEFENCES, Defence, DoesNotFitError

ROOT = Path(__file__).parents[2]
# Linked instead of copied; left out.
_LINKED = (".venv", "node_modules")
_LEFT = (".git", ".outreach", "__pycache__", ".*_cache", "test-results", ".hypothesis")
# pytest's own: all passed, some failed.
_TOLD = (0, 1)


class RunBrokenError(Exception):
    """The tests could not be run at all, so that they tell nothing."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A defence that was taken away, and what each of its tests came to then."""

    defence: Defence
    outcomes: Mapping[str, str]

    @property
    def is_held(self) -> bool:
        """Whether each of its tests has noticed."""
        return all(self.outcomes[test] == "red" for test in self.defence.tests)


def mutations(defences: Sequence[Defence] = DEFENCES) -> Part:
    """Take the defences away one at a time; return what their tests have noticed.

    Raises DoesNotFitError where the code has changed since, RunBrokenError where the tests do not
    run, or fail with every defence in its place.
    """
    with a_copy() as copy:
        tests = [test for defence in defences for test in defence.tests]
        outcomes = outcomes_in(copy, tests)
        early = [test for test in tests if outcomes[test] != "green"]
        if early:
            raise RunBrokenError("fails with every defence in its place: " + ", ".join(early))
    judged = [_judged(defence) for defence in defences]
    rows = [
        (each.defence.name, test.rpartition("::")[2], each.outcomes[test])
        for each in judged
        for test in each.defence.tests
    ]
    verdicts = [
        Verdict(f"without {each.defence.name}", _count(each), each.is_held) for each in judged
    ]
    return Part("Taken away, one at a time", ("defence", "test", ""), rows, verdicts)


def _count(judged: Judged) -> str:
    red = [outcome for outcome in judged.outcomes.values() if outcome == "red"]
    return f"{len(red)} of {len(judged.outcomes)} tests red"


def _judged(defence: Defence) -> Judged:
    _say(f"without {defence.name} …")
    with a_copy() as copy:
        for edit in defence.edits:
            edit.apply(copy)
        if defence.is_in_the_browser:
            _run([environment.find_node().program, "build.mjs"], copy, wanted=(0,))
        return Judged(defence, outcomes_in(copy, defence.tests))


@contextmanager
def a_copy() -> Iterator[Path]:
    """Lay a copy of the checkout, as it stands, in a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="outreach-mutated-") as folder:
        copy = Path(folder) / "outreach"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_LINKED, *_LEFT))
        for name in _LINKED:
            (copy / name).symlink_to(ROOT / name)
        yield copy


def outcomes_in(copy: Path, tests: Sequence[str]) -> dict[str, str]:
    """Run the tests in a copy; return what each came to.

    `green` when it passed, `red` when an assertion failed, else `broken`. Raises RunBrokenError
    where one of them was not run.
    """
    told = copy.parent / "told.xml"
    ours = ["-n0", "-q", "-p", "no:randomly", "--no-header", "--tb=line", f"--junitxml={told}"]
    _run([sys.executable, "-m", "pytest", *ours, *tests], copy, wanted=_TOLD)
    found = {_name(case): _outcome(case) for case in ET.parse(told).iter("testcase")}  # noqa: S314 - our own
    missing = [test for test in tests if test not in found]
    if missing:
        raise RunBrokenError("was not run: " + ", ".join(missing))
    return {test: found[test] for test in tests}


def _name(case: ET.Element) -> str:
    return f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"


def _outcome(case: ET.Element) -> str:
    failure = case.find("failure")
    if failure is not None:
        is_assertion = failure.get("message", "").startswith(("AssertionError", "assert "))
        return "red" if is_assertion else "broken"
    return "green" if case.find("error") is None and case.find("skipped") is None else "broken"


def _run(command: Sequence[str | Path], folder: Path, *, wanted: Sequence[int]) -> None:
    # Servers of its own: another schema may be what was taken away.
    shared = {name: value for name, value in os.environ.items() if not _is_of_a_run(name)}
    done = subprocess.run(
        command, cwd=folder, env=shared, capture_output=True, text=True, check=False
    )
    if done.returncode not in wanted:
        raise RunBrokenError(
            f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )


def _is_of_a_run(name: str) -> bool:
    return name.startswith(("OUTREACH_", "PYTEST_")) or name.endswith("DATABASE_URL")


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def main() -> int:
    """Take away all there are, print the table; gives 1 when a test has not noticed."""
    try:
        part = mutations()
    except (DoesNotFitError, RunBrokenError) as error:
        _say(f"./dev mutate: {error}")
        return 2
    for row in part.rows:
        sys.stdout.write("| " + " | ".join(row) + " |\n")
    for verdict in part.verdicts:
        said = "held" if verdict.met else "NOT HELD"
        sys.stdout.write(f"{said}: {verdict.target}, {verdict.measured}\n")
    return 0 if all(verdict.met for verdict in part.verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
