"""The environment of a step: built by uv as a task before it, once, whole or not at all."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_magics.staging.failure import StagingError, TransientError
from synapse_magics.staging.package_indexes import arguments, pip_configuration, variables
from synapse_magics.staging.task import Desk, Task
from synapse_magics.store.environments import WHEELS, is_ready, locked, mark_ready, python_of
from synapse_magics.store.installers import find_conda, find_uv
from synapse_magics.store.regular_files import remove
from synapse_magics.store.requirements import (
    PRIVATE_WHEELS,
    RequirementSet,
    credentials,
    filled_in,
    references,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What the compatibility package stands for; nothing that asks for one of them brings the SDK along.
_SDK = (
    *("azureml", "azure-ml-api-sdk", "azureml-automl-core", "azureml-automl-runtime"),
    *("azureml-core", "azureml-dataprep", "azureml-dataprep-native", "azureml-dataprep-rslex"),
    *("azureml-dataset-runtime", "azureml-defaults", "azureml-interpret", "azureml-pipeline"),
    *("azureml-pipeline-core", "azureml-pipeline-steps", "azureml-sdk", "azureml-synapse"),
    *("azureml-telemetry", "azureml-train", "azureml-train-automl", "azureml-train-automl-client"),
    *("azureml-train-core", "azureml-train-restclients-hyperdrive", "azureml-widgets"),
)

_PASSING = re.compile(
    r"error sending request|dns error|timed out|connection (reset|refused)|status.*\b(5\d\d|429)\b",
    re.IGNORECASE,
)
_MOST_LINES = 40
_SHORTEST = 4


@dataclass(frozen=True)
class BuildEnvironment(Task):
    """Build an environment, if nobody else has or does.

    It is built where it will lie, because some programs in it know their own place, and is taken
    for ready by a mark that is written last.

    Parameters
    ----------
    place : str
    requirements : mapping
        See :class:`~synapse_magics.store.requirements.RequirementSet`.
    folder : str
        What paths among the options start from.
    secrets : mapping
        What the requirements refer to as ``keyvault:NAME``, by that name.
    where : str
    """

    kind: ClassVar[str] = "environment"

    place: str
    requirements: Mapping[str, Any]
    folder: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    where: str = "environment"

    def carry_out(self, desk: Desk) -> None:
        """Build it, and say in the log what is done."""
        place = Path(self.place)
        try:
            with locked(place, wait=False):
                self._build(place, desk)
                return
        except BlockingIOError:
            desk.say(f"{self.where}: another process builds it; waiting for that")
        with locked(place):
            self._build(place, desk)

    def _build(self, place: Path, desk: Desk) -> None:
        if is_ready(place):
            return
        remove(place)  # what a killed builder has left
        wanted = RequirementSet.from_dict(self.requirements)
        count = len(wanted.pip) + len(wanted.conda)
        named = f"{count} requirement{'' if count == 1 else 's'}"
        desk.say(f"{self.where}: building it of {named} for Python {wanted.python}")
        begin = time.monotonic()
        builder = _Builder(self, wanted, place, desk)
        try:
            builder.build()
        except BaseException:
            remove(place)
            raise
        mark_ready(place, wanted)
        desk.say(f"{self.where}: built in {time.monotonic() - begin:.1f} s")


class _Builder:
    """One building of an environment.

    Parameters
    ----------
    task : BuildEnvironment
    wanted : RequirementSet
    place : pathlib.Path
    desk : Desk
    """

    def __init__(
        self, task: BuildEnvironment, wanted: RequirementSet, place: Path, desk: Desk
    ) -> None:
        self._task, self._wanted, self._place, self._desk = task, wanted, place, desk
        wheels = (place.parents[1] / WHEELS).absolute().as_uri()
        values = {**os.environ, **task.secrets, PRIVATE_WHEELS: wheels}
        used = {name for text in (*wanted.pip, *wanted.options) for name in references(text)}
        missing = sorted(used - values.keys())
        if missing:
            raise StagingError(
                f"an address of an index refers to ${{{missing[0]}}}, which is not there",
                where=task.where,
                hint="a variable of the process that submits, or a secret of the keyvault",
            )
        self._pip = [filled_in(text, values) for text in wanted.pip]
        self._options = [filled_in(text, values) for text in wanted.options]
        # A shorter value is more likely to be an ordinary word.
        self._secrets = {
            values[name] for name in used - {PRIVATE_WHEELS} if len(values[name]) >= _SHORTEST
        }

    def build(self) -> None:
        """Make the environment and install what it has to hold."""
        wanted = self._wanted
        uv = find_uv()
        if uv is None:
            raise StagingError(
                "to build environments takes uv, which is not installed",
                where=self._task.where,
                hint="pip install 'synapse-magics[environments]'",
            )
        pip = pip_configuration()
        self._secrets.update(secret for value in pip.values() for secret in credentials(value))
        environment = variables(self._options, pip)
        if wanted.conda:
            self._make_by_conda(environment)
        else:
            self._make(uv, environment)
        if self._pip:
            self._install(uv, environment)

    def _make(self, uv: str, environment: Mapping[str, str]) -> None:
        version = self._wanted.python
        ours = version == f"{sys.version_info.major}.{sys.version_info.minor}"
        python = sys.executable if ours else version
        command = [uv, "venv", "--no-project", "--relocatable", "--python", python]
        self._run(
            [*command, str(self._place)],
            environment,
            hint=None
            if ours
            else f"install Python {version}, or ask for none;"
            " UV_PYTHON_DOWNLOADS=automatic lets uv fetch it",
            quiet=True,
        )

    def _install(self, uv: str, environment: Mapping[str, str]) -> None:
        excluded = self._place / "excluded.txt"
        excluded.write_text("".join(f"{name}\n" for name in _SDK))
        self._run(
            [
                *(uv, "pip", "install", "--python", str(python_of(self._place))),
                # As pip does: the best version wherever it is, not the first index that has one.
                *("--index-strategy", "unsafe-best-match", "--excludes", str(excluded)),
                *arguments(self._options),
                *("--requirements", "-"),
            ],
            environment,
            text="".join(f"{line}\n" for line in self._pip),
            hint="Environment.build(workspace) tries it again; versions are what to change",
        )

    def _make_by_conda(self, environment: Mapping[str, str]) -> None:
        conda = find_conda()
        if conda is None:
            raise StagingError(
                f"{self._wanted.conda[0]} is what only conda has, which is not installed",
                where=self._task.where,
                hint="install micromamba, mamba or conda",
            )
        channels = [item for name in self._wanted.channels for item in ("--channel", name)]
        self._run(
            [
                *(conda, "create", "--yes", "--quiet", "--prefix", str(self._place)),
                *(["--override-channels", *channels] if channels else []),
                *(f"python={self._wanted.python}", *self._wanted.conda),
            ],
            environment,
            hint="the packages' names and versions are what to change",
        )

    def _run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        text: str = "",
        hint: str | None = None,
        quiet: bool = False,
    ) -> None:
        """Run a program and pass on what it says; its words are those of the failure."""
        said: deque[str] = deque(maxlen=_MOST_LINES)
        with subprocess.Popen(
            command,
            cwd=self._task.folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
        ) as process:
            assert process.stdin is not None  # noqa: S101 - for the type checker
            assert process.stdout is not None  # noqa: S101
            try:
                with process.stdin as gate:
                    gate.write(text)
            except BrokenPipeError:
                pass  # it says why
            for line in process.stdout:
                words = without(line.rstrip(), self._secrets)
                said.append(words)
                if not quiet:
                    self._desk.say(words)
        if process.returncode != 0:
            whole = "\n".join(said)
            begin = re.search(r"^\s*(error:|Traceback)", whole, re.MULTILINE)
            words = whole[begin.start() :] if begin else whole
            words = (
                words.strip().removeprefix("error: ")
                or f"{Path(command[0]).name} ended with {process.returncode}"
            )
            kind = TransientError if _PASSING.search(words) else StagingError
            raise kind(words, where=self._task.where, hint=hint)
