"""The one error this package raises on purpose, and how it speaks to the person at the keyboard."""

import sys


class Refusal(Exception):
    """It cannot go on; the message says in plain words what is missing and how to get it."""


def say(message: str) -> None:
    """Tell the person what is happening, on standard error: standard output is for results."""
    print(message, file=sys.stderr, flush=True)
