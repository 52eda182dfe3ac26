"""A letter is handed over to a real mail server, and each of its answers is understood."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from embedded.ports import free_port
from outreach.foundation import clock
from outreach.outgoing.carriers import Accepted, Busy, Message, NoAnswer, Refused
from outreach.outgoing.mail import MailCarrier
from tests.post_office import MailServer, mail_server

TO = "elsa@example.se"
LETTER = Message(TO, "Du har en tid på torsdag. Hör av dig!", "Påminnelse om din tid")


@pytest.fixture(scope="module")
def running() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def server(running: MailServer) -> MailServer:
    running.mood = "ok"
    running.letters.clear()
    return running


def _carrier(server: MailServer, **said: object) -> MailCarrier:
    given = {
        "host": "127.0.0.1", "port": server.port, "user": "", "password": "",
        "sender": "noreply@outreach.example.se", "tls": "off",
    }  # fmt: skip
    return MailCarrier(**given | said)  # type: ignore[arg-type]


def test_a_letter_is_plain_and_known_by_the_rows_id(server: MailServer) -> None:
    row = uuid4()

    outcome = _carrier(server).send(row, LETTER)

    (letter,) = server.letters
    assert outcome == Accepted(f"<{row}@outreach.example.se>")
    assert letter["Message-ID"] == f"<{row}@outreach.example.se>"
    assert (letter["From"], letter["To"]) == ("noreply@outreach.example.se", TO)
    assert letter["Subject"] == "Påminnelse om din tid"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().strip() == LETTER.text  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("mood", "outcome", "taken"),
    [
        ("550", Refused(), 0),
        ("450", Busy(), 0),
        ("552", Refused(), 0),
        ("451", Busy(), 0),
        ("drop_before", Busy(), 0),
        # It was taken, and the line was closed: nobody here can know.
        ("drop", NoAnswer(), 1),
    ],
)
def test_each_way_of_not_taking_it_is_told_apart(
    server: MailServer, mood: str, outcome: object, taken: int
) -> None:
    server.mood = mood

    assert _carrier(server).send(uuid4(), LETTER) == outcome
    assert len(server.letters) == taken


def test_nobody_there_is_no_loss(server: MailServer) -> None:
    assert _carrier(server, port=free_port()).send(uuid4(), LETTER) == Busy()
    # This server seals no line, and knows nobody's password.
    assert _carrier(server, tls="starttls").send(uuid4(), LETTER) == Busy()
    assert _carrier(server, user="somebody").send(uuid4(), LETTER) == Busy()
    assert server.letters == []


def test_addresses_of_other_scripts_arrive(server: MailServer) -> None:
    for address in ("åsa@example.se", "elsa@hyvönen.example"):
        _carrier(server).send(uuid4(), Message(address, "Hej", "Hej"))

    told = [letter["To"] for letter in server.letters]
    assert told == ["åsa@example.se", "elsa@xn--hyvnen-yxa.example"]


def test_it_cannot_be_asked_afterwards(server: MailServer) -> None:
    carrier = _carrier(server)

    assert not carrier.remembers
    assert carrier.look_for(TO, since=clock.now(), known=lambda _: set()) == NoAnswer()
