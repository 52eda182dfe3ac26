"""What can be told from the code without running it: style, types, layers."""

import os
import subprocess

from embedded import environment
from embedded.refusal import say


def check() -> int:
    """Run every check though one fails; gives 0 when all passed, else 1."""
    environment.prepare_python()
    node = environment.prepare_node_modules()

    def installed(name: str) -> str:
        return str(environment.VENV / "bin" / name)

    # `dev` has no ending that says it is Python, so the tools must be told of it.
    checks = {
        "ruff check": [installed("ruff"), "check", ".", "dev"],
        "ruff format": [installed("ruff"), "format", "--check", ".", "dev"],
        "mypy": [installed("mypy")],
        "lint-imports": [installed("lint-imports")],
        "npm run check": [*map(str, node.npm), "run", "--silent", "check"],
    }
    passed = {}
    for name, command in checks.items():
        say(f"— {name}")
        done = subprocess.run(
            command,
            cwd=environment.ROOT,
            env={**os.environ, **node.environment},
            check=False,
        )
        passed[name] = done.returncode == 0
    for name, well in passed.items():
        say(f"{'passed' if well else 'FAILED'}  {name}")
    return 0 if all(passed.values()) else 1
