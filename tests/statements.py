"""What the database was asked: the statements that were sent while a block ran."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


@contextmanager
def asked() -> Iterator[list[str]]:
    """Give the statements that this process sends, by any engine, until the block ends."""
    sent: list[str] = []

    def note(*event: Any) -> None:
        sent.append(event[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
