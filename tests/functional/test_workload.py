"""The team lead's page: every number opens exactly the cases that it counts, whoever looks."""
import html
import re
import unittest

from desk import DeskTest
from harness import both_backends, seeded


@both_backends
class Workload(DeskTest):
    def setUp(self):
        super().setUp()
        self.lea = self.client("lea")
        generator = seeded("workload")
        groups = ("Servicedesk", "Klinisk support", "Netv\u00e6rk og drift")
        self.numbers = []
        for index in range(24):
            number = self.anna.open(f"Sag {index} <b>", group=generator.choice(groups),
                                    org=generator.choice(("RH", "BFH", None)),
                                    impact=generator.choice((1, 2, 3)))
            self.numbers.append(number)
            step = index % 8
            if step in (1, 2, 3, 4):
                self.anna.act(number, "assign", assignee=generator.choice(("anna", "bo")))
            if step == 2:
                self.anna.act(number, "hold", reason="awaiting_user")
            if step == 3:
                self.anna.act(number, "resolve", resolution="Genstartet")
            if step in (5, 6):
                case = self.anna.get(f"/api/v1/cases/{number}")
                to = next(group for group in groups if group != case["group"])
                self.anna.act(number, "move", group=to, reason="Kan ikke l\u00f8ses her")

    def page(self, path, client=None):
        status, _, body = (client or self.lea).ask("GET", path)
        self.assertEqual(status, 200, body)
        return body

    def counted(self, page):
        """{address: shown number} of the links to lists of cases and moves."""
        found = {}
        for href, shown in re.findall(r'<a href="(/workload/(?:cases|moves)[^"]*)">([^<]*)</a>', page):
            found.setdefault(html.unescape(href), set()).add(re.sub(r"[^0-9]", "", shown))
        return found

    def rows(self, page):
        return re.findall(r'<th scope="row"><a href="/cases/[^"]*">([^<]+)</a>', page)

    def test_every_number_opens_what_it_counts(self):
        page = self.page("/workload")
        links = self.counted(page)
        self.assertGreater(len(links), 25)
        for href, shown in links.items():
            self.assertEqual(len(shown), 1, (href, shown))
            self.assertEqual(len(self.rows(self.page(href))), int(shown.pop()), href)
        for href in set(re.findall(r'href="(/(?:f|staffing|calls)[^"]*)"', page)):
            self.page(html.unescape(href))

    def test_the_parts_are_those_of_the_lists(self):
        page = self.page("/workload/cases")
        self.assertEqual(set(self.rows(page)), set(self.numbers))
        self.assertNotIn("<b>", page.split("<tbody>")[1])
        _, _, answer = self.lea.ask("GET", "/api/v1/cases?view=unassigned&limit=500")
        self.assertEqual(set(self.rows(self.page("/workload/cases?part=unowned"))),
                         {case["number"] for case in answer["items"]})
        _, _, answer = self.lea.ask("GET", "/api/v1/cases?view=open&group=Servicedesk&limit=500")
        self.assertEqual(set(self.rows(self.page("/workload/cases?group=Servicedesk"))),
                         {case["number"] for case in answer["items"]})

    def test_moves_say_where_from_where_to_and_how_long(self):
        page = self.page("/workload/moves")
        self.assertEqual(sorted(self.rows(page)),
                         sorted(n for i, n in enumerate(self.numbers) if i % 8 in (5, 6)))
        _, _, answer = self.lea.ask("GET", "/api/v1/figures/servicedesk.moves?period="
                                    + self.lea.get("/api/v1/desk")["now"][:7])
        self.assertEqual(answer["rows"][0]["value"], 6)

    def test_bad_questions_and_other_roles(self):
        for query in ("part=x", "age=9", "age=", "age=-1"):
            self.assertEqual(self.lea.ask("GET", "/workload/cases?" + query)[0], 400, query)
        for path in ("/workload?period=x", "/workload/moves?period=2000..2013"):
            self.assertEqual(self.lea.ask("GET", path)[0], 400, path)
        for client in (self.anna, self.ulla):
            self.assertEqual(client.ask("GET", "/workload")[0], 403)
        self.assertEqual(self.rows(self.page("/workload/cases?group=%27%20OR%201=1")), [])


if __name__ == "__main__":
    unittest.main()
