"""Browsers for the tests that drive the product as a person would: Chromium, and Firefox too."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from embedded import children, environment
from embedded.refusal import Refusal, say

# How Chromium is started wherever it is driven: it speaks to nobody but the product.
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
# Older ones can be told to go offline and silently stay online.
NPM_PACKAGE = "@sparticuz/chromium@>=153"
FIREFOX_NAMES = ("firefox-esr", "firefox")
# Older ones cannot be told to be offline, or where they are.
OLDEST_FIREFOX = 153
_OWN = environment.VENV / "chromium"


def find_chromium() -> str:
    """The path of a Chromium that starts: $CHROMIUM, one on PATH, else one fetched now.

    Raises Refusal when none can be had, with every way that was tried.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        if not _starts(chosen):
            raise Refusal(f"CHROMIUM is set to {chosen}, which does not start.")
        return chosen
    for way in (_on_path, _from_npm_before, _by_apt, _by_playwright, _by_npm):
        found = way()
        if found is not None and _starts(found):
            return found
    raise Refusal(
        "No Chromium for the browser tests. Tried: $CHROMIUM, PATH, apt-get (as root only), "
        "playwright install, npm. Install one (apt install chromium) or set CHROMIUM to its path."
    )


def find_firefox() -> str:
    """The path of a Firefox that can be driven: $FIREFOX, one on PATH, else installed by apt-get.

    Raises Refusal when none can be had, with every way that was tried.
    """
    chosen = os.environ.get("FIREFOX")
    if chosen:
        if not _is_driven(chosen):
            raise Refusal(f"FIREFOX is set to {chosen}, which is not Firefox {OLDEST_FIREFOX} yet.")
        return chosen
    for way in (_firefoxes, _firefoxes_by_apt):
        for found in way():
            if _is_driven(found):
                return found
    raise Refusal(
        f"No Firefox {OLDEST_FIREFOX} or newer for the second engine. Tried: $FIREFOX, PATH, "
        "apt-get (as root only). Install one (apt install firefox-esr) or set FIREFOX to its path."
    )


def _starts(program: str) -> bool:
    # Ubuntu's chromium-browser is there before Chromium is: it only tells how to install it.
    return _version(program) is not None


def _version(program: str) -> str | None:
    """What a program says of its version; None where it does not start."""
    try:
        shown = subprocess.run(
            [program, "--version"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return shown.stdout if shown.returncode == 0 else None


def _is_driven(firefox: str) -> bool:
    told = re.search(r"Firefox (\d+)", _version(firefox) or "")
    return told is not None and int(told[1]) >= OLDEST_FIREFOX


def _firefoxes() -> list[str]:
    return list(filter(None, map(shutil.which, FIREFOX_NAMES)))


def _firefoxes_by_apt() -> list[str]:
    return _firefoxes() if _installed("Firefox", "firefox-esr") else []


def _on_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _by_apt() -> str | None:
    return _on_path() if _installed("Chromium", "chromium") else None


def _installed(name: str, package: str) -> bool:
    """Whether apt-get, asked by root, has installed a package just now."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    say(f"Installing {name} with apt-get …")
    install = [apt, "install", "-y", "--no-install-recommends", package]
    return _tried([apt, "update"]) and _tried(install)


def _by_playwright() -> str | None:
    say("Fetching Chromium with playwright …")
    if not _tried([environment.PYTHON, "-m", "playwright", "install", "chromium"]):
        return None
    return environment.ask_python(
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as driver: print(driver.chromium.executable_path)"
    )


def _by_npm() -> str | None:
    say("Fetching Chromium with npm …")
    _OWN.mkdir(exist_ok=True)
    node = environment.find_node()
    install: list[str | Path] = [
        "install",
        "--silent",
        "--ignore-scripts",
        "--prefix",
        _OWN,
        NPM_PACKAGE,
    ]
    if not _tried([*node.npm, *install], node.environment):
        return None
    unpack = (
        "import chromium from '@sparticuz/chromium';"
        "process.stdout.write(await chromium.executablePath())"
    )
    unpacked = subprocess.run(
        [node.program, "--input-type=module", "-e", unpack],
        cwd=_OWN,
        # It unpacks to the folder of temporary files; here it stays for the next time.
        env={**node.environment, "TMPDIR": str(_OWN)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return unpacked.stdout or None


def _from_npm_before() -> str | None:
    before = _OWN / "chromium"
    return str(before) if before.is_file() else None


def _tried(command: Sequence[str | Path], env: dict[str, str] | None = None) -> bool:
    """Whether a command worked; its words go to standard error."""
    return children.run(command, environment=env).returncode == 0
