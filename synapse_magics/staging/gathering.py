"""What the agent does at once with local files is a task where the files are brought first."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from synapse_magics.runtime.partition_formats import path_values
from synapse_magics.staging.copying import copy_all
from synapse_magics.staging.task import Desk, Task
from synapse_magics.store.dataset_files import gathered, named_paths, places
from synapse_magics.store.locations import data_files, files_below

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Roots:
    """The folders of datastores, and of mirrors, by the datastores' names."""

    folders: Mapping[str, str]

    def datastore_root(self, name: str) -> Path:
        """Return the folder of a datastore."""
        return Path(self.folders[name]).absolute()


@dataclass(frozen=True)
class Gather(Task):
    """Put the files of a dataset into one folder, as links or copies.

    Parameters
    ----------
    roots : mapping
        See :class:`Roots`.
    definition : mapping
        The dataset's.
    folder : str
    download : bool
        Whether they are copies.
    where : str
    """

    kind: ClassVar[str] = "gather"

    roots: Mapping[str, str]
    definition: Mapping[str, Any]
    folder: str
    download: bool
    where: str = ""

    def carry_out(self, desk: Desk) -> None:
        """Link or copy."""
        folder = Path(self.folder).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        pairs = gathered(Roots(self.roots), self.definition, folder)
        for _, target in pairs:
            target.parent.mkdir(parents=True, exist_ok=True)
        if self.download:
            copy_all(((str(file), str(target)) for file, target in pairs), desk, self.where)
            return
        for file, target in pairs:
            target.symlink_to(file)


@dataclass(frozen=True)
class TableFiles(Task):
    """Tell a cell's main file which files a table is read from.

    Parameters
    ----------
    roots : mapping
        See :class:`Roots`.
    sources : sequence of mapping
        The dataset's.
    binding : mapping
        How they are read.
    file : str
        Where the main file looks.
    prefix : str
        What stands before each path.
    where : str
    """

    kind: ClassVar[str] = "table"

    roots: Mapping[str, str]
    sources: tuple[Mapping[str, Any], ...]
    binding: Mapping[str, Any]
    file: str
    prefix: str = ""
    where: str = ""

    def carry_out(self, desk: Desk) -> None:
        """Write the file."""
        del desk
        roots = Roots(self.roots)
        files = data_files(files_below(places(roots, self.sources)))
        named = {}
        if self.binding.get("path"):
            named = path_values(self.binding, named_paths(roots, self.sources, files))
        paths = [f"{self.prefix}{os.path.abspath(file)}" for file in files]  # noqa: PTH100
        text = json.dumps({**self.binding, **named, "paths": paths})
        Path(self.file).write_text(text, encoding="utf-8")
