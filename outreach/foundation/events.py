"""How a lower feature tells a higher one, in the same transaction, without knowing it.

The lower feature announces; who listens is written in one table in `application.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Listener = Callable[[Any], None]

_subscriptions: dict[type, tuple[Listener, ...]] = {}


def connect(table: Mapping[type, Sequence[Listener]]) -> None:
    """Replace the subscriptions by the given table of event class to listeners, in order."""
    _subscriptions.clear()
    _subscriptions.update({event: tuple(listeners) for event, listeners in table.items()})


def announce(event: object) -> None:
    """Call every listener of the event's class, in the table's order.

    A listener's error is the announcer's: it rolls the whole use case back.
    """
    for listener in _subscriptions.get(type(event), ()):
        listener(event)
