#!/usr/bin/env python3
"""The live desk beside Request Tracker 5: both serve while rounds alternate, so drift hits both.

Klarsyn holds KLARSYN_BENCH_CASES imported cases (2,400,000) and 20,000 open ones of its own; the peer 20,000
open ones. Afterwards `klarsyn verify` must be clean. Writes build/bench/desk.md.
"""
import csv
import datetime
import http.client
import itertools
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench" / "desk"
KLARSYN = ROOT / "build" / "release" / "klarsyn"
CASES = int(os.environ.get("KLARSYN_BENCH_CASES", "2400000"))
OPEN_CASES = 20_000
ROUNDS = int(os.environ.get("KLARSYN_BENCH_ROUNDS", "3"))
SECONDS = int(os.environ.get("KLARSYN_BENCH_SECONDS", "4"))
OURS, PEER = 8471, 8473
# What, floor, goal, which number, and whether more is better.
TARGETS = {"creation, 64 clients": (1400, 5000, "rate", True),
           "creation, one client": (2.0, 0.7, "p50", False),
           "case page, HTML": (4.0, 1.0, "p50", False),
           "first 50 open, HTML": (5.0, 1.0, "p50", False),
           "first 50 open, JSON": (1.0, 0.3, "p50", False),
           "search": (100.0, 30.0, "p95", False)}


def say(text):
    print(text, file=sys.stderr, flush=True)


def klarsyn(*arguments, **more):
    return subprocess.run([KLARSYN, *map(str, arguments)], check=True, text=True, capture_output=True,
                          **more).stdout


STEMS = ("printer netværk kodeord OPUS FMK LABKA skærm tastatur telefon vagtplan recept journal laboratorie "
         "billede henvisning medicin login opdatering langsom fejl Rødovre Herlev bruger adgang server kalender "
         "platform sundhed afsnit læge blod prøve svar drev mappe kabel strøm citrix mail lyd mus kort nøgle "
         "hjemme arbejde plads vindue genstart virker ikke på til kan").split()


def history_words(draw):
    """What titles are made of: words, compounds of them and typing errors, the usual ones first."""
    words = list(STEMS)
    compounds = [a + b.lower() + end for a in STEMS for b in STEMS for end in ("", "en", "problem")]
    draw.shuffle(compounds)
    words += compounds
    for word in compounds[:20_000]:
        at = draw.randrange(len(word))
        words.append(word[:at] + draw.choice("abdefgiklmnoprst") + word[at + 1:])
    heights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(words))))
    return words, heights


def write_history(path):
    """Closed cases of ten years, as another system exports them."""
    draw = random.Random(11)
    words, heights = history_words(draw)
    text = lambda size: " ".join(draw.choices(words, cum_weights=heights, k=size))
    start = datetime.datetime(2016, 1, 4, 7)
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(["Number", "Opened", "Resolved", "Closed", "Priority", "Category", "Contact type",
                      "Assignment group", "Caller", "Short description", "Description"])
        for number in range(1, CASES + 1):
            opened = start + datetime.timedelta(seconds=number * 315_000_000 / CASES)
            solved = opened + datetime.timedelta(minutes=draw.randrange(5, 9000))
            closed = solved + datetime.timedelta(days=3)
            out.writerow([f"INC{number:08}", opened.isoformat(" "), solved.isoformat(" ")[:19],
                          closed.isoformat(" ")[:19], draw.randrange(1, 5), draw.choice(STEMS), "phone",
                          "Servicedesk", f"{draw.choice(STEMS)} {draw.choice(STEMS)}sen",
                          f"{text(6)} RH{draw.randrange(10**5, 2 * 10**5)}", "" if number % 5 else text(25)])


def prepare():
    data, made = WORK / "data", WORK / "made"
    if not made.exists() or made.read_text() != str(CASES):
        subprocess.run(["rm", "-rf", WORK], check=True)
        WORK.mkdir(parents=True)
        klarsyn("init", data)
        klarsyn("user", data, "add", "bench", "--role", "admin", input="correct horse battery\n")
        if CASES:
            write_history(WORK / "history.csv")
            begun = time.monotonic()
            klarsyn("import", data, "case-csv", WORK / "history.csv")
            say(f"imported {CASES} cases in {time.monotonic() - begun:.1f} s")
            (WORK / "history.csv").unlink()
        made.write_text(str(CASES))
    return data


class Server:
    def __init__(self, data):
        self.token = klarsyn("token", data, "add", "bench", "--label", str(time.time())).strip()
        self.process = subprocess.Popen([KLARSYN, "serve", data, "--listen", f"127.0.0.1:{OURS}"],
                                        stderr=open(WORK / "serve.log", "w"))
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{OURS}/readyz")
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("bench: the server does not answer")

    def ask(self, path):
        request = urllib.request.Request(f"http://127.0.0.1:{OURS}{path}",
                                         headers={"Authorization": f"Bearer {self.token}"})
        return json.load(urllib.request.urlopen(request))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def load(kind, url, auth, clients, seconds=SECONDS):
    out = subprocess.run(
        ["wrk", f"-t{min(clients, 2)}", f"-c{clients}", f"-d{seconds}", "--timeout", "20", "-s",
         ROOT / "bench/desk/load.lua", url], check=True, text=True, capture_output=True,
        env={**os.environ, "KIND": kind, "AUTH": auth, "REFERER": f"http://127.0.0.1:{PEER}/"}).stdout
    result = json.loads(out.splitlines()[-1])
    if result["errors"] or not result["n"]:
        sys.exit(f"bench: {url} answered with errors: {result}")
    return result


def fill(server, auth):
    while (total := server.ask("/api/v1/cases?view=open&count=1&limit=1")["total"]) < OPEN_CASES:
        say(f"{total} open cases")
        load("create-klarsyn", f"http://127.0.0.1:{OURS}/api/v1/cases", auth, 64, 2)


def typed():
    """What people type into the search box, by kind."""
    draw = random.Random(12)
    number = lambda: f"INC{draw.randrange(1, max(2, CASES)):08}"
    return {"a usual word": ["printer", "netværk", "kodeord", "langsom", "Rødovre", "journal", "virker", "ikke"],
            "several words": ["printer Rødovre", "langsom login citrix", "kan ikke på netværk",
                              "sundhed platform fejl"],
            "a part": ["værks", "platf", "problem", "skærmen", "prøves", "nøgle", "åbn", "sundhedsp"],
            "a misspelling": ["rodovre", "netvrk", "pritner", "sundhedsplatfrom", "vagtpaln", "laboratroie",
                              "kodeordproblm"],
            "a number": [number() for _ in range(4)] + ["case-csv:" + number(), "inc000012", "rh123456", "rh1234"],
            "nothing": ["xylofonkvist", "INC99999999999"]}


def search_mix(server):
    """Every typed text at both ways to search, one after another on one connection: ms by kind."""
    link = http.client.HTTPConnection("127.0.0.1", OURS)
    seen = {}
    for kind, texts in typed().items():
        for text in texts:
            quoted = urllib.parse.quote(text)
            for path in (f"/api/v1/search?q={quoted}", f"/api/v1/cases?q={quoted}",
                         f"/api/v1/cases?q={quoted}&view=all"):
                begun = time.perf_counter()
                link.request("GET", path, headers={"Authorization": f"Bearer {server.token}"})
                answer = link.getresponse()
                answer.read()
                if answer.status != 200:
                    sys.exit(f"bench: {path} answered {answer.status}")
                seen.setdefault(kind, []).append((1000 * (time.perf_counter() - begun), path))
    link.close()
    return seen


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def search_load(server):
    """As load() answers; what took how long stands in `kinds`."""
    kinds, until = {}, time.monotonic() + SECONDS
    while not kinds or time.monotonic() < until:
        for kind, times in search_mix(server).items():
            kinds.setdefault(kind, []).extend(times)
    values = [ms for times in kinds.values() for ms, _ in times]
    return {"n": len(values), "errors": 0, "rate": len(values) / max(1, sum(values)) * 1000,
            "p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "kinds": kinds}


def questions(server, auth, cookie):
    ours, peer = f"http://127.0.0.1:{OURS}", f"http://127.0.0.1:{PEER}"
    query = "Query=Status%3D%27open%27+OR+Status%3D%27new%27&OrderBy=Created&Order=DESC"
    rest = "query=Status%3D%27open%27+OR+Status%3D%27new%27&orderby=Created&order=DESC"
    like = "query=Subject+LIKE+%27netv%C3%A6rk%27&per_page=20&fields=Subject"
    number = server.ask("/api/v1/cases?view=open&limit=1")["items"][0]["number"]
    mine = lambda kind, path, clients: lambda: load(kind, ours + path, auth, clients)
    theirs = lambda kind, path, clients: (
        lambda: load(kind, peer + path, f"Cookie: {cookie}", clients, max(SECONDS, 8))) if cookie else None
    return {
        "creation, 64 clients": (mine("create-klarsyn", "/api/v1/cases", 64),
                                 theirs("create-rt", "/REST/2.0/ticket", 2)),
        "creation, one client": (mine("create-klarsyn", "/api/v1/cases", 1),
                                 theirs("create-rt", "/REST/2.0/ticket", 1)),
        "case page, HTML": (mine("get", f"/cases/{number}", 1),
                            theirs("get", "/Ticket/Display.html?id=1", 1)),
        "first 50 open, HTML": (mine("get", "/desk?view=open", 1),
                                theirs("get", f"/Search/Results.html?{query}&RowsPerPage=50", 1)),
        "first 50 open, JSON": (
            mine("get", "/api/v1/cases?view=open&limit=50", 1),
            theirs("get", f"/REST/2.0/tickets?{rest}&per_page=50&fields=Subject,Status,Queue,Created", 1)),
        "search": (lambda: search_load(server),
                   theirs("get", f"/REST/2.0/tickets?{like}", 1)),
    }


def run_rounds(asked):
    seen = {name: ([], []) for name in asked}
    for turn in range(ROUNDS):
        for name, sides in asked.items():
            for side in (0, 1) if turn % 2 == 0 else (1, 0):
                if sides[side]:
                    seen[name][side].append(sides[side]())
        say(f"round {turn + 1} of {ROUNDS}")
    return seen


def report(seen, verified):
    lines = ["# The live desk beside Request Tracker 5", "",
             f"{CASES:,} imported cases, {OPEN_CASES:,} open; median of {ROUNDS} interleaved rounds.", "",
             "| what | Klarsyn | spread | Request Tracker | ratio | floor | goal | |",
             "|---|---|---|---|---|---|---|---|"]
    for name, (ours, theirs) in seen.items():
        floor, goal, key, more = TARGETS[name]
        unit = "/s" if key == "rate" else f" ms {key}"
        values = [one[key] for one in ours]
        here = statistics.median(values)
        peer = statistics.median([one[key] for one in theirs]) if theirs else None
        ratio = (here / peer if more else peer / here) if peer else None
        met = lambda line: here >= line if more else here <= line
        word = "goal" if met(goal) else "floor" if met(floor) else "**missed**"
        lines.append(f"| {name} | {here:.2f}{unit} | {min(values):.2f}–{max(values):.2f} | "
                     f"{f'{peer:.2f}{unit}' if peer else '–'} | {f'{ratio:.0f} ×' if ratio else '–'} | "
                     f"{floor} | {goal} | {word} |")
    lines += ["", "| search | p50 ms | p95 ms | slowest |", "|---|---|---|---|"]
    for kind in typed():
        times = [one for run in seen["search"][0] for one in run["kinds"][kind]]
        values = [ms for ms, _ in times]
        lines.append(f"| {kind} | {percentile(values, 0.5):.1f} | {percentile(values, 0.95):.1f} | "
                     f"`{max(times)[1]}` {max(values):.0f} |")
    lines += ["", f"`klarsyn verify` afterwards: {verified}"]
    text = "\n".join(lines) + "\n"
    (WORK.parent / "desk.md").write_text(text, encoding="utf-8")
    print(text)
    return "missed" not in text


def main():
    data = prepare()
    peer = ROOT / "bench/desk/rt.sh"
    cookie = None
    if os.environ.get("KLARSYN_BENCH_RT", "1") == "1":
        cookie = subprocess.run([peer, "start", WORK.parent / "rt", str(PEER)], check=True, text=True,
                                capture_output=True).stdout.split()[-1]
    server = Server(data)
    try:
        auth = f"Authorization: Bearer {server.token}"
        fill(server, auth)
        seen = run_rounds(questions(server, auth, cookie))
    finally:
        server.stop()
        if cookie:
            subprocess.run([peer, "stop", WORK.parent / "rt"], check=True)
    verified = klarsyn("verify", data).strip()
    sys.exit(0 if report(seen, verified) else 1)


if __name__ == "__main__":
    main()
