"""Run an entry script on mini-batches in worker processes: the main file of a ParallelRunStep.

This file is a template. ``pipeline.parallel_run_step`` puts it into the step's sources together
with the modules that it uses, so that it stands alone. The driver is the step's own process; each
of its threads has one worker, and starts the next one when that is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from synapse_magics.runtime.context import write_error
from synapse_magics.runtime.mini_batches import MiniBatch, mini_batches
from synapse_magics.runtime.parallel_process import Worker, WorkerLostError
from synapse_magics.runtime.parallel_worker import work
from synapse_magics.runtime.readers import read_pandas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPEC: dict[str, Any] = {}

_STARTS = 3
"""How often a worker may die before it is ready."""

_SAY_SECONDS = 1.0


@dataclass
class Tally:
    """What has become of the mini-batches so far."""

    done: int = 0
    failed: int = 0
    items: int = 0
    failed_items: int = 0
    retries: int = 0


class ParallelRunError(Exception):
    """A parallel run that cannot go on.

    Parameters
    ----------
    message : str
    first : mapping, optional
        The first error of the entry script, as its worker described it.
    """

    def __init__(self, message: str, first: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.first = dict(first or {})


class Driver:
    """Hand mini-batches out to workers until there are none left, or too much has failed.

    Parameters
    ----------
    settings : mapping
        ``SPEC`` with the values of this run.
    inputs : sequence of mapping
        Bindings of the inputs.
    arguments : sequence of str
        The entry script's own.
    output : pathlib.Path or None
        The output folder.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        inputs: Sequence[Mapping[str, Any]],
        arguments: Sequence[str],
        output: Path | None,
    ) -> None:
        self._settings = settings
        self._arguments = list(arguments)
        self._output = output
        self._logs = Path("logs").absolute()
        self._scratch = Path(".mini_batches").absolute()
        keys = list(settings["partition_keys"] or ())
        self._batches = mini_batches(inputs, settings["mini_batch_size"], keys, self._scratch)
        self._lock = threading.Lock()
        self._taking = threading.Lock()
        self._tally = Tally()
        self._first: dict[str, Any] = {}
        self._problem: ParallelRunError | None = None
        self._file: TextIO | None = None
        self._live: set[Worker] = set()
        self._said = 0.0
        nodes, processes = int(settings["node_count"]), settings["process_count_per_node"]
        if processes is None:
            processes = max(1, (os.cpu_count() or 1) // nodes)
        self._workers = nodes * int(processes)
        # The driver's own start, so that a worker is started as the driver was.
        count = len(sys.argv) - 1
        self._command = [sys.executable, *sys.orig_argv[1 : len(sys.orig_argv) - count]]

    def run(self) -> Tally:
        """Run everything, and return what has become of it.

        Raises
        ------
        ParallelRunError
            If it cannot go on, or too much has failed.
        """
        for part in ("stdout", "error", "entry_script_log"):
            (self._logs / "user" / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        _say(f"{self._workers} worker processes, entry script {self._settings['entry_script']}")
        with contextlib.ExitStack() as stack:
            if self._output is not None:
                self._output.mkdir(parents=True, exist_ok=True)
                if self._settings["append_row"]:
                    file = self._output / self._settings["append_row_file_name"]
                    self._file = stack.enter_context(file.open("w", encoding="utf-8"))
            threads = [
                threading.Thread(target=self._serve, args=(number,))
                for number in range(self._workers)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if self._problem is None:
            self._check_percent()
        self._tell(final=True)
        if self._problem is not None:
            raise self._problem
        return self._tally

    def _serve(self, number: int) -> None:
        """Work through mini-batches with one worker at a time."""
        worker: Worker | None = None
        try:
            for batch in iter(self._take, None):
                worker = self._process(worker, batch, f"process{number:03d}")
                batch.done()
        except ParallelRunError as error:
            self._stop(error)
        except Exception as error:  # noqa: BLE001 - a thread's error would only be printed
            self._stop(ParallelRunError(f"{type(error).__name__}: {error}"))
        finally:
            if worker is not None and self._problem is None:
                worker.end()
            elif worker is not None:
                worker.kill()

    def _take(self) -> MiniBatch | None:
        # Not under the lock of the results: to cut a file may take a while.
        with self._taking:
            return None if self._problem is not None else next(self._batches, None)

    def _process(self, worker: Worker | None, batch: MiniBatch, name: str) -> Worker | None:
        """Try a mini-batch until it succeeds or has had all its tries; return the worker then."""
        tries, seconds = (
            int(self._settings["run_max_try"]),
            self._settings["run_invocation_timeout"],
        )
        for attempt in range(1, tries + 1):
            if self._has_stopped():
                return worker
            if worker is None:
                worker = self._start(name)
            try:
                answer = worker.ask(batch.message(), float(seconds), "run()")
            except WorkerLostError as lost:
                with self._lock:
                    self._live.discard(worker)
                worker, answer = None, {"error": {"type": "", "message": str(lost)}}
                if self._has_stopped():
                    return None
            if "error" not in answer:
                self._keep(batch, answer)
                return worker
            again = attempt < tries
            self._note(batch, answer["error"], again=again)
        return worker

    def _start(self, name: str) -> Worker:
        for attempt in range(1, _STARTS + 1):
            worker = Worker(self._command, self._orders(name), self._logs / "user", name)
            with self._lock:
                self._live.add(worker)
            try:
                answer = worker.begin()
            except WorkerLostError as lost:
                if attempt == _STARTS or self._problem is not None:
                    raise ParallelRunError(f"no worker process gets ready: {lost}") from None
                continue
            if "error" in answer:
                worker.kill()
                error = answer["error"]
                raise ParallelRunError(f"the entry script does not start: {_words(error)}", error)
            return worker
        raise AssertionError

    def _orders(self, name: str) -> dict[str, Any]:
        return {
            "script": self._settings["entry_script"],
            "arguments": self._arguments,
            "rows": self._settings["append_row"],
            "level": str(self._settings["logging_level"]).upper(),
            "log": str(self._logs / "user" / "entry_script_log" / f"{name}.log.txt"),
            "output": str(self._output or ""),
        }

    def _keep(self, batch: MiniBatch, answer: Mapping[str, Any]) -> None:
        size = int(answer["size"])
        with self._lock:
            if self._file is not None:
                self._file.write(answer["lines"])
                self._file.flush()
            self._tally.done += 1
            self._tally.items += size
            # Each item of a result is an item that has succeeded, as in Azure ML; a partition is
            # one thing, and as a rule its result is, too.
            short = 0 if batch.keys is not None else max(0, size - int(answer["results"]))
            self._tally.failed_items += short
            if short and not self._first:
                self._first = {
                    "type": "",
                    "message": f"run() returned {answer['results']} results for {size} items "
                    f"(mini-batch {batch.number})",
                }
        self._check()
        self._tell()

    def _note(self, batch: MiniBatch, error: Mapping[str, Any], *, again: bool) -> None:
        """Take note of a try that failed; of the last one, of its mini-batch."""
        what = "is tried again" if again else "has failed"
        _say(f"mini-batch {batch.number} {what}: {_words(error)}")
        with self._lock:
            if not self._first:
                self._first = {**error, "message": f"{_words(error)} (mini-batch {batch.number})"}
            if again:
                self._tally.retries += 1
                return
            size = _size_of(batch)
            self._tally.failed += 1
            self._tally.items += size
            self._tally.failed_items += size
        self._check()
        self._tell()

    def _check(self) -> None:
        limit, count = int(self._settings["error_threshold"]), self._tally.failed_items
        if limit >= 0 and count > limit:
            self._stop_because(
                f"{count} items have failed, which is more than error_threshold {limit}"
            )
        batches = self._settings["allowed_failed_count"]
        if batches is not None and 0 <= int(batches) < self._tally.failed:
            self._stop_because(
                f"{self._tally.failed} mini-batches have failed, which is more than "
                f"allowed_failed_count {batches}"
            )

    def _check_percent(self) -> None:
        percent, tally = self._settings["allowed_failed_percent"], self._tally
        total = tally.done + tally.failed
        if percent is not None and total and 100 * tally.failed / total > float(percent):
            self._stop_because(
                f"{tally.failed} of {total} mini-batches have failed, which is more than "
                f"allowed_failed_percent {percent}"
            )

    def _stop_because(self, reason: str) -> None:
        self._stop(
            ParallelRunError(f"{reason}. The first error: {_words(self._first)}", self._first)
        )

    def _stop(self, error: ParallelRunError) -> None:
        with self._lock:
            if self._problem is None:
                self._problem = error
                for worker in self._live:
                    worker.abort()  # nobody waits for what they are at

    def _has_stopped(self) -> bool:
        return self._problem is not None

    def _tell(self, *, final: bool = False) -> None:
        """Say how far it is, and write the overview; not more often than somebody reads."""
        with self._lock:
            now, tally = time.monotonic(), self._tally
            if not final and now < self._said + _SAY_SECONDS:
                return
            self._said = now
            text = (
                f"{tally.done} mini-batches done, {tally.failed} failed, {tally.retries} tries "
                f"repeated; {tally.items} items, {tally.failed_items} failed"
            )
            _say(text)
            lines = [
                f"entry script: {self._settings['entry_script']}",
                f"worker processes: {self._workers}",
                f"mini-batches done: {tally.done}",
                f"mini-batches failed: {tally.failed}",
                f"tries repeated: {tally.retries}",
                f"items processed: {tally.items}",
                f"items failed: {tally.failed_items}",
                f"first error: {_words(self._first) if self._first else 'none'}",
                f"status: {_status(self._problem, final=final)}",
            ]
            part = self._logs / ".overview"
            part.write_text("\n".join(lines) + "\n", encoding="utf-8")
            part.replace(self._logs / "overview.txt")


def _status(problem: ParallelRunError | None, *, final: bool) -> str:
    if problem is not None:
        return f"failed: {problem}"
    return "completed" if final else "running"


def _size_of(batch: MiniBatch) -> int:
    """Return how many items a mini-batch has that nobody could tell the size of."""
    if batch.table is None:
        return len(batch.files)
    with contextlib.suppress(Exception):  # what failed may be that it cannot be read
        return len(read_pandas(batch.table))
    return 1


def _words(error: Mapping[str, Any]) -> str:
    kind, message = error.get("type") or "", error.get("message") or ""
    if kind and not str(message).startswith(f"{kind}:"):
        return f"{kind}: {message}" if message else str(kind)
    return str(message)


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
        sys.stdout.flush()


def parse(
    argv: Sequence[str],
) -> tuple[list[dict[str, Any]], str | None, dict[str, str], list[str]]:
    """Return the inputs, the output folder, the settings and the entry script's arguments.

    Parameters
    ----------
    argv : sequence of str
        ``--input NAME JSON``, ``--output NAME PATH``, ``--setting NAME VALUE``, repeated, then
        ``--`` and what is the entry script's.

    Returns
    -------
    tuple
    """
    end = list(argv).index("--")
    own, rest = argv[:end], list(argv[end + 1 :])
    inputs: list[dict[str, Any]] = []
    settings: dict[str, str] = {}
    output = None
    for option, name, value in zip(own[::3], own[1::3], own[2::3], strict=True):
        if option == "--input":
            text = value
            if value.startswith("@"):
                text = Path(value[1:]).read_text(encoding="utf-8")
            inputs.append({**json.loads(text), **SPEC.get("inputs", {}).get(name, {})})
        elif option == "--output":
            output = value
        else:
            settings[name] = value
    return inputs, output, settings, rest


def main(argv: list[str]) -> int:
    """Run as the driver, or as a worker.

    Parameters
    ----------
    argv : list of str

    Returns
    -------
    int
        The exit code of the process.
    """
    if argv[:1] == ["--worker"]:
        return work(int(argv[1]))
    inputs, output, settings, arguments = parse(argv)
    place = None if output is None else Path(output).absolute()
    try:
        Driver({**SPEC, **settings}, inputs, arguments, place).run()
    except ParallelRunError as error:
        first = error.first
        line = first.get("line")
        where = f"entry script {SPEC['entry_script']}"
        write_error(
            {
                "code": "UserError",
                "type": first.get("type") or "ParallelRunException",
                "message": str(error),
                "where": where if line is None else f"{where}, line {line}",
                "line": line,
                "source": first.get("source") or "",
                "traceback": first.get("traceback") or "",
            }
        )
        sys.stderr.write(f"{first.get('traceback') or ''}{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
