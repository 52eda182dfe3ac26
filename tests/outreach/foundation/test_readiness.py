"""The measurements are for those who watch, and nobody can make them grow."""

from __future__ import annotations

import re
from ipaddress import ip_network

from flask.testing import FlaskClient


def _series(client: FlaskClient) -> int:
    return len(client.get("/metrics").text.splitlines())


def test_the_measurements_are_told_to_this_machine_alone(client: FlaskClient) -> None:
    own = client.get("/metrics")
    foreign = client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert (own.status_code, foreign.status_code) == (200, 404)


def test_whoever_watches_from_elsewhere_is_named(client: FlaskClient) -> None:
    extensions = client.application.extensions
    kept = extensions["outreach.watchers"]
    extensions["outreach.watchers"] = [ip_network("192.0.2.0/28")]
    try:
        answers = [
            client.get("/metrics", environ_base={"REMOTE_ADDR": f"192.0.2.{last}"}).status_code
            for last in (7, 20)
        ]
    finally:
        extensions["outreach.watchers"] = kept

    assert answers == [200, 404]


def test_made_up_verbs_and_addresses_add_nothing_to_the_measurements(client: FlaskClient) -> None:
    client.open("/nowhere", method="FIRST")
    _series(client)  # asking is measured as well
    before = _series(client)

    for number in range(20):
        client.open(f"/nowhere/{number}", method=f"VERB{number}")

    assert _series(client) == before
    assert not re.search(r"VERB\d", client.get("/metrics").text)
