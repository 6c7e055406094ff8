"""Major incidents, problems and changes over HTTP: commands, what follows, figures, rubbish, verify."""
import datetime
import json
import re
import signal
import time

from harness import KlarsynTest, both_backends
from server import PASSWORD, Browser, Server, klarsyn

NOW = int(time.time())


def iso(second):
    return datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


class Client:
    def __init__(self, server, token):
        self.server, self.token = server, token

    def ask(self, method, path, body=None, **headers):
        content = body if body is None or isinstance(body, str) else json.dumps(body)
        status, head, answer = self.server.request(method, path, content, {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()}})
        text = answer.decode()
        return status, json.loads(text) if "json" in head.get("Content-Type", "") else text

    def get(self, path):
        status, body = self.ask("GET", path)
        assert status == 200, (status, path, body)
        return body

    def post(self, path, body, expect=(200, 201)):
        status, answer = self.ask("POST", path, body)
        assert status in expect, (status, path, answer)
        return answer


def pointers(answer):
    return [error["pointer"] for error in answer["errors"]]


class PracticeTest(KlarsynTest):
    accounts = (("anna", "agent", ()), ("lea", "lead", ()), ("lis", "lead", ()),
                ("leo", "lead", ()), ("ulla", "user", ()), ("rhea", "lead", ("--org", "RH")),
                ("hugo", "agent", ("--org", "HGH")))

    def setUp(self):
        super().setUp()
        for name, role, more in self.accounts:
            done = klarsyn("user", self.data, "add", name, "--role", role, *more,
                           stdin=(PASSWORD + "\n").encode())
            self.assertEqual(done.code, 0, done)
        tokens = {name: self.ok("token", self.data, "add", name, "--label", "test").out.split()[-1]
                  for name, _, _ in self.accounts}
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)
        for name, token in tokens.items():
            setattr(self, name, Client(self.server, token))

    def case(self, **fields):
        return self.anna.post("/api/v1/cases", {"title": "FMK svarer ikke", **fields})["number"]

    def figure(self, name, **query):
        days = {time.strftime("%Y-%m-%d", time.gmtime(NOW + hours * 3600)) for hours in (-2, 3)}
        more = "".join(f"&{key}={value}" for key, value in query.items())
        body = self.lea.get(f"/api/v1/figures/servicedesk.{name}"
                            f"?period={min(days)}..{max(days)}{more}")
        if not query:
            return body["rows"][0]["value"]
        return {row[query["by"]]: row["value"] for row in body["rows"] if row["value"]}

    def verify(self):
        self.server.stop()
        done = klarsyn("verify", self.data)
        self.assertEqual(done.code, 0, done)
        self.server.start()


@both_backends
class Majors(PracticeTest):
    def test_from_first_report_to_review(self):
        first, second = self.case(system="FMK", org="RH"), self.case(system="FMK")
        status, answer = self.lea.ask("POST", "/api/v1/majors", {"case": first})
        self.assertEqual((status, pointers(answer)), (400, ["/criteria"]))
        major = self.lea.post("/api/v1/majors", {
            "case": first, "criteria": ["many_users", "patient_safety"], "orgs": ["RH", "HGH"],
            "started_at": iso(NOW - 3600)})
        self.assertEqual((major["number"], major["state"], major["criticality"], major["cases"]),
                         ("M1", "active", "critical", [first]))
        self.anna.post(f"/api/v1/cases/{second}/link", {"to": "M1", "relation": "major"})
        self.assertEqual(self.anna.get(f"/api/v1/cases/{second}")["major"], "M1")
        self.assertEqual(self.figure("major_incidents"), 1)
        self.assertEqual(self.figure("major_places", by="org"), {"RH": 1, "HGH": 1})
        told = self.lea.post("/api/v1/majors/M1/communicate",
                             {"text": "Leverandøren arbejder", "to_cases": True})
        self.assertEqual(told["events"][-1]["body"]["cases"], 2)
        self.assertEqual(self.anna.get(f"/api/v1/cases/{second}")["events"][-1]["kind"], "commented")
        done = self.lea.post("/api/v1/majors/M1/resolve",
                             {"resolution": "Genstartet", "ended_at": iso(NOW - 1800)})
        self.assertEqual((done["state"], done["events"][-1]["body"]["cases"]), ("resolved", 2))
        for number in (first, second):
            case = self.anna.get(f"/api/v1/cases/{number}")
            self.assertEqual((case["state"], case["resolution"]), ("resolved", "Genstartet"))
        self.assertEqual(self.figure("major_duration_median"), 1800)
        self.assertEqual(self.lea.ask("POST", "/api/v1/majors/M1/close", {})[0], 409)
        self.lea.post("/api/v1/majors/M1/review", {"what_happened": "Disk fuld",
                                                   "actions": ["Overvåg disken"]})
        self.assertEqual(self.lea.post("/api/v1/majors/M1/close", {})["state"], "closed")
        self.lea.post("/api/v1/majors/M1/reopen", {"reason": "Det kom igen"})
        self.assertIsNone(self.figure("major_duration_median"))
        self.verify()
        self.lea.post("/api/v1/majors/M1/withdraw", {"reason": "Var ikke kritisk"})
        self.assertEqual(self.figure("major_incidents"), 0)
        self.verify()

    def test_its_messages_to_users_come_and_go_with_it(self):
        first = self.case(system="FMK", org="RH")
        self.lea.post("/api/v1/majors", {"case": first, "criteria": ["patient_safety"],
                                         "systems": ["FMK", "Labka"]})
        told = {"title": "{system} virker ikke", "title_en": "{system} is down", "severity": "down",
                "text": "Vi arbejder på det", "next_at": iso(NOW + 3600)}
        major = self.lea.post("/api/v1/majors/M1/publish", told)
        self.assertEqual(major["notices"], ["N2", "N1"])
        self.assertEqual((major["next_update_at"], major["events"][-1]["kind"]),
                         (iso(NOW + 3600), "published"))
        one = self.ulla.get("/api/v1/notices/N1")
        self.assertEqual((one["kind"], one["system"], one["orgs"], one["major"], one["case"]),
                         ("disturbance", "FMK", ["RH"], "M1", first))
        self.assertEqual(one["title"]["en"], "Shared Medication Record (FMK) is down")
        status = self.ulla.get("/api/v1/status")
        self.assertEqual({s["id"] for s in status["systems"] if s["state"] == "down"},
                         {"FMK", "Labka"})
        self.ulla.post("/api/v1/my/affected", {"notice": "N2"})
        self.assertEqual(len(self.anna.get(f"/api/v1/cases/{first}")["affected"]), 1)
        self.lea.post("/api/v1/majors/M1/communicate", {"text": "Fundet", "to_notices": True})
        self.assertEqual(self.ulla.get("/api/v1/notices/N2")["updates"][-1]["text"]["da"], "Fundet")
        for wrong, pointer in (({"title": ""}, "/title"), ({"text": None}, "/text"),
                               ({"next_at": iso(NOW - 60)}, "/next_at"),
                               ({"title": "x" * 121}, "/title"), ({"kind": "planned"}, "/kind")):
            status, answer = self.lea.ask("POST", "/api/v1/majors/M1/publish", {**told, **wrong})
            self.assertEqual((status, pointers(answer)), (400, [pointer]), wrong)
        self.assertEqual(len(self.lea.get("/api/v1/majors/M1")["notices"]), 2)
        self.assertEqual(self.anna.ask("POST", "/api/v1/majors/M1/publish", told)[0], 403)
        self.lea.post("/api/v1/majors/M1/resolve", {"resolution": "Genstartet",
                                                    "all_clear_text": "Det virker igen"})
        for number in ("N1", "N2"):
            notice = self.ulla.get(f"/api/v1/notices/{number}")
            self.assertEqual((notice["state"], notice["updates"][-1]["text"]["da"]),
                             ("cleared", "Det virker igen"))
        self.assertFalse(self.ulla.get("/api/v1/status")["disturbed"])
        self.verify()

    def test_who_is_affected_follows_it_also_without_a_case(self):
        self.lea.post("/api/v1/majors", {"title": "FMK nede", "criteria": ["security"],
                                         "systems": ["FMK"]})
        self.lea.post("/api/v1/majors/M1/publish", {"title": "FMK", "text": "Nede"})
        self.ulla.post("/api/v1/my/affected", {"notice": "N1"})
        cases = self.lea.get("/api/v1/majors/M1")["cases"]
        self.assertEqual(len(cases), 1)
        self.lea.post("/api/v1/majors/M1/resolve", {"resolution": "Rettet", "all_clear": False})
        self.assertEqual(self.ulla.get("/api/v1/notices/N1")["state"], "open")
        self.assertEqual(self.anna.get(f"/api/v1/cases/{cases[0]}")["state"], "resolved")
        self.verify()

    def test_the_clocks_of_the_law_start_at_awareness_where_it_applies(self):
        self.lea.post("/api/v1/majors", {"title": "Indbrud", "criteria": ["security"]})
        self.assertEqual(self.lea.get("/api/v1/majors/M1")["clocks"], [])
        duty = {"law": "nis2", "applies": True, "reason": "Væsentlig tjeneste"}
        status, answer = self.lea.ask("POST", "/api/v1/majors/M1/duty", duty)
        self.assertEqual((status, pointers(answer)), (400, ["/aware_at"]))
        report = {"law": "nis2", "step": "final_report"}
        self.assertEqual(self.lea.ask("POST", "/api/v1/majors/M1/report", report)[0], 409)
        aware = NOW - 30 * 3600
        self.lea.post("/api/v1/majors/M1/duty", {**duty, "aware_at": iso(aware)})
        self.lea.post("/api/v1/majors/M1/duty", {"law": "gdpr", "applies": False,
                                                 "reason": "Ingen personoplysninger"})
        clocks = self.lea.get("/api/v1/majors/M1")["clocks"]
        self.assertEqual([(c["law"], c["step"], c["state"], c["due_at"]) for c in clocks], [
            ("nis2", "early_warning", "overdue", iso(aware + 24 * 3600)),
            ("nis2", "notification", "running", iso(aware + 72 * 3600)),
            ("nis2", "final_report", "waiting", None)])
        self.assertEqual(self.lea.ask("POST", "/api/v1/majors/M1/report", report)[0], 409)
        self.lea.post("/api/v1/majors/M1/report", {"law": "nis2", "step": "notification",
                                                   "sent_at": iso(NOW - 60), "reference": "A-1"})
        clocks = self.lea.get("/api/v1/majors/M1")["clocks"]
        self.assertEqual([c["state"] for c in clocks], ["overdue", "met", "running"])
        self.assertEqual(clocks[2]["from"], iso(NOW - 60))
        status, answer = self.lea.ask("POST", "/api/v1/majors/M1/report", {
            "law": "nis2", "step": "early_warning", "sent_at": iso(aware - 1)})
        self.assertEqual((status, pointers(answer)), (400, ["/sent_at"]))

    def test_who_may_what(self):
        self.lea.post("/api/v1/majors", {"title": "SP nede", "criteria": ["security"], "org": "RH"})
        body = {"title": "x", "criteria": ["security"]}
        self.assertEqual(self.anna.ask("POST", "/api/v1/majors", body)[0], 403)
        self.assertEqual(self.ulla.ask("GET", "/api/v1/majors")[0], 403)
        self.assertEqual(self.anna.ask("GET", "/api/v1/majors/M1")[0], 200)
        self.assertEqual(self.rhea.ask("GET", "/api/v1/majors/M1")[0], 200)
        for path in ("/api/v1/majors/M1", "/majors/M1", "/api/v1/majors/M99", "/api/v1/majors/K1",
                     "/api/v1/majors/P1"):
            self.assertEqual(self.hugo.ask("GET", path)[0], 404, path)
        self.assertEqual(self.hugo.get("/api/v1/majors")["items"], [])
        number = self.case(org="HGH")
        self.assertEqual(self.hugo.ask("POST", f"/api/v1/cases/{number}/link",
                                       {"to": "M1", "relation": "major"})[0], 400)
        status, answer = self.rhea.ask("POST", "/api/v1/majors/M1/link", {"case": number})
        self.assertEqual((status, pointers(answer)), (400, ["/case"]))
        status, answer = self.rhea.ask("POST", "/api/v1/majors", {**body, "org": "HGH"})
        self.assertEqual((status, pointers(answer)), (400, ["/org"]))

    def test_two_versions_and_the_same_key_twice(self):
        body = {"title": "SP nede", "criteria": ["security"]}
        answers = [self.lea.ask("POST", "/api/v1/majors", body, Idempotency_Key="a1")
                   for _ in range(2)]
        self.assertEqual([(status, answer["number"]) for status, answer in answers],
                         [(201, "M1"), (201, "M1")])
        change = {"title": "SP er nede"}
        self.assertEqual(self.lea.ask("PATCH", "/api/v1/majors/M1", change)[0], 428)
        self.assertEqual(self.lea.ask("PATCH", "/api/v1/majors/M1", change, If_Match='"1"')[0], 200)
        status, answer = self.lis.ask("PATCH", "/api/v1/majors/M1", {"text": "x"}, If_Match='"1"')
        self.assertEqual(status, 412)
        self.assertEqual((answer["current"]["title"], answer["base"]["title"], answer["yours"]),
                         ("SP er nede", "SP nede", {"text": "x"}))

    def test_rubbish_gets_a_clear_answer_and_changes_nothing(self):
        self.lea.post("/api/v1/majors", {"title": "SP nede", "criteria": ["security"]})
        self.lea.post("/api/v1/problems", {"title": "SP"})
        self.lea.post("/api/v1/changes", {"title": "SP", "systems": ["SP"]})
        rubbish = ("", "[]", "{", '"x"', '{"title":7}', '{"nonsense":1}', '{"text":"\\u0000"}',
                   '{"case":"K99"}', '{"case":"M1"}', '{"criteria":"all"}', '{"criteria":[]}',
                   '{"systems":[7]}', '{"started_at":"yesterday"}', '{"aware_at":"2999-01-01T00:00:00Z"}',
                   '{"law":"murphy","applies":1,"reason":{}}', "{\"a\":" * 40 + "1" + "}" * 40)
        before = [self.lea.get(f"/api/v1/{path}") for path in ("majors/M1", "problems/P1", "changes/C1")]
        verbs = {"majors/M1": "communicate duty report link unlink review no_such resolve",
                 "problems/P1": "known_error link unlink close no_such resolve",
                 "changes/C1": "schedule reject start finish caused not_caused no_such"}
        for path, words in verbs.items():
            for verb in words.split():
                for body in rubbish:
                    status, answer = self.lea.ask("POST", f"/api/v1/{path}/{verb}", body)
                    self.assertIn(status, (400, 404, 409), (path, verb, body, answer))
            version = self.lea.get(f"/api/v1/{path}")["version"]
            for body in rubbish[1:]:
                status, answer = self.lea.ask("PATCH", f"/api/v1/{path}", body,
                                              If_Match=f'"{version}"')
                self.assertEqual(status, 400, (path, body, answer))
        for path in ("majors", "problems", "changes"):
            for body in rubbish:
                self.assertEqual(self.lea.ask("POST", f"/api/v1/{path}", body)[0], 400, (path, body))
        self.assertEqual(before, [self.lea.get(f"/api/v1/{path}")
                                  for path in ("majors/M1", "problems/P1", "changes/C1")])
        self.assertEqual(self.lea.ask("GET", "/api/v1/changes/check?from=x&to=y")[0], 400)
        self.assertEqual(self.lea.ask("POST", "/api/v1/cases/M1/assign", {"assignee": "x"})[0], 404)
        self.verify()


@both_backends
class Problems(PracticeTest):
    def test_a_known_error_is_used_and_its_pain_counted(self):
        early, late = self.case(system="FMK"), self.case(system="FMK")
        self.lea.post("/api/v1/problems", {"case": early, "systems": ["FMK"]})
        self.assertEqual(self.anna.get(f"/api/v1/cases/{early}")["problem"], "P1")
        self.assertEqual(self.figure("known_error_uses"), 0)
        status, answer = self.lea.ask("POST", "/api/v1/problems/P1/known_error", {"cause": "x"})
        self.assertEqual((status, pointers(answer)), (400, ["/workaround"]))
        self.lea.post("/api/v1/problems/P1/known_error", {"workaround": "Log ud og ind"})
        self.anna.post(f"/api/v1/cases/{late}/link", {"to": "P1", "relation": "problem"})
        problem = self.lea.get("/api/v1/problems/P1")
        self.assertEqual((problem["state"], problem["pain"]["cases"], problem["cases"]),
                         ("known_error", 2, [early, late]))
        self.assertEqual(self.figure("known_error_uses", by="system"), {"FMK": 1})
        self.anna.post(f"/api/v1/cases/{late}/unlink", {"to": "P1"})
        self.assertEqual(self.figure("known_error_uses"), 0)
        self.assertEqual(self.lea.ask("POST", "/api/v1/problems/P1/close", {})[0], 409)
        self.lea.post("/api/v1/problems/P1/resolve", {"resolution": "Rettet i ny version"})
        self.assertEqual(self.lea.post("/api/v1/problems/P1/close", {})["state"], "closed")
        self.verify()

    def test_relations_fit_what_they_point_to(self):
        number = self.case()
        self.lea.post("/api/v1/problems", {"title": "FMK"})
        for to, relation in (("P1", "major"), ("P1", "change"), ("K1", "problem"), ("P9", "problem")):
            status, _ = self.anna.ask("POST", f"/api/v1/cases/{number}/link",
                                      {"to": to, "relation": relation})
            self.assertEqual(status, 400, (to, relation))


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
