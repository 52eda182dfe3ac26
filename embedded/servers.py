"""PostgreSQL and Valkey on a home's data, or the ones the environment names."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from embedded import children, postgresql, valkey
from embedded.home import Home
from embedded.refusal import Refusal

DATABASE_VARIABLES = (
    "DATABASE_URL",
    "MIGRATION_DATABASE_URL",
    "VAULT_URL",
    "VAULT_MIGRATION_URL",
)
DATABASE, VAULT = "outreach", "outreach_vault"


@dataclass(frozen=True)
class Service:
    """A server of ours: how to start it, and whether the one with a process id answers."""

    program: children.Program
    answers: Callable[[int], bool]


@dataclass(frozen=True)
class Plan:
    """Which servers to start, what to do once they answer, and what to tell the product."""

    services: list[Service]
    settle: Callable[[], None]
    environment: dict[str, str]


def plan(home: Home) -> Plan:
    """Find out which servers must be started, and make their data folders ready."""
    home.make_keys()
    told = {
        "OUTREACH_ENV": "embedded",
        "OUTREACH_HOME": str(home.folder),
        "OUTREACH_KEYS": str(home.keys),
        "PROMETHEUS_MULTIPROC_DIR": str(home.metrics),
    }
    services: list[Service] = []
    settle = _nothing
    given = _given_databases()
    if given:
        told |= given
    else:
        cluster, server = _cluster(home)
        services.append(Service(cluster.program(server), cluster.answers))
        told |= server.environment(DATABASE, VAULT)

        def settle() -> None:
            server.create_roles()
            server.create_database(DATABASE)
            server.create_database(VAULT)

    if os.environ.get("REDIS_URL"):
        told["REDIS_URL"] = os.environ["REDIS_URL"]
    else:
        settings = _queue(home)
        services.append(Service(valkey.program(settings), lambda _pid: valkey.answers(settings)))
        told["REDIS_URL"] = settings.url
    return Plan(services, settle, told)


def _nothing() -> None:
    """A database somebody else looks after has its roles already."""


def _given_databases() -> dict[str, str]:
    given = {name: os.environ[name] for name in DATABASE_VARIABLES if os.environ.get(name)}
    missing = [name for name in ("DATABASE_URL", "VAULT_URL") if name not in given]
    if given and missing:
        raise Refusal(
            f"With {', '.join(given)} set, {', '.join(missing)} must be set too; or set none of "
            f"{', '.join(DATABASE_VARIABLES)}, and a PostgreSQL is started here."
        )
    if given:
        # One role may do for trying things out; production refuses it.
        given.setdefault("MIGRATION_DATABASE_URL", given["DATABASE_URL"])
        given.setdefault("VAULT_MIGRATION_URL", given["VAULT_URL"])
    return given


def _cluster(home: Home) -> tuple[postgresql.Cluster, postgresql.Server]:
    folder = postgresql.place_within_reach(home.folder / "postgresql")
    folder.mkdir(mode=0o711, exist_ok=True)
    cluster = postgresql.Cluster(
        folder=folder / "data",
        port=home.port("postgresql"),
        passwords=home.passwords(),
        log=home.rotate_log("postgresql"),
    )
    return cluster, cluster.prepare()


def _queue(home: Home) -> valkey.Settings:
    return valkey.Settings(
        folder=home.folder / "valkey",
        port=home.port("valkey"),
        password=home.queue_password(),
        durable=True,
        log=home.rotate_log("valkey"),
    )
