"""Every setting of the product, one class per environment, each with one line of why.

Values come from the environment; secrets come from files in the folder `OUTREACH_KEYS`, so
that they are never in a process list. `Production` refuses to start on anything unsafe.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from outreach.accounts.permissions import ADMINISTRATOR, REVIEWER, ROLES, SUPERVISOR

MINIMUM_KEY_BYTES = 32
_HEX_KEY = re.compile(rf"(?:[0-9a-fA-F]{{2}}){{{MINIMUM_KEY_BYTES},}}")
_RING_FILE = re.compile(r"ring-([1-9][0-9]{0,3})\.key")
_SMS_SENDER = re.compile(r"\+[1-9][0-9]{7,14}|[A-Za-z][A-Za-z0-9]{0,10}")
_MAIL_SENDER = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_HOURS = re.compile(r"([01][0-9]|2[0-4]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]")
# How the line to the mail server is sealed; `off` is for one on the same machine.
MAIL_TLS = ("starttls", "tls", "off")
_THIS_MACHINE = frozenset({"", "localhost", "127.0.0.1", "::1"})


class UnsafeConfigurationError(Exception):
    """The configuration would put people or their data at risk; the message lists every reason."""


def _key(folder: Path, name: str) -> str:
    """Return the secret in `folder/name.key`, or an empty string where there is none."""
    file = folder / f"{name}.key"
    return file.read_text("ascii").strip() if file.is_file() else ""


def ring_files(folder: Path) -> dict[int, Path]:
    """Return the files of the ring that wraps people's keys, by number: `ring-1.key` and on."""
    numbered = ((_RING_FILE.fullmatch(file.name), file) for file in folder.glob("ring-*.key"))
    return {int(match[1]): file for match, file in sorted(numbered, key=str) if match}


class Settings:
    """What all environments share."""

    ENVIRONMENT = "embedded"
    # A process must know whether wrong input may be explained in a stack trace: never to users.
    DEBUG = False
    # Form fields larger than this are refused before they are read (an NDJSON batch fits).
    MAX_CONTENT_LENGTH = 2 * 1024 * 1024
    MAX_FORM_MEMORY_SIZE = 2 * 1024 * 1024
    # The address bar's cookie name tells nobody which framework is behind it.
    SESSION_COOKIE_NAME = "outreach"
    # Scripts never need the session cookie.
    SESSION_COOKIE_HTTPONLY = True
    # Other sites' links must not carry the session into a write.
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_COOKIE_SECURE = False
    # A tablet is signed in for a working day; the reading lock is what guards it meanwhile.
    PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
    # The cookie is set at sign-in and left alone: no answer carries it again.
    SESSION_REFRESH_EACH_REQUEST = False
    # An untouched screen locks itself, so that a forgotten tablet shows nobody anything.
    LOCK_AFTER_SECONDS = 300
    # Checked by our own guard for cookie sessions only; bearer tokens carry no ambient authority.
    WTF_CSRF_CHECK_DEFAULT = False
    # The token lives as long as the session it belongs to.
    WTF_CSRF_TIME_LIMIT = None
    # A tablet behind the city's proxy has no stable referrer; Origin is checked at sign-in.
    WTF_CSRF_SSL_STRICT = False
    # Swedish first; English complete.
    BABEL_DEFAULT_LOCALE = "sv"
    BABEL_DEFAULT_TIMEZONE = "Europe/Stockholm"
    BABEL_TRANSLATION_DIRECTORIES = str(Path(__file__).parent / "translations")
    # After so many wrong passwords in a row an account rests, so that guessing is not worth it.
    SIGN_IN_TRIES = 5
    SIGN_IN_REST = timedelta(minutes=15)
    # Roles that sign in with a code besides the password; whoever else wishes may.
    SECOND_FACTOR_ROLES: tuple[str, ...] = ()
    # Working days that a team has to answer a handoff; then the supervisor sees that it waits.
    HANDOFF_PATIENCE_DAYS = 5
    # Do the two years in OSA run on while somebody is on leave or ill? For the coordinator to say.
    OSA_PAUSES_COUNT = False
    # So many does one full-time specialist of Jobbteamet support at the most (IPS: 20).
    IPS_MOST_CLIENTS = 20
    # Argon2id cost (memory KiB, passes, lanes), the second profile of RFC 9106.
    ARGON2 = (65536, 3, 4)
    # Requests per minute from one signed-in person, token or tablet, or from one address while
    # nobody is signed in; a busy foyer is far below.
    RATE_LIMIT = "600 per minute"
    # Wrong passwords per minute from one address, which may be a whole city's.
    RATE_LIMIT_SIGN_IN = "30 per minute"
    # Addresses that may say whom they speak for (X-Forwarded-For); 0 = none is trusted.
    TRUSTED_PROXIES = 0
    # Who may read /metrics: networks, this machine's own address unless they are named.
    METRICS_FROM = "127.0.0.0/8, ::1"
    # Figures below this number of people are hidden (privacy is the default, not an option).
    DISCLOSURE_THRESHOLD = 5
    # How long a query may run before the database stops it, so that one bad page is not an outage.
    STATEMENT_TIMEOUT_SECONDS = 30
    # Tablets whose app is older than this version (1.4.2, say) read nothing until they have the new
    # one; what they hand in is received all the same.
    OLDEST_APP = "0"
    # How long backups of the vault live, so that somebody who was erased is gone from them too.
    VAULT_BACKUP_DAYS = 30

    def __init__(self, environ: dict[str, str] | None = None) -> None:
        environ = dict(os.environ) if environ is None else environ
        keys = Path(environ.get("OUTREACH_KEYS", "keys"))
        # Where the secrets lie; `outreach check` looks at who may read them.
        self.KEYS_FOLDER = keys
        self.SECRET_KEY = _key(keys, "session")
        self.AUDIT_KEY = _key(keys, "audit")
        # Finds people by number or name without opening anybody; losing it, nobody is found.
        self.INDEX_KEY = _key(keys, "index")
        self.FACTOR_KEY = _key(keys, "factor")
        # More roles than the environment's own may be named, never fewer.
        named = environ.get("SECOND_FACTOR_ROLES", "").split(",")
        more = {role.strip() for role in named if role.strip()}
        self.SECOND_FACTOR_ROLES = tuple(sorted({*self.SECOND_FACTOR_ROLES, *more}))
        # The role outreach_app: may read and write rows, owns nothing.
        self.SQLALCHEMY_DATABASE_URI = _psycopg(environ.get("DATABASE_URL", ""))
        # The role outreach_owner: used by migrations alone.
        self.MIGRATION_DATABASE_URL = _psycopg(
            environ.get("MIGRATION_DATABASE_URL", environ.get("DATABASE_URL", ""))
        )
        # The second database, for keys of identities; backed up apart from the first.
        self.VAULT_URL = _psycopg(environ.get("VAULT_URL", ""))
        self.METRICS_FROM = environ.get("METRICS_FROM", Settings.METRICS_FROM)
        # "off" makes tablets forget the pages that they keep, should these ever be broken.
        self.SERVICE_WORKER_OFF = environ.get("SERVICE_WORKER") == "off"
        self.OLDEST_APP = environ.get("OLDEST_APP", Settings.OLDEST_APP)
        self.VAULT_MIGRATION_URL = _psycopg(
            environ.get("VAULT_MIGRATION_URL", environ.get("VAULT_URL", ""))
        )
        # Who takes SMS (an interface as 46elks has it), and the sender that is read on the phone: a
        # number, or a word that tells nobody what it is about. No address: no SMS is sent.
        self.SMS_URL = environ.get("SMS_URL", "")
        self.SMS_USER = environ.get("SMS_USER", "")
        self.SMS_KEY = _key(keys, "sms")
        self.SMS_FROM = environ.get("SMS_FROM", "Paminnelse")
        # Nobody is reminded of a meeting before or after these by the clock in Solna.
        self.REMINDER_HOURS = environ.get("REMINDER_HOURS", "08:00-20:00")
        # Who takes e-mail, by SMTP. No host: no e-mail is sent.
        self.MAIL_HOST = environ.get("MAIL_HOST", "")
        self.MAIL_PORT = int(environ.get("MAIL_PORT", "587"))
        self.MAIL_USER = environ.get("MAIL_USER", "")
        self.MAIL_KEY = _key(keys, "mail")
        self.MAIL_FROM = environ.get("MAIL_FROM", "")
        self.MAIL_TLS = environ.get("MAIL_TLS", "starttls")
        # Where Kolada is asked for the city's key figures, when somebody wishes it.
        self.KOLADA_URL = environ.get("KOLADA_URL", "https://api.kolada.se/v3").rstrip("/")
        # Where staff reach the product, for the link in a notice.
        self.PUBLIC_URL = environ.get("PUBLIC_URL", "").rstrip("/")
        # Broker of the queue and store of the rate limits; never the truth about anything.
        self.REDIS_URL = environ.get("REDIS_URL", "")
        self.SQLALCHEMY_ENGINE_OPTIONS: dict[str, Any] = {
            "pool_size": int(environ.get("DATABASE_POOL", "8")),
            # One more than the threads of a web process may wait for, then fail in time.
            "max_overflow": 4,
            "pool_timeout": 5,
            "connect_args": {
                "connect_timeout": 3,
                "application_name": "outreach",
                "options": "-c timezone=UTC"
                f" -c statement_timeout={self.STATEMENT_TIMEOUT_SECONDS * 1000}"
                " -c idle_in_transaction_session_timeout=60000",
            },
        }
        # A pool for single statements, which PostgreSQL keeps whole by itself: see `at_once`.
        self.SQLALCHEMY_BINDS: dict[str, dict[str, Any]] = {
            "at_once": {
                **self.SQLALCHEMY_ENGINE_OPTIONS,
                "url": self.SQLALCHEMY_DATABASE_URI,
                "isolation_level": "AUTOCOMMIT",
                # A single statement leaves nothing open that a rollback would have to end.
                "pool_reset_on_return": None,
            }
        }

    def faults(self) -> list[str]:
        """Return every reason why the product must not start with these settings."""
        wanted = {
            "DATABASE_URL": self.SQLALCHEMY_DATABASE_URI,
            "VAULT_URL": self.VAULT_URL,
            "REDIS_URL": self.REDIS_URL,
            "session.key in OUTREACH_KEYS": self.SECRET_KEY,
            "audit.key in OUTREACH_KEYS": self.AUDIT_KEY,
            "index.key in OUTREACH_KEYS": self.INDEX_KEY,
            "ring-1.key (or a later one) in OUTREACH_KEYS": bool(ring_files(self.KEYS_FOLDER)),
            "factor.key in OUTREACH_KEYS": self.FACTOR_KEY,
        }
        faults = [f"{name} is missing" for name, value in wanted.items() if not value]
        faults += self._carrier_faults()
        return faults + [
            f"SECOND_FACTOR_ROLES names {role!r}; there is no such role"
            for role in self.SECOND_FACTOR_ROLES
            if role not in ROLES
        ]

    def _carrier_faults(self) -> list[str]:
        """Return why SMS or e-mail could not be sent although somebody is to take them."""
        faults = []
        if self.SMS_URL and not _SMS_SENDER.fullmatch(self.SMS_FROM):
            faults.append(
                "SMS_FROM is neither + and a number nor a word of at most 11 letters and digits"
            )
        if self.SMS_URL and not (self.SMS_USER and self.SMS_KEY):
            faults.append("SMS_URL needs SMS_USER, and sms.key in OUTREACH_KEYS")
        if self.MAIL_HOST and not _MAIL_SENDER.fullmatch(self.MAIL_FROM):
            faults.append("MAIL_FROM is no e-mail address")
        begin, _, end = self.REMINDER_HOURS.partition("-")
        if not _HOURS.fullmatch(self.REMINDER_HOURS) or not begin < end <= "24:00":
            faults.append("REMINDER_HOURS are not written as 08:00-20:00")
        if self.MAIL_TLS not in MAIL_TLS:
            faults.append(f"MAIL_TLS is {self.MAIL_TLS!r}; it may be {', '.join(MAIL_TLS)}")
        return faults


class Embedded(Settings):
    """`./dev run`: a whole product on one machine, for trying, teaching and measuring."""

    # One person at a machine of their own may well measure what it can bear.
    RATE_LIMIT = "100000 per minute"


class Testing(Settings):
    """The test suite: real services, cheap passwords, errors that are not swallowed."""

    ENVIRONMENT = "testing"
    TESTING = True
    # The cost of a hash is what a hash is for; a suite that signs in 1 000 times need not pay it.
    ARGON2 = (8, 1, 1)
    RATE_LIMIT = "100000 per minute"
    RATE_LIMIT_SIGN_IN = "100000 per minute"


class Production(Settings):
    """The city's own installation."""

    ENVIRONMENT = "production"
    # HTTPS only: the service worker, the camera and the session all need it.
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-outreach"
    PREFERRED_URL_SCHEME = "https"
    # Whoever sees much, or decides who may, is not let in by a password that leaked.
    SECOND_FACTOR_ROLES = (SUPERVISOR, REVIEWER, ADMINISTRATOR)

    def __init__(self, environ: dict[str, str] | None = None) -> None:
        super().__init__(environ)
        environ = dict(os.environ) if environ is None else environ
        # Not said: wrong passwords would be counted on the proxy, and so on the whole city.
        self._proxies_said = "TRUSTED_PROXIES" in environ
        self.TRUSTED_PROXIES = int(environ.get("TRUSTED_PROXIES", "0"))

    def faults(self) -> list[str]:
        """Return every reason why these settings are unsafe for real people's data."""
        faults = super().faults()
        faults += self._key_faults()
        if self.DEBUG:
            faults.append("DEBUG is on")
        if self.SMS_URL and not self.SMS_URL.startswith("https://"):
            faults.append("SMS_URL does not begin with https://: numbers would go unsealed")
        if self.MAIL_HOST and self.MAIL_TLS == "off" and self.MAIL_HOST not in _THIS_MACHINE:
            faults.append("MAIL_TLS is off: letters would go unsealed to another machine")
        if self.MAIL_HOST and not self.PUBLIC_URL:
            faults.append("PUBLIC_URL is missing: a notice by e-mail holds a link")
        if self.PUBLIC_URL and not self.PUBLIC_URL.startswith("https://"):
            faults.append("PUBLIC_URL does not begin with https://")
        if not self._proxies_said:
            faults.append("TRUSTED_PROXIES is missing: how many proxies stand in front, 0 for none")
        return faults + self._database_faults()

    def _key_faults(self) -> list[str]:
        """Return which keys could be guessed, cannot be used, or are one key under two names."""
        rings = ring_files(self.KEYS_FOLDER).values()
        # What is not hexadecimal would fail where it is used: sealing each minute, say.
        hexadecimal = {"audit.key": self.AUDIT_KEY, "index.key": self.INDEX_KEY} | {
            file.name: file.read_text("ascii").strip() for file in rings
        }
        keys = {
            "session.key": self.SECRET_KEY,
            "audit.key": self.AUDIT_KEY,
            "factor.key": self.FACTOR_KEY,
        } | hexadecimal
        faults = [
            f"{name} is weak: make it with `openssl rand -hex 32`"
            for name, key in keys.items()
            if key and (len(key) < 2 * MINIMUM_KEY_BYTES or len(set(key)) < MINIMUM_KEY_BYTES // 4)
        ]
        faults += [
            f"{name} is not {MINIMUM_KEY_BYTES} bytes or more in hexadecimal digits:"
            " make it with `openssl rand -hex 32`"
            for name, key in hexadecimal.items()
            if key and not _HEX_KEY.fullmatch(key)
        ]
        return faults + [
            f"{one} and {other} are the same"
            for one, other in combinations(keys, 2)
            if keys[one] and keys[one] == keys[other]
        ]

    def _database_faults(self) -> list[str]:
        """Return which addresses cannot be read, or lead to one database or role by two names."""
        given = {
            "DATABASE_URL": self.SQLALCHEMY_DATABASE_URI,
            "MIGRATION_DATABASE_URL": self.MIGRATION_DATABASE_URL,
            "VAULT_URL": self.VAULT_URL,
        }
        read = {name: _address(url) for name, url in given.items() if url}
        faults = [
            f"{name} is no address of a PostgreSQL database"
            for name, address in read.items()
            if address is None
        ]
        ours, owners, vault = (read.get(name) for name in given)
        if ours and vault and ours.database == vault.database:
            faults.append("VAULT_URL is the same database as DATABASE_URL")
        if ours and owners and ours.role == owners.role:
            faults.append("MIGRATION_DATABASE_URL must name another role than DATABASE_URL")
        return faults


ENVIRONMENTS: dict[str, type[Settings]] = {
    "embedded": Embedded,
    "testing": Testing,
    "production": Production,
}


def named(environ: dict[str, str] | None = None) -> Settings:
    """Return the settings that `OUTREACH_ENV` names (default: production), whatever their faults.

    Raises UnsafeConfigurationError for a name that is none of ours.
    """
    environ = dict(os.environ) if environ is None else environ
    name = environ.get("OUTREACH_ENV", "production")
    if name not in ENVIRONMENTS:
        message = f"OUTREACH_ENV is {name!r}; it may be {', '.join(sorted(ENVIRONMENTS))}"
        raise UnsafeConfigurationError(message)
    return ENVIRONMENTS[name](environ)


def chosen(environ: dict[str, str] | None = None) -> Settings:
    """Return the settings that `OUTREACH_ENV` names (default: production, the strictest).

    Raises UnsafeConfigurationError with every reason at once when they must not be used.
    """
    settings = named(environ)
    if faults := settings.faults():
        raise UnsafeConfigurationError("refusing to start:\n  " + "\n  ".join(faults))
    return settings


@dataclass(frozen=True, slots=True)
class _Address:
    """Where an address leads, however it is spelled."""

    database: tuple[str, str, str]
    role: str


def _address(url: str) -> _Address | None:
    """Return where an address leads, as the driver would be told; None for what is no address."""
    try:
        parsed = sa.make_url(url)
        _, told = parsed.get_dialect()().create_connect_args(parsed)
    except (sa.exc.ArgumentError, ValueError):
        return None
    if parsed.drivername != "postgresql+psycopg":
        return None
    host = str(told.get("host", "")).lower().rstrip(".")
    if host in _THIS_MACHINE or host.startswith("/"):
        host = "localhost"
    role = str(told.get("user", ""))
    name = str(told.get("dbname", role)).rstrip("/")
    return _Address((host, str(told.get("port", 5432)), name), role)


def _psycopg(url: str) -> str:
    """Return the URL with the driver named, whatever spelling of PostgreSQL it came with."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
