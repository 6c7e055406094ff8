"""The phone webhook, the agent's call, the phone's pages and the need for agents, over HTTP."""
import contextlib
import csv
import io
import json
import math
import re
import signal
import time
import unittest

from harness import KlarsynTest, both_backends, lines, random_log, run_sql, seeded
import compare
import figures
import queue_log
from danish_calendar import parse_period
from server import Server, with_accounts

NOW = int(time.time())


class Client:
    def __init__(self, server, token):
        self.server, self.token = server, token

    def ask(self, method, path, body=None, **headers):
        content = body if body is None or isinstance(body, str) else json.dumps(body)
        status, head, answer = self.server.request(method, path, content, {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers})
        found = answer.decode()
        kind = head.get("Content-Type", "")
        return status, json.loads(found) if "json" in kind else found

    def tell(self, event, second, callid="1.1", queue="servicedesk", **more):
        body = {"callid": callid, "queue": queue, "time": NOW + second, "event": event, **more}
        return self.ask("POST", "/api/v1/calls", body)


class PhoneTest(KlarsynTest):
    accounts = (("pbx", "agent"), ("anne", "agent", "--phone-agent", "Agent/12"), ("lea", "lead"),
                ("rita", "reader"))

    def setUp(self):
        super().setUp()
        self._data, self.tokens = self.prepared(with_accounts(*self.accounts))
        self.prepare()
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.pbx, self.anne, self.lea, self.rita = (
            Client(self.server, self.tokens[name]) for name in ("pbx", "anne", "lea", "rita"))

    def prepare(self):
        pass

    @contextlib.contextmanager
    def server_stopped(self):
        """On PostgreSQL a server that runs is the only writer."""
        self.server.stop()
        yield
        self.server.start()

    def offered(self):
        status, figure = self.lea.ask("GET", "/api/v1/figures/telephony.offered?period=" + self.day)
        self.assertEqual(status, 200, figure)
        return figure["rows"][0]["value"] if figure["rows"] else None

    @property
    def day(self):
        days = {time.strftime("%Y-%m-%d", time.gmtime(NOW + hours * 3600)) for hours in (-2, 3)}
        return f"{min(days)}..{max(days)}"


@both_backends
class Webhook(PhoneTest):
    def test_a_call_from_ring_to_end(self):
        status, body = self.pbx.tell("enter", 0, caller="+45 38 63 50 00")
        self.assertEqual((status, body["known"]), (202, False))
        self.assertEqual(body["visit"]["state"], "waiting")
        status, body = self.pbx.tell("enter", 0, caller="+45 38 63 50 00")
        self.assertEqual((status, body["known"]), (200, True))
        self.assertEqual(self.anne.ask("GET", "/api/v1/calls/current"), (200, {"call": None}))
        _, body = self.pbx.tell("connect", 20, agent="Agent/12")
        self.assertEqual(body["visit"]["wait_s"], 20)
        call = self.anne.ask("GET", "/api/v1/calls/current")[1]["call"]
        self.assertEqual((call["id"], call["queue"], call["caller"], call["state"]),
                         ("1.1", "servicedesk", "+45 38 63 50 00", "connected"))
        self.assertEqual(self.lea.ask("GET", "/api/v1/calls/current")[1], {"call": None})
        _, body = self.pbx.tell("end", 200)
        self.assertEqual((body["visit"]["state"], body["visit"]["outcome"]), ("ended", "answered"))
        call = self.anne.ask("GET", "/api/v1/calls/current")[1]["call"]
        self.assertEqual((call["id"], call["state"], call["case"]), ("1.1", "ended", None))
        self.assertEqual(self.offered(), 1)

    def test_what_rings_at_an_agent_is_the_agents_call(self):
        self.pbx.tell("enter", -30, agent="Agent/12", caller="4711")
        call = self.anne.ask("GET", "/api/v1/calls/current")[1]["call"]
        self.assertEqual(call["state"], "ringing")
        self.assertGreaterEqual(call["wait_s"], 30)

    def test_order_does_not_matter(self):
        for event, second, agent in (("end", 90, ""), ("connect", 30, "A"), ("enter", 0, "")):
            status, body = self.pbx.tell(event, second, **({"agent": agent} if agent else {}))
            self.assertEqual(status, 202)
        self.assertEqual((body["visit"]["outcome"], body["visit"]["wait_s"]), ("answered", 30))

    def test_a_queue_log_of_the_same_calls_supersedes_them(self):
        self.pbx.tell("enter", 0)
        self.pbx.tell("abandon", 9)
        self.pbx.tell("enter", 0, callid="2.2")
        log = lines(f"{NOW}|1.1|servicedesk|NONE|ENTERQUEUE||1|1",
                    f"{NOW + 9}|1.1|servicedesk|NONE|ABANDON|1|1|9")
        with self.server_stopped():
            batch = self.import_log(log)
        self.assertEqual(self.offered(), 2)
        status, body = self.pbx.tell("leave", 10)
        self.assertEqual((status, body["visit"]["source"]), (202, "queue-log"))
        self.assertEqual(self.offered(), 2)
        with self.server_stopped():
            self.ok("withdraw", self.data, batch["batch"], "--why", "test")
            self.verify()
        self.assertEqual(self.offered(), 2)
        _, body = self.pbx.tell("leave", 10)
        self.assertEqual((body["known"], body["visit"]["source"]), (True, "calls"))

    def test_a_kept_answer_is_repeated(self):
        key = {"Idempotency-Key": "once"}
        body = {"callid": "9", "queue": "q", "time": NOW, "event": "enter"}
        first = self.pbx.ask("POST", "/api/v1/calls", body, **key)
        self.assertEqual(self.pbx.ask("POST", "/api/v1/calls", body, **key), first)
        body["event"] = "end"
        self.assertEqual(self.pbx.ask("POST", "/api/v1/calls", body, **key)[0], 409)

    def test_rubbish_gets_pointers(self):
        status, problem = self.pbx.ask("POST", "/api/v1/calls", {
            "callid": "NONE", "time": "yesterday", "event": "ENTER", "extra": 1, "agent": 7})
        self.assertEqual(status, 400)
        self.assertEqual({error["pointer"] for error in problem["errors"]},
                         {"/callid", "/queue", "/time", "/event", "/extra", "/agent"})
        for body in ("", "rubbish", "[]", "{\"callid\":", "{}"):
            self.assertEqual(self.pbx.ask("POST", "/api/v1/calls", body)[0], 400, body)
        for at in (-1, NOW + 3 * 86400, 1e30, True, None, "2013-04-15T08:00:00"):
            status, problem = self.pbx.ask("POST", "/api/v1/calls", {
                "callid": "1", "queue": "q", "event": "enter", "time": at})
            self.assertEqual((status, [e["pointer"] for e in problem["errors"]]), (400, ["/time"]), at)
        self.assertIn(self.offered(), (None, 0))

    def test_times_as_phone_systems_have_them(self):
        text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW))
        known = []
        for at in (NOW, str(NOW), text, text.replace("Z", "+00:00")):
            status, body = self.pbx.ask("POST", "/api/v1/calls", {
                "callid": "1", "queue": "q", "event": "enter", "time": at})
            known.append((status, body["known"]))
        self.assertEqual(known, [(202, False), (200, True), (200, True), (200, True)])

    def test_who_may(self):
        self.assertEqual(self.rita.tell("enter", 0)[0], 403)
        self.assertEqual(Client(self.server, "wrong").tell("enter", 0)[0], 401)
        self.assertEqual(self.rita.ask("GET", "/calls")[0], 403)
        self.assertEqual(self.anne.ask("GET", "/staffing")[0], 403)
        self.assertEqual(self.lea.ask("GET", "/staffing")[0], 200)

    def test_callers_are_masked_and_in_no_journal(self):
        self.pbx.tell("enter", 0, caller="Jens 010190-1234")
        self.pbx.tell("connect", 5, agent="Agent/12")
        call = self.anne.ask("GET", "/api/v1/calls/current")[1]["call"]
        self.assertEqual(call["caller"], "Jens ******-****")
        self.server.stop()
        found = run_sql(self.data, "SELECT detail FROM core_journal WHERE kind = 'call'")
        self.assertGreater(len(found), 0)
        self.assertNotIn("Jens", str(found))
        self.verify()

    def test_kill_and_repeat_lose_and_double_nothing(self):
        told = [("enter", n, f"k{n}") for n in range(40)]
        for index, (event, second, callid) in enumerate(told):
            if index % 13 == 12:
                self.server.stop(signal.SIGKILL)
                self.server.start()
            self.assertEqual(self.pbx.tell(event, second, callid)[0], 202)
        self.server.stop(signal.SIGKILL)
        self.server.start()
        for event, second, callid in told:
            self.assertEqual(self.pbx.tell(event, second, callid)[0], 200)
        self.assertEqual(self.offered(), 40)
        self.server.stop()
        self.verify()


VERBS = {"ENTERQUEUE": "enter", "CONNECT": "connect", "ABANDON": "abandon", "SYSCOMPAT": "abandon",
         "EXITWITHTIMEOUT": "leave", "EXITEMPTY": "leave", "EXITWITHKEY": "leave",
         "WITHDRAW": "leave", "COMPLETEAGENT": "end", "COMPLETECALLER": "end",
         "ATTENDEDTRANSFER": "end", "BLINDTRANSFER": "end"}
RUBBISH = ("", "null", "[]", "{", '{"event":"enter"}', '{"callid":"x","queue":"q","time":"now"}',
           '{"callid":"x\\u0000","queue":"q","time":1,"event":"enter"}', "\udcff" * 3,
           '{"callid":"x","queue":"q","time":1,"event":"enter","event":"end","more":[]}',
           '{"callid":{},"queue":[],"time":{},"event":1,"agent":[],"caller":{}}', "9" * 5000)


def told_of(line):
    """The webhook's event of a line of a queue log; none where it has none."""
    second, callid, queue, agent, verb = line.split("|")[:5]
    if verb not in VERBS:
        return None
    return {"callid": callid, "queue": queue, "time": int(second), "event": VERBS[verb],
            "agent": agent if verb == "CONNECT" else None}


@both_backends
class SameCallsTwice(PhoneTest):
    """Late, twice, out of order, between rubbish; then the same calls by their queue log."""

    QUESTIONS = [(name, by) for name in (
        "offered", "answered", "abandoned", "left", "open", "abandoned_share", "wait_mean",
        "wait_mean_all", "wait_median", "wait_p90", "wait_p95", "wait_max", "in_time_offered",
        "in_time_net", "in_time_answered", "talk_mean") for by in (("queue",), ("day", "queue"))]

    def compare_all(self, log):
        expected = figures.telephony(queue_log.visits_of([log.encode()]))
        for name, by in self.QUESTIONS:
            indicator = expected["telephony." + name]
            status, answer = self.lea.ask(
                "GET", f"/api/v1/figures/telephony.{name}?period=2013-04&by=" + ",".join(by))
            self.assertEqual(status, 200, answer)
            wanted = figures.answer(indicator, parse_period("2013-04"), by)
            self.assertEqual(compare.differences(wanted, answer, by, indicator.kind), [],
                             (name, by))

    def sources(self):
        rows = run_sql(self.data, "SELECT s.text, COUNT(*) FROM telephony_visit AS v JOIN core_name "
                                  "AS s ON s.id = v.source WHERE v.retracted_seq IS NULL "
                                  "GROUP BY s.text ORDER BY s.text")
        return {source: int(count) for source, count in rows}

    def tell_all(self, log, generator):
        told = [event for event in map(told_of, log) if event]
        plan = told + generator.sample(told, len(told) // 4)
        generator.shuffle(plan)
        seen = set()
        for index, event in enumerate(plan):
            if index % 20 == 0:
                body = RUBBISH[index // 20 % len(RUBBISH)].encode("utf-8", "surrogateescape")
                status, _, answer = self.server.request("POST", "/api/v1/calls", body, {
                    "Authorization": f"Bearer {self.tokens['pbx']}",
                    "Content-Type": "application/json"})
                self.assertEqual(status, 400, (body, answer))
            key = json.dumps(event)
            status, body = self.pbx.ask("POST", "/api/v1/calls", event)
            self.assertEqual((status, body["known"]), (200, True) if key in seen else (202, False))
            seen.add(key)

    def test_figures_stay_the_same_and_nothing_counts_twice(self):
        generator = seeded("calls told twice")
        log = random_log(generator, 150)
        text = lines(*log)
        calls = sorted({line.split("|")[1] for line in log})
        some = set(generator.sample(calls, len(calls) // 2))
        part = lines(*(line for line in log if line.split("|")[1] in some))
        visits = sum("|ENTERQUEUE|" in line for line in log)

        self.tell_all(log, generator)
        self.compare_all(text)
        self.assertEqual(self.sources(), {"calls": visits})
        with self.server_stopped():
            self.import_log(part, "--source", "one")
            self.verify()
        self.compare_all(text)
        self.assertEqual(sum(self.sources().values()), visits)
        with self.server_stopped():
            whole = self.import_log(text, "--source", "one")
            self.verify()
        self.compare_all(text)
        self.assertEqual(self.sources(), {"one": visits})
        self.pbx.ask("POST", "/api/v1/calls", {**told_of(log[0]), "agent": "late"})
        self.compare_all(text)
        with self.server_stopped():
            self.ok("withdraw", self.data, whole["batch"], "--why", "test")
            self.verify()
        self.compare_all(text)


@both_backends
class CallBar(PhoneTest):
    def test_an_ended_call_stays_until_a_case_is_made_of_it(self):
        self.pbx.tell("enter", -90)
        self.pbx.tell("connect", -80, agent="Agent/12")
        self.pbx.tell("end", -20)
        call = self.anne.ask("GET", "/api/v1/calls/current")[1]["call"]
        self.assertEqual((call["state"], call["case"]), ("ended", None))
        status, body = self.anne.ask("POST", "/api/v1/cases", {"title": "Printer", "call": "1.1"})
        self.assertEqual(status, 201, body)
        self.assertEqual(self.anne.ask("GET", "/api/v1/calls/current")[1], {"call": None})

    def test_a_call_that_ended_long_ago_is_over(self):
        self.pbx.tell("enter", -2000)
        self.pbx.tell("connect", -1990, agent="Agent/12")
        self.pbx.tell("end", -901)
        self.assertEqual(self.anne.ask("GET", "/api/v1/calls/current")[1], {"call": None})

    def test_the_call_comes_with_the_caller_and_the_callers_cases(self):
        caller = {"name": "Bo Lund", "phone": "+45 35 45 12 34"}
        for title, number in (("FMK", "35451234"), ("Printer", "+45 35 45 12 34"), ("Andet", "1")):
            status, body = self.anne.ask("POST", "/api/v1/cases", {
                "title": title, "caller": {**caller, "phone": number}, "place": "Afsnit 3112",
                "equipment": "PC-" + title})
            self.assertEqual(status, 201, body)
        self.pbx.tell("enter", -20, caller="+4535451234", agent="Agent/12")
        call = self.anne.ask("GET", "/api/v1/calls/current")[1]["call"]
        self.assertEqual([case["number"] for case in call["cases"]], ["K2", "K1"])
        self.assertEqual((call["state"], call["case"]), ("ringing", None))
        self.assertEqual(call["person"], {
            "account": None, "name": "Bo Lund", "mail": None, "org": None, "place": "Afsnit 3112",
            "equipment": ["PC-Printer", "PC-FMK"]})
        self.pbx.tell("connect", -10, agent="Agent/12")
        self.anne.ask("POST", "/api/v1/cases", {"title": "Ny", "call": "1.1"})
        call = self.anne.ask("GET", "/api/v1/calls/current")[1]["call"]
        self.assertEqual((call["state"], call["case"]), ("connected", "K4"))


class Pages(PhoneTest):
    def test_the_phone_now(self):
        self.pbx.tell("enter", -100, callid="a")
        self.pbx.tell("enter", -90, callid="b")
        self.pbx.tell("connect", -80, callid="b", agent="<b>Agent</b>")
        status, head, body = self.server.request("GET", "/calls", headers={
            "Authorization": f"Bearer {self.tokens['anne']}"})
        page = body.decode()
        self.assertEqual((status, head["Refresh"]), (200, "15"))
        self.assertTrue('<a href="#waiting">1</a>' in page)
        self.assertTrue("&lt;b&gt;Agent&lt;/b&gt;" in page)
        for script in re.findall(r"<script[^>]*>", page):  # files of our own, nothing in the page
            self.assertRegex(script, r'^<script src="/assets/[^"]+"')
        for href in set(re.findall(r'href="(/f/[^"]+)"', page)):
            status, _ = self.anne.ask("GET", href.replace("&amp;", "&"))
            self.assertEqual(status, 200, href)
        _, head, _ = self.server.request("GET", "/calls?refresh=0", headers={
            "Authorization": f"Bearer {self.tokens['anne']}"})
        self.assertNotIn("Refresh", head)


def answered_in_time(calls_s, handling, patience, agents, within):
    """Erlang A state by state: the share of callers who are answered within the time."""
    theta, mu = 1 / patience, 1 / handling
    states = agents + 40 + int(6 * calls_s / theta if calls_s > agents * mu else 0)
    weights = [1.0]
    for k in range(1, states):
        weights.append(weights[-1] * calls_s / (min(k, agents) * mu + max(0, k - agents) * theta))
    total = math.fsum(weights)
    shares = [weight / total for weight in weights]
    answered = [0.0] * (states - agents)
    clock = agents * mu + theta * (states + 1)
    weight, waited = math.exp(-clock * within), 0.0
    for step in range(int(clock * within + 12 * math.sqrt(clock * within)) + 40):
        waited += weight * math.fsum(s * a for s, a in zip(shares[agents:], answered))
        weight *= clock * within / (step + 1)
        for i in range(len(answered) - 1, -1, -1):
            leave = agents * mu + i * theta
            next_one = answered[i - 1] if i else 1.0
            answered[i] = (leave * next_one + (clock - leave - theta) * answered[i]) / clock
    return math.fsum(shares[:agents]) + waited


class Staffing(PhoneTest):
    def prepare(self):
        self.import_log(lines(*random_log(seeded("staffing"), 1500, "2013-04-01", 28)))

    def rows(self, query):
        status, body = self.lea.ask("GET", "/staffing?format=csv&" + query)
        self.assertEqual(status, 200, body)
        return list(csv.DictReader(io.StringIO(body)))

    def test_agents_are_the_fewest_that_reach_the_goal(self):
        rows = self.rows("period=2013-04&share=80&within=60")
        self.assertGreater(len(rows), 20)
        for row in rows[::7]:
            calls_s = float(row["calls_per_hour"]) / 3600
            ask = [answered_in_time(calls_s, float(row["handling_s"]), float(row["patience_s"]), n, 60)
                   for n in (int(row["agents"]), int(row["agents"]) - 1) if n > 0]
            self.assertGreaterEqual(ask[0], 0.8 - 1e-6, row)
            for less in ask[1:]:
                self.assertLess(less, 0.8 + 1e-6, row)
            self.assertLessEqual(int(row["agents_low"]), int(row["agents"]))
            self.assertGreaterEqual(int(row["agents_high"]), int(row["agents"]))

    def test_the_page_says_the_sum_of_the_table(self):
        query = "period=2013-04&share=75&within=300"
        rows = self.rows(query)
        hours = math.floor(sum(float(row["agent_hours"]) for row in rows) + 0.5)
        status, page = self.lea.ask("GET", "/staffing?lang=en&" + query)
        self.assertEqual(status, 200)
        self.assertTrue(f"would have taken {hours:,} agent hours" in page, hours)
        self.assertTrue("within 5 minutes" in page)
        for href in sorted(set(re.findall(r'href="(/f/[^"]+)"', page)))[:10]:
            self.assertEqual(self.lea.ask("GET", href.replace("&amp;", "&"))[0], 200, href)

    def test_the_api_says_what_the_page_says(self):
        query = "period=2013-04&share=80&within=60&after=30"
        rows = self.rows(query)
        status, need = self.lea.ask("GET", "/api/v1/staffing?" + query)
        self.assertEqual(status, 200, need)
        self.assertEqual((need["share_percent"], need["within_s"], need["after_call_s"]), (80, 60, 30))
        self.assertEqual(len(need["quarters"]), len(rows))
        for row, item in zip(rows, need["quarters"]):
            self.assertEqual((item["weekday"], item["time"], item["days"], item["offered"]),
                             (int(row["weekday"]), row["time"], int(row["days"]), int(row["offered"])))
            self.assertEqual(item["agents"], {"value": int(row["agents"]),
                                              "low": int(row["agents_low"]),
                                              "high": int(row["agents_high"])})
            self.assertLessEqual(item["handling_s"]["low"], item["handling_s"]["value"])
        self.assertAlmostEqual(need["agent_hours"]["value"],
                               sum(float(row["agent_hours"]) for row in rows))
        self.assertEqual(need["offered"], sum(item["offered"] for item in need["quarters"]))

    def test_a_quarter_hour_opens_its_own_calls(self):
        query = "period=2013-04"
        _, need = self.lea.ask("GET", "/api/v1/staffing?" + query)
        for item in need["quarters"][::9]:
            status, records = self.lea.ask("GET", item["records"])
            self.assertEqual(status, 200, records)
            self.assertEqual(len(records["records"]), item["offered"], item)
        self.assertEqual(self.lea.ask("GET", need["records"])[0], 200)
        self.assertEqual(self.num("telephony.offered", "2013-04", [f"queue={need['queue']}"]),
                         need["offered"])
        status, page = self.lea.ask("GET", "/staffing?" + query)
        opened = [href.replace("&amp;", "&") for href in
                  re.findall(r'href="(/f/current/telephony.agents_needed/records[^"]+)"', page)
                  if "quarter_hour" in href]
        self.assertEqual(len(opened), len(need["quarters"]))

    def test_reports_and_figures_say_the_same_need(self):
        _, need = self.lea.ask("GET", "/api/v1/staffing?period=2013-04")
        where = [f"queue={need['queue']}"]

        def figure(name, *more):
            return self.num(f"telephony.{name}", "2013-04", [*where, *more])

        for end, which in (("", "value"), ("_low", "low"), ("_high", "high")):
            self.assertEqual(figure(f"agent_time_needed{end}"),
                             round(need["agent_hours"][which] * 3600))
            self.assertEqual(figure(f"agents_needed{end}"),
                             max(item["agents"][which] for item in need["quarters"]))
        for hour in (8, 10, 14):
            here = [item for item in need["quarters"] if int(item["time"][:2]) == hour]
            self.assertEqual(figure("agents_needed", f"hour={hour}"),
                             max(item["agents"]["value"] for item in here))
            self.assertEqual(len(self.records("telephony.agents_needed", "2013-04",
                                              [*where, f"hour={hour}"])),
                             sum(item["offered"] for item in here))

    def test_a_period_without_answered_calls_says_nothing(self):
        status, need = self.lea.ask("GET", "/api/v1/staffing?period=1999-01")
        self.assertEqual(status, 200, need)
        self.assertIsNone(need["agent_hours"])
        self.assertEqual(need["quarters"], [])
        for query in ("share=100", "within=-1", "period=2013-13", "period=2000..2013"):
            status, fault = self.lea.ask("GET", "/api/v1/staffing?" + query)
            self.assertEqual(status, 400, query)
        self.assertEqual(self.anne.ask("GET", "/api/v1/staffing")[0], 403)

    def test_questions_that_cannot_be_answered(self):
        for query in ("share=100", "share=x", "within=-1", "period=2013-13", "period=2000..2013"):
            self.assertEqual(self.lea.ask("GET", "/staffing?" + query)[0], 400, query)
        status, page = self.lea.ask("GET", "/staffing?period=1999-01")
        self.assertEqual(status, 200)


if __name__ == "__main__":
    unittest.main()
