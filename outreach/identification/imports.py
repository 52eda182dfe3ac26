"""Links and joins from elsewhere: each judged by itself, all good ones kept once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from outreach.accounts import service as accounts
from outreach.accounts.permissions import require_role
from outreach.audit import trail
from outreach.contacts import linking
from outreach.foundation.actor import Actor
from outreach.foundation.errors import N_, Fault, IdReuse, OutreachError, RuleBroken
from outreach.foundation.schemas import ids_said, read
from outreach.foundation.transaction import transaction
from outreach.identification import duplicates, suggestions
from outreach.identification.schemas import ImportedJoinSchema, ImportedLinkSchema
from outreach.identification.service import IdentityNotRecorded
from outreach.participants import reading
from outreach.sites import service as sites
from outreach.sites.codelists import CodeLists

Facts = dict[str, Any]

_LINK = ImportedLinkSchema()
_JOIN = ImportedJoinSchema()

_TAKEN = N_(
    "Kontakten är redan någons, är borttagen, eller är en grupp, ett kort möte eller en kontakt"
    " med annan aktör."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line."""

    created: bool = False
    error: OutreachError | None = None


def import_links(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Link contacts to participants as they were elsewhere, also links that were undone there.

    A repeat is harmless, also of a link that was undone here since. Refused: nobody and nothing
    that is not here, an end before the beginning, and for a link that stands a contact that is
    somebody's already, or of an activity where no identity was recorded that day.
    """
    require_role(by, "system")
    with transaction(by=by):
        known = linking.links_by_id(ids_said(items, "id"))
        people = reading.committees_of(ids_said(items, "participant_id"))
        wanted = ids_said(items, "contact_id")
        there = linking.existing(wanted)
        free = {row["id"]: row for row in linking.anonymous(wanted)}
        lists = sites.code_lists()
        recorder = accounts.recorder_id(by)

        def judge(item: object) -> Facts | None:
            facts = read(_LINK, item, _end_faults, lambda facts: _people_faults(facts, people))
            if (link := known.get(facts["id"])) is not None:
                _require_same(facts, link)
                return None
            contact, undone = facts["contact_id"], facts["undone_at"]
            if contact not in there:
                raise _refused("/contact_id", N_("Den kontakten finns inte."))
            if not undone and contact not in free:
                raise _refused("/contact_id", _TAKEN)
            if not undone and not _may_identify(lists, free[contact]):
                raise _refused("/contact_id", IdentityNotRecorded.advice)
            by_whom = {"linked_by": recorder, "undone_by": recorder if undone else None}
            known[facts["id"]] = facts | by_whom | {"basis": "imported", "act_id": None}
            if not undone:
                del free[contact]
            return known[facts["id"]]

        rows, outcomes = _judged(items, judge)
        linking.add_links(rows)
        _tell(by, "contact_link", rows)
        return outcomes


def _may_identify(lists: CodeLists, contact: Mapping[str, Any]) -> bool:
    return lists.may_identify(contact["site"], contact["activity"], contact["local_day"])


def import_joins(*, by: Actor, items: Sequence[object]) -> list[Outcome]:
    """Join participants who were one person elsewhere, also joins that were undone there.

    A repeat is harmless. Refused: nobody who is not here, two of different committees, two who
    are one already, an end before the beginning.
    """
    require_role(by, "system")
    with transaction(by=by):
        people = reading.committees_of(
            ids_said(items, "participant_id") | ids_said(items, "other_id")
        )
        duplicates.hold_joins()
        known = duplicates.joins_by_id(ids_said(items, "id"))
        groups = suggestions.all_groups()
        recorder = accounts.recorder_id(by)

        def judge(item: object) -> Facts | None:
            facts = read(_JOIN, item, _end_faults, lambda facts: _people_faults(facts, people))
            if (join := known.get(facts["id"])) is not None:
                _require_same(facts, join)
                return None
            one, other, undone = facts["participant_id"], facts["other_id"], facts["undone_at"]
            if one == other or people[one] != people[other]:
                raise _refused("/other_id", N_("Det ska vara två deltagare i samma nämnd."))
            if not undone and not groups.join(one, other):
                raise _refused("/other_id", N_("De är redan länkade."))
            by_whom = {"joined_by": recorder, "undone_by": recorder if undone else None}
            known[facts["id"]] = facts | by_whom
            return known[facts["id"]]

        rows, outcomes = _judged(items, judge)
        duplicates.add_joins(rows)
        _tell(by, "participant_join", rows)
        return outcomes


def _judged(
    items: Sequence[object], judge: Callable[[object], Facts | None]
) -> tuple[list[Facts], list[Outcome]]:
    """Return the rows to add, and what becomes of each item: added, known already, or refused."""
    rows, outcomes = [], []
    for item in items:
        try:
            row = judge(item)
        except OutreachError as error:
            outcomes.append(Outcome(error=error))
            continue
        if row is not None:
            rows.append(row)
        outcomes.append(Outcome(created=row is not None))
    return rows, outcomes


def _tell(by: Actor, kind: str, rows: list[Facts]) -> None:
    trail.record_many(by=by, action="create", kind=kind, ids=[row["id"] for row in rows])


def _end_faults(facts: Mapping[str, Any]) -> list[Fault]:
    begin, end = facts.get("linked_at") or facts.get("joined_at"), facts.get("undone_at")
    if begin is None or end is None or begin <= end:
        return []
    return [Fault("/undone_at", N_("Slutet är före början."))]


def _people_faults(facts: Mapping[str, Any], people: Mapping[UUID, str]) -> list[Fault]:
    return [
        Fault(f"/{name}", N_("Den deltagaren finns inte."))
        for name in ("participant_id", "other_id")
        if facts.get(name) is not None and facts[name] not in people
    ]


def _require_same(facts: Facts, known: Mapping[str, Any]) -> None:
    """Raise IdReuse unless a line says of its id what was said before.

    What stood elsewhere may have been undone here since: that is no other content.
    """
    names = [name for name in facts if name != "undone_at"]
    same = all(facts[name] == known[name] for name in names)
    ended = facts["undone_at"] is None or facts["undone_at"] == known["undone_at"]
    if not (same and ended):
        raise IdReuse


def _refused(pointer: str, detail: str) -> RuleBroken:
    return RuleBroken(faults=[Fault(pointer, detail)])
