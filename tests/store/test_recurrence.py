"""When a schedule is due next, whatever the clocks and the calendar do."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synapse_magics.store.recurrence import WEEK_DAYS, Frequency, Recurrence, next_time

UTC = timezone.utc
BERLIN, PACIFIC = "Europe/Berlin", "America/Los_Angeles"


def at(*parts, zone="UTC"):
    return datetime(*parts, tzinfo=ZoneInfo(zone))


def times(recurrence, after, count):
    found = []
    for _ in range(count):
        after = next_time(recurrence, after)
        found.append(after)
    return found


def local(found, zone):
    return [f"{one.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for one in found]


def test_minutes_are_counted_from_the_start():
    every = Recurrence(Frequency.MINUTE, 15, at(2026, 1, 1, 0, 7))
    assert times(every, at(2026, 1, 1, 0, 7), 2) == [
        at(2026, 1, 1, 0, 22),
        at(2026, 1, 1, 0, 37),
    ]
    assert next_time(every, at(2025, 12, 1)) == at(2026, 1, 1, 0, 7)


def test_hours_are_hours_though_the_clock_is_set():
    every = Recurrence(Frequency.HOUR, 12, at(2026, 3, 28, 12, zone=BERLIN), BERLIN)
    found = times(every, every.start, 3)
    assert local(found, BERLIN) == ["03-29 00:00", "03-29 13:00", "03-30 01:00"]


def test_a_day_begins_by_the_local_clock_though_the_clock_is_set():
    daily = Recurrence(Frequency.DAY, 1, at(2026, 3, 27, 9, zone=BERLIN), BERLIN)
    found = times(daily, daily.start, 3)
    assert local(found, BERLIN) == ["03-28 09:00", "03-29 09:00", "03-30 09:00"]
    assert [one.hour for one in found] == [8, 7, 7]


def test_a_time_that_the_clock_leaves_out_is_due_later():
    daily = Recurrence(Frequency.DAY, 1, at(2026, 3, 28, 0, zone=BERLIN), BERLIN, (2,), (30,))
    found = times(daily, daily.start, 3)
    assert local(found, BERLIN) == ["03-28 02:30", "03-29 03:30", "03-30 02:30"]


def test_a_time_that_the_clock_shows_twice_is_due_once():
    daily = Recurrence(Frequency.DAY, 1, at(2026, 10, 24, 0, zone=BERLIN), BERLIN, (2,), (30,))
    found = times(daily, daily.start, 3)
    assert local(found, BERLIN) == ["10-24 02:30", "10-25 02:30", "10-26 02:30"]
    assert found[1] == at(2026, 10, 25, 0, 30)


def test_two_times_that_fall_together_are_due_once():
    daily = Recurrence(Frequency.DAY, 1, at(2026, 3, 29, 0, zone=BERLIN), BERLIN, (2, 3), (30,))
    found = times(daily, daily.start, 2)
    assert local(found, BERLIN) == ["03-29 03:30", "03-30 02:30"]


def test_a_day_may_have_several_times():
    daily = Recurrence(Frequency.DAY, 2, at(2026, 5, 1, 8, zone=PACIFIC), PACIFIC, (6, 18), (0, 30))
    found = times(daily, daily.start, 4)
    assert local(found, PACIFIC) == ["05-01 18:00", "05-01 18:30", "05-03 06:00", "05-03 06:30"]


def test_minutes_alone_are_of_the_starting_hour_and_hours_alone_are_full():
    start = at(2026, 5, 1, 8, 20)
    assert next_time(Recurrence(Frequency.DAY, 1, start, minutes=(45,)), start) == at(
        2026, 5, 1, 8, 45
    )
    assert next_time(Recurrence(Frequency.DAY, 1, start, hours=(9,)), start) == at(2026, 5, 1, 9)


def test_weeks_begin_on_monday():
    start = at(2026, 11, 25, 10)  # a Wednesday
    weekly = Recurrence(Frequency.WEEK, 2, start, week_days=("Friday", "Monday"))
    found = times(weekly, start, 3)
    assert local(found, "UTC") == ["11-27 10:00", "12-07 10:00", "12-11 10:00"]
    assert next_time(Recurrence(Frequency.WEEK, 1, start), start) == start + timedelta(weeks=1)


def test_days_may_be_working_days_only():
    start = at(2026, 11, 26, 10)  # a Thursday
    daily = Recurrence(Frequency.DAY, 1, start, week_days=WEEK_DAYS[:5])
    assert local(times(daily, start, 3), "UTC") == ["11-27 10:00", "11-30 10:00", "12-01 10:00"]
    never = Recurrence(Frequency.DAY, 14, start, week_days=("Monday",))
    assert next_time(never, start) is None


def test_a_short_month_has_its_last_day_and_the_next_one_the_31st_again():
    monthly = Recurrence(Frequency.MONTH, 1, at(2026, 1, 31, 6))
    found = times(monthly, monthly.start, 4)
    assert local(found, "UTC") == ["02-28 06:00", "03-31 06:00", "04-30 06:00", "05-31 06:00"]


def test_nothing_is_due_when_the_calendar_ends():
    monthly = Recurrence(Frequency.MONTH, 1, at(2026, 1, 31, 6))
    assert next_time(monthly, at(9999, 12, 31, 23)) is None
    assert next_time(Recurrence(Frequency.HOUR, 1, at(2026, 1, 1)), at(9999, 12, 31, 23)) is None


ZONES = st.sampled_from(
    [
        "UTC",
        BERLIN,
        PACIFIC,
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "America/Sao_Paulo",
        "Pacific/Apia",
        "America/Asuncion",
    ]
)
MOMENTS = st.floats(946_684_800, 2_208_988_800).map(lambda when: datetime.fromtimestamp(when, UTC))


@st.composite
def recurrences(draw):
    frequency = draw(st.sampled_from(Frequency))
    by_day = frequency in {Frequency.DAY, Frequency.WEEK}
    some = st.lists(st.integers(0, 23), max_size=3, unique=True).map(tuple)
    names = st.lists(st.sampled_from(WEEK_DAYS), max_size=3, unique=True).map(tuple)
    return Recurrence(
        frequency,
        draw(st.integers(1, 30)),
        draw(MOMENTS).replace(second=0, microsecond=0),
        draw(ZONES),
        draw(some) if by_day else (),
        draw(some) if by_day else (),
        draw(names) if frequency is Frequency.WEEK else (),
    )


@settings(max_examples=300, deadline=None, derandomize=True)
@given(recurrences(), MOMENTS)
def test_times_come_one_after_the_other_and_none_is_left_out(recurrence, after):
    first = next_time(recurrence, after)
    assert first > after
    assert first >= recurrence.start
    # From anywhere before it, it is the next one still: nothing lies between.
    between = after + (first - after) / 2
    assert next_time(recurrence, between) == first
    assert next_time(recurrence, first - timedelta(microseconds=1)) == first
    found = times(recurrence, first, 3)
    assert all(one < other for one, other in pairwise([first, *found]))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(recurrences(), MOMENTS)
def test_what_is_due_is_what_the_recurrence_says(recurrence, after):
    zone = ZoneInfo(recurrence.zone)
    due, start = (one.astimezone(zone) for one in (next_time(recurrence, after), recurrence.start))
    days = (due.date() - start.date()).days
    if recurrence.frequency in {Frequency.MINUTE, Frequency.HOUR}:
        unit = 60 if recurrence.frequency is Frequency.MINUTE else 3600
        assert (due - recurrence.start).total_seconds() % (unit * recurrence.interval) == 0
        return
    if recurrence.frequency is Frequency.DAY and recurrence.zone != "Pacific/Apia":
        assert days % recurrence.interval == 0
    if recurrence.week_days and recurrence.zone != "Pacific/Apia":
        assert WEEK_DAYS[due.weekday()] in recurrence.week_days
        assert (due.date() - start.date() + timedelta(start.weekday())).days // 7 % (
            recurrence.interval
        ) == 0
    if recurrence.frequency is Frequency.MONTH and recurrence.zone != "Pacific/Apia":
        last = (due.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
        assert due.day == min(start.day, last.day)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(recurrences())
def test_a_recurrence_is_the_same_after_it_was_stored(recurrence):
    assert Recurrence.of(recurrence.to_body()) == recurrence


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles"])
def test_a_year_of_days_has_a_time_each(zone):
    daily = Recurrence(Frequency.DAY, 1, at(2026, 1, 1, 2, 30, zone=zone), zone)
    found = times(daily, daily.start, 364)
    assert len({one.astimezone(ZoneInfo(zone)).date() for one in found}) == 364
