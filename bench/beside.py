#!/usr/bin/env python3
"""Klarsyn beside Prometheus (Debian's package) in the same run: the same remote-write requests, 880
samples each, one connection and one request at a time, in turns of some hundred; then the share of
measurements within a limit chosen afterwards, by system and site, over all that was sent. Both
answers are compared with a count. Prints one JSON object per line; ratios above 1 are ours.
  KLARSYN_BENCH_DAYS    whole days that are sent, one request a minute (2; 30 are 38,016,000 samples)
  KLARSYN_BENCH_BINARY  the program (build/release/klarsyn)

Prometheus answers a write before it is synced to disk (its log is written every few milliseconds and
synced when a segment is full); Klarsyn's answer means that it is on disk."""
import collections
import datetime
import http.client
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import time
import urllib.parse
import zoneinfo

from probes import BINARY, ROOT, ROUNDS, Client, minute, run, senders, tell

WORK = ROOT / "build" / "bench" / "beside"
DAYS = int(os.environ.get("KLARSYN_BENCH_DAYS", "2"))
LIMIT = 1500  # chosen after loading
TURN = 360    # requests before the other one has its turn
PORTS = {"klarsyn": 18944, "prometheus": 18945}
HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
           "X-Prometheus-Remote-Write-Version": "0.1.0"}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return round(int(status.split("VmHWM:")[1].split()[0]) / 1024)


def wait_for(port, path):
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"nobody answers on port {port}")


def start_klarsyn():
    data = WORK / "data"
    run("init", data)
    tokens = senders(data)
    server = subprocess.Popen([str(BINARY), "serve", str(data), "--listen",
                               f"127.0.0.1:{PORTS['klarsyn']}"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(PORTS["klarsyn"], "/readyz")
    return server, tokens


def start_prometheus():
    program = shutil.which("prometheus")
    if program is None:
        raise SystemExit("the package prometheus is needed")
    (WORK / "prometheus.yml").write_text("scrape_configs: []\n")
    server = subprocess.Popen(
        [program, f"--config.file={WORK}/prometheus.yml", f"--storage.tsdb.path={WORK}/tsdb",
         f"--web.listen-address=127.0.0.1:{PORTS['prometheus']}", "--web.enable-remote-write-receiver",
         "--storage.tsdb.retention.time=20y", "--query.max-samples=500000000", "--query.timeout=10m",
         "--log.level=warn"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(PORTS["prometheus"], "/-/ready")
    return server


def intake(asks, servers, start, minutes):
    seconds = dict.fromkeys(asks, 0.0)
    held_off = dict.fromkeys(asks, 0)
    cpu = {name: cpu_seconds(server.pid) for name, server in servers.items()}
    paths = {"klarsyn": "/api/v1/write", "prometheus": "/api/v1/write"}
    for first in range(0, minutes, TURN):
        bodies = [minute(start, number) for number in range(first, min(first + TURN, minutes))]
        for name, ask in asks.items():
            began = time.perf_counter()
            for body in bodies:
                while (status := ask("POST", paths[name], body, **HEADERS)[0]) == 429:
                    held_off[name] += 1
                    time.sleep(0.02)
                assert status == 204, (name, status)
            seconds[name] += time.perf_counter() - began
    rows = minutes * 880
    rates = {name: rows / seconds[name] for name in asks}
    used = {name: rows / (cpu_seconds(servers[name].pid) - cpu[name]) for name in asks}
    tell("remote-write, 880 samples a request", samples=rows,
         samples_per_s={name: round(rate) for name, rate in rates.items()},
         samples_per_cpu_s={name: round(rate) for name, rate in used.items()},
         ratio=round(rates["klarsyn"] / rates["prometheus"], 2),
         cpu_ratio=round(used["klarsyn"] / used["prometheus"], 2), held_off=held_off,
         peak_mb={name: peak_mb(server.pid) for name, server in servers.items()})


def truth(minutes):
    """{(system, site): (within, measured)} of what minute() makes."""
    within, measured = collections.Counter(), collections.Counter()
    for series in range(880):
        key = f"S{series // 80}", f"H{series % 8}"
        measured[key] += minutes
        within[key] += sum(300 + (series * 7919 + number * 104729) % 2000 <= LIMIT
                           for number in range(minutes))
    return {key: (within[key], measured[key]) for key in measured}


def timed(call):
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = call()
        took.append((time.perf_counter() - began) * 1000)
    return answer, took


def share(asks, reader, start, days, minutes):
    expected = truth(minutes)

    def ours():
        status, content = reader("GET", f"/api/v1/figures/probes.within_limit?period={days}"
                                        f"&by=system,site&assume_limit_ms={LIMIT}")
        assert status == 200, content
        return {(row["system"], row["site"]): (row["num"], row["den"])
                for row in json.loads(content)["rows"]}

    def theirs():
        query = urllib.parse.urlencode({
            "query": f"avg by (system,site) (avg_over_time((probe_ms <= bool {LIMIT})"
                     f"[{minutes - 1}m:1m]))", "time": start + (minutes - 1) * 60})
        status, content = asks["prometheus"]("GET", f"/api/v1/query?{query}")
        assert status == 200, content
        return {(row["metric"]["system"], row["metric"]["site"]): float(row["value"][1])
                for row in json.loads(content)["data"]["result"]}
    exact, our_ms = timed(ours)
    shares, their_ms = timed(theirs)
    assert exact == expected
    assert shares.keys() == expected.keys()
    off = max(abs(shares[key] - num / den) for key, (num, den) in expected.items())
    assert off < 1e-9, off
    ms = {"klarsyn": statistics.median(our_ms), "prometheus": statistics.median(their_ms)}
    tell("share within a limit by system and site", samples=minutes * 880,
         ms={name: round(value, 1) for name, value in ms.items()},
         ratio=round(ms["prometheus"] / ms["klarsyn"], 1))


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    copenhagen = zoneinfo.ZoneInfo("Europe/Copenhagen")
    today = datetime.datetime.now(copenhagen).replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = today - datetime.timedelta(days=DAYS), today - datetime.timedelta(days=1)
    start = int(first.timestamp())
    minutes = int(today.timestamp() - start) // 60
    servers = {}
    try:
        servers["prometheus"] = start_prometheus()
        servers["klarsyn"], tokens = start_klarsyn()
        asks = {name: Client(PORTS[name], tokens["prom"]) for name in ("klarsyn", "prometheus")}
        intake(asks, servers, start, minutes)
        share(asks, Client(PORTS["klarsyn"], tokens["reader"]), start,
              f"{first:%Y-%m-%d}..{last:%Y-%m-%d}", minutes)
    finally:
        for server in servers.values():
            server.terminate()
            server.wait(60)


if __name__ == "__main__":
    main()
