"""What must hold after a walk at a tablet: each thing that does not is counted, and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from outreach.accounts.service import actor_named
from outreach.contacts.models import Contact
from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.identification import later
from outreach.sync.models import SyncInbox, SyncKept, SyncPosition
from tests.faults.proxy import wait_until
from tests.journeys.offline_walk import Said, Walk

# How a walk can go wrong, as `./dev soak` counts it.
KINDS = (
    "lost", "doubled", "out of order", "wrong author", "other content", "shown otherwise",
    "canaries found",
)  # fmt: skip
ELSEWHERE = ["validation"]
# So often the screen is opened before what it shows is held against the server.
_TRIES = 4

Wrong = Iterator[tuple[str, str]]


@dataclass
class Verdict:
    """What a walk came to: how much the tablet called saved, and what of it is not as it said."""

    seed: int
    steps: int
    saved: int
    wrong: list[tuple[str, str]] = field(default_factory=list)
    # Words that must be in no file of the tablet.
    canaries: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        """Return the verdict in figures."""
        counted = Counter(kind for kind, _ in self.wrong)
        walked = {"seed": self.seed, "steps": self.steps, "saved": self.saved}
        return walked | {"canaries": len(self.canaries)} | {kind: counted[kind] for kind in KINDS}


def verdict_of(walk: Walk, device: UUID) -> Verdict:
    """Hold what the server has, and what the screen shows, against what was called saved."""
    db.session.rollback()
    db.session.expire_all()
    wanted = sa.select(SyncInbox).where(SyncInbox.device_id == device)
    inbox = list(db.session.scalars(wanted.order_by(SyncInbox.server_seq)))
    wrong = [
        *_operations(walk, inbox),
        *_places(device, {each.op_id: each.server_seq for each in inbox}),
        *_contacts(walk),
        *_named(walk),
        *_screen(walk),
    ]
    canaries = [word for said in walk.said.values() for word in said.named or ()]
    return Verdict(walk.seed, len(walk.steps), len(walk.ops), wrong, canaries)


def _operations(walk: Walk, inbox: list[SyncInbox]) -> Wrong:
    """Each operation is there once, in the order in which it was called saved, by its author."""
    there = Counter(str(each.op_id) for each in inbox)
    for op in walk.ops:
        if not there[op]:
            yield "lost", f"operation {op}"
    for op, times in there.items():
        if times > 1 or op not in walk.ops:
            yield "doubled", f"operation {op}: {times} times, called saved: {op in walk.ops}"
    places = {op: place for place, op in enumerate(walk.ops)}
    known = [each for each in inbox if str(each.op_id) in places]
    yield from _unsorted("operation", [places[str(each.op_id)] for each in known])
    for each in known:
        if str(each.author_id) != walk.ops[str(each.op_id)]:
            yield "wrong author", f"operation {each.op_id}: {each.author_id}"


def _places(device: UUID, server: dict[UUID, int]) -> Wrong:
    """Each line is numbered 1, 2, 3 …, and came in that order."""
    lines: dict[UUID, list[SyncPosition]] = {}
    wanted = sa.select(SyncPosition).where(SyncPosition.device_id == device)
    for place in db.session.scalars(wanted.order_by(SyncPosition.seq)):
        lines.setdefault(place.epoch, []).append(place)
    for epoch, line in lines.items():
        if [each.seq for each in line] != list(range(1, len(line) + 1)):
            yield "out of order", f"line {epoch}: {[each.seq for each in line]}"
        yield from (
            ("lost", f"place {each.seq} of line {epoch}") for each in line if each.op_id is None
        )
        came = [server[each.op_id] for each in line if each.op_id in server]
        yield from _unsorted(f"line {epoch}", came)


def _unsorted(what: str, places: list[int]) -> Wrong:
    for before, after in pairwise(places):
        if after < before:
            yield "out of order", f"{what}: {after} after {before}"


def _contacts(walk: Walk) -> Wrong:
    """Each contact stands as the tablet last said, unless a person has to decide about it."""
    rows = {str(row.id): row for row in db.session.scalars(sa.select(Contact))}
    review = {str(each) for each in db.session.scalars(sa.select(SyncKept.entity_id))}
    for contact, said in walk.said.items():
        row = rows.pop(contact, None)
        if row is None:
            if contact not in review:
                yield "lost", f"contact {contact}"
            continue
        if row.recorded_by != said.author:
            yield "wrong author", f"contact {contact}: {row.recorded_by}"
        if (row.voided_at is not None) != said.voided and contact not in review:
            yield "other content", f"contact {contact}: voided {row.voided_at}, said {said}"
        # Changed here and elsewhere: one of the two stands, and a person has the other to look at.
        if row.topics not in ([said.topics], *([ELSEWHERE] if said.contested else [])):
            became = f"version {row.version}; {_what_became(row.id)}"
            yield "other content", f"contact {contact}: {row.topics}, said {said}; {became}"
    for contact in rows:
        yield "doubled", f"contact {contact} was never called saved"


def _what_became(contact: UUID) -> list[str]:
    """Return what the server made of each operation about a contact, in the order they came."""
    wanted = sa.select(SyncInbox).where(SyncInbox.entity_id == contact)
    return [
        f"{each.type} of {each.captured_at}: {each.code}, version {each.entity_rev}"
        for each in db.session.scalars(wanted.order_by(SyncInbox.server_seq))
    ]


def _named(walk: Walk) -> Wrong:
    """Who somebody was waits for its author alone, once, as it was written."""
    wanted = Counter(_who_was(walk.said))
    there: Counter[tuple[UUID, str, tuple[str, str]]] = Counter()
    for author, user in walk.people.items():
        for row in later.waiting(by=actor_named(user.username)):
            named = (row["given_name"], row["family_name"])
            there[author, str(row["contact_id"]), named] += 1
    for what in wanted - there:
        yield "lost", f"koppla senare {what}"
    for what in there - wanted:
        yield "doubled", f"koppla senare {what}"


def _who_was(said: dict[str, Said]) -> Iterable[tuple[UUID, str, tuple[str, str]]]:
    gone = set(db.session.scalars(sa.select(Contact.id).where(Contact.voided_at.is_not(None))))
    for contact, each in said.items():
        if each.named and UUID(contact) not in gone:
            yield each.author, contact, each.named


def _screen(walk: Walk) -> Wrong:
    """Return where the list on the screen is not what the server has of whoever reads it."""
    for _ in range(_TRIES):
        try:
            wait_until(lambda: _shown(walk) == _listed(walk), within=8)
        except AssertionError:
            # A server that was slow to answer did not judge the plattkod, and tells nothing.
            walk.open_again()
        else:
            return
    shown, listed = _shown(walk), _listed(walk)
    for each in [*shown, *listed]:
        if each not in shown or each not in listed:
            yield "shown otherwise", f"{each} on the screen: {each in shown}"


def _shown(walk: Walk) -> list[dict[str, Any]]:
    rows = [{**row, "topics": sorted(row["topics"])} for row in walk.shown()]
    return sorted(rows, key=itemgetter("id"))


def _listed(walk: Walk) -> list[dict[str, Any]]:
    """Return what the server has of today of whoever has the screen open."""
    reader = UUID(walk.tablet.watch())
    db.session.rollback()
    db.session.expire_all()
    today = sa.select(Contact).where(
        Contact.recorded_by == reader, Contact.local_day == clock.today()
    )
    rows = [
        {
            "id": str(row.id),
            "gone": row.voided_at is not None,
            "time": clock.local(row.occurred_at).strftime("%H:%M"),
            "topics": sorted(row.topics),
        }
        for row in db.session.scalars(today)
    ]
    return sorted(rows, key=itemgetter("id"))
