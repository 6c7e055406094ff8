"""What the benches that serve share: a fresh DATA with people, served by the real binary."""
import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
KLARSYN = os.environ.get("KLARSYN", str(HERE.parent / "build" / "release" / "klarsyn"))
PASSWORD = b"korrekt hest batteri\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*args, stdin=b""):
    return subprocess.run([KLARSYN, *map(str, args)], input=stdin, check=True,
                          capture_output=True).stdout.decode()


class Site:
    """`people`: (name, role) of each; `tokens` has their tokens by name."""

    def __init__(self, place, *people):
        self.data, self.port, self.tokens = place / "data", free_port(), {}
        run("init", self.data)
        for name, role in people:
            run("user", self.data, "add", name, "--role", role, stdin=PASSWORD)
            self.tokens[name] = run("token", self.data, "add", name).split()[-1]
        self.process = subprocess.Popen([KLARSYN, "serve", self.data, "--listen",
                                         f"127.0.0.1:{self.port}"], stderr=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL)
        for _ in range(300):
            try:
                if self.ask(None, "GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        sys.exit("the server did not start")

    def ask(self, who, method, path, body=None, headers=None):
        """Status, headers and content; `who` is nobody where it is None."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Content-Type": "application/json"} if headers is None else dict(headers)
        if who:
            sent["Authorization"] = f"Bearer {self.tokens[who]}"
        connection.request(method, path, json.dumps(body) if body is not None else None, sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
