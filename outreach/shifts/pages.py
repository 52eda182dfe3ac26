"""Pass: who works where and when, week by week; closed days and opening hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import format_date, get_locale, gettext

from outreach.accounts import guard
from outreach.accounts.permissions import PLAN_SHIFTS, RUN_SHIFTS, access
from outreach.foundation import clock
from outreach.foundation.actor import Actor
from outreach.foundation.errors import NotFound, OutreachError
from outreach.foundation.forms import Refusal, refusal_of, typed, version_read, without_blanks
from outreach.foundation.problems import body_of
from outreach.shifts import closures, opening_hours, rules, service, staffing, wording
from outreach.shifts.public_holidays import holiday
from outreach.sites import service as sites

blueprint = Blueprint("shifts_pages", __name__)

_YEAR = timedelta(days=366)
_YEARS = range(2000, 2200)
_SHIFT = ("id", "site", "activity", "day", "starts", "ends")
_CLOSURE = ("id", "site", "first_day", "last_day", "note")


@blueprint.get("/pass")
@access(RUN_SHIFTS)
def week() -> str:
    """Show a week at one's sites: planned and actual hours, who works, closed days."""
    actor, today = guard.actor(), clock.today()
    chosen = _week_asked_for()
    places = _own_places(actor)
    only = request.args.get("plats")
    shown = [place["code"] for place in places if only in (place["code"], None, "")]
    found = service.shifts(by=actor, first=chosen[0], last=chosen[-1])
    closed = closures.closures(sites=shown, first=min(chosen[0], today), last=chosen[-1] + _YEAR)
    return render_template(
        "shifts/week.html",
        days=wording.week_shown(
            chosen,
            shown,
            found,
            closed,
            opening_hours.door_hours(at=shown, days=chosen),
        ),
        title=_week_title(chosen[0]),
        week_code=_week_code(chosen[0]),
        this_week=today in chosen,
        before=_week_code(chosen[0] - timedelta(days=7)),
        after=_week_code(chosen[0] + timedelta(days=7)),
        places=places,
        chosen_place=only if only in shown else None,
        closures=[wording.closure_shown(each) for each in closed if each.last_day >= today],
        may_plan=PLAN_SHIFTS.allows(actor),
    )


@blueprint.get("/pass/ny")
@access(PLAN_SHIFTS)
def new_shift() -> str:
    """Show the empty form of a shift, or first ask where it is."""
    places = _own_places(guard.actor())
    asked = request.args.get("plats")
    site = next((p["code"] for p in places if p["code"] == asked or len(places) == 1), None)
    day = request.args.get("dag", clock.today().isoformat())
    if site is None:
        return render_template("shifts/where.html", places=places, day=day)
    return _shift_form({"id": uuid4(), "site": site, "day": day, "workers": []})


@blueprint.post("/pass")
@access(PLAN_SHIFTS)
def plan_shift() -> Any:
    """Plan a shift."""
    form = typed(_SHIFT, lists=("workers",))
    hours, mistyped = _planned_hours(form)
    given = {name: form[name] for name in ("id", "site", "activity", "workers")} | hours
    try:
        row, _ = service.open_shift(by=guard.actor(), given=without_blanks(given))
    except OutreachError as error:
        refusal = _shift_refusal(error, mistyped)
        return _shift_form(form, refusal), refusal.status
    flash(gettext("Passet är planerat."), "success")
    _ask_whether_meant(row)
    return redirect(_week_of(form["day"]), 303)


@blueprint.get("/pass/<uuid:shift_id>")
@access(PLAN_SHIFTS)
def show_shift(shift_id: UUID) -> str:
    """Show a shift's form, or what became of it when it is over."""
    return _known_shift(shift_id)


@blueprint.post("/pass/<uuid:shift_id>")
@access(PLAN_SHIFTS)
def change_shift(shift_id: UUID) -> Any:
    """Change a shift's planned hours or staff."""
    form = typed((*_SHIFT, "version"), lists=("workers",))
    hours, mistyped = _planned_hours(form)
    try:
        row = service.change_shift(
            by=guard.actor(),
            id=shift_id,
            expected=version_read(),
            given={"workers": form["workers"]} | hours,
        )
    except OutreachError as error:
        refusal = _shift_refusal(error, mistyped)
        return _known_shift(shift_id, form, refusal), refusal.status
    flash(gettext("Sparat."), "success")
    _ask_whether_meant(row)
    return redirect(_week_of(form["day"]), 303)


@blueprint.post("/pass/<uuid:shift_id>/stall-in")
@access(PLAN_SHIFTS)
def cancel_shift(shift_id: UUID) -> Any:
    """Cancel a planned shift."""
    try:
        row = service.cancel_shift(by=guard.actor(), id=shift_id, expected=version_read())
    except OutreachError as error:
        refusal = refusal_of(error)
        return _known_shift(shift_id, refusal=refusal), refusal.status
    flash(gettext("Passet är inställt."), "success")
    return redirect(_week_of(clock.local(row["starts_at"]).date().isoformat()), 303)


@blueprint.get("/pass/stangt/ny")
@access(PLAN_SHIFTS)
def new_closure() -> str:
    """Show the empty form of a closure."""
    day = request.args.get("dag", clock.today().isoformat())
    places = _own_places(guard.actor())
    site = request.args.get("plats") or (places[0]["code"] if len(places) == 1 else None)
    asked = _day_or_none(day)
    note = holiday(asked, str(get_locale())) if asked else None
    return _closure_form(
        {"id": uuid4(), "site": site, "first_day": day, "last_day": day, "note": note}
    )


@blueprint.post("/pass/stangt")
@access(PLAN_SHIFTS)
def close_site() -> Any:
    """Close a site for some days."""
    form = typed(_CLOSURE)
    try:
        closures.close_site(by=guard.actor(), given=without_blanks(form))
    except OutreachError as error:
        refusal = refusal_of(error)
        return _closure_form(form, refusal), refusal.status
    flash(gettext("Sparat. Pass som redan är planerade då ligger kvar."), "success")
    return redirect(_week_of(form["first_day"]), 303)


@blueprint.post("/pass/stangt/<uuid:closure_id>/ta-tillbaka")
@access(PLAN_SHIFTS)
def withdraw_closure(closure_id: UUID) -> Any:
    """Take a closure back."""
    closure = closures.withdraw_closure(by=guard.actor(), id=closure_id)
    flash(gettext("Stängningen är borttagen."), "success")
    return redirect(_week_of(closure.first_day.isoformat()), 303)


@blueprint.get("/pass/oppettider")
@access(PLAN_SHIFTS)
def door() -> str:
    """Show every own site's opening hours, as they are and as they will be."""
    today = clock.today()
    places = []
    for place in _own_places(guard.actor()):
        now = opening_hours.opening_hours(site=place["code"])
        ahead = [day for day in now["changes"] if day > today]
        later = [opening_hours.opening_hours(site=place["code"], on=day) for day in ahead]
        known = [now] if now["valid_from"] else []
        places.append({**place, "weeks": [_door_shown(hours) for hours in (*known, *later)]})
    return render_template("shifts/door.html", places=places)


@blueprint.get("/pass/oppettider/<site>")
@access(PLAN_SHIFTS)
def show_door(site: str) -> str:
    """Show the form of a site's opening hours, as they hold on a day."""
    asked = _day_or_none(request.args.get("fran"))
    return _door_form(site, opening_hours.opening_hours(site=site, on=asked), asked)


@blueprint.post("/pass/oppettider/<site>")
@access(PLAN_SHIFTS)
def change_door(site: str) -> Any:
    """Set a site's opening hours from a day on."""
    names = [f"{end}-{day}" for day in opening_hours.WEEKDAYS for end in ("opens", "closes")]
    form = typed(("valid_from", "version", *names))
    days = [
        {"weekday": day, "opens": form[f"opens-{day}"], "closes": form[f"closes-{day}"]}
        for day in opening_hours.WEEKDAYS
    ]
    given = without_blanks({"valid_from": form["valid_from"], "days": days})
    try:
        opening_hours.set_opening_hours(
            by=guard.actor(), site=site, expected=version_read(), given=given
        )
    except OutreachError as error:
        refusal = _door_refusal(error)
        return _door_page(site, form, refusal), refusal.status
    flash(gettext("Sparat."), "success")
    return redirect(url_for("shifts_pages.door"), 303)


def _own_places(actor: Actor) -> list[dict[str, str]]:
    """Return the sites that are one's own and still there, in their own order."""
    language = str(get_locale())
    return [
        {"code": site.code, "label": site.label(language)}
        for site in sites.code_lists().offered("site", clock.today())
        if site.code in actor.sites
    ]


def _week_asked_for() -> tuple[date, ...]:
    """Return the days of the week in the address; this week where it names none."""
    monday = _day_or_none(f"{request.args.get('vecka', '')}-1")
    return rules.week_of(monday or clock.today())


def _day_or_none(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _week_code(day: date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


def _week_title(monday: date) -> str:
    year, number, _ = monday.isocalendar()
    return str(gettext("Vecka %(number)s, %(year)s", number=number, year=year))


def _week_of(day: str | None) -> str:
    """Return the address of the week that holds a day."""
    return url_for("shifts_pages.week", vecka=_week_code(_day_or_none(day) or clock.today()))


def _ask_whether_meant(row: Mapping[str, Any]) -> None:
    """Ask about a shift whose staff has another one then: it may be right, so it is saved."""
    day = clock.local(row["starts_at"]).date()
    # Also what began the evening before, or begins when an evening has become the next day.
    near = timedelta(days=1)
    others = service.shifts(by=guard.actor(), first=day - near, last=day + near)
    if rules.doubled(row, others):
        flash(gettext("Samma person har redan ett pass då. Är det meningen?"), "warning")


def _planned_hours(form: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the instants of the day and times typed, and what is wrong with how they are typed.

    What cannot be read goes on as it is, so that the service refuses it with all other faults.
    """
    mistyped = {}
    day = _day_or_none(form["day"])
    if day is None:
        mistyped["day"] = gettext("Skriv datum som 2026-01-15.")
    for name in ("starts", "ends"):
        try:
            rules.on_the_wall(clock.today(), form[name] or "")
        except ValueError:
            mistyped[name] = gettext("Skriv klockslag som 10:30.")
    if mistyped or day is None:
        return {"starts_at": "", "ends_at": ""}, mistyped
    begin, end = rules.wall_hours(day, form["starts"], form["ends"])
    return {"starts_at": begin.isoformat(), "ends_at": end.isoformat()}, {}


def _shift_refusal(error: OutreachError, mistyped: Mapping[str, str]) -> Refusal:
    """Return the error as the form shows it, with the form's own words for day and times."""
    refusal = refusal_of(error)
    told = {name: text for name, text in refusal.errors.items() if not name.endswith("s_at")}
    if mistyped:
        told = {**mistyped, **told}
    else:
        own = {"starts_at": "starts", "ends_at": "ends"}
        told |= {own[name]: text for name, text in refusal.errors.items() if name in own}
    return Refusal(refusal.status, told, refusal.message)


def _known_shift(
    shift_id: UUID, form: Mapping[str, Any] | None = None, refusal: Refusal | None = None
) -> str:
    """Show a shift of one's own sites, with what was typed over it. Raises NotFound."""
    row = service.shift(by=guard.actor(), id=shift_id)
    if row["site"] not in guard.actor().sites:
        raise NotFound
    starts = clock.local(row["starts_at"])
    known = {
        "version": row["version"],
        "day": starts.date().isoformat(),
        "starts": f"{starts:%H:%M}",
        "ends": f"{clock.local(row['ends_at']):%H:%M}" if row["ends_at"] else None,
        "workers": [worker["username"] for worker in row["workers"]],
    }
    fixed = {"id": row["id"], "site": row["site"], "activity": row["activity"]}
    return _shift_form({**known, **(form or {}), **fixed}, refusal, row)


def _shift_form(
    given: Mapping[str, Any],
    refusal: Refusal | None = None,
    row: dict[str, Any] | None = None,
) -> str:
    actor, lists, language = guard.actor(), sites.code_lists(), str(get_locale())
    site = given["site"] or ""
    day = _day_or_none(given["day"]) or clock.today()
    staff = staffing.workers_at(by=actor, site=site) if site in actor.sites else []
    known = {worker["username"] for worker in staff}
    # Whoever is planned stays so until unticked, also one who has moved to another site.
    staff += [each for each in (row["workers"] if row else ()) if each["username"] not in known]
    return render_template(
        "shifts/shift.html",
        given=given,
        shift=wording.shift_shown(row, lists) if row else None,
        place=lists.label("site", site, language),
        holiday=holiday(day, language),
        closures=[
            wording.closure_shown(each)
            for each in closures.closures(sites=[site], first=day, last=day)
        ],
        activities=[
            {"code": code, "label": lists.label("activity", code, language)}
            for code in lists.activities(site, day)
        ],
        staff=[{"code": each["username"], "label": each["name"]} for each in staff],
        back=_week_of(given["day"]),
        **_told(refusal),
    )


def _closure_form(given: Mapping[str, Any], refusal: Refusal | None = None) -> str:
    return render_template(
        "shifts/closure.html",
        given=given,
        places=_own_places(guard.actor()),
        back=_week_of(given["first_day"]),
        **_told(refusal),
    )


def _door_shown(hours: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "valid_from": hours["valid_from"],
        "is_ahead": hours["valid_from"] > clock.today(),
        "title": format_date(hours["valid_from"], "d MMMM y"),
        "days": [
            (gettext(name), wording.door_hours(day["opens"], day["closes"]))
            for name, day in zip(wording.WEEKDAYS, hours["days"], strict=True)
        ],
    }


def _door_form(site: str, hours: Mapping[str, Any], asked: date | None) -> str:
    given = {"version": hours["version"], "valid_from": (asked or clock.today()).isoformat()}
    for day in hours["days"]:
        for end in ("opens", "closes"):
            given[f"{end}-{day['weekday']}"] = f"{day[end]:%H:%M}" if day[end] else None
    return _door_page(site, given)


def _door_page(site: str, given: Mapping[str, Any], refusal: Refusal | None = None) -> str:
    if site not in guard.actor().sites:
        raise NotFound
    names = [gettext(name) for name in wording.WEEKDAYS]
    return render_template(
        "shifts/door_form.html",
        site=site,
        place=sites.code_lists().label("site", site, str(get_locale())),
        given=given,
        weekdays=list(enumerate(names, start=1)),
        labels={
            "valid_from": gettext("Från och med"),
            **{
                f"{end}-{number}": f"{name}, {label}"
                for number, name in enumerate(names, start=1)
                for end, label in (("opens", gettext("öppnar")), ("closes", gettext("stänger")))
            },
        },
        **_told(refusal),
    )


def _door_refusal(error: OutreachError) -> Refusal:
    """Return the error as the form shows it: the fault of a day at that day's own field."""
    refusal = refusal_of(error)
    told: dict[str, str] = {}
    for fault in body_of(error).get("errors", ()):
        parts = fault["pointer"].strip("/").split("/")
        name = f"{parts[2]}-{int(parts[1]) + 1}" if parts[0] == "days" else parts[0]
        told.setdefault(name, fault["detail"])
    return Refusal(refusal.status, told, refusal.message)


def _told(refusal: Refusal | None) -> dict[str, Any]:
    return {
        "errors": refusal.errors if refusal else None,
        "message": refusal.message if refusal else None,
    }
