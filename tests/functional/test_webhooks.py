"""Webhooks as Standard Webhooks describes them, received by a server of our own."""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
import unittest

from harness import KlarsynTest, run_sql
from server import Server, add_user


class Receiver:
    def __init__(self):
        self.events, self.status = [], 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.events.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/krog"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count, seconds=15):
        end = time.monotonic() + seconds
        while len(self.events) < count and time.monotonic() < end:
            time.sleep(0.05)
        return self.events

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Webhooks(KlarsynTest):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)
        self.server = self.serve('[webhooks]\nprivate_hosts = ["127.0.0.1"]\n')

    def serve(self, config):
        server = Server(self.data, self.directory, "--config", self.file("klarsyn.toml", config))
        self.addCleanup(server.stop)
        for name in ("agent", "admin"):
            add_user(self.data, name, name)
        server.start()
        self.tokens = {name: self.ok("token", self.data, "add", name, "--label", "t").out.split()[-1]
                       for name in ("agent", "admin")}
        return server

    def api(self, method, path, body=None, who="admin"):
        status, _, content = self.server.request(
            method, "/api/v1" + path, json.dumps(body) if body is not None else None,
            {"Authorization": "Bearer " + self.tokens[who], "Content-Type": "application/json"})
        return status, json.loads(content)

    def open_case(self, title="Printer"):
        status, case = self.api("POST", "/cases", {"title": title}, "agent")
        self.assertEqual(status, 201)
        return case["number"]

    def again(self):
        self.server.stop()
        run_sql(self.data, "UPDATE core_outbox SET next_attempt_at = 1 WHERE sent_at IS NULL")
        self.server.start()

    def test_an_event_comes_signed_and_once(self):
        status, hook = self.api("POST", "/webhooks", {"url": self.receiver.url, "events": ["case.*"]})
        self.assertEqual(status, 201)
        self.assertNotIn("secret", json.dumps(self.api("GET", "/webhooks")[1]))
        number = self.open_case("Patient 010203-1234")
        headers, body = self.receiver.wait(1)[0]
        headers = {k.lower(): v for k, v in headers.items()}
        told = json.loads(body)
        self.assertEqual((told["type"], told["data"]["number"]), ("case.opened", number))
        self.assertNotIn("Patient", body.decode())
        self.assertLess(abs(time.time() - int(headers["webhook-timestamp"])), 30)
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        secret = base64.b64decode(hook["secret"].removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["webhook-signature"], expected)
        self.api("POST", f"/cases/{number}/resolve", {"resolution": "x"}, "agent")
        self.assertEqual([json.loads(b)["type"] for _, b in self.receiver.wait(2)],
                         ["case.opened", "case.resolved"])
        time.sleep(3)
        self.assertEqual(len(self.receiver.events), 2)
        self.verify()

    def test_only_what_is_wanted_and_nothing_after_removal(self):
        _, hook = self.api("POST", "/webhooks", {"url": self.receiver.url, "events": ["case.closed"]})
        number = self.open_case()
        self.api("POST", f"/cases/{number}/close", {"reason": "withdrawn"}, "agent")
        self.assertEqual(json.loads(self.receiver.wait(1)[0][1])["type"], "case.closed")
        self.assertEqual(self.api("DELETE", f"/webhooks/{hook['id']}")[0], 200)
        self.assertEqual(self.api("DELETE", f"/webhooks/{hook['id']}")[0], 404)
        self.api("POST", f"/cases/{self.open_case()}/close", {"reason": "withdrawn"}, "agent")
        time.sleep(3)
        self.assertEqual(len(self.receiver.events), 1)

    def test_what_fails_is_tried_again_with_the_same_id_and_a_redirect_is_not_followed(self):
        self.api("POST", "/webhooks", {"url": self.receiver.url})
        self.receiver.status = 307
        self.open_case()
        self.receiver.wait(1)
        self.receiver.status = 204
        time.sleep(1)
        self.again()
        events = self.receiver.wait(2)
        self.assertEqual(len({{k.lower(): v for k, v in h.items()}["webhook-id"] for h, _ in events}), 1)
        self.assertEqual(events[0][1], events[1][1])
        time.sleep(3)
        self.assertEqual(len(self.receiver.events), 2)

    def test_nothing_inside_the_house_is_reached_unless_it_is_allowed(self):
        self.server.stop()
        (self.directory / "klarsyn.toml").write_text("")
        self.server.start()
        port = self.receiver.server.server_address[1]
        for url in (self.receiver.url, f"http://localhost:{port}/", f"http://[::ffff:127.0.0.1]:{port}/",
                    f"http://2130706433:{port}/", f"https://127.0.0.1:{port}/"):
            self.assertEqual(self.api("POST", "/webhooks", {"url": url})[0], 201)
        self.open_case()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            items = self.api("GET", "/outbox")[1]["items"]
            if len(items) == 5:
                break
            time.sleep(0.2)
        self.assertEqual(len(items), 5, items)
        self.assertEqual(self.receiver.events, [])

    def test_bad_input_and_bad_rights_are_refused(self):
        for body in ({}, {"url": "ftp://x"}, {"url": "https://a:b@c"}, {"url": "x"}, {"url": 7},
                     {"url": "https://x", "events": ["DROP TABLE"]}, {"url": "https://x", "secret": "y"}):
            self.assertEqual(self.api("POST", "/webhooks", body)[0], 400, body)
        for method, path in (("GET", "/webhooks"), ("POST", "/webhooks"), ("DELETE", "/webhooks/1"), ("GET", "/outbox")):
            self.assertEqual(self.api(method, path, {} if method == "POST" else None, "agent")[0], 403)


if __name__ == "__main__":
    unittest.main()
