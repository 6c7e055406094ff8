"""Changes and the catalogue over HTTP, and the pages of the practices."""
import datetime
import re

from harness import both_backends
from practice import PracticeTest, iso, pointers
from server import Browser


@both_backends
class Changes(PracticeTest):
    def change(self, days=30, client=None, expect=201, **fields):
        year = datetime.datetime.now().year + 1  # in spring: outside every freeze of the year
        start = int(datetime.datetime(year, 3, 1, 10, tzinfo=datetime.timezone.utc).timestamp())
        start += days * 86400
        body = {"title": "Opgradér", "systems": ["Labka"], "planned_from": iso(start),
                "planned_to": iso(start + 3600), **fields}
        status, answer = (client or self.lea).ask("POST", "/api/v1/changes", body)
        self.assertEqual(status, expect, answer)
        return answer

    def carry_out(self, number, result, **more):
        self.lea.post(f"/api/v1/changes/{number}/start", {})
        return self.lea.post(f"/api/v1/changes/{number}/finish", {"result": result, **more})

    def test_small_ones_are_approved_by_rule_others_by_the_board(self):
        self.assertEqual((self.change()["state"]), "approved")
        big = self.change(days=31, impact=1, likelihood=1)
        self.assertEqual((big["state"], big["risk"], big["approval"]["needed"]),
                         ("requested", "high", 2))
        number = big["number"]
        self.assertEqual(self.lea.ask("POST", f"/api/v1/changes/{number}/approve", {})[0], 403)
        self.assertEqual(self.lea.ask("POST", f"/api/v1/changes/{number}/start", {})[0], 409)
        self.lis.post(f"/api/v1/changes/{number}/approve", {"note": "Fint"})
        self.assertEqual(self.lis.ask("POST", f"/api/v1/changes/{number}/approve", {})[0], 403)
        approved = self.leo.post(f"/api/v1/changes/{number}/approve", {})
        self.assertEqual((approved["state"], approved["approval"]["given"]), ("approved", 2))
        status, again = self.lea.ask("PATCH", f"/api/v1/changes/{number}", {"plan": "Anderledes"},
                                     If_Match=f'"{approved["version"]}"')
        self.assertEqual((status, again["state"], again["approval"]["votes"]), (200, "requested", []))
        self.assertEqual(self.change(days=32, systems=["SP"])["state"], "requested")
        urgent = self.change(days=33, type="emergency", impact=1, likelihood=1)
        self.assertEqual(urgent["approval"], {"rule": "emergency", "needed": 1, "given": 0, "votes": []})
        self.assertEqual(self.lis.post(f"/api/v1/changes/{urgent['number']}/reject",
                                       {"note": "Nej"})["state"], "rejected")
        self.verify()

    def test_collisions_and_freezes_need_a_reason_and_the_board(self):
        first = self.change()
        clash = self.change(systems=["labka", "SP"], expect=400)
        self.assertEqual(pointers(clash), ["/collision_reason"])
        self.assertIn(first["number"], clash["errors"][0]["detail"])
        second = self.change(systems=["labka"], collision_reason="Samme hold")
        self.assertEqual((second["state"], second["collisions"][0]["number"]),
                         ("requested", first["number"]))
        after = int(datetime.datetime.fromisoformat(first["planned_to"]).timestamp())
        moved = self.lea.post(f"/api/v1/changes/{second['number']}/schedule", {
            "planned_from": iso(after), "planned_to": iso(after + 60)})
        self.assertEqual((moved["collisions"], moved["state"]), ([], "approved"))
        year = datetime.datetime.now().year
        window = {"planned_from": f"{year}-12-30T10:00:00Z", "planned_to": f"{year}-12-30T11:00:00Z"}
        path = f"/api/v1/changes/{second['number']}/schedule"
        status, answer = self.lea.ask("POST", path, window)
        self.assertEqual((status, pointers(answer)), (400, ["/freeze_reason"]))
        kept = self.lea.post(path, {**window, "freeze_reason": "Sikkerhedsfejl"})
        self.assertEqual((kept["state"], kept["freezes"][0]["id"]), ("requested", "christmas"))
        found = self.anna.get(f"/api/v1/changes/check?from={window['planned_from']}"
                              f"&to={window['planned_to']}&system=LABKA")
        self.assertEqual([c["number"] for c in found["collisions"]], [second["number"]])
        self.assertEqual(len(found["freezes"]), 1)

    def test_results_and_what_they_caused_are_figures(self):
        numbers = [self.change(days=40 + day)["number"] for day in range(5)]
        self.assertEqual(self.lea.ask("POST", f"/api/v1/changes/{numbers[0]}/finish",
                                      {"result": "failed", "note": "x"})[0], 409)
        self.carry_out(numbers[0], "successful")
        self.carry_out(numbers[1], "rolled_back", note="Virkede ikke")
        self.carry_out(numbers[2], "partial", note="Halvt")
        self.carry_out(numbers[3], "successful")
        self.lea.post(f"/api/v1/changes/{numbers[4]}/cancel", {"reason": "Ikke nødvendig"})
        self.assertEqual(self.figure("changes"), 4)
        self.assertEqual(self.figure("changes_failed_share"), 0.25)
        number = self.case()
        self.anna.post(f"/api/v1/cases/{number}/link", {"to": numbers[3], "relation": "caused_by"})
        self.assertEqual(self.figure("changes_failed_share"), 0.5)
        self.assertEqual(self.figure("changes_with_incidents"), 1)
        self.assertEqual(self.figure("changes", by="result"),
                         {"successful": 2, "partial": 1, "rolled_back": 1})
        self.verify()
        self.anna.post(f"/api/v1/cases/{number}/unlink", {"to": numbers[3], "relation": "caused_by"})
        self.assertEqual(self.figure("changes_with_incidents"), 0)
        self.assertEqual(self.lea.get(f"/api/v1/changes/{numbers[3]}")["incidents"], [])

    def test_the_calendar_feed_needs_its_secret_address(self):
        self.change(title="Ny server, med; tegn\\ og æøå " * 4)
        for path in ("/changes.ics", "/changes.ics?token=", "/changes.ics?token=wrong"):
            self.assertEqual(self.server.request("GET", path)[0], 404, path)
        old = self.anna.post("/api/v1/changes/feed", {})["address"]
        new = self.anna.post("/api/v1/changes/feed", {})["address"]
        self.assertEqual(self.server.request("GET", "/changes.ics" + old.partition("ics")[2])[0], 404)
        status, head, body = self.server.request("GET", "/changes.ics" + new.partition("ics")[2])
        self.assertEqual((status, head["Content-Type"]), (200, "text/calendar; charset=utf-8"))
        lines = body.split(b"\r\n")
        self.assertTrue(all(len(line) <= 75 for line in lines))
        text = body.replace(b"\r\n ", b"").decode()
        self.assertIn("UID:C1@klarsyn", text)
        self.assertIn("SUMMARY:C1 Ny server\\, med\\; tegn\\\\ og æøå", text)
        self.assertRegex(text, r"DTSTART:\d{8}T\d{6}Z\r\n")
        self.assertEqual(self.ulla.ask("POST", "/api/v1/changes/feed", {})[0], 403)


@both_backends
class Catalogue(PracticeTest):
    def test_an_order_is_approved_and_goes_through_its_steps(self):
        forms = self.ulla.get("/api/v1/catalogue")["items"]
        self.assertIn("access", [form["id"] for form in forms])
        status, answer = self.ulla.ask("POST", "/api/v1/catalogue/access", {"person": "Bo", "x": 1})
        self.assertEqual((status, sorted(pointers(answer))), (400, ["/system", "/x"]))
        order = self.ulla.post("/api/v1/catalogue/access", {"person": "Bo Lund", "system": "FMK",
                                                            "from": "2027-02-01"})
        number = order["number"]
        self.assertEqual((order["approval"], order["ordered_by"]), ("waiting", "ulla"))
        case = self.anna.get(f"/api/v1/cases/{number}")
        self.assertEqual((case["type"], case["contact"], case["caller"]["account"], case["group"]),
                         ("request", "self_service", "ulla", "Brugeradministration"))
        self.assertIn("Bo Lund", case["text"])
        path = f"/api/v1/orders/{number}"
        self.assertEqual((case["state"], case["hold_reason"]), ("on_hold", "awaiting_approval"))
        clock = self.anna.get(f"/api/v1/cases/{number}/clock")["targets"]
        self.assertEqual([target["running_s"] for target in clock], [0, 0])  # nobody may begin yet
        for verb, body in (("resume", {}), ("hold", {"reason": "planned"})):
            self.assertEqual(self.anna.ask("POST", f"/api/v1/cases/{number}/{verb}", body)[0], 409)
        self.assertEqual(self.ulla.ask("POST", path + "/approve", {})[0], 403)
        self.assertEqual(self.anna.ask("POST", path + "/approve", {})[0], 403)
        self.assertEqual(self.anna.ask("POST", path + "/step", {"step": "grant"})[0], 409)
        self.assertEqual(self.lea.post(path + "/approve", {})["approval"], "approved")
        case = self.anna.get(f"/api/v1/cases/{number}")
        self.assertEqual((case["state"], case["hold_reason"]), ("active", None))
        status, answer = self.anna.ask("POST", path + "/step", {"step": "tell"})
        self.assertEqual((status, pointers(answer)), (400, ["/step"]))
        self.anna.post(path + "/step", {"step": "grant"})
        self.assertEqual(self.anna.get(f"/api/v1/cases/{number}")["group"], "Servicedesk")
        done = self.anna.post(path + "/step", {"step": "tell", "note": "Ringet"})
        self.assertEqual((done["state"], done["steps"][1]["note"]), ("resolved", "Ringet"))
        self.assertEqual(self.anna.ask("POST", path + "/step", {"step": "tell"})[0], 409)
        self.verify()

    def test_a_rejected_order_ends_and_strangers_do_not_see_it(self):
        order = self.lea.post("/api/v1/catalogue/computer", {"model": "Bærbar", "count": 2})
        path = f"/api/v1/orders/{order['number']}"
        self.assertEqual(self.lea.ask("POST", path + "/approve", {})[0], 403)  # her own
        self.assertEqual(self.lis.ask("POST", path + "/reject", {})[0], 400)
        rejected = self.lis.post(path + "/reject", {"reason": "Der er pc'er på lager"})
        self.assertEqual((rejected["approval"], rejected["state"]), ("rejected", "closed"))
        self.assertEqual(self.ulla.ask("GET", path)[0], 404)
        number = self.case()
        self.assertEqual(self.anna.ask("GET", f"/api/v1/orders/{number}")[0], 404)
        for body in ({"model": "Abacus", "count": 1}, {"model": "Bærbar", "count": 0},
                     {"model": "Bærbar", "count": "two"}, {"model": ["x"], "count": 1}, {}):
            self.assertEqual(self.ulla.ask("POST", "/api/v1/catalogue/computer", body)[0], 400, body)
        self.assertEqual(self.ulla.ask("POST", "/api/v1/catalogue/nothing", {})[0], 404)


class Pages(PracticeTest):
    def test_ordering_by_forms(self):
        ulla = self.browser("ulla")
        token = ulla.form_token("/catalogue/mailbox")
        self.assertIn("/catalogue/mailbox", ulla.get("/catalogue")[2].decode())
        status, _, page = ulla.post("/catalogue/mailbox", {"csrf": token, "name": "<i>fmk</i>"})
        self.assertEqual(status, 400)
        self.assertIn("&lt;i&gt;fmk&lt;/i&gt;", page.decode())
        status, head, _ = ulla.post("/catalogue/mailbox", {"csrf": token, "name": "fmk",
                                                           "members": "Bo"})
        self.assertEqual(status, 303)
        where = head["Location"]
        self.assertNotIn('name="do"', ulla.get(where)[2].decode())
        anna = self.browser("anna")
        status, _, _ = anna.post(where, {"csrf": anna.form_token(where), "do": "step"})
        self.assertEqual(status, 303)
        for lang, words in (("da", "Bestillingen er afsluttet"), ("en", "The order is over")):
            page = ulla.get(where, lang=lang)[2].decode()
            self.assertIn(words, page)
            self.assertNotRegex(page, r"servicedesk\.practice\.")

    def browser(self, name):
        browser = Browser(self.server)
        browser.login(name)
        return browser

    def test_a_major_incident_by_forms_alone(self):
        number = self.case(system="FMK", org="RH")
        lea = self.browser("lea")
        token = lea.form_token("/majors")
        status, _, page = lea.post("/majors", {"csrf": token, "do": "declare", "case": number,
                                               "text": "Hele <b>huset</b>"})
        self.assertEqual(status, 400)
        self.assertIn("k-faults", page.decode())
        self.assertIn("Hele &lt;b&gt;huset&lt;/b&gt;", page.decode())  # what was typed stays
        status, head, _ = lea.post("/majors", {"csrf": token, "do": "declare", "case": number,
                                               "criteria": "patient_safety", "orgs": "RH, HGH"})
        self.assertEqual((status, head["Location"]), (303, "/majors/M1"))
        for form in ({"do": "duty", "law": "nis2", "applies": "yes", "reason": "Væsentlig",
                      "aware_at": "2026-01-05T08:00"},
                     {"do": "communicate", "text": "Vi arbejder på det", "audience": "users"},
                     {"do": "resolve", "resolution": "Genstartet", "cases": "yes"},
                     {"do": "review", "what_happened": "Disk fuld", "actions": "Overvåg\nRyd op"},
                     {"do": "close"}):
            status, head, page = lea.post("/majors/M1", {"csrf": token, **form})
            self.assertEqual((status, head["Location"]), (303, "/majors/M1"), page.decode()[-3000:])
        page = lea.get("/majors/M1")[2].decode()
        for words in ("Hændelsen er evalueret og lukket", "Fristen er overskredet", number, "Overvåg"):
            self.assertIn(words, page)
        self.assertNotRegex(page, r"servicedesk\.practice\.")
        english = lea.get("/majors/M1", lang="en")[2].decode()
        self.assertIn("The incident is reviewed and closed", english)
        self.assertNotRegex(english, r"servicedesk\.practice\.")
        self.assertEqual(lea.get("/majors/M2")[0], 404)
        status, _, page = lea.post("/majors/M1", {"csrf": token, "do": "change", "title": "x",
                                                  "version": "1"})
        self.assertEqual(status, 400)

    def test_problems_and_changes_by_forms(self):
        lea = self.browser("lea")
        token = lea.form_token("/problems")
        status, head, _ = lea.post("/problems", {"csrf": token, "do": "open", "title": "FMK taber"})
        self.assertEqual((status, head["Location"]), (303, "/problems/P1"))
        status, head, _ = lea.post("/problems/P1", {"csrf": token, "do": "known_error",
                                                    "workaround": "Log ud"})
        self.assertEqual(status, 303)
        form = {"csrf": token, "do": "request", "title": "Ny klient", "type": "normal",
                "systems": "FMK, SP", "impact": "1", "likelihood": "1", "problem": "P1",
                "planned_from": "2027-12-24T18:00", "planned_to": "2027-12-24T20:00"}
        status, _, page = lea.post("/changes", form)
        self.assertEqual(status, 400)
        self.assertIn("ændringsstoppet", page.decode())
        status, head, _ = lea.post("/changes", {**form, "freeze_reason": "Sikkerhed"})
        self.assertEqual((status, head["Location"]), (303, "/changes/C1"))
        status, head, _ = self.browser("lis").get("/changes/C1")
        self.assertEqual(status, 200)
        for path in ("/problems", "/problems/P1", "/changes", "/changes/C1"):
            for lang in ("da", "en"):
                status, _, page = lea.get(path, lang=lang)
                self.assertEqual(status, 200)
                self.assertNotRegex(page.decode(), r"servicedesk\.practice\.", path)
                self.assertEqual(len(re.findall(r"<h1>", page.decode())), 1)
        anna = self.browser("anna")
        page = anna.get("/changes/C1")[2].decode()
        self.assertNotIn('name="do"', page)  # agents read
