"""A plugin of pytest that tells of a walk that failed at once: its hour is long to wait for it."""

from __future__ import annotations

import pytest


class _AtOnce:
    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write what failed below the dots."""
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.write_line(f"\n{report.nodeid}\n{report.longreprtext}")


def pytest_configure(config: pytest.Config) -> None:
    """Tell in the process that gathers what the others have seen, and in no other."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_AtOnce(config))
