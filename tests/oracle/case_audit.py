"""Audit rows of cases to case events and to the stretches in which a case is open.

One row per change of a case, as ServiceNow exports it. Written from the definitions only.
"""
import collections
import csv
import dataclasses
import datetime
import functools
import io
import re
import sys
import typing

from danish_calendar import day_of, local_day, utc_of_local

UNKNOWN = "unknown"
# What is kept of an audit row. A real export has 36 columns, the demo 600,000 rows.
COLUMNS = ("number", "incident_state", "reopen_count", "sys_mod_count", "opened_at",
           "sys_updated_at", "contact_type", "category", "priority", "assignment_group",
           "resolved_at", "closed_at")
Row = collections.namedtuple("Row", COLUMNS)
DIMS = ("level", "org", "group", "category", "type", "priority", "contact")


@dataclasses.dataclass
class Event:
    kind: str          # created, resolved, reopened, closed, moved_in, moved_out
    time: int
    day: int
    dims: dict
    case: str
    origin: typing.Optional[str] = None       # of reopened: resolved or closed
    solve_time: typing.Optional[int] = None   # on the last resolution only
    moves: typing.Optional[int] = None        # on the last closing only


@dataclasses.dataclass
class Span:
    case: str
    from_day: int
    to_day: typing.Optional[int]
    opened_at: int
    dims: dict


def decode(data, encoding=None):
    if encoding:
        return data.decode(encoding)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def parse_time(text, zone="Europe/Copenhagen"):
    """UTC seconds of a local time without zone, or None for a missing one."""
    text = text.strip()
    if text in ("", "?"):
        return None
    if m := re.fullmatch(r"(\d\d?)[-/.](\d\d?)[-/.](\d{4}) (\d\d?)[:.](\d\d)(?:[:.](\d\d))?", text):
        day, month, year, hour, minute, second = (int(g or 0) for g in m.groups())
    elif m := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?", text):
        year, month, day, hour, minute, second = (int(g or 0) for g in m.groups())
    else:
        raise ValueError(text)
    return utc_of_local(year, month, day, hour, minute, second, zone)


class Groups:
    """group -> level and organisation, by day; from a CSV group,level,org,from,to."""

    def __init__(self, text=None):
        self.rows = collections.defaultdict(list)
        if not text:
            return
        lines = text.lstrip("\ufeff")
        delimiter = ";" if lines.split("\n", 1)[0].count(";") else ","
        for row in csv.DictReader(io.StringIO(lines), delimiter=delimiter):
            start = day_of(datetime.date.fromisoformat(row["from"])) if row.get("from") else -10**9
            end = day_of(datetime.date.fromisoformat(row["to"])) if row.get("to") else 10**9
            self.rows[row["group"]].append((start, end, row["level"] or UNKNOWN,
                                            row.get("org") or UNKNOWN))

    def at(self, group, day):
        for start, end, level, org in self.rows.get(group, ()):
            if start <= day <= end:
                return level, org
        return UNKNOWN, UNKNOWN

    def changes(self, group, after, until):
        """Days d with after < d <= until on which the group's level or org differs from d - 1."""
        edges = set()
        for start, end, _, _ in self.rows.get(group, ()):
            edges.update((start, end + 1))
        return [d for d in sorted(edges)
                if after < d <= until and self.at(group, d) != self.at(group, d - 1)]


def read_rows(data, encoding=None, delimiter=None):
    text = decode(data, encoding)
    header = text.split("\n", 1)[0]
    if not delimiter:
        delimiter = ";" if header.count(";") > header.count(",") else ","
    # A last line without its end may still be growing.
    if not text.endswith("\n"):
        text = text[:text.rfind("\n") + 1]
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = next(reader, [])
    if not {"number", "sys_updated_at", "opened_at", "sys_mod_count"} <= set(header):
        raise ValueError(f"no audit columns in {header}")
    places = [header.index(name) if name in header else None for name in COLUMNS]
    return [Row(*(None if at is None else sys.intern(cells[at]) for at in places))
            for cells in reader if len(cells) == len(header)]


def _missing(value):
    return value is None or value.strip() in ("", "?")


def _value(text):
    return UNKNOWN if _missing(text) else text.strip()


@functools.lru_cache(maxsize=None)
def _dims(level, org, group, category, type_, priority, contact, origin=None):
    """One dictionary for all records with the same values; nobody changes it."""
    return dict(zip(DIMS, (level, org, group, category, type_, priority, contact)),
                **{"from": origin})


def union(files, zone="Europe/Copenhagen"):
    """Rows of all files by case. The later file corrects the earlier: same case, time and
    modification number. Equal rows count as often as in the one file that has most of them."""
    versions = {}
    for file_index, rows in enumerate(files):
        keyed = []
        for line, row in enumerate(rows, 2):
            try:
                time = parse_time(row.sys_updated_at, zone)
                opened = parse_time(row.opened_at, zone)
                mod = int(row.sys_mod_count)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
            if time is None or opened is None or _missing(row.number):
                continue
            keyed.append(((row.number, time, mod), line, row))
        if not keyed:
            continue
        start = min(key[1] for key, _, _ in keyed)
        by_key = collections.defaultdict(list)
        for key, line, row in keyed:
            by_key[key].append((start, line, row))
        for key, found in by_key.items():
            known = versions.get(key)
            if known is not None and sorted(r for _, _, r in known) == sorted(
                    r for _, _, r in found):
                found = min(known, found, key=lambda rows: (rows[0][0], rows[0][1]))
            versions[key] = found
    cases = collections.defaultdict(list)
    for (number, time, mod), found in versions.items():
        for start, line, row in found:
            cases[number].append((time, mod, start, line, row))
    for rows in cases.values():
        rows.sort(key=lambda entry: entry[:4])
    return cases


class Replay:
    """Walks the rows of one case in order and notes what happened."""

    def __init__(self, number, rows, groups, zone):
        self.number, self.groups, self.zone = number, groups, zone
        self.rows = rows
        self.events, self.spans = [], []
        self.opened_at = parse_time(rows[0][4].opened_at, zone)
        self.group = UNKNOWN          # the group that counts now
        self.values = ()
        self.open_since = None        # first day of the present stretch
        self.last_change = None
        self.moves = 0

    def dims(self, group, values, day):
        level, org = self.groups.at(group, day)
        return _dims(level, org, group, *values)

    def emit(self, kind, time, dims, **more):
        if "origin" in more:
            dims = _dims(*(dims[name] for name in DIMS), more["origin"])
        self.events.append(Event(kind, time, local_day(time), dims, self.number, **more))

    def end_stretch(self, day):
        """Ends the present stretch; splits it where the group's level or org changed by date."""
        if self.open_since is None:
            return
        start = self.open_since
        for change in self.groups.changes(self.group, start, 10**8 if day is None else day):
            before = self.dims(self.group, self.values, change - 1)
            after = self.dims(self.group, self.values, change)
            self.add_span(start, change, before)
            if before["level"] != after["level"]:
                self.events.append(Event("moved_out", 0, change, before, self.number))
                self.events.append(Event("moved_in", 0, change, after, self.number))
            start = change
        self.add_span(start, day, self.dims(self.group, self.values, start))
        self.open_since = None

    def add_span(self, start, end, dims):
        if end is None or end > start:
            self.spans.append(Span(self.number, start, end, self.opened_at, dims))

    def change(self, time, group, values):
        """The case is open and its group or values change."""
        day = local_day(time)
        moved = group != self.group
        if not moved and values == self.values:
            return
        self.end_stretch(day)
        if moved:
            before = self.dims(self.group, self.values, day)
            after = self.dims(group, values, day)
            if UNKNOWN not in (group, self.group):
                self.moves += 1
            if before["level"] != after["level"]:
                self.emit("moved_out", time, before)
                self.emit("moved_in", time, after)
        self.group, self.values, self.open_since = group, values, day
        self.last_change = time

    def close(self, time, last):
        day = local_day(time)
        self.end_stretch(day)
        self.emit("closed", time, self.dims(self.group, self.values, day),
                  moves=self.moves if last else None)

    def run(self):
        states = [_value(row.incident_state) for *_, row in self.rows]
        counts = [0 if _missing(row.reopen_count) else int(row.reopen_count)
                  for *_, row in self.rows]
        # A row that is closed like the one before, but was reopened between them, closes anew.
        entries = {name: [i for i, s in enumerate(states)
                          if s == name and (i == 0 or states[i - 1] != name or
                                            (name == "Closed" and counts[i] > counts[i - 1]))]
                   for name in ("Resolved", "Closed")}
        is_open, group, meanwhile = True, UNKNOWN, []
        for i, (updated, _, _, _, row) in enumerate(self.rows):
            time = max(updated, self.opened_at)
            if not _missing(row.assignment_group):
                group = row.assignment_group.strip()
            values = (_value(row.category), UNKNOWN, _value(row.priority),
                      _value(row.contact_type))
            if i == 0:
                self.group, self.values = group, values
                self.open_since, self.last_change = local_day(self.opened_at), self.opened_at
                self.emit("created", self.opened_at, self.dims(group, values, self.open_since))
            rises = i > 0 and counts[i] > counts[i - 1]
            if not is_open and (states[i] != "Closed" or rises):
                # The case comes back as it was closed; what changed meanwhile follows at once.
                self.open_since, self.last_change, is_open = local_day(time), time, True
                self.emit("reopened", time, self.dims(self.group, values, self.open_since),
                          origin="closed")
            elif rises:
                self.emit("reopened", time, self.dims(group, values, local_day(time)),
                          origin="resolved")
            meanwhile.append((group, values))
            if is_open:
                for then in meanwhile:
                    self.change(time, *then)
                meanwhile = []
            if i in entries["Resolved"]:
                self.resolve(i == entries["Resolved"][-1], row, time, group, values)
            if i in entries["Closed"]:
                last = i == entries["Closed"][-1]
                stated = parse_time(row.closed_at, self.zone) if last else None
                # Nothing closes before it came to where it is.
                self.close(time if stated is None else max(stated, self.last_change), last)
                is_open = False
        if is_open:
            self.end_stretch(None)
        return self

    def resolve(self, last, row, time, group, values):
        stated = parse_time(row.resolved_at, self.zone) if last else None
        if stated is not None:
            time = max(stated, self.opened_at)
        self.emit("resolved", time, self.dims(group, values, local_day(time)),
                  solve_time=time - self.opened_at if last else None)


def replay(files, groups=None, zone="Europe/Copenhagen"):
    """(events, spans) of one source; `files` are lists of row dictionaries in import order."""
    groups = groups or Groups()
    events, spans = [], []
    for number, rows in union(files, zone).items():
        case = Replay(number, rows, groups, zone).run()
        events += case.events
        spans += case.spans
    return events, spans
