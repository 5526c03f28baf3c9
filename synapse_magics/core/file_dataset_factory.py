"""Make file datasets, of files on datastores or of a local folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synapse_magics.core.dataset_sources import check_paths, check_sources, sources_of
from synapse_magics.core.datastore_files import files_at
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.file_dataset import FileDataset
from synapse_magics.core.local_files import files_of
from synapse_magics.core.table_writing import target_of
from synapse_magics.runtime.partition_formats import PartitionFormat


class FileDatasetFactory:
    """Make file datasets."""

    @staticmethod
    def upload_directory(
        src_dir: str,
        target: Any,
        pattern: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> FileDataset:
        """Copy a local folder to a datastore, and make a file dataset of what was copied.

        A workspace's state folder in it is left out.

        Parameters
        ----------
        src_dir : str
        target : Datastore, DataPath or tuple
            A datastore, or ``(datastore, 'folder')``.
        pattern : str, optional
            A glob of files below the folder; all of them if missing.
        overwrite : bool
            Without it, what is there already is refused.
        show_progress : bool
            Print a line for each file.

        Returns
        -------
        FileDataset
            Of the target.

        Raises
        ------
        UserErrorException
            If the folder is none, or nothing is to be copied, or something is in the way.
        """
        where = "Dataset.File.upload_directory"
        datastore, path = target_of(target, where)
        folder = Path(src_dir)
        if not folder.is_dir():
            raise UserErrorException(
                "src_dir must be a directory.", where=str(folder.absolute()), hint="its path"
            )
        files = files_of(folder, pattern or "**/*")
        if not files:
            raise UserErrorException(
                "there is nothing to upload",
                where=f"{folder.absolute()}, pattern {pattern or '**/*'}",
            )
        there = files_at(datastore, path) if not overwrite else set()
        for file in files:
            name = f"{path}/{file.relative_to(folder).as_posix()}".lstrip("/")
            if name in there:
                raise UserErrorException(
                    f"'{file}' is on the datastore already",
                    where=f"{name} on datastore {datastore.name}",
                    hint="overwrite=True, or another target",
                )
        datastore.upload_files(
            [str(file) for file in files],
            relative_root=str(folder),
            target_path=path,
            overwrite=overwrite,
            show_progress=show_progress,
        )
        return FileDatasetFactory.from_files((datastore, path))

    @staticmethod
    def from_files(
        path: Any,
        validate: bool = True,
        partition_format: str | None = None,
        is_file: bool = False,
    ) -> FileDataset:
        """Make a file dataset.

        Parameters
        ----------
        path : tuple or list of tuple
            ``(datastore, 'path/or/glob')``.
        validate : bool
            Refuse places where nothing lies.
        partition_format : str, optional
            What the paths say: ``/{country}/{day:yyyy/MM/dd}/*.csv``; its keys are the dataset's
            ``partition_keys``.
        is_file : bool
            Ignored: it is looked up.

        Returns
        -------
        FileDataset
        """
        del is_file
        definition: dict[str, Any] = {"type": "file"}
        if partition_format is not None:
            definition |= PartitionFormat(partition_format).layout
        workspace, sources = sources_of(path)
        if validate:
            check_sources(workspace, sources)
            check_paths(workspace, sources, {"path": {"format": partition_format}})
        return FileDataset(workspace, {**definition, "sources": sources})
