"""When a schedule is due: a pure function of its recurrence and a point in time."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_AHEAD = 2
"""How many periods with a time that is later are looked at: a clock that is set forward moves the
times of one period behind the first ones of the next."""


class Frequency(str, Enum):
    """The unit of a recurrence's interval."""

    MINUTE = "Minute"
    HOUR = "Hour"
    DAY = "Day"
    WEEK = "Week"
    MONTH = "Month"

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Recurrence:
    """How often a schedule is due.

    Parameters
    ----------
    frequency : Frequency
    interval : int
        How many of these units lie between two times.
    start : datetime.datetime
        With its time zone. Nothing is due before; days, weeks and months are counted from here.
    zone : str
        Whose clock tells ``hours`` and ``minutes``, and when a day begins.
    hours, minutes : tuple of int
        When on a day; without both, at the time of the start. Minute 0 if only hours are given.
    week_days : tuple of str
        For a recurrence by weeks, whose day is the start's if there are none; of a recurrence by
        days the other days are left out.
    """

    frequency: Frequency
    interval: int
    start: datetime
    zone: str = "UTC"
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    week_days: tuple[str, ...] = ()

    def to_body(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "frequency": self.frequency.value,
            "interval": self.interval,
            "start": self.start.isoformat(),
            "zone": self.zone,
            "hours": list(self.hours),
            "minutes": list(self.minutes),
            "week_days": list(self.week_days),
        }

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Recurrence:
        """Return the recurrence that JSON data describes.

        Parameters
        ----------
        body : mapping

        Returns
        -------
        Recurrence
        """
        return cls(
            Frequency(body["frequency"]),
            body["interval"],
            datetime.fromisoformat(body["start"]),
            body["zone"],
            tuple(body["hours"]),
            tuple(body["minutes"]),
            tuple(body["week_days"]),
        )


def next_time(recurrence: Recurrence, after: datetime) -> datetime | None:
    """Return the first time that is later than a point in time.

    A time of day that a clock set forward leaves out is due that much later; one that it shows
    twice is due the first time only. A month without the start's day has its last one instead.

    Parameters
    ----------
    recurrence : Recurrence
    after : datetime.datetime
        With its time zone.

    Returns
    -------
    datetime.datetime or None
        In UTC; None after the last day that a calendar knows.
    """
    after, start = after.astimezone(timezone.utc), recurrence.start.astimezone(timezone.utc)
    found: list[datetime] = []
    periods = 0
    try:
        if recurrence.frequency in {Frequency.MINUTE, Frequency.HOUR}:
            return _next_by_the_clock(recurrence, start, after)
        for days in _periods(recurrence, max(after, start)):
            later = [due for day in days for due in _times(recurrence, day) if after < due >= start]
            found += later
            periods += bool(later)
            if periods == _AHEAD:
                break
    except (OverflowError, ValueError):
        pass  # the calendar ends
    return min(found, default=None)


def _next_by_the_clock(recurrence: Recurrence, start: datetime, after: datetime) -> datetime:
    if after < start:
        return start
    unit = timedelta(minutes=1) if recurrence.frequency is Frequency.MINUTE else timedelta(hours=1)
    step = recurrence.interval * unit
    return start + ((after - start) // step + 1) * step


def _periods(recurrence: Recurrence, around: datetime) -> Iterator[list[date]]:
    """Yield the days of each period, from the one before a point in time on."""
    zone = ZoneInfo(recurrence.zone)
    first = recurrence.start.astimezone(zone).date()
    # Two days: where the date line was moved, a day is missing.
    near = max(first, around.astimezone(zone).date() - timedelta(days=2))
    interval = recurrence.interval
    if recurrence.frequency is Frequency.DAY:
        index = (near - first).days // interval
        names = recurrence.week_days or WEEK_DAYS
        if interval % 7 == 0 and WEEK_DAYS[first.weekday()] not in names:
            return  # it never is one of them
        while True:
            day = first + timedelta(days=index * interval)
            yield [day] if WEEK_DAYS[day.weekday()] in names else []
            index += 1
    elif recurrence.frequency is Frequency.WEEK:
        names = recurrence.week_days or (WEEK_DAYS[first.weekday()],)
        days = sorted(WEEK_DAYS.index(name) for name in names)
        monday = first - timedelta(days=first.weekday())
        index = (near - monday).days // 7 // interval
        while True:
            week = monday + timedelta(weeks=index * interval)
            yield [week + timedelta(days=day) for day in days]
            index += 1
    else:
        months = (near.year - first.year) * 12 + near.month - first.month
        index = months // interval
        while True:
            yield [_months_later(first, index * interval)]
            index += 1


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _times(recurrence: Recurrence, day: date) -> list[datetime]:
    zone = ZoneInfo(recurrence.zone)
    start = recurrence.start.astimezone(zone)
    if not recurrence.hours and not recurrence.minutes:
        clock = [start.time()]
    else:
        hours = recurrence.hours or (start.hour,)
        clock = [time(hour, minute) for hour in hours for minute in recurrence.minutes or (0,)]
    # fold=0: the first of two equal times, and behind the gap for one that is left out.
    return [
        datetime.combine(day, one, tzinfo=zone).replace(fold=0).astimezone(timezone.utc)
        for one in clock
    ]
