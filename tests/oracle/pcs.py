"""How long actions take by PC model and age, recomputed from the raw files: each measurement asks the
register, row by row, what its PC was on that day. Nothing is shared with the engine.

A file is (format, source, text) as in probes.py. `told` is what agents said of seats:
{seat: [(UTC second from, agent, serial, model, date of the firmware)]}, oldest first.
"""
import collections
import csv
import io

import probes
import registers
from danish_calendar import date_of, local_day
from figures import nearest_rank

LEAST = 5
Measured = collections.namedtuple("Measured", "day dims pc met outcome ms")
Row = collections.namedtuple("Row", "num den records behind")


def bare(name):
    return "".join(c for c in name.upper() if c.isalnum())


def birthdays(base, day):
    age = 0
    while age < 5 and registers.birthday(base, age + 1) <= day:
        age += 1
    return "5+" if age == 5 else str(age)


def in_register(assets, names, day):
    """What the register says on the day of the first of the names that it has then."""
    for name in names:
        state = registers.asset_on(assets[bare(name)], day) if bare(name) in assets else None
        if state is not None and state["kind"] == "pc":
            return state
    return None


def pc_of(assets, told, seat, at):
    """(model, age) of a seat at a moment."""
    day = date_of(local_day(at))
    said = [one for one in told.get(seat, ()) if one[0] <= at]
    _, agent, serial, model, firmware = said[-1] if said else (0, "", "", "", None)
    state = in_register(assets, [name for name in (agent, serial, seat) if name], day)
    known = state["model"] if state else ""
    age = registers.age_on(state, day) if state else "unknown"
    if agent:
        known = known or model
        if age == "unknown" and firmware is not None and firmware <= day:
            age = birthdays(firmware, day)
    return known or "unknown", age


def measured(files, told=None):
    assets = collections.defaultdict(list)
    for form, _, text in (file[:3] for file in files):
        if form == "asset-csv":
            for row in csv.DictReader(io.StringIO(text)):
                assets[bare(row["id"])].append(row)
    rules = probes.Rules(files)
    listed = []
    for (_, (system, action, site, seat), at), (ms, outcome) in probes.measurements(files).items():
        kind, limit = rules.limit(system, action, at)
        model, age = pc_of(assets, told or {}, seat, at)
        dims = {"system": system, "action": action, "site": site, "kind": kind, "model": model,
                "age": age}
        met = None if limit is None else int(outcome == "ok" and ms <= limit)
        listed.append(Measured(local_day(at), dims, seat, met, outcome, ms))
    return listed


def answer(listed, name, period, by):
    """{key: Row}; value and denominator are None where too few PCs stand behind."""
    chosen = {"pc_within_limit": lambda m: m.met is not None, "pcs": lambda m: True,
              "pc_median": lambda m: m.outcome == "ok", "pc_p95": lambda m: m.outcome == "ok"}[name]
    groups = collections.defaultdict(list)
    for one in listed:
        if period[0] <= one.day <= period[1] and one.pc and chosen(one):
            groups[tuple(one.dims[word] for word in by)].append(one)
    rows = {}
    for key, group in groups.items():
        pcs = len({one.pc for one in group})
        den = None
        if name == "pcs":
            rows[key] = Row(pcs, None, len(group), None)
            continue
        if name == "pc_within_limit":
            num, den = sum(one.met for one in group), len(group)
        else:
            num = nearest_rank(50 if name == "pc_median" else 95, [one.ms for one in group])
        rows[key] = Row(num, den, len(group), pcs) if pcs >= LEAST else \
            Row(None, None, len(group), pcs)
    return rows
