#!/usr/bin/env python3
"""Measurements on the real path: import of the files of `klarsyn simulate probes`, figures through a
running server with a limit chosen after loading, durable intake of one minute's 880 per request.
Every figure is compared with a count of the files. Prints one JSON object per line.
  KLARSYN_BENCH_MINUTES requests of live intake for each number of connections (2000)
  KLARSYN_BENCH_DAYS    days of probes, one a minute (30: 38,016,000 measurements)
  KLARSYN_BENCH_BINARY  the program (build/release/klarsyn)"""
import collections
import http.client
import json
import os
import pathlib
import resource
import shutil
import socket
import sqlite3
import statistics
import struct
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench" / "probes"
BINARY = pathlib.Path(os.environ.get("KLARSYN_BENCH_BINARY", ROOT / "build/release/klarsyn")).resolve()
DAYS = int(os.environ.get("KLARSYN_BENCH_DAYS", "30"))
LIMIT = 2345  # chosen after loading: no stored count can answer
MINUTES = int(os.environ.get("KLARSYN_BENCH_MINUTES", "2000"))  # of intake, for each of
CONNECTIONS = (1, 2, 4)  # at a time
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


def labels_of(series):
    labels = {"__name__": "probe_ms", "action": f"a{series // 8 % 10}", "site": f"H{series % 8}",
              "system": f"S{series // 80}"}
    return b"".join(block(1, block(1, k.encode()) + block(2, v.encode()))
                    for k, v in sorted(labels.items()))


LABELS = [labels_of(series) for series in range(880)]


def minute(start, number):
    """Remote-write of one minute: 880 series, in snappy's plain form."""
    pieces = []
    at = b"\x10" + varint((start + number * 60) * 1000)
    for series, labels in enumerate(LABELS):
        value = 300 + (series * 7919 + number * 104729) % 2000
        sample = b"\x09" + struct.pack("<d", value) + at
        size = len(labels) + 2 + len(sample)
        pieces += (b"\x0a", varint(size), labels, b"\x12", bytes([len(sample)]), sample)
    content = b"".join(pieces)
    out = varint(len(content))
    for at in range(0, len(content), 65536):
        piece = content[at:at + 65536]
        out += b"\xf4" + struct.pack("<H", len(piece) - 1) + piece
    return out


def deliver(port, requests, waited):
    """One connection: sends what is left, each request once the one before is answered."""
    link = socket.create_connection(("127.0.0.1", port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        try:
            request = requests.popleft()
        except IndexError:
            return
        while True:
            begun = time.perf_counter()
            link.sendall(request)
            answer = link.recv(65536)
            waited.append(time.perf_counter() - begun)
            if answer[9:12] != b"429":
                break
            time.sleep(0.05)
        assert answer[9:12] == b"204", answer


def intake(port, token, server, connections, start, minutes):
    requests = collections.deque()
    for number in range(minutes):
        body = minute(start, number)
        requests.append((
            f"POST /api/v1/write HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body)
    waited = []
    senders = [threading.Thread(target=deliver, args=(port, requests, waited))
               for _ in range(connections)]
    cpu = cpu_of(server)
    started = time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    seconds = time.perf_counter() - started
    waited.sort()
    tell(f"durable intake, one minute's 880 per request, {connections} connection(s)",
         rows_per_s=round(minutes * 880 / seconds), requests_per_s=round(minutes / seconds),
         rows_per_server_cpu_s=round(minutes * 880 / max(0.01, cpu_of(server) - cpu)),
         p50_ms=round(waited[len(waited) // 2] * 1000, 2),
         p99_ms=round(waited[int(len(waited) * 0.99)] * 1000, 2),
         held_off=len(waited) - minutes)


def cpu_of(server):
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stored_rows(data):
    store = next(pathlib.Path(data).glob("*.db"))
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as db:
        return db.execute("SELECT (SELECT COALESCE(SUM(row_count), 0) FROM core_series_block) + "
                          "(SELECT COALESCE(SUM(row_count), 0) FROM core_series_tail)").fetchone()[0]


def senders(data):
    """The mapping of what is sent, and the tokens of who sends and who reads."""
    mapping = data.parent / "map.toml"
    mapping.write_text(MAPPING)
    run("settings", data, "probe_mapping", mapping, "--from", "2013-01-01")
    tokens = {}
    for name, role in (("reader", "reader"), ("prom", "probe")):
        run("user", data, "add", name, "--role", role, input=PASSWORD + "\n")
        tokens[name] = run("token", data, "add", name, "--label", "bench").split()[-1]
    return tokens


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    data = WORK / "data"
    run("simulate", "probes", "--days", DAYS, "--every", 60, "--out", WORK / "files")
    run("init", data)
    files = sorted((WORK / "files").rglob("svartider-2013-*.csv"))
    rows, counts, within = bulk(data, files)
    size(data, rows)
    tokens = senders(data)
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
        start = int(time.time()) // 60 * 60 - len(CONNECTIONS) * MINUTES * 60
        for at, connections in enumerate(CONNECTIONS):
            intake(port, tokens["prom"], server, connections, start + at * MINUTES * 60, MINUTES)
        assert stored_rows(data) == rows + len(CONNECTIONS) * MINUTES * 880, "not each row once"
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
