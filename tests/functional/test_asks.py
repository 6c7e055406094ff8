"""What users of other service desks asked for (numbers of the list in the design's itsm page), on the live
desk over HTTP. Asks about the clock alone stand beside the code (sla_test.cc)."""
import unittest

from desk import DeskTest
from harness import both_backends
from server import PASSWORD, klarsyn

VIEWS = ("mine", "group", "unassigned", "near_breach", "waiting_user", "major", "open")


@both_backends
class Asks(DeskTest):
    def setUp(self):
        super().setUp()
        # One who sees the cases of one hospital, with a group of her own. On PostgreSQL accounts are
        # made while no server runs.
        self.server.stop()
        done = klarsyn("user", self.data, "add", "rita", "--role", "agent", "--org", "RH",
                       "--group", "Servicedesk", stdin=(PASSWORD + "\n").encode())
        self.assertEqual(done.code, 0, done)
        self.tokens["rita"] = self.ok("token", self.data, "add", "rita").out.split()[-1]
        self.server.start()
        for client in (self.anna, self.bo, self.ulla):
            client.connection = None
        self.rita = self.client("rita")

    def work(self):
        """Cases in every state and of several places; returns their numbers."""
        made = []
        for n, org in enumerate(("RH", "RH", "HGH", None, "RH", "HGH", None)):
            fields = {"org": org} if org else {}
            made.append(self.anna.open(f"Sag {n}", impact=n % 3 + 1, urgency=1, **fields))
        self.anna.act(made[0], "assign", assignee="rita")
        self.anna.act(made[1], "hold", reason="awaiting_user")
        self.anna.act(made[2], "hold", reason="awaiting_user")
        self.anna.act(made[3], "resolve", resolution="Genstartet")
        self.anna.act(made[4], "resolve", resolution="Genstartet")
        self.anna.act(made[4], "close")
        return made

    def listed(self, client, view):
        numbers, cursor = [], ""
        while cursor is not None:
            page = client.get(f"/api/v1/cases?view={view}&limit=2&cursor={cursor}")
            numbers += [item["number"] for item in page["items"]]
            cursor = page["next"]
        return numbers

    def figure(self, name, **more):
        return self.ok("figure", self.data, name, "--period", "2000..2100", "--json", **more)

    def test_ask_02_a_count_and_the_list_behind_it_are_one(self):
        self.work()
        for client in (self.anna, self.rita):
            counts = {view["id"]: view["count"] for view in client.get("/api/v1/views")["items"]}
            for view in VIEWS:
                numbers = self.listed(client, view)
                self.assertEqual(len(numbers), len(set(numbers)), view)
                self.assertEqual(counts[view], len(numbers), (client.token, view))
                total = client.get(f"/api/v1/cases?view={view}&count=1&limit=1")["total"]
                self.assertEqual(total, len(numbers), view)

    def test_ask_02_every_place_with_a_restricted_profile(self):
        made = self.work()
        seen = set(self.listed(self.rita, "all"))
        # What belongs to no organisation is everybody's, or nobody would place it.
        self.assertEqual(seen, {made[0], made[1], made[3], made[4], made[6]})
        foreign = made[2]
        self.assertEqual(self.rita.ask("GET", f"/api/v1/cases/{foreign}")[0], 404)
        self.assertEqual(self.rita.ask("GET", f"/cases/{foreign}")[0], 404)
        for verb, body in (("assign", {"assignee": "rita"}), ("comment", {"text": "x"}),
                           ("hold", {"reason": "planned"}), ("resolve", {"resolution": "x"}),
                           ("merge", {"into": made[0]}), ("undo", {})):
            status, _, answer = self.rita.ask("POST", f"/api/v1/cases/{foreign}/{verb}", body)
            self.assertEqual(status, 404, (verb, answer))
        merged = self.rita.ask("POST", f"/api/v1/cases/{made[0]}/merge", {"into": foreign})
        self.assertIn(merged[0], (400, 404))
        self.assertEqual(self.anna.get(f"/api/v1/cases/{made[0]}")["merged_into"], None)

    def test_ask_03_the_total_does_not_depend_on_who_asked_before(self):
        self.work()
        first = self.anna.get("/api/v1/cases?view=open&count=1")["total"]
        self.rita.get("/api/v1/cases?view=open&count=1")
        self.bo.get("/api/v1/views")
        self.assertEqual(self.anna.get("/api/v1/cases?view=open&count=1")["total"], first)
        self.assertEqual(self.bo.get("/api/v1/cases?view=open&count=1")["total"], first)

    def test_ask_01_backlog_is_what_came_less_what_went(self):
        self.work()
        opened = self.figure("servicedesk.created").json()["rows"][0]["value"]
        closed = self.figure("servicedesk.closed").json()["rows"][0]["value"]
        self.assertEqual((opened, closed), (7, 1))
        left = self.ok("figure", self.data, "servicedesk.backlog", "--period", self.today(), "--json")
        self.assertEqual(left.json()["rows"][0]["value"], opened - closed)
        self.assertEqual(len(self.listed(self.anna, "open")), opened - closed)

    def today(self):
        opened = self.anna.get("/api/v1/cases?view=all&limit=1")["items"][0]["opened_at"]
        return self.local_day(opened)

    @staticmethod
    def local_day(utc):
        import datetime
        import zoneinfo
        moment = datetime.datetime.fromisoformat(utc.replace("Z", "+00:00"))
        return moment.astimezone(zoneinfo.ZoneInfo("Europe/Copenhagen")).date().isoformat()

    def test_ask_16_the_pause_stays_when_the_priority_changes(self):
        number = self.anna.open(impact=3, urgency=3)
        self.anna.act(number, "hold", reason="awaiting_user")
        case = self.anna.get(f"/api/v1/cases/{number}")
        status, _, answer = self.anna.ask("PATCH", f"/api/v1/cases/{number}", {"impact": 1, "urgency": 1},
                                          If_Match=f'"{case["version"]}"')
        self.assertEqual(status, 200, answer)
        self.assertEqual((answer["priority"], answer["state"], answer["due_at"]), (1, "on_hold", None))
        solution = self.anna.get(f"/api/v1/cases/{number}/clock")["targets"][1]
        classes = {one["class"] for one in solution["stretches"][1:]}
        self.assertLessEqual(classes, {"paused", "outside"})  # whatever the hour of the test
        self.assertEqual(solution["outcome"], "open")

    def test_ask_15_reopened_takes_the_solution_back(self):
        number = self.anna.open(impact=1, urgency=1)
        self.anna.act(number, "resolve", resolution="Genstartet")
        solution = self.anna.get(f"/api/v1/cases/{number}/clock")["targets"][1]
        self.assertEqual(solution["outcome"], "kept")
        self.anna.act(number, "reopen", reason="Virker ikke")
        solution = self.anna.get(f"/api/v1/cases/{number}/clock")["targets"][1]
        self.assertEqual(solution["outcome"], "open")
        self.assertEqual(self.anna.get(f"/api/v1/cases/{number}")["resolved_at"], None)
        resolved = [one for one in solution["stretches"] if one["class"] == "paused"]
        self.assertEqual(resolved, [])  # time spent solved is no pause

    def test_ask_24_a_caller_s_account_opens_no_agent_s_door(self):
        number = self.work()[0]
        for path in ("/api/v1/cases", f"/api/v1/cases/{number}", "/api/v1/views", "/desk", "/api/v1/desk"):
            self.assertEqual(self.ulla.ask("GET", path)[0], 403, path)
        self.assertEqual(self.ulla.ask("POST", "/api/v1/cases", {"title": "x"})[0], 403)
        self.assertEqual(self.ulla.ask("POST", f"/api/v1/cases/{number}/assign", {"assignee": "ulla"})[0], 403)
        self.assertEqual(self.ulla.ask("GET", "/api/v1/figures")[0], 403)


if __name__ == "__main__":
    unittest.main()
