"""Keeps a set of children running: one that dies is started again, unless it keeps on dying."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from embedded import children
from embedded.children import Child, Program
from embedded.refusal import Refusal, say

DEATHS = 5
WITHIN = 60.0
"""So many deaths of one child in so many seconds end the run."""


@dataclass
class _Death:
    """A child that waits for its next start."""

    program: Program
    due: float


@dataclass
class Supervisor:
    """Owns the children of a run. Not for use from several threads."""

    _children: list[Child] = field(default_factory=list)
    _dead: list[_Death] = field(default_factory=list)
    _deaths: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def start(self, program: Program) -> Child:
        """Start a program and look after it."""
        with children.stop_signals.held():
            child = children.start(program)
            self._children.append(child)
        return child

    def look(self) -> None:
        """Note who has died, start again who has waited long enough; call it a few times a second.

        Raises Refusal when a child has died too often.
        """
        children.keep_guarding()
        for child in [child for child in self._children if child.ended()]:
            self._bury(child)
        for death in [death for death in self._dead if death.due <= time.monotonic()]:
            self._dead.remove(death)
            self.start(death.program)

    def _bury(self, child: Child) -> None:
        code, name = child.process.returncode, child.program.name
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        # What it forked must be gone before it is started again: two web servers cannot share a
        # port, nor two workers a name.
        child.sweep()
        self._children.remove(child)
        now, deaths = time.monotonic(), self._deaths[name]
        deaths.append(now)
        while deaths[0] < now - WITHIN:
            deaths.popleft()
        if len(deaths) >= DEATHS:
            raise Refusal(
                f"{name} {how}, the {len(deaths)}th time within a minute, so everything stops.\n"
                f"{children.tail(child.program.log)}"
            )
        say(f"{name} {how}; starting it again.")
        # At once the first time, then 0.5, 1 and 2 seconds: time for what it needs to come back.
        wait = 0.0 if len(deaths) == 1 else 0.25 * 2 ** (len(deaths) - 1)
        self._dead.append(_Death(child.program, now + wait))

    def stop(self) -> None:
        """Stop all: those started last together and first, for they use those started first."""
        self._dead.clear()
        for group in self._stopping_order():
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.stop()
        self._children.clear()

    def _stopping_order(self) -> list[list[Child]]:
        # A restart moves a child to the end of the list, so the order is by what each one is.
        users = [child for child in self._children if not child.program.is_server]
        servers = [child for child in self._children if child.program.is_server]
        return [users, servers]
