"""Response times from files: figures against the oracle, order of imports, corrections, withdrawal,
the two nights when clocks change, bad input."""
import csv
import datetime
import html
import io
import math
import os
import pathlib
import re
import unittest

import harness  # noqa: F401  (first: it finds the oracle's modules)
import compare
import figures
import manifest
import probes
from danish_calendar import parse_period
from harness import KlarsynTest, both_backends, seeded
from server import Browser, Server, add_user

HEADER = "time,system,action,site,seat,ms,outcome\n"
ACTIONS = ("system,action,kind,limit_ms,from,to\n"
           "EPM3,login,data_heavy,,2013-01-01,\n"
           "EPM3,login,standard,2500,2013-10-27T01:30:00+02:00,2013-10-27\n"
           "EPM3,søg,standard,,2013-01-01,2013-10-26\n"
           "RIS/PACS,login,data-heavy,9000,,\n")
SCHEDULE = ("system,action,site,seat,every_s,from,to\n"
            "EPM3,login,HGH,krydsfelt,600,2013-10-26,2013-10-28\n"
            "EPM3,søg,RH,,900,2013-10-26T12:00:00+02:00,\n"
            "EPM3,søg,RH,,1800,2013-10-27T02:10:00+01:00,2013-10-27T20:00:00+01:00\n"
            "Labka,svar,RH,pc,3600,2013-10-27,2013-10-27\n")
WINDOWS = ("system,site,from,to,announced\n"
           "EPM3,,2013-10-27T01:00:00+02:00,2013-10-27T02:30:00+01:00,2013-10-20\n"
           ",RH,2013-10-28,2013-10-28,2013-10-28T00:00:00+01:00\n"
           "RIS/PACS,HGH,2013-10-26T10:00:00+02:00,,2013-10-26T09:59:59+02:00\n")
SERIES = [("EPM3", "login", "HGH", "krydsfelt"), ("EPM3", "søg", "RH", ""),
          ("EPM3", "login", "RH", "krydsfelt"), ("RIS/PACS", "login", "HGH", "rum; 2"),
          ("Labka", "svar", "RH", "pc")]
PERIOD = "2013-10-26..2013-10-29"


def random_rows(generator, count):
    """Rows over three nights, the one with 25 hours among them."""
    begin = harness.local("2013-10-26 00:00:00")
    rows = []
    for _ in range(count):
        system, action, site, seat = generator.choice(SERIES)
        at = begin + generator.randrange(0, 73 * 12) * 300 + generator.choice((0, 0, 7))
        outcome = generator.choice(("ok",) * 8 + ("failed", "timeout"))
        ms = generator.choice((generator.randrange(200, 16000), 2500, 3000, 3001, 15000, 15001))
        if outcome != "ok" and generator.random() < 0.7:
            ms = ""
        rows.append(f'{iso(at)},{system},{action},{site},"{seat}",{ms},{outcome}\n')
    return rows


def iso(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


QUESTIONS = [("within_limit", ""), ("within_limit", "system,site"), ("within_limit", "kind,day"),
             ("within_limit_net", ""), ("within_limit_net", "action,day"), ("measured", "seat"),
             ("measured", "hour"), ("failed", "system,day"), ("median", "system"), ("p95", ""),
             ("p95", "site,day"), ("available", "system"), ("available_net", "day"),
             ("missing", ""), ("missing", "system,site"), ("missing", "kind,day")]


class Checks(KlarsynTest):
    def expect(self, files, data=None, period=PERIOD, trace=""):
        expected = probes.indicators(files)
        for name, by in QUESTIONS:
            words = tuple(by.split(",")) if by else ()
            wanted = figures.answer(expected["probes." + name], parse_period(period), words)
            got = self.figure("probes." + name, period, by, data=data)
            found = compare.differences(wanted, got, words, expected["probes." + name].kind)
            self.assertEqual(found, [], f"{name} by {by} {trace}")

    def bring(self, form, text, name, *options, data=None):
        return self.imported(form, self.file(name, text), *options, data=data)


@both_backends
class AgainstTheOracle(Checks):
    def test_any_order_and_back(self):
        generator = seeded("probes")
        first = HEADER + "".join(random_rows(generator, 400))
        again = HEADER + "".join(random_rows(generator, 150))
        rules = [("probe-actions-csv", ACTIONS), ("probe-schedule-csv", SCHEDULE),
                 ("window-csv", WINDOWS)]
        files = [("probe-csv", "probe-csv", first), ("probe-csv", "probe-csv", again)]
        for form, text in rules[:2]:
            self.bring(form, text, form + ".csv")
        one = self.bring("probe-csv", first, "a.csv")
        two = self.bring("probe-csv", again, "b.csv")
        self.assertGreater(two["changed"], 0)
        windows = self.bring("window-csv", WINDOWS, "windows.csv")
        everything = files + [(form, form, text) for form, text in rules]
        self.expect(everything, trace="all")
        other = self.new_data()
        for form, text in rules[::-1]:
            self.bring(form, text, "x.csv", data=other)
        for name, text in (("a.csv", first), ("b.csv", again)):
            self.bring("probe-csv", text, name, data=other)
        self.expect(everything, data=other, trace="rules first")
        self.verify(other)

        as_of = self.figure("probes.within_limit_net", PERIOD)["as_of"]
        before = self.figure("probes.within_limit_net", PERIOD, "system", as_of=as_of)
        self.ok("withdraw", self.data, windows["batch"], "--why", "test")
        self.expect([f for f in everything if f[0] != "window-csv"], trace="without windows")
        self.ok("withdraw", self.data, two["batch"], "--why", "test")
        self.expect([everything[0]] + everything[2:4], trace="one file")
        self.assertEqual(self.figure("probes.within_limit_net", PERIOD, "system", as_of=as_of),
                         before)
        self.ok("withdraw", self.data, one["batch"], "--why", "test")
        self.assertIsNone(self.row("probes.measured", "2013-10-27")["value"])
        self.verify()

    def test_records_open(self):
        self.bring("probe-actions-csv", ACTIONS, "actions.csv")
        self.bring("probe-schedule-csv", SCHEDULE, "schedule.csv")
        self.bring("probe-csv", HEADER +
                   "2013-10-26T00:00:00+02:00,EPM3,login,HGH,krydsfelt,15000,ok\n"
                   "2013-10-26T00:20:00+02:00,EPM3,login,HGH,krydsfelt,15001,ok\n"
                   "2013-10-26T01:00:00+02:00,Labka,svar,RH,pc,10,ok\n", "a.csv")
        row = self.row("probes.within_limit", "2013-10-26")
        self.assertEqual((row["num"], row["den"], row["gap_records"]), (1, 2, 1))
        records = self.records("probes.within_limit", "2013-10-26")
        self.assertEqual([r["ms"] for r in records], [15000, 15001])
        listed = self.ok("records", self.data, "probes.within_limit", "--period", "2013-10-26",
                         "--format", "csv").out
        self.assertEqual([{name: row[name] for name in ("outcome", "ms", "limit_ms", "batch")}
                          for row in csv.DictReader(io.StringIO(listed))],
                         [{name: str(r[name]) for name in ("outcome", "ms", "limit_ms", "batch")}
                          for r in records])
        # Slots 0.10, and from 0.30 to the end of the day: two runs.
        self.assertEqual(self.num("probes.missing", "2013-10-26"), 142)
        runs = self.records("probes.missing", "2013-10-26")
        self.assertEqual(sorted(r["slots"] for r in runs), [1, 141])
        # Without a schedule that touches the days nothing is known of missing measurements.
        self.assertIsNone(self.row("probes.missing", "2013-10-26", ["system=Labka"])["value"])


def wilson(num, den, z=1.959963984540054):
    """The interval as the two roots of (share - p)^2 = z^2 p (1 - p) / den."""
    share = num / den
    a, b, c = 1 + z * z / den, -(2 * share + z * z / den), share * share
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


class HowSure(Checks):
    def test_a_share_tells_its_interval_and_whether_the_colour_is_certain(self):
        self.bring("probe-actions-csv", "system,action,kind,limit_ms,from,to\n"
                   "EPM3,login,standard,,,\nLabka,svar,standard,,,\n", "actions.csv")
        self.bring("probe-csv", HEADER + "".join(
            f"2013-04-01T{n // 60:02}:{n % 60:02}:00Z,{system},{action},RH,,{ms},ok\n"
            for system, action, slow in (("EPM3", "login", 8), ("Labka", "svar", 100))
            for n in range(200) for ms in (3001 if n < slow else 900,)), "a.csv")
        rows = {row["system"]: row for row in
                self.figure("probes.within_limit", "2013-04", "system")["rows"]}
        for system, num, colour, certain in (("EPM3", 192, "green", False),
                                             ("Labka", 100, "red", True)):
            row = rows[system]
            self.assertEqual((row["num"], row["den"], row["status"]), (num, 200, colour))
            low, high = wilson(num, 200)
            self.assertAlmostEqual(row["interval"]["low"], low, 9)
            self.assertAlmostEqual(row["interval"]["high"], high, 9)
            self.assertEqual(row["interval"]["certain"], certain)
        self.assertNotIn("interval", self.row("probes.measured", "2013-04"))
        self.assertNotIn("interval", self.row("probes.within_limit", "2013-05"))
        told = self.ok("figure", self.data, "probes.within_limit", "--period", "2013-04",
                       "--by", "system", "--lang", "da").out
        self.assertIn("[92,3–98,0\u00a0%; farven er ikke sikker]", told)
        self.assertIn("[43,1–56,9\u00a0%]", told)


class AnotherLimit(Checks):
    def test_old_measurements_are_judged_by_another_limit_on_request(self):
        self.bring("probe-actions-csv", "system,action,kind,limit_ms,from,to\n"
                   "EPM3,login,standard,,,\n", "actions.csv")
        rows = [("EPM3", "login", ms, "ok") for ms in (100, 1999, 2000, 2001, 3000, 3001)]
        rows += [("EPM3", "login", 10, "failed"), ("Labka", "svar", 1500, "ok")]
        self.bring("probe-csv", HEADER + "".join(
            f"2013-04-01T08:{n:02}:00Z,{system},{action},RH,,{ms},{outcome}\n"
            for n, (system, action, ms, outcome) in enumerate(rows)), "a.csv")
        row = self.row("probes.within_limit", "2013-04")
        self.assertEqual((row["num"], row["den"], row["gap_records"]), (5, 7, 1))
        before = self.batches()

        def judged(*assumed):
            done = self.ok("figure", self.data, "probes.within_limit", "--period", "2013-04",
                           "--json", *assumed).json()["rows"][0]
            return done["num"], done["den"], done["gap_records"]
        # A limit for all: the one without a limit of its own is judged too.
        self.assertEqual(judged("--assume", "limit_ms=2000"), (4, 8, 0))
        self.assertEqual(judged("--assume", "limit_ms=0"), (0, 8, 0))
        records = self.ok("records", self.data, "probes.within_limit", "--period", "2013-04",
                          "--format", "json", "--assume", "limit_ms=2000").json()["records"]
        self.assertEqual({r["limit_ms"] for r in records}, {2000})
        self.assertEqual(sum(r["met"] for r in records), 4)
        self.assertEqual(judged(), (5, 7, 1))  # nothing was stored
        self.assertEqual(self.batches(), before)
        for wrong in ("limit_ms", "limit_ms=x", "limit_ms=-1", "colour=3"):
            done = self.run_klarsyn("figure", self.data, "probes.within_limit", "--period",
                                    "2013-04", "--assume", wrong)
            self.assertIn(done.code, (1, 2), done)
            self.assertIn("assume", done.err)

        add_user(self.data, "rita", "reader")
        server = Server(self.data, self.directory).start()
        self.addCleanup(server.stop)
        rita = Browser(server)
        rita.login("rita")
        path = "/f/current/probes.within_limit?period=2013-04"
        for language, asked, told in (("da", "Bed\u00f8m m\u00e5lingerne", "bed\u00f8mt med gr\u00e6nsen 2.000 ms"),
                                      ("en", "Judge the measurements", "judged by a limit of 2,000 ms")):
            page = rita.get(path + f"&lang={language}")[2].decode()
            self.assertIn(asked, page)
            self.assertNotIn(told, page)
            page = rita.get(path + f"&assume_limit_ms=2000&lang={language}")[2].decode()
            self.assertIn(told, page)
            self.assertIn("assume_limit_ms=2000", page)  # its records are asked the same way
        self.assertEqual(rita.get(path + "&assume_limit_ms=x")[0], 400)


class Nights(Checks):
    def test_local_times(self):
        batch = self.bring("probe-csv", HEADER +
                           "2013-10-27 01:59:00,EPM3,login,HGH,,100,ok\n"
                           "2013-10-27 02:30:00,EPM3,login,HGH,,100,ok\n"
                           "2013-10-27 03:00:00,EPM3,login,HGH,,100,ok\n"
                           "2013-03-31 02:30:00,EPM3,login,HGH,,100,ok\n", "a.csv")
        self.assertEqual(batch["new"], 4)
        times = [r["at"] for r in self.records("probes.measured", "2013")]
        self.assertEqual(times, ["2013-03-31T01:30:00Z", "2013-10-26T23:59:00Z",
                                 "2013-10-27T00:30:00Z", "2013-10-27T02:00:00Z"])
        flags = [r["flags"] for r in self.records("probes.measured", "2013")]
        self.assertEqual([f or "" for f in flags], ["skipped", "", "ambiguous", ""])

    def test_another_zone(self):
        self.bring("probe-csv", HEADER + "2013-10-27 00:30:00,EPM3,login,HGH,,100,ok\n", "a.csv",
                   "--zone", "UTC")
        self.assertEqual([r["at"] for r in self.records("probes.measured", "2013-10-27")],
                         ["2013-10-27T00:30:00Z"])

    def test_a_day_of_25_hours_has_more_slots(self):
        self.bring("probe-schedule-csv", "system,action,site,seat,every_s,from,to\n"
                   "A,a,S,,3600,2013-10-26,2013-10-28\n", "schedule.csv")
        self.bring("probe-csv", HEADER + "2013-10-26T12:00:00Z,A,b,S,,1,ok\n", "a.csv",
                   "--covers", "2013-10-26..2013-10-28")
        rows = self.figure("probes.missing", "2013-10-26..2013-10-28", "day")["rows"]
        self.assertEqual([row["num"] for row in rows], [24, 25, 24])


class BadInput(Checks):
    def test_rows_are_rejected_with_line_and_field(self):
        rows = "".join(f"2013-04-01T{h:02}:{m:02}:00Z,EPM3,login,HGH,,100,ok\n"
                       for h in range(24) for m in range(0, 60, 5))
        bad = ("yesterday,EPM3,login,HGH,,100,ok\n"
               "2013-04-02T08:00:00Z,EPM3,login,HGH,,fast,ok\n"
               "2013-04-02T08:00:00Z,EPM3,login,HGH,,100,good\n"
               "2013-04-02T08:05:00Z,,login,HGH,,100,ok\n"
               "2013-04-02T08:05:00Z,EPM3,login,HGH,,,ok\n"
               "2013-04-02T08:05:00Z,EPM3,login\n")
        batch = self.bring("probe-csv", HEADER + rows + bad, "a.csv", "--max-rejects", "5")
        self.assertEqual((batch["new"], batch["rejected"]), (288, 6))
        found = self.rejects(batch["batch"])
        self.assertEqual([(r["line"], r["field"]) for r in found],
                         [(290, "time"), (291, "ms"), (292, "outcome"), (293, "system"),
                          (294, "ms"), (295, "")])
        self.assertTrue(all(r["file"].endswith("a.csv") for r in found))
        self.assertEqual(self.num("probes.measured", "2013-04"), 288)

    def test_a_file_without_its_columns_is_refused(self):
        for form, header, lacking in (
                ("probe-csv", "time,system,action,site,ms,outcome\n", "seat"),
                ("probe-actions-csv", "system,action,kind,from,to\n", "limit_ms"),
                ("probe-schedule-csv", "system,action,site,seat,from,to\n", "every_s"),
                ("window-csv", "system,site,from,to\n", "announced")):
            path = self.file(form + "-bad.csv", header)
            for language, word in (("da", "mangler kolonnen"), ("en", "lacks the column")):
                done = self.refused("import", self.data, form, path, "--lang", language)
                self.assertIn(f"{word} {lacking}", done.err)
                self.assertIn(path.name, done.err)
        self.assertEqual(self.batches(), [])

    def test_rules_that_contradict_each_other(self):
        path = self.file("actions.csv", "system,action,kind,limit_ms,from,to\n"
                         "A,a,standard,,2013-01-01,\nA,a,data_heavy,,2013-01-01,\n")
        done = self.run_klarsyn("import", self.data, "probe-actions-csv", path, "--json")
        batch = done.json()["batches"][0]
        self.assertEqual(batch["state"], "held", done)
        self.assertEqual([(r["line"], r["field"]) for r in self.rejects(batch["batch"])],
                         [(3, "from")])

    def test_hostile_bytes_hurt_nobody(self):
        for number, text in enumerate((b"", b"\x00\x01\x02", HEADER.encode() + b"\xff\xfe,\x00",
                                       HEADER.encode() + b'"2013-04-01T08:00:00Z,EPM3',
                                       HEADER.encode() + b"," * 100_000 + b"\n")):
            done = self.run_klarsyn("import", self.data, "probe-csv",
                                    self.file(f"bad{number}.csv", text))
            self.assertIn(done.code, (0, 1), done)
        self.verify()


class Pages(Checks):
    def setUp(self):
        super().setUp()
        self.bring("probe-actions-csv", "system,action,kind,limit_ms,from,to\n"
                   "EPM3,login,data_heavy,,,\nRIS/PACS,login,standard,,,\n", "actions.csv")
        rows = [f"2013-04-{day:02}T{hour:02}:00:00Z,{system},login,{site},,{ms},ok\n"
                for day in range(1, 31) for hour in range(24)
                for system, site, ms in (("EPM3", "HGH", 14000), ("EPM3", "RH", 14999 + 2 * (hour // 23)),
                                         ("RIS/PACS", "RH", 2000), ("<b>Ny", "RH", 1))]
        self.bring("probe-csv", HEADER + "".join(rows), "a.csv")
        add_user(self.data, "rita", "reader")
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop)
        self.rita = Browser(self.server)
        self.rita.login("rita")

    def page(self, path, language="da"):
        status, _, content = self.rita.get(path + ("&" if "?" in path else "?") + "lang=" + language)
        self.assertEqual(status, 200, content[:500])
        return content.decode()

    def test_every_share_has_its_number_and_interval(self):
        page = self.page("/probes?period=2013-04")
        self.assertIn("100,0\u00a0%", page)
        # 689 of 718 at RH (two hours are in May): 96.0 %, but the interval reaches below 95 %.
        self.assertIn("96,0\u00a0%", page)
        self.assertIn("94,3\u201397,2\u00a0%", page)
        self.assertIn("farven er ikke sikker", page)
        self.assertIn("&lt;b&gt;Ny", page)
        self.assertNotIn("<b>Ny", page)
        self.assertIn("the colour is not certain", self.page("/probes?period=2013-04", "en"))
        links = set(re.findall(r'href="(/(?:f|probes)[^"]*)"', page))
        self.assertGreater(len(links), 15)
        for href in links:
            self.page(html.unescape(href))

    def test_one_system(self):
        page = self.page("/probes/system?system=RIS/PACS&period=2013-04")
        self.assertIn("RIS/PACS", page)
        for href in set(re.findall(r'href="(/(?:f|probes)[^"]*)"', page)):
            self.page(html.unescape(href))
        self.assertEqual(self.rita.get("/probes/system")[0], 400)
        self.assertEqual(self.rita.get("/probes?period=x")[0], 400)
        self.assertIn("ingen m\u00e5linger", self.page("/probes?period=2014-01"))


@unittest.skipUnless(os.environ.get("KLARSYN_DEMO_DATA"), "made by tests/run.sh")
class Demo(Checks):
    def test_the_demo_equals_the_oracle(self):
        entries = manifest.read(pathlib.Path(os.environ["KLARSYN_DEMO"]) / "2013" / "manifest.tsv")
        expected = probes.indicators(probes.files_of(entries))
        data = os.environ["KLARSYN_DEMO_DATA"]
        for period in ("2013-03", "2013-04"):
            for name, by in (("within_limit", "system,site"), ("within_limit_net", "kind"),
                             ("failed", "day"), ("p95", "system"), ("median", "site"),
                             ("missing", "site"), ("measured", "hour")):
                words = tuple(by.split(","))
                wanted = figures.answer(expected["probes." + name], parse_period(period), words)
                got = self.figure("probes." + name, period, by, data=data)
                found = compare.differences(wanted, got, words, expected["probes." + name].kind)
                self.assertEqual(found, [], f"{name} by {by} in {period}")


if __name__ == "__main__":
    unittest.main()
