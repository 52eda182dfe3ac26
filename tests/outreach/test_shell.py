"""What tablets keep of the product: pages without anybody in them, and what keeps them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.foundation import assets
from tests.builders import Visitor, a_recorded_contact, uuid7

SignIn = Callable[..., Visitor]
SHELLS = ["/falt/skal", "/vart/skal"]
each_shell = pytest.mark.parametrize("shell", SHELLS)


def _field_data(page: TestResponse) -> dict[str, Any]:
    found = re.search(r'id="field-data">(.*?)</script>', page.text, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


@each_shell
def test_a_shell_is_the_same_for_whoever_asks(
    client: FlaskClient, signed_in: SignIn, shell: str
) -> None:
    worker = signed_in(name="Namnet Ingen Vet", sites=["hagalund"])
    worker.client.set_cookie("theme", "dark")
    for_nobody = client.get(shell)

    assert for_nobody.status_code == 200
    assert worker.get(shell).text == for_nobody.text
    assert "Set-Cookie" not in for_nobody.headers


def test_the_field_shell_holds_code_lists_and_places_and_nothing_of_anybody(
    client: FlaskClient,
) -> None:
    data = _field_data(client.get("/falt/skal"))

    assert data["own"] is None
    assert set(data) == {"locale", "codes", "sites", "own"}
    assert "bagartorp" in {site["code"] for site in data["sites"]}


def test_the_live_field_page_is_the_shell_with_what_is_ones_own(signed_in: SignIn) -> None:
    worker = signed_in(sites=["hagalund"])
    a_recorded_contact(actor_named(worker.user.username), site="hagalund")

    live = _field_data(worker.get("/falt"))
    own = live.pop("own")

    assert live | {"own": None} == _field_data(worker.get("/falt/skal"))
    assert own["sites"] == ["hagalund"]
    assert own["today"]["own"] == 1
    assert set(own) == {"csrf", "user", "sites", "shift", "planned_shifts", "today"}


@each_shell
def test_a_shell_that_has_not_changed_is_not_sent_again(client: FlaskClient, shell: str) -> None:
    first = client.get(shell)

    again = client.get(shell, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert again.status_code == 304


@each_shell
def test_a_shell_says_its_language_in_its_address(client: FlaskClient, shell: str) -> None:
    client.set_cookie("language", "sv")

    page = client.get(f"{shell}?sprak=en")

    assert '<html lang="en"' in page.text
    assert page.headers["ETag"] != client.get(shell).headers["ETag"]


def test_the_field_shell_shows_the_places_of_a_caseworker(
    client: FlaskClient, signed_in: SignIn
) -> None:
    def places(page: TestResponse) -> list[str]:
        return re.findall(r'<a class="places__link" href="([^"]+)"', page.text)

    worker = signed_in(role="caseworker")

    assert places(client.get("/falt/skal")) == places(worker.get("/falt"))


def _kept(script: str) -> dict[str, Any]:
    """Return what a worker is to keep, as the server wrote it above it."""
    found = re.match(r"const SHELL=(\{.*?\});\n", script)
    assert found
    shell: dict[str, Any] = json.loads(found[1])
    return shell


def test_the_worker_is_asked_for_anew_each_time_and_runs_for_the_whole_house(
    client: FlaskClient,
) -> None:
    answer = client.get("/service-worker.js")

    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get("/service-worker.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_what_the_worker_is_to_keep_is_what_the_server_hands_out(client: FlaskClient) -> None:
    files = _kept(client.get("/service-worker.js").text)["files"]

    assert {address for address, _ in files} > {
        f"{shell}?sprak={language}" for shell in SHELLS for language in ("sv", "en")
    }
    for address, digest in files:
        answer = client.get(address, buffered=True)
        assert answer.status_code == 200
        assert assets.digest(answer.data) == digest, address


@each_shell
def test_all_that_a_shell_asks_for_is_kept_with_it(client: FlaskClient, shell: str) -> None:
    page = client.get(shell).text
    asked = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))
    # What stands on a home screen is fetched when it is put there.
    asked = {address for address in asked if not address.endswith(".png")}

    kept = {address for address, _ in _kept(client.get("/service-worker.js").text)["files"]}

    assert asked
    assert asked <= kept


def test_the_version_is_the_same_for_everybody_and_changes_with_what_is_kept(
    client: FlaskClient, signed_in: SignIn
) -> None:
    before = _kept(client.get("/service-worker.js").text)
    keeper = signed_in(role="administrator", sites=(), committee=None)
    assert _kept(keeper.get("/service-worker.js").text) == before

    entry = {"target": "komvux_sfi", "name": "Nytt ställe", "for_whom": "Alla."}
    keeper.send("directory", entry | {"id": str(uuid7()), "valid_from": "2025-01-01"})

    after = _kept(client.get("/service-worker.js").text)
    assert after["version"] != before["version"]
    changed = {
        address for address, digest in after["files"] if [address, digest] not in before["files"]
    }
    assert changed == {"/vart/skal?sprak=sv", "/vart/skal?sprak=en"}


def test_a_switched_off_worker_keeps_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SERVICE_WORKER_OFF", value=True)

    script = app.test_client().get("/service-worker.js").text

    assert "SHELL" not in script
    assert "unregister" in script
    assert "indexedDB" not in script


@pytest.mark.parametrize(("language", "shortcut"), [("sv", "Ny kontakt"), ("en", "New contact")])
def test_the_manifest_speaks_the_language_that_it_is_asked_for_in(
    client: FlaskClient, language: str, shortcut: str
) -> None:
    answer = client.get(f"/manifest.webmanifest?sprak={language}")
    told = json.loads(answer.text)

    assert answer.mimetype == "application/manifest+json"
    assert (told["lang"], told["start_url"], told["scope"]) == (language, "/falt", "/")
    assert told["shortcuts"][0] == {"name": shortcut, "url": "/falt/ny"}
    for icon in told["icons"]:
        assert client.get(icon["src"], buffered=True).mimetype == icon["type"]


@pytest.mark.parametrize("path", ["/falt", "/falt/ny"])
def test_the_field_page_is_sent_packed_and_holds_nothing_that_the_asker_chose(
    signed_in: SignIn, path: str
) -> None:
    worker = signed_in()
    packed = worker.get(f"{path}?valt=av-nagon-annan", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    page = gzip.decompress(packed.data).decode()
    assert 'id="field-data"' in page
    assert "av-nagon-annan" not in page
    # Somebody who cannot read that is sent the page as it is.
    assert "Content-Encoding" not in worker.get(path).headers


@each_shell
def test_a_packed_shell_has_a_tag_of_its_own_and_is_not_sent_again(
    client: FlaskClient, shell: str
) -> None:
    packed = {"Accept-Encoding": "gzip"}
    first = client.get(shell, headers=packed)

    assert first.headers["ETag"] != client.get(shell).headers["ETag"]
    again = client.get(shell, headers=packed | {"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
