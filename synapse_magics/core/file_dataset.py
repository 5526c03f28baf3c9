"""File datasets: files on a datastore, whatever is in them."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from synapse_magics.core.abstract_dataset import AbstractDataset
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.store.locations import base_folder


class FileDataset(AbstractDataset):
    """Files, whatever is in them."""

    def to_path(self) -> list[str]:
        """Return the files' paths, relative to the folder or the glob's base they were found in.

        Those of several places are relative to what the places have in common.
        """
        folders = [
            base_folder(self.workspace.store.datastore_root(source["datastore"]), source["path"])
            for source in self.definition["sources"]
        ]
        common = os.path.commonpath(folders)
        return [f"/{file.relative_to(common).as_posix()}" for file in self.files()]

    def download(self, target_path: str | None = None, overwrite: bool = False) -> list[str]:
        """Copy the files to a local folder.

        Parameters
        ----------
        target_path : str, optional
            A new folder in the working directory if missing.
        overwrite : bool

        Returns
        -------
        list of str
            The local paths.
        """
        target = Path(target_path or f"dataset_{uuid.uuid4().hex[:8]}")
        pairs = [
            (file, target / name.lstrip("/"))
            for file, name in zip(self.files(), self.to_path(), strict=True)
        ]
        for _, local in pairs:
            if local.exists() and not overwrite:
                raise UserErrorException(
                    f'File "{local}" already exists. Set overwrite=True to overwrite it.'
                )
        done = []
        for file, local in pairs:
            local.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, local)
            done.append(str(local))
        return done
