"""Expected figures, from visits, case events and open stretches.

Answers are {key: Row}; a key has one text or number per `by`. Exact integers throughout.
"""
import collections
import dataclasses
import fractions
import functools
import typing

from case_audit import DIMS
from danish_calendar import BUCKETS, day_start, label

IN_TIME_SECONDS = 300
SHORT_ABANDON_SECONDS = 10
TELEPHONY_DIMS = ("queue", "hour", "weekday")


@dataclasses.dataclass
class Row:
    records: int
    num: typing.Optional[int]
    den: typing.Optional[int] = None

    @property
    def value(self):
        if self.den is None:
            return self.num
        return fractions.Fraction(self.num, self.den) if self.den else None


@dataclasses.dataclass
class Indicator:
    kind: str                 # count, ratio, max, balance, balance_age or a percentile's number
    dims: tuple
    records: list             # (day, {dim: value}, num, den), or spans

    @functools.cached_property
    def cells(self):
        """The records by dimensions and day: (dims, {day: [num, ...]})."""
        found = {}
        for day, dims, num, den in self.records:
            assert den == 1
            found.setdefault(id(dims), (dims, {}))[1].setdefault(day, []).append(num)
        return list(found.values())


def nearest_rank(percent, values):
    """Position ceil(p * n / 100) of the sorted values."""
    values = sorted(values)
    return values[(percent * len(values) + 99) // 100 - 1]


@functools.lru_cache(maxsize=None)
def _visit_dims(queue, hour, weekday, way):
    return {"queue": queue, "hour": hour, "weekday": weekday, "way": way}


def _visit_records(visits, chosen, num):
    return [(v.day, _visit_dims(v.queue, v.hour, v.weekday, v.way), num(v), 1)
            for v in visits if chosen(v)]


def telephony(visits):
    def every(v): return True
    def answered(v): return v.outcome == "answered"
    def ended(v): return v.outcome != "open"
    def one(v): return 1
    def wait(v): return v.wait
    def in_time(v): return int(answered(v) and v.wait <= IN_TIME_SECONDS)
    def count(chosen, dims=TELEPHONY_DIMS):
        return Indicator("count", dims, _visit_records(visits, chosen, one))
    def ratio(chosen, num):
        return Indicator("ratio", TELEPHONY_DIMS, _visit_records(visits, chosen, num))
    def of_waits(kind, chosen):
        return Indicator(kind, TELEPHONY_DIMS, _visit_records(visits, chosen, wait))
    def is_short(v): return v.outcome == "abandoned" and v.wait <= SHORT_ABANDON_SECONDS
    return {
        "telephony.offered": count(every),
        "telephony.answered": count(answered),
        "telephony.abandoned": count(lambda v: v.outcome == "abandoned"),
        "telephony.left": count(lambda v: v.outcome == "left", TELEPHONY_DIMS + ("way",)),
        "telephony.open": count(lambda v: v.outcome == "open"),
        "telephony.abandoned_share": ratio(every, lambda v: int(v.outcome == "abandoned")),
        "telephony.wait_mean": ratio(answered, wait),
        "telephony.wait_mean_all": ratio(ended, wait),
        "telephony.wait_median": of_waits(50, answered),
        "telephony.wait_p90": of_waits(90, answered),
        "telephony.wait_p95": of_waits(95, answered),
        "telephony.wait_max": of_waits("max", ended),
        "telephony.in_time_offered": ratio(every, in_time),
        "telephony.in_time_net": ratio(lambda v: not is_short(v), in_time),
        "telephony.in_time_answered": ratio(answered, in_time),
        "telephony.talk_mean": ratio(lambda v: answered(v) and v.talk is not None,
                                     lambda v: v.talk),
    }


def servicedesk(events, spans):
    by_kind = collections.defaultdict(list)
    for event in events:
        by_kind[event.kind].append(event)

    def records(kind, num=lambda e: 1, chosen=lambda e: True):
        return [(e.day, e.dims, num(e), 1)
                for e in by_kind[kind] if chosen(e)]
    answers = {f"servicedesk.{kind}": Indicator("count", DIMS, records(kind))
               for kind in ("created", "resolved", "closed", "moved_in", "moved_out")}
    answers["servicedesk.reopened"] = Indicator("count", DIMS + ("from",), records("reopened"))
    solved = records("resolved", lambda e: e.solve_time, lambda e: e.solve_time is not None)
    answers["servicedesk.solve_time_median"] = Indicator(50, DIMS, solved)
    answers["servicedesk.solve_time_p90"] = Indicator(90, DIMS, solved)
    answers["servicedesk.moves_mean"] = Indicator(
        "ratio", DIMS, records("closed", lambda e: e.moves, lambda e: e.moves is not None))
    answers["servicedesk.backlog"] = Indicator("balance", DIMS, spans)
    answers["servicedesk.backlog_age_median"] = Indicator("balance_age", DIMS, spans)
    return answers


def _matches(dims, where):
    wanted = collections.defaultdict(set)
    for dim, value in where:
        wanted[dim].add(str(value))
    return all(str(dims[dim]) in values for dim, values in wanted.items())


def answer(indicator, period, by=(), where=()):
    """{key: Row} of the rows that have records; a question without `by` always has its row."""
    if indicator.kind in ("balance", "balance_age"):
        rows = _answer_balance(indicator, period, by, where)
    else:
        rows = _answer_flow(indicator, period, by, where)
    if not by and not rows:
        rows[()] = Row(0, 0, 0 if indicator.kind == "ratio" else None)
    return rows


def _key(by, values, labels):
    """The key in the order that was asked, of its dimensions' values and its calendar's labels."""
    values, labels = iter(values), iter(labels)
    return tuple(next(labels) if b in BUCKETS else next(values) for b in by)


def _values(by, dims):
    return tuple(dims[b] for b in by if b not in BUCKETS)


def _answer_flow(indicator, period, by, where):
    calendar = [b for b in by if b in BUCKETS]
    labels = {day: tuple(label(b, day) for b in calendar)
              for day in range(period[0], period[1] + 1)}
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for dims, days in indicator.cells:
        if where and not _matches(dims, where):
            continue
        row = found[_values(by, dims)]
        for day, nums in days.items():
            if day in labels:
                row[labels[day]].extend(nums)
    return {_key(by, values, at): _aggregate(indicator.kind, nums)
            for values, row in found.items() for at, nums in row.items()}


def _aggregate(kind, nums):
    if kind == "count":
        return Row(len(nums), sum(nums))
    if kind == "ratio":
        return Row(len(nums), sum(nums), len(nums))
    if kind == "max":
        return Row(len(nums), max(nums))
    return Row(len(nums), nearest_rank(kind, nums))


def balance_days(period, by):
    """[(calendar labels, last day)] of the buckets; the whole period without a calendar `by`."""
    first, last = period
    calendar = [b for b in by if b in BUCKETS]
    ends = {}
    for day in range(first, last + 1):
        ends[tuple(label(b, day) for b in calendar)] = day
    return ends.items()


def _answer_balance(indicator, period, by, where):
    spans = [s for s in indicator.records if not where or _matches(s.dims, where)]
    # A sweep: what begins or ends on a day changes what is open from that day on.
    starts, ends = collections.defaultdict(list), collections.defaultdict(list)
    open_now = collections.defaultdict(lambda: collections.defaultdict(list))
    for span in spans:
        same = open_now[_values(by, span.dims)][id(span.dims)]  # when those cases opened
        starts[span.from_day].append((same, span.opened_at))
        if span.to_day is not None:
            ends[span.to_day].append((same, span.opened_at))
    changes = collections.deque(sorted(set(starts) | set(ends)))
    rows = {}
    for labels, day in sorted(balance_days(period, by), key=lambda item: item[1]):
        while changes and changes[0] <= day:
            change = changes.popleft()
            for same, opened_at in starts[change]:
                same.append(opened_at)
            for same, opened_at in ends[change]:
                same.remove(opened_at)
        end = day_start(day + 1)
        for values, groups in open_now.items():
            count = sum(map(len, groups.values()))
            if count and indicator.kind == "balance":
                rows[_key(by, values, labels)] = Row(count, count)
            elif count:
                ages = [end - opened_at for same in groups.values() for opened_at in same]
                rows[_key(by, values, labels)] = Row(count, nearest_rank(50, ages))
    return rows
