"""*Koppla senare*: it waits for its author alone, for seven days, and then nothing opens it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
import time_machine

from outreach.accounts.service import actor_named
from outreach.audit.models import AuditEntry
from outreach.contacts import service as contacts
from outreach.contacts.service import ContactVoided
from outreach.foundation import clock, payloads, vault
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.foundation.errors import IdReuse, NotAllowed, NotFound, RuleBroken
from outreach.foundation.transaction import transaction
from outreach.identification import later
from outreach.identification.later import NobodysContact
from outreach.identification.models import LaterLink
from outreach.identification.service import IdentityNotRecorded
from outreach.participants.models import Participant
from outreach.sites import places
from outreach.sync import upkeep
from tests.builders import Visitor, a_recorded_contact, an_actor, commit, uuid7

pytestmark = pytest.mark.usefixtures("app")

SignIn = Callable[..., Visitor]
NAME = "Kanarina"
NIGHT = system("night")


def _kept(by: Actor, **said: Any) -> tuple[UUID, UUID]:
    """Keep who a contact of one's own was with; return its id and the contact's."""
    contact = a_recorded_contact(by)["id"]
    waits = uuid7()
    later.keep(by=by, id=waits, given=_given(contact) | said)
    return waits, contact


def _given(contact: UUID) -> dict[str, Any]:
    return {"contact_id": str(contact), "given_name": NAME, "family_name": "Fågel"}


def _row(id: UUID) -> Any:
    commit()
    return db.session.get(LaterLink, id, populate_existing=True)


def _keys() -> int:
    with vault.reading() as connection:
        counted = sa.select(sa.func.count()).select_from(vault.PAYLOAD_KEY)
        return connection.scalar(counted) or 0


def _people() -> int:
    db.session.rollback()
    with transaction(by=system("test")):
        return db.session.scalars(sa.select(sa.func.count()).select_from(Participant)).one()


def _form(page: str) -> dict[str, Any]:
    """Return the fields of the guided step, as a browser would send them."""
    form = page.partition('<form class="stack enter"')[2].partition("</form>")[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input ([^>]*)>", form):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if told.get("type") in {"radio", "checkbox"} and not re.search(r"\bchecked\b", tag):
            continue
        found.setdefault(told["name"], []).append(told.get("value", ""))
    for name, options in re.findall(
        r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = [chosen[1] if chosen else ""]
    return found


def _on(visitor: Visitor, page: str, go: str) -> Any:
    form = _form(page) | {"go": go}
    return visitor.client.post("/deltagare/ny", data=form, headers=visitor.headers)


def test_it_waits_for_its_author_alone_and_makes_nobody_a_participant() -> None:
    anna, bo, eva = an_actor(), an_actor(), an_actor(role="supervisor")
    waits, contact = _kept(anna, note="Ville ha hjälp med CV")

    [row] = later.waiting(by=anna)

    assert (row["id"], row["contact_id"]) == (waits, contact)
    assert (row["given_name"], row["family_name"]) == (NAME, "Fågel")
    assert row["note"] == "Ville ha hjälp med CV"
    assert row["erased_on"] == clock.local(clock.now() + later.KEPT).date()
    for other in (bo, eva):
        assert later.waiting(by=other) == later.listed(by=other) == []
        with pytest.raises(NotFound):
            later.waiting_one(by=other, id=waits)
        with pytest.raises(NotFound):
            later.drop(by=other, id=waits)
    assert _people() == 0


def test_each_reading_is_on_the_trail_and_a_list_without_names_is_none() -> None:
    anna = an_actor()
    waits, _ = _kept(anna)
    reads = sa.select(sa.func.count()).where(
        AuditEntry.object_id == str(waits), AuditEntry.action == "read"
    )

    assert set(later.listed(by=anna)[0]) == {
        "id", "contact_id", "occurred_at", "site", "erased_on"
    }  # fmt: skip
    assert db.session.scalar(reads) == 0
    later.waiting(by=anna)
    later.waiting_one(by=anna, id=waits)

    assert db.session.scalar(reads) == 2


def test_after_seven_days_it_is_shown_no_more_and_the_night_erases_it() -> None:
    anna = an_actor()
    waits, _ = _kept(anna)
    start = clock.now()

    with time_machine.travel(start + later.KEPT - timedelta(minutes=1), tick=False):
        assert later.erase_overdue(by=NIGHT) == 0
        assert len(later.waiting(by=anna)) == 1
    with time_machine.travel(start + later.KEPT + timedelta(minutes=1), tick=False):
        assert later.waiting(by=anna) == []
        assert later.erase_overdue(by=NIGHT) == 1
        assert later.erase_overdue(by=NIGHT) == 0

    row = _row(waits)
    assert (row.sealed, row.linked_at) == (None, None)
    assert row.erased_at
    assert row.contact_id
    assert row.kept_at
    assert _keys() == 0


def test_what_is_erased_is_closed_in_a_backup_of_the_data_too() -> None:
    anna = an_actor()
    waits, _ = _kept(anna)
    row = _row(waits)
    backup = {row.payload_id: bytes(row.sealed)}
    assert NAME.encode() not in backup[row.payload_id]
    assert payloads.opened(backup)[row.payload_id]["given_name"] == NAME

    later.drop(by=anna, id=waits)

    assert payloads.opened(backup) == {}


def test_its_author_takes_it_away_and_the_contact_stays() -> None:
    anna = an_actor()
    waits, contact = _kept(anna)

    later.drop(by=anna, id=waits)
    later.drop(by=anna, id=waits)

    assert later.waiting(by=anna) == []
    assert contacts.contact(by=anna, id=contact)["identity"] == "anonymous"


def test_it_goes_with_its_contact() -> None:
    anna = an_actor()
    waits, contact = _kept(anna)
    other, _ = _kept(anna)

    contacts.void_contact(by=anna, id=contact, given={"reason": "mistap"})

    assert _row(waits).erased_at
    assert [row["id"] for row in later.waiting(by=anna)] == [other]
    assert _keys() == 1


def test_the_same_again_changes_nothing_and_the_id_is_about_one_contact() -> None:
    anna = an_actor()
    waits, contact = _kept(anna)

    later.keep(by=anna, id=waits, given=_given(contact))

    assert len(later.waiting(by=anna)) == 1
    assert _keys() == 1
    with pytest.raises(IdReuse):
        later.keep(by=anna, id=waits, given=_given(a_recorded_contact(anna)["id"]))
    later.drop(by=anna, id=waits)
    later.keep(by=anna, id=waits, given=_given(contact))
    assert later.waiting(by=anna) == []


def test_it_is_about_a_contact_of_ones_own_that_can_be_somebodys() -> None:
    anna, bo = an_actor(), an_actor()
    group = a_recorded_contact(
        anna, contact_type="group", headcount=3, age_band="unknown", gender="unknown"
    )["id"]
    gone = a_recorded_contact(anna)["id"]
    contacts.void_contact(by=anna, id=gone, given={"reason": "mistap"})

    with pytest.raises(NotAllowed):
        later.keep(by=bo, id=uuid7(), given=_given(a_recorded_contact(anna)["id"]))
    with pytest.raises(NobodysContact):
        later.keep(by=anna, id=uuid7(), given=_given(group))
    with pytest.raises(ContactVoided):
        later.keep(by=anna, id=uuid7(), given=_given(gone))
    with pytest.raises(NotFound):
        later.keep(by=anna, id=uuid7(), given=_given(uuid7()))


def test_it_needs_what_to_be_called_and_no_more_than_a_line() -> None:
    anna = an_actor()
    contact = a_recorded_contact(anna)["id"]

    with pytest.raises(RuleBroken) as refused:
        later.keep(
            by=anna,
            id=uuid7(),
            given={"contact_id": str(contact), "given_name": "", "note": "x" * 141},
        )

    assert {fault.pointer for fault in refused.value.faults} == {"/given_name", "/note"}


def test_where_names_are_not_recorded_nobody_is_written_down_for_later() -> None:
    keeper = an_actor(role="administrator", sites=(), committee=None)
    duty = next(
        each for each in places.duties(by=keeper)
        if (each.site, each.activity) == ("hagalund", "open")
    )  # fmt: skip
    places.decide_identity(by=keeper, id=duty.id, given={"identity_recorded": False})
    anna = an_actor()
    contact = a_recorded_contact(anna)["id"]
    try:
        with pytest.raises(IdentityNotRecorded):
            later.keep(by=anna, id=uuid7(), given=_given(contact))
    finally:
        places.decide_identity(by=keeper, id=duty.id, given={"identity_recorded": True})


def test_the_sweep_of_keys_leaves_those_of_what_waits(vault_owner: sa.Engine) -> None:
    anna = an_actor()
    _kept(anna)
    payloads.seal(uuid7(), "of a receipt that failed")
    made = vault.PAYLOAD_KEY.c.made_at
    with vault_owner.begin() as keys:
        keys.execute(sa.update(vault.PAYLOAD_KEY).values(made_at=made - timedelta(days=2)))

    assert upkeep.keep_up(by=NIGHT).swept == 1
    assert later.waiting(by=anna)[0]["given_name"] == NAME


def test_the_guided_steps_open_filled_in_link_the_contact_and_forget_it(signed_in: SignIn) -> None:
    worker = signed_in()
    anna = actor_named(worker.user.username)
    waits, contact = _kept(anna)

    told = worker.get(f"/deltagare/ny?senare={waits}").text
    named = _on(worker, told, "named").text
    assert f'value="{NAME}"' in named
    earlier = _on(worker, named, "earlier").text
    assert _form(earlier)["contact_ids"] == [str(contact)]
    summary = _on(worker, earlier, "summary").text
    saved = _on(worker, summary, "save")

    assert saved.status_code == 303, saved.text
    assert contacts.contact(by=anna, id=contact)["identity"] == "identified"
    row = _row(waits)
    assert (row.sealed, row.erased_at) == (None, None)
    assert row.linked_at
    assert later.waiting(by=anna) == []
    # Sent again it says the same, and there is nothing to link any more.
    assert _on(worker, summary, "save").status_code == 303
    assert worker.get(f"/deltagare/ny?senare={waits}").status_code == 404


def test_my_participants_shows_what_waits_to_oneself_alone(signed_in: SignIn) -> None:
    worker, boss = signed_in(), signed_in(role="supervisor")
    waits, _ = _kept(actor_named(worker.user.username))

    page = worker.get("/mina-deltagare").text

    assert "Att koppla" in page
    assert f"{NAME} Fågel" in page
    assert f'href="/deltagare/ny?senare={waits}"' in page
    for address in ("/mina-deltagare", f"/mina-deltagare?handlaggare={worker.user.id}"):
        assert NAME not in boss.get(address).text
    assert boss.get(f"/deltagare/ny?senare={waits}").status_code == 404
    assert boss.get(f"/att-koppla/{waits}/ta-bort").status_code == 404
    assert boss.client.post(f"/att-koppla/{waits}/ta-bort", headers=boss.headers).status_code == 404
    items = worker.get("participants/later").get_json()["items"]
    assert [item["id"] for item in items] == [str(waits)]
    assert NAME not in worker.get("participants/later").text


def test_it_is_taken_away_on_the_screen_after_a_question(signed_in: SignIn) -> None:
    worker = signed_in()
    waits, _ = _kept(actor_named(worker.user.username))
    address = f"/att-koppla/{waits}/ta-bort"

    assert NAME in worker.get(address).text
    answer = worker.client.post(address, headers=worker.headers)

    assert (answer.status_code, answer.location) == (303, "/mina-deltagare")
    assert _row(waits).erased_at
    assert NAME not in worker.get("/mina-deltagare").text
    assert worker.get(address).status_code == 404
