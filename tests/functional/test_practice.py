"""Major incidents and problems over HTTP: commands, what follows, figures, rubbish, verify."""
from harness import both_backends
from practice import NOW, PracticeTest, iso, pointers


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
