"""Response times by PC model and age: against the oracle on the simulated log-ons and on random
registers, held back where few PCs stand behind, as it was known then, what agents say, the page."""
import datetime
import html
import json
import signal
import unittest

import harness  # noqa: F401  (first: it finds the oracle's modules)
import manifest
import pcs
import registers
from danish_calendar import parse_period
from harness import KlarsynTest, both_backends, seeded
from server import Browser, Server, add_user

HEADER = "time,system,action,site,seat,ms,outcome\n"
ACTIONS = "system,action,kind,limit_ms,from,to\nPC,log-on,standard,45000,2010-01-01,\n"
ASSETS = "id,kind,model,place,owner,base_date,status,from,to\n"
FIGURES = ("pc_within_limit", "pc_median", "pc_p95", "pcs")


def answered(answer, by):
    return {tuple(row[word] for word in by): pcs.Row(row["num"], row["den"], row["records"],
                                                     row.get("behind"))
            for row in answer["rows"] if row["records"]}


class Checks(KlarsynTest):
    def expect(self, files, period, told=None, ask=None):
        listed = pcs.measured(files, told)
        held_back = 0
        for name in FIGURES:
            for by in ((), ("age",), ("site", "model"), ("model", "age")):
                wanted = pcs.answer(listed, name, parse_period(period), by)
                got = (ask or self.ask)(name, period, by)
                self.assertEqual(answered(got, by), wanted, f"{name} by {by}")
                few = {key for key, row in wanted.items() if row.behind is not None and
                       row.behind < pcs.LEAST}
                self.assertEqual({tuple(row[word] for word in by) for row in got["rows"]
                                  if row.get("too_few")}, few)
                held_back += len(few)
        return held_back

    def ask(self, name, period, by):
        return self.figure("probes." + name, period, ",".join(by))

    def bring(self, form, text, name):
        return self.imported(form, self.file(name, text))


@both_backends
class AgainstTheOracle(Checks):
    def test_the_simulated_log_ons(self):
        place = self.directory / "sim"
        self.ok("simulate", "logon-2013", "--out", place)
        self.ok("import", self.data, "--manifest", place / "manifest.tsv")
        files = [(entry.format, entry.source, entry.path.read_text("utf-8-sig"))
                 for entry in manifest.read(place / "manifest.tsv")]
        self.assertGreater(self.expect(files, "2013-04"), 4)
        # The rare model is held back, and its log-ons can be opened.
        row = self.row("probes.pc_median", "2013-04", ["model=Latitude ST"])
        self.assertEqual((row["value"], row["behind"], row["too_few"]), (None, 3, True))
        opened = self.records("probes.pc_median", "2013-04", ["model=Latitude ST"])
        self.assertEqual(len(opened), row["records"])
        self.assertEqual({(one["model"], one["age"]) for one in opened}, {("Latitude ST", "1")})
        # What the simulator says of itself: base + so much a year + half of the spread.
        truth = {"OptiPlex 780": (34000, 2600), "OptiPlex 990": (25000, 1900)}
        for model, (base, a_year) in truth.items():
            for years in (0, 3):
                found = self.row("probes.pc_median", "2013-04", [f"model={model}", f"age={years}"])
                self.assertAlmostEqual(found["num"], base + a_year * years + 4000, delta=900)
        self.verify()

    def test_random_registers_and_spellings(self):
        generator = seeded("pcs")
        assets = registers.make_assets(generator.randrange(1 << 30), 40)
        rows = []
        for _ in range(1500):
            seat = f"A{generator.randrange(44)}"
            seat = generator.choice((seat, seat.lower(), f"A-{seat[1:]}", seat, ""))
            day = datetime.date(2009, 1, 1) + datetime.timedelta(days=generator.randrange(2000))
            at = datetime.datetime.combine(day, datetime.time(generator.randrange(24), 30))
            ok = generator.random() < 0.9
            action = generator.choice(("log-on", "log-on", "start"))
            rows.append(f"{at:%Y-%m-%dT%H:%M:%SZ},PC,{action},{generator.choice('XY')},{seat},"
                        f"{generator.randrange(60000) if ok else ''},"
                        f"{'ok' if ok else 'failed'}\n")
        measurements = HEADER + "".join(rows)
        files = [("asset-csv", "asset-csv", assets), ("probe-csv", "probe-csv", measurements),
                 ("probe-actions-csv", "probe-actions-csv", ACTIONS)]
        for form, _, text in files:
            self.bring(form, text, form + ".csv")
        for period in ("2012-02..2013-01", "2009..2014"):
            self.expect(files, period)
        self.verify()


@both_backends
class AsItWasKnown(Checks):
    def test_a_later_register_changes_today_and_not_what_was_known(self):
        log_ons = HEADER + "".join(
            f"2013-04-{day:02}T07:00:0{pc}Z,PC,log-on,HER,PC{pc},{20000 + 100 * pc + day},ok\n"
            for pc in range(1, 7) for day in (2, 16))
        self.bring("probe-actions-csv", ACTIONS, "actions.csv")
        self.bring("probe-csv", log_ons, "log-ons.csv")
        first = self.figure("probes.pc_median", "2013-04", "model,age")
        self.assertEqual([(row["model"], row["age"], row["records"]) for row in first["rows"]],
                         [("unknown", "unknown", 12)])
        register = ASSETS + "".join(f"PC{pc},pc,Old,HER,IT,2010-04-15,in_use,2010-04-15,\n"
                                    for pc in range(1, 7))
        batch = self.bring("asset-csv", register, "register.csv")
        self.assertEqual(self.nums("probes.pcs", "2013-04", "model,age"),
                         {("Old", "2"): 6, ("Old", "3"): 6})
        self.assertEqual(self.num("probes.pc_median", "2013-04", ["age=3"]), 20316)
        again = self.figure("probes.pc_median", "2013-04", "model,age", as_of=first["as_of"])
        self.assertEqual(again["rows"], first["rows"])
        # Only the figures by PC show the columns; the others are as they were.
        self.assertNotIn("model", self.records("probes.median", "2013-04")[0])
        self.ok("withdraw", self.data, batch["batch"], "--why", "test")
        self.assertEqual(self.nums("probes.pcs", "2013-04", "model"), {"unknown": 6})
        self.verify()

    def test_words_and_unknown_dimensions(self):
        self.bring("probe-csv", HEADER + "2013-04-02T07:00:00Z,PC,log-on,HER,PC1,5,ok\n", "a.csv")
        done = self.ok("figure", self.data, "probes.pc_median", "--period", "2013-04", "--lang",
                       "da")
        self.assertIn("tilbageholdt: for få bag tallet (1)", done.out)
        self.refused("figure", self.data, "probes.median", "--period", "2013-04", "--by", "model")
        self.refused("figure", self.data, "probes.pc_median", "--period", "2013-04", "--assume",
                     "pc=1")


@both_backends
class AgentsTell(Checks):
    def setUp(self):
        super().setUp()
        for name, role in (("pcer", "probe"), ("lise", "reader")):
            add_user(self.data, name, role)
        self.token = self.ok("token", self.data, "add", "pcer", "--label", "t").out.split()[-1]
        self.ok("import", self.data, "probe-actions-csv", self.file("actions.csv", ACTIONS))
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.batches = {}
        self.rows = []

    def deliver(self, agent, seat, day, model="", bios="", serial=""):
        number = self.batches[agent] = self.batches.get(agent, 0) + 1
        ms = 20000 + 100 * len(self.rows)
        at = f"2013-{day}T07:00:00Z"
        self.rows.append(f"{at},PC,log-on,HER,{seat},{ms},ok\n")
        body = {"agent": agent, "epoch": "e", "batch": number,
                "machine": {"model": model, "bios_date": bios, "serial": serial},
                "results": [{"time": at, "system": "PC", "action": "log-on", "site": "HER",
                             "seat": seat, "outcome": "ok", "ms": ms}]}
        status, _, content = self.server.request("POST", "/api/v1/probes", json.dumps(body), {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        self.assertEqual(status, 202, content)
        return parse_iso(at)

    def told(self, *said):
        return {seat: list(rows) for seat, rows in said}

    def test_model_and_firmware_of_pcs_that_no_register_has(self):
        told = {}
        for n in range(1, 7):
            at = self.deliver(f"pc{n}", f"pc{n}", "03-01", "HP EliteBook", "2011-04-15")
            told[f"pc{n}"] = [(at, f"pc{n}", "", "HP EliteBook", datetime.date(2011, 4, 15))]
            self.deliver(f"pc{n}", f"pc{n}", "04-20", "HP EliteBook", "2011-04-15")
        # A new board: another model from then on; then a machine that is known by its serial.
        at = self.deliver("pc1", "pc1", "04-21", "Dell", "2013-01-02")
        told["pc1"].append((at, "pc1", "", "Dell", datetime.date(2013, 1, 2)))
        at = self.deliver("host7", "afd. 1", "04-22", "Acer", "2012-02-02", "SN-77")
        told["afd. 1"] = [(at, "host7", "SN-77", "Acer", datetime.date(2012, 2, 2))]
        # Nobody knows which of two machines measures under one name.
        at = self.deliver("host8", "afd. 2", "04-01", "Acer", "2012-02-02")
        later = self.deliver("host9", "afd. 2", "04-02", "Dell", "2012-02-02")
        shared = self.deliver("host8", "afd. 2", "04-03", "Acer", "2012-02-02")
        self.deliver("host9", "afd. 2", "04-04", "Dell", "2012-02-02")
        told["afd. 2"] = [(at, "host8", "", "Acer", datetime.date(2012, 2, 2)),
                          (later, "host9", "", "Dell", datetime.date(2012, 2, 2)),
                          (shared, "", "", "", None)]
        self.server.stop()
        assets = ASSETS + "SN77,pc,Register's,HER,IT,2009-01-01,in_use,2009-01-01,\n" \
                          "PC2,pc,Register's,HER,IT,,in_use,2013-04-01,2013-04-30\n"
        self.ok("import", self.data, "asset-csv", self.file("pcs.csv", assets))
        files = [("probe-csv", "pcer", HEADER + "".join(self.rows)),
                 ("probe-actions-csv", "probe-actions-csv", ACTIONS),
                 ("asset-csv", "asset-csv", assets)]
        self.expect(files, "2013", told)
        self.verify()

    def test_the_page(self):
        for n in range(1, 7):
            self.deliver(f"pc{n}", f"pc{n}", "04-01", "HP EliteBook", "2011-04-15")
        self.deliver("pc9", "pc9", "04-02", "Rare", "2011-04-15")
        browser = Browser(self.server)
        browser.login("lise")
        def page(path):
            status, _, content = browser.get(path)
            self.assertEqual(status, 200, path)
            return html.unescape(content.decode())

        shown = page("/probes/pcs?period=2013-04")
        for words in ("PC, log-on: svartid efter pc-model og alder", "HP EliteBook",
                      "tilbageholdt: færre end 5 pc'er", "/f/current/probes.pc_median?"):
            self.assertIn(words, shown)
        self.assertIn("/probes/pcs?period=2013-04", page("/probes?period=2013-04"))
        self.assertIn("/probes/pcs?system=PC", page("/probes/system?system=PC&period=2013-04"))
        self.assertIn("ingen målinger fra pc'er", page("/probes/pcs?period=2012-04"))
        self.assertIn("for få til at vise",
                      page("/f/current/probes.pc_median?period=2013-04&where=model=Rare"))


def parse_iso(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


if __name__ == "__main__":
    unittest.main()
