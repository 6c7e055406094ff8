"""A duration and the success beside it count as one measurement in whatever requests and order they
come: what is kept is what one request with both would have left."""
import itertools
import json
import signal

from harness import both_backends
from server import Server
from test_intake import EARLIER, MAPPING, NOW, IntakeTest, login, series


@both_backends
class Pairs(IntakeTest):
    mapping = MAPPING + 'success = "login.ok"\n'

    def failed(self, instance, second=NOW):
        return series("login_ok", 0, second, system="EPM3", site="HER", instance=instance)

    def restart(self):
        self.server.stop(signal.SIGKILL)
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)

    def kept(self):
        """By seat: time after NOW, milliseconds, outcome."""
        status, content = self.get(f"/api/v1/figures/probes.measured/records?period={EARLIER}"
                                   "&limit=200")
        self.assertEqual(status, 200, content)
        kept = {}
        for row in json.loads(content)["records"]:
            kept.setdefault(row["seat"], []).append((row["at"], row["ms"], row["outcome"]))
        return {seat: sorted(rows) for seat, rows in kept.items()}

    def test_every_order_comes_to_the_same(self):
        both = [login(9, NOW, instance="one"), self.failed("one")]
        self.assertEqual(self.write(*both)[0], 204)
        orders = [order for count in (2, 3) for order in itertools.product("ds", repeat=count)
                  if set(order) == {"d", "s"}]
        seats = []
        for number, order in enumerate(orders):
            for known in (False, True):
                seat = f"pc{number}{'k' if known else ''}"
                seats.append(seat)
                if known:
                    self.assertEqual(self.write(login(1, NOW - 60, instance=seat))[0], 204)
                for half in order:
                    sent = login(9, NOW, instance=seat) if half == "d" else self.failed(seat)
                    self.assertEqual(self.write(sent)[0], 204)
        kept = self.kept()
        for seat in seats:
            self.assertEqual(kept[seat][-1:], kept["one"], seat)
            self.assertEqual(len(kept[seat]), 2 if seat.endswith("k") else 1)
        self.server.stop()
        self.verify()

    def test_a_failure_waits_for_its_duration_also_through_a_kill(self):
        self.assertEqual(self.write(self.failed("pc1"))[0], 204)
        self.assertEqual(self.write(self.failed("pc1", NOW - 60))[0], 204)
        self.assertEqual(self.write(self.failed("never"))[0], 204)
        self.assertEqual(self.kept(), {})  # nobody measures that, as far as is known
        self.restart()
        self.assertEqual(self.write(login(2, NOW, instance="pc1"))[0], 204)
        self.restart()
        self.assertEqual([row[1:] for row in self.kept()["pc1"]], [(None, "failed"), (2000, "failed")])
        self.assertEqual(self.write(login(3, NOW - 60, instance="pc1"))[0], 204)
        # A value that is corrected does not make it a success; both together do.
        self.assertEqual(self.write(login(4, NOW, instance="pc1"))[0], 204)
        self.assertEqual([row[1:] for row in self.kept()["pc1"]], [(3000, "failed"), (4000, "failed")])
        self.assertEqual(self.write(login(4, NOW, instance="pc1"), series(
            "login_ok", 1, NOW, system="EPM3", site="HER", instance="pc1"))[0], 204)
        self.assertEqual([row[1:] for row in self.kept()["pc1"]], [(3000, "failed"), (4000, "ok")])
        self.assertEqual(set(self.kept()), {"pc1"})

    def test_otlp_too(self):
        def point(name, value):
            return {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{
                "name": name, "unit": "s", "gauge": {"dataPoints": [{
                    "timeUnixNano": str(NOW * 10**9), "asDouble": value,
                    "attributes": [{"key": "site", "value": {"stringValue": "RH"}}]}]}}]}]}]}
        for name, value in (("login.ok", 0), ("login.duration", 2)):
            self.assertEqual(self.send_json("/v1/metrics", point(name, value))[0], 200)
        self.assertEqual([[row[1:] for row in rows] for rows in self.kept().values()],
                         [[(2000, "failed")]])
