"""Days, weeks and months as Copenhagen sees them. A day is a number: days since 1970-01-01."""
import datetime
import functools
import re
import zoneinfo

EPOCH = datetime.date(1970, 1, 1).toordinal()
COPENHAGEN = zoneinfo.ZoneInfo("Europe/Copenhagen")
UTC = datetime.timezone.utc


@functools.lru_cache(maxsize=None)
def _offset_of_hour(utc_hour):
    # Zone changes fall on whole UTC hours, so one answer serves a whole hour.
    moment = datetime.datetime.fromtimestamp(utc_hour * 3600, UTC)
    return int(moment.astimezone(COPENHAGEN).utcoffset().total_seconds())


def local_day_and_hour(utc):
    local = utc + _offset_of_hour(utc // 3600)
    return local // 86400, local % 86400 // 3600


def local_day(utc):
    return local_day_and_hour(utc)[0]


@functools.lru_cache(maxsize=None)
def _zone(name):
    return zoneinfo.ZoneInfo(name)


@functools.lru_cache(maxsize=200_000)
def utc_of_local(year, month, day, hour, minute, second, zone="Europe/Copenhagen"):
    """The first of two instants in autumn; the instant after the gap, moved on, in spring."""
    local = datetime.datetime(year, month, day, hour, minute, second, tzinfo=_zone(zone), fold=0)
    return int(local.timestamp())


@functools.lru_cache(maxsize=None)
def day_start(day):
    d = date_of(day)
    return utc_of_local(d.year, d.month, d.day, 0, 0, 0)


def day_of(date):
    return date.toordinal() - EPOCH


def date_of(day):
    return datetime.date.fromordinal(day + EPOCH)


@functools.lru_cache(maxsize=None)
def weekday_of(day):
    return date_of(day).isoweekday()


@functools.lru_cache(maxsize=None)
def label(bucket, day):
    d = date_of(day)
    if bucket == "day":
        return d.isoformat()
    if bucket == "week":
        year, week, _ = d.isocalendar()
        return f"{year:04}-W{week:02}"
    if bucket == "month":
        return f"{d.year:04}-{d.month:02}"
    if bucket == "quarter":
        return f"{d.year:04}-Q{(d.month + 2) // 3}"
    if bucket == "year":
        return f"{d.year:04}"
    raise ValueError(bucket)


BUCKETS = ("day", "week", "month", "quarter", "year")


def _one_period(text):
    def first(year, month):
        return datetime.date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    if m := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
        d = datetime.date(*map(int, m.groups()))
        return day_of(d), day_of(d)
    if m := re.fullmatch(r"(\d{4})-W(\d\d)", text):
        d = datetime.date.fromisocalendar(int(m[1]), int(m[2]), 1)
        return day_of(d), day_of(d) + 6
    if m := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        year, month, months = int(m[1]), int(m[2]) * 3 - 2, 3
    elif m := re.fullmatch(r"(\d{4})-(\d\d)", text):
        year, month, months = int(m[1]), int(m[2]), 1
    elif m := re.fullmatch(r"(\d{4})", text):
        year, month, months = int(m[1]), 1, 12
    else:
        raise ValueError(text)
    return day_of(first(year, month)), day_of(first(year, month + months)) - 1


def parse_period(text):
    first, _, last = text.partition("..")
    return _one_period(first)[0], _one_period(last or first)[1]
