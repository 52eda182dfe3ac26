"""What is a number, what is none, and what is said about it.

Every number here is made up: its individual number is one of 980 to 999, which nobody is given.
"""

from __future__ import annotations

import sys
import traceback
import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.foundation.typed import DASHES, Unreadable
from outreach.participants import numbers
from outreach.participants.numbers import Number, check_digit, read_number

TODAY = date(2026, 8, 14)

ACCEPTED = [
    ("ten digits and a dash", "900101-9802", "199001019802", "1990-01-01"),
    ("ten digits and no sign", "9001019802", "199001019802", "1990-01-01"),
    ("twelve digits", "199001019802", "199001019802", "1990-01-01"),
    ("twelve digits and a dash", "19900101-9802", "199001019802", "1990-01-01"),
    ("spaces before and after", "  900101-9802  ", "199001019802", "1990-01-01"),
    ("a space instead of the dash", "900101 9802", "199001019802", "1990-01-01"),
    ("spaces around the dash", "900101 - 9802", "199001019802", "1990-01-01"),
    ("spaces between all parts", "1990 01 01 98 02", "199001019802", "1990-01-01"),
    ("a tab and a line break", "\t900101\n9802\r\n", "199001019802", "1990-01-01"),
    ("spaces that do not break", "900101\u00a0-\u202f9802", "199001019802", "1990-01-01"),
    ("a wide space", "\u3000900101\u30009802", "199001019802", "1990-01-01"),
    ("an en dash", "900101–9802", "199001019802", "1990-01-01"),
    ("an em dash", "900101—9802", "199001019802", "1990-01-01"),
    ("a minus", "900101\u22129802", "199001019802", "1990-01-01"),
    ("a dash that does not break", "900101\u20119802", "199001019802", "1990-01-01"),
    ("a wide dash", "900101\uff0d9802", "199001019802", "1990-01-01"),
    ("a coordination number", "900161-9809", "199001619809", "1990-01-01"),
    ("a coordination number of twelve digits", "199001619809", "199001619809", "1990-01-01"),
    ("a coordination number on a leap day", "000289-9805", "200002899805", "2000-02-29"),
    ("the leap day of 2000", "000229-9808", "200002299808", "2000-02-29"),
    ("the leap day of 2000 in twelve digits", "20000229-9808", "200002299808", "2000-02-29"),
    ("the leap day of 2024", "240229-9800", "202402299800", "2024-02-29"),
    ("the last day before none in 2023", "230228-9802", "202302289802", "2023-02-28"),
    ("the leap day of 1908 with a plus", "080229+9800", "190802299800", "1908-02-29"),
    ("somebody born today", "260814-9809", "202608149809", "2026-08-14"),
    ("two digits from the century before", "270101-9800", "192701019800", "1927-01-01"),
    ("somebody of ninety-nine at New Year", "991231-9804", "199912319804", "1999-12-31"),
    ("a hundred years old yesterday, a plus", "260813+9800", "192608139800", "1926-08-13"),
    ("a hundred years old in December, a plus", "261231+9802", "192612319802", "1926-12-31"),
    ("a hundred years old in twelve digits", "19261231-9802", "192612319802", "1926-12-31"),
    ("spaces around a plus", " 100101 + 9809 ", "191001019809", "1910-01-01"),
    ("a hundred and twenty years old today", "060814+9803", "190608149803", "1906-08-14"),
    ("a hundred and twenty until December", "051231+9807", "190512319807", "1905-12-31"),
    ("the same in twelve digits", "190512319807", "190512319807", "1905-12-31"),
]

REFUSED = [
    ("nothing", "", numbers.EMPTY),
    ("only spaces", " \t\n ", numbers.EMPTY),
    ("only a dash", "-", numbers.WRONG_LENGTH),
    ("nine digits", "900101-980", numbers.WRONG_LENGTH),
    ("eleven digits", "1990101-9802", numbers.WRONG_LENGTH),
    ("thirteen digits", "1990010198022", numbers.WRONG_LENGTH),
    ("the date alone", "19900101", numbers.WRONG_LENGTH),
    ("a hundred thousand digits", "9" * 100_000, numbers.WRONG_LENGTH),
    ("a hundred thousand dashes", "-" * 100_000, numbers.WRONG_LENGTH),
    ("a wrong check digit", "900101-9803", numbers.CHECK_DIGIT),
    ("a wrong check digit in twelve digits", "199001019801", numbers.CHECK_DIGIT),
    ("a wrong digit among the last four", "900101-9902", numbers.CHECK_DIGIT),
    ("a wrong digit in the date", "900102-9802", numbers.CHECK_DIGIT),
    ("two digits that changed places", "900101-8902", numbers.CHECK_DIGIT),
    ("a coordination number with a wrong digit", "900161-9808", numbers.CHECK_DIGIT),
    ("a leap day in 1900", "190002299808", numbers.NO_SUCH_DAY),
    ("a leap day in 2023", "230229-9801", numbers.NO_SUCH_DAY),
    ("a coordination number on no leap day", "230289-9808", numbers.NO_SUCH_DAY),
    ("a thirteenth month", "901301-9807", numbers.NO_SUCH_DAY),
    ("a month of zero", "900001-9802", numbers.NO_SUCH_DAY),
    ("a day of zero", "900100-9803", numbers.NO_SUCH_DAY),
    ("the thirty-first of April", "900431-9802", numbers.NO_SUCH_DAY),
    ("a day of thirty-two", "900132-9804", numbers.NO_SUCH_DAY),
    ("a day of sixty, no coordination number yet", "900160-9808", numbers.NO_SUCH_DAY),
    ("a day of ninety-two", "900192-9800", numbers.NO_SUCH_DAY),
    ("a year of zero", "000001019809", numbers.NO_SUCH_DAY),
    ("tomorrow", "20260815-9808", numbers.FUTURE),
    ("a far future", "99990101-9801", numbers.FUTURE),
    ("tomorrow in ten digits", "260815-9808", numbers.FUTURE_OR_HUNDRED),
    ("a hundred this year without the plus", "261231-9802", numbers.FUTURE_OR_HUNDRED),
    ("a hundred and twenty-one today", "190508149804", numbers.TOO_OLD),
    ("the Middle Ages", "13900101-9802", numbers.TOO_OLD),
    ("a plus at ninety-nine", "270101+9800", numbers.PLUS_TOO_EARLY),
    ("a plus at thirty-six", "900101+9802", numbers.PLUS_TOO_EARLY),
    ("a plus at twenty-one", "050814+9804", numbers.PLUS_TOO_EARLY),
    ("a plus on the leap day of 2000", "000229+9808", numbers.PLUS_TOO_EARLY),
    ("a plus after twelve digits' date", "19100101+9809", numbers.PLUS_WITH_CENTURY),
    ("a dash after the year", "1990-01019802", numbers.SIGN_PLACE),
    ("dashes as in a date", "1990-01-01-9802", numbers.SIGN_PLACE),
    ("two dashes", "900101--9802", numbers.SIGN_PLACE),
    ("a dash and a plus", "100101-+9809", numbers.SIGN_PLACE),
    ("a dash before all", "-9001019802", numbers.SIGN_PLACE),
    ("a dash after all", "9001019802-", numbers.SIGN_PLACE),
    ("a dash before the last three", "9001019-802", numbers.SIGN_PLACE),
    ("a letter O for a zero", "9OO101-9802", numbers.OTHER_SIGNS),
    ("the letter O among the last four", "900101-O802", numbers.OTHER_SIGNS),
    ("words", "vet inte", numbers.OTHER_SIGNS),
    ("a word before it", "nr 900101-9802", numbers.OTHER_SIGNS),
    ("dots", "1990.01.01.9802", numbers.OTHER_SIGNS),
    ("a slash", "900101/9802", numbers.OTHER_SIGNS),
    ("a wide plus", "100101\uff0b9809", numbers.OTHER_SIGNS),
    ("a plus-minus", "900101±9802", numbers.OTHER_SIGNS),
    ("an emoji", "900101🙂9802", numbers.OTHER_SIGNS),
    ("Arabic-Indic digits", "٩٠٠١٠١-٩٨٠٢", numbers.OTHER_DIGITS),
    ("Eastern Arabic-Indic digits", "۹۰۰۱۰۱-۹۸۰۲", numbers.OTHER_DIGITS),
    ("one Arabic-Indic digit", "90010١-9802", numbers.OTHER_DIGITS),
    ("Devanagari digits", "९००१०१-९८०२", numbers.OTHER_DIGITS),
    ("wide digits", "９００１０１－９８０２", numbers.OTHER_DIGITS),
    ("mathematical digits", "𝟗𝟎𝟎𝟏𝟎𝟏-𝟗𝟖𝟎𝟐", numbers.OTHER_DIGITS),
    ("a raised digit", "900101-980²", numbers.OTHER_DIGITS),
    ("a digit in a circle", "900101-980②", numbers.OTHER_DIGITS),
    ("a space without width", "900101\u200b9802", numbers.INVISIBLE),
    ("a joiner without width", "900101\u200d-9802", numbers.INVISIBLE),
    ("a byte order mark", "\ufeff900101-9802", numbers.INVISIBLE),
    ("a direction mark", "\u202d900101-9802\u202c", numbers.INVISIBLE),
    ("a soft hyphen", "900101\u00ad9802", numbers.INVISIBLE),
    ("a NUL", "900101\x009802", numbers.INVISIBLE),
    ("half a character", "900101\ud8009802", numbers.INVISIBLE),
    ("a T-number", "900101-T123", numbers.TEMPORARY),
    ("a T-number in small letters", "900101t123", numbers.TEMPORARY),
    ("a T-number with the century", "19900101-T123", numbers.TEMPORARY),
    ("a T-number with spaces", " 900101 T123 ", numbers.TEMPORARY),
    ("a T-number of another letter", "900101-R123", numbers.TEMPORARY),
    ("a school's TF-number", "900101-TF12", numbers.TEMPORARY),
]


@pytest.mark.parametrize(
    ("text", "canonical", "born"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED]
)
def test_a_number_is_read(text: str, canonical: str, born: str) -> None:
    number = read_number(text, today=TODAY)

    assert number.canonical == canonical
    assert number.birth_date == date.fromisoformat(born)
    assert (number.kind == "samordningsnummer") is (int(canonical[6:8]) > 60)


@pytest.mark.parametrize(
    ("text", "told"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_no_number_is_refused_with_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_number(text, today=TODAY)

    assert refusal.value.detail == told


def test_every_number_of_the_tables_belongs_to_nobody() -> None:
    individual = {canonical[8:11] for _, _, canonical, _ in ACCEPTED}

    assert individual <= {str(number) for number in range(980, 1000)}


@pytest.mark.parametrize("dash", DASHES, ids=lambda dash: f"U+{ord(dash):04X}")
def test_every_dash_is_a_dash(dash: str) -> None:
    assert read_number(f"900101{dash}9802", today=TODAY).canonical == "199001019802"


def test_no_dash_of_unicode_is_forgotten() -> None:
    every = (chr(point) for point in range(sys.maxunicode + 1))

    assert {sign for sign in every if unicodedata.category(sign) == "Pd"} <= set(DASHES)


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2025, 12, 31), numbers.PLUS_TOO_EARLY),
        (date(2026, 1, 1), None),
        (date(2046, 12, 30), None),
        (date(2047, 8, 14), numbers.PLUS_TOO_EARLY),
    ],
)
def test_a_plus_holds_from_the_new_year_of_the_hundredth_birthday(
    today: date, told: str | None
) -> None:
    assert _refusal("260814+9809", today) == told


def test_a_birthday_on_a_leap_day_is_kept_in_march() -> None:
    assert _refusal("19040229-9804", date(2025, 2, 28)) is None
    assert _refusal("19040229-9804", date(2025, 3, 1)) == numbers.TOO_OLD


def test_a_number_shows_nothing_of_itself() -> None:
    number = read_number("900101-9802", today=TODAY)

    for shown in (repr(number), str(number), f"{number}", repr([number])):
        assert not any(digit in shown for digit in "0123456789")


@pytest.mark.parametrize("text", [row[1] for row in REFUSED if row[1].strip(" -\t\n")])
def test_a_refusal_shows_nothing_of_what_was_typed(text: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_number(text, today=TODAY)

    told = "".join(traceback.format_exception_only(refusal.value)) + repr(refusal.value)
    assert text.strip() not in told
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@pytest.mark.parametrize(
    "text",
    [
        "Hon är 900101-9802.",
        "Hon är 900101-9803, tror hon",
        "pnr:199001019802",
        "19900101 9802",
        "1990-01-01-9802",
        "90 01 01 98 02",
        "900161-9809",
        "100101+9809",
        "ring 08-465 004 00 eller 900101-9802",
        "900101-T123",
        "900101-tf12",
    ],
)
def test_a_number_among_words_is_seen(text: str) -> None:
    assert numbers.is_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Kom den 2026-08-14 klockan 10.30.",
        "2026-08-14-2026-09-01",
        "08-465 004 00",
        "JV-2026-0412-7",
        "900101",
        "9001019803",
        "901301-9807",
        "900145-9802",
        "12345900101-98021",
    ],
)
def test_other_digits_among_words_are_no_number(text: str) -> None:
    assert not numbers.is_in(text)


# Whoever is met is born in these years; leap days are among them.
_born = st.dates(TODAY - timedelta(days=365 * 119), TODAY)
_individual = st.integers(980, 999)


@st.composite
def _canonicals(draw: st.DrawFn) -> str:
    born, individual = draw(_born), draw(_individual)
    day = born.day + draw(st.sampled_from([0, 60]))
    nine = f"{born:%y%m}{day:02d}{individual}"
    return f"{born:%Y}"[:2] + nine + check_digit(nine)


@st.composite
def _spellings(draw: st.DrawFn) -> tuple[str, str]:
    canonical = draw(_canonicals())
    is_old = TODAY.year - int(canonical[:4]) >= 100
    dash = draw(st.sampled_from(["", *DASHES]))
    if draw(st.booleans()):
        written = f"{canonical[:8]}{dash}{canonical[8:]}"
    else:
        written = f"{canonical[2:8]}{'+' if is_old else dash}{canonical[8:]}"
    gaps = st.text(st.sampled_from(" \t\n\r\u00a0\u2009\u202f\u3000"), max_size=2)
    return canonical, "".join(draw(gaps) + sign for sign in written) + draw(gaps)


@given(_spellings())
def test_every_spelling_of_a_number_is_the_same_number(spelling: tuple[str, str]) -> None:
    canonical, written = spelling

    number = read_number(written, today=TODAY)

    assert number.canonical == canonical
    assert read_number(number.canonical, today=TODAY) == number
    assert numbers.is_in(canonical)


@given(_canonicals(), st.integers(2, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_refused(canonical: str, place: int, step: int) -> None:
    wrong = str((int(canonical[place]) + step) % 10)
    changed = canonical[:place] + wrong + canonical[place + 1 :]

    assert _refusal(changed, TODAY) is not None
    if TODAY.year - int(canonical[:4]) < 100:
        assert _refusal(changed[2:], TODAY) is not None


@given(_canonicals(), st.integers(0, 1), st.integers(1, 9))
def test_another_century_is_never_the_same_birth_date(
    canonical: str, place: int, step: int
) -> None:
    wrong = str((int(canonical[place]) + step) % 10)
    changed = canonical[:place] + wrong + canonical[place + 1 :]
    before = read_number(canonical, today=TODAY)

    assert _refusal(changed, TODAY) or _read(changed).birth_date != before.birth_date


@given(st.text(st.characters(), max_size=40) | st.text("0123456789-+ T", max_size=16))
def test_whatever_is_typed_is_a_number_or_is_refused(text: str) -> None:
    numbers.is_in(text)

    if _refusal(text, TODAY) is None:
        number = _read(text)
        assert len(number.canonical) == 12
        assert number.canonical.isascii()
        assert number.canonical.isdecimal()
        assert number.birth_date <= TODAY


def _read(text: str) -> Number:
    return read_number(text, today=TODAY)


def _refusal(text: str, today: date) -> str | None:
    try:
        read_number(text, today=today)
    except Unreadable as refusal:
        return refusal.detail
    return None
