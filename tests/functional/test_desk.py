"""The live desk over HTTP: drafts, saved filters, bulk changes, the case's page and its clock."""
import concurrent.futures
import datetime
import signal
import threading
import time
import unittest

from desk import DeskTest
from harness import both_backends, run_sql


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


@both_backends
class Drafts(DeskTest):
    path = "/api/v1/drafts/a1b2c3d4e5f6"

    def save(self, rev, title="x", client=None, path=None):
        return (client or self.anna).put(path or self.path, {
            "kind": "case", "case": None, "rev": rev, "body": {"title": title}})

    def items(self, client=None):
        return (client or self.anna).get("/api/v1/drafts")["items"]

    def test_an_older_save_that_arrives_late_changes_nothing(self):
        self.assertEqual(self.save(2, "to")[2]["rev"], 2)
        status, _, answer = self.save(1, "en")
        self.assertEqual((status, answer["rev"]), (200, 2))
        self.assertEqual(self.save(2, "igen")[2]["rev"], 2)
        self.assertEqual([d["body"]["title"] for d in self.items()], ["to"])

    def test_a_deleted_draft_stays_deleted(self):
        self.save(1)
        self.assertEqual(self.anna.ask("DELETE", self.path)[0], 204)
        self.assertEqual(self.anna.ask("DELETE", self.path)[0], 204)
        self.assertEqual(self.save(9)[0], 410)
        self.assertEqual(self.items(), [])
        never_saved = "/api/v1/drafts/never-saved-1"
        self.assertEqual(self.anna.ask("DELETE", never_saved)[0], 204)
        self.assertEqual(self.save(1, path=never_saved)[0], 410)

    def test_everybody_has_their_own(self):
        self.save(1, "Annas")
        self.assertEqual(self.items(self.bo), [])
        self.assertEqual(self.save(1, "Bos", self.bo)[0], 200)
        self.assertEqual(self.bo.ask("DELETE", self.path)[0], 204)
        self.assertEqual([d["body"]["title"] for d in self.items()], ["Annas"])
        self.assertEqual(self.ulla.ask("GET", "/api/v1/drafts")[0], 403)

    def test_bounds(self):
        for path in ("/api/v1/drafts/short", "/api/v1/drafts/UPPERCASE1", "/api/v1/drafts/" + "a" * 41):
            self.assertEqual(self.save(1, path=path)[0], 404, path)
        self.assertEqual(self.save(1, "x" * 61_000)[0], 400)
        for body in ({}, {"kind": "case", "rev": 1}, {"kind": "poem", "rev": 1, "body": {}},
                     {"kind": "case", "rev": -1, "body": {}}, {"kind": "case", "rev": 1, "body": []}):
            self.assertEqual(self.anna.put(self.path, body)[0], 400, body)
        for n in range(50):
            self.assertEqual(self.save(1, path=f"/api/v1/drafts/draft-{n:04}")[0], 200)
        self.assertEqual(self.save(1, path="/api/v1/drafts/draft-9999")[0], 409)
        self.assertEqual(self.save(2, path="/api/v1/drafts/draft-0007")[0], 200)
        self.assertEqual([d["id"] for d in self.items()], [f"draft-{n:04}" for n in range(50)])

    def test_a_civil_registration_number_is_never_kept(self):
        self.save(1, "Ringer om 010170-1234 og hendes adgang")
        self.assertNotIn("1234", self.items()[0]["body"]["title"])
        self.assertIn("adgang", self.items()[0]["body"]["title"])
        self.assertEqual(run_sql(self.data, "select count(*) from servicedesk_draft"
                                            " where body like '%1234%'")[0][0] in (0, "0"), True)

    def test_survives_a_crash_of_the_server(self):
        for rev in range(1, 6):
            self.assertEqual(self.save(rev, f"skrevet {rev}")[0], 200)
        self.kill_and_start()
        self.assertEqual([(d["rev"], d["body"]["title"]) for d in self.items()], [(5, "skrevet 5")])
        first = self.anna.post("/api/v1/cases", {"title": "skrevet 5"}, Idempotency_Key="a1b2c3d4e5f6")
        self.kill_and_start()
        again = self.anna.post("/api/v1/cases", {"title": "skrevet 5"}, Idempotency_Key="a1b2c3d4e5f6")
        self.assertEqual(first["number"], again["number"])
        self.server.stop()
        self.verify()


@both_backends
class FiltersAndTemplates(DeskTest):
    def test_a_filter_is_a_view_with_a_count_of_its_own_list(self):
        for system in ("FMK", "FMK", "Labka"):
            self.anna.open(system=system)
        status, _, kept = self.anna.put("/api/v1/filters/fmk", {
            "title": "FMK hos mig", "query": {"view": "open", "q": "", "system": "FMK"}})
        self.assertEqual((status, kept["query"]), (200, {"view": "open", "system": "FMK"}))
        listed = self.anna.get("/api/v1/cases?view=filter:fmk&count=1")
        self.assertEqual(listed["total"], 2)
        self.assertEqual({i["system"] for i in listed["items"]}, {"FMK"})
        view = self.anna.get("/api/v1/views")["items"][-1]
        self.assertEqual((view["id"], view["title"], view["count"]), ("filter:fmk", "FMK hos mig", 2))
        self.assertEqual(self.bo.ask("GET", "/api/v1/cases?view=filter:fmk")[0], 400)
        narrower = self.anna.get("/api/v1/cases?view=filter:fmk&numbers=K1")
        self.assertEqual([i["number"] for i in narrower["items"]], ["K1"])
        self.assertEqual(self.anna.ask("DELETE", "/api/v1/filters/fmk")[0], 204)
        self.assertEqual(self.anna.ask("GET", "/api/v1/cases?view=filter:fmk")[0], 400)

    def test_bad_filters_are_refused(self):
        for query in ({"view": "nobody"}, {"sort": "colour"}, {"colour": "red"}, "open"):
            body = {"title": "x", "query": query}
            self.assertEqual(self.anna.put("/api/v1/filters/x", body)[0], 400, query)
        self.assertEqual(self.anna.put("/api/v1/filters/X%20Y", {})[0], 404)

    def test_templates_in_the_reader_s_language(self):
        danish = self.anna.get("/api/v1/templates")["items"]
        english = self.anna.get("/api/v1/templates?lang=en")["items"]
        self.assertEqual([t["id"] for t in danish], [t["id"] for t in english])
        titles = {t["id"]: t["title"] for t in danish}
        self.assertEqual(titles["printer"], "Printer virker ikke")
        self.assertEqual({t["kind"] for t in danish}, {"case", "comment", "resolve"})


@both_backends
class Bulk(DeskTest):
    def ask(self, preview=True, client=None, **more):
        return (client or self.anna).post("/api/v1/bulk", {"preview": preview, **more})

    def setUp(self):
        super().setUp()
        self.numbers = [self.anna.open(f"Sag {n}") for n in range(5)]

    def assignees(self):
        return [self.anna.get(f"/api/v1/cases/{n}")["assignee"] for n in self.numbers]

    def entries(self):
        return int(run_sql(self.data, "select count(*) from core_journal")[0][0])

    def test_preview_run_and_undo(self):
        before = self.entries()
        wish = {"numbers": self.numbers, "action": "assign", "body": {"assignee": "bo"}}
        preview = self.ask(**wish)
        self.assertEqual((preview["count"], preview["allowed"]), (5, 5))
        self.assertEqual(preview["items"][0]["before"]["assignee"], None)
        self.assertEqual(preview["items"][0]["after"]["assignee"], "bo")
        self.assertEqual(self.assignees(), [None] * 5)
        self.assertEqual(self.entries(), before)
        versions = {i["number"]: i["version"] for i in preview["items"]}
        self.bo.act(self.numbers[0], "comment", text="I mellemtiden")
        done = self.ask(False, versions=versions, **wish)
        self.assertEqual(done["done"], self.numbers[1:])
        self.assertEqual([r["number"] for r in done["refused"]], self.numbers[:1])
        self.assertEqual(self.entries(), before + 2)
        self.assertEqual(self.assignees(), [None] + ["bo"] * 4)
        self.bo.act(self.numbers[1], "comment", text="Jeg er gået i gang")
        self.assertEqual(self.bo.ask("POST", f"/api/v1/bulk/{done['bulk']}/undo", {})[0], 404)
        undone = self.anna.post(f"/api/v1/bulk/{done['bulk']}/undo")
        self.assertEqual(undone["undone"], self.numbers[2:])
        self.assertEqual([r["number"] for r in undone["refused"]], self.numbers[1:2])
        self.assertEqual(self.assignees(), [None, "bo", None, None, None])
        self.server.stop()
        self.verify()

    def test_undo_of_one_case_leaves_the_others(self):
        self.ask(False, numbers=self.numbers, action="assign", body={"assignee": "bo"})
        self.anna.act(self.numbers[0], "undo")
        self.assertEqual(self.assignees(), [None] + ["bo"] * 4)

    def test_cases_that_refuse_are_named_and_the_others_go_on(self):
        self.anna.act(self.numbers[0], "resolve", resolution="Løst")
        wish = {"numbers": [*self.numbers, "K999"], "action": "hold",
                "body": {"reason": "awaiting_vendor"}}
        preview = self.ask(**wish)
        self.assertEqual([i["number"] for i in preview["items"] if i["refused"]],
                         [self.numbers[0], "K999"])
        done = self.ask(False, **wish)
        self.assertEqual(done["done"], self.numbers[1:])

    def test_a_faulty_body_changes_nothing(self):
        for body, pointer in (({"reason": "tired"}, "/body/reason"), ({}, "/body/reason"),
                              ({"reason": "planned", "until": "i morgen"}, "/body/until")):
            status, _, answer = self.anna.ask("POST", "/api/v1/bulk", {
                "numbers": self.numbers, "action": "hold", "body": body})
            self.assertEqual(status, 400, answer)
            self.assertEqual(answer["errors"][0]["pointer"], pointer)
        for wish in ({"numbers": self.numbers, "action": "merge"}, {"action": "assign"},
                     {"numbers": self.numbers, "query": {}, "action": "assign"},
                     {"numbers": ["K1"] * 1001, "action": "assign"}):
            self.assertEqual(self.anna.ask("POST", "/api/v1/bulk", wish)[0], 400, wish)
        self.assertEqual(self.assignees(), [None] * 5)

    def test_a_whole_list_and_fields(self):
        self.anna.open("En anden", system="Labka")
        preview = self.ask(query={"view": "open", "system": "Labka"}, action="change",
                           body={"category": "Adgang"})
        self.assertEqual(preview["count"], 1)
        self.assertEqual(preview["items"][0]["after"], {"category": "Adgang"})

    def test_a_repeated_request_is_answered_once(self):
        wish = {"numbers": self.numbers, "action": "comment", "body": {"text": "Vi ved det"}}
        first = self.anna.post("/api/v1/bulk", wish, Idempotency_Key="bulk-1")
        again = self.anna.post("/api/v1/bulk", wish, Idempotency_Key="bulk-1")
        self.assertEqual(first, again)
        events = self.anna.get(f"/api/v1/cases/{self.numbers[0]}")["events"]
        self.assertEqual([e["kind"] for e in events], ["opened", "commented"])


@both_backends
class CasePage(DeskTest):
    def page(self, path, client=None):
        status, _, text = (client or self.anna).ask("GET", path)
        self.assertEqual(status, 200, text)
        return text

    def test_the_whole_history_on_a_complete_page(self):
        number = self.anna.open("<b>FMK</b> svarer ikke", text="Siden i morges\nog igen nu",
                                system="FMK", caller={"name": "Ida & Co"}, assignee="anna")
        other = self.anna.open("En anden sag")
        self.anna.act(number, "comment", text="<script>alert(1)</script>", visibility="internal")
        self.anna.act(number, "move", level=2, reason="Kræver adgang til platformen")
        self.anna.act(number, "link", to=other, relation="related")
        self.anna.act(number, "hold", reason="awaiting_user", note="Ringer igen")
        page = self.page(f"/cases/{number}")
        for text in ("&lt;b&gt;FMK&lt;/b&gt; svarer ikke", "Siden i morges<br>og igen nu",
                     "Ida &amp; Co", "Kræver adgang til platformen", "afventer bruger", "Ringer igen",
                     f'href="/cases/{other}"', f'href="/cases/{number}/clock"', "Internt notat"):
            self.assertIn(text, page)
        self.assertNotIn("<script>alert", page)
        self.assertIn("waiting for the user", self.page(f"/cases/{number}?lang=en"))
        self.assertIn(f'href="/cases/{number}"', self.page("/desk"))

    def test_who_may_not_see_it(self):
        number = self.anna.open()
        for path in (f"/cases/{number}", f"/cases/{number}/clock", f"/api/v1/cases/{number}/clock"):
            self.assertEqual(self.ulla.ask("GET", path)[0], 403, path)
        for path in ("/cases/K99", "/cases/K99/clock", "/api/v1/cases/K99/clock"):
            self.assertEqual(self.anna.ask("GET", path)[0], 404, path)

    def test_the_clock_explains_every_second(self):
        number = self.anna.open(impact=1, urgency=1)
        self.anna.act(number, "hold", reason="awaiting_user")
        time.sleep(1.1)
        self.anna.act(number, "resume")
        time.sleep(1.1)
        self.anna.act(number, "resolve", resolution="Genstartet")
        clock = self.anna.get(f"/api/v1/cases/{number}/clock")
        answer, solution = clock["targets"]
        self.assertEqual((answer["target"], solution["target"]), ("first_response", "resolution"))
        self.assertEqual(solution["outcome"], "kept")
        self.assertEqual(solution["limit_s"], 2 * 3600)
        for target in clock["targets"]:
            for one, following in zip(target["stretches"], target["stretches"][1:]):
                self.assertEqual(one["to"], following["from"])
            for one in target["stretches"]:
                length = moment(one["to"]) - moment(one["from"])
                self.assertEqual(length.total_seconds(), one["seconds"])
                self.assertTrue(one["rule"])
            for word in ("running", "outside", "paused", "resolved"):
                self.assertEqual(sum(s["seconds"] for s in target["stretches"] if s["class"] == word),
                                 target[f"{word}_s"])
        self.assertGreaterEqual(solution["paused_s"], 1)
        self.assertGreaterEqual(solution["running_s"], 1)
        self.assertIn("afventer bruger", str(solution["stretches"]))
        page = self.page(f"/cases/{number}/clock")
        self.assertIn("Uret på", page)
        self.assertIn("afventer bruger", page)

    def test_a_merged_case_has_no_targets(self):
        number, into = self.anna.open(), self.anna.open()
        self.anna.act(number, "merge", into=into)
        clock = self.anna.get(f"/api/v1/cases/{number}/clock")
        self.assertEqual((clock["joined"], clock["targets"]), (True, []))
        self.assertIn(f'href="/cases/{into}"', self.page(f"/cases/{number}"))
        self.assertIn("slået sammen", self.page(f"/cases/{number}/clock"))


@both_backends
class KilledDuringCreation(DeskTest):
    """kill -9 while 64 clients open cases: nothing acknowledged is lost, nothing retried is doubled."""

    clients = 64
    rounds = 3

    def wait_for(self, told, count, most=30):
        """Under full load when the blow comes, however slow the machine is."""
        end = time.monotonic() + most
        while len(told) < count and time.monotonic() < end:
            time.sleep(0.01)

    def create(self, client, stop, told):
        """Opens cases until the time is up; an unanswered request is sent again with its key."""
        n = 0
        while not stop.is_set():
            key = f"{threading.get_ident()}-{time.monotonic_ns()}-{n}"
            while not stop.is_set():
                try:
                    status, _, answer = client.ask("POST", "/api/v1/cases", {"title": key},
                                                   Idempotency_Key=key)
                except (OSError, ValueError, self.broken):
                    time.sleep(0.05)
                    continue
                if status == 201:
                    told.append((key, answer["number"]))
                elif status != 503:
                    raise AssertionError((status, answer))
                break
            n += 1

    import http.client as _http
    broken = _http.HTTPException

    def test_nothing_lost_nothing_doubled(self):
        told, stop = [], threading.Event()
        clients = [self.client("anna") for _ in range(self.clients)]
        with concurrent.futures.ThreadPoolExecutor(self.clients) as pool:
            running = [pool.submit(self.create, client, stop, told) for client in clients]
            for round_number in range(1, self.rounds + 1):
                self.wait_for(told, round_number * self.clients)
                self.server.stop(signal.SIGKILL)
                if round_number < self.rounds:
                    self.server.start()
            stop.set()
            for one in running:
                one.result()
        self.server.start()
        self.anna.connection = None
        found, cursor = {}, ""
        while cursor is not None:
            page = self.anna.get(f"/api/v1/cases?view=all&sort=number&limit=500&cursor={cursor}")
            for item in page["items"]:
                found.setdefault(item["title"], []).append(item["number"])
            cursor = page["next"]
        self.assertGreaterEqual(len(told), self.rounds * self.clients)
        lost = [(key, number) for key, number in told if found.get(key) != [number]]
        self.assertEqual(lost, [])
        self.assertEqual({key: n for key, n in found.items() if len(n) > 1}, {})
        self.server.stop()
        self.verify()


if __name__ == "__main__":
    unittest.main()
