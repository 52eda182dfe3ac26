"""Which carriers there are, is for whoever runs the product to say."""

from __future__ import annotations

import pytest
from flask import Flask

from outreach.outgoing.configured import carrier_of, is_on
from outreach.outgoing.mail import MailCarrier
from outreach.outgoing.sms import SmsCarrier


def test_nothing_is_on_until_it_is_said(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_on("sms")
    assert not is_on("email")
    monkeypatch.setitem(app.config, "SMS_URL", "https://sms.example.se/a1/sms")
    monkeypatch.setitem(app.config, "MAIL_HOST", "mail.example.se")

    assert isinstance(carrier_of("sms"), SmsCarrier)
    assert isinstance(carrier_of("email"), MailCarrier)
