"""A desk to test with: a running server, an account of each kind, and a client that speaks JSON."""
import http.client
import json
import signal

from harness import KlarsynTest
from server import Server, with_accounts


class Client:
    """One account's program: a bearer token, and one connection for one thread."""

    def __init__(self, server, token):
        self.server, self.token, self.connection = server, token, None

    def ask(self, method, path, body=None, **headers):
        """(status, headers, answer) of one request; the answer is parsed where it is JSON."""
        content = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json",
                **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            self.connection.request(method, path, content, sent)
            answer = self.connection.getresponse()
            found = answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise
        if "json" in answer.headers.get("Content-Type", ""):
            found = json.loads(found)
        return answer.status, answer.headers, found

    def get(self, path):
        status, _, answer = self.ask("GET", path)
        assert status == 200, (status, path, answer)
        return answer

    def post(self, path, body=None, **headers):
        status, _, answer = self.ask("POST", path, body or {}, **headers)
        assert status in (200, 201), (status, path, answer)
        return answer

    def put(self, path, body):
        return self.ask("PUT", path, body)

    def open(self, title="FMK svarer ikke", **fields):
        return self.post("/api/v1/cases", {"title": title, **fields})["number"]

    def act(self, number, verb, **body):
        return self.post(f"/api/v1/cases/{number}/{verb}", body)


class DeskTest(KlarsynTest):
    accounts = (("anna", "agent"), ("bo", "agent"), ("lea", "lead"), ("ulla", "user"))

    def setUp(self):
        super().setUp()
        self._data, self.tokens = self.prepared(with_accounts(*self.accounts))
        self.server = Server(self.data, self.directory).start()
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.anna, self.bo, self.ulla = (self.client(name) for name in ("anna", "bo", "ulla"))

    def client(self, name):
        return Client(self.server, self.tokens[name])

    def kill_and_start(self):
        self.server.stop(signal.SIGKILL)
        self.server.start()
        for client in (self.anna, self.bo, self.ulla):
            client.connection = None
