"""The recipes are walked as they are written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from embedded import postgresql
from outreach.foundation import clock
from outreach.foundation.readiness import migrations_head
from tests.builders import PASSWORD, Visitor, a_contact, uuid7

ROOT = Path(__file__).parents[2]
SignIn = Callable[..., Visitor]


@pytest.fixture
def shipped_lists(owner: sa.Engine) -> Iterator[None]:
    """The code lists are kept from test to test; what a recipe adds is taken out again."""
    yield
    with owner.begin() as connection:
        connection.execute(sa.text("DELETE FROM code WHERE code IN ('housing', 'library')"))


def _code(code: str, label_sv: str, label_en: str) -> dict[str, str]:
    first_day = clock.today().isoformat()
    return {"code": code, "label_sv": label_sv, "label_en": label_en, "valid_from": first_day}


@pytest.mark.usefixtures("shipped_lists")
def test_a_topic_is_added_used_and_retired(signed_in: SignIn) -> None:
    administrator, worker = signed_in(role="administrator"), signed_in()
    topic = _code("housing", "Bostad", "Housing")

    assert worker.send("contacts", a_contact(topics=["housing"])).status_code == 422
    assert administrator.send("codes/topic", topic).status_code == 201
    assert administrator.send("codes/topic", topic).status_code == 200
    other = administrator.send("codes/topic", topic | {"label_sv": "Hem"})
    assert (other.status_code, other.json["type"]) == (409, "/problems/id-reuse")  # type: ignore[index]

    contact = worker.send("contacts", a_contact(topics=["housing"]))
    assert contact.status_code == 201
    page = worker.get("/falt").text
    assert 'data-topic="housing"><span>Bostad</span>' in page
    assert re.search(r'data-topic="cv"><svg class="icon"', page)

    lists = administrator.get("codes")
    retired = administrator.send(
        "codes/topic/housing",
        {"valid_to": clock.today().isoformat()},
        method="PATCH",
        If_Match=f'"{lists.json["revision"]}"',  # type: ignore[index]
    )
    assert retired.status_code == 200
    kept = worker.get(f"contacts/{contact.json['id']}")  # type: ignore[index]
    assert kept.json["topics"] == ["housing"]  # type: ignore[index]


@pytest.mark.usefixtures("shipped_lists")
def test_a_target_is_added_used_checked_and_retired(signed_in: SignIn) -> None:
    administrator, worker = signed_in(role="administrator"), signed_in()
    code = _code("library", "Biblioteket", "The library")
    entry = {
        "id": str(uuid7()),
        "target": "library",
        "name": "Biblioteket",
        "for_whom": "Alla",
        "needs": ["digital_help"],
        "valid_from": clock.today().isoformat(),
    }
    sent = a_contact(result="signposted", signposted_to=["library"])

    assert administrator.send("directory", entry).status_code == 422
    assert administrator.send("codes/target", code).status_code == 201
    assert administrator.send("directory", entry).status_code == 201
    assert worker.send("contacts", sent).status_code == 201

    shown = worker.get("directory?need=digital_help")
    assert shown.status_code == 200, shown.json
    found = shown.json["items"]  # type: ignore[index]
    assert "Biblioteket" in [each["name"] for each in found]
    assert administrator.send(f"directory/{entry['id']}/check").status_code == 200
    retired = administrator.send(f"directory/{entry['id']}/retire", {})
    assert retired.status_code == 200
    kept = worker.get(f"contacts/{sent['id']}")
    assert kept.json["signposted_to"] == ["library"]  # type: ignore[index]


# What the copy of the house says once the recipe has been followed.
COACH = f"""

from outreach.application import create_app
from tests.builders import Visitor, a_contact, a_user

with create_app().app_context():
    coach = a_user(role="coach", password="{PASSWORD}")
app = create_app()
visitor = Visitor(app, coach)
print(visitor.get("contacts").status_code, visitor.send("contacts", a_contact()).status_code)
"""


def _edit(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(before) >= 1, f"{file.name} no longer holds {before!r}"
    file.write_text(text.replace(before, after), "utf-8")


def _follow_the_recipe(house: Path) -> None:
    permissions = house / "outreach/accounts/permissions.py"
    _edit(
        permissions,
        'ADMINISTRATOR = "administrator"',
        'ADMINISTRATOR = "administrator"\nCOACH = "coach"',
    )
    _edit(permissions, "REVIEWER, ADMINISTRATOR)", "REVIEWER, ADMINISTRATOR, COACH)")
    _edit(
        permissions,
        "READ_CONTACTS = Access(frozenset({CASEWORKER, SUPERVISOR}",
        "READ_CONTACTS = Access(frozenset({CASEWORKER, SUPERVISOR, COACH}",
    )
    service = house / "outreach/contacts/service.py"
    whole = service.read_text("utf-8")
    before, listing, after = whole.partition("def contacts(")
    allowed = after.replace(
        "(by, CASEWORKER, SUPERVISOR)", '(by, CASEWORKER, SUPERVISOR, "coach")', 1
    )
    service.write_text(before + listing + allowed, "utf-8")
    pages = house / "outreach/staff/pages.py"
    _edit(
        pages,
        '    "analyst": N_("Utredare"),',
        '    "analyst": N_("Utredare"),\n    "coach": N_("Coach"),',
    )
    recipe = (ROOT / "docs/add-a-role.md").read_text("utf-8")
    step = recipe.partition("```python\n")[2].partition("```")[0]
    head = f'from alembic import op\n\nrevision = "coach"\ndown_revision = "{migrations_head()}"\n'
    migration = house / "outreach/migrations/versions/9999_coach.py"
    migration.write_text(f"{head}\n\n{step}\n\ndef downgrade() -> None:\n    pass\n", "utf-8")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house to build in."""
    for name in ("outreach", "templates", "static", "tests", "embedded"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "config.py", tmp_path)
    return tmp_path


@pytest.fixture
def apart(server: postgresql.Server, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment of a product with a database that no other test sees."""
    name = f"{environment['DATABASE_URL'].rsplit('/', 1)[1]}_coach"
    server.create_database(name, template="outreach_template")
    vault = environment["VAULT_URL"].rsplit("/", 1)[1]
    yield {**os.environ, **environment, **server.environment(name, vault)}
    server.drop_database(name)


def _python(house: Path, environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=house,
        env=environment | {"PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_role_is_added_and_may_do_what_it_is_for_and_no_more(
    house: Path, apart: dict[str, str]
) -> None:
    _follow_the_recipe(house)
    _python(house, apart, "-m", "outreach", "migrate")

    assert _python(house, apart, "-c", COACH).split() == ["200", "403"]
