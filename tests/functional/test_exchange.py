"""What comes from other systems and goes to them: the shipped examples, rubbish, days that lack a feed,
CPR numbers, the organisation, and the table that goes out and comes back."""
import csv
import io
import json
import unittest

from harness import (GROUPS, ROOT, KlarsynTest, answered_call, audit_file, audit_row, both_backends,
                     lines, local, random_cases, run_sql, seeded)

EXAMPLES = ROOT / "data" / "examples"
WEEK = "2026-01-05..2026-01-11"
GLPI = ["ID", "Status", "Opening date", "Last update", "Resolution date", "Closing date",
        "Assigned to - Technician group"]
RT = ["id", "Status", "QueueName", "Created", "LastUpdated", "Resolved"]


def rows_of(columns, *rows, delimiter=";"):
    return "".join(delimiter.join(row) + "\n" for row in [columns, *rows])


@both_backends
class Examples(KlarsynTest):
    """The files that the guides name are read as the guides say."""

    def test_case_csv_with_its_mapping(self):
        batch = self.imported("case-csv", EXAMPLES / "cases.csv", "--mapping",
                              EXAMPLES / "cases-mapping.toml", "--groups",
                              EXAMPLES / "cases-groups.csv")
        self.assertEqual((batch["read"], batch["rejected"]), (3, 0))
        self.assertEqual(self.num("servicedesk.created", "2018"), 3)
        self.assertEqual(self.num("servicedesk.closed", "2018"), 1)

    def test_servicenow_as_csv_and_as_json_are_the_same(self):
        answers = []
        for suffix in ("csv", "json"):
            self._data = None
            batch = self.imported("case-csv", EXAMPLES / f"servicenow-incidents.{suffix}")
            self.assertEqual((batch["read"], batch["rejected"]), (2, 0))
            answers.append([self.nums("servicedesk." + name, "2026-03", by) for name, by in (
                ("created", "group"), ("closed", "priority"), ("backlog", "category,day"))])
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0][0], {"Service Desk": 1, "Netværk": 1})

    def test_glpi(self):
        for files in (("glpi-tickets-2026-01-05.csv",),
                      ("glpi-tickets-2026-01-06.csv", "glpi-log.csv")):
            batch = self.imported("glpi-csv", *[EXAMPLES / f for f in files], "--groups",
                                  EXAMPLES / "glpi-groups.csv", "--source", "glpi")
            self.assertEqual(batch["rejected"], 0)
        self.assertEqual(self.num("servicedesk.created", WEEK), 3)
        self.assertEqual(self.nums("servicedesk.backlog", "2026-01-06", "level"),
                         {"1": 1, "2": 1, "3": 1})
        self.assertEqual(self.nums("servicedesk.created", WEEK, "priority"), {"1": 1, "3": 1, "4": 1})
        self.verify()

    def test_rt(self):
        for files in (("rt-tickets-2026-01-05.tsv",),
                      ("rt-tickets-2026-01-06.json", "rt-transactions.json")):
            batch = self.imported("rt-csv", *[EXAMPLES / f for f in files], "--mapping",
                                  EXAMPLES / "rt-mapping.toml", "--source", "rt")
            self.assertEqual(batch["rejected"], 0)
        self.assertEqual(self.nums("servicedesk.created", WEEK, "group"), {"Servicedesk": 3})
        self.assertEqual(self.nums("servicedesk.backlog", "2026-01-06", "group"),
                         {"Applikationer": 1, "Servicedesk": 1})
        self.assertEqual(self.num("servicedesk.reopened", WEEK, ["from=closed"]), 1)
        self.verify()


# (what, format, content, options, the words of the explanation)
UNUSABLE = (
    ("GLPI's list without a state", "glpi-csv", "ID;Titre\n1;x\n", (), ("Status", "Last update")),
    ("a wrong delimiter", "glpi-csv", rows_of(GLPI), ("--delimiter", ","), ("ID", "Status")),
    ("RT's list without times", "rt-csv", "id\tSubject\tStatus\n", (), ("QueueName", "Created")),
    ("a table without openings", "case-csv", "number,closed\n", (), ("opened",)),
    ("JSON that ends in the middle", "case-csv", '[{"number":"1"},\n{"numb', (), ("2",)),
    ("JSON without rows", "rt-csv", '{"message":"Unauthorized"}', (), ("JSON",)),
    ("UTF-16", "glpi-csv", "ID;Status\n".encode("utf-16"), (), ("UTF-16",)),
    ("a zip file", "rt-csv", b"PK\x03\x04rest", (), ()),
    ("nothing at all", "glpi-csv", "", (), ()),
    ("a quote that never ends", "glpi-csv", rows_of(GLPI) + '1;"Ny', (), ("2",)),
    ("the wrong mapping", "rt-csv", rows_of(RT, delimiter="\t"), ("mapping",), ("columns",)),
)
# (what, format, the row, the field that the reject names; empty where the row has the wrong shape)
BAD_ROWS = (
    ("columns moved", "glpi-csv", "Ny;7;2026-01-05 08:00;2026-01-05 08:00;;;Net", "ID"),
    ("a date that is none", "glpi-csv", "7;Ny;2026-02-30 08:00;2026-01-05 08:00;;;", "Opening date"),
    ("month first", "glpi-csv", "7;Ny;2026-01-05 08:00;01-25-2026 08:00;;;", "Last update"),
    ("a state of another system", "glpi-csv", "7;Werner;2026-01-05;2026-01-05;;;", "Status"),
    ("half a line", "glpi-csv", "7;Ny;2026-01", ""),
    ("a NUL", "glpi-csv", "7;Ny;2026-01-05;2026-01-05;\0;;", ""),
    ("no number", "rt-csv", "\topen\tQ\t2026-01-05\t2026-01-05\t", "id"),
    ("a time in words", "rt-csv", "7\topen\tQ\tlast week\t2026-01-05\t", "Created"),
    ("a state of another lifecycle", "rt-csv", "7\tfun\tQ\t2026-01-05\t2026-01-05\t", "Status"),
    ("too many fields", "rt-csv", "7\topen\tQ\t2026-01-05\t2026-01-05\t\tx", ""),
)


@both_backends
class Rubbish(KlarsynTest):
    def test_unusable_files_say_why_and_change_nothing(self):
        mapping = self.file("columns.toml", '[columns]\nnumber = "id"\n')
        for number, (what, form, content, options, words) in enumerate(UNUSABLE):
            with self.subTest(what=what):
                path = self.file(f"file {number}", content)
                given = ("--mapping", mapping) if options == ("mapping",) else options
                for language in ("da", "en"):
                    done = self.refused("import", self.data, form, path, *given,
                                        env={"KLARSYN_LANG": language})
                    for word in words:
                        self.assertIn(word, done.err, what)
        self.assertEqual(self.batches(), [])

    def test_bad_rows_name_file_line_and_field(self):
        headers = {"glpi-csv": rows_of(GLPI), "rt-csv": rows_of(RT, delimiter="\t")}
        good = {"glpi-csv": "1;Ny;2026-01-05 08:00;2026-01-05 08:00;;;Net\n",
                "rt-csv": "1\tnew\tNet\t2026-01-05 08:00:00\t2026-01-05 08:00:00\tNot set\n"}
        for number, (what, form, row, field) in enumerate(BAD_ROWS):
            with self.subTest(what=what):
                path = self.file(f"bad {number}.csv", headers[form] + good[form] + row + "\n")
                batch = self.imported(form, path, "--max-rejects", "60", "--source", f"s{number}")
                self.assertEqual((batch["read"], batch["rejected"]), (2, 1), what)
                reject = self.rejects(batch["batch"])[0]
                self.assertEqual((reject["line"], reject["field"]), (3, field), what)
                self.assertIn(f"bad {number}.csv", reject["file"])
        self.assertEqual(self.num("servicedesk.created", WEEK), len(BAD_ROWS))
        self.verify()

    def test_other_encodings_and_both_line_ends(self):
        list_ = rows_of(GLPI, ["1", "Løst", "05-01-2026 08:00", "05-01-2026 09:00",
                               "05-01-2026 09:00", "", "Kø æøå"])
        for number, content in enumerate((list_.encode(), list_.encode("cp1252"),
                                          list_.replace("\n", "\r\n").encode("utf-8-sig"))):
            self.imported("glpi-csv", self.file(f"{number}.csv", content), "--source", f"s{number}")
        self.assertEqual(self.nums("servicedesk.resolved", WEEK, "group"), {"Kø æøå": 3})

    def test_a_repeated_ticket_in_one_file_is_one_ticket(self):
        row = ["1", "Ny", "05-01-2026 08:00", "05-01-2026 08:00", "", "", "Net"]
        batch = self.imported("glpi-csv", self.file("twice.csv", rows_of(GLPI, row, row)))
        self.assertEqual((batch["read"], batch["rejected"]), (2, 0))
        self.assertEqual(self.num("servicedesk.created", WEEK), 1)
        self.assertEqual(self.num("servicedesk.backlog", "2026-01-06"), 1)


@both_backends
class Masking(KlarsynTest):
    def test_no_number_is_left_anywhere(self):
        secret = "010180-1234"
        rows = [["1", "Ny", "05-01-2026 08:00", "05-01-2026 08:00", "", "", f"Kø {secret}"],
                ["2", f"Ny {secret}", "05-01-2026 08:00", "05-01-2026 08:00", "", "", ""]]
        path = self.file("patient 0101801234.csv", rows_of(GLPI, *rows))
        done = self.ok("import", self.data, "glpi-csv", path, "--max-rejects", "60",
                       env={"KLARSYN_LANG": "en"})
        self.assertIn("3 CPR numbers", done.err)
        batch = self.batches()[-1]
        reject = self.rejects(batch["batch"])[0]
        self.assertIn("010180-****", reject["raw"])
        self.assertEqual(self.nums("servicedesk.created", WEEK, "group"), {"Kø 010180-****": 1})
        for table, column in (("core_name", "text"), ("core_reject", "raw"), ("core_file", "name"),
                              ("core_journal", "detail"), ("core_reject", "file")):
            found = run_sql(self.data, f"select {column} from {table} where {column} like '%1234%'")
            self.assertEqual(found, [], table)
        again = self.imported("glpi-csv", path, "--max-rejects", "60")
        self.assertEqual((again["new"], again["changed"]), (0, 0))
        self.verify()

    def test_case_numbers_that_look_like_one_are_refused(self):
        rows = [["0101801234", "2026-01-05"], ["S0101801235", "2026-01-05"]]
        batch = self.imported("case-csv", self.file("c.csv", rows_of(["number", "opened"], *rows)),
                              "--max-rejects", "60")
        self.assertEqual((batch["rejected"], self.rejects(batch["batch"])[0]["field"]), (1, "number"))
        self.assertEqual(self.num("servicedesk.created", WEEK), 1)

    def test_times_of_a_queue_log_stay(self):
        noon = local("2017-11-07 22:47:14")  # 1510091234, the 15th of October 2009
        self.import_log(lines(*answered_call(noon, str(noon))))
        self.assertEqual(self.num("telephony.answered", "2017-11-07"), 1)


@both_backends
class Gaps(KlarsynTest):
    def test_days_that_lack_a_feed_are_accepted_with_a_reason(self):
        for day in ("2013-04-15", "2013-04-18"):
            self.import_log(lines(*answered_call(local(day + " 12:00:00"), day)), "--source", "north")
        period = "2013-04-15..2013-04-18"
        lacking = ["2013-04-16", "2013-04-17"]
        self.assertEqual(self.row("telephony.offered", period)["gap"], lacking)
        self.usage("accept", self.data, "north", period, "--why", "  ")
        self.refused("accept", self.data, "north", "2013-04-15", "--why", "alt er her")
        self.refused("accept", self.data, "south", period, "--why", "ukendt kilde")
        done = self.ok("accept", self.data, "north", period, "--why", "strømsvigt")
        self.assertIn("2", done.out)
        self.assertEqual(self.row("telephony.offered", period)["gap"], lacking,
                         "accepting changes no figure")
        again = self.ok("accept", self.data, "north", "2013-04-16", "--why", "strømsvigt i centralen")
        self.assertIn("1", again.out)
        self.verify()


@both_backends
class Organisation(KlarsynTest):
    def test_org_files_rename_what_groups_name(self):
        org = self.file("org.csv", "kind,code,name,parent,from,to,aliases\n"
                                   "region,R,Region R,,2007-01-01,,\n"
                                   "hospital,H1,Hospital Et,R,2007-01-01,,Et|Hosp. 1\n")
        batch = self.imported("org", org)
        self.assertEqual(batch["rejected"], 0)
        groups = self.file("groups.csv", "group,level,org\nGroup 1,1,Hosp. 1\nGroup 2,1,Et\n")
        rows = [audit_row("INC1"), audit_row("INC2", group="Group 2")]
        self.imported("case-audit", self.file("a.csv", audit_file(rows)), "--groups", groups)
        self.assertEqual(self.nums("servicedesk.created", "2016-03", "org"), {"H1": 2})
        clash = self.file("clash.csv", "kind,code,name,parent,from,to,aliases\n"
                                       "hospital,H2,Hospital To,,2007-01-01,,Anden\n"
                                       "hospital,H3,Hospital Tre,,2007-01-01,,Anden\n")
        held = self.run_klarsyn("import", self.data, "org", clash)
        self.assertEqual(held.code, 1, held)
        self.assertIn("clash.csv", held.err)
        self.assertIn("3", held.err)
        self.verify()


@both_backends
class Export(KlarsynTest):
    def setUp(self):
        super().setUp()
        self.groups = self.file("groups.csv", GROUPS)
        content = audit_file(random_cases(seeded("export"), 40))
        self.imported("case-audit", self.file("a.csv", content), "--groups", self.groups,
                      "--source", "sn")

    def table(self, data, *options):
        done = self.ok("export", data, "cases", *options)
        return list(csv.DictReader(io.StringIO(done.out)))

    def test_what_goes_out_comes_back(self):
        out = self.ok("export", self.data, "cases", "--format", "csv")
        first = list(csv.DictReader(io.StringIO(out.out)))
        self.assertEqual(len(first), self.num("servicedesk.created", "2016"))
        self.assertEqual(sum(c["state"] != "Closed" for c in first),
                         self.num("servicedesk.backlog", "2016-12-31"))
        self.assertTrue(all(c["number"].startswith("sn:INC") for c in first))
        for form, content in (("csv", out.raw), ("json", self.ok(
                "export", self.data, "cases", "--format", "json").raw)):
            other = self.new_data()
            batch = self.imported("case-csv", self.file("out." + form, content), "--groups",
                                  self.groups, "--source", "back", data=other)
            self.assertEqual((batch["read"], batch["rejected"]), (len(first), 0))
            second = self.table(other)
            self.assertEqual(len(second), len(first))
            for then, now in zip(first, second):
                self.assertEqual(now["number"], "back:" + then["number"])
                for column in ("opened_at", "resolved_at", "closed_at", "category", "priority",
                               "assignment_group", "contact_type", "sys_class_name", "u_level", "u_org"):
                    self.assertEqual(now[column], then[column], (then, column))
                self.assertEqual(now["state"], then["state"].replace("On Hold", "In Progress"))
            for name in ("created", "backlog"):
                day = "2016-12-31" if name == "backlog" else "2016"
                self.assertEqual(self.nums("servicedesk." + name, day, "level,category", data=other)
                                 if name == "backlog" else self.num("servicedesk." + name, day, data=other),
                                 self.nums("servicedesk." + name, day, "level,category")
                                 if name == "backlog" else self.num("servicedesk." + name, day))

    def test_days_bound_the_openings(self):
        everything = self.table(self.data)
        some = self.table(self.data, "--from", "2016-03-05", "--to", "2016-03-09")
        opened = [c for c in everything if local("2016-03-05") <= utc(c["opened_at"])
                  < local("2016-03-10")]
        self.assertTrue(0 < len(some) < len(everything))
        self.assertEqual(some, opened)
        self.usage("export", self.data, "cases", "--from", "yesterday")
        self.usage("export", self.data, "people")

    def test_formulas_are_defused_in_csv_and_plain_in_json(self):
        path = self.file("f.csv", 'number,opened,group\n1,2026-01-05,"=HYPERLINK(""x"")"\n')
        self.imported("case-csv", path, "--source", "f")
        cell = [c for c in self.table(self.data) if c["number"] == "f:1"][0]["assignment_group"]
        self.assertEqual(cell, '\'=HYPERLINK("x")')
        found = json.loads(self.ok("export", self.data, "cases", "--format", "json").out)["result"]
        self.assertIn('=HYPERLINK("x")', [c["assignment_group"] for c in found])


def utc(text):
    import datetime
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


if __name__ == "__main__":
    unittest.main()
