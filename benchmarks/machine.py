"""What the figures were measured on, and when."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import psutil

import synapse_magics
from synapse_magics.runtime.java import JavaNotFoundError, find_java_home

ROOT = Path(__file__).parents[1]


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found.group(1) if found else platform.machine()


def _java() -> str:
    try:
        home = find_java_home()
    except JavaNotFoundError as error:
        return str(error)
    command = [str(home / "bin" / "java"), "-version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return " ".join(done.stderr.splitlines()[1:2]) or done.stderr.strip()


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def load() -> str:
    """Return how busy the machine is: the averages of 1 and 5 minutes."""
    last, before, _ = os.getloadavg()
    return f"{last:.1f}, {before:.1f}"


def describe() -> dict[str, str]:
    """Return the machine, the versions and the date by their names."""
    cores = psutil.cpu_count() or 1
    busy = os.getloadavg()[0] > cores / 4
    other = " (**busy with other work: durations are too long, ratios hold better**)"
    return {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "cores": f"{cores}, {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "load before the run (1, 5 minutes)": load() + (other if busy else ""),
        "Python": platform.python_version(),
        "Spark": version("pyspark"),
        "Java": _java(),
        "synapse_magics": " ".join(filter(None, [synapse_magics.__version__, _commit()])),
    }
