"""A running `klarsyn serve` and a small client for it."""
import functools
import http.client
import json
import re
import signal
import socket
import subprocess
import time
import urllib.parse

from harness import KLARSYN, klarsyn

PASSWORD = "korrekt hest batteri"


class Server:
    def __init__(self, data, directory, *options):
        self.data, self.options = data, options
        self.log = directory / "server.log"
        self.process = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self, timeout=30):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [KLARSYN, "serve", self.data, "--listen", f"127.0.0.1:{self.port}", *self.options],
                stdout=log, stderr=log)
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}")
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.03)
        raise AssertionError("the server did not become ready")

    def stop(self, how=signal.SIGTERM, timeout=20):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout)
        return self.process.returncode if self.process else None

    def request(self, method, path, body=None, headers=None, timeout=30):
        """(status, headers, body) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def raw(self, content, timeout=5, half_close=False):
        """Whatever comes back for these bytes, until the server closes or the time is up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            found = b""
            try:
                connection.sendall(content)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
                while True:
                    piece = connection.recv(65536)
                    if not piece:
                        break
                    found += piece
            except (TimeoutError, ConnectionError):
                pass
            return found


class Browser:
    """Keeps cookies and a connection, as one person's browser does."""

    def __init__(self, server):
        self.server, self.cookies = server, {}
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def request(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except (http.client.HTTPException, ConnectionError):
            self.connection.close()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";", 1)[0].partition("=")
            expired = "max-age=0" in cookie.lower()
            if expired or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer.status, answer.headers, content

    def get(self, path, **query):
        if query:
            path += "?" + urllib.parse.urlencode(
                [(k.replace("from_", "from"), v) for k, v in query.items()], doseq=True)
        return self.request("GET", path)

    def json(self, path, **query):
        status, headers, content = self.get(path, **query)
        assert status == 200, (status, path, content[:300])
        return json.loads(content)

    def post(self, path, fields, headers=None):
        return self.request("POST", path, urllib.parse.urlencode(fields).encode(), {
            "Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def form_token(self, page="/login"):
        _, _, content = self.get(page)
        found = re.search(rb'name="csrf" value="([^"]+)"', content)
        return found.group(1).decode() if found else ""

    def login(self, name, password=PASSWORD, next_page="/"):
        token = self.form_token()
        return self.post("/login", {"csrf": token, "name": name, "password": password,
                                    "next": next_page})


def add_user(data, name, role, *options):
    done = klarsyn("user", data, "add", name, "--role", role, *options, stdin=(PASSWORD + "\n").encode())
    assert done.code == 0, done


@functools.cache
def with_accounts(*people):
    """For `prepared`: adds each (name, role, option...) and a token, and tells {name: token}."""
    def prepare(data):
        tokens = {}
        for name, role, *options in people:
            add_user(data, name, role, *options)
            done = klarsyn("token", data, "add", name, "--label", "test")
            assert done.code == 0, done
            tokens[name] = done.out.split()[-1]
        return tokens
    return prepare
