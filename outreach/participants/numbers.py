"""Personal numbers and coordination numbers, as people write them.

The rules are our own, since what is refused has to be told in plain words, and since nothing of a
number may end up in an error's text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from outreach.foundation import typed
from outreach.foundation.errors import N_
from outreach.foundation.typed import Unreadable

Kind = Literal["personnummer", "samordningsnummer"]

# Nobody has become older in Sweden; a number that says so is mistyped.
OLDEST = 120

# From the year in which one turns a hundred the ten digits are written with a plus.
_PLUS_YEARS = 100

# A coordination number (samordningsnummer) has sixty added to the day of birth.
_COORDINATION = 60

EMPTY = N_("Skriv numret, eller lämna fältet tomt om personen inte har något.")
WRONG_LENGTH = N_("Numret ska ha 10 eller 12 siffror. Räkna siffrorna och skriv det igen.")
OTHER_SIGNS = N_("Numret får bara ha siffror och ett streck. Ta bort bokstäver och andra tecken.")
OTHER_DIGITS = N_("Siffrorna är skrivna med ett annat språks tecken. Skriv dem med 0 till 9.")
INVISIBLE = N_("Numret har ett tecken som inte syns. Töm fältet och skriv siffrorna för hand.")
SIGN_PLACE = N_("Strecket ska stå före de fyra sista siffrorna. Flytta det eller ta bort det.")
CHECK_DIGIT = N_("Någon siffra är fel. Läs numret igen och jämför siffra för siffra.")
NO_SUCH_DAY = N_("Födelsedatumet i numret finns inte. Kontrollera år, månad och dag.")
FUTURE = N_("Födelsedatumet i numret har inte varit än. Kontrollera år, månad och dag.")
FUTURE_OR_HUNDRED = N_(
    "Födelsedatumet i numret har inte varit än. Kontrollera det. Om personen fyller 100 i år:"
    " skriv ett plustecken i stället för strecket."
)
TOO_OLD = N_("Enligt numret är personen över 120 år. Kontrollera födelseåret.")
PLUS_TOO_EARLY = N_(
    "Plustecken skrivs först det år personen fyller 100. Skriv ett vanligt streck i stället."
)
PLUS_WITH_CENTURY = N_("Till 12 siffror skrivs inget plustecken. Skriv ett vanligt streck.")
TEMPORARY = N_(
    "Det här är ett tillfälligt nummer (T-nummer). Lämna fältet tomt: det går bra att skriva in"
    " personen utan nummer."
)

_SHAPE = re.compile(r"([0-9]{6,8})([-+]?)([0-9]{4})")

# What care, schools and employment offices give those who have no number: a letter among the last
# four signs. I and O are no such letters, they are mistyped digits.
_TEMPORARY = re.compile(r"[0-9]{6,8}[-+]?(?:TF[0-9]{2}|[JKLMNPRSTUWX][0-9]{3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class Number:
    """A number that holds; `canonical` is its twelve digits, `YYYYMMDDNNNN`.

    Shows nothing of itself when printed. What it would say about somebody's gender is not read.
    """

    canonical: str
    birth_date: date
    kind: Kind

    def __repr__(self) -> str:
        return f"Number({self.kind}, ****)"


def read_number(text: str, *, today: date) -> Number:
    """Return the number that somebody typed, in any of the ways in which it is written.

    Ten digits with `-`, `+` or no sign (as `-`) before the last four, or twelve without a plus;
    spaces anywhere, and any dash. Raises Unreadable, whose `detail` is one of the texts of
    this module and holds nothing of the number.
    """
    born, sign, last = _parts(typed.unspaced(text))
    year = int(born[:-4]) if len(born) > len("YYMMDD") else _year(int(born[:2]), sign, today)
    month_and_day = born[-4:]
    day = int(month_and_day[2:])
    kind: Kind = "samordningsnummer" if day > _COORDINATION else "personnummer"
    birth_date = _birth_date(year, int(month_and_day[:2]), day % _COORDINATION)
    _refuse_unlikely(birth_date, ten_digits=len(born) == len("YYMMDD"), sign=sign, today=today)
    if check_digit(born[-6:] + last[:3]) != last[3]:
        raise Unreadable(CHECK_DIGIT)
    return Number(f"{year:04d}{month_and_day}{last}", birth_date, kind)


def check_digit(nine: str) -> str:
    """Return the last digit of a number whose first nine, `YYMMDDNNN`, are given.

    Every other digit counts twice, beginning with the first; the digits of all that make up a
    multiple of ten together with the last one (the Luhn algorithm).
    """
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(nine))
    return str(-sum(sum(divmod(value, 10)) for value in doubled) % 10)


def _parts(written: str) -> tuple[str, str, str]:
    """Return the digits of the birth date, the sign or nothing, and the last four digits."""
    if not written:
        raise Unreadable(EMPTY)
    if _TEMPORARY.fullmatch(written):
        raise Unreadable(TEMPORARY)
    for sign in written:
        if sign not in "0123456789-+":
            raise Unreadable(_fault_of(sign))
    if sum(sign.isdigit() for sign in written) not in {10, 12}:
        raise Unreadable(WRONG_LENGTH)
    shape = _SHAPE.fullmatch(written)
    if shape is None:
        raise Unreadable(SIGN_PLACE)
    born, sign, last = shape.groups()
    if sign == "+" and len(born) > len("YYMMDD"):
        raise Unreadable(PLUS_WITH_CENTURY)
    return born, sign, last


def _fault_of(sign: str) -> str:
    if sign.isnumeric():
        return OTHER_DIGITS
    return INVISIBLE if typed.is_invisible(sign) else OTHER_SIGNS


def _year(two_digits: int, sign: str, today: date) -> int:
    """Return the year that two digits mean: the latest that the sign allows."""
    latest = today.year - (_PLUS_YEARS if sign == "+" else 0)
    year = latest - (latest - two_digits) % 100
    if sign == "+" and today.year - year > OLDEST + 1:
        raise Unreadable(PLUS_TOO_EARLY)
    return year


def _birth_date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable(NO_SUCH_DAY) from None


def _refuse_unlikely(birth_date: date, *, ten_digits: bool, sign: str, today: date) -> None:
    """Refuse whoever is not born yet, or older than anybody."""
    if birth_date > today:
        raise Unreadable(FUTURE_OR_HUNDRED if ten_digits else FUTURE)
    before_birthday = (today.month, today.day) < (birth_date.month, birth_date.day)
    if today.year - birth_date.year - before_birthday > OLDEST:
        raise Unreadable(PLUS_TOO_EARLY if sign == "+" else TOO_OLD)


# A day of birth among other words: the signs between its parts are those that people put there.
_IN_TEXT = re.compile(
    r"(?<![0-9])(?=(?:[0-9]{2})?(?P<year>[0-9]{2})[- ]?(?P<month>0[1-9]|1[0-2])[- ]?"
    r"(?P<day>[0-9]{2}) ?(?P<sign>[-+]?) ?"
    r"(?P<last>[0-9]{2} ?[0-9]{2}|(?:TF|[A-Z][0-9])[0-9]{2})(?!-?[0-9]))",
    re.IGNORECASE,
)


# Said where a text may hold nothing of a person.
LOOKS_LIKE_ONE = N_("Det ser ut som ett personnummer. Här får inget stå om en person.")


def is_in(text: str) -> bool:
    """Tell whether a free text seems to hold somebody's number, mistyped or temporary ones too.

    Takes digits as they come, without a view to whose they might be: ten or twelve digits in a
    row that only look like a date are not taken for a number unless their check digit fits.
    """
    return any(_seems_a_number(found) for found in _IN_TEXT.finditer(text))


def _seems_a_number(found: re.Match[str]) -> bool:
    if not 1 <= int(found["day"]) % _COORDINATION <= 31:  # noqa: PLR2004 - days of a month
        return False
    last = found["last"].replace(" ", "")
    if found["sign"] or not last.isdigit():
        return True
    nine = found["year"] + found["month"] + found["day"] + last[:3]
    return check_digit(nine) == last[3]
