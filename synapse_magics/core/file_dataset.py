"""File datasets: files on a datastore, whatever is in them."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from synapse_magics.core.dataset_choices import ChoosingDataset
from synapse_magics.core.exceptions import NotSupportedError, UserErrorException, unsupported
from synapse_magics.core.expressions import ColumnExpression, condition_data
from synapse_magics.core.file_mount import FileMount
from synapse_magics.runtime.partition_formats import key_values, path_values
from synapse_magics.store.dataset_files import named_paths
from synapse_magics.store.file_operations import METADATA
from synapse_magics.store.locations import LocationError, base_folder
from synapse_magics.store.registry import content_id

if TYPE_CHECKING:
    from typing_extensions import Self

    from synapse_magics.core.data_config import DatasetConsumptionConfig


class FileDataset(ChoosingDataset):
    """Files, whatever is in them; operations choose among them when they are listed."""

    def to_path(self) -> list[str]:
        """Return the files' paths, relative to the folder or the glob's base they were found in.

        Those of several places are relative to what the places have in common.
        """
        return [f"/{name}" for _, name in self._named()]

    def _named(self) -> list[tuple[Path, str]]:
        files = self.files()  # first: a base is a folder only when it is there
        folders = [
            base_folder(self.workspace.store.datastore_root(source["datastore"]), source["path"])
            for source in self.definition["sources"]
        ]
        common = os.path.commonpath(folders)
        return [(file, file.relative_to(common).as_posix()) for file in files]

    def filter(self, expression: Any) -> Self:
        """Return the files that fulfil a condition.

        Parameters
        ----------
        expression : Condition
            ``dataset.file_metadata('Size') > 1000``; ``&``, ``|`` and ``~`` join some.

        Returns
        -------
        FileDataset
        """
        data = condition_data(expression, list(METADATA), "filter")
        return self._operated({"name": "filter", "expression": data})

    def file_metadata(self, col: str) -> ColumnExpression:
        """Return what is known of each file, for a condition of a filter.

        Parameters
        ----------
        col : str
            ``Size``, ``LastModifiedTime``, ``CreationTime`` (the same here), ``Extension`` (with
            its dot) or ``CanSeek``.

        Returns
        -------
        ColumnExpression
        """
        if col not in METADATA:
            raise UserErrorException(
                f"nothing called {col!r} is known of files",
                where="file_metadata",
                hint=f"one of {', '.join(METADATA)}",
            )
        return ColumnExpression(col, METADATA[col])

    def __getitem__(self, key: str) -> NoReturn:
        raise NotSupportedError(
            "the files of a dataset have no columns here",
            where=f"dataset[{key!r}]",
            hint="file_metadata('Size'), or a glob: from_files((datastore, '2020/*/a.csv'))",
        )

    def __iter__(self) -> NoReturn:
        raise TypeError("a dataset cannot be iterated; dataset.to_path() lists its files")

    def mount(self, mount_point: str | None = None, **kwargs: Any) -> FileMount:
        """Return a folder that holds the files while it is mounted: as links, nothing is copied.

        Parameters
        ----------
        mount_point : str, optional
            A folder with nothing in it, or none yet; a temporary one if missing.
        **kwargs
            Azure ML's ``MountOptions``: refused if given, there is no cache.

        Returns
        -------
        FileMount
            A context manager, with ``mount_point``, ``start()`` and ``stop()``.
        """
        unsupported("mount", "leave it out: the files are on this machine", **kwargs)
        return FileMount(self._named(), mount_point)

    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """Return the dataset as an input that is a path in place, named after its definition."""
        return self._input("mount", path_on_compute)

    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """Return the dataset as an input that is a local copy, named after its definition."""
        return self._input("download", path_on_compute)

    def as_hdfs(self) -> DatasetConsumptionConfig:
        """Return the dataset as an input that is an address, named after its definition."""
        return self._input("hdfs")

    def _input(self, mode: str, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        from synapse_magics.core.data_config import (  # noqa: PLC0415 - a cycle otherwise
            DatasetConsumptionConfig,
        )

        # Of the definition: the same step has the same inputs the next time, and is reused.
        name = f"input_{content_id(self.definition)[:8]}"
        return DatasetConsumptionConfig(name, self, mode, path_on_compute)

    def download(
        self,
        target_path: str | None = None,
        overwrite: bool = False,
        ignore_not_found: bool = False,
    ) -> list[str]:
        """Copy the files to a local folder.

        Parameters
        ----------
        target_path : str, optional
            A new folder in the working directory if missing.
        overwrite : bool
        ignore_not_found : bool
            Pass over what is not there any more.

        Returns
        -------
        list of str
            The local paths.
        """
        target = Path(target_path or f"dataset_{uuid.uuid4().hex[:8]}")
        try:
            pairs = [(file, target / name) for file, name in self._named()]
        except LocationError:
            if not ignore_not_found:
                raise
            pairs = []
        for _, local in pairs:
            if local.exists() and not overwrite:
                raise UserErrorException(
                    f'File "{local}" already exists. Set overwrite=True to overwrite it.'
                )
        done = []
        for file, local in pairs:
            if ignore_not_found and not file.exists():
                continue
            local.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, local)
            done.append(str(local))
        return done

    def _key_values(self, keys: list[str]) -> list[dict[str, Any]]:
        reader = {"path": {"format": self.definition["partition_format"]}}
        sources = self.definition["sources"]
        files = named_paths(self.workspace.store, sources, self.files())
        named = path_values(reader, files)
        return key_values(keys, named["path_columns"], named["path_values"])
