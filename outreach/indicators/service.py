"""Use cases of figures: answering a period, and handing the answer out as a file."""

from __future__ import annotations

from typing import Any

from outreach.accounts.permissions import ANALYST, SUPERVISOR, require_role
from outreach.audit import trail
from outreach.foundation import clock
from outreach.foundation.actor import Actor, system
from outreach.foundation.errors import N_, Fault, NotAllowed, RuleBroken
from outreach.foundation.periods import Period
from outreach.foundation.transaction import transaction
from outreach.indicators import counts, editions, night, periods
from outreach.indicators.city_figures import Given, with_city_figures
from outreach.indicators.pack import pack
from outreach.indicators.shares import Share
from outreach.reported import figures as reported
from outreach.reported.measures import FIGURES

Answer = dict[str, Any]


class PeriodNotOpen(NotAllowed):
    """A period that is not answered to everyone.

    Two free periods a day apart could be subtracted down to one person, so only listed periods
    that are over are answered without the raw right: each is worked out once, and a longer period
    tells nothing that could be held against its months.
    """

    slug = "period-not-open"
    title = N_("Den perioden visas inte")
    advice = N_(
        "Välj en hel månad, ett tertial, eller januari till april, augusti eller december, som är"
        " slut. Siffrorna finns dagen efter att perioden tog slut."
    )


def may_see_raw(actor: Actor) -> bool:
    """Tell whether the actor may see figures with nothing hidden, for any period."""
    return actor.has(SUPERVISOR, "system")


def figures(*, by: Actor, period: Period, threshold: int, raw: bool = False) -> Answer:
    """Return the figures and tables of a period, as of the last finished night.

    A listed month that is over is worked out the first time somebody asks, after a night that
    began when it was over; then the answer stays what it was. A longer listed period tells of
    contacts what its months have told, and of persons a number that can stand beside theirs
    (`longer.py`, `weighing.py`), and stays as they do. Counts below `threshold` are hidden, and as
    many others that none of them can be worked out. Persons are counted by the links and joins as
    they stand when the answer is worked out (rule R3b).

    Other periods, and answers with nothing hidden (`raw`), are worked out anew each time, only
    for those with the raw right, and the trail says who read them. Raises NotAllowed,
    PeriodNotOpen, RuleBroken for a period that is out of bounds.
    """
    with transaction():
        internal = is_internal(by=by, period=period, raw=raw)
        answer = _answer(by, period, threshold, raw=raw)
        if internal:
            trail.record(by=by, action="read", kind="figures", id=period, raw=raw)
    return answer


def handed_out(*, by: Actor, period: Period, threshold: int, raw: bool = False) -> Answer:
    """Return what `figures` does, for a file that leaves the house; the trail says who took it."""
    with transaction():
        answer = _answer(by, period, threshold, raw=raw)
        trail.record(by=by, action="export", kind="figures", id=period, raw=raw)
    return answer


def is_internal(*, by: Actor, period: Period, raw: bool) -> bool:
    """Tell whether an answer is for the house alone: only kept answers may be passed on."""
    require_role(by, ANALYST, SUPERVISOR, "system")
    return raw or not _is_open(period)


def open_periods(*, by: Actor) -> list[Period]:
    """Return the listed periods that are answered now, the latest first."""
    require_role(by, ANALYST, SUPERVISOR)
    return [period for period in periods.listed(clock.today()) if _is_settled(period)]


def _answer(by: Actor, period: Period, threshold: int, *, raw: bool) -> Answer:
    if faults := [Fault("/period", told) for _, told in periods.out_of_bounds(period)]:
        raise RuleBroken(faults=faults)
    if not is_internal(by=by, period=period, raw=raw):
        answer = editions.kept(by, period, threshold).answer
        return with_city_figures(answer, period, given_by_others(), threshold)
    if not may_see_raw(by):
        raise NotAllowed if raw else PeriodNotOpen
    found, gate = counts.counted(period), None if raw else threshold
    answer = pack(period, counts.as_of(), found, gate)
    answer = counts.others(period, found.people).added(answer, gate)
    return with_city_figures(answer, period, given_by_others(), gate)


def given_by_others() -> list[Given]:
    """Return what others have given for KN1 to KN5, as it stands now."""
    return [
        Given(
            figure=row["figure"],
            period=row["period"],
            source=row["source"],
            unit=row["unit"],
            measure=row["measure"],
            value=row["value"],
            share=None
            if row["denominator"] is None
            else Share(row["numerator"], row["denominator"]),
        )
        for row in reported.standing(by=system("figures"), figures=FIGURES)
    ]


def require_open(period: Period) -> None:
    """Raise PeriodNotOpen unless the period is a listed one that a night has counted."""
    if not _is_open(period):
        raise PeriodNotOpen


def _is_open(period: Period) -> bool:
    return periods.is_listed(period) and _is_settled(period)


def _is_settled(period: Period) -> bool:
    """Tell whether a night has counted the period since it was over."""
    last = night.last_night()
    return last is not None and last.started_at >= clock.start_of(period.day_after)
