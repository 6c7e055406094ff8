"""Major incidents, problems and changes over HTTP: what their tests share."""
import datetime
import json
import signal
import time

from harness import KlarsynTest
from server import Server, klarsyn, with_accounts

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
    accounts = (("anna", "agent"), ("lea", "lead"), ("lis", "lead"), ("leo", "lead"), ("ulla", "user"),
                ("rhea", "lead", "--org", "RH"), ("hugo", "agent", "--org", "HGH"))

    def setUp(self):
        super().setUp()
        self._data, tokens = self.prepared(with_accounts(*self.accounts))
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
