"""Why something from a tablet was not simply saved, in words that tell what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from outreach.foundation.errors import N_, Conflict, NotFound, OutreachError, RuleBroken

_LOOK = N_("Titta på uppgifterna och avgör om de ska sparas.")


class ToLookAt(RuleBroken):
    """Kept as it came: somebody must look at it."""

    slug = "to-look-at"
    title = N_("Det behöver någon titta på")
    advice = _LOOK


class Clash(Conflict):
    """Somebody else has changed the same since it was read."""

    slug = "clash"
    title = N_("Två har ändrat samma sak")
    advice = N_("Välj vilket som är rätt: det som står nu, eller det som skrevs på plattan.")


class Gone(NotFound):
    """It is there no more for whoever wanted to change it."""

    slug = "gone"
    title = N_("Det som skulle ändras finns inte längre för dig")
    advice = N_("Det är borttaget eller inte ditt att se. Du behöver inte göra något.")


class NeedsNetwork(RuleBroken):
    """Something about a known person, which is never written on a tablet without a network."""

    slug = "needs-network"
    title = N_("Det här går bara att göra med nät")
    advice = N_("Skriv in det igen med nät, på deltagarens sida.")


class AuthorUnknown(ToLookAt):
    """Nobody issued the grant that came with it, or not on that tablet."""

    slug = "author-unknown"
    title = N_("Det går inte att se vem som skrev det")


class AuthorExpired(ToLookAt):
    """The author's grant is over."""

    slug = "author-expired"
    title = N_("Den som skrev hade inte loggat in på plattan på länge")
    advice = N_("Titta på uppgifterna och avgör om de ska sparas. Logga in på plattan med nät.")


class AuthorRevoked(ToLookAt):
    """The author's grant was taken back."""

    slug = "author-revoked"
    title = N_("Den som skrev fick inte längre skicka från plattan")


class AuthorClosed(ToLookAt):
    """The author's account is closed."""

    slug = "author-closed"
    title = N_("Den som skrev har slutat")


class AuthorRole(ToLookAt):
    """The author has not the role any more."""

    slug = "author-role"
    title = N_("Den som skrev har inte längre den roll som behövs")


class AuthorSite(ToLookAt):
    """The place is not the author's any more."""

    slug = "author-site"
    title = N_("Den som skrev hör inte längre till platsen")


class FromRevoked(ToLookAt):
    """The tablet that it comes from was revoked."""

    slug = "quarantine"
    title = N_("Det kom från en spärrad platta")
    advice = N_("Spara bara det som den som står som författare säger är sitt.")


class Failed(ToLookAt):
    """Our fault: nobody foresaw what happened."""

    slug = "failed"
    title = N_("Det gick inte att spara")
    advice = N_("Felet är vårt. Uppgifterna finns kvar. Säg till systemförvaltaren.")


class OtherContent(ToLookAt):
    """The same operation came before, with another content."""

    slug = "other-content"
    title = N_("Samma nummer kom två gånger med olika innehåll")
    advice = N_("Det första är sparat. Titta på det andra och avgör om det ska sparas.")


class KeyDestroyed(ToLookAt):
    """It came too late: what opens it was destroyed."""

    slug = "key-destroyed"
    title = N_("Det kom för sent för att kunna öppnas")
    advice = N_("Nyckeln är förstörd. Skriv in uppgifterna igen om någon minns dem.")


class SealBroken(ToLookAt):
    """It is not what was sealed, or not about this."""

    slug = "seal-broken"
    title = N_("Det gick inte att öppna")
    advice = N_("Innehållet är skadat. Skriv in uppgifterna igen om någon minns dem.")


class Waits(ToLookAt):
    """It rests on something that is not settled."""

    slug = "waits"
    title = N_("Det väntar på något som skrevs tidigare")
    advice = N_("Det sparas av sig självt när det andra är avgjort.")


@dataclass(frozen=True, slots=True)
class Reason:
    """What stood in the way, and what to do next; both in Swedish, translated where shown."""

    title: str
    detail: str


def told(slug: str) -> Reason:
    """Return the words for a reason: the slug of one of the above, or of what a rule refused."""
    kind = next((kind for kind in _kinds() if kind.slug == slug), ToLookAt)
    return Reason(kind.title, kind.advice or _LOOK)


def _kinds() -> Iterator[type[OutreachError]]:
    waiting = OutreachError.__subclasses__()
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        yield kind
