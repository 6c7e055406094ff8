"""Bad and odd input, line by line: what is rejected, with which words, in both languages."""
import unittest

from harness import (GROUPS, KlarsynTest, answered_call, audit_file, audit_row, both_backends,
                     enter, lines, local)

NOON = local("2013-04-15 12:00:00")
LANGUAGES = ("da", "en")


def spoken(language):
    """Commands speak the language of the environment."""
    return {"KLARSYN_LANG": language}


# (what, line, field, words in Danish, words in English)
BAD_LINES = (
    ("no bars at all", "hello", "", ("|",), ("|",)),
    ("too few fields", f"{NOON}|c|q", "", ("felt",), ("field",)),
    ("no time", "|c|q|NONE|ENTERQUEUE||1|1", "", ("tidspunkt",), ("time",)),
    ("time in words", "noon|c|q|NONE|ENTERQUEUE||1|1", "", ("noon", "tidspunkt"),
     ("noon", "time")),
    ("time with a fraction", f"{NOON}.5|c|q|NONE|ENTERQUEUE||1|1", "", ("tidspunkt",), ("time",)),
    ("negative time", f"-{NOON}|c|q|NONE|ENTERQUEUE||1|1", "", ("tidspunkt",), ("time",)),
    ("time in milliseconds", f"{NOON}000|c|q|NONE|ENTERQUEUE||1|1", "", ("tidspunkt",), ("time",)),
    ("no event", f"{NOON}|c|q|NONE||1", "", ("hændelse",), ("event",)),
    ("wait in words", f"{NOON}|c|q|A|CONNECT|soon|x|1", "", ("soon", "tal"), ("soon", "number")),
    ("negative wait", f"{NOON}|c|q|NONE|ABANDON|1|1|-4", "", ("-4", "tal"), ("-4", "number")),
    ("wait with a comma", f"{NOON}|c|q|NONE|ABANDON|1|1|4,5", "", ("4,5",), ("4,5",)),
    ("enormous wait", f"{NOON}|c|q|NONE|ABANDON|1|1|99999999999999999999", "", ("999",), ("999",)),
    ("talk in words", f"{NOON}|c|q|A|COMPLETEAGENT|1|long|1", "", ("long",), ("long",)),
    ("not UTF-8", f"{NOON}|c|q".encode() + b"\xff\xfe|NONE|ENTERQUEUE||1|1", "", ("tekst",),
     ("text",)),
    ("a NUL", f"{NOON}|c|q".encode() + b"\0|NONE|ENTERQUEUE||1|1", "", ("tekst",), ("text",)),
    ("an enormous line", f"{NOON}|c|q|NONE|ENTERQUEUE|" + "x" * 70000, "", ("byte",), ("bytes",)),
)
# What looks odd but is how Asterisk writes.
GOOD_LINES = (
    f"{NOON}|NONE|NONE|NONE|QUEUESTART|", f"{NOON}|NONE|NONE|NONE|CONFIGRELOAD|",
    f"{NOON}|MANAGER|sd|SIP/1|ADDMEMBER|PAUSED", f"{NOON}|REALTIME|NONE|SIP/1|PENALTY|3",
    f"{NOON}|CLI|sd|SIP/1|REMOVEMEMBER|", f"{NOON}|NONE|sd|SIP/1|PAUSE|frokost, møde",
    f"{NOON}|c9|sd|SIP/1|RINGNOANSWER|15000", f"{NOON}|c9|sd|SIP/1|RINGCANCELED|900",
    f"{NOON}|c9|sd|SIP/1|AGENTDUMP|", f"{NOON}|c9|sd|NONE|DID|38612345",
    f"{NOON}|c9|sd|Agent/1|AGENTLOGOFF|SIP/1|3600", f"{NOON}|c9|sd|NONE|ÆØÅ|x",
    f"{NOON}|NONE|NONE|SIP/1|AGENTCALLBACKLOGOFF|1@ctx|99|Autologoff",
)


@both_backends
class QueueLogLines(KlarsynTest):
    def test_each_bad_line_is_rejected_and_the_rest_counts(self):
        for number, (what, bad, _, _, _) in enumerate(BAD_LINES):
            with self.subTest(what=what):
                raw = bad if isinstance(bad, bytes) else bad.encode()
                good = lines(*answered_call(NOON)).encode()
                batch = self.import_log(good + raw + b"\n" + lines(
                    enter(NOON, "c2")).encode(), "--max-rejects", "50", "--source", f"s{number}",
                    name=f"queue_log {number}")
                self.assertEqual((batch["read"], batch["rejected"]), (5, 1), what)
                rejects = self.rejects(batch["batch"])
                self.assertEqual([r["line"] for r in rejects], [4], what)
                self.assertIn(f"queue_log {number}", rejects[0]["file"])
        self.assertEqual(self.num("telephony.offered", "2013-04"), 2 * len(BAD_LINES))
        self.verify()

    def test_the_words_in_both_languages(self):
        for number, (what, bad, _, danish, english) in enumerate(BAD_LINES):
            path = self.file(f"bad {number}", (bad if isinstance(bad, bytes)
                                              else bad.encode()) + b"\n")
            for language, words in zip(LANGUAGES, (danish, english)):
                with self.subTest(what=what, language=language):
                    done = self.refused("import", self.data, "queue-log", path,
                                        env=spoken(language))
                    self.assertIn(f"bad {number}", done.err, what)
                    for word in words + ("1",):
                        self.assertIn(word, done.err, what)

    def test_odd_but_right(self):
        batch = self.import_log(lines(*GOOD_LINES))
        self.assertEqual((batch["read"], batch["rejected"]), (len(GOOD_LINES), 0))
        self.assertEqual(self.num("telephony.offered", "2013-04") or 0, 0)

    def test_wait_that_is_not_stated(self):
        self.import_log(lines(enter(NOON, "c1"), f"{NOON + 25}|c1|servicedesk|A|CONNECT||x|1",
                              enter(NOON, "c2"), f"{NOON + 35}|c2|servicedesk|NONE|SYSCOMPAT|"))
        self.assertEqual(self.row("telephony.wait_mean", "2013-04")["num"], 25)
        self.assertEqual(self.row("telephony.wait_mean_all", "2013-04")["num"], 60)

    def test_wait_that_differs_is_flagged_on_the_record(self):
        for callid, stated in (("ok", 28), ("off", 27)):
            self.import_log(lines(enter(NOON, callid),
                                  f"{NOON + 30}|{callid}|servicedesk|A|CONNECT|{stated}|x|1"))
        records = {r["callid"]: r for r in self.records("telephony.answered", "2013-04")}
        differing = {k for k in records["ok"] if records["ok"][k] != records["off"][k]}
        self.assertEqual(records["off"]["wait_s"], 27)
        self.assertTrue(any("flag" in k for k in differing), differing)

    def test_carriage_returns_and_byte_order_mark(self):
        self.import_log(b"\xef\xbb\xbf" + lines(*answered_call(NOON)).encode())
        self.assertEqual(self.num("telephony.answered", "2013-04"), 1)
        self.import_log(lines(*answered_call(NOON)).replace("\n", "\r\n"), "--source", "crlf")
        self.assertEqual(self.nums("telephony.answered", "2013-04", "queue"), {"servicedesk": 2})
        self.assertEqual(self.row("telephony.talk_mean", "2013-04")["den"], 2)

    def test_queue_names_are_kept_as_they_are(self):
        names = ["Klinisk Programhjælp", "kø/1", "<script>", "' or 1=1 --", " ", "x" * 300]
        self.import_log(lines(*[enter(NOON, f"c{n}", name) for n, name in enumerate(names)]))
        self.assertEqual(set(self.nums("telephony.offered", "2013-04", "queue")) - {" ", "unknown"},
                         set(names) - {" "})
        for name in names[:4]:
            self.assertEqual(self.num("telephony.offered", "2013-04", [f"queue={name}"]), 1, name)

    def test_days_follow_copenhagen(self):
        self.import_log(lines(enter(local("2013-03-31 00:00:00"), "a"),
                              enter(local("2013-03-31 00:00:00") - 1, "b"),
                              enter(local("2013-03-31 03:00:00") - 1, "c"),
                              enter(local("2013-03-31 03:00:00"), "d"),
                              enter(local("2013-10-27 02:30:00"), "e"),
                              enter(local("2013-10-27 02:30:00") + 3600, "f"),
                              enter(local("2013-10-27 23:59:59"), "g"),
                              enter(local("2013-10-27 23:59:59") + 1, "h")))
        self.assertEqual(self.nums("telephony.offered", "2013", "day"),
                         {"2013-03-30": 1, "2013-03-31": 3, "2013-10-27": 3, "2013-10-28": 1})
        self.assertEqual(self.nums("telephony.offered", "2013-03-31", "hour"), {0: 1, 1: 1, 3: 1})
        self.assertEqual(self.nums("telephony.offered", "2013-10-27", "hour"), {2: 2, 23: 1})


# (what, column, value): each makes its row unusable.
BAD_CELLS = (
    ("no case number", "number", "?"),
    ("no time of change", "sys_updated_at", "?"), ("time in words", "sys_updated_at", "i går"),
    ("a day that is none", "sys_updated_at", "31-02-2016 10:00"),
    ("an hour that is none", "sys_updated_at", "01-03-2016 24:30"),
    ("opened at no time", "opened_at", "?"), ("opened in words", "opened_at", "tirsdag"),
    ("modification in words", "sys_mod_count", "mange"),
    ("reopening in words", "reopen_count", "to"), ("closed in words", "closed_at", "snart"),
    ("resolved in words", "resolved_at", "snart"),
)


@both_backends
class CaseAuditRows(KlarsynTest):
    def import_cases(self, content, *options):
        return self.imported("case-audit", self.file("cases.csv", content), *options)

    def test_each_bad_cell_is_rejected_with_line_and_field(self):
        for number, (what, column, value) in enumerate(BAD_CELLS):
            with self.subTest(what=what):
                rows = [audit_row("INC0000001"), audit_row("INC0000002"), audit_row("INC0000003")]
                rows[1][column] = value
                batch = self.import_cases(audit_file(rows), "--max-rejects", "50", "--source",
                                          f"s{number}")
                self.assertEqual((batch["read"], batch["rejected"]), (3, 1), what)
                reject = self.rejects(batch["batch"])[0]
                self.assertEqual((reject["line"], reject["field"]), (3, column), what)

    def test_refusal_names_file_line_and_field(self):
        for language in LANGUAGES:
            for what, column, value in BAD_CELLS:
                row = audit_row()
                row[column] = value
                path = self.file("bad.csv", audit_file([row]))
                with self.subTest(what=what, language=language):
                    done = self.refused("import", self.data, "case-audit", path,
                                        env=spoken(language))
                    for word in ("bad.csv", "2", column):
                        self.assertIn(word, done.err)

    def test_too_few_and_too_many_fields(self):
        good = audit_file([audit_row()])
        for extra in ("INC9,New\n", good.splitlines()[1] + ",one,two\n"):
            batch = self.import_cases(good + extra, "--max-rejects", "50")
            self.assertEqual((batch["read"], batch["rejected"]), (2, 1), extra)

    def test_no_header_or_the_wrong_file(self):
        for number, content in enumerate((
                "", "hello\n", "a,b,c\n1,2,3\n", lines(*answered_call(NOON)),
                "\n".join(audit_file([audit_row()]).splitlines()[1:]) + "\n")):
            with self.subTest(content=content[:20]):
                path = self.file(f"wrong{number}.csv", content)
                done = self.run_klarsyn("import", self.data, "case-audit", path, "--json")
                if content == "":
                    self.assertIn(done.code, (0, 1), done)
                else:
                    self.assertEqual(done.code, 1, done)
                    self.assertIn(f"wrong{number}.csv", done.err)
        self.assertEqual(self.num("servicedesk.created", "2016") or 0, 0)

    def test_columns_in_any_order_and_more_of_them(self):
        rows = audit_file([audit_row()]).splitlines()
        turned = "\n".join(",".join(reversed(r.split(","))) for r in rows) + "\n"
        more = rows[0] + ",extra\n" + rows[1].replace("INC0000001", "INC0000002") + ",x\n"
        self.import_cases(turned)
        self.import_cases(more)
        self.assertEqual(self.nums("servicedesk.created", "2016", "category"), {"Category 1": 2})

    def test_encodings_and_delimiters(self):
        row = audit_row(category="Køl & strøm; \"æ\", é")
        for number, (encoding, delimiter, options, detected) in enumerate((
                ("utf-8", ",", (), False), ("utf-8-sig", ";", (), True), ("cp1252", ",", (), True),
                ("latin-1", ";", ("--encoding", "latin-1", "--delimiter", ";"), False),
                ("cp1252", ";", ("--encoding", "windows-1252", "--delimiter", ";"), False),
                ("utf-8", "\t", ("--delimiter", "tab"), False))):
            with self.subTest(encoding=encoding, delimiter=delimiter):
                row["number"] = f"INC{number:07}"
                content = audit_file([row], delimiter, "\r\n").encode(encoding)
                path = self.file("cases.csv", content)
                done = self.ok("import", self.data, "case-audit", path, "--json", *options)
                self.assertEqual(done.json()["batches"][0]["rejected"], 0)
                if detected:
                    self.assertTrue(done.err.strip(), "detection is said")
                self.assertEqual(self.nums("servicedesk.created", "2016", "category"),
                                 {row["category"]: number + 1})

    def test_stated_wrongly(self):
        path = self.file("cases.csv", audit_file([audit_row()]))
        for options in (("--encoding", "klingon"), ("--delimiter", "???"),
                        ("--zone", "Mars/Olympus"), ("--decimal", "!"),
                        ("--groups", self.directory / "no_such.csv")):
            done = self.run_klarsyn("import", self.data, "case-audit", path, *options)
            self.assertIn(done.code, (1, 2), done)
            self.assertTrue(done.err.strip(), done)
        self.assertEqual(self.batches(), [])

    def test_bad_groups_files(self):
        path = self.file("cases.csv", audit_file([audit_row()]))
        for content in ("group,org\nx,1\n", "group,level,org,from,to\nA,1,X,yesterday,\n",
                        "group,level,org,from,to\nA,1,X,2016-05-01,2016-04-01\n",
                        "group,level,org,from,to\nA,1,X,,2016-04-30\nA,2,X,2016-04-30,\n"):
            with self.subTest(content=content):
                groups = self.file("groups.csv", content)
                done = self.refused("import", self.data, "case-audit", path, "--groups", groups)
                self.assertIn("groups.csv", done.err)

    def test_unmapped_groups_are_listed(self):
        groups = self.file("groups.csv", GROUPS)
        path = self.file("cases.csv", audit_file([audit_row(group="Ukendt gruppe 7")]))
        done = self.ok("import", self.data, "case-audit", path, "--groups", groups)
        self.assertIn("Ukendt gruppe 7", done.out + done.err)

    def test_the_autumn_hour_is_flagged(self):
        self.import_cases(audit_file([audit_row(opened="30-10-2016 02:30",
                                                updated="30-10-2016 02:30"),
                                      audit_row("INC0000002", opened="30-10-2016 04:30",
                                                updated="30-10-2016 04:30")]))
        records = self.records("servicedesk.created", "2016-10")
        self.assertEqual(len(records), 2)
        flagged = [r for r in records if "ambiguous" in str(r)]
        self.assertEqual(len(flagged), 1, records)

    def test_another_zone(self):
        self.import_cases(audit_file([audit_row(opened="01-03-2016 23:30",
                                                updated="01-03-2016 23:30")]), "--zone", "UTC")
        self.assertEqual(self.nums("servicedesk.created", "2016", "day"), {"2016-03-02": 1})

    def test_dangerous_texts_come_out_as_they_went_in_but_not_as_formulas(self):
        texts = ["=1+1", "@SUM(A1)", "+45 3861", "-x", "<script>alert(1)</script>", "a\tb",
                 "\u202eabc", "'; drop table servicedesk_event; --", "null", "0"]
        self.import_cases(audit_file([audit_row(f"INC{n:07}", category=text)
                                      for n, text in enumerate(texts)]))
        self.assertEqual(set(self.nums("servicedesk.created", "2016", "category")), set(texts))
        out = self.ok("records", self.data, "servicedesk.created", "--period", "2016", "--format",
                      "csv").out
        import csv
        import io
        for row in csv.reader(io.StringIO(out.lstrip("\ufeff"))):
            for cell in row:
                self.assertNotRegex(cell, r"^[=@\t\r]|^[+-](?!\d+(\.\d+)?$)", row)


if __name__ == "__main__":
    unittest.main()
