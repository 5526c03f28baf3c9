"""Recurrences as Azure ML's code says them: what goes together, and what it means."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from synapse_magics.pipeline.schedule_recurrence import ScheduleRecurrence, described, given
from synapse_magics.pipeline.time_zone import TimeZone
from synapse_magics.store.recurrence import next_time

NOW = datetime(2026, 11, 25, 10, 20, tzinfo=timezone.utc)
ELSEWHERE = datetime(2026, 11, 26, 8, tzinfo=timezone(timedelta(hours=1)))


def first(*args, **options):
    recurrence, after = ScheduleRecurrence(*args, **options).from_now(NOW)
    return next_time(recurrence, after)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frequency": "day"}, "frequency must be one of Minute, Hour, Day, Week, Month"),
        ({"interval": 0}, "greater than 0"),
        ({"interval": 1.5}, "greater than 0"),
        ({"interval": True}, "greater than 0"),
        ({"frequency": "Hour", "hours": [1]}, "hours can only be given"),
        ({"frequency": "Month", "minutes": [1]}, "minutes can only be given"),
        ({"frequency": "Minute", "week_days": ["Monday"]}, "week_days can only be given"),
        ({"frequency": "Month", "time_of_day": "10:00"}, "time_of_day can only be given"),
        ({"time_of_day": "10:00", "hours": [1]}, "cannot be given with hours or minutes"),
        ({"time_of_day": "10:00", "minutes": [1]}, "cannot be given with hours or minutes"),
        ({"time_of_day": "25:00"}, "time_of_day must be hh:mm"),
        ({"time_of_day": 10}, "time_of_day must be hh:mm"),
        ({"hours": [24]}, "hours must be integers from 0 to 23"),
        ({"minutes": ["5"]}, "minutes must be integers from 0 to 59"),
        ({"frequency": "Week", "week_days": ["monday"]}, "week_days must be of Monday"),
        ({"start_time": ELSEWHERE}, "time_zone must be given"),
        ({"start_time": "tomorrow"}, "YYYY-MM-DDThh:mm:ss"),
        ({"start_time": 5}, "YYYY-MM-DDThh:mm:ss"),
        ({"time_zone": "UTC"}, "time_zone must be a TimeZone"),
    ],
)
def test_what_does_not_go_together_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ScheduleRecurrence(**{"frequency": "Day", "interval": 1, **options})


def test_without_a_start_the_first_run_is_at_once():
    assert first("Day", 1) == NOW
    assert first("Minute", 15) == NOW


def test_with_times_of_day_the_first_run_is_at_the_next_of_them():
    assert first("Day", 1, hours=[6, 18]) == NOW.replace(hour=18, minute=0)
    assert first("Day", 1, time_of_day="9:05") == datetime(2026, 11, 26, 9, 5, tzinfo=timezone.utc)
    assert first("Week", 1, week_days=["Monday"]).weekday() == 0


def test_a_start_without_a_zone_is_of_the_zone_that_is_given_or_utc():
    assert first("Day", 1, "2026-11-26T09:00:00") == datetime(2026, 11, 26, 9, tzinfo=timezone.utc)
    assert first("Day", 1, "2026-11-26T09:00:00Z") == datetime(2026, 11, 26, 9, tzinfo=timezone.utc)
    pacific = TimeZone.PacificStandardTime
    start = datetime(2026, 11, 26, 9)  # noqa: DTZ001 - as notebooks have it
    expected = datetime(2026, 11, 26, 9, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert first("Day", 1, start, pacific) == expected
    assert first("Day", 1, ELSEWHERE, pacific) == ELSEWHERE


def test_times_of_day_are_of_the_zone():
    found = first("Day", 1, time_zone=TimeZone.WEuropeStandardTime, time_of_day="12:00")
    assert found == datetime(2026, 11, 25, 11, tzinfo=timezone.utc)


def test_it_survives_its_document():
    one = ScheduleRecurrence(
        "Week", 2, ELSEWHERE, TimeZone.UTC, hours=[1], minutes=[2], week_days=["Friday"]
    )
    other = given(described(one))
    assert described(other) == described(one)
    assert other.from_now(NOW) == one.from_now(NOW)
    assert repr(other) == "Runs on Friday at hours 1, minutes 2 every 2 Weeks"


@pytest.mark.parametrize("zone", TimeZone)
def test_every_zone_is_one_that_this_system_knows(zone):
    assert ZoneInfo(zone.zone)
