"""HL7 messages between systems: live connections and logs through `klarsyn probe`, delivered exactly
once, and the simulated logs against a computation of the test's own. The sender is python3-hl7."""
import datetime
import json
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

from directory import free_port
from harness import KlarsynTest, both_backends
from peers import PYTHON, Hl7Server
from server import Browser, klarsyn
from test_probe_runner import WithServer


SENDER = """
import json, sys
import hl7
from hl7.client import MLLPClient
with MLLPClient("127.0.0.1", int(sys.argv[1])) as client:
    client.socket.settimeout(10)
    for text in json.load(sys.stdin):
        answer = hl7.parse(client.send_message(text).decode())
        print(answer.segment("MSA")[1], answer.segment("MSA")[2])
"""


def message(number, sender="GS", receiver="LABKA"):
    return (f"MSH|^~\\&|{sender}|HER|{receiver}|RH|20260101||ORU^R01|{number}|P|2.5\r"
            "PID|1||0101010101^^^CPR||Hansen^Hanne\rOBX|1|TX|svar||hemmeligt svar\r")


class FlowTest(WithServer):
    def machine(self, *flows):
        self.file("machine.toml", "\n".join("[[flow]]\n" + flow for flow in flows))

    def begin(self, *options):
        process = self.start("--checks", self.directory / "machine.toml", *options)
        self.wait_for(lambda: "klarsyn" in self.log() or "sonde1" in self.log(), what="the probe")
        return process

    def plan(self, *lines):
        self.imported_setting("flow_hops", "flow,hop,limit_s,from,to\n" + "\n".join(lines) + "\n")

    def imported_setting(self, name, text):
        self.file(name, text)
        self.ok("settings", self.data, name, self.directory / name)

    def days(self):
        today = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        return f"{today - day:%Y-%m-%d}..{today + day:%Y-%m-%d}"

    def by_hop(self, name):
        return self.nums(f"probes.flow_{name}", self.days(), "hop")

    def total(self, name):
        return sum(self.by_hop(name).values())

    def everything_kept(self):
        """All bytes that the probe and the server have on disk."""
        folders = [self.directory / "probe"]
        if pathlib.Path(str(self.data)).is_dir():
            folders.append(pathlib.Path(str(self.data)))
        return b"".join(path.read_bytes() for folder in folders for path in folder.rglob("*")
                        if path.is_file())

    def send(self, port, *numbers, code=0):
        """What python3-hl7's client was answered: [(code, number)]."""
        done = subprocess.run([PYTHON, "-c", SENDER, str(port)], capture_output=True, timeout=60,
                              input=json.dumps([message(number) for number in numbers]).encode())
        self.assertEqual(done.returncode, code, done)
        return [tuple(line.split()) for line in done.stdout.decode().splitlines()]


def reachable(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


@both_backends
class Live(FlowTest):
    def test_copies_of_two_hops_become_figures(self):
        ports = free_port(), free_port()
        self.machine(f'hop = "GS"\nlisten = "127.0.0.1:{ports[0]}"',
                     f'hop = "LABKA"\nlisten = "127.0.0.1:{ports[1]}"')
        self.plan("GS > LABKA,GS,1,,", "GS > LABKA,LABKA,,,")
        self.server.start()
        self.begin()
        self.wait_for(lambda: all(map(reachable, ports)), what="the listeners")
        self.assertEqual(self.send(ports[0], 1, 2, 3), [("AA", "1"), ("AA", "2"), ("AA", "3")])
        self.send(ports[1], 1, 2, 2)
        time.sleep(2.5)
        self.send(ports[0], 4)  # the log goes on: what is missing now is lost
        self.wait_for(lambda: self.total("messages") == 6, what="all messages")
        self.assertEqual(self.by_hop("messages"), {"GS": 4, "LABKA": 2})
        self.assertEqual(self.total("lost"), 1)
        self.assertEqual(self.total("duplicated"), 1)
        found = self.records("probes.flow_lost", self.days())
        self.assertEqual([row["number"] for row in found], ["3"])
        passed = [row for row in self.records("probes.flow_transit_p95", self.days())]
        self.assertEqual(sorted(row["number"] for row in passed), ["1", "2"])
        for secret in (b"Hansen", b"0101010101", b"hemmeligt"):
            self.assertNotIn(secret, self.everything_kept())
        browser = Browser(self.server)
        browser.login("rita")
        month = datetime.datetime.now().strftime("%Y-%m")
        page = browser.get("/flow", period=month)[2].decode()
        self.assertIn("GS → LABKA", page)
        self.server.stop()
        self.assertEqual(self.ok("verify", self.data).code, 0)


class Relay(FlowTest):
    def test_what_passes_reaches_its_target_and_is_seen(self):
        target = Hl7Server(self.directory / "hl7").start()
        self.addCleanup(target.stop)
        port = free_port()
        self.machine(f'hop = "GS"\nlisten = "127.0.0.1:{port}"\nforward = "127.0.0.1:{target.port}"')
        self.server.start()
        process = self.begin()
        self.wait_for(lambda: reachable(port), what="the listener")
        self.assertEqual(self.send(port, 1, 2), [("AA", "1"), ("AA", "2")])
        # Without the server and after a kill: nothing is lost and nothing comes twice.
        self.server.stop()
        self.assertEqual(self.send(port, 3), [("AA", "3")])
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        self.begin()
        self.wait_for(lambda: reachable(port), what="the listener")
        self.assertEqual(self.send(port, 4), [("AA", "4")])
        self.server.start()
        self.wait_for(lambda: self.total("messages") == 4, seconds=40, what="all messages")
        time.sleep(1)
        found = self.records("probes.flow_messages", self.days())
        self.assertEqual(sorted((row["number"], row["code"], row["repeats"]) for row in found),
                         [(str(i), "AA", 0) for i in (1, 2, 3, 4)])
        target.stop()
        self.send(port, 5, code=1)  # the sender hears that nobody takes it


class Hostile(FlowTest):
    def test_peers_that_mean_no_good_keep_nobody_out(self):
        port = free_port()
        self.machine(f'hop = "GS"\nlisten = "127.0.0.1:{port}"')
        self.server.start()
        process = self.begin()
        self.wait_for(lambda: reachable(port), what="the listener")
        many = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(400)]
        for i, connection in enumerate(many[:300]):
            try:
                connection.sendall((b"GET / HTTP/1.1\r\n\r\n", b"\x0bMSH|", b"\x0b\x1c\r", b"\x00" * 9)[i % 4])
            except OSError:
                pass
        ended = threading.Event()

        def endless():
            try:
                with socket.create_connection(("127.0.0.1", port), 20) as connection:
                    connection.sendall(b"\x0bMSH|^~\\&|GS|")
                    while True:
                        connection.sendall(b"x" * 65536)
            except OSError:
                ended.set()
        thread = threading.Thread(target=endless, daemon=True)
        thread.start()
        self.assertEqual(self.send(port, 1, 2), [("AA", "1"), ("AA", "2")])
        self.assertTrue(ended.wait(30), "an endless message is not cut off")
        for connection in many:
            connection.close()
        self.assertEqual(self.send(port, 3), [("AA", "3")])
        self.wait_for(lambda: self.total("messages") == 3, what="the good ones")
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1))
        self.assertLess(peak, 200_000, "memory follows what hostile peers send")
        self.assertIsNone(process.poll())
        self.assertIn("connections", self.log())


class Logs(FlowTest):
    def line(self, number, hop="GS"):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z\t{hop}\t"
                + message(number).replace("\r", "\\r") + "\n")

    def test_a_log_is_followed_through_rotation_and_kills(self):
        log = self.directory / "hops.log"
        self.machine(f'file = "{log}"')
        self.server.start()
        sent = 0
        log.write_text("")
        for step in range(6):
            process = self.begin()
            with open(log, "a") as file:
                for _ in range(20):
                    sent += 1
                    file.write(self.line(sent))
                file.write(self.line(sent + 1)[:30])
                file.flush()
                time.sleep(0.3 * (step % 3))
                process.send_signal(signal.SIGKILL)
                process.wait(10)
                sent += 1
                file.write(self.line(sent)[30:] if step % 2 else "\n" + self.line(sent))
            if step == 2:
                log.rename(self.directory / "hops.log.1")
            if step == 4:
                (self.directory / "hops.log.0").write_bytes(log.read_bytes())
                open(log, "w").close()
        self.once("--checks", self.directory / "machine.toml")
        found = self.records("probes.flow_messages", self.days())
        # Half a line that a kill of its writer left is none; the rest comes once.
        self.assertEqual(sorted(int(row["number"]) for row in found), list(range(1, sent + 1)))
        self.assertEqual({row["repeats"] for row in found}, {0})
        self.assertNotIn(b"Hansen", self.everything_kept())

    def test_a_wrong_file_names_line_and_field(self):
        for flow, word in (('hop = "GS"\nlisten = "2575"', "listen"),
                           ('file = "x"\nhop = "GS"', "hop"),
                           ('hop = "GS"', "listen"), ('file = "x"\nzone = "Mars"', "zone"),
                           ('hop = "GS"\nlisten = "127.0.0.1:1"\ncolour = 1', "colour")):
            self.machine(flow)
            told = self.once("--checks", self.directory / "machine.toml", code=1)
            self.assertIn(word, told)
            self.assertIn("machine.toml", told)


class Api(FlowTest):
    def test_a_batch_counts_once(self):
        self.server.start()

        def post(body, token=None, type_="application/json"):
            status, _, answer = self.server.request(
                "POST", "/api/v1/flow", body if isinstance(body, bytes) else json.dumps(body).encode(),
                {"Authorization": f"Bearer {token or self.token}", "Content-Type": type_})
            return status, answer
        now = datetime.datetime.now(datetime.timezone.utc)
        line = f"{now:%Y-%m-%dT%H:%M:%S}Z\tGS\t" + message(1).replace("\r", "\\r")
        batch = {"agent": "a", "epoch": "e", "batch": 1, "events": [{"line": line}, {"line": "x"}]}
        status, answer = post(batch)
        self.assertEqual(status, 202, answer)
        answer = json.loads(answer)
        self.assertEqual((answer["accepted"], [r["event"] for r in answer["rejected"]]), (1, [1]))
        self.assertEqual(post(batch)[0], 200)
        self.assertEqual(post({**batch, "events": [{"line": line}]})[0], 409)
        self.assertEqual(self.total("messages"), 1)
        self.assertIn(post(b"{")[0], (400, 422))
        self.assertIn(post({**batch, "epoch": ""})[0], (400, 422))
        self.assertEqual(post(batch, type_="text/plain")[0], 415)
        self.assertEqual(post(batch, token="wrong")[0], 401)
        self.assertNotIn(b"Hansen", self.everything_kept())


class Simulated(KlarsynTest):
    """Figures of the simulated logs against a count of the lines."""

    def test_transit_lost_and_repeated_are_those_of_the_logs(self):
        files = self.directory / "files"
        self.assertEqual(klarsyn("simulate", "flow-2013", "--out", files).code, 0)
        self.ok("import", self.data, "--manifest", files / "manifest.tsv")
        for flow, names in (("labka", "GS > LABKA"), ("epm3", "GS > EPM3")):
            seen, answered, refused, last = {}, set(), set(), 0
            for path in sorted(files.rglob(f"gs-{flow}-*.log")):
                for line in path.read_text().splitlines():
                    time_, hop, text = line.split("\t")
                    at = round(datetime.datetime.fromisoformat(time_.replace("Z", "+00:00")).timestamp()
                               * 1000)
                    fields = {part[:3]: part.split("|") for part in text.split("\\r") if part}
                    last = max(last, at)
                    if "MSA" in fields:
                        answered.add((hop, fields["MSA"][2]))
                        if fields["MSA"][1] == "AE":
                            refused.add((hop, fields["MSA"][2]))
                    else:
                        seen.setdefault((hop, fields["MSH"][9]), []).append(at)
            hops = ("GS", "INTEGRATION", names.split(" > ")[1])
            day = datetime.timedelta(hours=2)  # Copenhagen, in April
            april = {key: at for key, at in seen.items()
                     if (datetime.datetime.fromtimestamp(at[0] / 1000, datetime.timezone.utc) + day).month == 4}
            for hop, after in zip(hops, hops[1:]):
                own = {number: at for (where, number), at in april.items() if where == hop}
                times = sorted(seen[after, n][0] - at[0] for n, at in own.items() if (after, n) in seen)
                rank = -(-95 * len(times) // 100)
                where = (f"hop={hop}", f"flow={names}")

                def shown(name):
                    rows = self.figure(f"probes.flow_{name}", "2013-04", where=where)["rows"]
                    return rows[0]["num"] or 0 if rows else 0
                self.assertEqual(shown("transit_p95"), times[rank - 1], (flow, hop))
                self.assertEqual(shown("messages"), len(own))
                self.assertEqual(shown("refused"), sum((hop, n) in refused for n in own))
                lost = [n for n in own if (after, n) not in seen and own[n][0] + 300_000 < last // 1000 * 1000]
                self.assertEqual(shown("lost"), len(lost))
            repeated = sum(len(at) - 1 for at in april.values())
            rows = self.figure("probes.flow_duplicated", "2013-04", where=(f"flow={names}",))["rows"]
            self.assertEqual(rows[0]["num"] if rows else 0, repeated)
            if flow == "labka":
                self.assertGreater(repeated, 0)
                oldest = min(at[0] for (hop, n), at in april.items()
                             if hop == "INTEGRATION" and (hop, n) not in answered)
                records = self.records("probes.flow_messages", "2013-04",
                                       ("hop=INTEGRATION", f"flow={names}"))
                waiting = min(row["at"] for row in records if row.get("answered_ms") is None)
                unanswered = {n for hop, n in april if hop == "INTEGRATION"} - {
                    n for hop, n in answered if hop == "INTEGRATION"}
                self.assertEqual(len(self.records("probes.flow_unanswered", "2013-04", (
                    "hop=INTEGRATION", f"flow={names}"))), len(unanswered))
                self.assertEqual(waiting, datetime.datetime.fromtimestamp(
                    oldest // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.verify()


if __name__ == "__main__":
    unittest.main()
