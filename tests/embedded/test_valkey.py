import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from embedded import valkey
from embedded.children import start
from embedded.ports import free_port


def test_the_server_asks_for_its_password_and_listens_on_this_machine_alone(folder: Path) -> None:
    with valkey.running(folder) as url:
        with redis.Redis.from_url(url) as known:
            assert known.ping()
            assert known.config_get("bind")["bind"] == "127.0.0.1"
        stranger = redis.Redis(host="127.0.0.1", port=urlsplit(url).port or 0)
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_a_full_queue_refuses_new_work_rather_than_lose_old_work(folder: Path) -> None:
    with valkey.running(folder) as url, redis.Redis.from_url(url) as queue:
        assert queue.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"


def test_a_durable_server_has_its_data_after_it_was_killed(folder: Path) -> None:
    settings = valkey.Settings(folder / "data", free_port(), "secret", True, folder / "log")  # noqa: FBT003
    first = start(valkey.program(settings))
    first.wait_until(lambda: valkey.answers(settings), seconds=30)
    with redis.Redis.from_url(settings.url) as queue:
        queue.set("job", "waits")
        queue.config_set("appendfsync", "always")
        queue.set("last", "waits too")
    first.sweep()

    second = start(valkey.program(settings))
    try:
        second.wait_until(lambda: valkey.answers(settings), seconds=30)
        with redis.Redis.from_url(settings.url) as queue:
            assert queue.mget("job", "last") == [b"waits", b"waits too"]
    finally:
        second.stop()


def test_another_program_on_the_port_is_not_taken_for_the_server(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = valkey.Settings(folder, other.getsockname()[1], "secret", False, folder / "log")  # noqa: FBT003

        assert not valkey.answers(settings)
