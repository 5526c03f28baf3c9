"""Write tables to datastores, and make datasets of what was written."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from synapse_magics.core.data_reference import DataPath
from synapse_magics.core.datastore import AbstractDatastore
from synapse_magics.core.datastore_files import files_at
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.remote_data import bring, send
from synapse_magics.store.file_hashes import dataset_hashes
from synapse_magics.store.locations import locate
from synapse_magics.store.registry import content_id

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from synapse_magics.core.file_dataset import FileDataset
    from synapse_magics.core.tabular_dataset import TabularDataset

_CONVERTED = "converted"


def target_of(target: Any, where: str) -> tuple[AbstractDatastore, str]:
    """Return the datastore and the folder that a call names as its target.

    Parameters
    ----------
    target : Datastore, DataPath or tuple
    where : str
        The call.

    Returns
    -------
    tuple
    """
    if isinstance(target, DataPath) and target.datastore is not None:
        target = (target.datastore, target.path_on_datastore or "")
    pair = target if isinstance(target, tuple) else (target, "")
    if len(pair) == 2 and isinstance(pair[0], AbstractDatastore) and isinstance(pair[1], str):
        return pair[0], pair[1].removeprefix("./").strip("/")
    raise UserErrorException(
        "target must be a datastore, a DataPath, or (datastore, 'path')",
        where=f"{where}: {target!r}",
    )


def new_folder(target: Any, where: str, *, unique: bool = True) -> tuple[AbstractDatastore, str]:
    """Return a folder on a datastore in which nothing is yet.

    Parameters
    ----------
    target : Datastore, DataPath or tuple
    where : str
        The call.
    unique : bool
        Make a new one in the target.

    Returns
    -------
    tuple
        The datastore, and the path on it.
    """
    datastore, path = target_of(target, where)
    if unique:
        path = f"{path}/{uuid.uuid4()}".lstrip("/")
    if not unique and files_at(datastore, path):
        raise UserErrorException(
            "something is at the target already",
            where=f"{path} on datastore {datastore.name}",
            hint="another target, or make_target_path_unique=True",
        )
    return datastore, path


def to_csv_files(dataset: TabularDataset, separator: str) -> FileDataset:
    """Write a table as CSV, see ``TabularDataset.to_csv_files``."""

    def write(frame: pd.DataFrame, part: Path) -> None:
        frame.to_csv(part, sep=separator, index=False)

    return _converted(dataset, "part-00000.csv", f"csv {separator}", write)


def to_parquet_files(dataset: TabularDataset) -> FileDataset:
    """Write a table as Parquet, see ``TabularDataset.to_parquet_files``."""
    return _converted(dataset, "part-00000.parquet", "parquet", write_parquet)


def _converted(dataset: TabularDataset, name: str, how: str, write: Any) -> FileDataset:
    from synapse_magics.core.dataset_factory import (  # noqa: PLC0415 - a cycle otherwise
        FileDatasetFactory,
    )
    from synapse_magics.core.datastore import Datastore  # noqa: PLC0415 - next to its use

    datastore = Datastore(dataset.workspace)
    definition = dict(dataset.definition)
    bring(dataset.workspace.store, definition["sources"])
    # The same table is at the same place: a step that reads it is reused.
    hashes = dataset_hashes(dataset.workspace.store, definition)
    path = f"{_CONVERTED}/{content_id({'table': definition, 'files': hashes, 'how': how})}"
    place = locate(datastore.root, path) / name
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{name}.{uuid.uuid4().hex}")
        try:
            write(dataset.to_pandas_dataframe(), part)
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)
        send(dataset.workspace.store, datastore.name, f"{path}/{name}")
    return FileDatasetFactory.from_files((datastore, f"{path}/{name}"))


def partition_by(
    dataset: TabularDataset, keys: list[str], target: Any, name: str | None
) -> TabularDataset:
    """Write a table by the values of columns, see ``TabularDataset.partition_by``."""
    from pyarrow import Schema  # noqa: PLC0415 - heavy

    from synapse_magics.core.dataset_factory import (  # noqa: PLC0415 - a cycle otherwise
        TabularDatasetFactory,
    )

    if not keys:
        raise UserErrorException("partition_by needs at least one column", where="partition_keys")
    datastore, path = new_folder(target, "partition_by")
    table = dataset.to_pandas_dataframe()
    if table.empty:
        raise UserErrorException("the table has no rows to divide", where="partition_by")
    folder = locate(datastore.root, path)
    schema = Schema.from_pandas(table, preserve_index=False)  # a column may be empty in a part
    for number, (values, rows) in enumerate(table.groupby(keys, sort=True, dropna=False)):
        place = folder.joinpath(*(_folder_name(value) for value in values))
        place.mkdir(parents=True, exist_ok=True)
        write_parquet(rows, place / f"part-{number:05}.parquet", schema=schema)
    send(dataset.workspace.store, datastore.name, path)
    made = TabularDatasetFactory.from_parquet_files((datastore, f"{path}/**/*.parquet"))
    made = made._changed(partition_keys=keys)  # noqa: SLF001 - a constructor
    if name is None:
        return made
    return made.register(dataset.workspace, name, create_new_version=True)


def _folder_name(value: Any) -> str:
    text = "null" if value is None or value != value else str(value)  # noqa: PLR0124 - nan
    # A folder whose name begins with a dot is hidden; names are short in every file system.
    name = quote(text, safe=" ").strip()[:200]
    return f"%2E{name[1:]}" if name.startswith(".") else name or "%20"


def write_parquet(frame: pd.DataFrame, place: Path, **options: Any) -> None:
    """Write a table as Parquet that Spark reads, too.

    Parameters
    ----------
    frame : pandas.DataFrame
    place : pathlib.Path
    **options
        Of pyarrow.
    """
    # Spark 3.5 knows no nanoseconds.
    frame.to_parquet(
        place,
        index=False,
        coerce_timestamps="us",
        allow_truncated_timestamps=True,
        **options,
    )
