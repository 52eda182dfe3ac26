"""People in every relation to one of the staff, each with all that may be recorded of somebody.

Somebody is one's own, of one's unit, a colleague's, of the other committee, or protected: here or
at another place. What a route answers about each is said in `tests/personal.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from outreach.accounts.models import User
from outreach.accounts.permissions import CASEWORKER, SUPERVISOR
from outreach.accounts.service import actor_named
from outreach.consents import service as consents
from outreach.enrolments import checks
from outreach.enrolments import service as enrolments
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.transaction import transaction
from outreach.handoffs import service as handoffs
from outreach.identification import duplicates, regret, service
from outreach.participants import next_steps, openings
from outreach.participants import service as participants
from tests.builders import (
    a_code,
    a_consent,
    a_followup,
    a_free_time,
    a_handoff,
    a_number,
    a_participant,
    a_person,
    a_recorded_contact,
    an_actor,
    uuid7,
)

Relation = Literal[
    "own", "named", "unit", "colleague", "elsewhere", "protected", "committee",
    "committee elsewhere", "committee protected",
]  # fmt: skip
RELATIONS: tuple[Relation, ...] = (
    "own", "named", "unit", "colleague", "elsewhere", "protected", "committee",
    "committee elsewhere", "committee protected",
)  # fmt: skip
# Of these nobody is told that they are there.
UNKNOWN: tuple[Relation, ...] = (
    "protected", "committee", "committee elsewhere", "committee protected",
)  # fmt: skip
HERE, THERE = "hagalund", "bagartorp"
# In the name, in what happens next, and in what a consent and a meeting are for.
CANARY = "Kanarie"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person, the version they stand at, and one of everything that is recorded of them."""

    worker: Actor
    id: UUID
    case_number: str
    name: str
    version: int
    enrolment: UUID
    # How work goes that they began a month ago, after an earlier enrolment.
    check: UUID
    consent: UUID
    followup: UUID
    meets_on: date
    # A draft, of which no team is told.
    handoff: UUID
    # A contact of theirs, and one that came later with their code.
    contact: UUID
    link: UUID
    suggestion: UUID
    # A participant who is the same person, by a join; and one who could be.
    other: UUID
    join: UUID
    twin: UUID
    # Only of whoever has asked to be erased; else nothing has this id.
    request: UUID

    @property
    def marks(self) -> set[str]:
        """Everything that would tell that the person is there. Contacts by themselves do not."""
        nobodys = {"contact", "meets_on", "suggestion", "version", "worker"}
        return {str(getattr(self, each.name)) for each in fields(self) if each.name not in nobodys}


def people(user: User, *relations: Relation, asked: bool = False) -> dict[Relation, Somebody]:
    """Make a person in each of the relations to somebody; `asked` of those who asked to be erased.

    Whoever holds no role in which people have participants has none: their own are a colleague's.
    """
    made = {}
    for relation in relations:
        owner, named = _owner(user, relation)
        made[relation] = _somebody(owner, relation, named, asked=asked)
    return made


def _owner(user: User, relation: Relation) -> tuple[Actor, list[UUID] | None]:
    """Return who is responsible in a relation to somebody, and who is named besides."""
    works_with_people = not {CASEWORKER, SUPERVISOR}.isdisjoint(user.roles)
    if relation == "own" and works_with_people:
        return actor_named(user.username), None
    committee = user.committee
    if relation.startswith("committee"):
        committee = "SN" if committee == "KN" else "KN"
    unit = user.unit_id if relation in {"unit", "protected"} else None
    owner = an_actor(
        sites=(THERE,) if relation.endswith("elsewhere") else (HERE,),
        committee=committee,
        unit_id=str(unit) if unit else None,
    )
    named = [user.id] if relation == "named" and works_with_people else []
    return owner, named if relation.endswith(("named", "protected")) else None


def _somebody(
    owner: Actor, relation: Relation, named: list[UUID] | None, *, asked: bool
) -> Somebody:
    """Let somebody be known to their worker; `named` besides the worker, None: not protected."""
    site = min(owner.sites)
    scribe = an_actor(sites=(site,), committee=owner.committee)
    code = str(a_code(scribe)["code"])
    contact = a_recorded_contact(scribe, site=site, recognition_code=code)
    said = {
        "given_name": f"{CANARY} {relation}",
        "family_name": "Nyström",
        "number": a_number(),
        "protected": named is not None,
    }
    row, _ = service.identify(by=owner, given=a_person(recognition_code=code, **said))
    person = row["id"]
    other, twin = (a_participant(owner, **said) for _ in range(2))
    join, _ = duplicates.join(
        by=owner, id=person, given={"id": str(uuid7()), "other_id": str(other)}
    )
    soon = (clock.today() + timedelta(days=20)).isoformat()
    given = a_consent(
        person,
        from_committee=owner.committee,
        categories=["name", "language"],
        purpose=f"{CANARY} möter teamet",
        valid_to=soon,
    )
    consent, _ = consents.give_consent(by=owner, given=given)
    handoff, _ = handoffs.begin(by=owner, given=a_handoff(person, fields=["language"]))
    followup = a_followup(
        owner, participant_id=str(person), starts_at=a_free_time(), purpose=f"{CANARY} har betyg"
    )
    later = a_recorded_contact(scribe, site=site, recognition_code=code)
    step = {"text": f"Ringer {CANARY} på måndag", "turn": "person"}
    version = next_steps.set_next_step(by=owner, id=person, expected=1, given=step)["version"]
    for each in (other, twin, person) if named else ():
        version = _name(owner, each, named or [])
    request = _ask(owner, person) if asked else uuid7()
    return Somebody(
        worker=owner,
        id=person,
        case_number=row["case_number"],
        name=row["name"],
        version=version + asked,
        enrolment=row["enrolment_id"],
        check=_check(owner, person),
        consent=consent["id"],
        followup=followup["id"],
        meets_on=clock.local(followup["starts_at"]).date(),
        handoff=handoff["id"],
        contact=contact["id"],
        link=row["links"][0]["id"],
        suggestion=later["id"],
        other=other,
        join=join["id"],
        twin=twin,
        request=request,
    )


def _name(owner: Actor, person: UUID, named: list[UUID]) -> int:
    """Let others be named beside the worker of a protected person; return the person's version."""
    version = participants.participant(by=owner, id=person)["version"]
    change = {"named_workers": [str(each) for each in (owner.id, *named)]}
    participants.change_participant(by=owner, id=person, expected=version, given=change)
    return int(version) + 1


def _check(owner: Actor, person: UUID) -> UUID:
    """Let a person have begun work a month ago, as another house says; return the first check."""
    today = clock.today()
    began = (today - timedelta(days=30)).isoformat()
    given = {
        "id": str(uuid7()),
        "participant_id": str(person),
        "route_in": "own_initiative",
        "opened_on": (today - timedelta(days=100)).isoformat(),
        "closed_on": began,
        "closing_result": "work_supported",
    }
    enrolments.import_enrolments(by=system("test"), items=[given])
    with transaction(by=owner):
        return UUID(str(checks.of_people([person])[0]["id"]))


def _ask(owner: Actor, person: UUID) -> UUID:
    """Let a person ask to be erased; until that is decided nobody uses what is known."""
    receipt = regret.regret(by=owner, id=person, given={"door": "erasure"})
    return UUID(str(receipt["erasure_request_id"]))


def let_wait(somebody: Somebody) -> None:
    """Let a person's two doubles be on the worklists.

    Nobody has met the one for a hundred days. The other began work more than a month ago, and OSA
    before that, of which no check asks.
    """
    by, ago = somebody.worker, clock.today() - timedelta(days=100)
    _begin(by, somebody.other, ago)
    for result, lasted in (("osa_employment", "pending"), ("work_supported", None)):
        period = _begin(by, somebody.twin, ago)
        closing = {
            "closing_result": result,
            "closed_on": (ago + timedelta(days=60)).isoformat(),
            "lasted_one_month": lasted,
        }
        enrolments.close_enrolment(by=by, id=period, given=closing)


def _begin(by: Actor, person: UUID, opened_on: date) -> UUID:
    """Let a person begin on a day, with a worker who says why they look."""
    openings.open_participant(by=by, id=person, given={"reason": "present"})
    given = {
        "id": str(uuid7()),
        "participant_id": str(person),
        "route_in": "own_initiative",
        "opened_on": opened_on.isoformat(),
    }
    period, _ = enrolments.begin_enrolment(by=by, given=given)
    return UUID(str(period["id"]))
