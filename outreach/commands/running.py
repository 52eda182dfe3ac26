"""How every command runs: inside the application, known errors told, answers printed."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

import config
from outreach.application import create_app
from outreach.foundation.database import close_connections, db
from outreach.foundation.errors import OutreachError
from outreach.foundation.problems import body_of


@contextmanager
def application(settings: config.Settings | None = None) -> Iterator[None]:
    """Run a block inside the application, and close every connection that it opened."""
    app = create_app(settings)
    with app.test_request_context():
        try:
            yield
        finally:
            db.session.remove()
            close_connections()
            app.extensions["outreach.vault"].dispose()
            app.extensions["outreach.broker"].close()


def command(group: click.Group | None, name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command that runs with the application; a known error ends with exit code 1.

    `group` is None for a command that stands by itself.
    """
    named = group.command if group else click.command

    def declare(act: Callable[..., Any]) -> click.Command:
        @named(name, help=act.__doc__)
        @functools.wraps(act)
        def run(*args: Any, **kwargs: Any) -> Any:
            with application():
                try:
                    return act(*args, **kwargs)
                except OutreachError as error:
                    tell(error)
                    sys.exit(1)

        return run

    return declare


def printable(text: str) -> str:
    """Return the text with every sign that a terminal would obey written out instead."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )


def tell(error: OutreachError) -> None:
    """Print what went wrong and what to do next, every fault on a line of its own."""
    problem = body_of(error)
    click.echo(f"{problem['title']}: {problem['detail']}", err=True)
    for fault in problem.get("errors", ()):
        click.echo(f"  {fault['pointer']}: {fault['detail']}", err=True)


def say(answer: object, *, as_json: bool, plain: str) -> None:
    """Print an answer: one JSON document, or one line for people."""
    click.echo(json.dumps(answer, ensure_ascii=False, default=str) if as_json else plain)
