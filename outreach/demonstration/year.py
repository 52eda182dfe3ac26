"""An invented year of contacts: the days, the visitors, and what goes wrong on the way.

Plain functions of the day, without a database: the same day is always the same, whenever the
demonstration is loaded; only which days there are follows from today. Seasons, weekdays and opening
hours give the rhythm; nobody in it exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from outreach.foundation.clock import STOCKHOLM

MONTHS_BACK = 13

# How busy a month is; in July most of the town is away.
_SEASON = (1.2, 1.1, 1.1, 1.0, 0.95, 0.75, 0.35, 0.9, 1.25, 1.15, 1.05, 0.7)

# Days on which nothing is open: (month, day).
_HOLIDAYS = frozenset(
    {(1, 1), (1, 5), (1, 6), (4, 30), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)}
)

_AGES = {
    "16-17": 0.4,
    "18-29": 16,
    "30-44": 38,
    "45-54": 24,
    "55-65": 17,
    "66+": 2.2,
    "unknown": 2.4,
}
_GENDERS = {"woman": 52, "man": 45, "other": 0.5, "declined": 0.7, "unknown": 1.8}
_TOPICS = {
    "job_search": 26, "cv": 20, "language": 13, "study_guidance": 10, "digital_help": 8,
    "employment_service": 8, "city_information": 6, "work_placement": 4, "money_signposting": 4,
    "childcare_time": 2.5, "validation": 2.5, "start_business": 1.5, "other_support": 2.5,
}  # fmt: skip
_RESULTS = {
    "information_given": 52, "signposted": 27, "plan_made": 13, "no_need": 5, "declined_support": 3,
}  # fmt: skip
_TARGETS = {
    "komvux_sfi": 28, "arbetsformedlingen": 24, "syv": 12, "budget_skuld": 8, "civilsamhalle": 8,
    "ekonomiskt_bistand": 7, "jobbfabriken_unga": 5, "arbetsmarknadsgruppen": 4,
    "naringslivsenheten": 2, "jobbteamet": 1, "osa": 1,
}  # fmt: skip
_LANGUAGES = {
    "sv": 60, "en": 9, "ar": 8, "ti": 5, "so": 4, "fa": 4, "uk": 3, "es": 2, "prs": 1.5, "tr": 1.5,
    "ru": 1, "pl": 1, "am": 0.6, "bn": 0.4,
}  # fmt: skip
_INTERPRETERS = {"none": 62, "phone": 16, "staff": 12, "app": 6, "relative": 4}
_FIRST_TIMES = {"not_asked": 46, "yes": 27, "no": 27}
_KINDS = {"drop_in": 82, "booked": 14, "third_party": 4}


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is where on which weekdays (Monday is 0), from when to when, and how many they meet."""

    username: str
    site: str
    activity: str
    weekdays: tuple[int, ...]
    opens: int
    closes: int
    visitors: float


DUTIES = (
    Duty("anna.hagalund", "hagalund", "open", (0, 1, 2, 3), 10, 16, 8),
    Duty("anna.hagalund", "remote", "open", (4,), 9, 12, 5),
    Duty("samir.bagartorp", "bagartorp", "open", (0, 1, 2, 3, 4), 10, 16, 8),
    Duty("leila.centrum", "solna_centrum", "open", (0, 2, 4), 12, 18, 10),
    Duty("leila.centrum", "solna_centrum", "outreach", (3,), 12, 15, 9),
    Duty("johan.uppsok", "hagalund", "outreach", (1, 3), 13, 16, 10),
    Duty("mariam.uppsok", "bagartorp", "outreach", (2,), 13, 16, 9),
    Duty("mariam.uppsok", "outreach_other", "outreach", (0, 4), 11, 14, 7),
)


@dataclass(frozen=True, slots=True)
class Mending:
    """What became of a contact afterwards: a correction, or a void with its reason."""

    contact_id: UUID
    at: datetime
    correction: Mapping[str, Any] | None = None
    void_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """One worker's hours at one place, and whom they met; `entered_at` is when it was sent."""

    id: UUID
    username: str
    site: str
    activity: str
    starts_at: datetime
    ends_at: datetime
    entered_at: datetime
    contacts: list[dict[str, Any]] = field(default_factory=list)
    mendings: list[Mending] = field(default_factory=list)


def shifts(until: datetime) -> Iterator[Shift]:
    """Yield every shift of the thirteen months before an instant, in the order they were entered.

    What would have been entered after the instant is left out.
    """
    today = until.astimezone(STOCKHOLM).date()
    first = today - timedelta(days=round(MONTHS_BACK * 30.44))
    days = (first + timedelta(days=number) for number in range((today - first).days + 1))
    found = (shift for day in days if _is_open(day) for shift in _of_day(day, until))
    yield from sorted(found, key=lambda shift: (shift.entered_at, shift.id))


def _is_open(day: date) -> bool:
    # Midsummer's eve is the Friday between the 19th and the 25th of June.
    midsummer = (day.month, day.weekday()) == (6, 4) and day.day in range(19, 26)
    return (day.month, day.day) not in _HOLIDAYS and not midsummer


def _of_day(day: date, until: datetime) -> Iterator[Shift]:
    for duty in DUTIES:
        chance = Random(f"{day} {duty.username} {duty.site} {duty.activity}")  # noqa: S311 - invented
        away = 0.5 if day.month == 7 else 0.05  # noqa: PLR2004 - July
        if day.weekday() in duty.weekdays and chance.random() > away:
            shift = _shift(day, duty, chance)
            begun = _as_far_as(shift, until)
            if begun is not None:
                yield begun


def _as_far_as(shift: Shift, until: datetime) -> Shift | None:
    """Return what of the shift was entered by an instant: of today's, the hours so far."""
    if shift.entered_at <= until:
        mended = [mending for mending in shift.mendings if mending.at <= until]
        return _with(shift, shift.entered_at, shift.contacts, mended)
    if shift.starts_at.date() != until.date() or shift.starts_at >= until:
        return None
    met = [each for each in shift.contacts if datetime.fromisoformat(each["occurred_at"]) <= until]
    return _with(shift, until, met, [])


def _with(
    shift: Shift, entered_at: datetime, contacts: list[dict[str, Any]], mendings: list[Mending]
) -> Shift:
    return Shift(
        shift.id, shift.username, shift.site, shift.activity, shift.starts_at, shift.ends_at,
        entered_at, contacts, mendings,
    )  # fmt: skip


def _shift(day: date, duty: Duty, chance: Random) -> Shift:
    starts, ends = _at(day, duty.opens), _at(day, duty.closes)
    # Now and then the day was counted on paper and entered later.
    late = timedelta(days=chance.choice((1, 1, 2, 4, 9))) if chance.random() < 0.02 else None  # noqa: PLR2004
    entered = ends + (late or timedelta(minutes=chance.randint(1, 9)))
    shift = Shift(
        UUID(_id(starts, chance)), duty.username, duty.site, duty.activity, starts, ends, entered
    )
    wanted = duty.visitors * _SEASON[day.month - 1]
    for _ in range(max(0, round(chance.gauss(wanted, wanted / 4)))):
        _meet(shift, _moment(starts, ends, chance), chance)
    if duty.activity == "open" and duty.site != "remote" and day.weekday() == 1:
        shift.contacts.append(_group(shift, starts + timedelta(hours=3), chance))
    return shift


def _meet(shift: Shift, at: datetime, chance: Random) -> None:
    """Add a contact to the shift, with the mistakes that people make."""
    made = _contact(shift, at, chance)
    shift.contacts.append(made)
    later = shift.entered_at + timedelta(minutes=chance.randint(1, 40))
    luck = chance.random()
    if luck < 0.008:  # noqa: PLR2004 - logged twice, and seen
        twin = made | {"id": _id(at, chance)}
        shift.contacts.append(twin)
        shift.mendings.append(Mending(UUID(twin["id"]), later, void_reason="duplicate"))
    elif luck < 0.013:  # noqa: PLR2004 - logged twice, and nobody noticed
        shift.contacts.append(made | {"id": _id(at, chance)})
    elif luck < 0.020:  # noqa: PLR2004
        reason = chance.choice(("mistap", "mistap", "not_a_contact", "training"))
        shift.mendings.append(Mending(UUID(made["id"]), later, void_reason=reason))
    elif luck < 0.040:  # noqa: PLR2004
        changed = {"gender": _one(_GENDERS, chance), "age_band": _one(_AGES, chance)}
        shift.mendings.append(Mending(UUID(made["id"]), later, correction=changed))


def _contact(shift: Shift, at: datetime, chance: Random) -> dict[str, Any]:
    kind = _kind(shift, chance)
    made = {
        "id": _id(at, chance),
        "site": shift.site,
        "activity": shift.activity,
        "contact_type": kind,
        "occurred_at": at.isoformat(),
        "headcount": 1,
        "age_band": _one(_AGES, chance),
        "gender": _one(_GENDERS, chance),
        "first_time": "not_asked" if kind == "third_party" else _one(_FIRST_TIMES, chance),
        "topics": [],
        "result": "information_given",
    }
    if kind == "brief":
        declined = chance.random() < 0.4  # noqa: PLR2004
        return (
            made
            | {"first_time": "not_asked"}
            | ({"result": "declined_support"} if declined else {})
        )
    return made | _talk(chance)


def somebody(chance: Random) -> dict[str, Any]:
    """Return what is the same each time that one person comes."""
    language = _one(_LANGUAGES, chance)
    spoken = language in {"sv", "en"}
    return {
        "age_band": _one(_AGES, chance),
        "gender": _one(_GENDERS, chance),
        "talk_language": language,
        "interpreter": "none" if spoken else _one(_INTERPRETERS, chance),
    }


def _talk(chance: Random) -> dict[str, Any]:
    """Return what a talk was about, what came of it, in which language and for how long."""
    language, result = _one(_LANGUAGES, chance), _one(_RESULTS, chance)
    spoken = language in {"sv", "en"}
    said: dict[str, Any] = {
        "topics": _some(_TOPICS, chance.choice((1, 1, 1, 2, 2, 3)), chance),
        "result": result,
        "talk_language": language,
        "interpreter": "none" if spoken else _one(_INTERPRETERS, chance),
    }
    if result == "signposted":
        said["signposted_to"] = _some(_TARGETS, chance.choice((1, 1, 1, 2)), chance)
    if chance.random() < 0.5:  # noqa: PLR2004
        said["minutes"] = 5 * chance.randint(1, 6 if spoken else 10)
    return said


def _group(shift: Shift, at: datetime, chance: Random) -> dict[str, Any]:
    return {
        "id": _id(at, chance),
        "site": shift.site,
        "activity": shift.activity,
        "contact_type": "group",
        "occurred_at": at.isoformat(),
        "headcount": chance.randint(4, 14),
        "age_band": "unknown",
        "gender": "unknown",
        "first_time": "not_asked",
        "topics": [chance.choice(("language", "job_search", "digital_help"))],
        "result": "information_given",
        "minutes": 60,
    }


def _kind(shift: Shift, chance: Random) -> str:
    if shift.activity == "outreach":
        return "outreach" if chance.random() < 0.6 else "brief"  # noqa: PLR2004
    if shift.site == "remote":
        return "phone" if chance.random() < 0.7 else "digital"  # noqa: PLR2004
    return _one(_KINDS, chance)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), STOCKHOLM).astimezone(UTC)


def _moment(starts: datetime, ends: datetime, chance: Random) -> datetime:
    """Return when somebody comes: most of them in the middle of the open hours."""
    span = (ends - starts).total_seconds()
    return starts + timedelta(seconds=int(chance.betavariate(2, 2.2) * span))


def _one(weights: Mapping[str, float], chance: Random) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def _some(weights: Mapping[str, float], wanted: int, chance: Random) -> list[str]:
    return list(dict.fromkeys(_one(weights, chance) for _ in range(wanted)))


def _id(at: datetime, chance: Random) -> str:
    """Return an id as a tablet makes it (RFC 9562, version 7), the same one each time."""
    milliseconds = int(at.timestamp() * 1000)
    return str(
        UUID(
            int=milliseconds << 80
            | 0x7 << 76
            | chance.getrandbits(12) << 64
            | 0x2 << 62
            | chance.getrandbits(62)
        )
    )
