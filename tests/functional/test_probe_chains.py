"""From the probe to the case, each program as it is shipped: a certificate that is about to expire, and a
probe's machine that is dead, which is grey on every page and never green."""
import datetime
import re
import signal
import time
import unittest

from desk import Client
from raw_peers import certificate, page
from server import PASSWORD, klarsyn
from test_probe_runner import WithServer

RULES = """
every = "1s"
wait = "0s"

[[rule]]
name = "certifikat"
kind = "expiry"
title = {da = "Certifikatet udløber snart", en = "The certificate expires soon"}
by = ["system", "site"]
reading = "certificate_days"
below = 30
clear = 60
fire_after = 1
clear_after = 1

[[rule]]
name = "stille"
kind = "gap"
title = {da = "Målinger mangler", en = "Measurements are missing"}
system = "FMK"
by = ["system", "site"]
for = "4s"
fire_after = 1
clear_after = 1
"""


class Chains(WithServer):
    def setUp(self):
        super().setUp()
        done = klarsyn("user", self.data, "add", "anna", "--role", "agent",
                       stdin=(PASSWORD + "\n").encode())
        self.assertEqual(done.code, 0, done)
        self.anna = Client(self.server, self.ok("token", self.data, "add", "anna").out.split()[-1])
        self.ok("settings", self.data, "alert_rules", self.file("rules.toml", RULES), "--from", "2026-01-01")

    def alert(self, rule, state):
        def found():
            return next((one for one in self.anna.get("/api/v1/alerts?limit=50")["items"]
                         if one["rule"] == rule and one["state"] == state and (one["case"] or state != "burning")),
                        None)
        return self.wait_for(found, 60, f"{rule} {state}")

    def case(self, alert):
        return self.anna.get(f"/api/v1/cases/{alert['case']}")

    def test_a_certificate_that_expires_becomes_a_case_and_a_new_one_ends_it(self):
        pem, context = certificate(self.directory, "localhost", 12)
        port = self.peer(lambda connection: None, context).port
        self.schedule(("EPM3", "certificate", 1))
        self.checks(self.check("EPM3", "certificate", "tls", host="localhost", port=port, ca_file=str(pem)))
        self.server.start()
        self.once()
        alert = self.alert("certifikat", "burning")
        case = self.case(alert)
        self.assertEqual((case["contact"], case["system"], case["title"]),
                         ("monitoring", "EPM3", "Certifikatet udløber snart: EPM3, HER"))
        self.assertRegex(case["text"], r"1[12] \(alarm under 30, ophører ved 60\)")
        certificate(self.directory, "localhost", 365)
        context.load_cert_chain(pem, self.directory / "localhost.key")
        time.sleep(1.1)  # a slot of its own
        self.once()
        self.alert("certifikat", "cleared")
        self.assertEqual(self.case(alert)["state"], "resolved")
        self.assertEqual(len(self.anna.get("/api/v1/cases?view=all&limit=50")["items"]), 1)

    def test_a_machine_that_stands_still_is_told_and_comes_back(self):
        good = self.peer(page())
        self.schedule(("FMK", "login", 1))
        self.checks(self.check("FMK", "login", "http", url=f"http://127.0.0.1:{good.port}/"))
        self.server.start()
        process = self.start()
        self.wait_for(self.measurements, what="a first measurement")
        # What was scheduled before it ran was missed as well: the rule may have fired already.
        self.wait_for(lambda: not self.anna.get("/api/v1/alerts?state=burning&limit=5")["items"], 60, "quiet")
        process.send_signal(signal.SIGSTOP)
        alert = self.alert("stille", "burning")
        self.assertIn("ingen målinger", self.case(alert)["text"])
        process.send_signal(signal.SIGCONT)
        self.wait_for(lambda: self.anna.get(f"/api/v1/alerts/{alert['number']}")["state"] == "cleared", 60, "the end")
        self.assertEqual(self.case(alert)["state"], "resolved")

    def test_a_dead_machine_is_grey_on_every_page(self):
        self.schedule(("FMK", "login", 60), ("PACS", "open", 60))
        actions = "system,action,kind,limit_ms,from,to\n" + "".join(
            f"{system},{action},standard,3000,2026-01-01T00:00:00Z,\n"
            for system, action in (("FMK", "login"), ("PACS", "open")))
        self.imported("probe-actions-csv", self.file("actions.csv", actions))
        self.server.start()
        now = datetime.datetime.now(datetime.timezone.utc)
        probe = Client(self.server, self.token)

        def measured(system, action, moment):
            return {"time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "system": system, "action": action,
                    "site": "HER", "seat": "pc", "outcome": "ok", "ms": 400}
        before = (now - datetime.timedelta(days=2)).replace(hour=11, minute=0, second=0, microsecond=0)
        results = [measured("FMK", "login", before + datetime.timedelta(minutes=i)) for i in range(30)]
        results += [measured("PACS", "open", now - datetime.timedelta(seconds=2 * i)) for i in range(1, 40)]
        results.append(measured("UDEN", "login", now))  # nobody agreed on a limit
        status, _, answer = probe.ask("POST", "/api/v1/probes", {"agent": "a", "epoch": "e", "batch": 1,
                                                                 "results": results})
        self.assertEqual((status, answer["accepted"]), (202, 70), answer)
        self.server.stop()  # the counts of a running one may be five minutes old
        self.server.start()
        self.anna.connection = None
        rows = self.wait_for(self.status_rows, 30, "the measured days")
        # Two days ago it was measured and well; since then nobody knows.
        self.assertEqual(rows["FMK"][0], "unmeasured")
        self.assertEqual(rows["FMK"][1][-4:], ["none", "green", "none", "none"])
        self.assertEqual((rows["PACS"][0], rows["PACS"][1][-1]), ("green", "green"))
        board = self.anna.ask("GET", "/now")[2]
        row = re.search(r'<tr[^>]*><th scope="row"><a [^>]*>FMK</a>.*?</tr>', board, re.S).group(0)
        self.assertIn('class="k-missing"', row)
        self.assertNotIn("k-state-green", row)
        self.assertIn("Der kommer ingen nye målinger af: FMK.", board)
        row = re.search(r'<tr[^>]*><th scope="row"><a [^>]*>UDEN</a>.*?</tr>', board, re.S).group(0)
        self.assertIn("Ingen grænse", row)
        self.assertNotIn("%", re.sub(r'href="[^"]*"', "", row))  # no share, so no interval of one
        # Today's figures say what is missing, and no share is made up.
        today = f"{datetime.datetime.now():%Y-%m-%d}"
        where = ["system=FMK"]
        self.assertIsNone(self.row("probes.within_limit", f"{today}..{today}", where=where)["value"])
        self.assertGreaterEqual(self.row("probes.missing", f"{today}..{today}", where=where)["num"], 1)
        status, _, html = self.anna.ask("GET", f"/probes/system?system=FMK&period={today}")
        self.assertEqual(status, 200)
        self.assertNotIn("k-state-green", html)

    def status_rows(self):
        """{system: (colour of its state, colours of its 90 days)} once measurements stand there."""
        _, _, body = self.server.request("GET", "/status", headers={"Accept-Language": "da"})
        found = {}
        for system, rest in re.findall(r'<a href="/status/(\w+)">.*?</a></th>(.*?)</svg><p>', body.decode(), re.S):
            colour = re.search(r"k-state-(\w+)", rest).group(1)
            found[system] = (colour, re.findall(r'class="k-d-(\w+)"', rest))
        return found if "green" in found["PACS"][1] else None


if __name__ == "__main__":
    unittest.main()
