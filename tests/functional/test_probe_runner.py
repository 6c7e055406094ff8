"""klarsyn probe against a real server and real peers: the schedule from the server, checks in
processes of their own, a server that is away, kills at any moment, and hostile peers. And
klarsyn-agent, which shares the store and the delivery."""
import datetime
import http.server
import json
import os
import pathlib
import random
import re
import signal
import socketserver
import subprocess
import threading
import time
import unittest

from directory import free_port
from harness import KLARSYN, KlarsynTest, both_backends, processes
from raw_peers import Raw, certificate, page, silent
from server import Browser, Server, with_accounts

AGENT = os.environ.get("KLARSYN_AGENT", str(pathlib.Path(KLARSYN).resolve().parent / "klarsyn-agent"))
START = "2026-01-01T00:00:00Z"


def running(words):
    """Processes whose command line holds the words."""
    return [one for one in processes() if words in one[2]]


class WithServer(KlarsynTest):
    """A server with a probe's token, peers, and the probe's processes."""

    def setUp(self):
        super().setUp()
        self._data, tokens = self.prepared(with_accounts(("probe", "probe"), ("rita", "admin")))
        self.token, self.admin = tokens["probe"], tokens["rita"]
        self.file("token", self.token + "\n")
        self.server = Server(self.data, self.directory)
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.processes = []
        self.addCleanup(self.end_all)

    def end_all(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)

    def peer(self, serve, context=None):
        peer = Raw(serve, context)
        self.addCleanup(peer.stop)
        return peer

    def schedule(self, *rows):
        """Rows (system, action, every_s[, site, seat]) from long ago on."""
        content = "system,action,site,seat,every_s,from,to\n" + "".join(
            ",".join(map(str, (row[0], row[1], *(row[3:5] or ("HER", "pc")), row[2], START, ""))) + "\n"
            for row in rows)
        self.imported("probe-schedule-csv", self.file("schedule.csv", content))

    def checks(self, *tables):
        self.file("checks.toml", "\n".join(tables))
        self.ok("settings", self.data, "probe_checks", self.directory / "checks.toml",
                "--from", "2026-01-01")

    @staticmethod
    def check(system, action, protocol, more="", **settings):
        pairs = ", ".join(f"{k} = {json.dumps(v)}" for k, v in settings.items())
        return (f'[[check]]\nsystem = "{system}"\naction = "{action}"\nprotocol = "{protocol}"\n'
                f'{more}\nsettings = {{{pairs}}}\n')

    def command(self, *options):
        return [KLARSYN, "probe", "run", "--server", f"http://127.0.0.1:{self.server.port}",
                "--token-file", str(self.directory / "token"), "--dir", str(self.directory / "probe"),
                "--site", "HER", "--seat", "pc", "--agent", "sonde1", "--refresh", "0.5",
                "--deliver", "0.2", *map(str, options)]

    def start(self, *options, log="probe.log"):
        with open(self.directory / log, "ab") as out:
            process = subprocess.Popen(self.command(*options), stdout=out, stderr=out)
        self.processes.append(process)
        return process

    def once(self, *options, code=0):
        done = subprocess.run(self.command("--once", *options), capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done)
        return done.stderr.decode()

    def log(self, name="probe.log"):
        return (self.directory / name).read_text()

    def get(self, path):
        status, _, body = self.server.request("GET", path,
                                              headers={"Authorization": f"Bearer {self.admin}"})
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def measurements(self):
        """[(second, outcome)] of all that the server has."""
        today = datetime.datetime.now(datetime.timezone.utc)
        days = f"{today - datetime.timedelta(days=1):%Y-%m-%d}..{today + datetime.timedelta(days=1):%Y-%m-%d}"
        found = self.records("probes.measured", days)
        return sorted((row["at"], row["system"], row["action"], row["site"], row["seat"],
                       row["outcome"]) for row in found)

    def wait_for(self, condition, seconds=20, what="it"):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{what} did not happen\n{self.log() if (self.directory / 'probe.log').exists() else ''}")

    def local(self, question):
        import sqlite3
        connection = sqlite3.connect(self.directory / "probe" / "probe.db", timeout=10)
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()


@both_backends
class RoundTest(WithServer):
    def test_one_round_by_the_servers_schedule(self):
        good, bad = self.peer(page()), free_port()
        self.schedule(("EPM3", "login", 60), ("PAS", "open", 60), ("LAB", "reply", 60),
                      ("KPI", "run", 60), ("RIS", "list", 60), ("FAR", "off", 60, "BFH", "pc"))
        self.checks(self.check("EPM3", "login", "http", url=f"http://127.0.0.1:{good.port}/"),
                    self.check("PAS", "open", "tcp", host="127.0.0.1", port=bad),
                    self.check("LAB", "reply", "tcp", "time_limit_ms = 300", host="127.0.0.1",
                               port=self.peer(silent).port, expect="hello"),
                    self.check("KPI", "run", "command", program="/bin/true"),
                    self.check("FAR", "off", "http", url=f"http://127.0.0.1:{good.port}/"))
        self.server.start()
        told = self.once()
        found = {(row[1], row[2]): row for row in self.measurements()}
        self.assertEqual({key: row[5] for key, row in found.items()},
                         {("EPM3", "login"): "ok", ("PAS", "open"): "failed", ("LAB", "reply"): "timeout"})
        self.assertEqual(found["EPM3", "login"][3:5], ("HER", "pc"))
        intake = self.get("/api/v1/intake")
        unable = {(row["system"], row["action"]): row["reason"] for row in intake["unable"]}
        self.assertEqual(set(unable), {("KPI", "run"), ("RIS", "list")})
        self.assertIn("/bin/true", unable["KPI", "run"])
        self.assertIn("probe_checks", unable["RIS", "list"])
        self.assertIn("cannot be measured", told)
        self.assertEqual([row["agent"] for row in intake["agents"]], ["sonde1"])
        month = datetime.datetime.now().strftime("%Y-%m")
        browser = Browser(self.server)
        browser.login("rita")
        _, _, html = browser.get("/probes", period=month)
        self.assertIn("/bin/true", html.decode())


class RunnerTest(WithServer):
    def test_what_a_check_saw_is_kept(self):
        pem, context = certificate(self.directory, "localhost", 30)
        port = self.peer(lambda connection: None, context).port
        self.schedule(("EPM3", "certificate", 60))
        self.checks(self.check("EPM3", "certificate", "tls", host="localhost", port=port,
                               ca_file=str(pem)))
        self.server.start()
        self.once()
        seen = self.get("/api/v1/intake")["readings"]
        self.assertEqual([(row["kind"], row["system"], row["site"]) for row in seen],
                         [("certificate_days", "EPM3", "HER")])
        self.assertIn(seen[0]["value"], (29, 30))

    def test_the_machines_own_file(self):
        good = self.peer(page())
        self.file("pw", "hemmelig")
        self.file("machine.toml", f'''programs = ["/bin/sh"]
{self.check("EPM3", "login", "http", 'every_s = 30', url=f"http://127.0.0.1:{good.port}/")}
[secret.pw]
file = "{self.directory}/pw"
systems = ["KPI"]
''')
        self.schedule(("KPI", "run", 60), ("PAS", "open", 60))
        shell = {"program": "/bin/sh", "arguments": ["-c", "[ ${#P} = 8 ]"]}
        toml = self.check("KPI", "run", "command", 'secrets = ["pw"]', **shell).replace(
            "settings = {", 'settings = {secrets = {P = "pw"}, ')
        self.checks(toml, toml.replace("KPI", "PAS").replace("run", "open"))
        self.server.start()
        self.once("--checks", self.directory / "machine.toml")
        self.assertEqual({row[1:3]: row[5] for row in self.measurements()},
                         {("EPM3", "login"): "ok", ("KPI", "run"): "ok"})
        reason = self.get("/api/v1/intake")["unable"][0]["reason"]
        self.assertIn("pw to the system PAS", reason)
        self.assertNotIn("hemmelig", json.dumps(self.local("SELECT * FROM note")))

    def test_the_server_is_away_and_comes_back(self):
        good = self.peer(page())
        self.schedule(("EPM3", "login", 1))
        self.checks(self.check("EPM3", "login", "http", url=f"http://127.0.0.1:{good.port}/"))
        self.server.start()
        process = self.start()
        self.wait_for(self.measurements, what="a first measurement")
        self.server.stop()
        before = good.seen
        self.wait_for(lambda: good.seen >= before + 4, what="measuring on")
        self.server.start()
        # Back-off lasts a few seconds at most after so short an absence.
        self.wait_for(lambda: len(self.measurements()) >= before + 4, 40, "delivery")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(40), 0)
        time.sleep(1.1)  # a second of its own for the next measurement
        self.once()
        found = self.measurements()
        times = [row[0] for row in found]
        self.assertEqual(len(times), len(set(times)))
        # What was asked of the peer was measured; a check that the end cut short was not.
        self.assertIn(len(found), (good.seen - 1, good.seen))
        self.assertEqual(self.get("/api/v1/intake")["agents"][0]["missed"], 0)
        self.assertEqual(self.local("SELECT COUNT(*) FROM kept"), [(0,)])

    def test_kills_at_any_moment_lose_and_double_nothing(self):
        good = self.peer(page())
        self.schedule(*[("EPM3", f"a{n}", 1) for n in range(8)])
        self.checks(*[self.check("EPM3", f"a{n}", "http", url=f"http://127.0.0.1:{good.port}/")
                      for n in range(8)])
        self.server.start()
        self.once()  # the plan is known from now on
        generator = random.Random(4)
        stored = set()
        for turn in range(8):
            process = self.start()
            time.sleep(generator.uniform(0.6, 2.2))
            process.kill()
            process.wait(10)
            stored |= {body for (body,) in self.local("SELECT body FROM kept WHERE kind = 0")}
            if turn == 3:
                self.server.stop(signal.SIGKILL)
            if turn == 5:
                self.server.start()
        self.once()
        found = self.measurements()
        self.assertGreater(len(stored), 10)
        keys = [row[:3] for row in found]
        self.assertEqual(len(keys), len(set(keys)))
        for body in map(json.loads, stored):
            self.assertTrue(self.known(found, body), body)
        self.verify()

    @staticmethod
    def known(found, body):
        moment = datetime.datetime.fromisoformat(body["time"].replace("Z", "+00:00"))
        return any(datetime.datetime.fromisoformat(str(row[0]).replace("Z", "+00:00")) == moment
                   and row[2] == body["action"] for row in found)

    def test_a_hanging_check_harms_nobody(self):
        good = self.peer(page())
        self.file("machine.toml", 'programs = ["/bin/sh"]\n')
        self.schedule(("HANG", "run", 2), ("EPM3", "login", 1))
        self.checks(self.check("HANG", "run", "command", "time_limit_ms = 1500", program="/bin/sh",
                               arguments=["-c", "trap '' TERM; sleep 3127 & sleep 3127"]),
                    self.check("EPM3", "login", "http", url=f"http://127.0.0.1:{good.port}/"))
        self.server.start()
        process = self.start("--checks", self.directory / "machine.toml")
        self.wait_for(lambda: len([r for r in self.measurements() if r[1] == "HANG"]) >= 2,
                      what="a hanging check's timeout")
        found = self.measurements()
        self.assertEqual({row[5] for row in found if row[1] == "HANG"}, {"timeout"})
        self.assertGreaterEqual(len([row for row in found if row[1] == "EPM3"]), 3)
        # A check process that breaks down is a failure of that check alone.
        os.kill(self.wait_for(self.hanging_check, what="the next check"), signal.SIGSEGV)
        self.wait_for(lambda: {"timeout", "failed"} == {r[5] for r in self.measurements()
                                                       if r[1] == "HANG"}, what="the crash's record")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(40), 0)
        self.wait_for(lambda: not running("sleep 3127"), 10, "the end of all it started")

    def hanging_check(self):
        shells = [parent for _, parent, _ in running("sleep 3127 & sleep 3127")]
        return shells[0] if shells else None

    def test_what_the_server_says_is_obeyed(self):
        """Against a server of our own that answers as told."""
        answers, seen = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.reply(503, b"")

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                seen.append((time.monotonic(), body))
                status, headers = answers.pop(0) if answers else (202, {})
                self.reply(status, b'{"known":false,"next":1,"accepted":1,"rejected":[]}', headers)

            def reply(self, status, body, headers=()):
                self.send_response(status)
                for name, value in dict(headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        away = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=away.serve_forever, daemon=True).start()
        self.addCleanup(away.shutdown)
        good = self.peer(page())
        self.file("machine.toml", self.check("EPM3", "login", "http", "every_s = 2",
                                             url=f"http://127.0.0.1:{good.port}/"))
        self.server.port = away.server_address[1]
        answers[:] = [(429, {"Retry-After": "2"}), (202, {})]
        self.start("--checks", self.directory / "machine.toml")
        self.wait_for(lambda: len(seen) >= 2, 60, "a second try")
        (first, one), (second, two) = seen[:2]
        self.assertGreaterEqual(second - first, 2)
        self.assertEqual(one, two)
        self.assertEqual(one["results"][0]["outcome"], "ok")
        self.end_all()
        self.assertIn("another probe", self.twice().lower())

    def twice(self):
        first = self.start("--checks", self.directory / "machine.toml")
        self.wait_for(lambda: first.poll() is None and "sonde1" in self.log(), what="the start")
        time.sleep(0.5)
        done = subprocess.run(self.command("--once", "--lang", "en"), capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 1, done)
        return done.stderr.decode()

    def test_wrong_usage_is_told(self):
        self.file("machine.toml", '[[check]]\nsystem = "a"\naction = "b"\nprotocol = "tcp"\n')
        done = subprocess.run(self.command("--once", "--checks", self.directory / "machine.toml",
                                           "--lang", "en"), capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("settings.host", done.stderr.decode())
        command = self.command("--once", "--lang", "da")
        command[4] = "http://klarsyn.region.example"
        done = subprocess.run(command, capture_output=True, timeout=30)
        self.assertIn("https://", done.stderr.decode())
        path = self.file("bad.toml", self.check("a", "b", "http", url="ftp://x/"))
        done = self.refused("settings", self.data, "probe_checks", path)
        self.assertRegex(done.err, r"bad\.toml.*settings\.url")


class AgentTest(WithServer):
    """klarsyn-agent: the same store and delivery, and log-ons. Messages: test_pop_ups.py."""

    def agent(self, *words, code=0):
        done = subprocess.run([AGENT, *map(str, words)], capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done)
        return done.stdout.decode() + done.stderr.decode()

    def test_it_is_small(self):
        """What it links itself, beside the compiler's own; libcurl brings the rest."""
        said = subprocess.run(["readelf", "-d", AGENT], capture_output=True, check=True, text=True).stdout
        needed = {name.split(".so")[0] for name in re.findall(r"NEEDED.*\[(.*)\]", said)}
        self.assertEqual(needed - {"libc", "libm", "libstdc++", "libgcc_s"}, {
            "libcurl", "libssl", "libcrypto", "libcares", "libsqlite3", "libboost_json", "libtomlplusplus",
            "libdate-tz", "libfmt", "libxxhash"})

    def test_measures_and_notes_logons(self):
        good = self.peer(page())
        self.schedule(("EPM3", "login", 60, "HER", "pc1"))
        self.checks(self.check("EPM3", "login", "http", url=f"http://127.0.0.1:{good.port}/"))
        self.server.start()
        folder = self.directory / "agent"
        began = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=42))
        since = began.strftime("%Y-%m-%dT%H:%M:%SZ")
        for _ in range(2):  # a script that runs twice notes one log-on
            self.agent("logon", "--dir", folder, "--site", "HER", "--seat", "pc1", "--since", since)
        self.agent("run", "--once", "--server", f"http://127.0.0.1:{self.server.port}", "--token-file",
                   self.directory / "token", "--dir", folder, "--site", "HER", "--seat", "pc1",
                   "--agent", "pc1")
        self.assertEqual({row[1:6] for row in self.measurements()},
                         {("EPM3", "login", "HER", "pc1", "ok"), ("PC", "log-on", "HER", "pc1", "ok")})
        day = f"{began:%Y-%m-%d}..{began + datetime.timedelta(days=1):%Y-%m-%d}"
        median = self.row("probes.median", day, where=["action=log-on"])
        self.assertIn(median["value"], range(42_000, 60_000))
        self.assertEqual(self.get("/api/v1/intake")["agents"][0]["agent"], "pc1")


if __name__ == "__main__":
    unittest.main()
