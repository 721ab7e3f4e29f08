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
    given = {name: value for name, value in environment.items() if name.isupper()}
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": PATHS} | given, text=True, cwd=environment.get("cwd"),
                            start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def finish(process, timeout=120):
    """Wait for a process: its exit status and its outputs."""
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err
