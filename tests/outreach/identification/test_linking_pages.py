"""*Koppla* on the screen: what the person chooses is linked, and all of it can be taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from werkzeug.test import TestResponse

from outreach.accounts.service import actor_named
from outreach.contacts import service as contacts
from outreach.foundation.actor import Actor
from outreach.identification import duplicates, service
from tests.builders import Visitor, a_code, a_number, a_person, a_recorded_contact

SignIn = Callable[..., Visitor]


def _actor(visitor: Visitor) -> Actor:
    return actor_named(visitor.user.username)


def _known(visitor: Visitor, **said: Any) -> UUID:
    return UUID(str(service.identify(by=_actor(visitor), given=a_person(**said))[0]["id"]))


def _post(visitor: Visitor, address: str, **form: Any) -> TestResponse:
    return visitor.client.post(address, data=form, headers=visitor.headers)


def _thread(by: Actor, count: int = 2) -> tuple[str, list[str]]:
    code = str(a_code(by)["code"])
    ids = [str(a_recorded_contact(by, recognition_code=code)["id"]) for _ in range(count)]
    return code, ids[::-1]


def _identity(visitor: Visitor, contact: str) -> str:
    return str(contacts.contact(by=_actor(visitor), id=UUID(contact))["identity"])


def test_visits_of_a_code_are_shown_chosen_and_linked(signed_in: SignIn) -> None:
    worker = signed_in()
    person, (code, (last, first)) = _known(worker), _thread(_actor(worker))
    address = f"/deltagare/{person}/koppla"

    shown = _post(worker, address, recognition_code=code, go="thread")
    everything = _post(worker, address, recognition_code=code, shown_code=code, go="all")
    nothing = _post(worker, address, recognition_code=code, shown_code=code, go="link")
    linked = _post(
        worker, address, recognition_code=code, shown_code=code, go="link", contact_ids=[last]
    )

    assert not re.search(r'name="contact_ids"[^>]* checked', shown.text)
    assert len(re.findall(r'name="contact_ids"[^>]* checked', everything.text)) == 2
    assert nothing.status_code == 422
    assert "Välj kontakter" in nothing.text
    assert linked.headers["Location"] == address
    assert (_identity(worker, last), _identity(worker, first)) == ("identified", "anonymous")
    assert worker.get(address).text.count("Koppla loss") == 1


def test_a_code_that_is_none_is_told_and_stays_typed(signed_in: SignIn) -> None:
    worker = signed_in()

    wrong = _post(worker, f"/deltagare/{_known(worker)}/koppla", recognition_code="katt 1")

    assert wrong.status_code == 422
    assert 'id="recognition_code-error"' in wrong.text
    assert 'value="katt 1"' in wrong.text


def test_a_link_is_taken_back_however_often_one_taps(signed_in: SignIn) -> None:
    worker = signed_in()
    code, ids = _thread(_actor(worker))
    person = _known(worker, recognition_code=code)
    address = f"/deltagare/{person}/koppla"
    (first, _) = re.findall(rf"/deltagare/{person}/koppla-loss/[\w-]+", worker.get(address).text)

    taps = [_post(worker, first) for _ in range(2)]

    assert {tap.status_code for tap in taps} == {303}
    assert {tap.headers["Location"] for tap in taps} == {address}
    assert [_identity(worker, each) for each in ids] == ["anonymous", "identified"]


def test_a_later_visit_with_the_old_code_is_linked_or_turned_down_for_good(
    signed_in: SignIn,
) -> None:
    worker = signed_in()
    code, _ = _thread(_actor(worker))
    person = _known(worker, recognition_code=code)
    one, other = (
        str(a_recorded_contact(_actor(worker), recognition_code=code)["id"]) for _ in range(2)
    )
    page = worker.get(f"/deltagare/{person}/koppla").text

    answers = [_post(worker, f"/deltagare/{person}/koppla/{one}") for _ in range(2)]
    answers += [_post(worker, f"/deltagare/{person}/forslag/{other}/nej") for _ in range(2)]
    after = worker.get(f"/deltagare/{person}/koppla").text

    assert page.count("Nej, inte personens") == 2
    assert {answer.status_code for answer in answers} == {303}
    assert (_identity(worker, one), _identity(worker, other)) == ("identified", "anonymous")
    assert "Nej, inte personens" not in after


def test_two_are_linked_and_parted_and_nothing_of_theirs_is_moved(signed_in: SignIn) -> None:
    worker = signed_in()
    one, other = _known(worker, number=a_number()), _known(worker, number=a_number())
    form = {"id": str(uuid4()), "other_id": str(other)}

    taps = [_post(worker, f"/deltagare/{one}/lanka", **form) for _ in range(2)]
    taps.append(_post(worker, f"/deltagare/{other}/lanka", id=str(uuid4()), other_id=str(one)))
    (join,) = duplicates.joins_of(by=_actor(worker), id=one)
    page = worker.get(f"/deltagare/{other}/koppla").text
    parted = [_post(worker, f"/deltagare/{other}/isar/{join['id']}") for _ in range(2)]

    assert {answer.status_code for answer in (*taps, *parted)} == {303}
    assert f"/deltagare/{other}/isar/{join['id']}" in page
    assert duplicates.joins_of(by=_actor(worker), id=one) == []


def test_nobody_is_linked_to_themselves_or_to_whom_one_may_not_read(signed_in: SignIn) -> None:
    worker, colleague = signed_in(), signed_in()
    person, theirs = _known(worker), _known(colleague)

    itself = _post(worker, f"/deltagare/{person}/lanka", id=str(uuid4()), other_id=str(person))
    foreign = _post(worker, f"/deltagare/{person}/lanka", id=str(uuid4()), other_id=str(theirs))

    assert itself.status_code == 422
    assert foreign.status_code == 403
    assert "Säg först varför" in foreign.text
    assert duplicates.joins_of(by=_actor(worker), id=person) == []


def test_the_pages_are_for_those_who_may_read_the_person(signed_in: SignIn) -> None:
    worker, colleague, other = signed_in(), signed_in(), signed_in(committee="SN")
    code, ids = _thread(_actor(worker))
    person = _known(worker, recognition_code=code, contact_ids=[ids[0]])
    hidden = _known(worker, protected=True)
    writes = (
        "koppla", f"koppla/{ids[1]}", f"koppla-loss/{uuid4()}", f"forslag/{uuid4()}/nej", "lanka",
        f"isar/{uuid4()}",
    )  # fmt: skip

    for path in ("koppla", "inskriven"):
        assert worker.get(f"/deltagare/{person}/{path}").status_code == 200
        assert colleague.get(f"/deltagare/{person}/{path}").status_code == 403
        assert other.get(f"/deltagare/{person}/{path}").status_code == 404
        assert colleague.get(f"/deltagare/{hidden}/{path}").status_code == 404
    for path in writes:
        for visitor, whom, wanted in (
            (colleague, person, {403}), (other, person, {404}), (colleague, hidden, {404}),
        ):  # fmt: skip
            form = {"contact_ids": [ids[1]], "id": str(uuid4()), "other_id": str(person)}
            answer = _post(visitor, f"/deltagare/{whom}/{path}", **form)
            if answer.status_code == 303:
                # Led back to the page, which tells nothing.
                answer = visitor.get(answer.headers["Location"])
            assert answer.status_code in wanted, path
            assert "Elsa" not in answer.text
    assert _identity(worker, ids[1]) == "anonymous"
