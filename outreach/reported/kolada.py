"""Kolada, the municipalities' open database of key figures, asked for Solna's (version 3).

What it answers is believed only where all of it can be read: a page that cannot costs the whole
answer, so that a half-read year is never taken for one without a value.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationValueError

from outreach.foundation.answers import json_of
from outreach.foundation.errors import N_, Unavailable

_PATIENCE = urllib3.Timeout(connect=5, read=10)
_LONGEST_SECONDS = 20.0
_MOST_BYTES = 4 * 1024 * 1024
_MOST_PAGES = 20
# Women and men together.
_TOTAL = "T"


class KoladaSilent(Unavailable):
    """Kolada did not answer, or not as it does when all is well."""

    slug = "kolada-silent"
    title = N_("Kolada svarade inte")
    advice = N_("Ingenting är ändrat. Försök igen om en stund, eller lägg in värdena för hand.")


class KoladaUnread(Unavailable):
    """Kolada answered something else than what it is known to answer."""

    slug = "kolada-unread"
    title = N_("Svaret från Kolada gick inte att läsa")
    advice = N_("Ingenting är ändrat. Lägg in värdena för hand och säg till systemförvaltaren.")


@dataclass(frozen=True, slots=True)
class KoladaValue:
    """What Kolada tells of a measure and year; None: it has no value, which is not 0."""

    measure: str
    year: int
    value: Decimal | None
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Kolada:
    """The database at an address; nothing is asked of any other."""

    url: str

    def values(
        self, measures: Sequence[str], municipality: str, years: Sequence[int]
    ) -> list[KoladaValue]:
        """Return what is told of the measures. Raises KoladaSilent, KoladaUnread."""
        wanted = (",".join(measures), municipality, ",".join(map(str, years)))
        address: str | None = self.url + "/data/kpi/{}/municipality/{}/year/{}".format(*wanted)
        found: list[KoladaValue] = []
        until = time.monotonic() + _LONGEST_SECONDS
        with urllib3.PoolManager(retries=False, timeout=_PATIENCE) as http:
            for _ in range(_MOST_PAGES):
                if time.monotonic() > until:
                    raise KoladaSilent
                page = self._page(http, address)
                found.extend(values_of(page, municipality))
                address = page.get("next_url")
                if address is None:
                    return found
        raise KoladaUnread

    def _page(self, http: urllib3.PoolManager, address: object) -> dict[str, Any]:
        if not isinstance(address, str) or not _is_at(self.url, address):
            raise KoladaUnread
        try:
            answer = http.request("GET", address, redirect=False, preload_content=False)
            try:
                said = json_of(answer, most_bytes=_MOST_BYTES, longest=_LONGEST_SECONDS)
            finally:
                answer.close()
        except (HTTPError, LocationValueError) as error:
            raise KoladaSilent from error
        if answer.status != HTTPStatus.OK:
            raise KoladaSilent
        if not isinstance(said, dict):
            raise KoladaUnread
        return said


def values_of(page: object, municipality: str) -> list[KoladaValue]:
    """Return the values of a page, of the municipality and of everybody. Raises KoladaUnread."""
    try:
        return list(_values(page, municipality))
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise KoladaUnread from error


def _values(page: Any, municipality: str) -> Iterator[KoladaValue]:
    for row in page["values"]:
        if row["municipality"] != municipality:
            continue
        for each in row["values"]:
            if each["gender"] == _TOTAL:
                yield KoladaValue(
                    measure=str(row["kpi"]),
                    year=int(row["period"]),
                    value=_number(each["value"]),
                    is_deleted=bool(each.get("isdeleted")),
                )


def _number(said: object) -> Decimal | None:
    # Through its text, which is what Kolada wrote: 6.1, not the nearest binary number.
    return None if said is None else Decimal(str(said))


def _is_at(url: str, address: str) -> bool:
    """Tell whether an address lies at the same server as another."""
    try:
        own, there = urlsplit(url), urlsplit(address)
    except ValueError:
        return False
    return (own.scheme, own.netloc) == (there.scheme, there.netloc)
