"""The probe's browser, against a small page and against Klarsyn's own log-on."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import unittest.mock

import peers
import raw_peers
from check_test import CheckTest
from harness import KLARSYN, klarsyn, processes
from server import PASSWORD, Server, add_user
from test_probe_runner import WithServer

PAGE = """<!doctype html><meta charset=utf-8><title>Prøve</title>
<form id=f><input id=name><input id=password type=password><button id=go>Log på</button></form>
<p id=echo></p><div id=ready hidden>Klar: <b>5</b> patienter</div>
<script>f.onsubmit = e => { e.preventDefault(); echo.textContent = 'Du skrev ' + password.value;
  setTimeout(() => ready.hidden = false, %d) }</script>
"""


class OwnTemporary:
    """A test with a folder for temporary files of its own."""

    def setUp(self):
        super().setUp()
        # Other tests run browsers of their own at the same time.
        # Short: Chromium makes sockets there.
        self.temporary = pathlib.Path(tempfile.mkdtemp(prefix="klarsyn-", dir="/tmp"))
        self.temporary.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.temporary, ignore_errors=True)
        mine = unittest.mock.patch.dict(os.environ, {"TMPDIR": str(self.temporary)})
        mine.start()
        self.addCleanup(mine.stop)

    def left_over(self):
        return [str(path) for path in self.temporary.glob("klarsyn-browser-*")]

    def browsers(self):
        """Of browsers in this folder: [(process, command line)]."""
        return [(pid, words) for pid, _, words in processes() if str(self.temporary) in words]

    def page(self, delay_ms):
        page = PAGE % delay_ms

        def serve(connection):
            connection.recv(65536)
            content = page.encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(content) + content)
        peer = raw_peers.Raw(serve)
        self.addCleanup(peer.stop)
        return f"http://127.0.0.1:{peer.port}/"

    def journey(self, url, *more):
        return [{"do": "open", "url": url},
                {"do": "type", "css": "#name", "text": "prøve"},
                {"do": "type", "css": "#password", "secret": "pw", "name": "password"},
                {"do": "click", "css": "#go", "name": "log-on"},
                {"do": "wait", "css": "#ready", "name": "usable"}, *more]


class BrowserJourney(OwnTemporary, CheckTest):
    protocol = "browser"
    secrets = {"pw": PASSWORD}

    def test_a_page_is_measured_from_the_password_to_use(self):
        answer = self.good(limit_ms=30_000, steps=self.journey(self.page(400), {
            "do": "expect", "css": "#ready", "text": "Klar: 5"}), **{"from": "password", "to": "usable"})
        self.assertEqual(self.steps_of(answer), ["1 open", "2 type", "password", "log-on", "usable", "6 expect"])
        steps = {step["name"]: step["ms"] for step in answer["steps"]}
        self.assertGreaterEqual(steps["usable"], 300)
        between = steps["password"] + steps["log-on"] + steps["usable"]
        self.assertAlmostEqual(answer["ms"], between, delta=2)

    def test_temporary_files_may_lie_deep(self):
        deep = self.temporary / "-".join(["deep"] * 20)
        deep.mkdir()
        with unittest.mock.patch.dict(os.environ, {"TMPDIR": str(deep)}):
            self.good(steps=self.journey(self.page(1)))
        self.assertEqual(list(deep.iterdir()), [])

    def good(self, limit_ms=30_000, **settings):
        answer = self.check(limit_ms, **settings)
        self.assertEqual(answer["outcome"], "ok", answer)
        return answer

    def steps_of(self, answer):
        return [step["name"] for step in answer["steps"]]

    def test_a_failure_is_pictured_without_the_secret(self):
        pictures = self.directory / "pictures"
        pictures.mkdir()
        answer = self.bad("failed", "step count: not as expected within 1000 ms; picture ", 30_000,
                          screenshots=str(pictures), steps=self.journey(self.page(50), {
                              "do": "expect", "css": "#ready", "text": "Klar: 6", "name": "count"}))
        self.assertNotIn("patienter", str(answer))
        (picture,) = pictures.iterdir()
        self.assertIn(picture.name, answer["reason"])
        self.assertEqual(picture.stat().st_mode & 0o777, 0o600)
        content = picture.read_bytes()
        self.assertTrue(content.startswith(b"\x89PNG"))
        keep = os.environ.get("KLARSYN_TEST_PICTURES")
        if keep:
            shutil.copy(picture, keep)

    def test_too_slow_and_nobody_there(self):
        pictures = self.directory / "pictures"
        pictures.mkdir()
        answer = self.bad("timeout", "step usable: .*; picture ", 12_000, screenshots=str(pictures),
                          steps=self.journey(self.page(60_000)))
        self.assertEqual(self.steps_of(answer)[-1], "usable")
        self.bad("failed", "net::ERR_CONNECTION_REFUSED", 20_000,
                 steps=self.journey(f"http://127.0.0.1:{peers.free_port()}/"))
        self.assertEqual(self.left_over(), [])
        self.assertEqual(self.browsers(), [])

    def test_peers_that_misbehave(self):
        _, context = raw_peers.certificate(self.directory, "localhost", 2)

        def rubbish(connection):
            connection.recv(65536)
            connection.sendall(b"\xff\x00\x0b rubbish" * 100)
        cases = {"silent": (raw_peers.silent, None, "timeout", "time limit"),
                 "closes": (raw_peers.closing, None, "failed", "."),
                 "rubbish": (rubbish, None, "failed", "."),
                 "unknown certificate": (raw_peers.page("<!doctype html><p id=ready>Klar"), context,
                                         "failed", "net::ERR_CERT|insecure certificate|no such element")}

        def attempt(case):
            handle, tls, outcome, reason = case
            peer = raw_peers.Raw(handle, tls)
            try:
                url = f"http{'s' if tls else ''}://localhost:{peer.port}/"
                self.bad(outcome, reason, 12_000 if handle is raw_peers.silent else 25_000, steps=[
                    {"do": "open", "url": url}, {"do": "wait", "css": "#ready", "within_ms": 500}])
            finally:
                peer.stop()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:  # each is a whole browser
            for name, done in {name: pool.submit(attempt, case) for name, case in cases.items()}.items():
                with self.subTest(peer=name):
                    done.result()
        self.assertEqual((self.left_over(), self.browsers()), ([], []))

    def test_a_log_on_to_klarsyn_itself(self):
        add_user(self.data, "probe", "reader")
        server = Server(self.data, self.directory).start()
        self.addCleanup(server.stop)
        steps = [{"do": "open", "url": f"http://127.0.0.1:{server.port}/login"},
                 {"do": "type", "css": "input[name=name]", "text": "probe"},
                 {"do": "type", "css": "input[name=password]", "secret": "pw", "name": "password"},
                 {"do": "press", "css": "input[name=password]", "key": "Enter"},
                 {"do": "wait", "css": "form[action='/logout']", "name": "usable"}]
        self.good(steps=steps, **{"from": "password"})
        answer = self.bad("timeout", "step usable", 10_000, steps=steps, secrets={"pw": "forkert kodeord"})
        self.assertNotIn("forkert", str(answer))

    def test_without_a_browser_nothing_can_be_measured(self):
        done = klarsyn("probe", "check", env={"PATH": "/nonexistent"}, stdin=json.dumps(
            {"protocol": "browser", "settings": {"steps": self.journey("http://127.0.0.1/")}, "secrets": self.secrets,
             "time_limit_ms": 5000}).encode())
        self.assertEqual(done.json()["outcome"], "unable", done)
        self.assertIn("not installed", done.json()["reason"])

    def test_settings(self):
        steps = self.journey("http://127.0.0.1/")
        self.refuses("steps", steps=[])
        self.refuses("steps[1].url", steps=[{"do": "open", "url": "file:///etc/passwd"}])
        self.refuses("steps[1].do", steps=[{"do": "run"}])
        self.refuses("from", steps=steps, **{"from": "nowhere"})
        self.refuses("to", steps=steps, **{"from": "usable", "to": "password"})
        self.bad("unable", "pw2", steps=[{"do": "open", "url": "http://127.0.0.1/"},
                                         {"do": "type", "css": "#x", "secret": "pw2"}])

    def test_who_is_stopped_leaves_nothing_at_once(self):
        task = {"protocol": "browser", "settings": {"steps": self.journey(self.page(60_000))},
                "secrets": self.secrets, "time_limit_ms": 30_000}
        check = subprocess.Popen([KLARSYN, "probe", "check"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        check.stdin.write(json.dumps(task).encode())
        check.stdin.close()
        self.addCleanup(check.stdout.close)
        end = time.monotonic() + 20
        while len(self.browsers()) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(len(self.left_over()), 1)
        check.send_signal(signal.SIGTERM)
        self.assertIn(check.wait(3), (0, -signal.SIGTERM))
        self.assertEqual(self.left_over(), [])
        self.assertEqual(self.browsers(), [])


class BrowsersOfAProbe(OwnTemporary, WithServer):
    """klarsyn probe run with a browser check whose page never becomes usable; without a server."""

    def setUp(self):
        super().setUp()
        steps = [{"do": "open", "url": self.page(60_000)}, {"do": "wait", "css": "#ready"}]
        toml = ", ".join("{" + ", ".join(f"{k} = {json.dumps(v)}" for k, v in step.items()) + "}" for step in steps)
        self.file("machine.toml", '[[check]]\nsystem = "EPM3"\naction = "login"\nprotocol = "browser"\n'
                  f'every_s = 2\ntime_limit_ms = 60000\nsettings = {{steps = [{toml}]}}\n')
        self.server.port = peers.free_port()

    def start_measuring(self):
        process = self.start("--checks", self.directory / "machine.toml")
        self.wait_for(lambda: self.left_over() and len(self.browsers()) > 1, what="a browser")
        return process

    def test_nothing_stays_and_nothing_overlaps(self):
        process = self.start_measuring()
        # Its slots pass while it runs: they are missing, and it is said why.
        (first,) = self.left_over()
        notes = "SELECT body FROM kept WHERE kind = 1"
        (note,) = self.wait_for(lambda: self.local(notes), 10, "the reason")
        self.assertIn("the check of the slot before was still running", note[0])
        self.assertEqual(self.left_over(), [first])
        # The check's process is killed: the probe clears up what it left, and goes on.
        (check,) = [pid for pid, parent, words in processes() if parent == process.pid and "probe check" in words]
        os.kill(check, signal.SIGKILL)
        self.wait_for(lambda: first not in self.left_over(), 3, "the end of its folder")
        self.wait_for(lambda: self.left_over() and len(self.browsers()) > 1, what="the next browser")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(5), 0)
        self.assertEqual((self.left_over(), self.browsers()), ([], []))
        # The probe is killed: the next start clears up, whatever it is to measure.
        process = self.start_measuring()
        (left,) = self.left_over()
        process.kill()
        process.wait(5)
        self.wait_for(lambda: not self.browsers(), 10, "the end of Chromium")
        self.assertEqual(self.left_over(), [left])
        self.start()
        self.wait_for(lambda: not self.left_over(), 3, "the end of its folder")


if __name__ == "__main__":
    unittest.main()
