import re
import socket
import stat
from pathlib import Path

import pytest

from embedded.home import Home, Running, open_home


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("OUTREACH_HOME", str(folder / "home"))
    return open_home()


def test_keys_and_passwords_are_random_closed_to_others_and_the_same_the_next_time(
    home: Home,
) -> None:
    home.make_keys()
    keys = {key.name: key.read_text() for key in home.keys.iterdir()}
    passwords, queue_password = home.passwords(), home.queue_password()

    home.make_keys()

    assert sorted(keys) == ["audit.key", "factor.key", "index.key", "ring-1.key", "session.key"]
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys.values())
    assert len({*keys.values()}) == len(keys)
    assert {key.name: key.read_text() for key in home.keys.iterdir()} == keys
    assert (home.passwords(), home.queue_password()) == (passwords, queue_password)
    written = [path for path in home.folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}


def test_a_port_stays_the_same_until_another_program_has_taken_it(home: Home) -> None:
    port = home.port("postgresql")

    assert home.port("postgresql") == port
    with socket.create_server(("127.0.0.1", port)):
        assert home.port("postgresql") != port


def test_only_one_holds_a_home_and_the_other_is_told_who(home: Home) -> None:
    with home.held("the first") as first, home.held("the second") as second:
        assert (first, second) == (True, False)
        assert home.holder().startswith("the first (process ")
    with home.held("the third") as third:
        assert third


def test_what_a_run_announces_can_be_read_until_it_withdraws_it(home: Home) -> None:
    running = Running("http://127.0.0.1:8000", {"DATABASE_URL": "postgresql://…"})

    home.announce(running)
    assert home.announced() == running
    home.withdraw()
    assert home.announced() is None


def test_the_last_three_logs_are_kept(home: Home) -> None:
    for words in ("first", "second", "third", "fourth", "fifth"):
        home.rotate_log("web").write_text(words)

    kept = {path.name: path.read_text() for path in home.log("web").parent.iterdir()}
    assert kept == {
        "web.log": "fifth",
        "web.log.1": "fourth",
        "web.log.2": "third",
        "web.log.3": "second",
    }
