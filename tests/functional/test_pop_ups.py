"""klarsyn-agent --notify against the real server's feed: whose messages pop up, each version once, little
to ask when nothing is new, and patience when the server is busy or away."""
import http.client
import http.server
import os
import pathlib
import subprocess
import threading
import time
import unittest

from harness import KLARSYN
from test_messages import MessagesTest, utc

AGENT = os.environ.get("KLARSYN_AGENT", str(pathlib.Path(KLARSYN).resolve().parent / "klarsyn-agent"))


class Between(http.server.ThreadingHTTPServer):
    """Stands between the agent and the server and notes what passes: (moment, status, bytes, headers)."""

    daemon_threads = True

    def __init__(self, port):
        self.passed, self.instead = [], None  # instead: (status, headers) to answer with
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if between.instead:
                    status, headers, body = *between.instead, b""
                else:
                    there = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                    there.request("GET", self.path, headers=dict(self.headers))
                    answer = there.getresponse()
                    status, headers, body = answer.status, dict(answer.getheaders()), answer.read()
                    there.close()
                between.passed.append((time.monotonic(), status, len(body), dict(self.headers)))
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection", "date", "server"):
                        self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class PopUps(MessagesTest):
    def setUp(self):
        super().setUp()
        self.shown = self.directory / "shown"
        self.notifier = self.file("notifier", f"#!/bin/sh\nprintf '%s\\037' \"$@\" >> {self.shown}\n"
                                              f"printf '\\036' >> {self.shown}\n")
        self.notifier.chmod(0o755)

    def command(self, *more, port=None, name="pc"):
        return [AGENT, "--notify", "--server", f"http://127.0.0.1:{port or self.server.port}", "--dir",
                str(self.directory / name), "--notifier", str(self.notifier), *map(str, more)]

    def look(self, *more, code=0, **options):
        """One look; the pop-ups that came of it, as (title, body, urgency)."""
        self.shown.write_text("")
        done = subprocess.run(self.command("--once", *more, **options), capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done)
        return self.popups()

    def popups(self):
        found = [one.split("\037")[:-1] for one in self.shown.read_text().split("\036")[:-1]]
        return [(words[-2], words[-1], words[1]) for words in found]

    def titles(self, *more, **options):
        return [title for title, _, _ in self.look(*more, **options)]

    def correct(self, number, **fields):
        _, headers, _ = self.lea.ask("GET", f"/api/v1/notices/{number}")
        status, _, answer = self.lea.ask("PATCH", f"/api/v1/notices/{number}", fields,
                                         If_Match=headers["ETag"])
        self.assertEqual(status, 200, answer)

    def test_each_version_once_from_the_first_word_to_the_all_clear(self):
        number = self.tell(orgs=["RH"], next_at=utc(1800), ack_required=True)
        ward = ("--place", "RH1")
        (title, body, urgency), = self.look(*ward)
        self.assertEqual((title, urgency), ("FMK svarer ikke", "--urgency=critical"))
        self.assertRegex(body, r"(?s)^Ordinationer kan ikke hentes\.\nBrug nødkortet\.\nHvor: Rigshospitalet\n"
                               r"Siden .*kl\. .*\nNæste besked .*kl\. .*\nBekræft ")
        self.assertEqual(self.look(*ward), [])
        self.correct(number, text="Ordinationer hentes langsomt.", severity="unstable")
        (_, body, urgency), = self.look(*ward)
        self.assertTrue(body.startswith("Ordinationer hentes langsomt."), body)
        self.assertEqual(urgency, "--urgency=normal")
        self.lea.post(f"/api/v1/notices/{number}/update", {"text": "Leverandøren er i gang."})
        self.assertTrue(self.look(*ward)[0][1].startswith("Leverandøren er i gang."))
        # A correction after news is the newest word again.
        self.correct(number, text="Kun gamle ordinationer mangler.")
        self.assertTrue(self.look(*ward)[0][1].startswith("Kun gamle ordinationer mangler."))
        self.lea.post(f"/api/v1/notices/{number}/clear", {})
        (title, body, urgency), = self.look(*ward)
        self.assertEqual((title, urgency), ("Løst: FMK svarer ikke", "--urgency=low"))
        self.assertEqual(body, "Det virker igen.\nHvor: Rigshospitalet")
        self.assertEqual(self.look(*ward), [])
        self.assertEqual(self.look(*ward, name="new"), [])  # to whom nothing was told, nothing is over

    def test_by_place_role_and_language(self):
        self.tell(title="Alle <b>steder</b>", title_en="Everywhere")
        self.tell(title="Kun Herlev", orgs=["HGH"])
        self.tell(title="Kun røntgen på RH", orgs=["RH"], roles=["imaging"])
        self.assertEqual(self.titles("--place", "RH1", "--role", "nurse", name="a"), ["Alle <b>steder</b>"])
        self.assertEqual(self.titles("--place", "RH1", "--role", "imaging", name="b"),
                         ["Kun røntgen på RH", "Alle <b>steder</b>"])
        self.assertEqual(self.titles("--place", "HGH", "--role", "imaging", name="c"),
                         ["Kun Herlev", "Alle <b>steder</b>"])
        self.assertEqual(len(self.look(name="d")), 3)
        self.assertIn("Everywhere", self.titles("--lang", "en", name="e"))
        # Without a desktop the words go to standard output.
        self.notifier.chmod(0o600)
        done = subprocess.run(self.command("--once", name="f"), capture_output=True, timeout=60)
        self.assertIn("Kun Herlev\nOrdinationer kan ikke hentes.", done.stdout.decode())

    def test_asks_little_waits_when_told_and_backs_off_when_alone(self):
        between = Between(self.server.port)
        self.addCleanup(between.server_close)
        self.addCleanup(between.shutdown)
        self.shown.write_text("")
        agent = subprocess.Popen(self.command("--every", "0.4", "--place", "RH", port=between.server_port),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.kill)
        self.until(lambda: len(between.passed) >= 4)
        self.assertEqual(between.passed[0][1], 200)
        self.assertEqual({(status, size) for _, status, size, _ in between.passed[1:4]}, {(304, 0)})
        self.assertNotIn("Authorization", between.passed[0][3])  # the feed is open; no token leaves the PC
        self.tell(orgs=["RH"])
        self.until(self.popups)
        asked = len(between.passed)
        self.assertEqual([status for _, status, _, _ in between.passed].count(200), 2)
        self.until(lambda: len(between.passed) >= asked + 2)
        self.assertEqual(between.passed[-1][1], 304)
        # Busy: it comes when the server says, or later.
        between.instead = (429, {"Retry-After": "2"})
        self.until(lambda: between.passed[-1][1] == 429)
        at = between.passed[-1][0]
        between.instead = (503, {})
        self.until(lambda: between.passed[-1][1] == 503)
        self.assertGreaterEqual(between.passed[-1][0] - at, 2)
        # Away: from look to look it waits longer, never shorter.
        self.until(lambda: [status for _, status, _, _ in between.passed].count(503) >= 5, 30)
        times = [moment for moment, status, _, _ in between.passed if status == 503]
        gaps = [after - before for before, after in zip(times, times[1:])]
        for before, after in zip(gaps, gaps[1:]):
            self.assertGreater(after, before - 0.25, gaps)
        self.assertGreater(gaps[-1], 2 * gaps[0], gaps)
        between.instead = None
        self.until(lambda: between.passed[-1][1] == 304, 30)
        self.assertEqual(len(self.popups()), 1)

    def test_a_server_that_is_away_is_told_and_nothing_is_forgotten(self):
        number = self.tell()
        self.assertEqual(len(self.look()), 1)
        self.server.stop()
        self.assertEqual(self.look(code=1), [])
        self.server.start()
        self.lea.connection = None
        self.assertEqual(self.look(), [])
        self.lea.post(f"/api/v1/notices/{number}/clear", {"text": "Alt kører."})
        self.assertEqual(self.titles(), ["Løst: FMK svarer ikke"])

    def until(self, found, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found():
                return
            time.sleep(0.05)
        self.fail("it did not come")


if __name__ == "__main__":
    unittest.main()
