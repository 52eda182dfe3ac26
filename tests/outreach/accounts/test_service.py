"""Who works with whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outreach.accounts import service
from outreach.accounts.models import User
from outreach.accounts.permissions import SUPERVISOR
from outreach.foundation import clock
from outreach.foundation.transaction import transaction
from tests.builders import a_user

pytestmark = pytest.mark.usefixtures("app")


def test_colleagues_are_those_who_work_for_the_committee_today_in_swedish_order() -> None:
    osa, anna = a_user(name="Åsa"), a_user(name="Anna")
    chief = a_user(name="Örjan", roles=["supervisor", "administrator"])
    a_user(committee="SN")
    a_user(role="receiver")
    gone = a_user()
    with transaction() as session:
        session.get_one(User, gone.id).closed_at = clock.now() - timedelta(days=1)

    everybody = service.colleagues(committee="KN")

    assert list(everybody.items()) == [(anna.id, "Anna"), (osa.id, "Åsa"), (chief.id, "Örjan")]
    assert service.colleagues(committee="KN", roles=(SUPERVISOR,)) == {chief.id: "Örjan"}
