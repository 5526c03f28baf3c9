"""Look into data that lies elsewhere without bringing it: the first rows of the first files."""

from __future__ import annotations

import csv
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synapse_magics.core.dataset_sources import existing_files, remote_files
from synapse_magics.core.exceptions import DatasetValidationError
from synapse_magics.runtime.json_lines import JsonLinesError, json_rows
from synapse_magics.storage import transfers
from synapse_magics.store.locations import data_files
from synapse_magics.store.places import mirror_of, place_of, secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from synapse_magics.core.workspace import Workspace
    from synapse_magics.storage.listings import RemoteFile
    from synapse_magics.storage.places import Place
    from synapse_magics.store.store import Store

SAMPLE_ROWS = 1000

_SMALL = 4 * 1024 * 1024
_STEPS = (1 << 20, 1 << 23, 1 << 26)


@contextmanager
def looked_at(
    workspace: Workspace,
    sources: Sequence[Mapping[str, Any]],
    reader: Mapping[str, Any],
    *,
    whole: bool = False,
) -> Iterator[list[Path]]:
    """Give a block local files to find out what a dataset is like.

    Parameters
    ----------
    workspace : Workspace
    sources : sequence of mapping
    reader : mapping
        ``format`` and, of delimited files, ``encoding``, ``separator`` and ``header``.
    whole : bool
        Bring all files from elsewhere.

    Yields
    ------
    list of pathlib.Path
        All files; of what lies elsewhere and is large, the first rows of the first one.

    Raises
    ------
    DatasetValidationError
        If there are none; errors of the block name the address in the place of the local file.
    """
    store = workspace.store
    with tempfile.TemporaryDirectory(prefix="dataset_") as folder:
        names: dict[str, str] = {}
        try:
            found: list[Path] = []
            for number, source in enumerate(sources):
                place = place_of(store, source["datastore"])
                if place is None:
                    found += existing_files(workspace, [dict(source)])
                    continue
                names[str(mirror_of(store, source["datastore"]))] = str(place)
                files = _data(remote_files(workspace, source))
                if whole or sum(file.size or _SMALL for file in files) <= _SMALL:
                    found += existing_files(workspace, [dict(source)])
                    continue
                _refuse_empty(place, files)
                part = Path(folder, str(number))
                names[str(part)] = str(place)
                found += _samples(store, place, files, part, reader, 1) or existing_files(
                    workspace, [dict(source)]
                )
            yield found
        except DatasetValidationError as error:
            for local, address in names.items():
                if error.where and error.where.startswith(f"{local}/"):
                    error.where = address + error.where.removeprefix(local)
            raise


@contextmanager
def first_rows(
    workspace: Workspace, definition: Mapping[str, Any], rows: int | None
) -> Iterator[list[Path] | None]:
    """Give a block local files with the first rows of a table that lies elsewhere.

    Parameters
    ----------
    workspace : Workspace
    definition : mapping
    rows : int or None
        How many rows have to be in them; None for all.

    Yields
    ------
    list of pathlib.Path or None
        None where that is no use: all files have to be read.
    """
    store, sources = workspace.store, definition["sources"]
    places = [place_of(store, source["datastore"]) for source in sources]
    if rows is None or None in places:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="dataset_") as folder:
        found: list[Path] = []
        for number, (source, place) in enumerate(zip(sources, places, strict=True)):
            if place is None:
                continue
            files = _data(remote_files(workspace, source))
            if len(sources) == 1 and sum(file.size or _SMALL for file in files) <= _SMALL:
                break  # brought once, it is there the next time
            part = Path(folder, str(number))
            some = _samples(store, place, files, part, definition["reader"], rows)
            if some is None:
                found = []
                break
            found += some
        yield found or None


def _data(files: Sequence[RemoteFile]) -> list[RemoteFile]:
    kept = {str(path) for path in data_files([Path(file.path) for file in files])}
    return [file for file in files if file.path in kept]


def _refuse_empty(place: Place, files: Sequence[RemoteFile]) -> None:
    for file in files:
        if file.size == 0:
            raise DatasetValidationError(
                "Failed to validate the data.\nthe file is empty",
                where=str(place.address.join(file.path)),
            )


def _samples(
    store: Store,
    place: Place,
    files: Sequence[RemoteFile],
    folder: Path,
    reader: Mapping[str, Any],
    rows: int,
) -> list[Path] | None:
    """Return the beginnings of as many files as have some rows; None if that cannot be told."""
    found: list[Path] = []
    for file in files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        wanted = max(rows, SAMPLE_ROWS)
        if reader["format"] == "parquet":
            count = _parquet_rows(store, place, file, target, wanted)
        else:
            count = _text_rows(store, place, file, target, reader, wanted)
        if count is None:
            return None
        found.append(target)
        rows -= count
        if rows <= 0:
            break
    return found


def _parquet_rows(
    store: Store, place: Place, file: RemoteFile, target: Path, rows: int
) -> int | None:
    import pyarrow as pa  # noqa: PLC0415 - heavy
    from pyarrow import parquet  # noqa: PLC0415 - heavy

    try:
        with transfers.open_file(place, file.path, secrets=secrets_of(store)) as stream:
            whole = parquet.ParquetFile(stream, buffer_size=1 << 16)
            batch = next(whole.iter_batches(batch_size=rows), None)
            batches = [] if batch is None else [batch]
            table = pa.Table.from_batches(batches, schema=whole.schema_arrow)
            parquet.write_table(table, target)
            return int(table.num_rows)
    except pa.ArrowException:
        # What it is, the reader says that gets these bytes.
        target.write_bytes(transfers.head(place, file.path, 1 << 16, secrets=secrets_of(store)))
        return rows


def _text_rows(
    store: Store,
    place: Place,
    file: RemoteFile,
    target: Path,
    reader: Mapping[str, Any],
    rows: int,
) -> int | None:
    for size in _STEPS:
        data = transfers.head(place, file.path, size, secrets=secrets_of(store))
        short = len(data) < size
        end = "\n".encode(reader["encoding"])[-_width(reader["encoding"]) :]
        if not short:
            data = _up_to(data, end)
        target.write_bytes(data)
        count = _count(target, reader)
        if count is None:
            return rows  # no text of that encoding, as the reader says
        if short:
            return count
        if count > rows:  # the last one may be cut
            return count - 1
    return None


def _width(encoding: str) -> int:
    plain = encoding.lower().replace("-", "").replace("_", "")
    return {"utf16": 2, "utf32": 4}.get(plain[:5], 1)


def _up_to(data: bytes, end: bytes) -> bytes:
    """Return data up to the end of the last line in it."""
    place = data.rfind(end)
    while place > 0 and place % len(end):
        place = data.rfind(end, 0, place + len(end) - 1)
    return data[: place + len(end)] if place >= 0 else data


def _count(file: Path, reader: Mapping[str, Any]) -> int | None:
    try:
        if reader["format"] == "json_lines":
            return sum(1 for _ in json_rows(file, reader))
        with file.open(encoding=reader["encoding"], newline="") as text:
            rows = csv.reader(text, delimiter=reader["separator"])
            return sum(1 for row in rows if row) - int(bool(reader["header"]))
    except (UnicodeError, csv.Error, JsonLinesError):
        return None
