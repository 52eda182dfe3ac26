"""Use cases of code lists: add a code, change its labels and days. No code is ever deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from outreach.accounts.permissions import ADMINISTRATOR, require_role
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, Fault, IdReuse, NotFound, Stale
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.sites import service
from outreach.sites.codelists import CLOSED_LISTS, is_needed
from outreach.sites.models import Code, CodeRevision, Site
from outreach.sites.schemas import ChoiceChangeSchema, NewChoiceSchema

_NEW = NewChoiceSchema()
_CHANGE = ChoiceChangeSchema(partial=True)

# Places are a list like the others to whoever chooses from them, with a table of their own.
SITES = "site"


class ClosedList(Conflict):
    """The program would not know what to do with a new code of this list."""

    slug = "closed-list"
    title = N_("Listan är låst")
    advice = N_("Programmets egna regler bygger på den här listan. Texterna går att ändra.")


def add_code(*, by: Actor, list: str, given: object) -> tuple[Code | Site, bool]:
    """Add a code to a list; return it and whether it is new.

    A repeat with the same content returns it as it stands. Raises NotFound for an unknown list,
    ClosedList, IdReuse for a code that is there with another content, RuleBroken.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        _hold(None)
        _require_list(list)
        if list in CLOSED_LISTS:
            raise ClosedList
        data = read(_NEW, given, _day_faults)
        known = _find(list, data["code"])
        if known is not None:
            if any(getattr(known, name) != value for name, value in data.items()):
                raise IdReuse
            return known, False
        data.setdefault("position", _last_position(list) + 1)
        row = Site(**data) if list == SITES else Code(list=list, **data)
        session.add(row)
        session.flush()
        trail.record(by=by, action="create", kind="code", id=f"{list}/{row.code}")
    return row, True


def change_code(
    *, by: Actor, list: str, code: str, expected: int | None, given: object
) -> Code | Site:
    """Change a code's labels, place in the order, or the days on which it may be chosen.

    `expected` is the revision of the lists that the change was made from. What is recorded
    already keeps the code. Raises NotFound, Stale, RuleBroken.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction() as session:
        _hold(expected)
        row = _find(list, code)
        if row is None:
            raise NotFound
        before = {name: getattr(row, name) for name in _CHANGE.fields}
        data = read(
            _CHANGE,
            given,
            lambda data: _day_faults({**before, **data}),
            _retirement_faults(list, code),
        )
        changed = {name: value for name, value in data.items() if value != before[name]}
        if changed:
            for name, value in changed.items():
                setattr(row, name, value)
            session.flush()
            trail.record(
                by=by, action="change", kind="code", id=f"{list}/{code}", fields=sorted(changed)
            )
    return row


def retire_code(*, by: Actor, list: str, code: str, expected: int | None) -> Code | Site:
    """Let yesterday be a code's last day: it cannot be chosen from now on.

    A code that was to begin today or later never was; its last day is its first. Raises
    NotFound, Stale, RuleBroken for a code that the program needs.
    """
    require_role(by, ADMINISTRATOR, "system")
    with transaction():
        row = _find(list, code)
        if row is None:
            raise NotFound
        last = max(row.valid_from, clock.today() - timedelta(days=1))
        return change_code(
            by=by, list=list, code=code, expected=expected, given={"valid_to": last.isoformat()}
        )


def revision() -> int:
    """Return the number of the last change to any list: the version of them all."""
    return db.session.execute(sa.select(CodeRevision.number)).scalar_one()


def _hold(expected: int | None) -> None:
    """Keep others from changing the lists meanwhile. Raises Stale when somebody just did."""
    number = db.session.execute(sa.select(CodeRevision.number).with_for_update()).scalar_one()
    if expected is not None and number != expected:
        raise Stale(current={"revision": number})


def _require_list(list: str) -> None:
    if list not in service.code_lists().names:
        raise NotFound


def _find(list: str, code: str) -> Code | Site | None:
    if list == SITES:
        return db.session.get(Site, code, populate_existing=True)
    return db.session.get(Code, (list, code), populate_existing=True)


def _last_position(list: str) -> int:
    position = (
        sa.select(sa.func.max(Site.position))
        if list == SITES
        else sa.select(sa.func.max(Code.position)).where(Code.list == list)
    )
    return db.session.scalar(position) or 0


def _day_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    first, last = data.get("valid_from"), data.get("valid_to")
    if first and last and last < first:
        yield Fault("/valid_to", N_("Sista dagen kan inte vara före den första."))


def _retirement_faults(list: str, code: str) -> Callable[[Mapping[str, Any]], Iterator[Fault]]:
    def faults(data: Mapping[str, Any]) -> Iterator[Fault]:
        if data.get("valid_to") and is_needed(list, code):
            yield Fault(
                "/valid_to", N_("Programmet behöver koden. Därför kan den inte sluta gälla.")
            )

    return faults
