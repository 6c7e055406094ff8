"""Civil registration numbers never enter the desk by accident, and are revealed only with right and
reason."""
import json
import unittest

from desk_people import DeskTest

CPR = "010203-1234"
PLAIN = "0102031234"
FIELDS = ("title", "text", "place", "equipment", "category", "system", "caller", "group")


class CprTest(DeskTest):
    def accounts(self):
        self.add_account("anna", "agent")
        self.add_account("bo", "agent", "--org", "RH")
        self.add_account("rikke", "user")

    def nowhere(self, *spellings):
        self.server.stop()
        for spelling in spellings or (CPR, PLAIN, "010203 1234", "1234567"):
            self.assertEqual(self.stored(spelling), [])
        self.verify()
        self.server.start()

    def test_no_field_of_a_new_case_keeps_a_number(self):
        body = {name: f"{CPR} og {PLAIN}" for name in FIELDS}
        body["call"] = f"kald {PLAIN}"
        status, _, refused = self.agent.send("POST", "/api/v1/cases", {**body, "org": CPR})
        self.assertEqual((status, refused["errors"][0]["pointer"]), (400, "/org"))
        self.assertNotIn("1234", json.dumps(refused))
        answer = self.agent.post("/api/v1/cases", body, Idempotency_Key="en-gang")
        self.assertNotIn("1234", json.dumps(answer))
        self.assertEqual(answer["title"], "******-**** og ******-****")
        again = self.agent.post("/api/v1/cases", body, Idempotency_Key="en-gang")
        self.assertEqual(again["number"], answer["number"])
        self.nowhere()

    def test_no_command_keeps_a_number(self):
        number = self.agent.open()
        path = f"/api/v1/cases/{number}/"
        version = self.agent.get(path[:-1])["version"]
        status, _, body = self.agent.send("PATCH", path[:-1], {
            "title": CPR, "text": PLAIN, "caller": {"name": CPR, "phone": PLAIN, "mail": f"{CPR}@x"},
            "impact": 1, "urgency": 1, "priority": 4, "priority_reason": PLAIN},
            If_Match=f'"{version}"')
        self.assertEqual(status, 200, body)
        for verb, body in (
                ("comment", {"text": f"cpr {CPR}", "visibility": "internal"}),
                ("comment", {"text": "0102031234", "visibility": "public"}),
                ("affected", {"person": f"Bo {CPR}"}),
                ("move", {"group": "Anden gruppe", "reason": CPR}),
                ("hold", {"reason": "awaiting_user", "note": CPR}), ("resume", {"note": PLAIN}),
                ("resolve", {"resolution": CPR, "code": PLAIN}), ("reopen", {"reason": CPR}),
                ("split", {"title": f"En til {CPR}"}),
                ("close", {"reason": "withdrawn", "note": PLAIN})):
            answer = self.agent.post(path + verb, body)
            self.assertNotIn("1234", json.dumps(answer), verb)
        self.nowhere()

    def test_drafts_and_filters_keep_no_number(self):
        body = {"text": CPR, "deep": [{"er": PLAIN}], CPR: "x"}
        status, _, answer = self.agent.send("PUT", "/api/v1/drafts/kladde-1-abc", {
            "kind": "case", "case": PLAIN, "rev": 1, "body": body})
        self.assertEqual(status, 200, answer)
        status, _, answer = self.agent.send("PUT", "/api/v1/filters/mit", {
            "title": f"Sager om {CPR}", "query": {"view": "open", "q": PLAIN}})
        self.assertEqual(status, 200, answer)
        self.assertNotIn("1234", json.dumps(self.agent.get("/api/v1/drafts")))
        self.nowhere()

    def test_a_refused_request_keeps_no_number_either(self):
        number = self.agent.open()
        for method, path, body in (
                ("POST", "/api/v1/cases", {"title": "", "text": CPR}),
                ("POST", "/api/v1/cases", {"title": "x", CPR: PLAIN}),
                ("POST", "/api/v1/cases", {"title": "x", "assignee": PLAIN}),
                ("POST", f"/api/v1/cases/{number}/assign", {"assignee": CPR}),
                ("POST", f"/api/v1/cases/{number}/merge", {"into": CPR}),
                ("POST", f"/api/v1/cases/{number}/link", {"to": PLAIN}),
                ("PATCH", f"/api/v1/cases/{number}", {"title": CPR}),
                ("GET", f"/api/v1/cases?q={CPR}", None), ("GET", f"/api/v1/search?q={PLAIN}", None),
                ("GET", f"/api/v1/cases/{PLAIN}", None), ("GET", f"/{CPR}", None)):
            status, _, _ = self.agent.send(method, path, body, Idempotency_Key=f"n{path}")
            self.assertTrue(status >= 400 or method == "GET", (status, path))
        self.nowhere()

    def test_revealing_needs_right_and_reason_and_is_recorded(self):
        number = self.agent.open(title=f"Patient {CPR}", text=f"samt {PLAIN} og 311299-4321", org="RH")
        path = f"/api/v1/cases/{number}/reveal"
        self.assertEqual(self.agent.send("POST", path, {})[0], 400)
        self.assertEqual(self.agent.send("POST", path, {"reason": "  "})[0], 400)
        self.assertEqual(self.client("rikke").send("POST", path, {"reason": "nysgerrig"})[0], 403)
        self.assertEqual(self.server.request("POST", path, b'{"reason":"x"}')[0], 401)
        body = {"reason": "Skal findes i FMK"}
        answer = self.client("bo").post(path, body, Idempotency_Key="kig")
        self.assertEqual([(one["n"], one["field"], one["ordinal"], one["number"])
                          for one in answer["numbers"]],
                         [(1, "/title", 1, CPR), (1, "/text", 1, CPR), (1, "/text", 2, "311299-4321")])
        event = self.agent.get(f"/api/v1/cases/{number}")["events"][-1]
        self.assertEqual((event["kind"], event["actor"], event["body"]["reason"]),
                         ("revealed", "bo", "Skal findes i FMK"))
        # The same key again: the answer was not kept, so it is another look, with its own record.
        again = self.client("bo").post(path, body, Idempotency_Key="kig")
        self.assertEqual(again["version"], answer["version"] + 1)
        self.assertEqual(self.agent.send("POST", f"/api/v1/cases/{number}/undo", {})[0], 409)
        self.nowhere(CPR, PLAIN, "311299-4321", "3112994321")

    def test_who_may_not_see_the_case_reveals_nothing(self):
        number = self.agent.open(title=f"Patient {CPR}", org="HGH")
        path = f"/api/v1/cases/{number}/reveal"
        self.assertEqual(self.client("bo").send("POST", path, {"reason": "nysgerrig"})[0], 404)
        self.assertEqual(self.agent.send("POST", "/api/v1/cases/K99/reveal", {"reason": "x"})[0], 404)
        plain = self.agent.open(title="Uden numre")
        self.assertEqual(
            self.agent.send("POST", f"/api/v1/cases/{plain}/reveal", {"reason": "x"})[0], 409)

    def test_what_is_no_number_stays(self):
        text = "Ring +45 3545 1234, sag SR0102031234, 3545123456, 9902031234 og kl. 12.30 d. 01.02.03"
        number = self.agent.open(text=text)
        self.assertEqual(self.agent.get(f"/api/v1/cases/{number}")["text"], text)


if __name__ == "__main__":
    unittest.main()
