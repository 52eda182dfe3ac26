"""The configuration refuses to put people at risk."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

import pytest

import config

KEYS = ("session", "audit", "factor", "index", "ring-1")


@pytest.fixture
def safe(tmp_path: Path) -> dict[str, str]:
    for name in KEYS:
        (tmp_path / f"{name}.key").write_text(secrets.token_hex(32))
    return {
        "OUTREACH_ENV": "production",
        "OUTREACH_KEYS": str(tmp_path),
        "DATABASE_URL": "postgresql://outreach_app@database/outreach",
        "MIGRATION_DATABASE_URL": "postgresql://outreach_owner@database/outreach",
        "VAULT_URL": "postgresql://outreach_app@database/outreach_vault",
        "REDIS_URL": "redis://broker/0",
        "TRUSTED_PROXIES": "1",
    }


def test_safe_settings_are_accepted(safe: dict[str, str]) -> None:
    assert config.chosen(safe).SESSION_COOKIE_SECURE is True


def test_the_strictest_environment_is_the_default(safe: dict[str, str]) -> None:
    del safe["OUTREACH_ENV"]

    assert config.chosen(safe).ENVIRONMENT == "production"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL is missing"),
        ({"VAULT_URL": ""}, "VAULT_URL is missing"),
        ({"REDIS_URL": ""}, "REDIS_URL is missing"),
        ({"OUTREACH_KEYS": "nowhere"}, "session.key in OUTREACH_KEYS is missing"),
        (
            {"VAULT_URL": "postgresql://outreach_app@database/outreach"},
            "VAULT_URL is the same database",
        ),
        (
            {"MIGRATION_DATABASE_URL": "postgresql://outreach_app@database/outreach"},
            "must name another role",
        ),
        (
            {"VAULT_URL": "postgresql+psycopg://outreach_app@DATABASE:5432/outreach/"},
            "VAULT_URL is the same database",
        ),
        (
            {"VAULT_URL": "postgres://other:secret@database/outreach?connect_timeout=3"},
            "VAULT_URL is the same database",
        ),
        (
            {"VAULT_URL": "postgresql://other@/outreach?host=database"},
            "VAULT_URL is the same database",
        ),
        (
            {"MIGRATION_DATABASE_URL": "postgresql+psycopg://outreach_app@database:5432/outreach/"},
            "must name another role",
        ),
        (
            {"MIGRATION_DATABASE_URL": "postgresql://database/outreach?user=outreach_app"},
            "must name another role",
        ),
        ({"VAULT_URL": "postgresql://u:secret@database:port/x"}, "VAULT_URL is no address of"),
        ({"DATABASE_URL": "mysql://u:secret@database/x"}, "DATABASE_URL is no address of"),
        ({"OUTREACH_ENV": "staging"}, "OUTREACH_ENV is 'staging'"),
        ({"SMS_URL": "https://sms.test/a1/sms"}, "SMS_URL needs SMS_USER, and sms.key"),
        ({"SMS_URL": "http://sms.test/a1/sms"}, "SMS_URL does not begin with https"),
        ({"SMS_URL": "https://sms.test", "SMS_FROM": "Solna stad AB"}, "SMS_FROM is neither"),
        ({"SMS_URL": "https://sms.test", "SMS_FROM": "0701740605"}, "SMS_FROM is neither"),
        ({"MAIL_HOST": "mail.test"}, "MAIL_FROM is no e-mail address"),
        ({"MAIL_HOST": "mail.test", "MAIL_TLS": "off"}, "letters would go unsealed"),
        ({"MAIL_HOST": "mail.test"}, "PUBLIC_URL is missing: a notice"),
        ({"MAIL_TLS": "none"}, "MAIL_TLS is 'none'; it may be starttls, tls, off"),
        ({"REMINDER_HOURS": "20:00-08:00"}, "REMINDER_HOURS are not written as"),
        ({"REMINDER_HOURS": "24:30-24:59"}, "REMINDER_HOURS are not written as"),
        ({"REMINDER_HOURS": "8-20"}, "REMINDER_HOURS are not written as"),
        ({"REMINDER_HOURS": "08:00-29:00"}, "REMINDER_HOURS are not written as"),
        ({"PUBLIC_URL": "http://outreach.test"}, "PUBLIC_URL does not begin with https"),
    ],
)
def test_unsafe_settings_are_refused_with_the_reason(
    safe: dict[str, str], change: dict[str, str], reason: str
) -> None:
    with pytest.raises(config.UnsafeConfigurationError, match=reason):
        config.chosen(safe | change)


def test_whoever_has_accounts_for_messages_may_send_them(safe: dict[str, str]) -> None:
    (Path(safe["OUTREACH_KEYS"]) / "sms.key").write_text("a password")
    told = {
        "SMS_URL": "https://sms.test/a1/sms", "SMS_USER": "u1", "SMS_FROM": "+46766861004",
        "MAIL_HOST": "mail.test", "MAIL_FROM": "noreply@outreach.test",
        "PUBLIC_URL": "https://outreach.test/",
    }  # fmt: skip

    chosen = config.chosen(safe | told)

    assert (chosen.SMS_KEY, chosen.MAIL_PORT) == ("a password", 587)
    assert chosen.PUBLIC_URL == "https://outreach.test"


def test_a_weak_or_shared_key_is_refused(safe: dict[str, str]) -> None:
    folder = Path(safe["OUTREACH_KEYS"])
    for name in KEYS:
        (folder / f"{name}.key").write_text("ab" * 32)

    with pytest.raises(config.UnsafeConfigurationError) as refusal:
        config.chosen(safe)

    for name in KEYS:
        assert f"{name}.key is weak" in str(refusal.value)
    for pair in ("session.key and audit.key", "session.key and factor.key"):
        assert f"{pair} are the same" in str(refusal.value)
    assert "audit.key and factor.key are the same" in str(refusal.value)


def test_the_key_of_second_factors_must_be_there(safe: dict[str, str]) -> None:
    (Path(safe["OUTREACH_KEYS"]) / "factor.key").unlink()

    with pytest.raises(config.UnsafeConfigurationError, match=r"factor\.key in OUTREACH_KEYS is"):
        config.chosen(safe)


def test_production_needs_a_second_factor_of_three_roles_and_may_name_more(
    safe: dict[str, str],
) -> None:
    three = ("administrator", "reviewer", "supervisor")

    assert three == config.chosen(safe).SECOND_FACTOR_ROLES
    for said in ("caseworker", "caseworker, supervisor,", ""):
        found = config.chosen(safe | {"SECOND_FACTOR_ROLES": said}).SECOND_FACTOR_ROLES
        assert {*found} == {*three, *(["caseworker"] if "caseworker" in said else [])}


def test_elsewhere_no_role_needs_a_second_factor_unless_it_is_named(safe: dict[str, str]) -> None:
    embedded = safe | {"OUTREACH_ENV": "embedded"}
    named = config.chosen(embedded | {"SECOND_FACTOR_ROLES": "supervisor"})

    assert config.chosen(embedded).SECOND_FACTOR_ROLES == ()
    assert named.SECOND_FACTOR_ROLES == ("supervisor",)


def test_a_role_that_is_not_there_is_refused_rather_than_let_in_without(
    safe: dict[str, str],
) -> None:
    with pytest.raises(config.UnsafeConfigurationError, match="names 'chef'"):
        config.chosen(safe | {"SECOND_FACTOR_ROLES": "chef"})


@pytest.mark.parametrize(
    "key",
    [
        base64.b64encode(bytes(range(48))).decode(),
        secrets.token_hex(31),
        secrets.token_hex(32) + "0",
        " ".join([secrets.token_hex(16)] * 2),
    ],
    ids=["base64", "31 bytes", "half a byte more", "a space"],
)
def test_an_audit_key_that_cannot_seal_is_refused(safe: dict[str, str], key: str) -> None:
    (Path(safe["OUTREACH_KEYS"]) / "audit.key").write_text(key)

    with pytest.raises(
        config.UnsafeConfigurationError, match=r"audit.key is .*`openssl rand -hex 32`"
    ):
        config.chosen(safe)


def test_a_refused_address_is_not_shown_since_a_password_stands_in_it(
    safe: dict[str, str],
) -> None:
    with pytest.raises(config.UnsafeConfigurationError) as refusal:
        config.chosen(safe | {"VAULT_URL": "postgresql://u:secret@database:port/x"})

    assert "secret" not in str(refusal.value)
    assert refusal.value.__context__ is None


def test_another_server_port_or_name_is_another_database(safe: dict[str, str]) -> None:
    for vault in ("elsewhere/outreach", "database:5433/outreach", "database/outreach_vault"):
        assert config.chosen(safe | {"VAULT_URL": f"postgresql://outreach_app@{vault}"})


def test_debugging_is_refused_in_production(
    safe: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config.Production, "DEBUG", True)

    with pytest.raises(config.UnsafeConfigurationError, match="DEBUG is on"):
        config.chosen(safe)


def test_any_spelling_of_a_postgresql_url_gets_the_driver(safe: dict[str, str]) -> None:
    url = config.chosen(safe | {"DATABASE_URL": "postgres://outreach_app@database/outreach"})

    assert url.SQLALCHEMY_DATABASE_URI == "postgresql+psycopg://outreach_app@database/outreach"


def test_how_many_proxies_stand_in_front_must_be_said(safe: dict[str, str]) -> None:
    del safe["TRUSTED_PROXIES"]
    with pytest.raises(config.UnsafeConfigurationError, match="TRUSTED_PROXIES is missing"):
        config.chosen(safe)

    assert config.chosen(safe | {"TRUSTED_PROXIES": "0"}).TRUSTED_PROXIES == 0
