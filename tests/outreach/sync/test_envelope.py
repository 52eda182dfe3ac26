"""Reading what a tablet sealed: every version for ever, every fault at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from outreach.sync import envelope
from outreach.sync.envelope import TYPES, Base, Unreadable, VersionUnknown

FOLDER = Path(__file__).parent / "operations"
FILES = sorted(FOLDER.rglob("*.json"))
ENTITY = UUID("019bafc2-7a31-7d55-a6e0-6b8f6f1f2a01")


def _content(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _one(**said: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "grant": "og_made-up",
        "type": "contact.confirm",
        "entity": str(ENTITY),
        "at": "2026-01-12T10:15:00+01:00",
        "locked": False,
        "base": None,
        "after": [],
        "body": {},
    } | said


def test_there_is_a_file_of_every_type_of_operation_that_was_ever_sent() -> None:
    assert {path.stem for path in FILES if path.parent.name == "1"} == TYPES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_f5_what_an_old_app_sent_is_read_for_ever(path: Path) -> None:
    read = envelope.operation(envelope.plain(envelope.padded(_content(path))))

    assert read.type == path.stem
    assert read.grant.startswith("og_")
    assert read.at.utcoffset() is not None


@pytest.mark.parametrize(
    "body",
    [
        b'{"minutes": NaN}',
        b'{"minutes": 1e999}',
        b'{"topics": ["\\ud800"]}',
        b'{"topics": ' + b"[" * 5 + b"]" * 5 + b"}",
        b'{"topics": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=["no number", "without an end", "half a sign", "too deep", "without a bottom"],
)
def test_what_would_stop_whoever_reads_it_is_not_read(body: bytes) -> None:
    with pytest.raises(Unreadable):
        envelope.plain(b'{"v": 1, "body": ' + body + b"}")


def test_what_it_rests_on_is_all_that_it_names_once() -> None:
    first, second = UUID(int=1), UUID(int=2)
    content = _one(
        type="contact.void",
        base={"op": str(first)},
        after=[str(second), str(first)],
        body={"reason": "mistap"},
    )

    read = envelope.operation(content)

    assert read.base == Base(op=first)
    assert read.rests_on == (second, first)


def test_the_length_tells_little() -> None:
    long = envelope.padded(_one(body={"note": "ö" * 700}))

    assert {len(envelope.padded(_one())), len(long)} == {1024, 2048}
    assert envelope.plain(long) == _one(body={"note": "ö" * 700})


def test_the_info_binds_the_seal_to_the_tablet_the_operation_and_the_key() -> None:
    assert (
        envelope.info(UUID(int=1), UUID(int=2), 7)
        == b"outreach-sync/1|00000000-0000-0000-0000-000000000001"
        b"|00000000-0000-0000-0000-000000000002|7"
    )


def test_every_fault_is_told_at_once() -> None:
    content = _one(
        type="contact.eat", entity="?", at="yesterday", locked="no", after="none", body=3, colour=1
    )

    with pytest.raises(Unreadable) as refused:
        envelope.operation(content)

    assert {fault.pointer for fault in refused.value.faults} == {
        "/type", "/entity", "/at", "/locked", "/after", "/body", "/colour",
    }  # fmt: skip


@pytest.mark.parametrize(
    "base", [{"rev": 0}, {"rev": True}, {"rev": 2**40}, {"op": 5}, {"rev": 1, "op": "?"}, "4", {}]
)
def test_a_base_is_a_version_or_an_operation(base: object) -> None:
    with pytest.raises(Unreadable) as refused:
        envelope.operation(_one(base=base))

    assert {fault.pointer for fault in refused.value.faults} <= {"/base", "/base/op"}


@pytest.mark.parametrize("kind", sorted(envelope.CHANGING))
def test_a_change_without_its_base_is_refused(kind: str) -> None:
    with pytest.raises(Unreadable) as refused:
        envelope.operation(_one(type=kind))

    assert [fault.pointer for fault in refused.value.faults] == ["/base"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "2026-01-12T10:15:00", 5, None])
def test_a_time_that_is_none_is_refused(at: object) -> None:
    with pytest.raises(Unreadable):
        envelope.operation(_one(at=at))


@pytest.mark.parametrize("version", [0, 2, "1", None, 1.5])
def test_a_version_that_nobody_knows_here_is_told_as_that(version: object) -> None:
    with pytest.raises(VersionUnknown):
        envelope.operation(_one(v=version))


@pytest.mark.parametrize("sealed", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_unreadable(sealed: bytes) -> None:
    with pytest.raises(Unreadable):
        envelope.plain(sealed)


@pytest.mark.parametrize("content", [[], "x", 1, None])
def test_what_is_no_object_is_unreadable(content: object) -> None:
    assert envelope.grant_of(content) is None
    with pytest.raises(Unreadable):
        envelope.operation(content)


def test_a_grant_is_found_in_any_version_and_never_kept() -> None:
    assert envelope.grant_of(_one(v=9)) == "og_made-up"
    assert envelope.grant_of(_one(grant="ög")) is None
    assert envelope.without_grant(_one()) == {
        name: value for name, value in _one().items() if name != "grant"
    }
    assert "og_made-up" not in repr(envelope.operation(_one()))
