"""Use cases of frozen reports: freezing a period, telling what is frozen, proving it unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from outreach.accounts import service as accounts
from outreach.accounts.permissions import ANALYST, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.errors import N_, Conflict, Fault, IdReuse, NotFound
from outreach.foundation.periods import Period
from outreach.foundation.schemas import read
from outreach.foundation.transaction import transaction
from outreach.indicators import editions
from outreach.indicators import service as indicators
from outreach.indicators.attack import AuditFailed
from outreach.indicators.auditing import Attack, attacked
from outreach.indicators.city_figures import with_city_figures
from outreach.indicators.models import PeriodFigures
from outreach.participants import numbers
from outreach.publications import documents, tables_file
from outreach.publications.documents import Document, Head
from outreach.publications.masking import hidden_of, told_of
from outreach.publications.models import Publication
from outreach.publications.schemas import NewPublicationSchema
from outreach.sites import service as sites

log = structlog.get_logger(__name__)

Row = dict[str, Any]

_NEW = NewPublicationSchema()
# Any number no other advisory lock uses: of two who freeze at once each waits for the other.
_LOCK = 5_520_311


class NotSafe(Conflict):
    """Somebody outside could work out a number that the report hides."""

    slug = "not-safe-to-freeze"
    title = N_("Siffrorna går inte att fastställa")
    advice = N_(
        "Kontrollen före fastställandet visar att dolda tal skulle gå att räkna ut. Inget är"
        " fastställt. Säg till systemförvaltaren."
    )


class NothingNew(Conflict):
    """The period is frozen already, and every number of it is the same."""

    slug = "nothing-new"
    title = N_("Inget har ändrats")
    advice = N_("Perioden är redan fastställd, och alla tal är desamma som då.")


def freeze(*, by: Actor, given: object, threshold: int) -> tuple[Row, bool]:
    """Freeze a listed period that is over; return the report, and whether it was made now.

    The first time what was answered of the period is frozen as it stands. Again is another version,
    of what has changed since. Before, what is told is attacked from outside, and not frozen if the
    attack wins. Raises RuleBroken, IdReuse, PeriodNotOpen, NotSafe, NothingNew.
    """
    require_role(by, SUPERVISOR, "system")
    facts = read(_NEW, given, _personal_faults)
    period: Period = facts["period"]
    with transaction():
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        if (there := db.session.get(Publication, facts["id"])) is not None:
            if (there.first_day, there.last_day) != (period.first, period.last):
                raise IdReuse
            return _told(there), False
        indicators.require_open(period)
        before = _latest(period)
        row = _made(by, facts, before, threshold)
        db.session.add(row)
        db.session.flush()
        trail.record(by=by, action="freeze", kind="publication", id=row.id, period=str(period))
        return _told(row), True


def _personal_faults(facts: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("dnr", "note"):
        if numbers.is_in(facts.get(name) or ""):
            yield Fault(f"/{name}", numbers.LOOKS_LIKE_ONE)


def _made(by: Actor, facts: Row, before: Publication | None, threshold: int) -> Publication:
    period: Period = facts["period"]
    edition = (editions.kept if before is None else editions.renewed)(by, period, threshold)
    given = indicators.given_by_others()
    counts = with_city_figures(edition.counts, period, given, None)
    told = with_city_figures(edition.answer, period, given, edition.threshold)
    hidden = hidden_of(counts, told)
    attack = _attack(period, edition)
    old = None if before is None else json.loads(before.json_file)
    changes = [] if old is None else documents.changes_between(old, told)
    if old is not None and not changes:
        raise NothingNew
    head = Head(
        id=facts["id"],
        version=1 if before is None else before.version + 1,
        frozen_at=clock.now(),
        frozen_by=by.name,
        supersedes=None if before is None else before.id,
        dnr=facts["dnr"],
        note=facts["note"],
    )
    inputs = {
        "counts": counts,
        "hidden": hidden,
        "labels": tables_file.labels_of(sites.code_lists()),
        "disclosure": documents.disclosure(counts, told, hidden, edition.threshold),
        "shielding": documents.shielding(counts, hidden, edition.threshold, attack),
        "changes": changes,
        "frozen_by": head.frozen_by,
    }
    files = _files(head, inputs)
    return Publication(
        id=head.id,
        first_day=period.first,
        last_day=period.last,
        version=head.version,
        supersedes=head.supersedes,
        frozen_at=head.frozen_at,
        frozen_by=accounts.recorder_id(by),
        dnr=head.dnr,
        note=head.note,
        inputs=inputs,
        json_file=files["json"],
        csv_file=files["csv"],
    )


def _attack(period: Period, edition: PeriodFigures) -> Attack:
    """Attack what is told of a period. Raises NotSafe."""
    kept = editions.as_kept(edition)
    try:
        found = attacked(period, kept, editions.parts_of(edition), edition.threshold)
    except AuditFailed as error:
        log.exception("publication_audit_failed")
        raise NotSafe from error
    if found.is_lost:
        # Which numbers, never what they are.
        places = [f"{cell.measure} {sorted(cell.narrowed)}" for cell in found.exposed]
        log.error("publication_attack_won", period=str(period), exposed=places)
        raise NotSafe
    return found


def _files(head: Head, inputs: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files that a report's inputs come to, always the same."""
    told = told_of(inputs["counts"], inputs["hidden"])
    made = documents.document(head, told, inputs["disclosure"], inputs["changes"])
    return {
        "json": documents.json_of(made),
        "csv": tables_file.csv_of(made, inputs["labels"]),
    }


def is_as_frozen(*, by: Actor, id: UUID) -> bool:
    """Tell whether a report's files are what its inputs come to, byte for byte. Raises NotFound."""
    require_role(by, SUPERVISOR, "system")
    row = _found(id)
    made = _files(_head(row), row.inputs)
    return made == {"json": row.json_file, "csv": row.csv_file}


def publications(*, by: Actor) -> list[Row]:
    """Return every frozen report, the latest period and version first."""
    require_role(by, ANALYST, SUPERVISOR, "system")
    newest_first = (
        Publication.last_day.desc(), Publication.first_day, Publication.version.desc(),
    )  # fmt: skip
    return [
        _told(row) for row in db.session.scalars(sa.select(Publication).order_by(*newest_first))
    ]


def publication(*, by: Actor, id: UUID) -> tuple[Row, Document, Mapping[str, Any]]:
    """Return a frozen report, its document, and what its codes were called. Raises NotFound."""
    require_role(by, ANALYST, SUPERVISOR, "system")
    row = _found(id)
    return _told(row), json.loads(row.json_file), row.inputs["labels"]


def file_of(*, by: Actor, id: UUID, kind: str) -> tuple[Row, bytes]:
    """Return a frozen report's file, `json` or `csv`; the trail says who took it."""
    require_role(by, ANALYST, SUPERVISOR, "system")
    with transaction():
        row = _found(id)
        trail.record(by=by, action="export", kind="publication", id=id, format=kind)
        return _told(row), {"json": row.json_file, "csv": row.csv_file}[kind]


def periods_to_freeze(*, by: Actor) -> Sequence[Period]:
    """Return the periods that may be frozen now, the latest first."""
    require_role(by, SUPERVISOR)
    return indicators.open_periods(by=by)


def _latest(period: Period) -> Publication | None:
    found: Publication | None = db.session.scalar(
        sa.select(Publication)
        .filter_by(first_day=period.first, last_day=period.last)
        .order_by(Publication.version.desc())
        .limit(1)
    )
    return found


def _found(id: UUID) -> Publication:
    row = db.session.get(Publication, id)
    if row is None:
        raise NotFound
    return row


def _head(row: Publication) -> Head:
    return Head(
        id=row.id,
        version=row.version,
        frozen_at=row.frozen_at,
        frozen_by=row.inputs["frozen_by"],
        supersedes=row.supersedes,
        dnr=row.dnr,
        note=row.note,
    )


def _told(row: Publication) -> Row:
    return {
        "id": row.id,
        "period": Period(row.first_day, row.last_day),
        "version": row.version,
        "supersedes": row.supersedes,
        "frozen_at": row.frozen_at,
        "frozen_by": row.inputs["frozen_by"],
        "dnr": row.dnr,
        "note": row.note,
        "checksum": json.loads(row.json_file)["checksum"],
    }
