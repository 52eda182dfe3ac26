"""Whether the process lives (`/health`), can work (`/ready`), and how it fares (`/metrics`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

import redis
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from outreach.foundation.database import db

blueprint = Blueprint("readiness", __name__)

_PATIENCE_SECONDS = 2


_APPLIED = sa.text("SELECT version_num FROM alembic_version")


def migrations_head(folder: str = "outreach:migrations") -> str:
    """Return the newest revision that this program knows."""
    config = Config()
    config.set_main_option("script_location", folder)
    head = ScriptDirectory.from_config(config).get_current_head()
    if head is None:
        message = "the program holds no migrations"
        raise LookupError(message)
    return head


def _database() -> None:
    db.session.execute(sa.text("SELECT 1"))


def _migrations() -> None:
    with current_app.extensions["outreach.vault"].connect() as vault:
        applied = db.session.scalar(_APPLIED), vault.scalar(_APPLIED)
    if applied != current_app.extensions["outreach.heads"]:
        raise LookupError(applied)


def _vault() -> None:
    with current_app.extensions["outreach.vault"].connect() as connection:
        connection.execute(sa.text("SELECT 1"))


def _broker() -> None:
    current_app.extensions["outreach.broker"].ping()


_CHECKS: Mapping[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "vault": _vault,
    "broker": _broker,
}


def checks() -> Mapping[str, Callable[[], None]]:
    """Return what is asked, by name, in order; a check raises when it is not as it should be."""
    found: Mapping[str, Callable[[], None]] = current_app.extensions["outreach.checks"]
    return found


def faults() -> dict[str, str]:
    """Return what is missing for the work to be done, by name; empty when all is well."""
    found = {}
    for name, check in checks().items():
        try:
            check()
        except (sa.exc.SQLAlchemyError, redis.RedisError, LookupError, OSError) as error:
            # The kind says enough; the text may hold an address with a password in it.
            found[name] = type(error).__name__
            db.session.rollback()
    return found


@blueprint.get("/health")
def health() -> Response:
    """Answer that the process lives; asks nothing of anybody else."""
    return jsonify(status="ok")


@blueprint.get("/ready")
def ready() -> tuple[Response, int]:
    """Answer 200 when every dependency is there, else 503 with the names of those that are not."""
    found = faults()
    state = {name: found.get(name, "ok") for name in checks()}
    return jsonify(status="unready" if found else "ready", checks=state), 503 if found else 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer the measurements of all web processes together, in Prometheus' text format.

    They tell how much is done where, so they are for those who watch alone (METRICS_FROM).
    """
    asking = ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - nobody's address
    if not any(asking in network for network in current_app.extensions["outreach.watchers"]):
        abort(404)
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask, *, more: Mapping[str, Callable[[], None]]) -> None:
    """Give the application its three endpoints and the handles that they ask with.

    `more` are checks of the features, asked after those of what the features stand on.
    """
    app.extensions["outreach.checks"] = {**_CHECKS, **more}
    app.extensions["outreach.watchers"] = [
        ip_network(each.strip()) for each in app.config["METRICS_FROM"].split(",")
    ]
    app.extensions["outreach.heads"] = (
        migrations_head(),
        migrations_head("outreach:migrations/vault"),
    )
    app.extensions["outreach.broker"] = redis.Redis.from_url(
        app.config["REDIS_URL"],
        socket_connect_timeout=_PATIENCE_SECONDS,
        socket_timeout=_PATIENCE_SECONDS,
    )
    app.register_blueprint(blueprint)
