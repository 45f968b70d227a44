"""Runs a command in namespaces of its own: processes, mounts and network, so that nothing of what it starts outlives it.

    tools/isolated.py .venv/bin/pytest tests/faults

Inside, the command is root, sees no process but its own, may mount, and has a network of its own that reaches nothing outside.
Where namespaces may not be made, it says why, and the command runs without.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
from typing import NoReturn

MARK = "TXAPI_ISOLATED"  # set for the command when it runs in namespaces of its own
NAMESPACES = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
PR_SET_PDEATHSIG = 1
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1


def unshare() -> list[str]:
    """The command that makes the namespaces. Raises OSError with what hinders it."""
    program = shutil.which("unshare")
    if program is None:
        raise OSError("there is no program `unshare` (Linux, package util-linux)")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = [program, *user, *NAMESPACES]
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        raise OSError(
            f"{tried.stderr.strip()} (root needs CAP_SYS_ADMIN, anybody else a kernel that allows user namespaces)"
        )
    return command


def first_process(command: list[str]) -> int:
    """Inside: bring up the network, run the command, and bury orphans until it ends; its exit code."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)  # names of namespaces lie there
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    child = subprocess.Popen(command, env={**os.environ, MARK: "1"})
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which cleans up and ends
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def main(arguments: list[str]) -> NoReturn:
    """Run the command that the arguments are, and end as it ends."""
    if arguments[:1] == ["--inside"]:
        sys.exit(first_process(arguments[1:]))
    try:
        isolated = unshare()
    except OSError as hindrance:
        print(f"tools/isolated.py: no namespaces here: {hindrance}. The command runs without.", file=sys.stderr)
        os.execvp(arguments[0], arguments)
    # Whoever kills us means all of it: the kernel kills `unshare` with its parent, and `--kill-child` everything inside.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.execv(isolated[0], [*isolated, sys.executable, __file__, "--inside", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
