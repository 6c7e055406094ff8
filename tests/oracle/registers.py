"""The registers once more, straight from the rows, day by day: nothing is shared with the engine.

An asset or device is looked up on each day: which row holds, how old it is, whether maintenance was
due. Dates are datetime.date; a row without a first day holds from its base date, else always.
"""
import collections
import csv
import datetime
import io
import random

ALWAYS = datetime.date(1970, 1, 1)
PLACES = ("HVH", "RH", "NOH", "")


def date(text):
    return datetime.date.fromisoformat(text) if text else None


def birthday(base, years):
    try:
        return base.replace(year=base.year + years)
    except ValueError:
        return datetime.date(base.year + years, 3, 1)


def months_later(day, months):
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    last = (datetime.date(year + (month == 11), (month + 1) % 12 + 1, 1) -
            datetime.timedelta(days=1)).day
    return datetime.date(year, month + 1, min(day.day, last))


def make_assets(seed, count):
    source = random.Random(seed)
    out = io.StringIO()
    table = csv.DictWriter(out, ("id", "kind", "model", "place", "owner", "base_date", "status",
                                 "from", "to"), lineterminator="\n")
    table.writeheader()
    for number in range(count):
        base = datetime.date(2008, 1, 1) + datetime.timedelta(days=source.randrange(2000))
        if source.random() < 0.05:
            base = datetime.date(2008, 2, 29)
        known = source.random() < 0.9
        kind = source.choice(("pc", "pc", "pc", "server", "network", "thin_client"))
        begin = base + datetime.timedelta(days=source.randrange(-5, 200))
        rows = source.randrange(1, 4)
        for step in range(rows):
            end = begin + datetime.timedelta(days=source.randrange(1, 500))
            table.writerow({"id": f"A{number}", "kind": kind, "model": source.choice("XY"),
                            "place": source.choice(PLACES), "owner": "",
                            "base_date": base.isoformat() if known else "",
                            "status": "retired" if step and source.random() < 0.3 else "in_use",
                            "from": begin.isoformat(),
                            "to": end.isoformat() if source.random() < 0.3 else ""})
            begin = end + datetime.timedelta(days=source.randrange(1, 30))
    return out.getvalue()


def asset_on(rows, day):
    """What is known of one asset on a day, or None: the row that holds, with what earlier ones say."""
    state, holds = {}, False
    for row in sorted(rows, key=lambda r: date(r["from"]) or date(r["base_date"]) or ALWAYS):
        begin = date(row["from"]) or date(row["base_date"]) or ALWAYS
        if begin > day:
            break
        for field in ("kind", "model", "place", "status", "base_date"):
            state[field] = row[field] or state.get(field, "")
        holds = not row["to"] or day <= date(row["to"])
    return state if holds and state.get("status") != "retired" else None


def age_on(state, day):
    base = date(state["base_date"])
    if base is None:
        return "unknown"
    age = 0
    while age < 5 and birthday(base, age + 1) <= day:
        age += 1
    return "5+" if age == 5 else str(age)


def pcs(text, day, by):
    """({value: PCs}, {value: PCs over age}) by "age" or "place"."""
    assets = collections.defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        assets[row["id"]].append(row)
    all_of, over = collections.Counter(), collections.Counter()
    for rows in assets.values():
        state = asset_on(rows, day)
        if state is None or state["kind"] != "pc":
            continue
        age = age_on(state, day)
        key = age if by == "age" else state["place"] or "unknown"
        all_of[key] += 1
        base = date(state["base_date"])
        if base is not None and birthday(base, 4) <= day:
            over[key] += 1
    return dict(all_of), dict(over)


def make_devices(seed, count):
    source = random.Random(seed)
    out = io.StringIO()
    table = csv.DictWriter(out, ("udi", "serial", "model", "manufacturer", "kind", "place", "owner",
                                 "purchased", "price", "maintenance_every", "last_maintained",
                                 "next_due", "status", "from"), lineterminator="\n")
    table.writeheader()
    for number in range(count):
        begin = datetime.date(2011, 1, 1) + datetime.timedelta(days=source.randrange(600))
        every = source.choice(("", "0", "6", "12", "24"))
        for _ in range(source.randrange(1, 4)):
            done = begin - datetime.timedelta(days=source.randrange(0, 20))
            due = done + datetime.timedelta(days=source.randrange(30, 500))
            table.writerow({"serial": f"SN-{number}", "model": "M", "manufacturer": "Braun",
                            "kind": "pump", "place": source.choice(PLACES[:3]),
                            "maintenance_every": every,
                            "last_maintained": done.isoformat() if source.random() < 0.7 else "",
                            "next_due": due.isoformat() if source.random() < 0.5 else "",
                            "status": "in_use", "from": begin.isoformat()})
            begin += datetime.timedelta(days=source.randrange(30, 400))
    return out.getvalue()


def device_on(rows, day):
    """in_time, overdue, not_needed, unknown, or None before the first row."""
    rows = sorted(rows, key=lambda r: r["from"])
    if date(rows[0]["from"]) > day:
        return None
    plans, every = {}, ""
    for row in rows:
        every = row["maintenance_every"] or every
        done, due = date(row["last_maintained"]), date(row["next_due"])
        if due is None and done is not None and every not in ("", "0"):
            due = months_later(done, int(every))
        if due is not None or every == "0":
            plans[done or date(row["from"])] = None if every == "0" else due
    known = [begin for begin in plans if begin <= day]
    if not known:
        return "unknown"
    due = plans[max(known)]
    return "not_needed" if due is None else "overdue" if day > due else "in_time"


def devices(text, day):
    found = collections.defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        found[row["serial"]].append(row)
    return dict(collections.Counter(
        state for state in (device_on(rows, day) for rows in found.values()) if state))


def known_date(text, purchased):
    """A date in either way of writing; None where it cannot be."""
    parts = text.split("-")
    try:
        day = datetime.date(*map(int, parts if len(parts[0]) == 4 else reversed(parts)))
    except (ValueError, TypeError):
        return None
    return None if purchased and day < purchased else day


def maintenance(texts, first, last):
    """(done, of these with a known due date, of these in time) from first to last, of registers that
    are one: whatever their headings, all rows of a serial number together."""
    words = {"Apparatnr": "serial", "Interval": "maintenance_every", "Indkøbt": "purchased",
             "Sidste eftersyn": "last_maintained"}
    found = collections.defaultdict(list)
    for text in texts:
        head = text.split("\n", 1)[0]
        for row in csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ","):
            row = {words.get(name, name): value for name, value in row.items()}
            found[row["serial"].replace("-", "")].append(row)
    done = known = in_time = 0
    for rows in found.values():
        plans, days = {}, set()
        every = next(row["maintenance_every"] for row in rows if row.get("maintenance_every"))
        for row in rows:
            purchased = known_date(row.get("purchased", ""), None)
            day = known_date(row.get("last_maintained") or row.get("activity_day", ""), purchased)
            due = known_date(row.get("next_due", ""), purchased)
            if due is None and day is not None and every != "0":
                due = months_later(day, int(every))
            if due is not None:
                plans[day or purchased] = due
            if day is not None:
                days.add(day)
        for day in days:
            if first <= day <= last:
                before = [begin for begin in plans if begin < day]
                done += 1
                known += bool(before)
                in_time += bool(before) and day <= plans[max(before)]
    return done, known, in_time
