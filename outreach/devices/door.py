"""Which tablet sent the request at hand, by the token that it shows."""

from __future__ import annotations

from uuid import UUID

from flask import request

from outreach.accounts import guard
from outreach.accounts.tokens import TABLET_MARK
from outreach.devices import service
from outreach.devices.service import Tablet
from outreach.foundation.errors import N_, NotSignedIn

# Asked for once in a request.
_FOUND = "outreach.tablet"


class DeviceUnknown(NotSignedIn):
    """No token of a tablet, or one that is no tablet's, or not any more."""

    slug = "device-unknown"
    title = N_("Plattan är inte inlagd")
    advice = N_("Be systemförvaltaren om en engångskod och lägg in plattan igen under /platta.")


class DeviceRevoked(NotSignedIn):
    """The tablet is known and revoked: it may hand in, nothing else."""

    slug = "device-revoked"
    title = N_("Plattan är spärrad")
    advice = N_("Lämna den till systemförvaltaren. Det som inte är skickat tas emot ändå.")


def tablet_or_none() -> Tablet | None:
    """Return the tablet whose token the request shows, revoked or not; None without one."""
    if _FOUND not in request.environ:
        secret = guard.bearer() or ""
        marked = secret.startswith(TABLET_MARK)
        request.environ[_FOUND] = service.tablet_of_token(secret) if marked else None
    found: Tablet | None = request.environ[_FOUND]
    return found


def tablet() -> Tablet:
    """Return the tablet whose token the request shows, revoked or not. Raises DeviceUnknown."""
    found = tablet_or_none()
    if found is None:
        raise DeviceUnknown
    return found


def unrevoked_tablet() -> Tablet:
    """Return the tablet whose token the request shows. Raises DeviceUnknown, DeviceRevoked."""
    found = tablet()
    if found.revoked:
        raise DeviceRevoked
    return found


def tablet_id() -> UUID:
    """Return the id of the tablet, as the guard asks for it. Raises DeviceUnknown."""
    return tablet().id
