#!/usr/bin/env python3
"""Speed of what many people look at at once: the live board for VIEWERS event streams after a commit, and
the status page beside nginx serving the same bytes from a file.

  python3 bench/board.py [--viewers 1000] [--commits 20] [--seconds 5] [--out build/bench/board.md]

Needs nginx and wrk (tools/packages.txt). KLARSYN names the binary (build/release/klarsyn without it)."""
import argparse
import pathlib
import re
import resource
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from served import Site, free_port


def open_case(site, n):
    status, _, content = site.ask("anna", "POST", "/api/v1/cases", {"title": f"Sag {n}"})
    assert status == 201, content


class Viewers:
    """Event streams that note when each hears of a board that holds a commit."""

    def __init__(self, site, count):
        self.selector = selectors.DefaultSelector()
        self.count = count
        request = (f"GET /api/v1/events?watch=board HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
                   f"Authorization: Bearer {site.tokens['anna']}\r\n\r\n").encode()
        for at in range(count):
            stream = socket.create_connection(("127.0.0.1", site.port))
            stream.sendall(request)
            # One after the other: a thousand at once would be told to come again.
            assert stream.recv(1 << 17).startswith(b"HTTP/1.1 200"), "a stream was refused"
            stream.setblocking(False)
            self.selector.register(stream, selectors.EVENT_READ, at)
        self.settle(3.0)

    def settle(self, seconds):
        """Reads what comes until nothing has for a while."""
        quiet_since, end = time.monotonic(), time.monotonic() + 30
        while time.monotonic() - quiet_since < seconds and time.monotonic() < end:
            for key, _ in self.selector.select(0.2):
                content = key.fileobj.recv(1 << 17)
                assert content, "a stream has ended"
                if b"event: board" in content:
                    quiet_since = time.monotonic()

    def hear(self, since, seconds=10):
        """Seconds from `since` until each stream had the whole of a board's event."""
        times, parts = {}, {}
        end = time.monotonic() + seconds
        while len(times) < self.count and time.monotonic() < end:
            for key, _ in self.selector.select(0.1):
                content = key.fileobj.recv(1 << 17)
                whole = parts.get(key.data, b"") + content
                begin = whole.find(b"event: board")
                if key.data not in times and begin >= 0 and whole.find(b"\n\n", begin) >= 0:
                    times[key.data] = time.monotonic() - since
                parts[key.data] = whole
        return sorted(times.values())


def share(times, part):
    return times[min(len(times) - 1, int(len(times) * part))]


def board(site, viewers, commits):
    streams = Viewers(site, viewers)
    from_sent, lost = [], 0
    for n in range(commits):
        streams.settle(0.3)
        begin = time.monotonic()
        open_case(site, n)
        committed = time.monotonic()  # the answer leaves after the commit
        times = streams.hear(begin)
        lost += viewers - len(times)
        # What was heard before the answer came was heard at once.
        from_sent += [max(0.0, one - (committed - begin)) for one in times]
    from_sent.sort()
    return from_sent, lost


def wrk(url, seconds, connections):
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                          "-H", "Accept-Encoding: gzip", "-H", "Accept-Language: da", url],
                         capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    p99 = re.search(r"99%\s+(\S+)", out).group(1)
    return rate, p99, int(bad.group(1)) if bad else 0


def nginx(place, body, headers):
    root = place / "www"
    root.mkdir()
    (root / "status").write_bytes(body)
    port = free_port()
    added = "".join(f'add_header {name} "{value}";\n' for name, value in headers)
    (place / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {place}/nginx.pid; error_log {place}/nginx.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; default_type text/html; keepalive_requests 1000000; sendfile on; tcp_nopush on;
  open_file_cache max=10;
  client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c;
  uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;
  server {{ listen 127.0.0.1:{port}; root {root}; {added} }}
}}
""")
    process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c",
                                str(place / "nginx.conf")], stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, f"http://127.0.0.1:{port}/status"
        except OSError:
            time.sleep(0.05)
    sys.exit("nginx did not start")


def status(site, place, seconds, connections):
    anonymous = {"Accept-Encoding": "gzip", "Accept-Language": "da"}
    time.sleep(1)  # until the page is prepared
    code, headers, body = site.ask(None, "GET", "/status", headers=anonymous)
    assert code == 200 and headers["Content-Encoding"] == "gzip"
    kept = [(name, value.replace('"', '\\"')) for name, value in headers.items()
            if name not in ("Date", "Content-Type", "Content-Length", "ETag")]
    process, url = nginx(place, body, kept)
    try:
        rounds = []
        for _ in range(3):  # by turns, so that a busy machine is busy for both
            rounds.append((wrk(f"http://127.0.0.1:{site.port}/status", seconds, connections),
                           wrk(url, seconds, connections)))
    finally:
        process.terminate()
        process.wait()
    ours, theirs = (max(pair[side] for pair in rounds) for side in (0, 1))
    assert ours[2] == 0 and theirs[2] == 0, "some answers were no pages"
    return len(body), ours, theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--commits", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--out")
    asked = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        place.chmod(0o755)
        site = Site(place, ("anna", "lead"))
        try:
            size, ours, theirs = status(site, place, asked.seconds, asked.connections)
            times, lost = board(site, asked.viewers, asked.commits)
        finally:
            site.process.terminate()
            site.process.wait()
    lines = ["| What | Klarsyn | Beside it | Ratio |", "|---|---|---|---|",
             f"| the board for {asked.viewers} viewers after a commit, p50 | {share(times, .5) * 1000:.0f} ms | | |",
             f"| the same, p99 ({lost} of {asked.viewers * asked.commits} not heard) | {share(times, .99) * 1000:.0f} ms | | |",
             f"| `/status`, {size} bytes packed, {asked.connections} connections | {ours[0]:.0f}/s, p99 {ours[1]} |"
             f" nginx {theirs[0]:.0f}/s, p99 {theirs[1]} | {ours[0] / theirs[0]:.2f} |"]
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if asked.out:
        pathlib.Path(asked.out).write_text(text)
    if lost:
        sys.exit("some viewers did not hear of a commit")


if __name__ == "__main__":
    main()
