import os
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from embedded import environment, postgresql, postgresql_programs
from embedded.children import start
from embedded.ports import free_port
from embedded.refusal import Refusal
from tests.embedded.processes import processes_in, wait_until

KEPT = postgresql.Passwords("super-'\\-secret", "owner-secret", "app-secret")


def test_the_two_roles_have_no_more_rights_than_they_need() -> None:
    with postgresql.running() as server:
        server.create_database("tried")
        rights = server.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls,"
            " rolreplication FROM pg_roles WHERE rolname LIKE 'outreach%' ORDER BY 1;"
        )
        owners = server.execute(
            "SELECT datname, datdba::regrole FROM pg_database WHERE datdba > 10;"
        )
        with (
            _connected(server, postgresql.APP, server.passwords.app, "tried") as app,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            app.execute("CREATE TABLE public.mine (id int)")

    assert rights.splitlines() == ["outreach_app|t|f|f|f|f|f", "outreach_owner|t|f|f|f|f|f"]
    assert owners == "tried|outreach_owner"


def test_the_products_role_enters_no_database_but_its_own() -> None:
    with postgresql.running() as server:
        server.create_database("tried")
        for other in ("postgres", "template1"):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                _connected(server, postgresql.APP, server.passwords.app, other)

        with _connected(server, postgresql.APP, server.passwords.app, "tried") as app:
            assert app.execute("SELECT current_database()").fetchone() == ("tried",)


def test_the_products_role_makes_no_large_objects_which_no_table_would_show() -> None:
    with postgresql.running() as server:
        server.create_database("tried")
        server.create_database("copied", template="tried")
        for name in ("tried", "copied"):
            with _connected(server, postgresql.APP, server.passwords.app, name) as app:
                for call in ("lo_creat(-1)", "lo_create(0)", "lo_from_bytea(0, 'x')"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        app.execute(f"SELECT {call}")


def test_nobody_enters_without_the_password_and_the_password_is_not_kept_as_it_is() -> None:
    with postgresql.running() as server:
        kept = server.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'outreach_app';")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            _connected(server, postgresql.APP, "wrong", "postgres")

    assert kept.startswith("SCRAM-SHA-256$")


@pytest.mark.parametrize(("durable", "expected"), [(True, "on\non"), (False, "off\noff")])
def test_a_durable_server_waits_for_the_disk_and_another_does_not(
    durable: bool,  # noqa: FBT001
    expected: str,
) -> None:
    with postgresql.running(durable=durable) as server:
        assert server.execute("SHOW fsync; SHOW synchronous_commit;") == expected


def test_a_database_can_be_made_from_a_template_and_thrown_away() -> None:
    with postgresql.running() as server:
        server.create_database("model")
        server.execute("CREATE TABLE t AS SELECT 7 AS x", database="model")
        server.create_database("copy", template="model")

        assert server.execute("SELECT x FROM t", database="copy") == "7"
        server.drop_database("copy")
        assert server.execute("SELECT count(*) FROM pg_database WHERE datname = 'copy'") == "0"


def test_another_process_can_use_a_server_by_its_url_and_passwords() -> None:
    with postgresql.running() as server:
        same = postgresql.server_at(server.superuser_url, server.passwords)

        assert same.execute("SELECT 1") == "1"


def test_an_error_in_sql_is_a_refusal_that_holds_it() -> None:
    with postgresql.running() as server, pytest.raises(Refusal, match="nowhere"):
        server.execute("SELECT * FROM nowhere; SELECT 1;")


def test_a_note_of_a_server_that_is_dead_does_not_prevent_a_start(folder: Path) -> None:
    cluster = _cluster(folder)
    cluster.prepare()
    # Of our own account and alive, as after a reboot that gave the number to another program.
    (cluster.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.folder}\n")

    assert _can_be_used(cluster)


def test_a_server_that_a_killed_run_left_behind_is_stopped_first(folder: Path) -> None:
    cluster = _cluster(folder)
    left_behind = start(cluster.program(cluster.prepare()))
    left_behind.wait_until(lambda: cluster.answers(left_behind.process.pid), seconds=30)

    again = _cluster(folder)

    assert _can_be_used(again)
    assert left_behind.process.wait(timeout=10) == 0
    left_behind.stop()


def test_data_and_passwords_are_those_of_the_first_start(folder: Path) -> None:
    cluster = _cluster(folder)
    assert _can_be_used(cluster, "CREATE TABLE t AS SELECT 'kept' AS x")

    assert _can_be_used(_cluster(folder), "SELECT x FROM t")
    assert stat.S_IMODE(cluster.folder.stat().st_mode) == 0o700


def test_the_server_goes_with_its_parent_however_that_ends(folder: Path) -> None:
    script = (
        "import os, sys; from embedded import postgresql\n"
        "with postgresql.running() as server:\n"
        "    print(server.execute('SELECT pg_postmaster_start_time() IS NOT NULL'), flush=True)\n"
        "    print(server.execute(\"SELECT setting FROM pg_settings WHERE name = 'port'\"))\n"
        "    sys.stdout.flush(); os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(environment.ROOT), "TMPDIR": str(folder)},
    )
    answer, port = ended.stdout.split()

    assert (ended.returncode, answer) == (-9, "t")
    assert port.isdigit()
    wait_until(lambda: processes_in(folder) == {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another account")
def test_data_behind_a_closed_folder_are_put_where_the_servers_account_can_reach_them(
    folder: Path,
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    place = postgresql.place_within_reach(closed / "postgresql")

    assert (closed / "postgresql").resolve() == place
    assert postgresql.place_within_reach(closed / "postgresql") == place
    assert postgresql_programs.is_reachable(place / "data")
    assert _can_be_used(_cluster(place))
    subprocess.run(["rm", "-r", place], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another account")
def test_programs_behind_a_closed_folder_are_copied_to_where_they_can_be_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    real = postgresql_programs.find_programs()
    (closed / "pg").symlink_to(real.folder.parent)
    monkeypatch.setattr(postgresql_programs, "SHARED", folder / "shared")
    monkeypatch.setenv("OUTREACH_POSTGRESQL_BIN", str(closed / "pg" / "bin"))

    found = postgresql_programs.find_programs()

    assert found.folder.is_relative_to(folder / "shared")
    with pytest.raises(PermissionError):
        subprocess.run([closed / "pg" / "bin" / "postgres", "--version"], user="nobody", check=True)
    subprocess.run([found.named("postgres"), "--version"], user="nobody", check=True)


def test_data_of_a_version_that_is_not_installed_are_refused_in_plain_words() -> None:
    with pytest.raises(Refusal, match=r"written by PostgreSQL 9, .*apt install postgresql-9"):
        postgresql_programs.find_programs(9)


def _cluster(folder: Path) -> postgresql.Cluster:
    return postgresql.Cluster(
        folder=folder / "data",
        port=free_port(),
        passwords=KEPT,
        log=folder / "postgresql.log",
        durable=False,
    )


def _can_be_used(cluster: postgresql.Cluster, sql: str = "SELECT 1") -> bool:
    server = cluster.prepare()
    child = start(cluster.program(server))
    try:
        child.wait_until(lambda: cluster.answers(child.process.pid), seconds=30)
        return server.execute(sql) in ("", "1", "kept")
    finally:
        child.stop()


def _connected(
    server: postgresql.Server, role: str, password: str, database: str
) -> psycopg.Connection[tuple[object, ...]]:
    url = server.url(role, password, database).replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)
