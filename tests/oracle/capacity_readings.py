"""Power and storage once more, straight from the rows: made-up readings and what they add up to.

Exact: decimal.Decimal, never floating.
"""
import csv
import datetime
import decimal
import io
import random

from danish_calendar import day_start, parse_period, utc_of_local

FACTOR = {"W": 1, "kW": 10 ** 3, "MW": 10 ** 6, "B": 1, "kB": 10 ** 3, "MB": 10 ** 6,
          "GB": 10 ** 9, "TB": 10 ** 12, "PB": 10 ** 15, "KiB": 2 ** 10, "MiB": 2 ** 20,
          "GiB": 2 ** 30, "TiB": 2 ** 40, "PiB": 2 ** 50}
COLUMNS = ("time", "kind", "place", "unit_name", "used", "total", "unit")


def make(seed, days):
    """Readings over days around March 2013 with every trap: lacking values, moves, many units."""
    source = random.Random(seed)
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    first = datetime.date(2013, 2, 20)
    taken = set()
    for _ in range(days * 12):
        kind = source.choice(("power", "storage"))
        unit = source.choice(("W", "kW", "MW") if kind == "power" else
                             ("GB", "TB", "GiB", "TiB"))
        total = decimal.Decimal(source.randrange(1, 100000)) / source.choice((1, 10, 100))
        used = total * source.randrange(0, 110) / 100
        day = first + datetime.timedelta(days=source.randrange(days))
        time = f"{day} {source.randrange(24):02}:{source.randrange(60):02}"
        place, name = source.choice(("HVH", "RH", "NOH")), source.choice(("A", "B", ""))
        if (kind, place, name, time) in taken or time.startswith("2013-03-31 02"):
            continue
        taken.add((kind, place, name, time))
        lacks = source.random()
        table.writerow({"time": time, "kind": kind, "place": place, "unit_name": name,
                        "used": "" if lacks < 0.05 else used.normalize().__format__("f"),
                        "total": "" if 0.05 <= lacks < 0.1 else total.__format__("f"),
                        "unit": unit})
    return out.getvalue()


def amount(text, unit):
    """Whole watts or bytes, a half up; None for nothing."""
    if not text:
        return None
    exact = decimal.Decimal(text) * FACTOR[unit]
    return int(exact.quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_UP))


def answer(rows, figure, period):
    """{place: (num, den, records)} of places that have records."""
    end = day_start(parse_period(period)[1] + 1)
    kind, what = figure.split("_", 1)
    last = {}
    for row in rows:
        date, clock = row["time"].split(" ")
        at = utc_of_local(*map(int, date.split("-")), *map(int, clock.split(":")), 0)
        thing = (row["place"], row["unit_name"])
        if row["kind"] == kind and at < end and (thing not in last or last[thing][0] < at):
            last[thing] = (at, amount(row["used"], row["unit"]), amount(row["total"], row["unit"]))
    found = {}
    for (place, _), (_, used, total) in last.items():
        both = used is not None and total is not None
        num, den = {"used_share": (used if both else None, total), "used": (used, None),
                    "total": (total, None), "free": (total - used if both else None, None)}[what]
        if num is None:
            continue
        before = found.get(place, (0, 0 if den is not None else None, 0))
        found[place] = (before[0] + num, None if den is None else before[1] + den, before[2] + 1)
    return found
