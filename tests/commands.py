"""The ``swath`` command as a process of its own, and as a call of its entry point in this one.

A process finds what only a fresh start shows: each command is started so once. What else a command does is the same
in a call, which costs no start.
"""

import gc
import subprocess
import sys
import tempfile
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from swath.cli.main import main

COMMAND = [sys.executable, "-W", "error", "-m", "swath.cli.main"]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def started(*arguments, cwd=None):
    """Run a command in a process of its own."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, encoding="utf-8", timeout=120)


def called(*arguments, cwd=None):
    """Run a command in this process; it writes to files, as a process does whose output goes into one."""
    threshold = gc.get_threshold()
    with ExitStack() as stack:
        shown, said = (stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="")) for _ in "12")
        stack.enter_context(redirect_stdout(shown))
        stack.enter_context(redirect_stderr(said))
        stack.enter_context(patch.object(sys, "argv", ["swath", *map(str, arguments)]))
        stack.callback(gc.set_threshold, *threshold)
        if cwd is not None:
            stack.enter_context(chdir(cwd))
        return Done(_status(), _text(shown), _text(said))


def _status():
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    return 0


def _text(file):
    file.flush()
    file.seek(0)
    return file.read().replace("\r\n", "\n")
