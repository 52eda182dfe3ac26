"""What was answered for the listed periods, and the editions in which it was told anew.

An answer is worked out once and stays. When a report is frozen anew, what has changed since is a
new edition: of the period, and of each listed one inside it whose numbers are no longer the same.
No number of it differs from the same number told before by less than the threshold
(`nearness.py`), so that two editions cannot be subtracted down to the one who came in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.database import db
from outreach.foundation.periods import Period
from outreach.foundation.transaction import transaction
from outreach.indicators import counts, periods
from outreach.indicators.longer import joined, may_be_told, of_persons
from outreach.indicators.models import PeriodFigures
from outreach.indicators.pack import pack
from outreach.indicators.weighing import Kept, gives_away

_FIRST = 1
# Any number no other advisory lock uses.
_LOCK = 5_520_312
Parts = Mapping[Period, Sequence[PeriodFigures]]


def kept(by: Actor, period: Period, threshold: int) -> PeriodFigures:
    """Return the latest edition of a listed period, working out the first if nobody has asked.

    A longer period keeps the listed ones inside it first. Of two who ask at once one waits for the
    other, so that each is weighed against all that it could be held against.
    """
    with transaction():
        known = editions_of(period)
        if known:
            return known[-1]
        _one_at_a_time()
        if known := editions_of(period):
            return known[-1]
        for part in _parts_of(period):
            kept(by, part, threshold)
        return _keep(by, period, _worked_out(period, threshold, ()), _FIRST)


def renewed(by: Actor, period: Period, threshold: int) -> PeriodFigures:
    """Return the latest edition of a listed period, a new one where something has changed."""
    with transaction():
        _one_at_a_time()
        # A part comes after all that lie inside it, so that each is worked out once.
        for part in _parts_of(period):
            _renewed(by, part, threshold)
        return _renewed(by, period, threshold)


def _renewed(by: Actor, period: Period, threshold: int) -> PeriodFigures:
    before = editions_of(period)
    if not before:
        return kept(by, period, threshold)
    anew = _worked_out(period, threshold, before)
    if _same(anew["counts"], before[-1].counts):
        return before[-1]
    return _keep(by, period, anew, before[-1].edition + 1)


def _one_at_a_time() -> None:
    """Wait for whoever works out an edition: each is made beside all that was made before."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def editions_of(period: Period) -> list[PeriodFigures]:
    """Return every edition of a period, the first first."""
    return list(
        db.session.scalars(
            sa.select(PeriodFigures)
            .filter_by(first_day=period.first, last_day=period.last)
            .order_by(PeriodFigures.edition)
        )
    )


def parts_of(edition: PeriodFigures) -> dict[Period, Kept]:
    """Return the editions of the listed periods inside that an edition was made beside."""
    period = Period(edition.first_day, edition.last_day)
    beside = {
        part: [each for each in own if each.computed_at <= edition.computed_at][-1]
        for part, own in _editions(period).items()
    }
    return {part: as_kept(each) for part, each in beside.items()}


def as_kept(edition: PeriodFigures) -> Kept:
    """Return an edition as it is weighed: with nothing hidden, and as it was told."""
    return Kept(edition.counts, edition.answer)


def _parts_of(period: Period) -> tuple[Period, ...]:
    return () if periods.months_of(period) == (period,) else periods.parts_of(period)


def _editions(period: Period) -> dict[Period, list[PeriodFigures]]:
    return {part: editions_of(part) for part in _parts_of(period)}


def _worked_out(period: Period, threshold: int, before: Sequence[PeriodFigures]) -> dict[str, Any]:
    """Return what is to be kept of a period, held against its editions `before`."""
    parts = _editions(period)
    if not parts:
        return _of_a_month(period, threshold, before)
    return _of_parts(period, parts, threshold, before)


def _of_a_month(month: Period, threshold: int, before: Sequence[PeriodFigures]) -> dict[str, Any]:
    found, as_of = counts.counted(month), counts.as_of()
    raw = pack(month, as_of, found, None)
    may_tell = not before or _may_stand_in(month, raw["figures"][0]["value"], threshold)
    earlier = [each.answer for each in before]
    return {
        "threshold": threshold,
        "counts": raw,
        "answer": pack(month, as_of, found, threshold, earlier, tells_persons=may_tell),
    }


def _may_stand_in(month: Period, persons: int, threshold: int) -> bool:
    """Tell whether a month's number of persons may stand beside those told of longer periods."""
    for longer in _around(month):
        number = _persons(longer)
        if number is None:
            continue
        period = Period(longer.first_day, longer.last_day)
        told = {part: _persons(own[-1]) for part, own in _editions(period).items() if own} | {
            month: persons
        }
        if not may_be_told(period, number, told, threshold):
            return False
    return True


def _of_parts(
    period: Period, parts: Parts, threshold: int, before: Sequence[PeriodFigures]
) -> dict[str, Any]:
    latest = {part: own[-1] for part, own in parts.items()}
    months = [latest[month] for month in periods.months_of(period)]
    # Contacts are the months' own; only the persons of this are told.
    found = counts.counted(period)
    persons = pack(period, counts.as_of(), found, None)
    is_told = _may_tell(period, persons["figures"][0]["value"], parts, threshold, before)
    raw = joined(period, [each.counts for each in months], persons)
    answer = joined(period, [each.answer for each in months], persons)
    answer = of_persons(answer, is_told=is_told)
    if periods.is_cumulative(period):
        others = counts.others(period, found.people)
        raw = others.added(raw, None)
        earlier = [each.answer for each in (*_all(parts), *before, *_around(period))]
        answer = others.added(answer, threshold, earlier)
    return {
        "threshold": min(threshold, *(each.threshold for each in months)),
        "counts": raw,
        "answer": answer,
    }


def _around(period: Period) -> list[PeriodFigures]:
    """Return what was told before of longer periods that this one lies in."""
    longer = sa.select(PeriodFigures).where(
        PeriodFigures.first_day <= period.first,
        PeriodFigures.last_day >= period.last,
        sa.or_(PeriodFigures.first_day < period.first, PeriodFigures.last_day > period.last),
    )
    return list(db.session.scalars(longer))


def _all(parts: Parts) -> Iterable[PeriodFigures]:
    return (each for own in parts.values() for each in own)


def _may_tell(
    period: Period,
    persons: int,
    parts: Parts,
    threshold: int,
    before: Sequence[PeriodFigures],
) -> bool:
    """Tell whether a period's number of persons may stand beside all that was told before."""
    told_before = {_persons(each) for each in (*_all(parts), *before, *_around(period))} - {None}
    if any(0 < abs(persons - (number or 0)) < threshold for number in told_before):
        return False
    latest = {part: own[-1] for part, own in parts.items()}
    told = {part: _persons(each) for part, each in latest.items() if as_kept(each).has_persons}
    answers = {part: as_kept(each) for part, each in latest.items()}
    return may_be_told(period, persons, told, threshold) and not gives_away(
        period, persons, answers, threshold
    )


def _persons(kept: PeriodFigures) -> int | None:
    figure = kept.answer["figures"][0]  # SN3 comes first everywhere
    number: int | None = figure["value"]
    return number if as_kept(kept).has_persons else None


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two counts are the same, whenever they were taken."""
    return _written({**one, "data_as_of": None}) == _written({**other, "data_as_of": None})


def _written(counted: Mapping[str, Any]) -> str:
    return json.dumps(counted, sort_keys=True)


def _keep(by: Actor, period: Period, worked_out: dict[str, Any], edition: int) -> PeriodFigures:
    """Keep what was worked out; of two who ask at once the first is kept, and both are told it."""
    place = {"first_day": period.first, "last_day": period.last, "edition": edition}
    made = db.session.scalar(
        insert(PeriodFigures)
        .values(**place, computed_at=clock.now(), **worked_out)
        .on_conflict_do_nothing()
        .returning(PeriodFigures.first_day)
    )
    if made is not None:
        trail.record(by=by, action="compute", kind="figures", id=period)
    return db.session.get_one(PeriodFigures, tuple(place.values()))
