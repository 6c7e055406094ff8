"""The server: health, login, permissions, the API against its own description, rude clients."""
import concurrent.futures
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse

import json_schema
from harness import (KLARSYN, KlarsynTest, abandoned_call, answered_call, audit_file, audit_row,
                     both_backends, enter, lines, local, random_log, seeded)
from server import PASSWORD, Browser, Server, add_user

NOON = local("2013-04-15 12:00:00")


class ServerTest(KlarsynTest):
    def setUp(self):
        super().setUp()
        self.import_log(lines(*answered_call(NOON, "c1"), *abandoned_call(NOON, "c2"),
                              *[enter(NOON + n, f"o{n}") for n in range(120)]))
        self.imported("case-audit", self.file("c.csv", audit_file([audit_row()])))
        for name, role in (("laura", "reader"), ("erik", "editor"), ("anna", "admin")):
            add_user(self.data, name, role)
        self.server = Server(self.data, self.directory)
        self.server.start()
        self.addCleanup(self.server.stop, signal.SIGKILL)

    def logged_in(self, name="anna"):
        browser = Browser(self.server)
        status, _, content = browser.login(name)
        self.assertEqual(status, 303, content[-400:])
        return browser


@both_backends
class Operations(ServerTest):
    def test_health_and_metrics(self):
        for path in ("/livez", "/readyz"):
            self.assertEqual(self.server.request("GET", path)[0], 200, path)
        status, headers, content = self.server.request("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("application/openmetrics-text"))
        text = content.decode()
        self.assertTrue(text.endswith("# EOF\n"), text[-80:])
        self.assertEqual(text.count("# EOF"), 1)
        families = re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M)
        self.assertEqual(len({name for name, _ in families}), len(families))
        for name, kind in families:
            samples = re.findall(rf"^{name}(\S*?)(?:\{{[^\n]*\}})? \S+$", text, re.M)
            if kind == "counter":
                self.assertTrue(all(s in ("_total", "_created") for s in samples), (name, samples))

    def test_every_answer_has_its_headers(self):
        browser = self.logged_in()
        for path in ("/login", "/", "/nowhere", "/api/v1/figures", "/api/v1/nowhere", "/livez"):
            _, headers, _ = browser.get(path)
            policy = headers.get("Content-Security-Policy", "")
            self.assertIn("default-src", policy, path)
            self.assertNotIn("unsafe-inline", policy, path)
            self.assertNotIn("unsafe-eval", policy, path)
            self.assertEqual(headers.get("X-Content-Type-Options"), "nosniff", path)
            self.assertNotIn("klarsyn/", (headers.get("Server") or "").lower(), path)

    def test_only_the_loopback_unless_asked(self):
        with open("/proc/net/tcp", encoding="ascii") as table:
            mine = [row.split()[1] for row in table if f":{self.server.port:04X} " in row
                    and row.split()[3] == "0A"]
        self.assertEqual([address.split(":")[0] for address in mine], ["0100007F"])

    def test_ends_in_order_on_sigterm(self):
        self.assertEqual(self.server.stop(), 0)
        self.verify()

    def test_a_second_server_is_refused(self):
        if self.backend != "sqlite":
            self.skipTest("one writer per directory is a rule of SQLite")
        done = subprocess.run([KLARSYN, "serve", self.data, "--listen", "127.0.0.1:0"],
                              capture_output=True, timeout=20)
        self.assertEqual(done.returncode, 1, done)
        self.assertTrue(done.stderr.strip())

    def test_a_port_in_use_is_refused(self):
        data = self.new_data()
        done = subprocess.run([KLARSYN, "serve", data, "--listen",
                               f"127.0.0.1:{self.server.port}"], capture_output=True, timeout=20)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn(str(self.server.port).encode(), done.stderr)


class Login(ServerTest):
    def test_in_and_out(self):
        browser = Browser(self.server)
        status, headers, _ = browser.get("/")
        self.assertEqual(status, 303)
        self.assertTrue(headers["Location"].startswith("/login"))
        token = browser.form_token()
        status, headers, _ = browser.post("/login", {"csrf": token, "name": "laura",
                                                     "password": PASSWORD, "next": "/"})
        self.assertEqual(status, 303)
        cookie = headers["Set-Cookie"].lower()
        self.assertIn("httponly", cookie)
        self.assertIn("samesite", cookie)
        self.assertEqual(browser.get("/")[0], 200)
        old = dict(browser.cookies)
        page = browser.get("/")[2].decode()
        token = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
        self.assertEqual(browser.post("/logout", {"csrf": token})[0], 303)
        browser.cookies = old
        self.assertEqual(browser.get("/")[0], 303, "the old session is gone")

    def test_a_new_session_at_login(self):
        browser = self.logged_in("laura")
        first = dict(browser.cookies)
        browser.login("anna")
        self.assertNotEqual(first, browser.cookies)
        browser.cookies = first
        self.assertEqual(browser.get("/")[0], 303)

    def test_without_its_token_a_form_is_refused(self):
        browser = Browser(self.server)
        for fields in ({}, {"csrf": ""}, {"csrf": "x" * 43}):
            status, _, _ = browser.post("/login", dict(fields, name="laura", password=PASSWORD))
            self.assertIn(status, (400, 403), fields)
        browser = self.logged_in("laura")
        self.assertIn(browser.post("/logout", {})[0], (400, 403))
        self.assertEqual(browser.get("/")[0], 200, "still logged in")

    def test_from_another_site_a_form_is_refused(self):
        browser = Browser(self.server)
        token = browser.form_token()
        status, _, _ = browser.post("/login", {"csrf": token, "name": "laura",
                                               "password": PASSWORD},
                                    {"Origin": "https://evil.example"})
        self.assertEqual(status, 403)

    def test_never_leads_away(self):
        for away in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"):
            browser = Browser(self.server)
            status, headers, _ = browser.login("laura", next_page=away)
            self.assertEqual((status, headers["Location"]), (303, "/"), away)

    def test_wrong_passwords_slow_down(self):
        browser = Browser(self.server)
        statuses = [browser.login("laura", "forkert kodeord")[0] for _ in range(8)]
        self.assertEqual(statuses[0], 401)
        self.assertEqual(statuses[-1], 429)
        status, headers, _ = browser.login("laura")
        self.assertEqual(status, 429)
        self.assertGreater(int(headers["Retry-After"]), 0)

    def test_a_name_that_does_not_exist_looks_the_same(self):
        known = Browser(self.server).login("laura", "forkert kodeord")
        unknown = Browser(self.server).login("nobody", "forkert kodeord")
        self.assertEqual(known[0], unknown[0])
        self.assertEqual(re.sub(rb'value="[^"]*"', b"", known[2]),
                         re.sub(rb'value="[^"]*"', b"", unknown[2]))

    def test_weak_passwords_and_strange_names_are_refused(self):
        for name, role, password in (("kort", "reader", "1234567"), ("", "reader", PASSWORD),
                                     ("<b>", "reader", PASSWORD), ("rolle", "king", PASSWORD),
                                     ("laura", "reader", PASSWORD)):
            done = self.run_klarsyn("user", self.data, "add", name, "--role", role,
                                    stdin=(password + "\n").encode())
            self.assertIn(done.code, (1, 2), (name, role, password, str(done)))
            self.assertNotIn(password, done.err + done.out)

    def test_passwords_are_nowhere_in_data(self):
        self.logged_in("laura")
        self.server.stop()
        import pathlib
        for path in pathlib.Path(self.data).rglob("*"):
            if path.is_file():
                self.assertNotIn(PASSWORD.encode(), path.read_bytes(), path)


@both_backends
class Api(ServerTest):
    def description(self):
        browser = Browser(self.server)
        for path in ("/api/v1/openapi.json", "/openapi.json", "/api/openapi.json"):
            status, _, content = browser.get(path)
            if status == 200:
                return json.loads(content)
        self.fail("no OpenAPI description is served")

    def routes(self, document):
        """Each described path with parameters that exist."""
        editions = self.ok("editions", self.data, "--json").json()["editions"]
        batches = self.batches()
        values = {"figure": "telephony.offered", "batch": batches[0]["batch"],
                  "edition": editions[0]["edition"] if editions else "none"}
        for path, methods in document["paths"].items():
            real = re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], "1"), path)
            yield path, real, methods

    def test_is_openapi_3_1_and_names_real_routes(self):
        document = self.description()
        self.assertTrue(document["openapi"].startswith("3.1"))
        for word in ("figures", "records", "editions", "batches"):
            self.assertTrue(any(word in path for path in document["paths"]), word)

    def test_every_answer_fits_its_description(self):
        document = self.description()
        browser = self.logged_in()
        checked = 0
        for path, real, methods in self.routes(document):
            if "get" not in methods or "{edition}" in path:
                continue
            operation = methods["get"]
            if "text/event-stream" in operation["responses"].get("200", {}).get("content", {}):
                continue  # an answer without an end; notices_test and the browser listen to it
            for query in ({}, {"period": "2013-04"}, {"period": "2013-04", "by": "queue,month"},
                          {"period": "2013-04", "where": "queue=servicedesk"}, {"period": "x"}):
                status, headers, content = browser.get(real, **query)
                answers = operation["responses"]
                self.assertTrue(str(status) in answers or "default" in answers,
                                (path, query, status))
                described = json_schema.resolve(document, answers.get(str(status),
                                                                      answers.get("default")))
                kind = headers["Content-Type"].split(";")[0]
                if not described.get("content"):
                    continue
                self.assertIn(kind, described["content"], (path, query, status))
                if kind.endswith("json"):
                    json_schema.validate(document, described["content"][kind].get("schema", {}),
                                         json.loads(content), f"{path} {status}")
                    checked += 1
        self.assertGreater(checked, 8)

    def test_same_answers_as_the_command_line(self):
        browser = self.logged_in()
        self.assertEqual(browser.json("/api/v1/figures"),
                         self.ok("figures", self.data, "--json").json())
        self.assertEqual(browser.json("/api/v1/batches"),
                         self.ok("batches", self.data, "--json").json())
        self.assertEqual(browser.json("/api/v1/editions"),
                         self.ok("editions", self.data, "--json").json())
        for name in ("telephony.offered", "telephony.wait_mean", "servicedesk.created"):
            for by in ("", "day", "month"):
                query = {"period": "2013-04"} | ({"by": by} if by else {})
                self.assertEqual(browser.json(f"/api/v1/figures/{name}", **query),
                                 self.figure(name, "2013-04", by))

    def test_records_page_by_page(self):
        browser = self.logged_in()
        path = "/api/v1/figures/telephony.offered/records"
        refs, target, pages = [], f"{path}?period=2013-04&limit=50", 0
        while target:
            status, headers, content = browser.request("GET", target)
            self.assertEqual(status, 200, content[:300])
            page = json.loads(content)["records"]
            self.assertLessEqual(len(page), 50)
            refs += [r["ref"] for r in page]
            self.assertEqual(headers["X-Total-Count"], "122")
            found = re.search(r'<([^>]+)>; rel="next"', headers.get("Link") or "")
            target = found.group(1) if found else None
            pages += 1
        self.assertEqual((pages, len(refs), len(set(refs))), (3, 122, 122))
        whole = [r["ref"] for r in self.records("telephony.offered", "2013-04")]
        self.assertEqual(refs, whole)

    def test_errors_are_problems(self):
        browser = self.logged_in()
        for path, status in (("/api/v1/figures/telephony.nonsense?period=2013", 404),
                             ("/api/v1/figures/telephony.offered?period=13", 400),
                             ("/api/v1/figures/telephony.offered?period=2013&by=moon", 400),
                             ("/api/v1/figures/telephony.offered?period=2013&where=moon%3D1", 400),
                             ("/api/v1/figures/telephony.offered/records?period=2013&limit=x", 400),
                             ("/api/v1/batches/B999", 404), ("/api/v1/editions/none", 404),
                             ("/api/v1/nowhere", 404), ("/api/v1/figures/%ff?period=2013", 404)):
            for language in ("da", "en"):
                with self.subTest(path=path, language=language):
                    joined = path + ("&" if "?" in path else "?") + "lang=" + language
                    got, headers, content = browser.request("GET", joined)
                    self.assertIn(got, (status, 400, 404), content[:300])
                    self.assertEqual(headers["Content-Type"].split(";")[0],
                                     "application/problem+json")
                    problem = json.loads(content)
                    self.assertEqual(problem["status"], got)
                    for word in ("type", "title"):
                        self.assertTrue(problem[word])

    def test_wrong_methods(self):
        browser = self.logged_in()
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            status, headers, _ = browser.request(method, "/api/v1/figures")
            self.assertIn(status, (403, 405, 501), method)
            if status == 405:
                self.assertIn("GET", headers.get("Allow", ""))
        status, headers, content = browser.request("HEAD", "/livez")
        self.assertEqual((status, content), (200, b""))


class Permissions(ServerTest):
    """Routes by roles, from what the server itself describes and from the pages' links."""

    # Route -> roles that are let in.
    EVERYBODY = {"anonymous", "laura", "erik", "anna"}
    READERS = {"laura", "erik", "anna"}
    MATRIX = {"/livez": EVERYBODY, "/readyz": EVERYBODY, "/login": EVERYBODY,
              "/metrics": EVERYBODY, "/": READERS, "/api/v1/figures": READERS,
              "/api/v1/figures/telephony.offered?period=2013-04": READERS,
              "/api/v1/figures/telephony.offered/records?period=2013-04": READERS,
              "/api/v1/batches": READERS, "/api/v1/editions": READERS,
              "/api/v1/batches/{batch}/rejects": {"erik", "anna"}}

    def test_matrix(self):
        batch = self.batches()[0]["batch"]
        browsers = {name: self.logged_in(name) for name in self.READERS}
        browsers["anonymous"] = Browser(self.server)
        for path, allowed in self.MATRIX.items():
            real = path.replace("{batch}", batch)
            for name, browser in browsers.items():
                with self.subTest(path=path, name=name):
                    status, headers, _ = browser.get(real)
                    if name in allowed:
                        self.assertEqual(status, 200)
                    elif real.startswith("/api/"):
                        self.assertIn(status, (401, 403, 404))
                    else:
                        self.assertIn(status, (303, 403, 404))

    def test_nobody_gets_in_with_a_made_up_session(self):
        browser = self.logged_in("laura")
        for name in list(browser.cookies):
            for value in ("", "x", "A" * 43, "../../etc/passwd", browser.cookies[name][:-1] + "!"):
                stranger = Browser(self.server)
                stranger.cookies = {name: value}
                self.assertIn(stranger.get("/api/v1/figures")[0], (401, 403), value)


class RudeClients(ServerTest):
    def alive(self):
        self.assertEqual(self.server.request("GET", "/livez", timeout=10)[0], 200)
        self.assertIsNone(self.server.process.poll())

    def test_garbage(self):
        generator = seeded("garbage")
        requests = [b"\0" * 500, b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                    b"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
                    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 50000 + b"\r\n",
                    b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"GET /assets/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100]
        requests += [bytes(generator.randrange(256) for _ in range(300)) for _ in range(20)]
        for request in requests:
            answer = self.server.raw(request, timeout=3, half_close=True)
            self.assertNotIn(b"root:", answer)
            if answer:
                self.assertRegex(answer[:20], rb"^HTTP/1\.[01] [2345]\d\d")
                self.assertNotRegex(answer[:20], rb"^HTTP/1\.[01] 5(?!05|01)", request[:60])
        self.alive()

    def test_oversize_bodies(self):
        for length in (2_000_000, 10**12):
            answer = self.server.raw(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: "
                                     b"application/x-www-form-urlencoded\r\nContent-Length: %d"
                                     b"\r\n\r\n" % length + b"a" * 65536, timeout=8)
            self.assertRegex(answer[:20], rb"^HTTP/1\.1 413")
        self.alive()

    def test_slow_clients_do_not_stop_others(self):
        slow = []
        for _ in range(50):
            connection = socket.create_connection(("127.0.0.1", self.server.port))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            slow.append(connection)
        start = time.monotonic()
        for _ in range(20):
            self.alive()
        self.assertLess(time.monotonic() - start, 5)
        # A header that is not complete within ten seconds ends the connection.
        end = time.monotonic() + 16
        slow[0].settimeout(16)
        try:
            while slow[0].recv(1000):
                pass
        except (TimeoutError, ConnectionError):
            pass
        self.assertLess(time.monotonic(), end)
        for connection in slow:
            connection.close()

    def test_many_at_once(self):
        browser = self.logged_in()
        cookies = dict(browser.cookies)

        def ask(n):
            mine = Browser(self.server)
            mine.cookies = dict(cookies)
            return [mine.get("/api/v1/figures/telephony.offered", period="2013-04")[0]
                    for _ in range(20)]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for statuses in pool.map(ask, range(16)):
                self.assertEqual(set(statuses), {200})

    def test_hostile_queries(self):
        browser = self.logged_in()
        hostile = ["'", "' or 1=1 --", "\0", "\u202e", "x" * 5000, "%", "queue", "=", "queue=",
                   "=servicedesk", "hour=noon", "hour=99999999999999999999", "weekday=-1"]
        for text in hostile:
            for key in ("where", "by", "period", "as_of", "limit", "offset", "lang"):
                query = {"period": "2013-04"}
                query[key] = text
                for path in ("/api/v1/figures/telephony.offered",
                             "/api/v1/figures/telephony.offered/records"):
                    status, _, content = browser.get(path + "?" + urllib.parse.urlencode(query))
                    self.assertIn(status, (200, 400, 404, 414, 431), (key, text, content[:200]))
        self.alive()


class CommandsWhileServing(ServerTest):
    def test_writes_go_through_the_server(self):
        browser = self.logged_in()
        before = browser.json("/api/v1/figures/telephony.offered", period="2013-04")
        batch = self.import_log(lines(*answered_call(NOON, "new")))
        after = browser.json("/api/v1/figures/telephony.offered", period="2013-04")
        self.assertEqual(after["rows"][0]["num"], before["rows"][0]["num"] + 1)
        self.ok("withdraw", self.data, batch["batch"], "--why", "prøve")
        again = browser.json("/api/v1/figures/telephony.offered", period="2013-04")
        self.assertEqual(again["rows"][0]["num"], before["rows"][0]["num"])
        self.refused("import", self.data, "queue-log", self.directory / "no_such")
        self.usage("import", self.data, "queue-log")
        self.verify()
        add_user(self.data, "ny", "reader")
        self.assertEqual(self.logged_in("ny").get("/")[0], 200)

    def test_a_file_relative_to_the_caller(self):
        self.file("here", lines(*answered_call(NOON, "relative")))
        done = self.ok("import", self.data, "queue-log", "here", "--json", cwd=self.directory)
        self.assertGreater(done.json()["batches"][0]["new"], 0)

    def test_killed_while_serving_with_writes(self):
        acknowledged, stop = [], threading.Event()

        def write(writer):
            n = 0
            while not stop.is_set():
                callid = f"w{writer}.{n}"
                path = self.file(callid, lines(*answered_call(NOON + n, callid)))
                done = self.run_klarsyn("import", self.data, "queue-log", path, "--json")
                if done.code == 0:
                    acknowledged.append(callid)
                n += 1
        rounds = int(os.environ.get("KLARSYN_TEST_KILLS", "12")) // 3
        generator = seeded("killed while serving")
        for _ in range(max(1, rounds)):
            stop.clear()
            writers = [threading.Thread(target=write, args=(f"{_}-{i}",)) for i in range(3)]
            for thread in writers:
                thread.start()
            time.sleep(0.4 + generator.random())
            self.server.stop(signal.SIGKILL)
            time.sleep(0.2)
            stop.set()
            for thread in writers:
                thread.join()
            self.verify()
            found = {r["callid"] for r in self.records("telephony.offered", "2013-04")}
            self.assertEqual(set(acknowledged) - found, set())
            answered = {r["callid"] for r in self.records("telephony.talk_mean", "2013-04")}
            self.assertEqual({c for c in found if c.startswith("w")} - answered, set(),
                             "half a file is there")
            self.server.start()
        self.assertGreater(len(acknowledged), 3)

    def test_reads_while_an_import_runs(self):
        browser = self.logged_in()
        path = self.file("large", lines(*random_log(seeded("large import"), 8000)))
        process = subprocess.Popen([KLARSYN, "import", self.data, "queue-log", path],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seen, slowest = set(), 0.0
        while process.poll() is None:
            start = time.monotonic()
            answer = browser.json("/api/v1/figures/telephony.offered", period="2013-04-15")
            slowest = max(slowest, time.monotonic() - start)
            seen.add(answer["rows"][0]["num"])
        self.assertEqual(process.returncode, 0)
        last = browser.json("/api/v1/figures/telephony.offered", period="2013-04-15")
        seen.add(last["rows"][0]["num"])
        self.assertLessEqual(len(seen), 2, f"a half import was seen: {seen}")
        self.assertLess(slowest, 2)


if __name__ == "__main__":
    unittest.main()
