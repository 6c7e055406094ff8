"""The probe's browser, against a small page and against Klarsyn's own log-on."""
import json
import os
import pathlib
import shutil
import tempfile
import time
import unittest
import unittest.mock

import peers
import raw_peers
from check_test import CheckTest
from harness import klarsyn
from server import PASSWORD, Server, add_user

PAGE = """<!doctype html><meta charset=utf-8><title>Prøve</title>
<form id=f><input id=name><input id=password type=password><button id=go>Log på</button></form>
<p id=echo></p><div id=ready hidden>Klar: <b>5</b> patienter</div>
<script>f.onsubmit = e => { e.preventDefault(); echo.textContent = 'Du skrev ' + password.value;
  setTimeout(() => ready.hidden = false, %d) }</script>
"""


class BrowserJourney(CheckTest):
    protocol = "browser"
    secrets = {"pw": PASSWORD}

    def setUp(self):
        super().setUp()
        # Other tests run browsers of their own at the same time.
        self.temporary = pathlib.Path(tempfile.mkdtemp(prefix="klarsyn-journeys-"))
        self.temporary.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.temporary, ignore_errors=True)
        mine = unittest.mock.patch.dict(os.environ, {"TMPDIR": str(self.temporary)})
        mine.start()
        self.addCleanup(mine.stop)

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

    def test_a_page_is_measured_from_the_password_to_use(self):
        answer = self.good(limit_ms=30_000, steps=self.journey(self.page(400), {
            "do": "expect", "css": "#ready", "text": "Klar: 5"}), **{"from": "password", "to": "usable"})
        self.assertEqual(self.steps_of(answer), ["1 open", "2 type", "password", "log-on", "usable", "6 expect"])
        steps = {step["name"]: step["ms"] for step in answer["steps"]}
        self.assertGreaterEqual(steps["usable"], 300)
        between = steps["password"] + steps["log-on"] + steps["usable"]
        self.assertAlmostEqual(answer["ms"], between, delta=2)

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

    def left_over(self):
        time.sleep(0.3)
        return [str(path) for path in self.temporary.glob("klarsyn-browser-*")]

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


if __name__ == "__main__":
    unittest.main()
