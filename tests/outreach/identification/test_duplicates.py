"""Two who are one: joined and parted, with nothing of theirs moved."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from outreach.foundation.actor import Actor, system
from outreach.foundation.database import Model, db
from outreach.foundation.errors import IdReuse, NotFound, OutreachError
from outreach.foundation.transaction import transaction
from outreach.identification import duplicates, suggestions
from outreach.participants import reading
from tests.builders import a_consent, a_participant, a_recorded_contact, an_actor, uuid7

pytestmark = pytest.mark.usefixtures("app")

# What says that two are one, and by which nothing else is.
_JOINS = "participant_join"


def _join(by: Actor, one: UUID, other: UUID, **more: Any) -> tuple[dict[str, Any], bool]:
    given = {"id": str(uuid7()), "other_id": str(other)} | more
    return duplicates.join(by=by, id=one, given=given)


def _rows_of_people() -> dict[str, list[Any]]:
    """Return every row of every table that names a participant, but for the joins."""
    with transaction(by=system("test")):
        return {
            table.name: sorted(map(str, db.session.execute(sa.select(table)).all()))
            for table in Model.metadata.sorted_tables
            if table.name != _JOINS
            and any(key.column.table.name == "participant" for key in table.foreign_keys)
        }


def test_nothing_of_either_is_moved_whatever_names_a_participant() -> None:
    from outreach.consents import service as consents  # noqa: PLC0415 - one example of many

    anna = an_actor()
    one, other = a_participant(anna), a_participant(anna)
    for person in (one, other):
        a_recorded_contact(anna, participant_id=str(person), note="Vill bli snickare")
        consents.give_consent(by=anna, given=a_consent(person))
    before = _rows_of_people()

    joined, _ = _join(anna, one, other)
    assert _rows_of_people() == before
    duplicates.unjoin(by=anna, id=other, join_id=joined["id"])
    assert _rows_of_people() == before


def test_joins_are_symmetric_and_transitive_and_a_ring_is_refused() -> None:
    anna = an_actor()
    a, b, c = (a_participant(anna) for _ in range(3))

    _join(anna, a, b)
    _join(anna, c, b)

    with transaction(by=anna):
        assert suggestions.group_of(a) == suggestions.group_of(c) == {a, b, c}
    for one, other in ((a, c), (c, a), (b, a)):
        with pytest.raises(duplicates.AlreadyJoined):
            _join(anna, one, other)


def test_a_repeat_changes_nothing_and_another_pair_with_the_id_is_refused() -> None:
    anna = an_actor()
    a, b, c = (a_participant(anna) for _ in range(3))
    join_id = str(uuid7())

    assert _join(anna, a, b, id=join_id)[1] is True
    assert _join(anna, a, b, id=join_id)[1] is False
    with pytest.raises(IdReuse):
        _join(anna, a, c, id=join_id)


def test_parted_they_may_be_joined_again_and_the_others_stay_joined() -> None:
    anna = an_actor()
    a, b, c = (a_participant(anna) for _ in range(3))
    first, _ = _join(anna, a, b)
    _join(anna, b, c)

    duplicates.unjoin(by=anna, id=a, join_id=first["id"])

    with transaction(by=anna):
        assert suggestions.group_of(b) == {b, c}
    with pytest.raises(NotFound):
        duplicates.unjoin(by=anna, id=a, join_id=first["id"])
    assert _join(anna, a, c)[1] is True


def test_one_is_not_joined_to_oneself_nor_to_somebody_one_may_not_read() -> None:
    anna, eva, sn = an_actor(), an_actor(), an_actor(committee="SN")
    own, evas, sns = a_participant(anna), a_participant(eva), a_participant(sn)

    with pytest.raises(OutreachError) as refused:
        _join(anna, own, own)
    assert [fault.pointer for fault in refused.value.faults] == ["/other_id"]
    with pytest.raises(reading.ReasonRequired):
        _join(anna, own, evas)
    for other in (sns, uuid4()):
        with pytest.raises(NotFound):
            _join(anna, own, other)
