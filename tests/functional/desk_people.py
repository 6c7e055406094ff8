"""What tests of the live desk need: a server with accounts, and a client that speaks JSON."""
import json
import pathlib

from harness import KlarsynTest, klarsyn
from server import PASSWORD, Server


class Client:
    """Speaks to the API with a bearer token."""

    def __init__(self, server, token):
        self.server, self.token = server, token

    def send(self, method, path, body=None, content=None, **headers):
        """(status, headers, body as JSON or bytes)"""
        sent = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        status, answered, raw = self.server.request(method, path, content, sent)
        if "json" in answered.get("Content-Type", "") and raw:
            return status, answered, json.loads(raw)
        return status, answered, raw

    def get(self, path):
        status, _, body = self.send("GET", path)
        assert status == 200, (status, path, body)
        return body

    def post(self, path, body, **headers):
        status, _, answer = self.send("POST", path, body, **headers)
        assert status in (200, 201), (status, path, answer)
        return answer

    def open(self, **fields):
        return self.post("/api/v1/cases", {"title": "Sag", **fields})["number"]


class DeskTest(KlarsynTest):
    """A running desk with the accounts that `accounts` adds before it starts; one is anna, an agent."""

    def setUp(self):
        super().setUp()
        self.log = self.directory / "access.log"
        self.tokens = {}
        self.accounts()
        self.server = Server(self.data, self.directory, "--access-log", str(self.log)).start()
        self.addCleanup(self.server.stop)
        self.agent = self.client("anna")

    def accounts(self):
        self.add_account("anna", "agent")

    def add_account(self, name, role, *options):
        self.ok("user", self.data, "add", name, "--role", role, *options,
                stdin=(PASSWORD + "\n").encode())
        self.tokens[name] = self.ok("token", self.data, "add", name, "--label", "test").out.strip()

    def client(self, name):
        return Client(self.server, self.tokens[name])

    def stored(self, what):
        """The files of the test's directory (data, logs) that hold these bytes."""
        what = what if isinstance(what, bytes) else what.encode()
        return [str(path) for path in pathlib.Path(self.directory).rglob("*")
                if path.is_file() and what in path.read_bytes()]

    def restart(self):
        assert self.server.stop() == 0
        self.server.start()


__all__ = ["Client", "DeskTest", "klarsyn"]
