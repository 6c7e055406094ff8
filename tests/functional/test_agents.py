"""What agents deliver: each batch once, told apart by its content, under a name of one account."""
import json
import signal
import time

from harness import both_backends
from server import Server
from test_intake import NOW, IntakeTest, danish


def at(second, **more):
    return {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW + second)),
            "system": "EPM3", "action": "login", "site": "HER", "seat": "ward",
            "ms": 2000, "outcome": "ok", **more}


@both_backends
class Agents(IntakeTest):
    def test_agents_deliver_exactly_once(self):
        status, answer = self.batch(1, [at(0), at(1, outcome="failed", ms=None),
                                        at(2, outcome="odd"), at(3, system="")])
        self.assertEqual(status, 202, answer)
        self.assertEqual((answer["accepted"], answer["next"]), (2, 2))
        self.assertEqual([(r["result"], r["field"]) for r in answer["rejected"]],
                         [(2, "outcome"), (3, "system")])
        status, answer = self.batch(1, [at(0), at(1, outcome="failed", ms=None),
                                        at(2, outcome="odd"), at(3, system="")])
        self.assertEqual((status, answer["known"], answer["next"]), (200, True, 2))
        self.assertEqual(self.batch(1, [at(9)])[0], 409)
        self.assertEqual(self.batch(4, [at(4)])[0], 202)
        self.assertEqual(self.batch(1, [at(5)], epoch="e2")[0], 202)
        self.assertEqual(self.measured(), 4)
        agents = json.loads(self.get("/api/v1/intake")[1])["agents"]
        self.assertEqual([(a["agent"], a["missed"]) for a in agents], [("pc1", 2)])
        for body in ("{", "[]", '{"agent":"a"}', '{"agent":"a","epoch":"e","batch":"1","results":[]}'):
            status, _, content = self.send("/api/v1/probes", body,
                                           **{"Content-Type": "application/json"})
            self.assertEqual(status, 400, content)

    def refused_batches(self):
        text = self.get("/metrics")[1].decode()
        return {line.split('"')[1]: int(line.split()[-1]) for line in text.splitlines()
                if line.startswith("klarsyn_batches_refused_total")}

    def test_an_older_batch_with_other_content_is_not_taken_for_known(self):
        for number in range(1, 41):
            self.assertEqual(self.batch(number, [at(number)])[0], 202)
        status, answer = self.batch(30, [at(30)])
        self.assertEqual((status, answer["known"], answer["next"]), (200, True, 41))
        # A store that was set back, or its twin: what it measured since comes in a new epoch.
        status, answer = self.batch(30, [at(500)])
        self.assertEqual(status, 409, answer)
        self.assertIn("epoch", answer["detail"])
        status, answer = self.batch(3, [at(3)])  # nobody remembers
        self.assertEqual(status, 409, answer)
        self.assertEqual(self.measured(), 40)
        self.assertEqual(self.refused_batches(), {"other_content": 1, "too_old": 1})
        self.assertEqual(self.batch(1, [at(500), at(3)], epoch="e2")[0], 202)
        self.assertEqual(self.measured(), 41)

    def test_an_agents_name_is_of_the_account_that_delivered_first(self):
        line = f"{danish(NOW):%Y-%m-%dT%H:%M:%S}\tGS\tMSH|^~\\&|GS||LABKA||||ORU^R01|1\\r"
        flow = {"agent": "pc1", "epoch": "f", "batch": 1, "events": [{"line": line}]}
        self.assertEqual(self.batch(1, [at(0)])[0], 202)
        for epoch in ("e1", "e2"):  # neither as it nor beside it
            status, answer = self.batch(2, [at(1)], epoch=epoch, who="herlev")
            self.assertEqual(status, 403, answer)
            self.assertIn("pc1", answer["detail"])
        self.assertEqual(self.send_json("/api/v1/flow", flow, "herlev")[0], 403)
        self.assertEqual(self.send_json("/api/v1/flow", flow)[0], 202)
        self.assertEqual(self.batch(2, [at(2)])[0], 202)  # its own goes on
        self.assertEqual(self.measured(), 2)
        self.assertEqual(self.refused_batches(), {"other_account": 3})
        agents = json.loads(self.get("/api/v1/intake")[1])["agents"]
        self.assertEqual([(a["agent"], a["account"]) for a in agents], [("pc1", "prom")])
        # It moves to another account when an administrator says so.
        release = {"agent": "pc1"}
        self.assertEqual(self.send_json("/api/v1/intake/release", release, "herlev")[0], 403)
        status, answer = self.send_json("/api/v1/intake/release", release, "adam")
        self.assertEqual((status, answer), (200, {"agent": "pc1", "account": "prom"}))
        self.assertEqual(self.send_json("/api/v1/intake/release", release, "adam")[0], 404)
        self.assertEqual(self.batch(3, [at(3)], who="herlev")[0], 202)
        self.assertEqual(self.batch(4, [at(4)])[0], 403)
        # An account that is gone holds no name.
        self.server.stop()
        self.ok("user", self.data, "remove", "herlev")
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.assertEqual(self.batch(4, [at(4)])[0], 202)
        self.server.stop()
        self.verify()
