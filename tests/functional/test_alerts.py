"""From measurement to action: rules that fire, one case each, dependencies, windows, storms, and alerts
of other monitors. The rules' times are seconds here, so that the real clock serves."""
import datetime
import json
import signal
import threading
import time
import unittest

from desk import Client
from harness import KlarsynTest, both_backends
from server import Server, with_accounts

RULES = """
every = "1s"
wait = "2s"

[[rule]]
name = "netvaerk"
kind = "share"
title = {da = "Netværket svarer ikke", en = "The network does not answer"}
system = "Net"
by = ["site"]
measure = "available"
over = "60s"
at_least = 3
below = 50
clear = 90
fire_after = 1
clear_after = 1
severity = "critical"
group = "Netværk"

[[rule]]
name = "utilgaengelig"
kind = "share"
title = {da = "Systemet svarer ikke", en = "The system does not answer"}
measure = "available"
over = "60s"
at_least = 3
below = 50
clear = 90
fire_after = 1
clear_after = 1
severity = "high"
depends = ["netvaerk"]

[[rule]]
name = "stille"
kind = "gap"
title = {da = "Målinger mangler", en = "Measurements are missing"}
seat = "vagt"
by = ["seat"]
for = "4s"
fire_after = 1
clear_after = 1

[[rule]]
name = "ekstern"
kind = "external"
labels = {system = "system", site = "site"}
severity = "medium"
"""
SECONDS = 60


def rfc3339(second):
    return datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class AlertsTest(KlarsynTest):
    rules = RULES

    def setUp(self):
        super().setUp()
        self._data, self.tokens = self.prepared(
            with_accounts(("anna", "agent"), ("probe", "probe"), ("rita", "reader"), ("ulla", "user")))
        (self.directory / "rules.toml").write_text(self.rules)
        self.ok("settings", self.data, "alert_rules", self.directory / "rules.toml",
                "--from", "2013-01-01")
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.anna, self.probe = (Client(self.server, self.tokens[n]) for n in ("anna", "probe"))
        self.batches = self.measured = 0

    def measure(self, system, site, outcome, count, seat=None):
        """So many tries now, each from a seat of its own unless one is named."""
        now = int(time.time())
        results = []
        for _ in range(count):
            self.measured += 1
            one = {"time": rfc3339(now), "system": system, "action": "login", "site": site,
                   "seat": seat or f"s{self.measured}", "outcome": outcome}
            if outcome == "ok":
                one["ms"] = 500
            results.append(one)
        self.batches += 1
        status, _, answer = self.probe.ask("POST", "/api/v1/probes", {
            "agent": "a", "epoch": "e", "batch": self.batches, "results": results})
        self.assertEqual(status, 202, answer)
        self.assertEqual(answer["accepted"], count, answer)

    def alerts(self, query=""):
        return self.anna.get(f"/api/v1/alerts?limit=500{query}")["items"]

    def until(self, found, what="", seconds=SECONDS):
        """Waits until the function gives something, and returns that."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            result = found()
            if result:
                return result
            time.sleep(0.2)
        self.fail(f"{what or found} did not come: {json.dumps(self.alerts(), indent=1)[:3000]}")

    def alert(self, rule, state, **group):
        return self.until(lambda: next(
            (a for a in self.alerts() if a["rule"] == rule and a["state"] == state and
             all(a["group"].get(k) == v for k, v in group.items())), None), f"{rule} {state} {group}")

    def cases(self):
        return self.anna.get("/api/v1/cases?view=all&limit=500")["items"]

    def case(self, number):
        return self.anna.get(f"/api/v1/cases/{number}")

    def evaluated(self):
        """Waits for an evaluation that began after now."""
        now = int(time.time())
        self.until(lambda: (self.anna.get("/api/v1/alerts?limit=1")["evaluated_at"] or "") >
                   rfc3339(now + 1), "an evaluation")


@both_backends
class Alerts(AlertsTest):
    def test_from_measurement_to_case_and_back(self):
        self.measure("EPM3", "HER", "failed", 6)
        alert = self.alert("utilgaengelig", "burning", system="EPM3", site="HER")
        case = self.case(alert["case"])
        self.assertEqual((case["contact"], case["system"], case["type"]),
                         ("monitoring", "EPM3", "incident"))
        self.assertEqual((case["impact"], case["urgency"]), (1, 2))
        self.assertEqual(case["title"], "Systemet svarer ikke: EPM3, HER")
        for words in ("0,0\u00a0% af 6 målinger", "Forløb: ▁", "/probes/system?system=EPM3",
                      f"/alerts/{alert['number']}"):
            self.assertIn(words, case["text"])
        # All is well again, and nobody has touched the case: it resolves itself.
        self.measure("EPM3", "HER", "ok", 100)
        self.alert("utilgaengelig", "cleared", system="EPM3")
        self.assertEqual(self.case(alert["case"])["state"], "resolved")
        # Again within a day: the same case reopens; this time somebody works on it.
        self.measure("EPM3", "HER", "timeout", 400)
        again = self.alert("utilgaengelig", "burning", system="EPM3")
        self.assertEqual(again["case"], alert["case"])
        self.assertNotEqual(again["number"], alert["number"])
        self.assertNotIn(self.case(alert["case"])["state"], ("resolved", "closed"))
        self.anna.act(alert["case"], "comment", text="Jeg ser på det", visibility="internal")
        self.measure("EPM3", "HER", "ok", 5000)
        self.until(lambda: not self.alerts("&state=burning"), "the clear")
        case = self.case(alert["case"])
        self.assertNotIn(case["state"], ("resolved", "closed"))
        self.assertIn("Alarmen ophørte", json.dumps(case, ensure_ascii=False))
        self.assertEqual(len(self.cases()), 1)
        self.look_at_pages_and_figures(alert["number"])
        self.server.stop()
        self.assertEqual(self.ok("verify", self.data).code, 0)

    def look_at_pages_and_figures(self, number):
        rita = Client(self.server, self.tokens["rita"])
        today = datetime.date.today()
        days = f"{today - datetime.timedelta(2)}..{today + datetime.timedelta(1)}"
        for figure, num, den in (("episodes", 2, None), ("noise", 2, 2)):
            row = rita.get(f"/api/v1/figures/alerts.{figure}?period={days}")["rows"][0]
            self.assertEqual((row["num"], row["den"]), (num, den), figure)
            records = rita.get(f"/api/v1/figures/alerts.{figure}/records?period={days}")
            self.assertEqual(len(records["records"] if "records" in records else records["items"]), 2)
        for path, words in (("/alerts", "Systemet svarer ikke"), (f"/alerts/{number}", "<svg"),
                            ("/alerts?lang=en", "The system does not answer")):
            status, _, page = self.anna.ask("GET", path)
            self.assertEqual(status, 200, page)
            self.assertIn(words, page)
        answer = self.anna.get(f"/api/v1/alerts/{number}")
        self.assertEqual([r["kind"] for r in answer["records"]], ["fired", "told", "cleared"])
        for path in ("/api/v1/alerts/A999", "/alerts/A999", "/alerts/x"):
            self.assertEqual(self.anna.ask("GET", path)[0], 404)
        self.assertEqual(rita.ask("GET", "/api/v1/alerts")[0], 403)
        first = self.anna.get("/api/v1/alerts?limit=1")
        self.assertEqual(first["next"], first["items"][0]["number"])
        second = self.anna.get(f"/api/v1/alerts?limit=1&cursor={first['next']}")
        self.assertEqual((second["items"][0]["number"], second["next"]), (number, None))

    def test_a_dead_network_is_one_case(self):
        self.measure("Net", "HER", "failed", 5)
        for i in range(8):
            self.measure(f"S{i}", "HER", "failed", 5)
        self.measure("S0", "RH", "failed", 5)  # elsewhere: not explained
        self.alert("netvaerk", "burning", site="HER")
        self.alert("utilgaengelig", "burning", system="S0", site="RH")
        held = self.until(lambda: [a for a in self.alerts("&state=held")
                                   if a["held"] == "dependency"][7:] and self.alerts("&state=held"))
        self.assertEqual({a["held_by"] for a in held}, {"netvaerk"})
        self.assertEqual(len(self.cases()), 2)
        status, _, page = self.anna.ask("GET", "/alerts")
        self.assertIn("forklares af Netværket svarer ikke", page)
        # The network is back: what was measured meanwhile is not held against the systems, but what
        # still fails is told.
        self.measure("Net", "HER", "ok", 200)
        self.alert("netvaerk", "cleared", site="HER")
        self.evaluated()
        self.assertEqual(len(self.cases()), 2)
        time.sleep(1.1)
        self.measure("S3", "HER", "failed", 20)
        self.alert("utilgaengelig", "burning", system="S3", site="HER")
        for i in range(8):
            if i != 3:
                self.measure(f"S{i}", "HER", "ok", 10)
        self.until(lambda: not self.alerts("&state=held"), "silence")
        self.assertEqual(len(self.cases()), 3)

    def test_nothing_is_told_in_a_window(self):
        now = int(time.time())
        (self.directory / "w.csv").write_text(
            f"system,site,from,to,announced\nEPM3,,{rfc3339(now - 60)},{rfc3339(now + 15)},"
            f"{rfc3339(now - 3600)}\n")
        self.server.stop()  # with PostgreSQL an import has no other way in
        self.ok("import", self.data, "window-csv", self.directory / "w.csv", "--source", "windows")
        self.server.start()
        self.anna.connection = self.probe.connection = None
        self.measure("EPM3", "HER", "failed", 6)
        held = self.alert("utilgaengelig", "held", system="EPM3")
        self.assertEqual((held["held"], held["held_by"]), ("window", rfc3339(now + 15)))
        self.assertEqual(self.cases(), [])
        time.sleep(max(0, now + 16 - time.time()))
        self.evaluated()
        self.assertEqual(self.cases(), [])  # what was measured in the window tells nothing
        self.measure("EPM3", "HER", "failed", 6)
        told = self.alert("utilgaengelig", "burning", system="EPM3")
        self.assertEqual(told["number"], held["number"])
        self.assertEqual(len(self.cases()), 1)

    def test_a_dead_probe_is_grey_and_fires_as_silent(self):
        self.measure("EPM3", "HER", "ok", 4, seat="vagt")
        alert = self.alert("stille", "burning", seat="vagt")
        self.assertIn("ingen målinger", self.case(alert["case"])["text"])
        self.measure("EPM3", "HER", "ok", 1, seat="vagt")
        self.alert("stille", "cleared", seat="vagt")


def delivery(key, status, alerts, **more):
    return {"version": "4", "groupKey": key, "status": status, "receiver": "klarsyn",
            "commonLabels": {}, "alerts": [
                {"status": status, "labels": labels, "annotations": {}, "startsAt": "2026-01-01T00:00:00.5Z",
                 "endsAt": "0001-01-01T00:00:00Z", "fingerprint": fingerprint}
                for fingerprint, labels in alerts], **more}


@both_backends
class External(AlertsTest):
    def post(self, body):
        return self.probe.ask("POST", "/api/v1/alerts", body)

    def test_ten_thousand_in_a_minute_are_one_case(self):
        def alerts(block):
            return [(f"f{n}", {"alertname": f"A{n % 40}", "system": f"S{n % 90}", "site": f"H{n % 7}"})
                    for n in range(block * 100, block * 100 + 100)]

        failed = []

        def deliver(blocks, status):
            client = Client(self.server, self.tokens["probe"])
            for block in blocks:
                answer = client.ask("POST", "/api/v1/alerts", delivery(f"g{block}", status, alerts(block)))
                if answer[0] != 200 or answer[2]["changed"] != 100:
                    failed.append(answer)

        def storm(status):
            threads = [threading.Thread(target=deliver, args=(range(i, 100, 4), status)) for i in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(failed[:1], [])

        storm("firing")
        found = self.until(lambda: [a for a in self.alerts("&state=burning") if a["members"] == 10_000],
                           "the storm")
        self.assertEqual(len(found), 1)
        self.assertEqual(self.anna.get("/api/v1/alerts?state=held&limit=1")["items"], [])
        cases = [c for c in self.cases() if c["state"] not in ("closed", "resolved")]
        self.assertEqual([c["number"] for c in cases], [found[0]["case"]])
        self.assertLessEqual(len(self.case(found[0]["case"])["events"]), 6)
        # The same again changes nothing.
        answer = self.post(delivery("g7", "firing", alerts(7)))
        self.assertEqual((answer[0], answer[2]["changed"]), (200, 0))
        members = self.anna.get(f"/api/v1/alerts?storm={found[0]['number']}&limit=10")
        self.assertEqual(len(members["items"]), 10)
        storm("resolved")
        self.until(lambda: not self.alerts("&state=burning"), "the clear")
        self.assertEqual(self.case(found[0]["case"])["state"], "resolved")
        self.server.stop()
        self.assertEqual(self.ok("verify", self.data).code, 0)

    def test_the_case_that_a_storm_takes_over_says_so(self):
        single = [("f", {"alertname": "Slow", "system": "EPM3", "site": "RH"})]
        self.post(delivery("single", "firing", single))
        case = self.alert("ekstern", "burning", system="EPM3")["case"]
        self.post(delivery("many", "firing", [(f"g{n}", {"alertname": "Down", "system": f"S{n}"})
                                              for n in range(40)]))
        self.until(lambda: [a for a in self.alerts("&state=burning") if a["members"] == 41], "the storm")
        taken = self.case(case)
        self.assertEqual((taken["title"], taken["system"], taken["state"]),
                         ("Mange alarmer på én gang: alt", None, "new"))
        self.assertEqual([c["number"] for c in self.cases() if c["state"] != "closed"], [case])

    def test_faults_are_named_and_the_rest_is_kept(self):
        body = delivery("k", "firing", [("f1", {"alertname": "Slow", "system": "EPM3"})])
        body["alerts"].append({"status": "burning", "labels": {"a": "b"}})
        status, _, answer = self.post(body)
        self.assertEqual((status, answer["accepted"], answer["changed"]), (200, 1, 1))
        self.assertEqual([(r["alert"], r["field"]) for r in answer["rejected"]], [(1, "status")])
        alert = self.alert("ekstern", "burning", system="EPM3", action="Slow")
        self.assertEqual(self.case(alert["case"])["contact"], "monitoring")
        for wrong, pointer in (({**body, "version": "3"}, "/version"),
                               ({"version": "4", "alerts": []}, "/groupKey"),
                               ({"version": "4", "groupKey": "k", "alerts": 7}, "/alerts")):
            status, _, answer = self.post(wrong)
            self.assertEqual(status, 400, answer)
            self.assertEqual(answer["errors"][0]["pointer"], pointer)
        self.assertEqual(self.post("[]")[0], 400)
        for who in ("anna", "rita", "ulla"):
            status = Client(self.server, self.tokens[who]).ask("POST", "/api/v1/alerts", body)[0]
            self.assertEqual(status, 403, who)
        self.post(delivery("k", "resolved", [("f1", {"alertname": "Slow", "system": "EPM3"})]))
        self.alert("ekstern", "cleared", system="EPM3")
        self.assertEqual(self.case(alert["case"])["state"], "resolved")


class Rules(KlarsynTest):
    def test_faults_of_a_file_name_file_line_and_field(self):
        rules = self.directory / "rules.toml"
        rules.write_text("[[rule]]\nname = \"a\"\nkind = \"share\"\nbelow = 101\n")
        done = self.run_klarsyn("settings", self.data, "alert_rules", rules)
        self.assertNotEqual(done.code, 0)
        for words in ("rules.toml", "4", "below"):
            self.assertIn(words, done.err)
        rules.write_text("[[rule]]\nname = \"a\"\nkind = \"gap\"\nfor = \"5m\"\ndepends = [\"b\"]\n")
        done = self.run_klarsyn("settings", self.data, "alert_rules", rules, "--lang", "en")
        self.assertNotEqual(done.code, 0)
        self.assertIn("no rule named b", done.err)


if __name__ == "__main__":
    unittest.main()
