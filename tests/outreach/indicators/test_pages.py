"""The pages of figures and nights: the number beside its meaning, with scripts off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from outreach.audit.models import AuditEntry
from outreach.foundation.actor import Actor, system
from outreach.foundation.database import db
from outreach.indicators import night
from outreach.indicators.models import daily_counts
from tests import known_people, leaving
from tests.builders import Visitor, a_participant, a_recorded_contact, an_actor
from tests.waiting import until_all_is_over

SignIn = Callable[..., Visitor]

_OCTOBER = "2026-10-01..2026-10-31"


@pytest.fixture(autouse=True)
def _november(app: Flask) -> Iterator[None]:
    del app
    with time_machine.travel(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def october(app: Flask) -> Actor:
    """A month with nine contacts at one place and three at another, counted."""
    del app
    author = an_actor(roles=["caseworker", "supervisor"], sites=("hagalund", "bagartorp"))
    for site, number in (("hagalund", 9), ("bagartorp", 3)):
        for day in range(1, number + 1):
            instant = datetime(2026, 10, day, 9, 0, tzinfo=UTC)
            a_recorded_contact(author, site=site, occurred_at=instant.isoformat())
    until_all_is_over()
    night.run(by=system("test"))
    return author


def _page(visitor: Visitor, address: str, status: int = 200) -> str:
    answer = visitor.get(address)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_an_analyst_is_shown_the_latest_month_with_its_definition(
    october: Actor, signed_in: SignIn
) -> None:
    del october

    page = _page(signed_in(role="analyst"), "/siffror")

    assert "Antalet personer som deltar i verksamheten Jobbfabriken för vuxna" in page
    assert "Förklara siffran" in page
    assert "oktober 2026" in page
    assert "Ej för spridning" not in page
    assert "Läget 23 nov. 2026 10:00" in page
    assert 'name="from"' not in page


def _with_persons(author: Actor, number: int) -> None:
    """Let as many people be known, and each come to Hagalund once in October."""
    for each in range(number):
        instant = datetime(2026, 10, 10 + each, 9, 0, tzinfo=UTC)
        row = a_recorded_contact(author, occurred_at=instant.isoformat())
        known_people.link(author, a_participant(author), row["id"])
    until_all_is_over()
    night.run(by=system("test"))


def test_persons_are_the_large_number_with_contacts_beside(
    october: Actor, signed_in: SignIn
) -> None:
    _with_persons(october, 6)

    page = _page(signed_in(role="analyst"), "/siffror")

    assert re.search(r'figure__number">6 <span class="figure__unit">personer<', page)
    assert "<dt>Kontakter</dt><dd>18</dd>" in page
    assert "<dt>Varav med deltagare</dt><dd>6</dd>" in page
    assert "Ej avdubblerad mellan nämnderna" in page
    assert re.search(r'id="persons_site">.*Hagalund</th>\s*<td>6</td>', page, re.DOTALL)


def test_a_month_that_was_kept_before_persons_were_counted_is_told_as_it_was(
    october: Actor, signed_in: SignIn, owner: sa.Engine
) -> None:
    del october
    analyst = signed_in(role="analyst")
    _page(analyst, f"/siffror?period={_OCTOBER}")
    with owner.begin() as connection:
        connection.execute(
            sa.text(
                "UPDATE period_figures SET answer = jsonb_set(answer,"
                " '{figures,0,definition_version}', '1') #- '{tables,5}' #- '{tables,4}'"
            )
        )

    month = _page(analyst, f"/siffror?period={_OCTOBER}")

    assert "Perioden räknades innan någon kunde skrivas in som deltagare." in month
    assert re.search(r'figure__number">12 <span class="figure__unit">kontakter<', month)
    assert "SN3, version 1" in month
    assert 'id="persons_site' not in month


def test_a_longer_period_says_that_persons_are_not_broken_down(
    october: Actor, signed_in: SignIn
) -> None:
    _with_persons(october, 6)
    with time_machine.travel(datetime(2027, 1, 4, 9, 0, tzinfo=UTC), tick=True):
        night.run(by=system("test"))
        analyst = signed_in(role="analyst")
        page = _page(analyst, "/siffror?period=2026-01-01..2026-12-31")
        file = analyst.get("/siffror.csv?period=2026-01-01..2026-12-31").text

    assert re.search(r'figure__number">6 <span class="figure__unit">personer<', page)
    assert "Den här fördelningen visas inte, för att ingen ska kunna pekas ut." in page
    assert "\r\nPersoner per plats\r\n..\r\n" in file
    assert ";Ej avdubblerad mellan nämnderna" in file


def test_a_hidden_number_is_two_points_and_the_number_is_nowhere(
    october: Actor, signed_in: SignIn
) -> None:
    del october

    page = _page(signed_in(role="analyst"), f"/siffror?period={_OCTOBER}")

    assert ">..</abbr>" in page
    assert "<td>3</td>" not in page
    assert "<td>9</td>" not in page
    assert "Bagartorp visas inte" in page


def test_a_supervisor_may_see_everything_of_any_days_and_it_says_so(
    october: Actor, signed_in: SignIn
) -> None:
    del october

    page = _page(signed_in(role="supervisor"), "/siffror?from=2026-10-02&to=2026-10-03&raw=true")

    assert "Ej för spridning" in page
    assert "<td>2</td>" in page
    read = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "read")).one()
    assert (read.object_id, read.details) == ("2026-10-02..2026-10-03", {"raw": True})


def test_an_analyst_who_asks_for_an_open_period_is_told_why_not(
    october: Actor, signed_in: SignIn
) -> None:
    del october

    page = _page(signed_in(role="analyst"), "/siffror?period=2026-11-01..2026-11-30", 403)

    assert "Den perioden visas inte" in page


@pytest.mark.parametrize("query", ["from=x&to=2026-01-01", "from=2026-02-01&to=2026-01-01"])
def test_wrong_days_are_told_beside_the_field_and_what_was_typed_stays(
    october: Actor, signed_in: SignIn, query: str
) -> None:
    del october

    page = _page(signed_in(role="supervisor"), f"/siffror?{query}", 422)

    assert 'id="error-summary"' in page
    assert 'value="2026-01-01"' in page


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ("from=2014-12-31&to=2015-01-31", "from", "En period börjar tidigast 2015-01-01."),
        ("from=2199-12-31&to=2200-01-01", "to", "En period slutar senast 2199-12-31."),
        ("from=2020-01-01&to=2026-01-01", "to", "En period är högst fem år (1 830 dagar)."),
        ("period=0001-01-01..9999-12-31", "period", "En period börjar tidigast 2015-01-01."),
    ],
)
def test_days_that_no_period_reaches_are_told_beside_the_field(
    october: Actor, signed_in: SignIn, query: str, field: str, told: str
) -> None:
    del october

    page = _page(signed_in(role="supervisor"), f"/siffror?{query}&raw=true", 422)

    assert f'<a href="#{field}">' in page
    assert told in page


def test_before_the_first_night_the_page_says_what_will_come(signed_in: SignIn) -> None:
    page = _page(signed_in(role="analyst"), "/siffror")

    assert "Här finns inget att visa än" in page


def test_the_file_holds_what_the_page_shows_and_the_audit_says_who_took_it(
    october: Actor, signed_in: SignIn
) -> None:
    del october
    analyst = signed_in(role="analyst")

    answer = analyst.get(f"/siffror.csv?period={_OCTOBER}")

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="siffror-2026-10-01-2026-10-31.csv"'
    )
    lines = answer.get_data(as_text=True).split("\r\n")
    assert "Hagalund;..;0;.." in lines
    assert "Totalt;12;0;12" in lines
    assert "Läget den;23 nov. 2026 10:00" in lines
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "export")).one()
    assert (entry.actor_id, entry.object_id) == (analyst.user.id, _OCTOBER)


def test_a_label_that_would_be_a_formula_is_made_harmless_in_the_file(
    october: Actor, signed_in: SignIn, owner: sa.Engine
) -> None:
    del october
    label = "UPDATE site SET label_sv = :label WHERE code = 'hagalund'"
    with owner.begin() as connection:
        connection.execute(sa.text(label), {"label": "=HYPERLINK(1)"})
    try:
        text = signed_in(role="analyst").get(f"/siffror.csv?period={_OCTOBER}").text
    finally:
        with owner.begin() as connection:
            connection.execute(sa.text(label), {"label": "Hagalund"})

    assert "'=HYPERLINK(1);" in text
    assert "\n=HYPERLINK" not in text


@pytest.mark.parametrize("query", ["", "?period=0001-01-01..9999-12-31&raw=true"])
def test_a_file_without_a_period_that_can_be_is_refused(signed_in: SignIn, query: str) -> None:
    assert signed_in(role="supervisor").get(f"/siffror.csv{query}").status_code == 422


def test_few_persons_are_told_as_a_number_and_their_gender_and_age_are_withheld(
    app: Flask, signed_in: SignIn
) -> None:
    """Six people: two women and two men of one age, two women of another."""
    assert app
    author = an_actor(roles=["caseworker", "supervisor"])
    for gender, age_band in (("woman", "30-44"), ("man", "30-44"), ("woman", "18-29")):
        for number in range(12):
            instant = datetime(2026, 10, 1 + number, 9, 0, tzinfo=UTC)
            said = {"gender": gender, "age_band": age_band}
            row = a_recorded_contact(author, occurred_at=instant.isoformat(), **said)
            if number < 2:
                known_people.link(author, a_participant(author), row["id"])
    night.run(by=system("test"))
    analyst = signed_in(role="analyst")

    answer = analyst.get(f"figures?period={_OCTOBER}").get_json()
    page = _page(analyst, f"/siffror?period={_OCTOBER}")

    assert answer["figures"][0]["value"] == 6
    (table,) = (each for each in answer["tables"] if each["id"] == "persons_gender_age")
    told = {tuple(cell["key"].values()): cell["value"] for cell in table["cells"]}
    assert told.pop(("total", "total")) == 6
    assert set(told.values()) == {None}
    withheld = "Den här fördelningen visas inte, för att ingen ska kunna pekas ut."
    assert f'<p id="persons_gender_age">{withheld}</p>' in page
    assert page.count(withheld) == 1


@pytest.mark.parametrize("role", ["caseworker", "administrator", "receiver", "reviewer"])
@pytest.mark.parametrize("address", ["/siffror", f"/siffror.csv?period={_OCTOBER}"])
def test_nobody_else_sees_figures(signed_in: SignIn, role: str, address: str) -> None:
    assert signed_in(role=role).get(address).status_code == 403


def test_the_nights_page_shows_runs_and_days_that_were_counted_wrong_to_supervisors(
    october: Actor, signed_in: SignIn, owner: sa.Engine
) -> None:
    del october
    with owner.begin() as connection:
        connection.execute(sa.update(daily_counts).values(minutes=9))
    night.run(by=system("test"), scope=night.Scope(full=True))

    supervisor = _page(signed_in(role="supervisor"), "/natten")
    administrator = _page(signed_in(role="administrator"), "/natten")

    assert "Dagar som hade räknats fel" in supervisor
    assert "Klar" in supervisor
    assert "Kör nu" not in supervisor
    assert "Dagar som hade räknats fel" not in administrator
    assert "Kör nu" in administrator


def test_the_administrators_button_orders_a_night(signed_in: SignIn) -> None:
    administrator = signed_in(role="administrator")

    answer = administrator.client.post("/natten", headers=administrator.headers)

    assert answer.status_code == 303
    page: Any = _page(administrator, answer.headers["Location"])
    assert "Beställt" in page
    assert 'href="/natten">Ladda om</a>' in page
    assert "Beställt" not in _page(administrator, answer.headers["Location"])


def test_the_share_of_those_who_went_on_is_shown_with_what_it_is_a_share_of(
    october: Actor, signed_in: SignIn
) -> None:
    for number in range(20):
        result = "work_supported" if number < 10 else "no_contact"
        leaving.ended(october, a_participant(october), date(2026, 2, 1 + number), result)

    page = _page(signed_in(role="analyst"), "/siffror?period=2026-01-01..2026-04-30")

    assert "50,0 %" in page
    assert "10 av 20." in page
    assert "<dt>Arbete</dt><dd>10</dd>" in page
    assert "De som avslutade sin stödperiod, per resultat och kön" in page
    rows = signed_in(role="analyst").get("/siffror.csv?period=2026-01-01..2026-04-30")
    assert ";50,0;10;20" in rows.get_data(as_text=True)
