"""The kinds of things that may go wrong, without a word about HTTP.

A rule that can be broken owns a small subclass beside it, with its slug and its title. The one
table that knows status codes is in `problems.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar


def N_(text: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a Swedish text for translation; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where (JSON pointer) and what, with values for the text."""

    pointer: str
    detail: str
    values: Mapping[str, object] = field(default_factory=dict)


class OutreachError(Exception):
    """Something that a person can be told: what happened and what to do next."""

    slug: ClassVar[str]
    title: ClassVar[str]
    # What to do next, shown as the problem's detail where the raiser gives none.
    advice: ClassVar[str] = ""

    def __init__(
        self,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        current: Mapping[str, object] | None = None,
        retry_after: int | None = None,
        members: Mapping[str, object] | None = None,
        **values: object,
    ) -> None:
        super().__init__(self.slug)
        self.detail = detail or self.advice
        self.values = values
        self.faults = tuple(faults)
        # The state that a stale change would have overwritten.
        self.current = current
        self.retry_after = retry_after
        # What a program is told besides, under names of its own.
        self.members = members or {}


class NotSignedIn(OutreachError):
    """Nobody, or nobody any more, stands behind the request."""

    slug = "sign-in"
    title = N_("Du behöver logga in")
    advice = N_("Logga in och försök igen.")


class NotAllowed(OutreachError):
    """Known, but not for this person to do."""

    slug = "not-allowed"
    title = N_("Det här får du inte göra")
    advice = N_("Din roll har inte rätt till det här. Fråga din chef om du behöver det.")


class NotFound(OutreachError):
    """Not there, or not yours to know."""

    slug = "not-found"
    title = N_("Det finns inte")
    advice = N_("Det du söker finns inte, eller så är det inte ditt att se.")


class Conflict(OutreachError):
    """Possible in itself, but not with things as they stand."""

    slug = "conflict"
    title = N_("Det går inte just nu")


class IdReuse(Conflict):
    """The same id came before, with another content."""

    slug = "id-reuse"
    title = N_("Numret är redan använt")
    advice = N_("Något annat är redan sparat med samma id. Ladda om sidan och försök igen.")


class Stale(OutreachError):
    """Changed by somebody else since it was read."""

    slug = "stale"
    title = N_("Någon annan har ändrat under tiden")
    advice = N_("Titta på hur det ser ut nu och gör om din ändring.")


class VersionNeeded(OutreachError):
    """A change that does not say which version it was made from."""

    slug = "version-needed"
    title = N_("Ändringen säger inte vilken version den gäller")
    advice = N_("Skicka med If-Match och versionen som du läste.")


class RuleBroken(OutreachError):
    """Input that breaks a rule of the domain."""

    slug = "invalid"
    title = N_("Något behöver rättas")
    advice = N_("Rätta det som är markerat och spara igen. Inget av det du skrev är borta.")


class Malformed(OutreachError):
    """Not even readable as what it should be."""

    slug = "malformed"
    title = N_("Det gick inte att läsa")
    advice = N_("Innehållet är inte giltig JSON.")


class WrongMediaType(OutreachError):
    """Readable perhaps, but not labelled as JSON."""

    slug = "media-type"
    title = N_("Fel slags innehåll")
    advice = N_("Skicka JSON med Content-Type: application/json.")


class TooLarge(OutreachError):
    """More in one request than is read at once."""

    slug = "too-large"
    title = N_("För mycket på en gång")
    advice = N_("Dela upp det i mindre delar och skicka dem en i taget.")


class TooMany(OutreachError):
    """More requests than one person, token or tablet makes."""

    slug = "too-many"
    title = N_("För många försök")
    advice = N_("Vänta en stund och försök igen.")


class Outdated(OutreachError):
    """Asked by a program that is too old for the answer."""

    slug = "outdated"
    title = N_("Appen är för gammal")
    advice = N_("Uppdatera appen och försök igen.")


class Unavailable(OutreachError):
    """A part that the product stands on is away for the moment."""

    slug = "unavailable"
    title = N_("Tillfälligt ur funktion")
    advice = N_("Vänta en minut och försök igen. Det som redan är sparat finns kvar.")
