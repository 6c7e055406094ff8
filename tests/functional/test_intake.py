"""Measurements from other systems: remote-write, OTLP and agents over HTTP, Prometheus itself as a
peer, exports as files, and messages followed over hops. The wire formats are made by hand here."""
import datetime
import gzip
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import threading
import time
import unittest
import zoneinfo

from harness import KlarsynTest, both_backends
from server import Server, klarsyn, with_accounts

NOW = int(time.time()) // 60 * 60 - 600


def danish(second):
    return datetime.datetime.fromtimestamp(second, zoneinfo.ZoneInfo("Europe/Copenhagen"))


EARLIER = f"{danish(NOW - 3000):%Y-%m-%d}..{danish(NOW + 900):%Y-%m-%d}"
DAYS = f"{danish(NOW):%Y-%m-%d}..{danish(NOW + 900):%Y-%m-%d}"

MAPPING = """
[[metric]]
name = "login_seconds"
system = "{system}"
action = "login"
site = "{site}"
seat = "{instance}"
unit = "s"
success = "login_ok"

[[metric]]
name = "scrape_duration_seconds"
system = "Klarsyn"
action = "scrape"
site = "{job}"
unit = "s"
success = "up"

[[metric]]
name = "login.duration"
system = "EPM3"
action = "login"
site = "{site}"
"""


def varint(number):
    number &= (1 << 64) - 1
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def block(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def fixed64(field, number):
    return varint(field << 3 | 1) + struct.pack("<Q", number)


def double(field, number):
    return varint(field << 3 | 1) + struct.pack("<d", number)


def snappy(content):
    out = varint(len(content))
    for at in range(0, len(content), 60):
        piece = content[at:at + 60]
        out += bytes([(len(piece) - 1) << 2]) + piece
    return out


def series(name, value, second, **labels):
    pairs = sorted({"__name__": name, **labels}.items())
    content = b"".join(block(1, block(1, k.encode()) + block(2, v.encode())) for k, v in pairs)
    return block(1, content + block(2, double(1, value) + varint(2 << 3) + varint(second * 1000)))


def login(value, second, **labels):
    return series("login_seconds", value, second,
                  **{"system": "EPM3", "site": "HER", "instance": "pc1", **labels})


class IntakeTest(KlarsynTest):
    mapping = MAPPING

    def setUp(self):
        super().setUp()
        self._data, self.tokens = self.prepared(
            with_accounts(("prom", "probe"), ("herlev", "probe"), ("rita", "reader"),
                          ("anna", "agent"), ("adam", "admin")))
        (self.directory / "map.toml").write_text(self.mapping)
        self.ok("settings", self.data, "probe_mapping", self.directory / "map.toml",
                "--from", "2013-01-01")
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)

    def send(self, path, content, who="prom", **headers):
        return self.server.request("POST", path, content, {
            "Authorization": f"Bearer {self.tokens[who]}", **headers})

    def write(self, *messages, **more):
        return self.send("/api/v1/write", snappy(b"".join(messages)), **{
            "Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Write-Version": "0.1.0", **more})

    def send_json(self, path, body, who="prom"):
        status, headers, content = self.send(path, json.dumps(body), who,
                                             **{"Content-Type": "application/json"})
        return status, json.loads(content) if "json" in headers["Content-Type"] else content

    def batch(self, number, results, agent="pc1", epoch="e1", who="prom"):
        return self.send_json("/api/v1/probes", {"agent": agent, "epoch": epoch, "batch": number,
                                                 "results": results}, who)

    def get(self, path, who="rita"):
        status, _, content = self.server.request(
            "GET", path, headers={"Authorization": f"Bearer {self.tokens[who]}"})
        return status, content

    def figure(self, name, by=""):
        status, content = self.get(f"/api/v1/figures/probes.{name}?period={DAYS}" +
                                   (f"&by={by}" if by else ""))
        self.assertEqual(status, 200, content)
        return json.loads(content)["rows"]

    def measured(self):
        return self.figure("measured")[0]["num"]

    def unmapped(self):
        status, content = self.get("/api/v1/intake")
        self.assertEqual(status, 200, content)
        return {(row["metric"], row["why"]): row["samples"]
                for row in json.loads(content)["unmapped"]}


@both_backends
class Intake(IntakeTest):
    def test_remote_write_counts_each_measurement_once(self):
        sent = [login(2.9, NOW), login(3.1, NOW + 60), login(9, NOW + 120),
                series("login_ok", 0, NOW + 120, system="EPM3", site="HER", instance="pc1"),
                series("up", 1, NOW), series("go_threads", 7, NOW)]
        self.assertEqual(self.write(*sent)[0], 204)
        self.assertEqual(self.write(*sent)[0], 204)
        self.assertEqual(self.measured(), 3)
        self.assertEqual(self.figure("failed")[0]["num"], 1)
        self.assertEqual(self.figure("p95")[0]["value"], 3100)
        self.assertEqual(self.unmapped(), {("go_threads", "no_rule"): 2})
        self.assertEqual(self.write(login(1.5, NOW + 60))[0], 204)  # a correction
        self.assertEqual(self.measured(), 3)
        self.assertEqual(self.figure("p95")[0]["value"], 2900)
        self.server.stop()
        self.assertEqual(self.ok("verify", self.data).code, 0)

    def test_what_is_on_disk_survives_a_kill(self):
        self.assertEqual(self.write(login(1, NOW))[0], 204)
        self.server.stop(signal.SIGKILL)
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.assertEqual(self.measured(), 1)

    def test_only_those_who_measure_may_deliver_and_they_see_nothing(self):
        self.assertEqual(self.write(login(1, NOW), who="rita")[0], 403)
        self.assertEqual(self.write(login(1, NOW), who="anna")[0], 403)
        self.tokens["nobody"] = "x"
        self.assertEqual(self.write(login(1, NOW), who="nobody")[0], 401)
        for path in ("/api/v1/intake", "/api/v1/figures", "/api/v1/cases", "/api/v1/batches"):
            self.assertEqual(self.get(path, "prom")[0], 403, path)

    def test_bad_remote_writes_are_refused_for_good_and_harm_nobody(self):
        good = snappy(login(1, NOW))
        usual = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}
        for content, headers, status in (
                (good, {**usual, "Content-Encoding": "gzip"}, 415),
                (good, {**usual, "Content-Type": "application/json"}, 415),
                (good, {**usual, "Content-Type":
                        "application/x-protobuf;proto=io.prometheus.write.v2.Request"}, 415),
                (b"no snappy", usual, 400), (b"", usual, 400),
                (b"\xff\xff\xff\xff\x0f" + b"x" * 50, usual, 403),
                (good[:-3], usual, 400), (snappy(b"\x0a\xff"), usual, 400)):
            found = self.send("/api/v1/write", content, **headers)
            self.assertIn(found[0], (status, 400), (content[:20], headers, found[2]))
        self.assertEqual(self.write(block(1, b""), login(1, NOW))[0], 204)
        self.assertEqual(self.measured(), 1)
        self.assertEqual(self.unmapped(), {("?", "damaged"): 1})

    def test_otlp_in_both_encodings(self):
        site = block(7, block(1, b"site") + block(2, block(1, b"HER")))
        point = fixed64(3, (NOW + 1) * 10**9) + double(4, 812.4) + site
        bare = fixed64(3, NOW * 10**9) + double(4, 1)
        metric = block(2, block(1, b"login.duration") + block(3, b"ms") +
                       block(5, block(1, point) + block(1, bare)))
        message = block(1, block(2, metric))
        kind = {"Content-Type": "application/x-protobuf"}
        status, headers, content = self.send("/v1/metrics", gzip.compress(message),
                                             **kind, **{"Content-Encoding": "gzip"})
        self.assertEqual((status, headers["Content-Type"]), (200, "application/x-protobuf"))
        self.assertIn(b"login.duration (label): 1", content)
        self.assertEqual(content[2:4], b"\x08\x01")  # one point rejected
        self.assertEqual(self.figure("p95")[0]["value"], 812)
        document = {"resourceMetrics": [{"resource": {"attributes": [
            {"key": "site", "value": {"stringValue": "RH"}}]}, "scopeMetrics": [{"metrics": [
                {"name": "login.duration", "unit": "s", "gauge": {"dataPoints": [
                    {"timeUnixNano": str((NOW + 2) * 10**9), "asDouble": 2}]}}]}]}]}
        status, headers, content = self.send("/v1/metrics", json.dumps(document),
                                             **{"Content-Type": "application/json"})
        self.assertEqual((status, json.loads(content)), (200, {}))
        self.assertEqual({row["site"]: row["num"] for row in self.figure("measured", "site")},
                         {"HER": 1, "RH": 1})
        for content, headers, status in (
                (message[:-1], kind, 400), (b"{", {"Content-Type": "application/json"}, 400),
                (b"x", {**kind, "Content-Encoding": "gzip"}, 400),
                (gzip.compress(b"\0" * (65 << 20)), {**kind, "Content-Encoding": "gzip"}, 413),
                (message, {"Content-Type": "text/plain"}, 415)):
            self.assertEqual(self.send("/v1/metrics", content, **headers)[0], status)

    def test_missing_slots_of_live_measurements_are_counted_soon(self):
        def at(second):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW + second))

        def results(*seconds):
            return [{"time": at(second), "system": "EPM3", "action": "login", "site": "HER",
                     "seat": "rum", "ms": 10, "outcome": "ok"} for second in seconds]

        def missing(expected):
            end = time.monotonic() + 30
            while time.monotonic() < end and self.figure("missing")[0]["num"] != expected:
                time.sleep(0.2)
            self.assertEqual(self.figure("missing")[0]["num"], expected)
        self.server.stop()
        self.ok("import", self.data, "probe-schedule-csv", self.file(
            "schedule.csv", "system,action,site,seat,every_s,from,to\n"
            f"EPM3,login,HER,rum,60,{at(0)},\n"))
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.assertEqual(self.batch(1, results(0, 60, 300, 360))[0], 202)
        self.assertEqual(self.measured(), 4)  # at once
        missing(3)
        self.assertEqual(self.batch(2, results(190))[0], 202)  # late: it fills its slot
        missing(2)
        self.server.stop()
        self.verify()

    def test_figures_are_gauges_for_those_who_may_see_them(self):
        self.write(login(2, NOW))
        for who, seen in (("rita", True), ("prom", False)):
            status, content = self.get("/metrics", who)
            self.assertEqual(status, 200)
            self.assertTrue(content.endswith(b"# EOF\n"))
            if danish(NOW).month == danish(time.time()).month:
                self.assertEqual(b'klarsyn_figure{figure="probes.p95",unit="milliseconds"} 2000'
                                 in content, seen)


@both_backends
class AtOnce(IntakeTest):
    mapping = """
[[metric]]
name = "login_seconds"
system = "{system}"
action = "login"
site = "{site}"
seat = "{instance}"
unit = "s"
"""

    def together(self, jobs):
        """What each job answers, from eight threads in no order."""
        left, answers, lock = list(jobs), [], threading.Lock()
        random.Random(3).shuffle(left)

        def work():
            while True:
                with lock:
                    if not left:
                        return
                    job = left.pop()
                answer = job()
                with lock:
                    answers.append(answer)
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def minute(self, number, value, pcs=12):
        return [login(value, NOW - 3000 + 60 * number, instance=f"pc{pc}") for pc in range(pcs)]

    def test_several_connections_count_each_measurement_once(self):
        jobs = [lambda number=number: self.write(*self.minute(number, 1.5))[0]
                for number in range(40) for _ in range(3)]  # each minute three times
        self.assertEqual(set(self.together(jobs)), {204})
        self.assertEqual(sum(row["num"] for row in self.everything()), 40 * 12)
        # The same keys with another value supersede, whatever comes in between.
        jobs = [lambda number=number: self.write(*self.minute(number, 2.5))[0]
                for number in range(0, 40, 2) for _ in range(2)]
        jobs += [lambda: self.write(login(1, NOW + 5, instance="new"), b"\xff")[0]] * 5
        self.assertEqual(sorted(set(self.together(jobs))), [204, 400])
        self.assertEqual(sum(row["num"] for row in self.everything()), 40 * 12)
        within = self.figure_of("within_limit", "&assume_limit_ms=2000")[0]
        self.assertEqual((within["num"], within["den"]), (20 * 12, 40 * 12))
        self.assertEqual(self.server.stop(), 0)
        self.ok("verify", self.data)

    def test_a_batch_over_several_connections_is_stored_once(self):
        def results(pc, number):
            return [{"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW + 60 * number)),
                     "system": "EPM3", "action": "login", "site": "HER", "seat": f"pc{pc}",
                     "ms": 900 + number, "outcome": "ok"}]
        for number in (1, 2):
            jobs = [lambda pc=pc: self.batch(number, results(pc, number), agent=f"pc{pc}")[0]
                    for pc in range(20) for _ in range(4)]
            answers = self.together(jobs)
            self.assertEqual(answers.count(202), 20)
            self.assertEqual(answers.count(200), 60)
        self.assertEqual(self.measured(), 40)
        agents = json.loads(self.get("/api/v1/intake")[1])["agents"]
        self.assertEqual({(a["last_batch"], a["missed"]) for a in agents}, {(2, 0)})
        self.assertEqual(self.server.stop(), 0)
        self.ok("verify", self.data)

    def figure_of(self, name, more):
        status, content = self.get(f"/api/v1/figures/probes.{name}?period={EARLIER}{more}")
        self.assertEqual(status, 200, content)
        return json.loads(content)["rows"]

    def everything(self):
        return self.figure_of("measured", "&by=seat")


class Peer(IntakeTest):
    def test_prometheus_delivers_what_it_scrapes(self):
        program = shutil.which("prometheus")
        self.assertTrue(program, "the package prometheus is needed")
        (self.directory / "token").write_text(self.tokens["prom"])
        (self.directory / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: HER
    static_configs: [{{targets: ["127.0.0.1:{self.server.port}"]}}]
  - job_name: gone
    static_configs: [{{targets: ["127.0.0.1:9"]}}]
remote_write:
  - url: http://127.0.0.1:{self.server.port}/api/v1/write
    authorization: {{credentials_file: {self.directory}/token}}
    queue_config: {{max_shards: 1, batch_send_deadline: 500ms}}
""")
        with open(self.directory / "prometheus.log", "wb") as log:
            peer = subprocess.Popen(
                [program, f"--config.file={self.directory}/prometheus.yml",
                 f"--storage.tsdb.path={self.directory}/tsdb", "--web.listen-address=127.0.0.1:0"],
                stdout=log, stderr=log)
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                time.sleep(0.5)
                now = f"{danish(time.time()):%Y-%m-%d}"
                rows = json.loads(self.get(f"/api/v1/figures/probes.measured?period={now}&by=site")[1])
                counted = {row["site"]: row["num"] for row in rows["rows"]}
                if counted.get("HER", 0) >= 3 and counted.get("gone", 0) >= 3:
                    break
            self.assertGreaterEqual(counted.get("HER", 0), 3, counted)
            failed = json.loads(self.get(f"/api/v1/figures/probes.failed?period={now}&by=site")[1])
            self.assertEqual([row["site"] for row in failed["rows"] if row["num"]], ["gone"])
            self.assertGreater(self.unmapped().get(("klarsyn_logins_total", "no_rule"), 0) +
                               self.unmapped().get(("scrape_samples_scraped", "no_rule"), 0), 0)
        finally:
            peer.terminate()
            peer.wait(20)


@both_backends
class Files(KlarsynTest):
    def figure(self, name, *more):
        return self.ok("figure", self.data, f"probes.{name}", "--period", "2013-04", "--json",
                       *more).json()["rows"]

    def test_exports_of_other_monitors(self):
        mapping = self.directory / "map.toml"
        mapping.write_text("""
[[metric]]
name = "time"
where = {service = "login"}
system = "EPM3"
action = "login"
site = "{host}"
success = "state"
[[metric]]
name = "Login time"
system = "EPM3"
action = "login"
site = "{host}"
unit = "s"
[[metric]]
name = "login_seconds"
system = "EPM3"
action = "login"
site = "{site}"
""")
        line = "DATATYPE::SERVICEPERFDATA\tTIMET::{}\tHOSTNAME::her\tSERVICEDESC::login\t" \
               "SERVICEPERFDATA::time={}\tSERVICESTATE::{}\n"
        files = {
            "perfdata": line.format(1364810400, "812ms;3000", "OK") +
            line.format(1364810460, "1.5s", "CRITICAL"),
            "zabbix-history": "".join(json.dumps(
                {"host": {"host": "rh", "name": "RH"}, "name": name, "itemid": 1, "clock": 1364810400,
                 "ns": 5, "value": value, "type": 0}) + "\n"
                for name, value in (("Login time", 2.25), ("Version", "7.0"), ("Load", 1))),
            "openmetrics": "# TYPE login_seconds gauge\n# UNIT login_seconds seconds\n"
            'login_seconds{site="bbh"} 4.5 1364810400.9\n# EOF\n'}
        for name, content in files.items():
            path = self.directory / name
            path.write_text(content)
            again = self.ok("import", self.data, name, "--mapping", mapping, path)
            self.assertEqual(again.code, 0)
            self.ok("import", self.data, name, "--mapping", mapping, path)
        self.assertEqual({row["site"]: row["num"] for row in self.figure("measured", "--by", "site")},
                         {"bbh": 1, "her": 2, "rh": 1})
        self.assertEqual({row["site"]: row["value"] for row in self.figure("p95", "--by", "site")},
                         {"bbh": 4500, "her": 812, "rh": 2250})
        (self.directory / "cut").write_text(files["openmetrics"][:-6])
        cut = klarsyn("import", self.data, "openmetrics", "--mapping", mapping,
                      self.directory / "cut", "--lang", "en")
        self.assertNotEqual(cut.code, 0)
        self.assertIn("# EOF", cut.err)
        bare = klarsyn("import", self.data, "perfdata", self.directory / "perfdata")
        self.assertIn("--mapping", bare.err)

    def test_messages_over_hops(self):
        def message(second, hop, number, patient="0101010101"):
            return (f"2013-04-01 08:00:{second:06.3f}\t{hop}\tMSH|^~\\&|GS|HER|LABKA|RH|20130401||ORU^R01"
                    f"|{number}|P|2.4\\rPID|1||{patient}^^^CPR||Hansen^Hanne\\r\n")
        log = "".join(message(i, "GS", i) + (message(i + 0.25 * i, "LABKA", i) if i != 3 else "")
                      for i in range(1, 9))
        log += message(9, "LABKA", 8)
        log += "2013-04-01 08:30:00\tLABKA\tMSH|^~\\&|LABKA|RH|GS|HER|2013||ACK|K1|P|2.4\\rMSA|AA|8\\r\n"
        log += message(1, "GS", 99).replace("08:00", "08:30")
        path = self.directory / "hops.log"
        path.write_text(log)
        self.ok("import", self.data, "hl7-log", path)
        self.ok("import", self.data, "hl7-log", path)
        self.assertEqual(self.figure("flow_messages")[0]["num"], 16)
        self.assertEqual(self.figure("flow_transit_p95", "--by", "hop,flow")[0]["value"], 1750)
        lost = self.ok("records", self.data, "probes.flow_lost", "--period", "2013-04", "--json").json()
        self.assertEqual(self.figure("flow_lost")[0]["num"], 1)
        self.assertEqual(self.figure("flow_duplicated")[0]["num"], 1)
        self.assertNotIn("Hansen", json.dumps(lost))
        hops = self.directory / "hops.csv"
        hops.write_text("flow,hop,limit_s,from,to\nGS > LABKA,LABKA,60,,\nGS > LABKA,GS,,,\n")
        self.ok("settings", self.data, "flow_hops", hops)
        self.assertEqual(self.figure("flow_lost")[0]["num"], 0)
        raw = b"".join(file.read_bytes() for file in pathlib.Path(self.data).rglob("*")
                       if file.is_file()) if os.path.isdir(str(self.data)) else b""
        self.assertNotIn(b"Hansen", raw)
        self.assertEqual(self.ok("verify", self.data).code, 0)


if __name__ == "__main__":
    unittest.main()
