"""The invented staff: every role, and passwords that the product itself accepts."""

from __future__ import annotations

import pytest

from outreach.accounts import passwords
from outreach.accounts.permissions import ROLES
from outreach.demonstration.people import STAFF, Person


@pytest.mark.parametrize("person", STAFF, ids=lambda person: person.username)
def test_a_password_is_as_strong_as_anybodys(person: Person) -> None:
    assert passwords.weakness(person.password, known=(person.username, person.name)) is None


def test_every_role_is_there_and_every_pair_that_a_demonstration_needs() -> None:
    caseworkers = [person for person in STAFF if person.role == "caseworker"]
    kn = [person for person in caseworkers if person.committee == "KN"]

    assert {person.role for person in STAFF} == set(ROLES)
    assert {person.committee for person in caseworkers} == {"KN", "SN"}
    assert len({person.sites[0] for person in kn}) >= 2
    assert {person.team for person in STAFF if person.role == "receiver"} == {"osa", "jobbteamet"}
    assert len({person.username for person in STAFF}) == len(STAFF)
