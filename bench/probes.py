#!/usr/bin/env python3
"""Measurements on the real path: import of the files of `klarsyn simulate probes`, figures through a
running server with a limit chosen after loading, durable intake of one minute's 880 per request.
Every figure is compared with a count of the files. Prints one JSON object per line.
  KLARSYN_BENCH_DAYS    days of probes, one a minute (30: 38,016,000 measurements)
  KLARSYN_BENCH_BINARY  the program (build/release/klarsyn)"""
import collections
import http.client
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import statistics
import struct
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench" / "probes"
BINARY = pathlib.Path(os.environ.get("KLARSYN_BENCH_BINARY", ROOT / "build/release/klarsyn")).resolve()
DAYS = int(os.environ.get("KLARSYN_BENCH_DAYS", "30"))
LIMIT = 2345  # chosen after loading: no stored count can answer
ROUNDS = int(os.environ.get("KLARSYN_BENCH_ROUNDS", "5"))
PASSWORD = "Probe-bench-31"
MAPPING = """[[metric]]
name = "probe_ms"
system = "{system}"
action = "{action}"
site = "{site}"
seat = "bench"
unit = "ms"
"""


def run(*arguments, **options):
    return subprocess.run([str(BINARY), *map(str, arguments)], check=True, text=True,
                          capture_output=True, **options).stdout


def tell(what, **values):
    print(json.dumps({"what": what, **values}), flush=True)


def bulk(data, files):
    rows = within = 0
    counts = collections.Counter()
    started = time.perf_counter()
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    for path in files:
        batch = json.loads(run("import", data, "probe-csv", path, "--source", "svartider", "--json"))
        rows += batch["batches"][0]["new"]
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    tell("bulk import of files, one durable batch a day", rows=rows,
         rows_per_s=round(rows / seconds),
         cpu_s=round(used.ru_utime + used.ru_stime - cpu.ru_utime - cpu.ru_stime, 1))
    for path in files:  # the truth, counted by hand
        with open(path, encoding="utf-8") as lines:
            next(lines)
            for line in lines:
                time_, system, _, site, _, ms, outcome = line.rstrip("\n").split(",")
                counts[system, site] += 1
                within += outcome == "ok" and int(ms) <= LIMIT
    return rows, counts, within


def size(data, rows):
    store = next(pathlib.Path(data).glob("*.db"))
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        (stored, packed) = db.execute("SELECT SUM(LENGTH(bytes)), SUM(row_count) "
                                      "FROM core_series_block").fetchone()
        rest = db.execute("SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM core_series_tail").fetchone()[0]
    tell("bytes per probe", bytes=round((stored + rest) / rows, 3), rows_in_blocks=packed)


class Client:
    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method, path, body=None, **headers):
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def figures(ask, period, rows, counts, within):
    for name, more in (("within_limit", f"&assume_limit_ms={LIMIT}"), ("p95", "")):
        took = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            status, content = ask("GET", f"/api/v1/figures/probes.{name}?period={period}"
                                         f"&by=system,site{more}")
            took.append((time.perf_counter() - started) * 1000)
            answer = json.loads(content)["rows"]
            assert status == 200 and len(answer) == len(counts), (status, len(answer))
            if name == "within_limit":
                assert sum(row["num"] for row in answer) == within
                assert {(r["system"], r["site"]): r["den"] for r in answer} == dict(counts)
        tell(f"probes.{name} by system and site over {rows} measurements",
             ms=round(statistics.median(took), 1), best_ms=round(min(took), 1))


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def block(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def minute(start, number):
    """Remote-write of one minute: 880 series, in snappy's plain form."""
    content = b""
    for series in range(880):
        labels = {"__name__": "probe_ms", "action": f"a{series // 8 % 10}", "site": f"H{series % 8}",
                  "system": f"S{series // 80}"}
        one = b"".join(block(1, block(1, k.encode()) + block(2, v.encode()))
                       for k, v in sorted(labels.items()))
        value = 300 + (series * 7919 + number * 104729) % 2000
        one += block(2, b"\x09" + struct.pack("<d", value) +
                     b"\x10" + varint((start + number * 60) * 1000))
        content += block(1, one)
    out = varint(len(content))
    for at in range(0, len(content), 65536):
        piece = content[at:at + 65536]
        out += b"\xf4" + struct.pack("<H", len(piece) - 1) + piece
    return out


def intake(ask, requests=1500):
    start = int(time.time()) // 60 * 60 - requests * 60
    bodies = [minute(start, number) for number in range(requests)]
    headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}
    waited = 0
    started = time.perf_counter()
    for body in bodies:
        while (status := ask("POST", "/api/v1/write", body, **headers)[0]) == 429:
            waited += 1
            time.sleep(0.05)
        assert status == 204, status
    seconds = time.perf_counter() - started
    tell("durable intake, one minute's 880 per request", rows_per_s=round(requests * 880 / seconds),
         requests_per_s=round(requests / seconds), held_off=waited)


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    data = WORK / "data"
    run("simulate", "probes", "--days", DAYS, "--every", 60, "--out", WORK / "files")
    run("init", data)
    files = sorted((WORK / "files").rglob("svartider-2013-*.csv"))
    rows, counts, within = bulk(data, files)
    size(data, rows)
    (WORK / "map.toml").write_text(MAPPING)
    run("settings", data, "probe_mapping", WORK / "map.toml", "--from", "2013-01-01")
    tokens = {}
    for name, role in (("reader", "reader"), ("prom", "probe")):
        run("user", data, "add", name, "--role", role, input=PASSWORD + "\n")
        tokens[name] = run("token", data, "add", name, "--label", "bench").split()[-1]
    port = 18943
    server = subprocess.Popen([str(BINARY), "serve", str(data), "--listen", f"127.0.0.1:{port}"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                http.client.HTTPConnection("127.0.0.1", port).connect()
                break
            except OSError:
                time.sleep(0.1)
        first, last = files[0].stem[-10:], files[-1].stem[-10:]
        figures(Client(port, tokens["reader"]), f"{first}..{last}", rows, counts, within)
        intake(Client(port, tokens["prom"]))
    finally:
        server.terminate()
        server.wait(30)
    tell("verify", seconds=round(timed(lambda: run("verify", data)), 1))


def timed(call):
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
