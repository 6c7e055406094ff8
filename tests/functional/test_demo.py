"""The demo region: published tables, identities and records, on the simulated raw files.

run.sh makes the files and imports them once (KLARSYN_DEMO, KLARSYN_DEMO_DATA); these tests only
read.
"""
import concurrent.futures
import datetime
import json
import os
import pathlib
import random
import unittest

import harness  # noqa: F401  (first: it finds the oracle's modules)
import manifest
import pcs
import registers
from danish_calendar import date_of, label, parse_period
from harness import SEED, TEST_DATA, KlarsynTest
from server import Browser, Server, add_user
from test_cli import FIGURES

DEMO, DATA = os.environ.get("KLARSYN_DEMO"), os.environ.get("KLARSYN_DEMO_DATA")
QUEUES = {"queue:Servicedesk": "servicedesk",
          "queue:Klinisk Programhjælp": "klinisk_programhjaelp"}
COMBINATIONS = int(os.environ.get("KLARSYN_TEST_COMBINATIONS", "200"))
PERIODS = {"telephony": "2012-09..2013-04", "servicedesk": "2012-09..2013-04"}
PLATFORM = "2018-W01..2018-W17"


def rounded_half_up(num, den):
    return (2 * num + den) // (2 * den)


@unittest.skipUnless(DATA, "KLARSYN_DEMO_DATA is not set; tests/run.sh sets it")
class Demo(KlarsynTest):
    data = DATA

    def setUp(self):
        super().setUp()
        self.__dict__.pop("_data", None)


class PublishedTables(Demo):
    def test_every_published_value(self):
        facts = json.loads((TEST_DATA / "published" / "operations_status_2013-04.json")
                           .read_text("utf-8"))["facts"]
        self.assertEqual(len(facts), 72)
        answers, wrong = {}, []
        for fact in facts:
            kind = fact["id"].split(".")[3]
            figure = {"cases": "servicedesk.created", "calls": "telephony.offered",
                      "avg_wait": "telephony.wait_mean", "max_wait": "telephony.wait_max",
                      "abandoned": "telephony.abandoned"}[kind]
            by = "month" if kind == "cases" else "queue,month"
            if figure not in answers:
                answers[figure] = {tuple(row[b] for b in by.split(",")): row for row in
                                   self.figure(figure, "2012-09..2013-04", by)["rows"]}
            key = (fact["period"],)
            if kind != "cases":
                key = (QUEUES[fact["entity"]],) + key
            row = answers[figure].get(key)
            value = None if row is None else (rounded_half_up(row["num"], row["den"])
                                              if kind == "avg_wait" else row["num"])
            if value != fact["value"]:
                wrong.append((fact["id"], fact["value"], value))
        self.assertEqual(wrong, [])

    def test_the_printed_tables(self):
        path = self.directory / "r.html"
        self.ok("report", self.data, "operations_status", "--period", "2013-04", "--lang", "da",
                "--out", path)
        import html
        import re
        text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ",
                                                        path.read_text("utf-8"))))
        facts = json.loads((TEST_DATA / "published" / "operations_status_2013-04.json")
                           .read_text("utf-8"))["facts"]
        missing = []
        for fact in facts:
            if fact["unit"] == "s":
                value = fact["value"]
                printed = f"{value // 3600}:{value // 60 % 60:02}:{value % 60:02}"
            else:
                printed = f"{fact['value']:,}".replace(",", ".")
            if printed not in text:
                missing.append((fact["id"], printed))
        self.assertEqual(missing, [])

    def test_platform_2018(self):
        created = self.nums("servicedesk.created", PLATFORM, "level,week")
        closed = self.nums("servicedesk.closed", PLATFORM, "level,week")

        def weekly(part, week):
            return sum(part.get((level, week), 0) for level in ("1", "2"))
        ordinary = [f"2018-W{w:02}" for w in range(2, 13)]
        for part in (created, closed):
            mean = sum(weekly(part, w) for w in ordinary) / len(ordinary)
            self.assertTrue(480 <= mean <= 720, mean)
            self.assertLess(weekly(part, "2018-W13"), 0.85 * mean, "the Easter dip")
        resolved = self.nums("servicedesk.resolved", PLATFORM, "level,week")
        more = [w for w in range(10, 18) if resolved.get(("3", f"2018-W{w:02}"), 0)
                > created.get(("3", f"2018-W{w:02}"), 0)]
        self.assertGreater(len(more), 4)
        moved = self.nums("servicedesk.moved_out", PLATFORM, "level,week")
        others = [moved.get(("3", f"2018-W{w:02}"), 0) for w in range(10, 18) if w != 16]
        self.assertGreater(moved.get(("3", "2018-W16"), 0), max(others))


class BasicOperation(Demo):
    """Response times, power, storage and registers of April 2013, as figures and in the report."""

    def test_the_sources_numbers(self):
        for figure, expected in (("assets.pcs", 38000), ("assets.servers", 1770),
                                 ("assets.devices", 70000)):
            self.assertEqual(self.num(figure, "2013-04"), expected, figure)
        measured = self.nums("probes.measured", "2013-04", "system")
        self.assertEqual(len(measured), 12)  # eleven systems, and log-on on the PCs themselves
        self.assertEqual(self.nums("probes.measured", "2013-04", "kind,system").get(("pc", "PC")),
                         measured["PC"])
        total = self.row("capacity.storage_total", "2013-04")
        self.assertEqual(total["num"], 4400 * 10 ** 12)
        for place, share in self.figures_by("capacity.power_used_share", "place").items():
            self.assertLessEqual(10 * share["num"], 9 * share["den"], place)

    def figures_by(self, figure, dim):
        return {row[dim]: row for row in self.figure(figure, "2013-04", dim)["rows"]}

    def test_the_report_says_what_the_figures_say(self):
        path = self.directory / "r.json"
        self.ok("report", self.data, "operations_status", "--period", "2013-04", "--out", path)
        document = json.loads(path.read_text("utf-8"))
        tables = {table["table"]: table for section in document["sections"]
                  for table in section["tables"]}

        def last_month(table):
            return {row["title"]["da"]: document["figures"][row["cells"][-1]]
                    for row in tables[table]["rows"]}
        standard = last_month("probes.response_times.standard")
        self.assertEqual(len(standard), 12)  # eleven systems, and all of them
        known = {row["system"]: row for row in self.figure(
            "probes.within_limit", "2013-04", "system", ["kind=standard"])["rows"]}
        for system, cell in standard.items():
            if system == "Alle":
                self.assertEqual(cell["den"], sum(row["den"] for row in known.values()))
                continue
            row = known[system]
            self.assertEqual((cell["num"], cell["den"]), (row["num"], row["den"]), system)
            green, yellow = 20 * row["num"] > 19 * row["den"], 10 * row["num"] >= 9 * row["den"]
            self.assertEqual(cell["status"], "green" if green else "yellow" if yellow else "red")
            low, high = cell["interval"]["low"], cell["interval"]["high"]
            self.assertTrue(0 <= low < row["num"] / row["den"] <= high <= 1, system)
            self.assertEqual(cell["interval"]["certain"],
                             (low > 0.95) == (high > 0.95) and (low >= 0.9) == (high >= 0.9))
        sites = last_month("probes.response_times_appendix.standard_sites")
        self.assertEqual(len(sites), 11 * 8 + 1)
        self.assertEqual(last_month("capacity.storage.storage")["I alt"]["num"], 4400 * 10 ** 12)
        self.assertEqual(last_month("assets.pc_ages.ages")["PC'er i alt"]["num"], 38000)

    def test_worst_hours_stand_first(self):
        path = self.directory / "h.json"
        self.ok("report", self.data, "hospital_operations", "--period", "2013-04", "--out", path)
        document = json.loads(path.read_text("utf-8"))
        table = next(t for s in document["sections"] for t in s["tables"]
                     if t["table"] == "probes.worst_hours.hours")
        self.assertEqual(len(table["columns"]), 7)
        hours = {str(row["hour"]): row["num"] / row["den"] for row in self.figure(
            "probes.within_limit", "2013-04", "hour", ["kind=standard", "kind=data_heavy"])["rows"]}
        self.assertEqual(table["columns"][:-1], sorted(hours, key=hours.get)[:6])

    def raw(self, *patterns):
        """(format, source, text) of the files whose names have one of the patterns."""
        return [(entry.format, entry.source, entry.path.read_text("utf-8-sig"))
                for name in ("2013", "registers")
                for entry in manifest.read(pathlib.Path(DEMO) / name / "manifest.tsv")
                if any(pattern in entry.path.name for pattern in patterns)]

    def test_log_on_on_the_pcs_of_the_register(self):
        listed = pcs.measured(self.raw("log-on", "equipment"))
        period = parse_period("2013-04")
        for name in ("pc_median", "pc_p95", "pc_within_limit", "pcs"):
            for by in ("model", "age"):
                rows = self.figure("probes." + name, "2013-04", by, ["action=log-on"])["rows"]
                self.assertEqual({(row[by],): (row["num"], row["den"], row["records"])
                                  for row in rows if row["records"]},
                                 {key: row[:3] for key, row in
                                  pcs.answer(listed, name, period, (by,)).items()}, (name, by))
        self.assertGreater(self.num("probes.pcs", "2013-04", ["action=log-on"]), 300)
        models = self.nums("probes.pcs", "2013-04", "model", ["action=log-on"])
        self.assertNotIn("unknown", models)
        path = self.directory / "o.json"
        self.ok("report", self.data, "hospital_operations", "--period", "2013-04", "--out", path)
        document = json.loads(path.read_text("utf-8"))
        for name, rows in (("models", len(models)), ("ages", 7)):
            table = next(t for s in document["sections"] for t in s["tables"]
                         if t["table"] == "probes.log_on." + name)
            shown = [document["figures"][cell]["value"] for row in table["rows"]
                     for cell in row["cells"]]
            self.assertGreaterEqual(len(shown), 4 * min(rows, 4))
            self.assertNotIn(None, shown)

    def test_maintenance_in_time_from_the_records(self):
        texts = [text for form, _, text in self.raw("devices-", "services-") if form == "device-csv"]
        self.assertEqual(len(texts), 3)
        for month in (2, 3, 4):
            first, last = (datetime.date.fromisoformat(str(date_of(day)))
                           for day in parse_period(f"2013-{month:02}"))
            done, known, in_time = registers.maintenance(texts, first, last)
            self.assertEqual(self.num("assets.maintenance_done", f"2013-{month:02}"), done)
            row = self.row("assets.maintenance_in_time", f"2013-{month:02}")
            self.assertEqual((row["num"], row["den"]), (in_time, known))
            self.assertTrue(0.75 < in_time / known < 0.85, (in_time, known))


class Identities(Demo):
    def test_calls_per_queue_and_day(self):
        parts = {n: self.nums(f"telephony.{n}", "2012-09..2013-04", "queue,day")
                 for n in ("offered", "answered", "abandoned", "left", "open")}
        self.assertGreater(len(parts["offered"]), 400)
        for key, offered in parts["offered"].items():
            self.assertEqual(sum(parts[n].get(key, 0) for n in
                                 ("answered", "abandoned", "left", "open")), offered, key)

    def test_cases_per_level_and_week(self):
        for period in ("2012-W30..2013-W20", "2017-W44..2018-W26"):
            names = ("created", "moved_in", "moved_out", "closed", "backlog")
            parts = {n: self.nums(f"servicedesk.{n}", period, "level,week") for n in names}
            parts["reopened"] = self.nums("servicedesk.reopened", period, "level,week",
                                          ["from=closed"])
            first, last = parse_period(period)
            weeks = list(dict.fromkeys(label("week", d) for d in range(first, last + 1)))
            before = self.nums("servicedesk.backlog", date_of(first - 1).isoformat(), "level")
            levels = {k[0] for p in parts.values() for k in p} | set(before)
            self.assertTrue(levels, period)
            for level in levels:
                opening = before.get(level, 0)
                for week in weeks:
                    def get(name):
                        return parts[name].get((level, week), 0)
                    closing = (opening + get("created") + get("reopened") + get("moved_in")
                               - get("closed") - get("moved_out"))
                    self.assertEqual(get("backlog"), closing, (level, week))
                    opening = closing


class RecordsEverywhere(Demo):
    """`records` gives exactly as many records as the figure counts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not DATA:
            return
        directory = pathlib.Path(os.environ["KLARSYN_DEMO"])
        cls.server = Server(DATA, directory)
        cls.server.start()
        add_user(DATA, f"records{os.getpid()}", "admin")

    @classmethod
    def tearDownClass(cls):
        if DATA:
            cls.server.stop()

    def browser(self):
        browser = Browser(self.server)
        status, _, content = browser.login(f"records{os.getpid()}")
        self.assertEqual(status, 303, content[-300:])
        return browser

    def values(self, name, period, dim):
        rows = self.figure(name, period, dim)["rows"]
        return [row[dim] for row in rows]

    def compare(self, browser, name, period, where):
        answer = browser.json(f"/api/v1/figures/{name}", period=period, where=where)
        counted = sum(row["records"] for row in answer["rows"])
        status, headers, content = browser.get(f"/api/v1/figures/{name}/records", period=period,
                                               where=where, limit=1)
        self.assertEqual(status, 200, content[:300])
        self.assertEqual(int(headers["X-Total-Count"]), counted, (name, period, where))
        return counted

    def one_indicator(self, name):
        browser = self.browser()
        if "_needed" in name:  # a model reckons for seconds over months of calls: one day of it
            self.compare(browser, name, "2013-04-09", ["queue=servicedesk"])
            return 1
        period = PERIODS[name.split(".")[0]]
        values = {dim: self.values(name, period, dim) for dim in sorted(FIGURES[name])}
        asked = 0
        for dim, found in values.items():
            for value in found[:60]:
                self.compare(browser, name, period, [f"{dim}={value}"])
                asked += 1
        generator = random.Random(f"{SEED}/{name}")
        first, last = parse_period(period)
        for _ in range(COMBINATIONS):
            days = sorted((generator.randrange(first, last + 1), generator.randrange(first,
                                                                                     last + 1)))
            span = f"{date_of(days[0])}..{date_of(min(days[1], days[0] + 45))}"
            where = []
            for dim in generator.sample(sorted(values), generator.randrange(1, 4)):
                if values[dim]:
                    for value in generator.sample(values[dim], min(len(values[dim]),
                                                                   generator.randrange(1, 3))):
                        where.append(f"{dim}={value}")
            self.compare(browser, name, span, where)
            asked += 1
        return asked

    def test_single_values_and_seeded_combinations(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            asked = dict(zip(sorted(FIGURES), pool.map(self.one_indicator, sorted(FIGURES))))
        self.assertGreaterEqual(min(n for name, n in asked.items() if "_needed" not in name),
                                COMBINATIONS)

    def test_whole_answers_on_the_command_line(self):
        generator = random.Random(f"{SEED}/command line")
        for name in sorted(FIGURES):
            day = generator.choice(("2013-04-09", "2012-11-20", "2013-W05", "2013-02-28"))
            row = self.row(name, day)
            records = self.records(name, day)
            self.assertEqual(len(records), row["records"], (name, day))
            self.assertEqual(len({r["ref"] for r in records}), len(records), (name, day))
        row = self.row("telephony.offered", "2013-04", ["queue=servicedesk"])
        self.assertEqual(len(self.records("telephony.offered", "2013-04",
                                          ["queue=servicedesk"])), row["records"])

    def test_sums_over_records(self):
        records = self.records("telephony.wait_mean", "2013-04-09")
        row = self.row("telephony.wait_mean", "2013-04-09")
        self.assertEqual(sum(r["wait_s"] for r in records), row["num"])
        row = self.row("telephony.wait_max", "2013-04-09")
        self.assertEqual(max(r["wait_s"] for r in self.records("telephony.wait_max",
                                                               "2013-04-09")), row["num"])


class Verified(Demo):
    def test_cells_equal_the_records(self):
        self.verify()


if __name__ == "__main__":
    unittest.main()
