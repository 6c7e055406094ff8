#!/usr/bin/env python3
"""Agents that were cut off return at once: AGENTS machines, each with a batch of measurements, come within
SECONDS seconds over at most SOCKETS sockets at a time, while other people go on working.

  python3 bench/agents.py [--agents 38000] [--seconds 10] [--sockets 18000] [--batch 20]

Some lose the answer and send the same batch again. Told: how long until every batch was acknowledged, how
often the server asked to wait, what other people waited (a list of cases, a case opened, the status page),
and whether every measurement is stored exactly once. KLARSYN names the binary (build/release/klarsyn)."""
import argparse
import heapq
import json
import os
import pathlib
import random
import resource
import select
import socket
import sys
import tempfile
import threading
import time

from served import Site, run

ADDRESSES = 16  # that the agents come from: one address has too few ports
LOST = 0.01     # part of the answers that get lost on the way


class Others(threading.Thread):
    """People who go on working; what they waited."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.waited, self.bad, self.stopping = site, [], 0, False

    def run(self):
        n = 0
        while not self.stopping:
            n += 1
            for who, method, path, body, good in (
                    ("anna", "GET", "/api/v1/cases?limit=50", None, 200),
                    ("anna", "POST", "/api/v1/cases", {"title": f"Sag {n}"}, 201),
                    (None, "GET", "/status", None, 200)):
                begun = time.monotonic()
                try:
                    status = self.site.ask(who, method, path, body)[0]
                except OSError:
                    status = 0
                self.waited.append(time.monotonic() - begun)
                self.bad += status != good
                time.sleep(0.02)


class Agents:
    def __init__(self, site, asked):
        self.site, self.asked = site, asked
        self.random = random.Random(31)
        self.base = int(time.time()) // 60 * 60 - 3600
        begun = time.monotonic()
        # (when, agent, try)
        self.due = [(begun + self.random.random() * asked.seconds, n, 0)
                    for n in range(asked.agents)]
        heapq.heapify(self.due)
        self.poll = select.epoll()
        self.open = {}  # descriptor -> [socket, agent, try, to send, received, loses its answer]
        self.done = self.held = self.failed = self.lost = self.again = self.most = 0
        self.begun = begun

    def request(self, n):
        results = [{"system": f"S{n % 11}", "action": f"a{i % 2}", "site": f"H{n % 8}",
                    "seat": f"PC{n:05}", "outcome": "ok", "ms": 200 + (n * 31 + i * 7) % 3000,
                    "time": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                          time.gmtime(self.base + i // 2 * 60 + n % 60))}
                   for i in range(self.asked.batch)]
        body = json.dumps({"agent": f"PC{n:05}", "epoch": "e1", "batch": 1, "results": results})
        return (f"POST /api/v1/probes HTTP/1.1\r\nHost: klarsyn\r\nConnection: close\r\n"
                f"Authorization: Bearer {self.site.tokens['pc']}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()

    def connect(self, n, tries):
        link = socket.socket()
        link.setblocking(False)
        link.bind((f"127.0.0.{2 + n % ADDRESSES}", 0))
        link.connect_ex(("127.0.0.1", self.site.port))
        loses = tries == 0 and self.random.random() < LOST
        self.open[link.fileno()] = [link, n, tries, self.request(n), b"", loses]
        self.poll.register(link.fileno(), select.EPOLLOUT)
        self.most = max(self.most, len(self.open))

    def close(self, fd):
        link = self.open.pop(fd)[0]
        self.poll.unregister(fd)
        link.close()

    def later(self, n, tries, seconds):
        heapq.heappush(self.due, (time.monotonic() + seconds, n, tries + 1))

    def work(self, fd, events):
        state = self.open[fd]
        link, n, tries, rest, _, loses = state
        try:
            if events & select.EPOLLOUT and rest:
                state[3] = rest[link.send(rest):]
                if not state[3]:
                    self.poll.modify(fd, select.EPOLLIN)
                return
            content = link.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            content = b""
            state[4] = b""
        if content and loses:  # the answer was on its way when the link broke
            self.lost += 1
            self.close(fd)
            return self.later(n, tries, 0.2 + self.random.random())
        state[4] += content
        if content:
            return
        self.ended(fd, state)

    def ended(self, fd, state):
        _, n, tries, _, answer, _ = state
        self.close(fd)
        status = answer[9:12]
        if status in (b"200", b"202"):
            self.done += 1
            self.again += status == b"200"
        elif status in (b"429", b"503"):
            self.held += 1
            head = answer.split(b"\r\n\r\n")[0].lower()
            wait = head.split(b"retry-after: ")[1].split(b"\r\n")[0] if b"retry-after" in head else b"2"
            self.later(n, tries, int(wait) + self.random.random())
        elif not answer:
            self.failed += 1
            self.later(n, tries, 1 + 4 * self.random.random())
        else:
            sys.exit(f"an agent was refused: {answer[:400]}")

    def run(self):
        last = self.begun + 300
        while self.done < self.asked.agents and time.monotonic() < last:
            now = time.monotonic()
            room = self.asked.sockets - len(self.open)
            while self.due and self.due[0][0] <= now and room > 0:
                _, n, tries = heapq.heappop(self.due)
                self.connect(n, tries)
                room -= 1
            for fd, events in self.poll.poll(0.01, 1024):
                if fd in self.open:
                    self.work(fd, events)
        return time.monotonic() - self.begun


def stored(site, agents, asked):
    days = sorted({time.strftime("%Y-%m-%d", time.localtime(at))
                   for at in (agents.base, agents.base + asked.batch * 60)})
    total = 0
    status, _, content = site.ask("ole", "GET", "/api/v1/figures/probes.measured?period="
                               f"{days[0]}..{days[-1]}&by=site")
    assert status == 200, content
    for row in json.loads(content)["rows"]:
        total += row["num"] if "num" in row else row["value"]
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=38_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--sockets", type=int, default=18_000)
    parser.add_argument("--batch", type=int, default=20)
    asked = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.environ["TZ"] = "Europe/Copenhagen"
    time.tzset()
    with tempfile.TemporaryDirectory() as name:
        site = Site(pathlib.Path(name), ("anna", "lead"), ("pc", "probe"), ("ole", "reader"))
        try:
            others = Others(site)
            others.start()
            agents = Agents(site, asked)
            cpu = site.cpu()
            seconds = agents.run()
            others.stopping = True
            others.join()
            total = stored(site, agents, asked)
            waited = sorted(others.waited)
            print(json.dumps({
                "what": f"{asked.agents} agents returning within {asked.seconds:g} s",
                "all_stored_after_s": round(seconds, 1), "acknowledged": agents.done,
                "asked_to_wait": agents.held, "answers_lost": agents.lost,
                "known_when_sent_again": agents.again, "connections_broken": agents.failed,
                "sockets_at_once": agents.most, "server_cpu_s": round(site.cpu() - cpu, 1),
                "others_requests": len(waited), "others_failed": others.bad,
                "others_p50_ms": round(waited[len(waited) // 2] * 1000),
                "others_p99_ms": round(waited[int(len(waited) * 0.99)] * 1000),
                "measurements": total, "expected": asked.agents * asked.batch}))
        finally:
            site.process.terminate()
            site.process.wait(30)
        run("verify", site.data)
    if total != asked.agents * asked.batch:
        sys.exit("not every measurement is stored exactly once")


if __name__ == "__main__":
    main()
