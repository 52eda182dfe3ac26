"""Every route that is about a person, for every role, against whoever the person may be to it.

What each answers is said in `tests/personal.py`. What is refused changes nothing, tells nothing,
and leaves no trace of a reading; and where the application forgot to ask, the database refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.accounts.permissions import COMMITTEES, ROLES, SUPERVISOR
from outreach.audit.models import AuditEntry
from outreach.foundation.actor import system
from outreach.foundation.database import Model, db
from outreach.foundation.transaction import transaction
from outreach.foundation.vault import METADATA as VAULT
from outreach.participants import reading, searching
from tests.audience import ALLOWED, FIELD
from tests.builders import Visitor, a_number, a_unit, uuid7
from tests.personal import AMONG_PEOPLE, ARGUMENTS, PERSONAL, PREFIXES, route_of
from tests.relations import (
    CANARY,
    RELATIONS,
    UNKNOWN,
    Relation,
    Somebody,
    let_wait,
    people,
)

SignIn = Callable[..., Visitor]
# What tells that somebody was there, not what is recorded of people.
_BESIDE = {"audit_entry", "audit_seal", "staff_session"}


@pytest.fixture
def visit(signed_in: SignIn) -> SignIn:
    """A function: let one of a unit's staff sign in (see `a_user`)."""

    def sign_in(role: str, committee: str = "KN") -> Visitor:
        unit = a_unit(committee)
        return signed_in(role=role, committee=committee, unit_id=str(unit.id))

    return sign_in


def _wanted(name: str, role: str, relation: Relation) -> int:
    """Return the status that a role is to get about a person in a relation."""
    route = PERSONAL[name]
    if role not in ALLOWED[route_of(name)]:
        return 403
    if role not in FIELD:
        # What was sent to their team is theirs to know of, and this was not.
        return route.unknown
    if relation in UNKNOWN:
        return route.unknown
    return route.own if _may_read(role, relation) else route.colleague


def _may_read(role: str, relation: Relation) -> bool:
    """Tell whether a role reads a person in a relation without saying why."""
    own = ("own", "named", "unit") if role == SUPERVISOR else ("own", "named")
    return role in FIELD and relation in own


def _readable(visitor: Visitor, *, asked: bool) -> dict[Relation, Somebody]:
    """Make everybody whom somebody may read: without a reason, or after saying why."""
    (role,) = visitor.user.roles
    may = [relation for relation in RELATIONS if _may_read(role, relation)]
    them = people(visitor.user, *may, "colleague", asked=asked)
    opened = them["colleague"]
    for each in (opened.id, opened.other, opened.twin):
        visitor.send(f"participants/{each}/openings", {"reason": "colleague_absent"})
    return them


def _states(name: str) -> tuple[bool, ...]:
    """Return which people a route is walked for: those who have asked to be erased, or not."""
    return (PERSONAL[name].asked,)


def _state(vault: sa.Engine) -> dict[str, Any]:
    """Return a digest of every table of people and contacts, and of the vault's."""
    db.session.rollback()
    tables = [name for name in Model.metadata.tables if name not in _BESIDE]
    with transaction(by=system("test")):
        found = {name: db.session.execute(_digest(name)).one() for name in tables}
    with vault.connect() as connection:
        return found | {
            f"vault.{name}": connection.execute(_digest(name)).one() for name in VAULT.tables
        }


def _digest(table: str) -> sa.TextClause:
    rows = f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t"
    return sa.text(rows)


def _changed(vault: sa.Engine, before: dict[str, Any]) -> list[str]:
    """Return the tables in which anything is not as it was."""
    after = _state(vault)
    return [table for table in after if after[table] != before[table]]


def _entries(visitor: Visitor, person: Somebody) -> list[str]:
    """Return what the trail says that somebody did with a person, or with what is theirs."""
    db.session.rollback()
    theirs = sa.select(AuditEntry.action).where(
        AuditEntry.actor_id == visitor.user.id, AuditEntry.object_id.in_(person.marks)
    )
    return [*db.session.scalars(theirs)]


def _traces(visitor: Visitor, person: Somebody) -> int:
    """Return how often the trail says that somebody read a person, or printed what is known."""
    return sum(action in {"read", "extract"} for action in _entries(visitor, person))


def _is_silent(text: str, *also: str) -> bool:
    """Tell whether an answer says nothing of who somebody is; it may repeat what was asked."""
    return not any(told in text for told in (CANARY, a_number(), *also))


def _writing() -> Iterator[Any]:
    for name in PERSONAL:
        for role in sorted(ALLOWED[route_of(name)] & FIELD):
            if not name.startswith("GET "):
                yield pytest.param(name, role, id=f"{role} {name}")


def test_every_route_about_a_person_is_walked(app: Flask) -> None:
    walked = {route_of(name) for name in (*PERSONAL, *AMONG_PEOPLE)}
    about_people = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.arguments & ARGUMENTS or rule.rule.startswith(PREFIXES)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert about_people <= walked
    assert walked <= set(ALLOWED)


@pytest.mark.parametrize("committee", COMMITTEES)
@pytest.mark.parametrize("role", ROLES)
def test_what_is_refused_tells_nothing_changes_nothing_and_reads_nobody(
    visit: SignIn, vault_owner: sa.Engine, role: str, committee: str
) -> None:
    visitor = visit(role, committee)
    relations = RELATIONS if role in FIELD else ("own", "protected", "committee")
    them = {asked: people(visitor.user, *relations, asked=asked) for asked in (False, True)}
    before, wanted, found, faults = _state(vault_owner), {}, {}, []

    for name, route in PERSONAL.items():
        for relation, person in them[route.asked].items():
            status = _wanted(name, role, relation)
            if status < 400 and relation not in UNKNOWN:
                continue
            answer = route.send(visitor, person)
            wanted[name, relation], found[name, relation] = status, answer.status_code
            if _may_read(role, relation):
                continue
            # A colleague is told the case that they are to say why for.
            unknown = [person.case_number] if relation in UNKNOWN or role not in FIELD else []
            if not _is_silent(answer.text, *unknown):
                faults.append((name, relation, "tells"))
            if _entries(visitor, person):
                faults.append((name, relation, "reads"))

    assert found == wanted
    assert faults == []
    assert _changed(vault_owner, before) == []


@pytest.mark.parametrize("committee", COMMITTEES)
@pytest.mark.parametrize("role", sorted(FIELD))
def test_whoever_may_read_somebody_is_told_of_nobody_else_and_leaves_a_trace(
    visit: SignIn, vault_owner: sa.Engine, role: str, committee: str
) -> None:
    visitor = visit(role, committee)
    them = {asked: _readable(visitor, asked=asked) for asked in (False, True)}
    foreign = people(visitor.user, *UNKNOWN)
    before, wanted, found, faults = _state(vault_owner), {}, {}, []

    for name, route in PERSONAL.items():
        if not name.startswith("GET ") or role not in ALLOWED[route_of(name)]:
            continue
        for asked in _states(name):
            for relation, person in them[asked].items():
                traces = _traces(visitor, person)
                answer = route.send(visitor, person)
                case = name, relation, asked
                wanted[case], found[case] = route.own, answer.status_code
                if _traces(visitor, person) == traces:
                    faults.append((*case, "leaves no trace"))
                if any(mark in answer.text for each in foreign.values() for mark in each.marks):
                    faults.append((*case, "tells of somebody else"))

    assert found == wanted
    assert faults == []
    assert _changed(vault_owner, before) == []


@pytest.mark.parametrize(("name", "role"), [*_writing()])
def test_whoever_may_read_somebody_does_what_the_route_is_for(
    visit: SignIn, name: str, role: str
) -> None:
    visitor, route = visit(role), PERSONAL[name]
    them = {
        (relation, asked): person
        for asked in _states(name)
        for relation, person in _readable(visitor, asked=asked).items()
    }

    found = {case: route.send(visitor, person).status_code for case, person in them.items()}

    opened = route.opened or route.own
    assert found == {case: opened if case[0] == "colleague" else route.own for case in them}


@pytest.mark.parametrize("role", sorted(FIELD))
def test_what_is_known_of_whoever_asked_to_be_erased_is_nobodys_to_use_until_that_is_decided(
    visit: SignIn, vault_owner: sa.Engine, role: str
) -> None:
    visitor = visit(role)
    them = _readable(visitor, asked=True)
    before, wanted, found, faults = _state(vault_owner), {}, {}, []

    for name, route in PERSONAL.items():
        if role not in ALLOWED[route_of(name)] or route.asked:
            continue
        for relation, person in them.items():
            answer = route.send(visitor, person)
            wanted[name, relation], found[name, relation] = route.restricted, answer.status_code
            if not _is_silent(answer.text):
                faults.append((name, relation))

    assert found == wanted
    assert faults == []
    assert _changed(vault_owner, before) == ["opening"]


@pytest.mark.parametrize("relation", ["colleague", *UNKNOWN])
@pytest.mark.parametrize("role", sorted(FIELD))
def test_nobody_is_joined_with_somebody_whom_one_may_not_read(
    visit: SignIn, vault_owner: sa.Engine, role: str, relation: Relation
) -> None:
    visitor = visit(role)
    them = people(visitor.user, "own", relation)
    before = _state(vault_owner)

    given = {"id": str(uuid7()), "other_id": str(them[relation].id)}
    answer = visitor.send(f"participants/{them['own'].id}/same-as", given)

    assert answer.status_code == (403 if relation == "colleague" else 404)
    assert _changed(vault_owner, before) == []
    assert _entries(visitor, them[relation]) == []


@pytest.mark.parametrize("committee", COMMITTEES)
@pytest.mark.parametrize("role", sorted(FIELD))
def test_a_list_tells_of_those_alone_whom_one_may_know_of(
    visit: SignIn, role: str, committee: str
) -> None:
    visitor = visit(role, committee)
    them = people(visitor.user, "own", *UNKNOWN)
    asked = people(visitor.user, "own", *UNKNOWN, asked=True)
    for person in them.values():
        let_wait(person)
    everybody = [each[relation] for each in (them, asked) for relation in UNKNOWN]

    for name, told in _lists(visitor, role, [*them.values(), *asked.values()]):
        assert [mark for person in everybody for mark in person.marks if mark in told] == [], name
        if AMONG_PEOPLE[name].tells:
            own = (asked if AMONG_PEOPLE[name].asked else them)["own"]
            assert [mark for mark in own.marks if mark in told], name


def _lists(visitor: Visitor, role: str, them: Collection[Somebody]) -> Iterator[tuple[str, str]]:
    """Ask every list that a role may see about each of the people; yield all that it tells.

    What was asked for by its own case number is no telling.
    """
    for name, among in AMONG_PEOPLE.items():
        if role in ALLOWED[route_of(name)]:
            answers = [among.send(visitor, person) for person in them]
            assert {answer.status_code for answer in answers} == {200}, name
            yield name, "".join(answer.text for answer in answers)


@pytest.mark.parametrize("committee", COMMITTEES)
@pytest.mark.parametrize("role", sorted(FIELD))
def test_row_level_security_alone_answers_nothing_foreign(
    visit: SignIn,
    vault_owner: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
    role: str,
    committee: str,
) -> None:
    visitor = visit(role, committee)
    them = people(visitor.user, *UNKNOWN, asked=True)
    known = people(visitor.user, "colleague", asked=True)["colleague"]
    for person in them.values():
        let_wait(person)
    for module in (reading, searching):
        monkeypatch.setattr(module, "may_know_of", lambda *_: True)
        monkeypatch.setattr(module, "is_restricted", lambda *_: False)
        monkeypatch.setattr(module, "right_of", lambda *_: "caseload")
    # Nothing but the database stands between them any more.
    assert visitor.get(f"participants/{known.id}").status_code == 200
    before, found, faults = _state(vault_owner), {}, []

    for name, route in PERSONAL.items():
        for relation, person in them.items():
            answer = route.send(visitor, person)
            found[name, relation] = answer.status_code
            if not _is_silent(answer.text, person.case_number):
                faults.append((name, relation))
    lists = dict(_lists(visitor, role, them.values()))

    assert found == {
        (name, relation): _wanted(name, role, relation) for name in PERSONAL for relation in them
    }
    assert faults == []
    marks = {mark for person in them.values() for mark in person.marks}
    assert [name for name, told in lists.items() for mark in marks if mark in told] == []
    assert [relation for relation, person in them.items() if _entries(visitor, person)] == []
    assert _changed(vault_owner, before) == []
