from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask

from embedded.ports import LOOPBACK, free_port
from outreach.accounts.limits import Limiter
from outreach.foundation.errors import TooMany

Process = Callable[[], Limiter]


@pytest.fixture
def process(app: Flask) -> Process:
    def another() -> Limiter:
        limiter = Limiter()
        limiter.init_app(app)
        return limiter

    return another


@pytest.fixture
def away() -> Limiter:
    app = Flask("away")
    app.config["REDIS_URL"] = f"redis://{LOOPBACK}:{free_port()}/0"
    limiter = Limiter()
    limiter.init_app(app)
    return limiter


def _allowed(limiters: list[Limiter], said: str, who: str, tries: int) -> int:
    allowed = 0
    for number in range(tries):
        try:
            limiters[number % len(limiters)].count(said, who)
        except TooMany:
            continue
        allowed += 1
    return allowed


def test_two_processes_together_never_allow_more_than_the_limit(process: Process) -> None:
    assert _allowed([process(), process()], "600 per hour", str(uuid4()), 1_300) == 600


def test_a_process_leaves_no_more_than_a_sixtieth_of_the_limit_unused(process: Process) -> None:
    who, one, other = str(uuid4()), process(), process()
    one.count("600 per hour", who)

    assert _allowed([other], "600 per hour", who, 700) == 590


def test_a_small_limit_is_counted_one_by_one_over_all_processes(process: Process) -> None:
    assert _allowed([process(), process(), process()], "7 per hour", str(uuid4()), 20) == 7


def test_one_persons_requests_are_not_anothers(process: Process) -> None:
    limiter = process()
    _allowed([limiter], "5 per hour", str(uuid4()), 10)

    assert _allowed([limiter], "5 per hour", str(uuid4()), 3) == 3


def test_a_refusal_says_when_to_try_again(process: Process) -> None:
    limiter, who = process(), str(uuid4())
    limiter.count("1 per hour", who)

    with pytest.raises(TooMany) as refused:
        limiter.count("1 per hour", who)

    assert 3_500 < (refused.value.retry_after or 0) <= 3_601


def test_while_the_store_is_away_the_limit_is_kept_in_memory(away: Limiter) -> None:
    assert _allowed([away], "60 per hour", str(uuid4()), 100) == 60
