"""The program, run on this worker's product."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from outreach.commands import main

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function: run `outreach` with the words given and return what came of it."""
    assert app
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def outreach(*words: str, **environ: str) -> Result:
        # An error that no command tells is the test's to see.
        return CliRunner().invoke(main, words, env=environ, catch_exceptions=False)

    return outreach
