"""The carriers that whoever runs the product has an account with."""

from __future__ import annotations

from typing import cast

from outreach.foundation import settings
from outreach.outgoing.carriers import Carrier
from outreach.outgoing.mail import MailCarrier, Tls
from outreach.outgoing.sms import SmsCarrier


def carrier_of(channel: str) -> Carrier | None:
    """Return what takes messages by a channel; None where nobody has been asked to."""
    return _sms() if channel == "sms" else _mail()


def is_on(channel: str) -> bool:
    """Tell whether anything can be sent by a channel."""
    return carrier_of(channel) is not None


def _sms() -> SmsCarrier | None:
    url = settings.text("SMS_URL")
    if not url:
        return None
    return SmsCarrier(
        url=url,
        user=settings.text("SMS_USER"),
        password=settings.text("SMS_KEY"),
        sender=settings.text("SMS_FROM"),
    )


def _mail() -> MailCarrier | None:
    host = settings.text("MAIL_HOST")
    if not host:
        return None
    return MailCarrier(
        host=host,
        port=settings.whole_number("MAIL_PORT"),
        user=settings.text("MAIL_USER"),
        password=settings.text("MAIL_KEY"),
        sender=settings.text("MAIL_FROM"),
        tls=cast("Tls", settings.text("MAIL_TLS")),
    )
