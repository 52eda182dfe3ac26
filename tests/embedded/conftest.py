import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.embedded.small_checkout import DevRun, make_checkout


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that everyone may pass through; pytest's own is closed to other accounts."""
    with _open_folder() as made:
        yield made


@pytest.fixture
def dev_run() -> Iterator[DevRun]:
    """A `./dev run` that is being started, for tests that end it."""
    with _run() as run:
        yield run


@pytest.fixture(scope="module")
def standing_run() -> Iterator[DevRun]:
    """A `./dev run` that is up, for tests that leave it so."""
    with _run() as run:
        run.wait_until_up()
        yield run


@contextmanager
def _run() -> Iterator[DevRun]:
    with _open_folder() as folder:
        make_checkout(folder / "checkout")
        run = DevRun(folder / "checkout")
        try:
            yield run
        finally:
            run.end()


@contextmanager
def _open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="outreach-test-") as made:
        Path(made).chmod(0o711)
        yield Path(made)
