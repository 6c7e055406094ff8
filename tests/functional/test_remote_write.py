"""Figures and counters sent on: to a real Prometheus, asked by its API, and to receivers that fail,
refuse, are slow or away. The server goes on answering meanwhile."""
import contextlib
import http.server
import json
import shutil
import signal
import subprocess
import threading
import time
import unittest
import urllib.parse
import urllib.request

from directory import free_port
from harness import KlarsynTest, both_backends, run_sql
from server import Server


class RemoteWrite(KlarsynTest):
    def serve(self, port, more="", every=1):
        self.file("gates.toml", f"""
[remote_write]
url = "http://127.0.0.1:{port}/api/v1/write"
every_seconds = {every}
metrics = ["klarsyn_http_requests_total", "klarsyn_remote_write_*"]
{more}
[[remote_write.figure]]
id = "probes.measured"
by = ["system", "site"]

[[remote_write.figure]]
id = "probes.p95"
by = ["system"]
period = "month"

[[remote_write.figure]]
id = "capacity.power_used_share"
""")
        server = Server(self.data, self.directory, "--config", str(self.directory / "gates.toml"))
        self.addCleanup(server.stop, 9)
        return server.start()

    def measure(self, *rows):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        content = "time,system,action,site,seat,ms,outcome\n" + "".join(
            f"{now},{system},login,{site},pc,{ms},ok\n" for system, site, ms in rows)
        self.imported("probe-csv", self.file("m.csv", content), "--delimiter", ",")

    def receiver(self, *statuses, **options):
        receiver = Receiver(*statuses, **options)
        self.addCleanup(receiver.stop)
        return receiver

    def counters(self, server):
        text = server.request("GET", "/metrics")[2].decode()
        return {line.split('outcome="')[1].split('"')[0]: int(line.split()[-1])
                for line in text.splitlines() if line.startswith("klarsyn_remote_write_samples_total")}

    def wait_for(self, condition, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.2)
        raise AssertionError("it did not happen\n" + (self.directory / "server.log").read_text())


class Receiver:
    """Answers as told and counts; `hold` seconds before each answer."""

    def __init__(self, *statuses, hold=0, headers=()):
        receiver, self.bodies, self.headers, self.statuses = self, [], [], statuses

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(hold)
                status = receiver.statuses[min(len(receiver.bodies), len(receiver.statuses) - 1)]
                receiver.bodies.append((status, body))
                receiver.headers.append(dict(self.headers))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@both_backends
class Kept(RemoteWrite):
    def waiting(self):
        """How many bytes each request has that the store holds, oldest first."""
        rows = run_sql(self.data, "SELECT id, length(body) FROM core_write_out ORDER BY id")
        return [int(size) for _, size in rows]

    def test_a_killed_server_goes_on_where_it_was(self):
        receiver = self.receiver(503)
        self.measure(("EPM3", "HER", 900))
        server = self.serve(receiver.port)
        self.wait_for(lambda: len(self.waiting()) >= 3)
        server.stop(signal.SIGKILL)
        kept, first = self.waiting(), receiver.bodies[0][1]
        receiver.statuses, receiver.bodies = (204,), []
        server = self.serve(receiver.port)
        self.wait_for(lambda: len(receiver.bodies) > len(kept))
        # All of it, in order, before anything new.
        self.assertEqual([len(body) for _, body in receiver.bodies[:len(kept)]], kept)
        self.assertEqual(receiver.bodies[0][1], first)
        self.wait_for(lambda: not self.waiting())
        self.assertEqual(server.stop(), 0)
        came = len(receiver.bodies)
        self.serve(receiver.port)
        self.wait_for(lambda: len(receiver.bodies) > came)
        self.assertNotIn(receiver.bodies[came], receiver.bodies[:came])  # none twice without need


class Prometheus(RemoteWrite):
    def start(self):
        program = shutil.which("prometheus")
        self.assertTrue(program, "the package prometheus is needed")
        self.port = free_port()
        self.file("prometheus.yml", "scrape_configs: []\n")
        with open(self.directory / "prometheus.log", "ab") as log:
            peer = subprocess.Popen(
                [program, f"--config.file={self.directory}/prometheus.yml",
                 f"--storage.tsdb.path={self.directory}/tsdb", "--web.enable-remote-write-receiver",
                 f"--web.listen-address=127.0.0.1:{self.port}"], stdout=log, stderr=log)

        def end():
            if peer.poll() is None:
                peer.terminate()
            peer.wait(20)
        self.addCleanup(end)
        return peer, end

    def ask(self, query):
        """{labels: value} of an instant query."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?"
                                        + urllib.parse.urlencode({"query": query}), timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return {}
        return {tuple(sorted((k, v) for k, v in row["metric"].items()
                             if k not in ("__name__", "unit", "period"))): float(row["value"][1])
                for row in found}

    def stamps(self, series):
        """When the series has samples, of the last five minutes."""
        with contextlib.suppress(OSError), urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/api/v1/query?"
                + urllib.parse.urlencode({"query": series + "[5m]"}), timeout=5) as answer:
            return [at for row in json.load(answer)["data"]["result"] for at, _ in row["values"]]
        return []

    def test_grafanas_source_has_our_figures(self):
        _, end = self.start()
        self.measure(("EPM3", "HER", 900), ("EPM3", "RH", 1100), ("GS", "HER", 400))
        server = self.serve(self.port)
        expected = {(("figure", "probes.measured"), ("site", site), ("system", system)): 1.0
                    for system, site in (("EPM3", "HER"), ("EPM3", "RH"), ("GS", "HER"))}
        self.wait_for(lambda: self.ask('klarsyn_figure{figure="probes.measured"}') == expected)
        self.assertEqual(self.ask('klarsyn_figure{figure="probes.p95"}'),
                         {(("figure", "probes.p95"), ("system", "EPM3")): 1100.0,
                          (("figure", "probes.p95"), ("system", "GS")): 400.0})
        self.assertTrue(self.wait_for(lambda: self.ask("klarsyn_http_requests_total")))
        # What nobody measured is absent, not nought.
        self.assertEqual(self.ask('klarsyn_figure{figure="capacity.power_used_share"}'), {})
        # A figure whose records are withdrawn ends at once instead of standing for five minutes.
        batch = self.batches()[-1]["batch"]
        self.ok("withdraw", self.data, batch, "--why", "test")
        self.wait_for(lambda: self.ask('klarsyn_figure{figure="probes.p95"}') == {})
        # The receiver is away: the server answers, and what was measured meanwhile comes afterwards.
        end()
        away = time.time()
        self.measure(("EPM3", "HER", 900))
        time.sleep(3)
        before = self.counters(server).get("sent", 0)
        began = time.monotonic()
        self.assertEqual(server.request("GET", "/livez")[0], 200)
        self.assertLess(time.monotonic() - began, 2)
        self.start()
        # Another port: the address of the settings is what is asked for. The server is killed, too.
        server.stop(signal.SIGKILL)
        killed = time.time()
        server = self.serve(self.port)
        own = 'klarsyn_figure{figure="probes.measured",system="EPM3",site="HER"}'
        self.wait_for(lambda: [at for at in self.stamps(own) if at > killed])
        self.assertGreaterEqual(len([at for at in self.stamps(own) if away < at < killed]), 2)
        self.assertGreaterEqual(before, 1)


class Failing(RemoteWrite):
    def test_what_cannot_be_taken_now_comes_again_and_what_is_refused_does_not(self):
        receiver = self.receiver(503, 429, 500, 204, 400, 204)
        self.measure(("EPM3", "HER", 900))
        self.file("token", "sesam\n")
        server = self.serve(receiver.port, f'token_file = "{self.directory}/token"')
        self.wait_for(lambda: len(receiver.bodies) >= 6, 60)
        first = [body for _, body in receiver.bodies[:4]]
        self.assertEqual(len(set(first)), 1)
        self.assertNotEqual(receiver.bodies[4][1], receiver.bodies[5][1])
        self.assertEqual(receiver.headers[0]["Authorization"], "Bearer sesam")
        self.assertEqual(receiver.headers[0]["Content-Encoding"], "snappy")
        self.assertEqual(receiver.headers[0]["X-Prometheus-Remote-Write-Version"], "0.1.0")
        counted = self.wait_for(lambda: self.counters(server))
        self.assertGreater(counted["refused"], 0)
        self.assertGreater(counted["sent"], 0)
        log = (self.directory / "server.log").read_text()
        self.assertIn("remote_write: HTTP 503", log)
        self.assertNotIn("sesam", log)

    def test_a_slow_receiver_holds_nobody_up(self):
        receiver = self.receiver(204, hold=4)
        server = self.serve(receiver.port)
        self.wait_for(lambda: receiver.bodies)
        slowest = 0
        for _ in range(20):
            began = time.monotonic()
            self.assertEqual(server.request("GET", "/readyz")[0], 200)
            slowest = max(slowest, time.monotonic() - began)
        self.assertLess(slowest, 2)
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 15)

    def test_wrong_settings_are_told_when_the_server_starts(self):
        for text, word in (('[[remote_write.figure]]\nid = "probes.nothing"\n', "probes.nothing"),
                           ('[[remote_write.figure]]\nid = "probes.p95"\nby = ["colour"]\n', "by"),
                           ('every_seconds = 0\n', "every_seconds"),
                           ('token = "x"\n', "token")):
            path = self.file("wrong.toml", '[remote_write]\nurl = "http://127.0.0.1:1/w"\n' + text)
            done = self.run_klarsyn("serve", self.data, "--config", path, "--lang", "en")
            self.assertEqual(done.code, 1, done)
            self.assertIn(word, done.err)


if __name__ == "__main__":
    unittest.main()
