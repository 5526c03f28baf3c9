"""Places on datastores, as Azure ML's older calls name them: references and paths."""

from __future__ import annotations

import logging
import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import NotSupportedError, UserErrorException

if TYPE_CHECKING:
    from synapse_magics.core.datastore import AbstractDatastore

log = logging.getLogger(__name__)

VARIABLE = "AZUREML_DATAREFERENCE_"
"""What the variable begins with by which a step is told where a reference is."""

REFERENCE_MODES = ("mount", "download", "upload")


class DataReference:
    """A place on a datastore, and how a step gets at it.

    Parameters
    ----------
    datastore : AbstractDatastore
    data_reference_name : str, optional
        The datastore's name if missing.
    path_on_datastore : str, optional
    mode : str
        ``mount``: in place; ``download``: a copy; ``upload``: a local folder that is copied to
        the place after success.
    path_on_compute : str, optional
        Where in the step's working directory it is to be found.
    overwrite : bool
        Whether an upload may replace what is there; a download never meets anything.
    """

    def __init__(
        self,
        datastore: AbstractDatastore,
        data_reference_name: str | None = None,
        path_on_datastore: str | None = None,
        mode: str = "mount",
        path_on_compute: str | None = None,
        overwrite: bool = False,
    ) -> None:
        self.datastore = datastore
        self.data_reference_name = data_reference_name or datastore.name
        self.path_on_datastore = path_on_datastore
        if mode not in REFERENCE_MODES:
            raise UserErrorException(
                f"Invalid mode {mode}. It must be one of {', '.join(REFERENCE_MODES)}.",
                where=f"data reference {self.data_reference_name}",
            )
        self.mode = mode
        where = f"data reference {self.data_reference_name}"
        self.path_on_compute = check_path_on_compute(path_on_compute, where, told=mode != "upload")
        self.overwrite = overwrite

    def path(
        self, path: str | None = None, data_reference_name: str | None = None
    ) -> DataReference:
        """Return a reference to a place below this one.

        Parameters
        ----------
        path : str, optional
        data_reference_name : str, optional
            Random if missing, as in Azure ML.

        Returns
        -------
        DataReference
        """
        below = "/".join(part.strip("/") for part in (self.path_on_datastore, path) if part)
        name = data_reference_name or (uuid.uuid4().hex if path else self.data_reference_name)
        return DataReference(self.datastore, name, below or None)

    def as_download(
        self, path_on_compute: str | None = None, overwrite: bool = False
    ) -> DataReference:
        """Return the reference as a local copy."""
        return self._with("download", path_on_compute, overwrite)

    def as_upload(
        self, path_on_compute: str | None = None, overwrite: bool = False
    ) -> DataReference:
        """Return the reference as a local folder that is copied to the place after success."""
        return self._with("upload", path_on_compute, overwrite)

    def as_mount(self) -> DataReference:
        """Return the reference as a path in place."""
        return self._with("mount", None, overwrite=False)

    def _with(self, mode: str, path_on_compute: str | None, overwrite: bool) -> DataReference:
        return DataReference(
            self.datastore,
            self.data_reference_name,
            self.path_on_datastore,
            mode,
            path_on_compute,
            overwrite,
        )

    def to_config(self) -> dict[str, object]:
        """Return the reference as a run configuration holds it.

        Returns
        -------
        dict
        """
        return {
            "dataStoreName": self.datastore.name,
            "mode": self.mode,
            "pathOnDataStore": self.path_on_datastore,
            "pathOnCompute": self.path_on_compute,
            "overwrite": self.overwrite,
        }

    def __repr__(self) -> str:
        return f"${VARIABLE}{self.data_reference_name}"


class DataPath:
    """A path on a datastore.

    Parameters
    ----------
    datastore : AbstractDatastore, optional
    path_on_datastore : str, optional
    name : str, optional
        ``<datastore>_<8 hexadecimal digits>`` if missing.
    """

    def __init__(
        self,
        datastore: AbstractDatastore | None = None,
        path_on_datastore: str | None = None,
        name: str | None = None,
    ) -> None:
        self.datastore = datastore
        self.path_on_datastore = path_on_datastore
        self.name = name or f"{self.datastore_name or 'datapath'}_{uuid.uuid4().hex[:8]}"

    @property
    def datastore_name(self) -> str | None:
        """The name of the datastore."""
        return None if self.datastore is None else self.datastore.name

    def create_data_reference(
        self,
        data_reference_name: str | None = None,
        datapath_compute_binding: DataPathComputeBinding | None = None,
    ) -> DataReference:
        """Return a reference to the path.

        Parameters
        ----------
        data_reference_name : str, optional
            The path's name if missing.
        datapath_compute_binding : DataPathComputeBinding, optional
            Mounted if missing.

        Returns
        -------
        DataReference
        """
        if self.datastore is None:
            raise UserErrorException("the data path names no datastore", where=f"path {self.name}")
        how = datapath_compute_binding or DataPathComputeBinding()
        return DataReference(
            self.datastore,
            data_reference_name or self.name,
            self.path_on_datastore,
            how.mode,
            how.path_on_compute,
            how.overwrite,
        )

    def __repr__(self) -> str:
        return f"DataPath({self.datastore_name!r}, {self.path_on_datastore!r})"


class DataPathComputeBinding:
    """How a step gets at a path on a datastore.

    Parameters
    ----------
    mode : str
        ``mount``, ``download`` or ``upload``.
    path_on_compute : str, optional
        Where in the step's working directory it is to be found.
    overwrite : bool
        Whether an upload may replace what is there.
    """

    def __init__(
        self, mode: str = "mount", path_on_compute: str | None = None, overwrite: bool = False
    ) -> None:
        if mode not in REFERENCE_MODES:
            raise UserErrorException(
                f"Invalid mode {mode}. It must be one of {', '.join(REFERENCE_MODES)}.",
                where="DataPathComputeBinding",
            )
        self.mode = mode
        self.path_on_compute = check_path_on_compute(
            path_on_compute, "DataPathComputeBinding", told=mode != "upload"
        )
        self.overwrite = overwrite


def check_path_on_compute(path: str | None, where: str, *, told: bool = False) -> str | None:
    """Return a place in a step's working directory, or refuse it.

    An input's place in the root, often one of a random name in ``/tmp``, is not made: steps share
    this machine. Code finds the input nevertheless, as it is told the path.

    Parameters
    ----------
    path : str or None
    where : str
        What it is for.
    told : bool
        Take an absolute one, with a warning: the step is told another.

    Returns
    -------
    str or None

    Raises
    ------
    NotSupportedError
        If it is absolute or leaves the directory: steps share this machine with everybody else,
        and each has a directory of its own.
    """
    if path is None:
        return None
    place = PurePosixPath(path)
    if told and place.is_absolute() and ".." not in place.parts:
        log.warning(
            "%s: %s is not made on this machine; the step is told by its arguments and its "
            "environment where the data is.",
            where,
            path,
        )
    elif place.is_absolute() or ".." in place.parts or not place.parts:
        raise NotSupportedError(
            f"{path!r} as a place on the compute is not supported here",
            where=where,
            hint="a path relative to the step's working directory, such as 'data/in'; or none: "
            "the step is told the path by its arguments and environment",
        )
    return place.as_posix()
