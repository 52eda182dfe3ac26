"""Whatever is killed while tablets hand in, each operation arrives once, in order, and stays."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.sealed_tablet import SealedTablet, joined
from tests.waiting import until
from tests.whole_product import Program, WholeProduct, whole_product

MANY = 50


@pytest.fixture(scope="module")
def standing() -> Iterator[WholeProduct]:
    with whole_product() as product:
        yield product


def _database(product: WholeProduct) -> Any:
    text = (product.home / "home" / "running.json").read_text()
    url = text.split('"DATABASE_URL": "')[1].split('"')[0]
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _tablet(product: WholeProduct, name: str) -> tuple[SealedTablet, str]:
    """Enrol a tablet at which somebody has signed in; return it with their right to hand in."""
    made = product.outreach("device", "enrol", "--name", name, "--site", "hagalund")
    anna = Program(product.address, "anna.hagalund", product.password_of("anna.hagalund"))

    def post(path: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        return anna.send(path, body, **headers)[:2]

    tablet = joined(made["device_id"], made["token"], post)
    status, told = post("devices/here/grants", {}, {"Authorization": f"Bearer {tablet.token}"})
    assert status == 201, told
    return tablet, told["grant"]


def _arrived(database: Any, tablet: SealedTablet) -> list[tuple[int, str, str]]:
    wanted = (
        "SELECT p.seq, p.op_id::text, i.code FROM sync_position p JOIN sync_inbox i USING (op_id)"
        " WHERE p.device_id = %s ORDER BY i.server_seq"
    )
    return list(database.execute(wanted, [tablet.device]).fetchall())


_HELD = """
INSERT INTO sync_inbox (op_id, device_id, batch_id, key_id, sealed_sha256, received_at)
VALUES (%s, %s, gen_random_uuid(), 1, '', now())
"""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("victim", ["web", "postgresql"])
def test_f6_what_is_killed_within_a_sending_is_received_once_and_in_order(
    standing: WholeProduct, victim: str
) -> None:
    tablet, grant = _tablet(standing, f"Platta {victim}")
    first = tablet.create(grant)
    tablet.correct(grant, first, first, gender="man")
    queued = [tablet.create(grant) for _ in range(MANY - 2)]

    # Somebody holds the place of one in the middle: there the sending waits, and is killed.
    holding = _database(standing)
    holding.autocommit = False
    holding.execute(_HELD, [queued[MANY // 2].op_id, tablet.device])
    with _database(standing) as database, ThreadPoolExecutor(1) as pool:
        answered = pool.submit(tablet.send)
        until(lambda: _arrived(database, tablet))
        standing.kill(victim)
        status, answer = answered.result()
    holding.close()
    until(standing.is_ready)
    with _database(standing) as database:
        before = _arrived(database, tablet)
    results = tablet.sync()

    assert (status, answer) != (200, answer), "it was killed too late"
    assert 0 < len(before) < MANY
    codes = [result["code"] for result in results]
    assert codes == ["duplicate"] * len(before) + ["applied"] * (MANY - len(before))
    with _database(standing) as database:
        arrived = _arrived(database, tablet)
        there = database.execute(
            "SELECT id::text, version FROM contact WHERE id = ANY(%s)",
            [[first.entity, *(each.entity for each in queued)]],
        ).fetchall()
    assert [seq for seq, _, _ in arrived] == list(range(1, MANY + 1))
    assert dict(there) == {str(first.entity): 2} | {str(each.entity): 1 for each in queued}


@pytest.mark.timeout(240)
def test_f9_what_was_answered_for_is_on_disk(standing: WholeProduct) -> None:
    tablet, grant = _tablet(standing, "Platta disk")
    for _ in range(20):
        tablet.create(grant)
    told = {result["op_id"] for result in tablet.sync()}

    standing.kill("postgresql")
    until(standing.is_ready)

    with _database(standing) as database:
        assert {op for _, op, _ in _arrived(database, tablet)} == told
