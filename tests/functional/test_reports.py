"""Reports: drafts in every form, editions that never change, and what blocks publishing."""
import csv
import io
import json
import re
import shutil
import unittest
import zipfile

from harness import (KlarsynTest, abandoned_call, answered_call, audit_file, audit_row,
                     both_backends, enter, lines, local, run_sql)

PLAN = "operations_status"


def month_of_calls(month, skip_day=None, queue="servicedesk"):
    """One answered and one abandoned call on each day of a month."""
    from danish_calendar import date_of, parse_period
    first, last = parse_period(month)
    found = []
    for day in range(first, last + 1):
        date = date_of(day)
        if date.day == skip_day:
            continue
        time = local(f"{date} 10:00:00")
        found += answered_call(time, f"{queue}-a{day}", queue, wait=30 + date.day)
        found += abandoned_call(time + 60, f"{queue}-b{day}", queue, wait=20)
    return sorted(found, key=lambda e: int(e.split("|", 1)[0]))


def month_of_cases(year, month, days):
    rows = []
    for day in range(1, days + 1):
        at = f"{day:02}-{month:02}-{year} 09:00"
        rows.append(audit_row(f"INC{month:02}{day:05}", opened=at, updated=at))
    return rows


class ReportTest(KlarsynTest):
    def fill(self, skip_day=None):
        for queue in ("servicedesk", "klinisk_programhjaelp"):
            self.import_log(lines(*month_of_calls("2013-04", skip_day, queue)),
                            "--source", queue)
        self.imported("case-audit", self.file("cases.csv", audit_file(
            month_of_cases(2013, 4, 30))))

    def publish(self, **options):
        return self.run_klarsyn("publish", self.data, PLAN, "--period", "2013-04", "--json",
                                **options)

    def published(self):
        done = self.publish()
        self.assertEqual(done.code, 0, done)
        return done.json()["edition"]

    def rendered(self, edition, suffix, *options):
        path = self.directory / f"edition.{suffix}"
        self.ok("edition", self.data, edition, *options, "--out", path)
        return path.read_bytes()


@both_backends
class Drafts(ReportTest):
    def test_html_csv_json_xlsx_in_both_languages(self):
        self.fill()
        for language, words in (("da", ("april 2013", "Antal opkald", "0:00:46")),
                                ("en", ("April 2013", "0:00:46"))):
            paths = [self.directory / f"r-{language}.{s}" for s in ("html", "csv", "json", "xlsx")]
            self.ok("report", self.data, PLAN, "--period", "2013-04", "--lang", language, "--out",
                    *paths)
            html = paths[0].read_text("utf-8")
            for word in words:
                self.assertIn(word, html)
            self.assertIn(f'lang="{language}"', html)
            self.assertNotIn("<script", html)
            self.assertNotRegex(html, r'(src|href)="https?://')
            json.loads(paths[2].read_text("utf-8"))
            self.assertGreater(len(list(csv.reader(io.StringIO(paths[1].read_text("utf-8"))))), 5)
            with zipfile.ZipFile(paths[3]) as book:
                names = book.namelist()
                self.assertIn("xl/workbook.xml", names)
                self.assertTrue(any("chart" in n for n in names), names)
                self.assertIn("[h]:mm:ss", book.read("xl/styles.xml").decode())

    def test_the_other_plan(self):
        rows = []
        for week_day, mod in ((1, 0), (8, 0), (15, 0)):
            at = f"{week_day:02}-01-2018 09:00"
            rows.append(audit_row(f"INC{week_day:07}", opened=at, updated=at))
        self.imported("case-audit", self.file("c.csv", audit_file(rows)))
        path = self.directory / "q.html"
        self.ok("report", self.data, "platform_quarter", "--period", "2018-Q1", "--out", path)
        self.assertIn("uge", path.read_text("utf-8"))

    def drafted(self, plan, period):
        """The draft as JSON, and its tables by name."""
        path = self.directory / f"{plan}.json"
        self.ok("report", self.data, plan, "--period", period, "--out", path)
        document = json.loads(path.read_text("utf-8"))
        return document, {table["table"]: table for section in document["sections"]
                          for table in section["tables"]}

    def cells(self, document, table):
        return [document["figures"][cell] for row in table["rows"] for cell in row["cells"]]

    def test_what_only_the_desk_tells_is_not_zero(self):
        self.fill()
        document, tables = self.drafted(PLAN, "2013-04")
        for name in ("satisfaction", "major", "change", "known_error"):
            cells = self.cells(document, tables[f"servicedesk.{name}_months.months"])
            self.assertEqual({cell["state"] for cell in cells}, {"missing"}, name)
            self.assertEqual({cell["value"] for cell in cells}, {None}, name)
        april = self.cells(document, tables["servicedesk.open_months.months"])[7]
        self.assertEqual((april["state"], april["value"]), ("present", 0))

    def test_a_region_without_probes_says_so_and_publishes(self):
        self.fill()
        document, tables = self.drafted(PLAN, "2013-04")
        names = [f"probes.response_times.{name}" for name in ("all", "standard", "heavy")] + [
            "probes.availability.gross", "probes.response_times_appendix.standard_sites",
            "capacity.power.power", "capacity.storage.storage", "assets.pc_ages.ages"]
        for name in names:
            cells = [cell for cell in self.cells(document, tables[name])
                     if cell["state"] != "withheld"]  # the one that Licensewatch counts
            self.assertEqual({cell["state"] for cell in cells}, {"missing"}, name)
            self.assertEqual({cell["printed"]["en"] for cell in cells}, {"not available"}, name)
        self.assertEqual([row["title"]["da"] for row in tables[names[1]]["rows"]], ["Alle"])
        self.assertEqual(self.rendered(self.published(), "json")[:1], b"{")

    def test_the_score_stands_beside_its_share_in_both_plans(self):
        for plan, period, table in ((PLAN, "2013-04", "satisfaction_months.months"),
                                    ("platform_quarter", "2018-Q1", "satisfaction_weeks.weeks")):
            _, tables = self.drafted(plan, period)
            self.assertEqual([row["figure"] for row in tables[f"servicedesk.{table}"]["rows"]],
                             ["servicedesk.survey_score", "servicedesk.survey_response_share"])

    def test_agents_needed_by_hour_of_day(self):
        self.fill()
        document, tables = self.drafted(PLAN, "2013-04")
        table = tables["telephony.staffing_servicedesk.hours"]
        self.assertEqual((table["by"], table["columns"]), ("hour", ["10", ""]))
        calls, agents, low, high = ([document["figures"][cell] for cell in row["cells"]]
                                    for row in table["rows"])
        self.assertEqual([cell["value"] for cell in calls], [60, 60])
        for one in (0, 1):
            self.assertLessEqual(1, low[one]["value"])
            self.assertLessEqual(low[one]["value"], agents[one]["value"])
            self.assertLessEqual(agents[one]["value"], high[one]["value"])
            self.assertEqual(agents[one]["records"], 60)
        self.assertEqual(self.num("telephony.agents_needed", "2013-04",
                                  ["queue=servicedesk", "hour=10"]), agents[0]["value"])

    def test_an_unknown_suffix_is_refused(self):
        done = self.run_klarsyn("report", self.data, PLAN, "--period", "2013-04", "--out",
                                self.directory / "r.docx")
        self.assertIn(done.code, (1, 2), done)
        self.assertIn("docx", done.err)

    def test_a_draft_without_data_says_so_and_shows_no_zero(self):
        path = self.directory / "r.html"
        self.ok("report", self.data, PLAN, "--period", "2013-04", "--out", path)
        text = re.sub(r"<[^>]+>", " ", path.read_text("utf-8"))
        self.assertRegex(text.lower(), "ikke opgjort")

    def test_pdf(self):
        if not shutil.which("chromium-headless-shell") and not shutil.which("chromium"):
            self.skipTest("chromium is not installed")
        self.fill()
        path = self.directory / "r.pdf"
        done = self.run_klarsyn("report", self.data, PLAN, "--period", "2013-04", "--out", path)
        self.assertEqual(done.code, 0, done)
        content = path.read_bytes()
        self.assertTrue(content.startswith(b"%PDF-"))
        self.assertIn(b"/StructTreeRoot", content)

    def test_pdf_without_chromium_is_a_clear_message(self):
        self.fill()
        path = self.directory / "r.pdf"
        done = self.run_klarsyn("report", self.data, PLAN, "--period", "2013-04", "--out", path,
                                env={"PATH": "/nonexistent"})
        self.assertEqual(done.code, 1, done)
        self.assertIn("chromium", done.err.lower())


@both_backends
class Publishing(ReportTest):
    def test_an_edition_never_changes_and_shows_the_restatement(self):
        self.fill()
        edition = self.published()
        listed = self.ok("editions", self.data, "--json").json()["editions"]
        self.assertEqual([e["edition"] for e in listed], [edition])
        before = {s: self.rendered(edition, s) for s in ("html", "csv", "json")}
        self.assertNotIn("rettet", before["csv"].decode())
        self.import_log(lines(*abandoned_call(local("2013-04-10 11:00:00"), "late", wait=77)),
                        "--source", "servicedesk")
        after = {s: self.rendered(edition, s) for s in ("html", "csv", "json")}
        self.assertEqual(after, before)
        done = self.ok("edition", self.data, edition, "--out", self.directory / "again.csv")
        self.assertRegex(done.err, "60.*61")
        self.assertEqual(self.num("telephony.offered", "2013-04", ["queue=servicedesk"]), 61)
        second = self.published()
        self.assertNotEqual(second, edition)
        self.assertEqual(self.rendered(edition, "csv"), before["csv"])

    def test_publishing_again_without_a_change_makes_no_second_edition(self):
        self.fill()
        self.assertEqual(self.published(), self.published())
        self.assertEqual(len(self.ok("editions", self.data, "--json").json()["editions"]), 1)

    def test_a_missing_day_blocks(self):
        self.fill(skip_day=17)
        done = self.publish()
        self.assertEqual(done.code, 1, done)
        reasons = done.json()["blocked_by"]
        self.assertTrue(reasons)
        self.assertIn("17", json.dumps(reasons, ensure_ascii=False))
        self.assertEqual(self.ok("editions", self.data, "--json").json()["editions"], [])

    def test_without_data_it_is_blocked(self):
        done = self.publish()
        self.assertEqual(done.code, 1, done)
        self.assertTrue(done.json()["blocked_by"])

    def test_a_broken_identity_blocks(self):
        self.fill()
        run_sql(self.data, "update telephony_visit set outcome = 'nonsense' where id = "
                           "(select min(id) from telephony_visit where day >= 15796)")
        done = self.publish()
        self.assertEqual(done.code, 1, done)
        self.assertTrue(done.json()["blocked_by"])

    def test_withdrawal_after_publishing_leaves_the_edition(self):
        self.fill()
        edition = self.published()
        before = self.rendered(edition, "csv")
        batch = [b for b in self.batches() if b["source"] == "servicedesk"][0]
        self.ok("withdraw", self.data, batch["batch"], "--why", "kilden var forkert")
        self.assertEqual(self.rendered(edition, "csv"), before)
        self.verify()

    def test_both_languages_of_an_edition(self):
        self.fill()
        edition = self.published()
        danish = self.rendered(edition, "html", "--lang", "da").decode()
        english = self.rendered(edition, "html", "--lang", "en").decode()
        self.assertIn('lang="da"', danish)
        self.assertIn('lang="en"', english)
        self.assertNotEqual(danish, english)
        self.assertEqual(self.rendered(edition, "xlsx"), self.rendered(edition, "xlsx"))


if __name__ == "__main__":
    unittest.main()
