"""What Azure ML's calls take to describe tables: types of columns, and which files have headers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from synapse_magics.core.not_run_here import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapse_magics.core.workspace import Workspace


class PromoteHeadersBehavior(Enum):
    """Which files of a table begin with the names of its columns."""

    NO_HEADERS = 0
    ONLY_FIRST_FILE_HAS_HEADERS = 1
    COMBINE_ALL_FILES_HEADERS = 2
    ALL_FILES_HAVE_SAME_HEADERS = 3


class HistogramCompareMethod(Enum):
    """How the profiles of two tables are compared; nothing here compares them."""

    WASSERSTEIN = 0
    ENERGY = 1


@dataclass(frozen=True)
class ColumnType:
    """The type that a column is to have.

    Parameters
    ----------
    name : str
        ``string``, ``long``, ``float``, ``bool`` or ``datetime``.
    formats : tuple of str
        How times are written.
    decimal_mark : str
    """

    name: str
    formats: tuple[str, ...] = ()
    decimal_mark: str = "."


class DataType:
    """The types of columns, for ``set_column_types``."""

    @staticmethod
    def to_string() -> ColumnType:
        """Return the type of texts.

        Returns
        -------
        ColumnType
        """
        return ColumnType("string")

    @staticmethod
    def to_long() -> ColumnType:
        """Return the type of whole numbers.

        Returns
        -------
        ColumnType
        """
        return ColumnType("long")

    @staticmethod
    def to_float(decimal_mark: str = ".") -> ColumnType:
        """Return the type of decimal numbers.

        Parameters
        ----------
        decimal_mark : str

        Returns
        -------
        ColumnType
        """
        return ColumnType("float", decimal_mark=decimal_mark)

    @staticmethod
    def to_bool() -> ColumnType:
        """Return the type of yes and no.

        Returns
        -------
        ColumnType
        """
        return ColumnType("bool")

    @staticmethod
    def to_datetime(formats: str | Sequence[str] | None = None) -> ColumnType:
        """Return the type of times.

        Parameters
        ----------
        formats : str or sequence of str, optional
            How they are written, as of ``strptime``.

        Returns
        -------
        ColumnType
        """
        given = [formats] if isinstance(formats, str) else formats or ()
        return ColumnType("datetime", formats=tuple(given))

    @staticmethod
    def to_stream(workspace: Workspace, escaped: bool = False) -> ColumnType:
        """Refuse: a column is no file here.

        Raises
        ------
        NotSupportedError
            Always.
        """
        del workspace, escaped
        refuse("DataType.to_stream", "keep the paths as text, and make a file dataset of the files")
