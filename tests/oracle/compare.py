"""compare.py KLARSYN DATA MANIFEST...: every figure of both plans, integer for integer.

Recomputes all figures from the raw files that the manifests name and compares them with what
`klarsyn figure --json` says: the totals, every dimension, by day, week and month, and the
backlog of every day. Prints each row that differs; exit code 0 when none does.
"""
import argparse
import collections
import concurrent.futures
import gc
import json
import multiprocessing
import subprocess
import sys

import figures
import manifest
from danish_calendar import date_of, parse_period

PAIRS = (("queue", "hour"), ("queue", "weekday"), ("queue", "way"), ("level", "category"),
         ("level", "priority"), ("level", "group"), ("level", "org"), ("level", "from"))


def questions(indicator):
    """The `by` lists that are compared."""
    cuts = [()] + [(dim,) for dim in indicator.dims]
    cuts += [pair for pair in PAIRS if set(pair) <= set(indicator.dims)]
    for cut in cuts:
        for bucket in (None, "month", "week", "day"):
            # Two dimensions by day is the same sum in smaller pieces, and slow to ask.
            if bucket == "day" and len(cut) > 1:
                continue
            yield cut + ((bucket,) if bucket else ())


def ask(klarsyn, data, figure, period, by, where=()):
    command = [klarsyn, "figure", data, figure, "--period", period, "--json"]
    if by:
        command += ["--by", ",".join(by)]
    for dim, value in where:
        command += ["--where", f"{dim}={value}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def differences(expected, got, by, kind):
    """Lines that say where an answer differs from what was recomputed."""
    found = []
    actual = {}
    for row in got["rows"]:
        key = tuple(row[b] for b in by)
        if key in actual:
            found.append(f"{key}: printed twice")
        actual[key] = row
    for key, row in sorted(expected.items(), key=str):
        seen = actual.get(key)
        if seen is None:
            if row.records:
                found.append(f"{key}: missing, expected {row}")
            continue
        if row.records == 0:
            continue
        if (seen["num"], seen["records"]) != (row.num, row.records):
            found.append(f"{key}: num {seen['num']} records {seen['records']}, expected {row}")
        if kind == "ratio" and seen["den"] != row.den:
            found.append(f"{key}: den {seen['den']}, expected {row.den}")
        value = None if row.value is None else float(row.value)
        if (seen["value"] is None) != (value is None) or (
                value is not None and abs(seen["value"] - value) > 1e-9 * max(1, abs(value))):
            found.append(f"{key}: value {seen['value']}, expected {value}")
    for key, seen in actual.items():
        empty = key not in expected or expected[key].records == 0
        if empty and (seen["records"] != 0 or seen["num"] not in (0, None)):
            found.append(f"{key}: num {seen['num']} records {seen['records']}, expected none")
    return found


def expectations(manifests):
    visits, events, spans = manifest.load(manifests)
    answers = {}
    if visits:
        answers.update(figures.telephony(visits))
    if events:
        answers.update(figures.servicedesk(events, spans))
    return answers


def period_of(answers):
    days = [record[0] for name, indicator in answers.items()
            if indicator.kind not in ("balance", "balance_age")
            for record in indicator.records]
    return min(days), max(days)


SHARED = {}  # what the forked workers read


def touches(indicator, period):
    """Whether the indicator has records in the period; without any, one question is enough."""
    if indicator.kind in ("balance", "balance_age"):
        return any(span.from_day <= period[1] and (span.to_day is None or span.to_day > period[0])
                   for span in indicator.records)
    return any(period[0] <= day <= period[1] for _, days in indicator.cells for day in days)


def compare_one(task):
    period, name, by = task
    options, answers = SHARED["options"], SHARED["answers"]
    text = f"{date_of(period[0])}..{date_of(period[1])}"
    try:
        got = ask(options.klarsyn, options.data, name, text, by)
    except (RuntimeError, ValueError) as error:
        return name, by, 0, [str(error)]
    expected = figures.answer(answers[name], period, by)
    return name, by, len(expected), differences(expected, got, by, answers[name].kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("klarsyn")
    parser.add_argument("data")
    parser.add_argument("manifest", nargs="+")
    parser.add_argument("--only", default="", help="figures whose id begins so")
    parser.add_argument("--period", action="append",
                        help="instead of the first to the last day with records; may be repeated")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    gc.disable()  # millions of records that all stay: looking for rubbish takes as long as the work
    answers = expectations(options.manifest)
    if not answers:
        sys.exit("the manifests name no calls and no cases")
    periods = [parse_period(text) for text in options.period or ()] or [period_of(answers)]
    compared, faults = collections.Counter(), 0
    tasks = [(period, name, by) for period in periods for name, indicator in answers.items()
             if name.startswith(options.only)
             for by in (questions(indicator) if touches(indicator, period) else [()])]
    SHARED.update(options=options, answers=answers)
    # Forked, so that every worker has the records without reading them again.
    with concurrent.futures.ProcessPoolExecutor(
            options.jobs, mp_context=multiprocessing.get_context("fork")) as pool:
        for name, by, rows, found in pool.map(compare_one, tasks, chunksize=8):
            compared[name] += rows
            faults += len(found)
            for line in found[:20]:
                print(f"{name} --by {','.join(by) or '(total)'}: {line}", flush=True)
            if len(found) > 20:
                print(f"{name} --by {','.join(by)}: and {len(found) - 20} more")
    total = sum(compared.values())
    print(f"oracle: {len(compared)} figures, {len(tasks)} questions, {total} rows compared, "
          f"{faults} differ")
    sys.exit(1 if faults or not total else 0)


if __name__ == "__main__":
    main()
