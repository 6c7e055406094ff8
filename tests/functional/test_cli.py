"""The command line as a contract: exit codes, shapes, periods, dimensions."""
import unittest

from harness import (GROUPS, KlarsynTest, abandoned_call, answered_call, audit_file, audit_row,
                     both_backends, enter, lines, local, new_postgres_database)

NOON = local("2013-04-15 12:00:00")  # a Monday
PERIODS = {"2013-04": ("2013-04-01", "2013-04-30"), "2013-Q1": ("2013-01-01", "2013-03-31"),
           "2013-W13": ("2013-03-25", "2013-03-31"), "2013": ("2013-01-01", "2013-12-31"),
           "2013-04-15": ("2013-04-15", "2013-04-15"),
           "2012-09..2013-04": ("2012-09-01", "2013-04-30"),
           "2012-W52..2013-Q2": ("2012-12-24", "2013-06-30"),
           "2013-04-15..2013": ("2013-04-15", "2013-12-31"),
           "2020-W53": ("2020-12-28", "2021-01-03"), "2016-02": ("2016-02-01", "2016-02-29")}
FIGURES = {f"telephony.{name}": {"queue", "hour", "weekday"} for name in (
    "offered answered abandoned left open abandoned_share wait_mean wait_mean_all wait_median "
    "wait_p90 wait_p95 wait_max in_time_offered in_time_net in_time_answered talk_mean").split()}
FIGURES["telephony.left"] |= {"way"}
FIGURES |= {f"telephony.{name}_needed{end}": {"queue", "hour", "weekday", "quarter_hour"}
            for name in ("agents", "agent_time") for end in ("", "_low", "_high")}
FIGURES |= {f"servicedesk.{name}": {"level", "org", "group", "category", "type", "priority",
                                     "contact", "system"} for name in (
    "created resolved reopened closed moved_in moved_out backlog backlog_age_median "
    "solve_time_median solve_time_p90 moves_mean "
    "sla_kept sla_kept_gross first_response_median hop_time_median").split()}
FIGURES["servicedesk.reopened"] |= {"from"}
for kept in ("sla_kept", "sla_kept_gross"):
    FIGURES[f"servicedesk.{kept}"] |= {"target"}


class WrongUsage(KlarsynTest):
    def test_exit_code_2(self):
        for args in ((), ("nonsense",), ("figure",), ("figure", "x"), ("init",), ("import", "x"),
                     ("import", "x", "queue-log"), ("withdraw", "x", "B1"), ("figures",),
                     ("figures", "x", "--nonsense"), ("report", "x", "operations_status"),
                     ("publish", "x", "operations_status"), ("simulate",),
                     ("simulate", "hovedstaden-2013"), ("user", "x", "add"), ("serve",),
                     ("records", "x", "telephony.offered", "--period", "2013", "--limit", "many"),
                     ("records", "x", "telephony.offered", "--period", "2013", "--format", "xml"),
                     ("import", "x", "queue-log", "f", "--max-rejects", "many")):
            with self.subTest(args=args):
                self.usage(*args)

    def test_help_is_no_error(self):
        for args in (("--help",), ("import", "--help"), ("figure", "--help")):
            self.assertTrue(self.ok(*args).out.strip())

    def test_unknown_format_plan_and_scenario(self):
        file = self.file("f", "")
        for args in (("import", self.data, "no-such-format", file),
                     ("report", self.data, "no_such_plan", "--period", "2013-04", "--out",
                      self.directory / "o.html"),
                     ("publish", self.data, "no_such_plan", "--period", "2013-04"),
                     ("simulate", "no-such-scenario", "--out", self.directory / "o")):
            with self.subTest(args=args):
                done = self.run_klarsyn(*args)
                self.assertIn(done.code, (1, 2), done)
                self.assertIn("no", done.err, done)
                self.assertTrue(any(word in done.err for word in args if "no" in str(word)
                                    and "such" in str(word)), done)


class Refusals(KlarsynTest):
    def test_missing_data_is_refused_and_not_made(self):
        place = self.directory / "nowhere"
        for args in (("figures",), ("batches",), ("verify",), ("editions",)):
            self.refused(args[0], place)
            self.assertFalse(place.exists(), args)
        self.refused("figure", place, "telephony.offered", "--period", "2013")
        self.refused("import", place, "queue-log", self.file("q", lines(enter(NOON))))
        self.assertFalse(place.exists())

    def test_init_twice_is_harmless_or_refused_but_keeps_everything(self):
        self.import_log(lines(*answered_call(NOON)))
        self.assertIn(self.run_klarsyn("init", self.data).code, (0, 1))
        self.assertEqual(self.num("telephony.offered", "2013-04"), 1)

    def test_a_password_in_the_address_is_never_printed(self):
        for data in (new_postgres_database(self), "postgresql://nobody@/none?host=/nowhere"):
            for with_it in (data.replace("@", ":geheim@", 1), data + "&password=geheim"):
                for args in (("init", with_it), ("verify", with_it),
                             ("figure", with_it, "telephony.offered", "--period", "2013-04")):
                    done = self.run_klarsyn(*args)
                    self.assertNotIn("geheim", done.out + done.err, done)
                    self.assertNotEqual((done.out + done.err).strip(), "")

    def test_missing_file_is_named(self):
        done = self.refused("import", self.data, "queue-log", self.directory / "no_such_file")
        self.assertIn("no_such_file", done.err)
        self.assertEqual(self.batches(), [])

    def test_unknown_figure_dimension_period_batch_edition(self):
        for args in (("figure", self.data, "telephony.nonsense", "--period", "2013"),
                     ("figure", self.data, "telephony.offered", "--period", "2013", "--by", "moon"),
                     ("figure", self.data, "telephony.offered", "--period", "2013",
                      "--by", "level"),
                     ("figure", self.data, "telephony.offered", "--period", "2013",
                      "--where", "moon=full"),
                     ("records", self.data, "telephony.nonsense", "--period", "2013"),
                     ("withdraw", self.data, "B999", "--why", "x"),
                     ("rejects", self.data, "B999"),
                     ("edition", self.data, "no-such", "--out", self.directory / "e.html")):
            with self.subTest(args=args[2:]):
                done = self.run_klarsyn(*args)
                self.assertIn(done.code, (1, 2), done)
                self.assertTrue(done.err.strip(), done)

    def test_bad_periods(self):
        for period in ("", "13", "2013-13", "2013-00", "2013-Q5", "2013-W54", "2013-W00",
                       "2013-02-30", "2013-4", "2013-04..", "..2013", "2013-05..2013-04", "april",
                       "2013-04-15T00", "2013..2014..2015", "2021-W53", "-2013", "20130"):
            with self.subTest(period=period):
                done = self.run_klarsyn("figure", self.data, "telephony.offered", "--period",
                                        period, "--json")
                self.assertIn(done.code, (1, 2), done)
                self.assertTrue(done.err.strip(), done)


@both_backends
class Figures(KlarsynTest):
    def setUp(self):
        super().setUp()
        self.import_log(lines(
            *answered_call(NOON, "a1"), *answered_call(NOON + 3600, "a2", wait=300),
            *answered_call(NOON + 7200, "a3", wait=301, talk=120),
            *abandoned_call(NOON + 86400, "b1"), *abandoned_call(NOON + 86400, "b2", wait=10),
            *abandoned_call(NOON, "b3", "klinisk_programhjaelp", 11),
            enter(NOON, "o1"), enter(NOON, "l1"),
            f"{NOON + 40}|l1|servicedesk|NONE|EXITEMPTY|1|1|40"))

    def test_catalogue(self):
        found = {f["figure"]: f for f in self.ok("figures", self.data, "--json").json()["figures"]}
        self.assertEqual(set(FIGURES) - set(found), set())
        for name, dims in FIGURES.items():
            self.assertEqual(set(found[name]["dims"]), dims, name)
        self.assertTrue(self.ok("figures", self.data).out.strip())

    def test_shape(self):
        answer = self.figure("telephony.abandoned", "2013-04", "queue,month")
        self.assertEqual(answer["figure"], "telephony.abandoned")
        self.assertRegex(answer["definition"], r"^[0-9a-f]{8,}$")
        self.assertIsInstance(answer["as_of"], int)
        self.assertEqual(answer["unit"], "count")
        self.assertEqual(answer["period"], {"from": "2013-04-01", "to": "2013-04-30"})
        rows = {row["queue"]: row for row in answer["rows"]}
        row = rows["servicedesk"]
        self.assertEqual({k: row[k] for k in ("queue", "month", "value", "num", "den", "records",
                                              "status", "target")},
                         {"queue": "servicedesk", "month": "2013-04", "value": 2, "num": 2,
                          "den": None, "records": 2, "status": None, "target": None})
        self.assertIn("gap", row)
        self.assertEqual(set(row), {"queue", "month", "value", "num", "den", "records", "status",
                                    "target", "gap", "gap_records"})

    def test_every_period_syntax(self):
        for text, (first, last) in PERIODS.items():
            answer = self.figure("telephony.offered", text)
            self.assertEqual(answer["period"], {"from": first, "to": last}, text)

    def test_answers(self):
        expected = {"offered": (8, None), "answered": (3, None), "abandoned": (3, None),
                    "left": (1, None), "open": (1, None), "abandoned_share": (3, 8),
                    "wait_mean": (621, 3), "wait_mean_all": (712, 7), "wait_median": (300, None),
                    "wait_p90": (301, None), "wait_p95": (301, None), "wait_max": (301, None),
                    "in_time_offered": (2, 8), "in_time_net": (2, 7), "in_time_answered": (2, 3),
                    "talk_mean": (240, 3)}
        for name, (num, den) in expected.items():
            row = self.row("telephony." + name, "2013-04")
            self.assertEqual(row["num"], num, (name, row))
            if den is not None:
                self.assertEqual((row["den"], row["value"]), (den, num / den), (name, row))
            else:
                self.assertEqual(row["value"], num, (name, row))

    def test_by_and_where(self):
        self.assertEqual(self.nums("telephony.offered", "2013-04", "queue"),
                         {"servicedesk": 7, "klinisk_programhjaelp": 1})
        self.assertEqual(self.nums("telephony.offered", "2013-04", "day"),
                         {"2013-04-15": 6, "2013-04-16": 2})
        self.assertEqual(self.nums("telephony.offered", "2013-04", "hour"), {12: 6, 13: 1, 14: 1})
        self.assertEqual(self.nums("telephony.offered", "2013-04", "weekday"), {1: 6, 2: 2})
        for bucket, text in (("week", "2013-W16"), ("month", "2013-04"), ("quarter", "2013-Q2"),
                             ("year", "2013")):
            self.assertEqual(self.nums("telephony.offered", "2013", bucket), {text: 8})
        self.assertEqual(self.nums("telephony.offered", "2013", "weekday,queue,year"),
                         {(1, "servicedesk", "2013"): 5, (1, "klinisk_programhjaelp", "2013"): 1,
                          (2, "servicedesk", "2013"): 2})
        where = ["queue=servicedesk", "hour=12", "hour=14"]
        self.assertEqual(self.num("telephony.offered", "2013-04", where), 6)
        self.assertEqual(self.num("telephony.offered", "2013-04", where + ["weekday=1"]), 4)
        self.assertEqual(self.num("telephony.offered", "2013-04", ["queue=nowhere"]) or 0, 0)

    def test_rows_are_in_order_and_zero_where_nothing_came(self):
        rows = self.figure("telephony.abandoned", "2013-04-15..2013-04-16", "day,queue")["rows"]
        keys = [(row["day"], row["queue"]) for row in rows]
        self.assertEqual(keys, sorted(keys))
        found = {key: (row["value"], row["records"]) for key, row in zip(keys, rows)}
        self.assertEqual(found[("2013-04-15", "servicedesk")], (0, 0))
        self.assertEqual(found[("2013-04-16", "servicedesk")], (2, 2))

    def test_a_period_without_coverage_has_no_value(self):
        row = self.row("telephony.offered", "2011")
        self.assertIsNone(row["value"])
        row = self.row("telephony.wait_mean", "2013-04-16")
        self.assertIsNone(row["value"], "no call was answered: a denominator of 0")

    def test_records_are_those_counted(self):
        for name in FIGURES:
            if name.startswith("telephony"):
                for where in ((), ("queue=servicedesk",), ("hour=12", "hour=13")):
                    row = self.row(name, "2013-04", where)
                    records = self.records(name, "2013-04", where)
                    self.assertEqual(len(records), row["records"], (name, where))
                    refs = [record["ref"] for record in records]
                    self.assertEqual(len(set(refs)), len(refs), name)
        self.assertEqual(len(self.records("telephony.offered", "2013-04", limit=3)), 3)
        self.assertEqual(len(self.records("telephony.offered", "2013-04", limit=100)), 8)

    def test_records_as_csv(self):
        import csv
        import io
        done = self.ok("records", self.data, "telephony.offered", "--period", "2013-04",
                       "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(done.out.lstrip("\ufeff"))))
        self.assertEqual(len(rows), 8)
        self.assertIn("ref", rows[0])

    def test_as_of(self):
        before = self.figure("telephony.offered", "2013-04")
        seq = before["as_of"]
        self.import_log(lines(*answered_call(NOON, "late")))
        self.assertEqual(self.num("telephony.offered", "2013-04"), 9)
        self.assertEqual(self.num("telephony.offered", "2013-04", as_of=seq), 8)
        answer = self.figure("telephony.offered", "2013-04", as_of=seq)
        self.assertEqual(answer["rows"], before["rows"])
        self.assertEqual(len(self.records("telephony.offered", "2013-04",
                                          extra=("--as-of", seq))), 8)
        self.assertEqual(self.num("telephony.offered", "2013-04", as_of="2099-01-01T00:00:00Z"), 9)
        self.assertEqual(self.num("telephony.offered", "2013-04", as_of="2001-01-01T00:00:00Z")
                         or 0, 0)

    def test_text_output(self):
        done = self.ok("figure", self.data, "telephony.offered", "--period", "2013-04", "--by",
                       "queue")
        self.assertIn("servicedesk", done.out)


@both_backends
class CaseFigures(KlarsynTest):
    def test_the_life_of_a_case(self):
        groups = self.file("groups.csv", GROUPS)
        rows = [audit_row(state="New", mod=0, updated="01-03-2016 09:00", group="?"),
                audit_row(state="Active", mod=1, updated="02-03-2016 09:00", group="Group 1"),
                audit_row(state="Active", mod=2, updated="03-03-2016 09:00", group="Group 3"),
                audit_row(state="Resolved", mod=3, updated="04-03-2016 10:00", group="Group 3"),
                audit_row(state="Active", mod=4, updated="05-03-2016 10:00", group="Group 9",
                          reopen=1),
                audit_row(state="Resolved", mod=5, updated="06-03-2016 10:00", group="Group 9",
                          reopen=1),
                audit_row(state="Closed", mod=6, updated="08-03-2016 10:00", group="Group 9",
                          reopen=1)]
        for row in rows:
            row["resolved_at"], row["closed_at"] = "06-03-2016 09:30", "08-03-2016 10:00"
        self.imported("case-audit", self.file("c.csv", audit_file(rows)), "--groups", groups)
        expected = {
            "created": {("2016-03-01", "unknown"): 1},
            "moved_out": {("2016-03-02", "unknown"): 1, ("2016-03-03", "1"): 1,
                          ("2016-03-05", "3"): 1},
            "moved_in": {("2016-03-02", "1"): 1, ("2016-03-03", "3"): 1,
                         ("2016-03-05", "unknown"): 1},
            "resolved": {("2016-03-04", "3"): 1, ("2016-03-06", "unknown"): 1},
            "reopened": {("2016-03-05", "unknown"): 1}, "closed": {("2016-03-08", "unknown"): 1},
            "backlog": {("2016-03-01", "unknown"): 1, ("2016-03-02", "1"): 1,
                        ("2016-03-03", "3"): 1, ("2016-03-04", "3"): 1,
                        ("2016-03-05", "unknown"): 1,
                        ("2016-03-06", "unknown"): 1, ("2016-03-07", "unknown"): 1}}
        for name, rows in expected.items():
            found = self.nums("servicedesk." + name, "2016-03-01..2016-03-08", "day,level")
            if name == "reopened":
                self.assertEqual(sum(found.values()), 1)
                self.assertEqual(self.nums("servicedesk.reopened", "2016-03", "from"),
                                 {"resolved": 1})
                continue
            self.assertEqual(found, rows, name)
        self.assertEqual(self.num("servicedesk.solve_time_median", "2016-03-06"),
                         5 * 86400 + 1800)
        row = self.row("servicedesk.moves_mean", "2016-03")
        self.assertEqual((row["num"], row["den"]), (2, 1))
        self.assertEqual(self.num("servicedesk.backlog_age_median", "2016-03-07"),
                         7 * 86400 - 9 * 3600)
        self.assertEqual(self.num("servicedesk.backlog", "2016-03") or 0, 0)
        self.assertEqual(self.num("servicedesk.backlog", "2016-03-01..2016-03-07"), 1)


@both_backends
class Batches(KlarsynTest):
    def test_shape_and_order(self):
        first = self.import_log(lines(*answered_call(NOON)), name="queue_log.1")
        second = self.import_log(lines(*answered_call(NOON, "c2")), "--source", "hvidovre")
        for batch, source in ((first, "queue-log"), (second, "hvidovre")):
            self.assertEqual(
                {k: batch[k] for k in ("source", "format", "read", "new", "changed", "unchanged",
                                       "rejected", "withdrawn")},
                {"source": source, "format": "queue-log", "read": 3, "new": batch["new"],
                 "changed": 0, "unchanged": 0, "rejected": 0, "withdrawn": False})
            self.assertGreater(batch["new"], 0)
            self.assertIsInstance(batch["seq"], int)
            self.assertIsInstance(batch["files"], list)
        self.assertIn("queue_log.1", str(first["files"]))
        self.assertLess(first["seq"], second["seq"])
        listed = {b["batch"]: b for b in self.batches()}
        self.assertEqual(set(listed), {first["batch"], second["batch"]})
        self.assertTrue(self.ok("batches", self.data).out.strip())

    def test_manifest(self):
        self.file("raw/queue_log", lines(*answered_call(NOON)))
        self.file("raw/groups.csv", GROUPS)
        self.file("raw/cases.csv", audit_file([audit_row()]))
        manifest = self.file("raw/manifest.tsv",
                             "queue-log\tcentral\t--covers 2013-04-01..2013-04-30\tqueue_log\n"
                             "case-audit\tdesk\t--groups groups.csv\tcases.csv\n")
        batches = self.ok("import", self.data, "--manifest", manifest, "--json").json()["batches"]
        self.assertEqual([(b["source"], b["format"]) for b in batches],
                         [("central", "queue-log"), ("desk", "case-audit")])
        self.assertEqual(self.nums("servicedesk.created", "2016-03", "level"), {"1": 1})
        self.assertEqual(self.num("telephony.offered", "2013-04"), 1)

    def test_bad_manifest_names_its_line(self):
        manifest = self.file("manifest.tsv", "queue-log\tcentral\n")
        done = self.refused("import", self.data, "--manifest", manifest)
        self.assertIn("manifest.tsv", done.err)
        self.assertIn("1", done.err)

    def test_manifest_with_a_missing_file(self):
        manifest = self.file("manifest.tsv", "queue-log\tcentral\t\tno_such_log\n")
        done = self.refused("import", self.data, "--manifest", manifest)
        self.assertIn("no_such_log", done.err)


if __name__ == "__main__":
    unittest.main()
