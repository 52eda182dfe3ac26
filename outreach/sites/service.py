"""Use cases of places and code lists."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from outreach.foundation import clock
from outreach.foundation.database import db
from outreach.sites.codelists import Choice, CodeLists, Duty
from outreach.sites.models import Code, CodeRevision, Site, SiteActivity

_REVISION = sa.select(CodeRevision.__table__.c.number)

# The lists as this process last read them; replaced whole, so threads need no lock.
_kept: CodeLists | None = None


def code_lists() -> CodeLists:
    """Return every code list as it stands in the database now.

    The lists themselves are read again only when the revision has changed.
    """
    global _kept  # noqa: PLW0603 - one immutable value per process, replaced whole
    revision = db.session.execute(_REVISION).scalar_one()
    if _kept is None or _kept.revision != revision:
        _kept = _read(revision)
    return _kept


def remembered_code_lists() -> CodeLists:
    """Return every code list as this process last read it, which may be a moment ago.

    For a write that holds itself to them with `stands_at`; all others ask `code_lists`.
    """
    return _kept or code_lists()


def stands_at(revision: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition, for a statement, that no list has changed since the revision."""
    return sa.exists().where(CodeRevision.__table__.c.number == revision)


def _read(revision: int) -> CodeLists:
    lists: dict[str, list[Choice]] = {}
    for row in db.session.scalars(sa.select(Code).order_by(Code.list, Code.position)):
        lists.setdefault(row.list, []).append(_choice(row))
    lists["site"] = [
        _choice(row) for row in db.session.scalars(sa.select(Site).order_by(Site.position))
    ]
    duties = [
        Duty(
            row.site,
            row.activity,
            row.committee,
            row.valid_from,
            row.valid_to,
            row.identity_recorded,
        )
        for row in db.session.scalars(sa.select(SiteActivity).order_by(SiteActivity.valid_from))
    ]
    return CodeLists(revision, lists, duties)


def _choice(row: Code | Site) -> Choice:
    return Choice(row.code, row.label_sv, row.label_en, row.valid_from, row.valid_to)


def sites() -> list[dict[str, Any]]:
    """Return every site in its order, with what is done there today."""
    lists = code_lists()
    return [
        {
            "code": site.code,
            "label_sv": site.label_sv,
            "label_en": site.label_en,
            "valid_from": site.valid_from,
            "valid_to": site.valid_to,
            "activities": lists.activities(site.code, clock.today()),
        }
        for site in lists.all("site")
    ]
