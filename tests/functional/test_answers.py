"""Clear answers: an organisation that nobody knows, broken JSON, the language of a browser, call numbers."""
import json
import unittest

from desk_people import DeskTest
from harness import both_backends


@both_backends
class ClearAnswers(DeskTest):
    def fault(self, path, body, pointer, **headers):
        status, _, problem = self.agent.send("POST", path, body, **headers)
        self.assertEqual(status, 400, problem)
        self.assertEqual([error["pointer"] for error in problem["errors"]], [pointer], problem)
        return problem["errors"][0]["detail"]

    def test_an_organisation_that_nobody_knows_is_refused_with_what_was_meant(self):
        for org, code in (("HGH", "HGH"), ("rigshospitalet", "RH"), ("Herlev-Gentofte", "HGH"), ("", None)):
            number = self.agent.open(org=org)
            self.assertEqual(self.agent.get(f"/api/v1/cases/{number}")["org"], code)
        before = self.agent.get("/api/v1/cases?view=all&count=1")["total"]
        near = self.fault("/api/v1/cases", {"title": "x", "org": "HGG"}, "/org")
        self.assertIn("“HGG”", near)
        self.assertIn("HGH (Herlev og Gentofte Hospital)", near)
        self.assertIn("Rigshospitalet", self.fault("/api/v1/cases", {"title": "x", "org": "Rigshospitlet"}, "/org"))
        self.assertIn("Bispebjerg", self.fault("/api/v1/cases", {"title": "x", "org": "bispebjerg og frederiksberg"},
                                               "/org"))
        english = self.fault("/api/v1/cases?lang=en", {"title": "x", "org": "Legoland <b>"}, "/org")
        self.assertEqual(english, "There is no organisation “Legoland <b>”.")
        self.assertEqual(self.agent.get("/api/v1/cases?view=all&count=1")["total"], before)
        number = self.agent.open(org="RH")
        version = self.agent.get(f"/api/v1/cases/{number}")["version"]
        status, _, problem = self.agent.send("PATCH", f"/api/v1/cases/{number}", {"org": "RHX"},
                                             If_Match=f'"{version}"')
        self.assertEqual((status, problem["errors"][0]["pointer"]), (400, "/org"), problem)

    def test_broken_json_is_told_with_line_and_character(self):
        for text, line, column in (('{"title": "x",\n "text": }', 2, 10), ('{"title": "x"', 1, 14),
                                   ('{\n\n  "tæøå": tru\n}', 3, 11), ('{"title": "x"} []', 1, 16)):
            status, _, problem = self.agent.send("POST", "/api/v1/cases", None, text.encode(),
                                                 Content_Type="application/json")
            self.assertEqual((status, problem["code"]), (400, "web.body.broken"), problem)
            self.assertEqual((problem["line"], problem["column"]), (line, column), text)
            self.assertIn(f"Linje {line}, tegn {column}", problem["detail"])
        status, _, problem = self.agent.send("POST", "/api/v1/cases", None, b"[1]", Content_Type="application/json")
        self.assertEqual((status, problem["code"]), (400, "web.body.no_object"))

    def test_a_browser_that_asks_for_english_gets_it_until_somebody_chooses(self):
        def page(accepted, path="/status", **headers):
            sent = {"Accept-Language": accepted} if accepted is not None else {}
            content = self.server.request("GET", path, None, {**sent, **headers})[2].decode()
            return "en" if '<html lang="en"' in content else "da"
        for accepted, language in (("en-GB,en;q=0.9,da;q=0.5", "en"), ("en", "en"), ("EN-us", "en"),
                                   ("da;q=0.5,en;q=0.9", "en"), ("da,en", "da"), (None, "da"), ("", "da"),
                                   ("sv,en;q=0.9", "da"), ("de", "da"), ("*", "da"), ("en;q=0,da", "da"),
                                   ("en;q=x", "da"), (",;=,,", "da"), ("x" * 5000, "da")):
            self.assertEqual(page(accepted), language, accepted)
        self.assertEqual(page("en", "/status?lang=da"), "da")
        self.assertEqual(page("en", Cookie="klarsyn_lang=da"), "da")
        problem = json.loads(self.server.request("GET", "/api/v1/cases", None, {"Accept-Language": "en"})[2])
        self.assertEqual(problem["status"], 401)
        self.assertNotRegex(problem["detail"], "[æøå]")

    def test_a_call_number_of_ten_digits_stays_with_its_case(self):
        """Some phone systems count calls; a date of birth is an accident."""
        callid = "0102031234"
        number = self.agent.open(title="Ring 010203-1234", call=callid, contact="phone")
        case = self.agent.get(f"/api/v1/cases/{number}")
        self.assertEqual((case["call"], case["title"]), (callid, "Ring ******-****"))
        draft = {"kind": "case", "case": None, "rev": 1, "body": {"call": callid, "text": callid}}
        self.agent.send("PUT", "/api/v1/drafts/kladde-1-abc", draft)
        kept = self.agent.get("/api/v1/drafts")["items"][0]["body"]
        self.assertEqual(kept, {"call": callid, "text": "******-****"})


if __name__ == "__main__":
    unittest.main()
