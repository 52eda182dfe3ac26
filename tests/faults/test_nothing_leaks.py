"""After a whole day's work with a person, no file and no table tells who it was."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from embedded import postgresql
from embedded.postgresql_programs import find_programs
from embedded.servers import DATABASE, VAULT
from outreach.foundation import clock
from tests import canaries
from tests.builders import a_contact, a_person, uuid7
from tests.calendar_files import events_in
from tests.canaries import found_in
from tests.sealed_tablet import joined
from tests.whole_product import Program, WholeProduct, whole_product

# Bytes of a file that are looked at together; neighbours overlap, so that no word is cut.
_PIECE, _OVERLAP = 8 * 1024 * 1024, 4096

_EVERYTHING = """
SELECT coalesce(string_agg(format('SELECT t::text FROM %I t', relname), ' UNION ALL '), '')
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


def _canary(**said: Any) -> dict[str, Any]:
    return (
        a_person(
            given_name=canaries.GIVEN_NAME,
            family_name=canaries.FAMILY_NAME,
            number=canaries.NUMBER,
            phone=canaries.PHONE,
            email=canaries.EMAIL,
        )
        | said
    )


def _ok(answer: tuple[int, dict[str, Any], str]) -> dict[str, Any]:
    status, told, _ = answer
    assert status in {200, 201, 204}, told
    return told


def _a_days_work(anna: Program, samir: Program, eva: Program) -> None:
    """Say everything about a person that there is to say, rightly and wrongly."""
    code = _ok(anna.send("recognition-codes", {"id": str(uuid7())}))["code"]
    _ok(anna.send("contacts", a_contact(recognition_code=code)))
    person = _ok(anna.send("participants", _canary(recognition_code=code)))
    known, version = person["id"], f'"{person["version"]}"'
    _ok(anna.send("contacts", a_contact(participant_id=known, note=canaries.NOTE)))
    step = {"text": canaries.NEXT_STEP, "turn": "person"}
    planned = _ok(
        anna.send(f"participants/{known}/next-step", step, method="PUT", If_Match=version)
    )
    change = {"family_name": canaries.FAMILY_NAME.upper()}
    _ok(
        anna.send(
            f"participants/{known}", change, method="PATCH", If_Match=f'"{planned["version"]}"'
        )
    )
    opening = {"reason": "other", "note": canaries.OPENING}
    _ok(samir.send(f"participants/{known}/openings", opening))
    for wanted in ({"number": canaries.NUMBER}, {"name": canaries.GIVEN_NAME}):
        assert _ok(samir.send("participants/search", wanted))["items"]
    _ok(anna.send(f"participants/{known}", method="GET"))
    _wrongly(anna, known)
    asked = _ok(anna.send(f"participants/{known}/regret", {"door": "erasure"}))
    decision = {"decision": "refused", "reason": canaries.REASON}
    _ok(eva.send(f"erasure-requests/{asked['erasure_request_id']}/decide", decision))


def _on_a_tablet(product: WholeProduct, anna: Program) -> None:
    """Hand in what nobody should have written on a tablet, in every way that is refused."""
    made = product.outreach("device", "enrol", "--name", "Platta 1", "--site", "hagalund")

    def post(path: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        return anna.send(path, body, **headers)[:2]

    tablet = joined(made["device_id"], made["token"], post)
    _, told = post("devices/here/grants", {}, {"Authorization": f"Bearer {tablet.token}"})
    grant = told["grant"]
    fine = tablet.create(grant)
    tablet.create(grant, participant_id=str(uuid7()), note=canaries.NOTE)
    strange: dict[str, Any] = {canaries.FAMILY_NAME: canaries.EMAIL}
    tablet.create(grant, activity=canaries.GIVEN_NAME, **strange)
    tablet.correct(grant, fine, 7, talk_language=canaries.FAMILY_NAME)
    tablet.create(grant, recognition_code=canaries.GIVEN_NAME, sealed={"after": [str(uuid7())]})
    tablet.queue(grant, "code.hand_out", body={"code": canaries.NUMBER})
    tablet.queue(grant, canaries.FAMILY_NAME, body={})
    tablet.put(canaries.PURPOSE.encode())
    results = tablet.sync()
    assert [result["code"] for result in results] == (
        ["applied", "needs_review", "needs_review", "needs_review", "held"] + ["needs_review"] * 3
    )
    # Of what nobody can read nobody can tell the author.
    assert len(_ok(anna.send("sync/review", method="GET"))["items"]) == 6
    status, _ = tablet.send([], app_version="1", **{canaries.FAMILY_NAME: canaries.PHONE})
    assert status == 422


def _in_a_phone(anna: Program) -> str:
    """Book a meeting, let a phone follow it, and end that; return the secret of the address."""
    person = _ok(anna.send("participants", _canary(number=None)))
    starts_at = (clock.now() + timedelta(days=200)).replace(microsecond=0)
    booking = {
        "id": str(uuid7()),
        "participant_id": person["id"],
        "workers": [_ok(anna.send("me", method="GET"))["user"]["id"]],
        "starts_at": starts_at.isoformat(),
        "minutes": 30,
        "place": "hagalund",
        "purpose": canaries.PURPOSE,
    }
    _ok(anna.send("followups", booking))
    made = _ok(anna.send("calendars", {}))
    with urllib.request.urlopen(made["url"], timeout=10) as answer:  # noqa: S310
        content = answer.read()
    assert starts_at in {event.start for event in events_in(content)}
    assert found_in(content.replace(b"\r\n ", b"")) == set()
    _ok(anna.send(f"calendars/{made['id']}", method="DELETE"))
    for address in (made["url"], made["url"].removesuffix(".ics")):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(address, timeout=10)  # noqa: S310
    return str(made["token"])


def _wrongly(anna: Program, known: str) -> None:
    """Send what is refused: names where none belong, broken JSON, the same id again."""
    again = _canary(id=known, phone=None)
    broken = json.dumps(_canary())[:-2].encode()
    for status, path, body in (
        (409, "participants", again),
        (422, "participants", _canary(number=canaries.NUMBER[:-1] + "9", route_in="?")),
        (422, "participants", _canary(**{canaries.FAMILY_NAME: canaries.EMAIL})),
        (400, "participants", broken),
        (422, "participants/search", {"number": canaries.NUMBER[:-1]}),
        (422, "contacts", a_contact(note=canaries.NOTE)),
        (422, "recognition-codes/lookup", {"code": canaries.GIVEN_NAME}),
        (401, "session", {"username": canaries.EMAIL, "password": canaries.FAMILY_NAME}),
    ):
        found, told, _ = anna.send(path, body)
        assert found == status, told


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        before = b""
        while piece := file.read(_PIECE):
            yield before + piece
            before = piece[-_OVERLAP:]


def _leaks_in_files(folder: Path, words: Sequence[str]) -> dict[str, set[str]]:
    leaks = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        if found := set().union(*(found_in(piece, words) for piece in _pieces(path))):
            leaks[str(path.relative_to(folder))] = found
    return leaks


def _leaks_in_tables(product: WholeProduct, words: Sequence[str]) -> dict[str, set[str]]:
    home = product.home / "home"
    told = json.loads((home / "running.json").read_text())["environment"]
    passwords = postgresql.Passwords(**json.loads((home / "passwords.json").read_text()))
    port = told["DATABASE_URL"].rsplit(":", 1)[1].split("/")[0]
    server = postgresql.Server(int(port), passwords, find_programs())
    leaks = {}
    for database in (DATABASE, VAULT):
        rows = server.execute(server.execute(_EVERYTHING, database), database)
        assert len(rows) > 100, "the superuser sees every row"
        if found := found_in(rows.encode(), words):
            leaks[database] = found
    return leaks


@pytest.mark.timeout(300)
def test_no_file_and_no_table_holds_anything_that_tells_who_somebody_is() -> None:
    with whole_product() as product:
        staff = {
            name: Program(product.address, name, product.password_of(name))
            for name in ("anna.hagalund", "samir.bagartorp", "eva.chef")
        }
        _a_days_work(*staff.values())
        _on_a_tablet(product, staff["anna.hagalund"])
        words = (*canaries.CANARIES, _in_a_phone(staff["anna.hagalund"]))
        product.outreach("nightly")
        with urllib.request.urlopen(f"{product.address}/metrics", timeout=10) as answer:  # noqa: S310
            metrics = answer.read()

        assert _leaks_in_tables(product, words) == {}
        assert found_in(metrics, words) == set()
        product.end()
        # Logs, the broker's file, the metrics' files and, where they lie here, the databases' own.
        assert _leaks_in_files(product.home, words) == {}
        assert (product.home / "home" / "logs" / "web.log").stat().st_size > 0
