"""A folder that holds the files of a dataset for a while, in the place of a mount."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from synapse_magics.core.exceptions import UserErrorException

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self


class FileMount:
    """Links to files, which are there from ``start`` to ``stop``.

    Parameters
    ----------
    files : sequence of tuple
        The files, and their paths in the folder.
    mount_point : str, optional
        A temporary folder if missing.
    """

    def __init__(self, files: Sequence[tuple[Path, str]], mount_point: str | None = None) -> None:
        self._files = list(files)
        self._own = mount_point is None
        # Without following links, and the same wherever the process goes.
        self._folder = Path(mount_point or tempfile.mkdtemp(prefix="mount_")).absolute()
        self._links: list[Path] = []

    @property
    def mount_point(self) -> str:
        """The folder."""
        return str(self._folder)

    def start(self) -> None:
        """Put the links into the folder.

        Raises
        ------
        UserErrorException
            If something else is in it.
        """
        if self._links:
            return
        if self._folder.exists() and (not self._folder.is_dir() or any(self._folder.iterdir())):
            raise UserErrorException(
                "something is at the mount point already",
                where=self.mount_point,
                hint="a folder with nothing in it, or no mount_point at all",
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        for file, name in self._files:
            link = self._folder / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file.absolute())
            self._links.append(link)

    def stop(self) -> None:
        """Take the links out again; what else was written to the folder stays in it."""
        for link in self._links:
            if link.is_symlink():
                link.unlink()
        folders = {parent for link in self._links for parent in link.parents}
        self._links = []
        for folder in sorted(folders, key=lambda item: -len(item.parts)):
            inside = folder != self._folder and folder.is_relative_to(self._folder)
            if inside and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        if self._own and self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
