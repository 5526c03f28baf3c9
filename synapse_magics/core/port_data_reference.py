"""Where an output of a step is, and how to have it here."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core._console import say
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.output_preview import ShowsOutput
from synapse_magics.core.remote_data import bring
from synapse_magics.store.locations import LocationError

if TYPE_CHECKING:
    from synapse_magics.core.datastore import AbstractDatastore
    from synapse_magics.core.step_run import StepRun
    from synapse_magics.core.workspace import Workspace
    from synapse_magics.store.records import OutputRecord
    from synapse_magics.store.store import Store


class PortDataReference(ShowsOutput):
    """An output of a step run: a place on a datastore.

    Parameters
    ----------
    workspace : Workspace
    output : OutputRecord
    """

    def __init__(self, workspace: Workspace, output: OutputRecord) -> None:
        self._workspace = workspace
        self._output = output

    @property
    def name(self) -> str:
        """The output's name."""
        return self._output.name

    @property
    def datastore_name(self) -> str:
        """The datastore's name."""
        return self._output.datastore

    @property
    def path_on_datastore(self) -> str:
        """The place on the datastore."""
        return self._output.path

    @property
    def datastore(self) -> AbstractDatastore:
        """The datastore."""
        return self._workspace.datastores[self._output.datastore]

    def download(
        self,
        local_path: str,
        overwrite: bool | None = None,
        show_progress: bool | None = None,
    ) -> int:
        """Copy the output below a folder, under its path on the datastore.

        Parameters
        ----------
        local_path : str
        overwrite : bool, optional
            Replace files that are there; they are skipped otherwise.
        show_progress : bool, optional
            Say what is copied; that is done unless it is False.

        Returns
        -------
        int
            How many files were copied.

        Raises
        ------
        UserErrorException
            If nothing was written there.
        """
        root = self._workspace.store.datastore_root(self.datastore_name)
        place = root / self.path_on_datastore
        source = {"datastore": self.datastore_name, "path": self.path_on_datastore}
        with contextlib.suppress(LocationError):  # which is told below
            bring(self._workspace.store, [source])
        if not place.exists():
            raise UserErrorException(f"output {self.name} was not written", where=str(place))
        files = [place] if place.is_file() else sorted(f for f in place.rglob("*") if f.is_file())
        done = 0
        for file in files:
            target = Path(local_path) / file.relative_to(root)
            if target.exists() and not overwrite:
                if show_progress is not False:
                    say(f"Skipping {target}: it exists, and overwrite is not set")
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            done += 1
            if show_progress is not False:
                say(f"Downloaded {file.relative_to(root)}, {done} files out of {len(files)}")
        return done

    def _shown(self) -> tuple[Store, OutputRecord]:
        return self._workspace.store, self._output

    def __repr__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self.name}"


class StepRunOutput(ShowsOutput):
    """An output of a step run, by its name.

    Parameters
    ----------
    step_run : StepRun
    output : OutputRecord
    """

    def __init__(self, step_run: StepRun, output: OutputRecord) -> None:
        self.step_run = step_run
        self._output = output

    @property
    def name(self) -> str:
        """The output's name."""
        return self._output.name

    @property
    def pipeline_run_id(self) -> str:
        """The id of the pipeline run."""
        return self.step_run.pipeline_run_id

    def get_port_data_reference(self) -> PortDataReference:
        """Return where the output is."""
        return PortDataReference(self.step_run.workspace, self._output)

    def _shown(self) -> tuple[Store, OutputRecord]:
        return self.step_run.workspace.store, self._output

    def __repr__(self) -> str:
        return f"StepRunOutput(name={self.name!r}, step={self.step_run.name!r})"
