"""Response times, recomputed from the raw files: an independent reading of probe-csv,
probe-actions-csv, probe-schedule-csv and window-csv. Slow and plain on purpose.

A file is (format, source, text) or (format, source, text, covers), in the order of the imports that
stand; covers is a pair of days. Times are UTC seconds.
"""
import collections
import csv
import datetime
import functools
import io
import time

import figures
from danish_calendar import (day_start, local_day, local_day_and_hour, parse_period,
                             utc_of_local, weekday_of)

BEGINNING, END = -10 ** 18, 10 ** 18
YEAR = 366 * 86400
LIMITS = {"standard": 3000, "data_heavy": 15000}
RESULT_DIMS = ("system", "action", "kind", "site", "seat", "hour", "weekday")
MISSING_DIMS = ("system", "action", "kind", "site", "seat")
Result = collections.namedtuple("Result", "at dims met net outcome ms")


def moment(text, zone="Europe/Copenhagen"):
    """(UTC second, whether the text is a date alone)."""
    text = text.strip()
    if len(text) == 10:
        year, month, day = map(int, text.split("-"))
        return utc_of_local(year, month, day, 0, 0, 0, zone), True
    parsed = datetime.datetime.fromisoformat(text.replace("Z", "+00:00").replace("T", " "))
    if parsed.tzinfo:
        return int(parsed.timestamp()), False
    return utc_of_local(parsed.year, parsed.month, parsed.day, parsed.hour, parsed.minute,
                        parsed.second, zone), False


def span(row):
    begin, end = BEGINNING, END
    if row["from"].strip():
        begin = moment(row["from"])[0]
    if row["to"].strip():
        end, date_alone = moment(row["to"])
        if date_alone:  # the last day, included
            end = day_start(local_day(end) + 1)
    return begin, end


def rows_of(text):
    sample = text.split("\n", 1)[0]
    delimiter = ";" if sample.count(";") > sample.count(",") else ","
    for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield {key.strip(): (value or "").strip() for key, value in row.items()}


class Rules:
    """Dated rows: the last import of a key holds."""

    def __init__(self, files):
        limits, windows, schedules = {}, {}, {}
        for file in files:
            name, source, text = file[:3]
            if name not in ("probe-actions-csv", "window-csv", "probe-schedule-csv"):
                continue
            for row in rows_of(text):
                begin, end = span(row)
                if name == "probe-actions-csv":
                    kind = row["kind"].replace("-", "_")
                    limit = int(row["limit_ms"]) if row["limit_ms"] else LIMITS[kind]
                    limits[source, row["system"], row["action"], begin] = (end, kind, limit)
                elif name == "window-csv":
                    announced = moment(row["announced"])[0] if row["announced"] else None
                    windows[source, row["system"], row["site"], begin] = (end, announced)
                else:
                    series = (row["system"], row["action"], row["site"], row["seat"])
                    schedules[(source, begin) + series] = (end, int(row["every_s"]))
        self.limits = collections.defaultdict(list)
        for (source, system, action, begin), (end, kind, limit) in limits.items():
            self.limits[system, action].append((begin, source, end, kind, limit))
        self.windows = [(system, site, begin, end, announced) for
                        (_, system, site, begin), (end, announced) in windows.items()]
        self.schedules = collections.defaultdict(list)
        for key, (end, every) in schedules.items():
            self.schedules[key[2:]].append((key[1], key[0], end, every))

    def limit(self, system, action, at):
        held = [r for r in self.limits[system, action] if r[0] <= at < r[2]]
        return max(held)[3:] if held else ("unknown", None)

    def omitted(self, system, site, at):
        return any(of in ("", system) and place in ("", site) and begin <= at < end
                   and announced is not None and announced < begin
                   for of, place, begin, end, announced in self.windows)


def measurements(files):
    """{(source, series, at): (ms, outcome)}: the last import of a key holds."""
    found = {}
    for file in files:
        if file[0] != "probe-csv":
            continue
        for row in rows_of(file[2]):
            series = (row["system"], row["action"], row["site"], row["seat"])
            ms = int(row["ms"].replace(".", "")) if row["ms"] else None
            found[file[1], series, moment(row["time"])[0]] = (ms, row["outcome"])
    return found


def reach(files, found):
    """From the first measurement to behind the last, and the periods that imports state; or None."""
    spans = [(at, at + 1) for _, _, at in found]
    for file in files:
        if file[0] == "probe-csv" and len(file) > 3 and file[3]:
            spans.append((day_start(file[3][0]), day_start(file[3][1] + 1)))
    if not spans:
        return None
    return min(begin for begin, _ in spans), max(end for _, end in spans)


@functools.lru_cache(maxsize=None)
def _dims(series, kind, hour, weekday):
    dims = dict(zip(("system", "action", "site", "seat"), series), kind=kind, hour=hour,
                weekday=weekday)
    dims["seat"] = dims["seat"] or "unknown"
    return dims


def dims_of(series, kind, at=None):
    if at is None:
        return _dims(series, kind, None, None)
    day, hour = local_day_and_hour(at)
    return _dims(series, kind, hour, weekday_of(day))


def is_expected(plan, slot, known):
    """Whether a schedule row expects a slot; all that is measured is long past."""
    (begin, end), (first, stop) = plan, slot
    over = end <= time.time()
    if stop > end:
        return False
    if not known:
        return over and stop > end - YEAR
    earliest, latest = known
    if begin < earliest - YEAR and stop <= earliest:
        return False
    return first < latest + (YEAR if over else 0)


def missing_runs(rules, found, known):
    """[(day, dims, slots)]: runs of slots without a measurement, slot by slot."""
    started = collections.defaultdict(list)
    for _, series, at in found:
        started[series].append(at)
    runs = []
    for series, plans in rules.schedules.items():
        times = sorted(started[series])
        for begin, source, end, every in plans:
            later = [(b, e) for b, s, e, _ in plans if (b, s) > (begin, source)]
            measured = {(at - begin) // every for at in times if at >= begin}
            run, slot = None, 0
            last = min(end, (known[1] if known else time.time()) + YEAR)
            while begin + slot * every < last:
                first, stop = begin + slot * every, begin + (slot + 1) * every
                taken = any(b < stop and first < e for b, e in later)
                day = local_day(first)
                dims = dims_of(series, rules.limit(series[0], series[1], first)[0])
                if slot in measured or taken or not is_expected((begin, end), (first, stop), known):
                    run = None
                elif run is not None and run[:2] == [day, dims]:
                    run[2] += 1
                else:
                    run = [day, dims, 1]
                    runs.append(run)
                slot += 1
    return runs


def results(files):
    rules = Rules(files)
    found = measurements(files)
    listed = []
    for (_, series, at), (ms, outcome) in found.items():
        system, action, site, _ = series
        kind, limit = rules.limit(system, action, at)
        met = None if limit is None else int(outcome == "ok" and ms <= limit)
        listed.append(Result(at, dims_of(series, kind, at), met,
                             not rules.omitted(system, site, at), outcome, ms))
    return listed, missing_runs(rules, found, reach(files, found))


def indicators(files):
    """{id: figures.Indicator} of everything that the files say."""
    listed, runs = results(files)

    def of(kind, chosen, num):
        return figures.Indicator(kind, RESULT_DIMS, [(local_day(r.at), r.dims, num(r), 1)
                                                     for r in listed if chosen(r)])

    def ok(r): return r.outcome == "ok"
    return {
        "probes.within_limit": of("ratio", lambda r: r.met is not None, lambda r: r.met),
        "probes.within_limit_net": of("ratio", lambda r: r.met is not None and r.net,
                                      lambda r: r.met),
        "probes.measured": of("count", lambda r: True, lambda r: 1),
        "probes.failed": of("count", lambda r: not ok(r), lambda r: 1),
        "probes.median": of(50, ok, lambda r: r.ms),
        "probes.p95": of(95, ok, lambda r: r.ms),
        "probes.available": of("ratio", lambda r: True, lambda r: int(ok(r))),
        "probes.available_net": of("ratio", lambda r: r.net, lambda r: int(ok(r))),
        "probes.missing": figures.Indicator("count", MISSING_DIMS,
                                            [(day, dims, slots, 1) for day, dims, slots in runs]),
    }


def files_of(entries):
    """The same from a manifest's entries."""
    listed = []
    for entry in entries:
        if entry.format in ("probe-csv", "probe-actions-csv", "probe-schedule-csv", "window-csv"):
            covers = entry.options.get("--covers")
            listed.append((entry.format, entry.source, entry.path.read_text("utf-8-sig"),
                           parse_period(covers) if covers else None))
    return listed
