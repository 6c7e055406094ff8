#!/usr/bin/env python3
"""Runs the bench: load, imports, questions beside other engines, refresh, reports, memory.

Every rival gets the same fact rows and the same indexes on days. Rounds are interleaved. Answers are
compared integer for integer; one difference fails the bench.
"""
import csv
import datetime
import http.cookiejar
import json
import math
import os
import pathlib
import platform
import random
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from cases import make_cases

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench"
YEARS = int(os.environ.get("KLARSYN_BENCH_YEARS", "10"))
ROUNDS = int(os.environ.get("KLARSYN_BENCH_ROUNDS", "5"))
RIVALS = os.environ.get("KLARSYN_BENCH_RIVALS", "sqlite postgres duckdb").split()
KLARSYN = ROOT / "build" / "release" / "klarsyn"
TABLES = ("telephony_visit", "servicedesk_event", "servicedesk_stay", "core_day", "core_name")
TARGETS = {  # floor, goal; seconds but for lines/s and MB
    "import": (150_000, 500_000), "additive": (0.002, 0.0005), "percentile": (0.1, 0.02),
    "records": (0.02, 0.005), "rebuild": (120, 40), "day": (0.2, 0.05), "reports": (0.5, 0.1),
    "memory": (200, 100)}
EPOCH = datetime.date(1970, 1, 1)


def say(text):
    print(text, file=sys.stderr, flush=True)


class Engine:
    """A program that answers one JSON line for each."""

    def __init__(self, *arguments, cwd=None):
        self.process = subprocess.Popen(arguments, cwd=cwd, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def __call__(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench: the engine stopped at {command}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent * len(ordered) / 100) - 1)]


def day_number(date):
    return (date - EPOCH).days


# ---- data ----

def simulate():
    raw = WORK / f"raw-{YEARS}"
    if not (raw / "manifest.tsv").exists():
        shutil.rmtree(raw, ignore_errors=True)
        subprocess.run([KLARSYN, "simulate", "load", "--years", str(YEARS), "--out", raw],
                       check=True, stdout=subprocess.DEVNULL)
    return raw


def load(raw, engine):
    data = WORK / "data"
    shutil.rmtree(data, ignore_errors=True)
    manifest = str(raw / "manifest.tsv")
    calls = engine(do="import", data=str(data), manifest=manifest, format="queue-log")
    cases = engine(do="import", data=str(data), manifest=manifest, format="case-audit")
    first = engine(do="refresh", data=str(data))
    return data, {"calls": calls, "cases": cases, "first_refresh": first}


def dump(data):
    """The live facts as CSV, for the engines that load from files."""
    folder = WORK / "csv"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    db = sqlite3.connect(f"file:{data / 'klarsyn.db'}?mode=ro", uri=True)
    schemas = {}
    for table in TABLES:
        info = db.execute(f"PRAGMA table_info({table})").fetchall()
        schemas[table] = [(column[1], "TEXT" if column[2] == "TEXT" else "BIGINT") for column in info]
        live = " WHERE retracted_seq IS NULL" if table[:4] != "core" else ""
        with open(folder / f"{table}.csv", "w", newline="") as file:
            csv.writer(file).writerows(db.execute(f"SELECT * FROM {table}{live}"))
    db.close()
    return folder, schemas


INDEXES = ("CREATE INDEX visit_day ON telephony_visit (day, id)",
           "CREATE INDEX event_day ON servicedesk_event (day, id)",
           "CREATE INDEX stay_from ON servicedesk_stay (from_day, to_day)")


def create_table(table, columns):
    listed = ", ".join(f'"{name}" {kind}' for name, kind in columns)  # `at` is a word of DuckDB's
    return f"CREATE TABLE {table} ({listed})"


class Postgres:
    def __init__(self):
        self.folder = WORK / "postgres"
        shutil.rmtree(self.folder, ignore_errors=True)
        started = subprocess.run([ROOT / "tests/postgres.sh", "start", self.folder], check=True,
                                 capture_output=True, text=True)
        self.url = started.stdout.strip()

    def psql(self, *commands, stdin=None):
        arguments = ["psql", "-q", "-v", "ON_ERROR_STOP=1", self.url]
        for command in commands:
            arguments += ["-c", command]
        subprocess.run(arguments, check=True, stdin=stdin, stdout=subprocess.DEVNULL)

    def fill(self, folder, schemas):
        # Its schema is Klarsyn's own, so that the same program can open it.
        subprocess.run([KLARSYN, "init", self.url], check=True, stdout=subprocess.DEVNULL)
        for table, columns in schemas.items():
            self.psql(f"TRUNCATE {table}")
            names = ", ".join(name for name, _ in columns)
            with open(folder / f"{table}.csv") as file:
                self.psql(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)", stdin=file)
        self.psql(*INDEXES, "VACUUM ANALYZE")

    def stop(self):
        subprocess.run([ROOT / "tests/postgres.sh", "stop", self.folder], check=False)


def open_duckdb(folder, schemas):
    file = WORK / "duck.db"
    file.unlink(missing_ok=True)
    engine = Engine("node", "duck.mjs", cwd=ROOT / "bench")
    engine(do="open", file=str(file))
    for table, columns in schemas.items():
        engine(do="run", sql=create_table(table, columns))
        engine(do="run", sql=f"COPY {table} FROM '{folder / (table + '.csv')}' (FORMAT csv, HEADER false)")
    return engine


# ---- questions ----

def klarsyn_rows(case, answer):
    """Klarsyn's answer in the shape of the SQL: months as yyyymm, rows without records left out."""
    if case["kind"] == "records":
        return answer["rows"]
    rows = []
    for row in answer["rows"]:
        *key, num, den, records = row
        if records == 0:
            continue
        key[0] = int(key[0].replace("-", ""))
        rows.append(key + [num] + ([den] if case["den"] else []))
    return rows


def ask_klarsyn(engine, case, runs):
    if case["kind"] == "ask":
        return engine(do="ask", figure=case["figure"], period=case["period"], by=case["by"], runs=runs)
    return engine(do="records", figure=case["figure"], period=case["period"], offset=case["offset"],
                  limit=50, runs=runs)


def canonical(case, rows):
    return rows if case["kind"] == "records" else sorted(rows)


def compare(case, ours, theirs, name):
    if canonical(case, ours) != canonical(case, theirs):
        for left, right in zip(canonical(case, ours), canonical(case, theirs)):
            if left != right:
                say(f"first difference: ours {left}, {name} {right}")
                break
        sys.exit(f"bench: {name} answers otherwise for {case['label']}: {len(ours)} rows, {len(theirs)}")


def run_cases(cases, ours, rivals):
    results = {case["name"]: {"klarsyn": []} for case in cases}
    for round_number in range(ROUNDS):
        say(f"round {round_number + 1} of {ROUNDS}")
        for case in cases:
            times = results[case["name"]]
            answer = ask_klarsyn(ours, case, case["runs"])
            times["klarsyn"] += answer["wall_s"]
            for name, ask in rivals.items():
                sql = case.get(name, case["sql"])
                theirs = ask(do="sql", on=name, sql=sql, kinds=case["kinds"], runs=1)
                compare(case, klarsyn_rows(case, answer), theirs["rows"], name)
                times.setdefault(name, []).extend(theirs["wall_s"])
    return results


def sweep(ours, period):
    """Every figure by month, total and by each of its dimensions: what 'any figure' means."""
    found = {"additive": [], "percentile": []}
    for indicator in ours(do="indicators")["indicators"]:
        for dim in [None] + indicator["dims"]:
            answer = ours(do="ask", figure=indicator["id"], period=period, runs=20,
                          by=["month"] + ([dim] if dim else []))
            kind = "percentile" if indicator["lists"] else "additive"
            found[kind].append((indicator["id"] + (f" by {dim}" if dim else ""), answer["wall_s"]))
    return found


def sweep_open(ours, days, seed):
    """The first page of open cases on many days of the past."""
    chooser = random.Random(seed)
    times = []
    for _ in range(200):
        day = EPOCH + datetime.timedelta(days=chooser.randint(days[0] + 1, days[1]))
        times += ours(do="records", figure="servicedesk.backlog", period=day.isoformat(), offset=0,
                      limit=50, runs=1)["wall_s"]
    return times


# ---- server ----

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status_kb(pid, field):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M).group(1))


def measure_memory(data, period):
    password = "bench password 2014"
    subprocess.run([KLARSYN, "user", data, "add", "bench", "--role", "admin"], check=True,
                   input=password + "\n", text=True, stdout=subprocess.DEVNULL)
    port = free_port()
    server = subprocess.Popen([KLARSYN, "serve", data, "--listen", f"127.0.0.1:{port}"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    base = f"http://127.0.0.1:{port}"

    def get(path, fields=None):
        form = urllib.parse.urlencode(fields).encode() if fields else None
        with opener.open(base + path, data=form, timeout=120) as answer:
            return answer.read().decode()
    try:
        for _ in range(600):
            try:
                get("/readyz")
                break
            except OSError:
                time.sleep(0.1)
        started = status_kb(server.pid, "VmRSS")
        token = re.search(r'name="csrf" value="([^"]+)"', get("/login")).group(1)
        get("/login", {"csrf": token, "name": "bench", "password": password, "next": "/"})
        for _ in range(5):
            for figure in ("telephony.offered", "telephony.wait_p90", "servicedesk.created",
                           "servicedesk.backlog", "servicedesk.solve_time_p90"):
                by = urllib.parse.urlencode({"period": period, "by": "month"})
                get(f"/api/v1/figures/{figure}?{by}")
                get(f"/api/v1/figures/{figure}/records?period={period}&offset=1000")
            get("/figures")
        return {"started_mb": started / 1024, "mb": status_kb(server.pid, "VmRSS") / 1024,
                "anon_mb": status_kb(server.pid, "RssAnon") / 1024,
                "peak_mb": status_kb(server.pid, "VmHWM") / 1024}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


# ---- output ----

def human(seconds):
    if seconds is None:
        return "–"
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.3g} ms"


def verdict(value, target, more_is_better=False):
    floor, goal = TARGETS[target]
    reached = (lambda bound: value >= bound) if more_is_better else (lambda bound: value <= bound)
    return "goal" if reached(goal) else "floor" if reached(floor) else "MISSED"


def limit(value, target):
    if target == "import":
        return f"{value:,}/s"
    return f"{value} MB" if target == "memory" else human(value)


class Table:
    HEAD = ("what", "floor", "goal", "median", "p99", "reached", "SQLite raw", "PostgreSQL raw",
            "DuckDB", "ratio to the best")

    def __init__(self):
        self.rows = []

    def add(self, what, target, median, p99, reached, rivals=None, ratio=""):
        rivals = rivals or {}
        floor, goal = TARGETS[target]
        self.rows.append([what, limit(floor, target), limit(goal, target), median, p99, reached]
                         + [human(rivals.get(name)) for name in ("sqlite", "postgres", "duckdb")]
                         + [ratio])

    def add_times(self, what, target, times, rivals=None):
        median, p99 = statistics.median(times), percentile(times, 99)
        best = min(rivals.values()) if rivals else None
        self.add(what, target, human(median), human(p99), verdict(p99, target), rivals,
                 f"{best / median:,.1f}x" if best else "")

    def markdown(self):
        lines = ["| " + " | ".join(self.HEAD) + " |", "|" + " --- |" * len(self.HEAD)]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in self.rows]) + "\n"


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def write_results(table, facts):
    head = (f"# Bench, {datetime.date.today().isoformat()}\n\n"
            f"{YEARS} simulated year(s); {facts['visits']:,} visits to queues, {facts['events']:,} case "
            f"events, {facts['stays']:,} stays; database {facts['size_mb']:,.0f} MB. "
            f"{os.cpu_count()} × {processor()}; load average {facts['load_before']:.1f} before, "
            f"{os.getloadavg()[0]:.1f} after. {ROUNDS} interleaved rounds; rivals: median of one run a "
            f"round.\n\n")
    notes = "".join(f"- {note}\n" for note in facts["notes"])
    text = head + table.markdown() + "\n" + notes
    (WORK / "LATEST.md").write_text(text)
    print(text)


def count_facts(data):
    db = sqlite3.connect(f"file:{data / 'klarsyn.db'}?mode=ro", uri=True)
    def one(sql):
        return db.execute(sql).fetchone()
    facts = {"visits": one("SELECT COUNT(*) FROM telephony_visit")[0],
             "events": one("SELECT COUNT(*) FROM servicedesk_event")[0],
             "stays": one("SELECT COUNT(*) FROM servicedesk_stay")[0],
             "days": one("SELECT MIN(day), MAX(day) FROM telephony_visit"),
             "size_mb": (data / "klarsyn.db").stat().st_size / 1e6}
    db.close()
    return facts


def rebuild_copy(engine, data):
    copy = WORK / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(data, copy)
    rebuilt = engine(do="rebuild", data=str(copy))
    day = engine(do="day", data=str(copy), runs=20)
    shutil.rmtree(copy)
    return rebuilt, day


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    load_before = os.getloadavg()[0]
    say(f"simulating {YEARS} year(s)")
    raw = simulate()
    ours = Engine(ROOT / "build/release/klarsyn_bench")
    say("importing")
    data, loaded = load(raw, ours)
    facts = count_facts(data)
    facts["load_before"] = load_before
    first, last = (EPOCH + datetime.timedelta(days=day) for day in facts["days"])
    period = f"{first.year}..{last.year}" if first.year < last.year else str(first.year)
    middle = first + (last - first) * 2 // 3
    month_first = middle.replace(day=1)
    month_last = (month_first + datetime.timedelta(days=32)).replace(day=1) - datetime.timedelta(days=1)
    past = middle.replace(day=11)
    cases = make_cases(period, f"{middle.year}-{middle.month:02}",
                       (day_number(month_first), day_number(month_last)), past.isoformat(),
                       day_number(past), min(100_000, facts["visits"] * 3 // 4))

    ours(do="open", **{"as": "klarsyn", "data": str(data)})
    rivals, postgres, duckdb = {}, None, None
    try:
        if "sqlite" in RIVALS:
            ours(do="open", **{"as": "sqlite", "data": str(data)})
            rivals["sqlite"] = ours
        if "postgres" in RIVALS or "duckdb" in RIVALS:
            say("loading the rivals")
            folder, schemas = dump(data)
        if "postgres" in RIVALS:
            postgres = Postgres()
            postgres.fill(folder, schemas)
            ours(do="open", **{"as": "postgres", "data": postgres.url})
            rivals["postgres"] = ours
        if "duckdb" in RIVALS:
            duckdb = open_duckdb(folder, schemas)
            rivals["duckdb"] = duckdb
        results = run_cases(cases, ours, rivals)
    finally:
        if duckdb:
            duckdb.close()
        if postgres:
            postgres.stop()
    say("every figure, open cases, reports")
    swept = sweep(ours, period)
    opened = sweep_open(ours, facts["days"], 2014)
    reports = {}
    for plan, asked in (("operations_status", f"{last.year}-{last.month:02}"),
                        ("platform_quarter", f"{last.year}-Q4")):
        reports[plan] = ours(do="report", plan=plan, period=asked, runs=20)["wall_s"]
    ours.close()
    say("rebuilding all cells")
    worker = Engine(ROOT / "build/release/klarsyn_bench")
    rebuilt, next_day = rebuild_copy(worker, data)
    worker.close()
    say("serving")
    memory = measure_memory(data, period)

    table = Table()
    lines = loaded["calls"]["rows"] / loaded["calls"]["wall_s"]
    table.add(f"import of queue_log, {loaded['calls']['rows']:,} lines", "import", f"{lines:,.0f}/s", "",
              verdict(lines, "import", more_is_better=True))
    for kind in ("additive", "percentile"):
        times = [seconds for _, part in swept[kind] for seconds in part]
        table.add_times(f"any {kind} figure by month ({len(swept[kind])} questions)", kind, times)
    table.add_times("cases open on any past day, first 50 (200 days)", "records", opened)
    for case in cases:
        times = results[case["name"]]
        table.add_times(case["label"], case["target"], times["klarsyn"],
                        {name: statistics.median(times[name]) for name in rivals})
    table.add_times("all cells rebuilt", "rebuild", rebuilt["wall_s"])
    table.add_times("cells after the next day", "day", next_day["wall_s"])
    table.add_times("both reports, HTML", "reports",
                    [a + b for a, b in zip(*reports.values())])
    table.add("resident memory while serving", "memory", f"{memory['mb']:.0f} MB",
              f"{memory['peak_mb']:.0f} MB", verdict(memory["peak_mb"], "memory"))
    slowest = {kind: max(swept[kind], key=lambda item: percentile(item[1], 99)) for kind in swept}
    facts["notes"] = [
        f"queue_log: {loaded['calls']['rows'] / max(loaded['calls']['cpu_s'], 1e-9):,.0f} lines per CPU "
        f"second ({loaded['calls']['cpu_s']:.1f} s CPU, {loaded['calls']['wall_s']:.1f} s wall); "
        f"case-audit: {loaded['cases']['rows'] / loaded['cases']['wall_s']:,.0f} rows/s.",
        f"First refresh after the import: {loaded['first_refresh']['wall_s'][0]:.1f} s; rebuild: "
        f"{rebuilt['cpu_s']:.1f} s CPU; next day: {next_day['cpu_s'] / 20:.3f} s CPU.",
        *(f"Slowest {kind} question: {name}, p99 {human(percentile(times, 99))}."
          for kind, (name, times) in slowest.items()),
        f"Memory: {memory['started_mb']:.0f} MB when ready, {memory['anon_mb']:.0f} MB of it anonymous "
        f"after the pages; the second figure is the peak.",
        "Rival answers were equal integer for integer, text for text, in every round.",
    ]
    write_results(table, facts)


if __name__ == "__main__":
    main()
