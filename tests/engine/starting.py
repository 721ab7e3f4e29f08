"""Starting the small jobs as processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PATHS = os.pathsep.join([str(HERE), str(HERE.parent)])


def start(script, *arguments, **environment):
    """Start a script of this directory."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    given = os.environ | {"PYTHONPATH": PATHS} | environment
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=given, text=True, start_new_session=True, **pipes)


def finish(process, timeout=120):
    """Wait for a process: its exit status and its outputs."""
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err
