"""Ports on this machine that nobody else is using."""

import secrets
import socket

LOOPBACK = "127.0.0.1"
# Below the range the kernel uses for outgoing connections: ours are still free after a restart.
_FIRST, _LAST = 20_000, 29_999


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of the loopback address now."""
    with socket.socket() as probe:
        # As servers do it: connections of an earlier run that linger in TIME_WAIT are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that is free now, chosen at random so that two who ask seldom get the same."""
    while True:
        port = _FIRST + secrets.randbelow(_LAST - _FIRST + 1)
        if is_free(port):
            return port
