"""How often a schedule submits its pipeline, as Azure ML's code says it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from synapse_magics.pipeline.errors import PipelineError
from synapse_magics.pipeline.time_zone import TimeZone
from synapse_magics.store.recurrence import WEEK_DAYS, Frequency, Recurrence

if TYPE_CHECKING:
    from collections.abc import Sequence

_FREQUENCIES = tuple(str(item) for item in Frequency)
_BY_DAYS = (str(Frequency.DAY), str(Frequency.WEEK))
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


class ScheduleRecurrence:
    """How often a schedule submits its pipeline.

    Without a start time the first run is submitted at once, unless times of day are given. A time
    of day that a clock set forward leaves out is that much later, one that comes twice counts
    once, and a month without the start's day has its last one instead.

    Parameters
    ----------
    frequency : str
        ``Minute``, ``Hour``, ``Day``, ``Week`` or ``Month``.
    interval : int
        How many of these lie between two runs.
    start_time : datetime.datetime or str, optional
        Such as ``2026-11-25T09:00:00``; UTC if neither it nor ``time_zone`` says otherwise.
    time_zone : TimeZone, optional
        Whose clock the times are of; UTC if missing.
    hours, minutes : list of int, optional
        Times of day, with ``Day`` and ``Week`` only. Full hours if only hours are given.
    week_days : list of str, optional
        Such as ``Monday``, with ``Day`` and ``Week`` only.
    time_of_day : str, optional
        ``hh:mm`` in place of ``hours`` and ``minutes``.

    Raises
    ------
    PipelineError
        A ``ValueError``, if these do not go together.
    """

    def __init__(
        self,
        frequency: str,
        interval: int,
        start_time: datetime | str | None = None,
        time_zone: TimeZone | None = None,
        hours: Sequence[int] | None = None,
        minutes: Sequence[int] | None = None,
        week_days: Sequence[str] | None = None,
        time_of_day: str | None = None,
    ) -> None:
        self.frequency = frequency
        self.interval = interval
        self.start_time = start_time
        self.time_zone = time_zone
        self.hours = hours
        self.minutes = minutes
        self.week_days = week_days
        self.time_of_day = time_of_day
        self.validate()

    def validate(self) -> None:
        """Refuse what does not go together.

        Raises
        ------
        PipelineError
        """
        if self.frequency not in _FREQUENCIES:
            raise _wrong(f"frequency must be one of {', '.join(_FREQUENCIES)}", self.frequency)
        if not _is_int(self.interval) or self.interval < 1:
            raise _wrong("interval must be an integer greater than 0", self.interval)
        for name in ("hours", "minutes", "week_days", "time_of_day"):
            if getattr(self, name) and self.frequency not in _BY_DAYS:
                raise _wrong(f"{name} can only be given with frequency Day or Week", self.frequency)
        self._check_times()
        for day in self.week_days or ():
            if day not in WEEK_DAYS:
                raise _wrong(f"week_days must be of {', '.join(WEEK_DAYS)}", day)
        if self.time_zone is not None and not isinstance(self.time_zone, TimeZone):
            raise _wrong("time_zone must be a TimeZone", self.time_zone)
        try:
            ZoneInfo(self._zone)
        except ZoneInfoNotFoundError as error:
            raise PipelineError(
                f"this system does not know the time zone {self._zone}",
                hint="pip install tzdata",
            ) from error
        start = self._parsed_start()
        if start is not None and start.utcoffset() and self.time_zone is None:
            raise _wrong(
                "time_zone must be given with a start_time that is not UTC", self.start_time
            )

    @property
    def _zone(self) -> str:
        return self.time_zone.zone if self.time_zone is not None else "UTC"

    def _check_times(self) -> None:
        for name, values, limit in (("hours", self.hours, 24), ("minutes", self.minutes, 60)):
            for value in values or ():
                if not _is_int(value) or not 0 <= value < limit:
                    raise _wrong(f"{name} must be integers from 0 to {limit - 1}", value)
        if self.time_of_day is None:
            return
        if self.hours or self.minutes:
            raise _wrong("time_of_day cannot be given with hours or minutes", self.time_of_day)
        if not _TIME_OF_DAY.fullmatch(str(self.time_of_day)):
            raise _wrong("time_of_day must be hh:mm", self.time_of_day)

    def _parsed_start(self) -> datetime | None:
        if self.start_time is None or isinstance(self.start_time, datetime):
            return self.start_time
        try:
            # Python 3.10 does not know the letter for UTC.
            return datetime.fromisoformat(re.sub("[zZ]$", "+00:00", self.start_time))
        except (TypeError, ValueError):
            raise _wrong(
                "start_time must be a datetime or YYYY-MM-DDThh:mm:ss", self.start_time
            ) from None

    def from_now(self, now: datetime) -> tuple[Recurrence, datetime]:
        """Return the recurrence of a schedule that is made now, and the time it is due after.

        Parameters
        ----------
        now : datetime.datetime

        Returns
        -------
        tuple
            Of the Recurrence and a datetime.
        """
        zone = self._zone
        hours, minutes = tuple(self.hours or ()), tuple(self.minutes or ())
        found = _TIME_OF_DAY.fullmatch(self.time_of_day or "")
        if found is not None:
            hours, minutes = (int(found[1]),), (int(found[2]),)
        start = self._parsed_start()
        after = now
        if start is None:
            start = now
            if not hours and not minutes and not self.week_days:
                after = now - timedelta(microseconds=1)  # the first one at once
        elif start.tzinfo is None:
            start = start.replace(tzinfo=ZoneInfo(zone))
        recurrence = Recurrence(
            Frequency(self.frequency),
            self.interval,
            start.astimezone(timezone.utc),
            zone,
            hours,
            minutes,
            tuple(self.week_days or ()),
        )
        return recurrence, after

    def __repr__(self) -> str:
        times = self.time_of_day
        if times is None and (self.hours or self.minutes):
            hours = ", ".join(map(str, self.hours or ("the start's",)))
            times = f"hours {hours}, minutes {', '.join(map(str, self.minutes or (0,)))}"
        days = f" on {', '.join(self.week_days)}" if self.week_days else ""
        every = self.frequency if self.interval == 1 else f"{self.interval} {self.frequency}s"
        return f"Runs{days}{f' at {times}' if times else ''} every {every}"


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong(message: str, value: Any) -> PipelineError:
    return PipelineError(message, where=f"ScheduleRecurrence, {value!r}")


def described(recurrence: ScheduleRecurrence) -> dict[str, Any]:
    """Return a recurrence as JSON data, as it was given.

    Parameters
    ----------
    recurrence : ScheduleRecurrence

    Returns
    -------
    dict
    """
    start, zone = recurrence.start_time, recurrence.time_zone
    return {
        "frequency": recurrence.frequency,
        "interval": recurrence.interval,
        "start_time": start.isoformat() if isinstance(start, datetime) else start,
        "time_zone": zone.name if zone is not None else None,
        "hours": list(recurrence.hours) if recurrence.hours else None,
        "minutes": list(recurrence.minutes) if recurrence.minutes else None,
        "week_days": list(recurrence.week_days) if recurrence.week_days else None,
        "time_of_day": recurrence.time_of_day,
    }


def given(body: dict[str, Any]) -> ScheduleRecurrence:
    """Return the recurrence that JSON data of :func:`described` tells of.

    Parameters
    ----------
    body : dict

    Returns
    -------
    ScheduleRecurrence
    """
    zone = body["time_zone"]
    return ScheduleRecurrence(**{**body, "time_zone": TimeZone[zone] if zone is not None else None})
