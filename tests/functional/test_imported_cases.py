"""Imported cases beside the desk's own: in lists, as pages, with their clock; nobody can change them."""
import json
import unittest

from harness import (GROUPS, KlarsynTest, audit_file, audit_row, both_backends, random_cases, run_sql,
                     seeded)
from server import Server, add_user


@both_backends
class ImportedCases(KlarsynTest):
    def setUp(self):
        super().setUp()
        self.imported("case-audit", self.file("a.csv", audit_file(random_cases(seeded("rows"), 60))),
                      "--groups", self.file("groups.csv", GROUPS), "--source", "sn")
        add_user(self.data, "agent", "agent")
        self.token = self.ok("token", self.data, "add", "agent").out.strip()
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop)

    def ask(self, method, path, body=None, **headers):
        status, _, content = self.server.request(
            method, path, json.dumps(body) if body is not None else None,
            {"Authorization": "Bearer " + self.token, "Content-Type": "application/json",
             **{k.replace("_", "-"): v for k, v in headers.items()}})
        return status, content.decode()

    def get(self, path):
        status, content = self.ask("GET", path)
        self.assertEqual(status, 200, content)
        return json.loads(content)

    def walk(self, query):
        items, cursor = [], ""
        while True:
            page = self.get(f"/api/v1/cases?{query}&limit=7" + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            cursor = page["next"]
            if not cursor:
                return items

    def test_lists_hold_the_whole_history_and_as_many_as_the_figures_count(self):
        created = self.num("servicedesk.created", "2016")
        backlog = self.num("servicedesk.backlog", "2016-12-31")
        self.assertGreater(created, backlog)
        self.assertGreater(backlog, 0)
        status, content = self.ask("POST", "/api/v1/cases", {"title": "Printer svarer ikke"})
        self.assertEqual(status, 201, content)
        everything = self.walk("view=all")
        self.assertEqual(len({c["number"] for c in everything}), len(everything))
        self.assertEqual(sum(c["source"] == "sn" for c in everything), created)
        self.assertEqual(self.get("/api/v1/cases?view=all&count=1")["total"], created + 1)
        opened = [c["opened_at"] for c in everything]
        self.assertEqual(opened, sorted(opened, reverse=True))
        still_open = self.walk("view=open")
        self.assertEqual(sum(c["source"] == "sn" for c in still_open), backlog)
        self.assertEqual(still_open[0]["source"], "klarsyn")  # one's own work comes first
        self.assertEqual(self.get("/api/v1/cases?view=closed&count=1")["total"], created - backlog)
        for view in ("unassigned", "near_breach", "mine"):
            self.assertTrue(all(c["source"] == "klarsyn" for c in self.walk("view=" + view)), view)

    def test_a_case_is_read_and_never_changed(self):
        case = next(c for c in self.walk("view=closed") if c["source"] == "sn")
        number = case["number"]
        self.assertTrue(number.startswith("sn:INC"))
        read = self.get("/api/v1/cases/" + number)
        self.assertEqual(read["state"], "closed")
        self.assertEqual((read["events"][0]["kind"], read["events"][0]["at"]),
                         ("opened", read["opened_at"]))
        self.assertEqual(read["events"][-1]["kind"], "closed")
        for method, path, body in (("PATCH", "", {"title": "Ny"}), ("POST", "/reopen", {"reason": "x"}),
                                   ("POST", "/comment", {"text": "x", "visibility": "internal"})):
            status, content = self.ask(method, f"/api/v1/cases/{number}{path}", body, If_Match='"1"')
            self.assertEqual(status, 409, content)
            self.assertIn("sn", content)
        for path in ("sn:INC9999999", "xx:INC0000001", "INC0000001"):
            for tail in ("", "/clock"):
                self.assertEqual(self.ask("GET", f"/api/v1/cases/{path}{tail}")[0], 404)
        self.assertEqual(self.get("/api/v1/cases/" + number), read)

    def test_why_is_this_case_breached(self):
        records = self.records("servicedesk.sla_kept", "2016", ["target=resolution"], limit=500)
        counted = {r["case_no"]: r for r in records if r["kept"] is not None}
        self.assertEqual({r["kept"] for r in counted.values()}, {0, 1})
        for number, record in counted.items():
            clock = self.get(f"/api/v1/cases/sn:{number}/clock")
            self.assertTrue(clock["exact"], clock)
            target = clock["targets"][1]
            self.assertEqual(target["outcome"], "kept" if record["kept"] else "breached")
            self.assertEqual(target["limit_s"], record["limit_s"])
            at = opened = self.get(f"/api/v1/cases/sn:{number}")["opened_at"]
            for stretch in target["stretches"]:  # without gap or overlap
                self.assertEqual(stretch["from"], at)
                at = stretch["to"]
                self.assertIn(stretch["class"], ("running", "outside", "paused", "resolved"))
                self.assertTrue(stretch["rule"])
            self.assertEqual(at, clock["until"])
            self.assertLess(opened, at)
        broken = next(n for n, r in counted.items() if not r["kept"])
        for language, words in (("da", ("Hvorfor er", "over fristen?", "Uret går", "Tæller som")),
                                ("en", ("Why is", "The clock runs", "Counts as"))):
            status, page = self.ask("GET", f"/cases/sn:{broken}/clock?lang={language}")
            self.assertEqual(status, 200, page)
            for word in (*words, "sn:" + broken):
                self.assertIn(word, page)
        for page in (f"/cases/sn:{broken}", f"/cases/sn%3A{broken}/clock"):  # the case leads there
            status, content = self.ask("GET", page)
            self.assertEqual(status, 200, content)
        self.assertIn(f"/cases/sn%3A{broken}", content)

    def test_the_clock_of_a_case_that_never_ended_is_folded(self):
        """Years of opening hours are months on the page; each can be opened, and nothing is lost."""
        rows = [audit_row(number="INC0990001", opened="04-01-2016 09:00", updated="04-01-2016 09:00")]
        self.server.stop()
        self.imported("case-audit", self.file("old.csv", audit_file(rows)), "--source", "old")
        self.server.start()
        target = self.get("/api/v1/cases/old:INC0990001/clock")["targets"][1]
        self.assertGreater(len(target["stretches"]), 3000)
        status, page = self.ask("GET", "/cases/old:INC0990001/clock")
        self.assertEqual(status, 200)
        self.assertLess(page.count("<tr"), 400)
        self.assertIn("marts 2016", page)
        self.assertIn('href="/cases/old%3AINC0990001/clock?open=2016-03#resolution-2016-03"', page)
        _, opened = self.ask("GET", "/cases/old:INC0990001/clock?open=2016-03")
        self.assertGreater(opened.count("<tr"), page.count("<tr") + 40)
        self.assertNotIn("?open=2016-03#", opened)
        self.assertLess(self.ask("GET", "/cases/old:INC0990001/clock?open=%22%3E%3Cx")[1].count("<x"), 1)

    def test_an_own_case_has_the_same_page(self):
        number = json.loads(self.ask("POST", "/api/v1/cases", {"title": "Ny skærm", "impact": 1,
                                                               "urgency": 1})[1])["number"]
        clock = self.get(f"/api/v1/cases/{number}/clock")
        self.assertEqual([t["target"] for t in clock["targets"]], ["first_response", "resolution"])
        self.assertEqual([t["outcome"] for t in clock["targets"]], ["open", "open"])
        self.ask("POST", f"/api/v1/cases/{number}/resolve", {"resolution": "Byttet"})
        clock = self.get(f"/api/v1/cases/{number}/clock")
        self.assertEqual([t["outcome"] for t in clock["targets"]], ["kept", "kept"])
        status, page = self.ask("GET", f"/cases/{number}/clock")
        self.assertEqual(status, 200, page)
        self.assertIn("overholdt", page)

    def test_verify_compares_the_rows_with_the_facts(self):
        self.server.stop()
        self.verify()
        run_sql(self.data, "update servicedesk_case set level = 9 where number = "
                           "(select min(number) from servicedesk_case)")
        self.refused("verify", self.data)
        self.ok("derive", self.data)
        self.verify()


if __name__ == "__main__":
    unittest.main()
