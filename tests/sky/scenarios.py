"""Scenarios of AZOTEA: their frames, what happens to them, and the tables that come of it."""

import configparser
import csv
import hashlib
import importlib.util
import io
import json
import shutil
from dataclasses import replace
from fractions import Fraction

import numpy as np

from makers import CONFORMANCE
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.sky.config import read_observer
from swath.sky.directories import find_frames
from swath.sky.export import export
from swath.sky.reduce import reduce
from swath.sky.regions import parse_region

CASES = CONFORMANCE / "sky" / "0.3.16"
MAKER = CONFORMANCE.parent / "tools" / "make_dng.py"


def maker():
    spec = importlib.util.spec_from_file_location("make_dng", MAKER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = maker() if MAKER.is_file() else None


def make(root, frame):
    path = root / frame["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {name: frame[name] for name in ("gradient", "hot", "bits") if name in frame}
    shape = tuple(frame["shape"])
    raw = (
        constant(shape, *frame["const"][:2])
        if "const" in frame
        else MAKE.make_frame(shape, frame["levels"], frame["sigma"], frame["pattern"], seed=frame["seed"], **made)
    )
    assert hashlib.sha256(raw.tobytes()).hexdigest() == frame["sensor_sha256"]
    said = {name: frame[name] for name in ("datetime", "iso", "f_number", "active_area", "omit") if name in frame}
    if "exptime" in frame:
        said["exptime"] = Fraction(str(frame["exptime"]))
    MAKE.write_dng(path, raw, frame["pattern"], model=frame["model"], **said)


def constant(shape, total, pixels):
    """A sensor whose planes repeat some pixels of a given total."""
    plane = np.full(pixels, total // pixels, np.uint16)
    plane[: total % pixels] += 1
    return np.resize(plane, (shape[0] // 2, shape[1] // 2)).repeat(2, axis=0).repeat(2, axis=1)


def start(root, name, version="0.3.16"):
    """Make the frames and the configuration of a scenario."""
    folder = CASES.parent / version / name
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    for frame in case["frames"]:
        make(root, frame)
    ini = configparser.RawConfigParser()
    ini.optionxform = str
    ini.read(folder / "azotea.ini", encoding="utf-8")
    configure(ini, {"dark_roi": "", "scale": "", **case["base_ini"], **case["ini"]})
    return case, ini


def configure(ini, values):
    for key, value in values.items():
        (section,) = [name for name in ini.sections() if key in ini[name] and (name != "file") == (key != "filter")]
        ini[section][key] = str(value)


def act(root, ini, action):
    what, *names = action
    paths = [root / name for name in names if isinstance(name, str)]
    if what == "frame":
        make(root, names[0])
    elif what == "cp":
        paths[1].parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(*paths)
    elif what == "rm":
        paths[0].unlink()
    elif what == "mv":
        paths[0].rename(paths[1])
    elif what == "ini":
        configure(ini, names[0])


def reduced(root, ini, argv):
    """Reduce as the command line of a step says, into one store; gives the store and the work directory."""
    with (root / "o.ini").open("w", encoding="utf-8") as file:
        ini.write(file)
    observer = read_observer(root / "o.ini")
    if "--roi" in argv:
        observer = replace(observer, regions=(parse_region(argv[argv.index("--roi") + 1]),))
    work_dir = root / argv[argv.index("--work-dir") + 1]
    out = root / "store"
    reduce(find_frames(work_dir, observer, recursive=False), out, running=Running(Workers("threads", 2)))
    return out, work_dir


def table(text):
    """The rows of a CSV without the session, by name; the peer writes None for a missing ISO."""
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    return [{k: "" if v == "None" else v for k, v in row.items() if k != "session"} for row in rows]


def exported(store, columns=21):
    file = store.with_suffix(".csv")
    export(store, file, columns=columns)
    return file.read_bytes().decode()


def ordered(rows):
    return sorted(rows, key=lambda row: (row["tstamp"], row["name"], row["location"], row["aver_signal_R1"]))
