"""The files of a run: listed, fetched, kept."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.exceptions import UserErrorException, unsupported
from synapse_magics.core.run_base import RunBase
from synapse_magics.core.run_details import has_step
from synapse_magics.store.run_folder import STDERR, STDOUT, tail
from synapse_magics.store.specs import StepKind
from synapse_magics.store.store import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JOB_LOG = "logs/azureml/executionlogs.txt"
DRIVER_LOG = "azureml-logs/70_driver_log.txt"
USER_LOG = "user_logs/std_log.txt"

# Azure ML has had several names for what a script prints; here all are names of one file.
_ALIASES = {"logs/azureml/stdoutlogs.txt": STDOUT, "logs/azureml/stderrlogs.txt": STDERR}
_PYTHON_ALIASES = {DRIVER_LOG: STDOUT, USER_LOG: STDOUT}

_TAIL_BYTES = 64 * 1024
_LINE_BYTES = 400
_LOGS = ("logs/", "azureml-logs/", "user_logs/", "system_logs/")


class RunFiles(RunBase):
    """The files of a run."""

    def get_file_names(self) -> list[str]:
        """Return the names of the run's files, ``logs/...``, ``outputs/...`` and others."""
        found = self.folder.file_names()
        aliases = [name for name, real in self._aliases().items() if real in found]
        own = [JOB_LOG] if aliases else []
        return sorted({*found, *aliases, *own})

    def download_file(
        self, name: str, output_file_path: str | None = None, _validate_checksum: bool = False
    ) -> None:
        """Copy one of the run's files.

        Parameters
        ----------
        name : str
        output_file_path : str, optional
            A file or a folder; the working directory if missing.

        Raises
        ------
        UserErrorException
            If the run has none of that name; it lists those that it has.
        """
        del _validate_checksum
        self._require(name)
        target = Path(output_file_path or ".")
        if target.is_dir() or str(output_file_path or "").endswith("/"):
            target /= Path(name).name
        self._copy(name, target)

    def download_files(
        self,
        prefix: str | None = None,
        output_directory: str | None = None,
        output_paths: Sequence[str] | None = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: int | None = None,
    ) -> None:
        """Copy the run's files whose names begin alike.

        Parameters
        ----------
        prefix : str, optional
            All of them if missing.
        output_directory : str, optional
            The working directory if missing.
        output_paths : list of str, optional
            A path below the directory for each file, in the order of :meth:`get_file_names`.
        batch_size, timeout_seconds
            Ignored: nothing goes over a network.
        append_prefix : bool
            Keep the prefix in the path of each copy.

        Raises
        ------
        UserErrorException
            If there are not as many paths as files.
        """
        del batch_size, timeout_seconds
        names = [name for name in self.get_file_names() if name.startswith(prefix or "")]
        paths = list(output_paths) if output_paths is not None else names
        if output_paths is None and prefix and not append_prefix:
            paths = [name[len(prefix) :].lstrip("/") or Path(name).name for name in names]
        if len(paths) != len(names):
            raise UserErrorException(
                f"Number of output_paths ({len(paths)}) must match the number of files with the "
                f"prefix ({len(names)})",
                where=f"run {self.id}",
            )
        for name, path in zip(names, paths, strict=True):
            self._copy(name, Path(output_directory or ".") / path)

    def upload_file(
        self, name: str, path_or_stream: Any, datastore_name: str | None = None
    ) -> None:
        """Keep a file with the run.

        Parameters
        ----------
        name : str
            The name in the run, ``outputs/...`` as a rule.
        path_or_stream : str, path or binary stream
        datastore_name : str, optional
            Refused if given: files of a run lie in its folder.

        Raises
        ------
        UserErrorException
            If the run has a file of that name already, or the name leaves the run's folder.
        """
        unsupported("upload_file", "leave it out", datastore_name=datastore_name)
        if name in self.get_file_names():
            artifact = f"ExperimentRun/dcid.{self.id}/{name}"
            raise UserErrorException(
                f"Resource Conflict: ArtifactId {artifact} already exists.",
                where=f"run {self.id}",
                hint="files of a run are written once; choose another name",
            )
        try:
            target = self.folder.place(name)
        except ValueError as error:
            raise UserErrorException(str(error), error, where=f"run {self.id}") from error
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(path_or_stream, "read"):
            content = path_or_stream.read()
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        else:
            shutil.copyfile(path_or_stream, target)

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: int | None = None,
        datastore_name: str | None = None,
    ) -> dict[str, str] | None:
        """Keep several files with the run.

        Parameters
        ----------
        names, paths : sequence of str
            A name in the run for each file.
        return_artifacts : bool
            Return where each file is.
        timeout_seconds : int, optional
            Ignored: nothing goes over a network.
        datastore_name : str, optional
            Refused if given.

        Returns
        -------
        dict or None
        """
        del timeout_seconds
        if len(names) != len(paths):
            raise UserErrorException(f"{len(names)} names were given for {len(paths)} files")
        for name, path in zip(names, paths, strict=True):
            self.upload_file(name, path, datastore_name)
        return {name: str(self.folder.place(name)) for name in names} if return_artifacts else None

    def upload_folder(self, name: str, path: str, datastore_name: str | None = None) -> None:
        """Keep all files of a folder with the run.

        Parameters
        ----------
        name : str
            The folder's name in the run.
        path : str
        datastore_name : str, optional
            Refused if given.
        """
        folder = Path(path)
        if not folder.is_dir():
            raise UserErrorException(f"{path} is not a folder", where=f"run {self.id}")
        for file in sorted(item for item in folder.rglob("*") if item.is_file()):
            if STATE_FOLDER in file.relative_to(folder).parts:
                continue  # the workspace's own files, this run's among them
            inside = file.relative_to(folder).as_posix()
            self.upload_file(f"{name.rstrip('/')}/{inside}", file, datastore_name)

    def get_all_logs(self, destination: str | None = None) -> list[str]:
        """Copy all logs.

        Parameters
        ----------
        destination : str, optional
            A folder; one of the run's id in the working directory if missing.

        Returns
        -------
        list of str
            The copies.
        """
        folder, done = Path(destination or self.id), []
        for name in self.get_file_names():
            if name.startswith(_LOGS):
                self._copy(name, folder / name)
                done.append(str(folder / name))
        return done

    def log_tail(self, stream: str = "stdout", lines: int = 200) -> str:
        """Return the last lines of what the step's driver printed.

        Parameters
        ----------
        stream : str
            ``stdout`` or ``stderr``.
        lines : int

        Returns
        -------
        str
        """
        return tail(self.log_path(stream), lines, max(_TAIL_BYTES, lines * _LINE_BYTES))

    def log_path(self, stream: str = "stdout") -> Path:
        """Return the file of what the step's driver printed."""
        return self.folder.path / (STDERR if stream == "stderr" else STDOUT)

    # --- names and where they lie ---

    def _aliases(self) -> Mapping[str, str]:
        work = self._work
        if not has_step(work):
            return {}
        python = work.step.kind is StepKind.PYTHON
        return {**_ALIASES, **_PYTHON_ALIASES} if python else _ALIASES

    def _require(self, name: str) -> None:
        available = self.get_file_names()
        if name not in available:
            raise UserErrorException(
                f"File with path {name} was not found, available files include: "
                f"{','.join(available)}.",
                where=f"run {self.id}",
            )

    def _copy(self, name: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if name == JOB_LOG:
            target.write_text(self._job_log(), encoding="utf-8")
        else:
            shutil.copyfile(self.folder.place(self._aliases().get(name, name)), target)

    def _read(self, name: str) -> str:
        if name == JOB_LOG:
            return self._job_log()
        path = self.folder.place(self._aliases().get(name, name))
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def _job_log(self) -> str:
        """Return the history of a step: what the agent did with it, a line each."""
        work = self._work
        lines = [
            f"[{time.strftime('%Y-%m-%d %H:%M:%SZ', time.gmtime(event.time))}] {event.after}"
            f"{f': {event.message}' if event.message else ''}\n"
            for event in self._store.runs.events(work.root_id)
            if event.run_id == work.id
        ]
        return "".join(lines)
