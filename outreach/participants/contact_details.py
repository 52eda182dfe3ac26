"""Phone numbers and e-mail addresses as people give them, and notes that hold what they should not.

Held against their shape only: whether anybody answers is found out by calling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from outreach.foundation import typed
from outreach.foundation.errors import N_
from outreach.foundation.typed import Unreadable
from outreach.participants import numbers

Personal = Literal["number", "phone", "email"]

PHONE_SIGNS = N_("Skriv telefonnumret med siffror, till exempel 08-465 004 00.")
PHONE_START = N_("Börja telefonnumret med 0, eller med + och landets nummer.")
PHONE_LENGTH = N_("Telefonnumret har för få eller för många siffror. Kontrollera det.")
EMAIL_SHAPE = N_("E-postadressen ska se ut så här: namn@example.se.")

_SWEDEN = "+46"

# The zero that Swedes write in brackets is only dialled inside Sweden.
_INNER_ZERO = "(0)"
_BETWEEN = str.maketrans(dict.fromkeys("-./()"))

# What a number of each kind may hold: a Swedish one without its zero, any with its country.
_SWEDISH = re.compile(r"\+46[1-9][0-9]{6,8}")
_ANY = re.compile(r"\+[1-9][0-9]{7,14}")

_LONGEST_EMAIL = 254
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL = re.compile(r"[^\W_](?:[^\W_]|-){0,62}(?<!-)")


def read_phone(text: str) -> str:
    """Return a phone number as `+` and digits, the country's first.

    Swedish ones are written with 0 first, others with + or 00; spaces, dashes, dots, slashes and
    brackets make no difference. Raises Unreadable with one of the texts of this module.
    """
    digits = typed.unspaced(typed.visible(text)).replace(_INNER_ZERO, "").translate(_BETWEEN)
    if not re.fullmatch(r"\+?[0-9]+", digits):
        raise Unreadable(PHONE_SIGNS)
    dialled = _with_country(digits)
    shape = _SWEDISH if dialled.startswith(_SWEDEN) else _ANY
    if not shape.fullmatch(dialled):
        raise Unreadable(PHONE_LENGTH)
    return dialled


def _with_country(digits: str) -> str:
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = _SWEDEN + digits[1:]
    if not digits.startswith("+") or digits.startswith("+0"):
        raise Unreadable(PHONE_START)
    return digits.replace(_SWEDEN + "0", _SWEDEN, 1) if digits.startswith(_SWEDEN) else digits


def read_email(text: str) -> str:
    """Return an e-mail address with its domain in lower case; letters of any script may be in it.

    Raises Unreadable for what no letter could reach.
    """
    address = typed.visible(text).strip()
    local, at, domain = address.rpartition("@")
    labels = domain.lower().split(".")
    if not (
        at
        and len(address) <= _LONGEST_EMAIL
        and _LOCAL.fullmatch(local)
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdecimal()
    ):
        raise Unreadable(EMAIL_SHAPE)
    return f"{local}@{domain.lower()}"


# A phone number among other words. Eight digits at least, so that a date or a time is none.
_PHONE_IN_TEXT = re.compile(
    r"(?<![0-9])(?<![0-9][-.])(?:(?:\+|00)[ ]?[1-9]|0[1-9])(?:[ ./()-]{0,3}[0-9]){6,13}(?![0-9])"
)
_CLOCK_TIME = re.compile(r"(?<![0-9.])(?:[01]?[0-9]|2[0-3])[.:][0-5][0-9](?![0-9])")


def looks_personal(text: str) -> list[Personal]:
    """Return what a free text seems to hold of a person: number, phone, e-mail, in that order.

    For a warning, never for a refusal: what only looks like it is named too, and a number in
    words is not. Digits of other scripts count.
    """
    signs = _plain(unicodedata.normalize("NFKC", typed.visible(text)))
    plain = " ".join("".join(signs).split())
    found: dict[Personal, bool] = {
        "number": numbers.is_in(plain),
        "phone": _PHONE_IN_TEXT.search(_CLOCK_TIME.sub(" kl ", plain)) is not None,
        "email": any(_is_email(word) for word in plain.split()),
    }
    return [kind for kind, there in found.items() if there]


def _plain(text: str) -> Iterator[str]:
    """Yield the signs of a text with every digit as ours and every dash as `-`."""
    for sign in text:
        if sign.isdecimal():
            yield str(unicodedata.decimal(sign))
        else:
            yield "-" if sign in typed.DASHES else sign


def _is_email(word: str) -> bool:
    local, at, domain = word.rpartition("@")
    return bool(at and local and re.match(r"\w[\w-]*\.\w", domain))
