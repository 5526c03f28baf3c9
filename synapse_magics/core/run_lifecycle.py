"""How runs begin and end by hand: completed, failed, canceled, with children of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapse_magics.agent import client
from synapse_magics.core.announcement import announce_waited
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException
from synapse_magics.core.run_tree import PARENT, RunTree
from synapse_magics.store.runs import INTERACTIVE, STEP
from synapse_magics.store.states import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from synapse_magics.core.run import Run


class RunLifecycle(RunTree):
    """What ends a run, and what begins another one below it."""

    def cancel(self) -> None:
        """End the run with everything that it started."""
        record = self.record
        if record.kind == INTERACTIVE:
            self._end(RunStatus.CANCELED, "canceled")
            return
        announce_waited(self.id)
        self._store.runs.request_cancel(record.id)
        client.wake(self._store.folder)

    def complete(self, _set_status: bool = True) -> None:
        """Mark the run as completed.

        Raises
        ------
        NotSupportedError
            If a process does its work: that one's end is the run's.
        """
        if _set_status:
            self._require_interactive("complete")
            self._end(RunStatus.COMPLETED)

    def fail(
        self,
        error_details: str | BaseException | None = None,
        error_code: str | None = None,
        _set_status: bool = True,
    ) -> None:
        """Mark the run as failed.

        Parameters
        ----------
        error_details : str or BaseException, optional
        error_code : str, optional
            ``UserError`` if missing.

        Raises
        ------
        NotSupportedError
            If a process does its work: that one's end is the run's.
        """
        if not _set_status:
            return
        self._require_interactive("fail")
        message = str(error_details) if error_details is not None else "the run failed"
        error: dict[str, Any] = {"code": error_code or "UserError", "message": message}
        if isinstance(error_details, BaseException):
            error["type"] = type(error_details).__name__
        self._end(RunStatus.FAILED, message, error)

    def flush(self, timeout_seconds: float = 300) -> None:
        """Do nothing: every call is written at once.

        Parameters
        ----------
        timeout_seconds : float
        """

    def child_run(
        self, name: str | None = None, run_id: str | None = None, outputs: str | None = None
    ) -> Run:
        """Begin a run below this one; whoever began it ends it.

        Parameters
        ----------
        name : str, optional
        run_id : str, optional
        outputs : str, optional
            Refused if given: ``upload_folder`` keeps a folder with the run.

        Returns
        -------
        Run
        """
        if outputs is not None:
            raise NotSupportedError(
                "outputs is not supported here",
                where="Run.child_run",
                hint="child.upload_folder('outputs', path)",
            )
        record, runs = self.record, self._store.runs
        chosen = runs.begin(
            record.experiment, name=name or record.name, run_id=run_id, parent_id=record.id
        )
        return self._typed(self._record_of(chosen))

    def create_children(
        self,
        count: int | None = None,
        tag_key: str | None = None,
        tag_values: Sequence[str] | None = None,
    ) -> list[Run]:
        """Begin several runs below this one.

        Parameters
        ----------
        count : int, optional
        tag_key : str, optional
            A tag of each of them.
        tag_values : sequence of str, optional
            The tag's value for each.

        Returns
        -------
        list of Run

        Raises
        ------
        UserErrorException
            If it is not clear how many.
        """
        if (tag_key is None) != (tag_values is None) or (count is None and tag_values is None):
            raise UserErrorException(
                "Invalid arguments. To specify tags for child runs, tag_key and tag_values must "
                "both be set. Otherwise, specify only count"
            )
        values = [None] * (count or 0) if tag_values is None else list(tag_values)
        if count is not None and count != len(values):
            raise UserErrorException(f"count is {count}, and there are {len(values)} tag_values")
        children = [self.child_run() for _ in values]
        for child, value in zip(children, values, strict=True):
            if tag_key is not None:
                child.tag(tag_key, value)
        return children

    def submit_child(
        self, config: Any, tags: Mapping[str, str] | None = None, **kwargs: Any
    ) -> Run:
        """Submit a run of its own that is this one's child.

        Parameters
        ----------
        config : ScriptRunConfig
        tags : mapping, optional
        **kwargs
            As for :meth:`Experiment.submit`.

        Returns
        -------
        Run
        """
        child = self.experiment.submit(config, tags=tags, **kwargs)
        self._store.records.set_label(child.id, PARENT, self.id)
        return child

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.record.kind != INTERACTIVE or self.record.status.is_terminal:
            return
        if error is None:
            self.complete()
        else:
            self.fail(error)

    def _require_interactive(self, what: str) -> None:
        record = self.record
        if record.kind != INTERACTIVE:
            raise NotSupportedError(
                f"{what.capitalize()} is unsupported for {self._kind_in_words(record.kind)} run.",
                where=f"run {self.id}",
                hint="its process decides how it ends; run.cancel() ends it",
            )

    @staticmethod
    def _kind_in_words(kind: str) -> str:
        return {STEP: "Step", "azureml.PipelineRun": "Pipeline"}.get(kind, "Script")

    def _end(
        self, status: RunStatus, message: str = "", error: Mapping[str, Any] | None = None
    ) -> None:
        record = self.record
        if not record.status.is_terminal:
            self._store.runs.transition(
                record.id, record.status, status, message=message, error=error
            )
            self._end_children(status)

    def _end_children(self, status: RunStatus) -> None:
        # Children that nobody has ended end as their parent does.
        for child in self._open_children():
            child._end(status)  # noqa: SLF001 - of the same kind

    def _open_children(self) -> Iterable[RunLifecycle]:
        return [
            child
            for child in self.get_children()
            if child.record.kind == INTERACTIVE and not child.record.status.is_terminal
        ]
