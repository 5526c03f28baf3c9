"""Tabular datasets with a column of times: the rows before, after, between."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from synapse_magics.core.dataset_choices import ChoosingDataset
from synapse_magics.core.exceptions import UserErrorException
from synapse_magics.core.expressions import ColumnExpression, Condition, time_text
from synapse_magics.core.table_columns import check_columns

if TYPE_CHECKING:
    from typing_extensions import Self


class TimeSeriesDataset(ChoosingDataset):
    """A table of which it may be known which column says when."""

    def _kinds(self) -> dict[str, str | None]:
        raise NotImplementedError

    @property
    def timestamp_columns(self) -> tuple[str | None, str | None]:
        """The columns that say when: the fine one and the coarse one."""
        known = self.definition.get("timestamps") or {}
        return known.get("timestamp"), known.get("partition_timestamp")

    def with_timestamp_columns(
        self,
        timestamp: str | None = None,
        partition_timestamp: str | None = None,
        validate: bool = False,
    ) -> Self:
        """Return the table with the knowledge of which columns say when.

        Parameters
        ----------
        timestamp : str, optional
            The column by which rows are chosen. Without either, the table forgets its own.
        partition_timestamp : str, optional
            A coarser one; rows are chosen by it if there is no other.
        validate : bool
            Ignored: that they are there and hold times is always looked at.

        Returns
        -------
        TabularDataset
        """
        del validate
        where, kinds = "with_timestamp_columns", self._kinds()
        for name in (timestamp, partition_timestamp):
            if name is None:
                continue
            check_columns(name, list(kinds), where)
            if kinds[name] != "datetime":
                raise UserErrorException(
                    f"the column {name!r} holds no times: it is {kinds[name]}",
                    where=where,
                    hint="a column whose times are written as 2020-01-31 or 2020-01-31T10:00:00",
                )
        named = {"timestamp": timestamp, "partition_timestamp": partition_timestamp}
        return self._changed(timestamps={key: name for key, name in named.items() if name})

    def time_before(
        self, end_time: datetime, include_boundary: bool = True, validate: bool = True
    ) -> Self:
        """Return the rows up to a time.

        Parameters
        ----------
        end_time : datetime.datetime
            Without a time zone, in UTC.
        include_boundary : bool
        validate : bool
            Ignored: the column is always looked at.

        Returns
        -------
        TabularDataset
        """
        del validate
        return self._timed("time_before", None, end_time, include=include_boundary)

    def time_after(
        self, start_time: datetime, include_boundary: bool = True, validate: bool = True
    ) -> Self:
        """Return the rows from a time on.

        Parameters
        ----------
        start_time : datetime.datetime
            Without a time zone, in UTC.
        include_boundary, validate : bool
            As for :meth:`time_before`.

        Returns
        -------
        TabularDataset
        """
        del validate
        return self._timed("time_after", start_time, None, include=include_boundary)

    def time_between(
        self,
        start_time: datetime,
        end_time: datetime,
        include_boundary: bool = True,
        validate: bool = True,
    ) -> Self:
        """Return the rows between two times.

        Parameters
        ----------
        start_time, end_time : datetime.datetime
            Without a time zone, in UTC.
        include_boundary, validate : bool
            As for :meth:`time_before`.

        Returns
        -------
        TabularDataset
        """
        del validate
        return self._timed("time_between", start_time, end_time, include=include_boundary)

    def time_recent(
        self, time_delta: timedelta, include_boundary: bool = True, validate: bool = True
    ) -> Self:
        """Return the rows of the last hours or days, as of now.

        The time of the call is part of the definition: a step that reads it is not reused.

        Parameters
        ----------
        time_delta : datetime.timedelta
        include_boundary, validate : bool
            As for :meth:`time_before`.

        Returns
        -------
        TabularDataset
        """
        del validate
        if not isinstance(time_delta, timedelta):
            raise UserErrorException(
                f"time_delta must be a timedelta, not {time_delta!r}", where="time_recent"
            )
        start = datetime.now(timezone.utc) - time_delta
        return self._timed("time_recent", start, None, include=include_boundary)

    def _timed(
        self, where: str, start: datetime | None, end: datetime | None, *, include: bool
    ) -> Self:
        fine, coarse = self.timestamp_columns
        name = fine or coarse
        if name is None:
            raise UserErrorException(
                "the dataset does not know which column says when",
                where=where,
                hint="dataset.with_timestamp_columns(timestamp='column')",
            )
        for moment in (start, end):
            if moment is not None and not isinstance(moment, datetime):
                raise UserErrorException(f"{moment!r} is no datetime", where=where)
        if start is not None and end is not None and time_text(start) > time_text(end):
            raise UserErrorException("the start is later than the end", where=where)
        column = ColumnExpression(name, "datetime")
        found: list[Condition] = []
        if start is not None:
            found.append(column >= start if include else column > start)
        if end is not None:
            found.append(column <= end if include else column < end)
        condition = found[0] if len(found) == 1 else found[0] & found[1]
        return self._operated({"name": "filter", "expression": condition.data})
