"""klarsyn probe try: one check for people, against peers that do what real ones do on a bad day."""
import json
import time
import unittest

from directory import free_port
from harness import KlarsynTest
from raw_peers import Raw, certificate, dripping, endless_page, name_server, page, silent
from server import klarsyn


class TryTest(KlarsynTest):
    """One check for people, against peers that do what real ones do on a bad day."""

    def attempt(self, protocol, limit=2000, secrets=(), **settings):
        began = time.monotonic()
        done = klarsyn("probe", "try", protocol, "--settings", json.dumps(settings), "--json",
                       "--time-limit-ms", limit, *[w for s in secrets for w in ("--secret", s)])
        self.assertIn(done.code, (0, 1), done)
        self.assertLess(time.monotonic() - began, limit / 1000 + 3, done)
        answer = done.json()
        self.assertEqual(done.code == 0, answer["outcome"] == "ok", done)
        return answer

    def peer(self, serve, context=None):
        peer = Raw(serve, context)
        self.addCleanup(peer.stop)
        return peer.port

    def test_http(self):
        url = f"http://127.0.0.1:{self.peer(page())}/"
        self.assertEqual(self.attempt("http", url=url, contains="alt vel")["outcome"], "ok")
        self.assertGreater(self.attempt("http", url=url)["ms"], 0)
        wrong = self.attempt("http", url=url, contains="hemmeligt ord")
        self.assertEqual(wrong["outcome"], "failed")
        self.assertNotIn("hemmeligt", json.dumps(wrong))
        down = f"http://127.0.0.1:{self.peer(page('', '503 Down'))}/"
        self.assertEqual(self.attempt("http", url=down)["reason"], "the status is 503")
        for serve, outcome in ((silent, "timeout"), (dripping(b"x"), "failed"), (endless_page, "failed")):
            url = f"http://127.0.0.1:{self.peer(serve)}/"
            self.assertEqual(self.attempt("http", limit=700, url=url)["outcome"], outcome, serve)
        refused = self.attempt("http", url=f"http://127.0.0.1:{free_port()}/")
        self.assertEqual(refused["outcome"], "failed")

    def test_tls(self):
        pem, context = certificate(self.directory, "epm3.example", 21)
        port = self.peer(lambda connection: None, context)
        more = {"host": "127.0.0.1", "port": port, "ca_file": str(pem)}
        good = self.attempt("tls", server_name="epm3.example", **more)
        self.assertEqual(good["outcome"], "ok", good)
        self.assertEqual([r["name"] for r in good["readings"]], ["certificate_days"])
        self.assertIn(good["readings"][0]["value"], (20, 21))  # rounded down
        soon = self.attempt("tls", server_name="epm3.example", days_least=30, **more)
        self.assertRegex(soon["reason"], r"^the certificate expires in 2[01] days$")
        other = self.attempt("tls", server_name="pas.example", **more)
        self.assertEqual(other["outcome"], "failed")
        self.assertIn("hostname mismatch", other["reason"])
        stranger = self.attempt("tls", host="127.0.0.1", port=port, server_name="epm3.example")
        self.assertEqual(stranger["outcome"], "failed")
        self.assertIn("self-signed", stranger["reason"])
        url = f"https://localhost:{port}/"
        self.assertEqual(self.attempt("http", url=url)["outcome"], "failed")

    def test_dns(self):
        good, none, mute = name_server(), name_server(code=3), name_server(answers=False)
        for one in (good, none, mute):
            self.addCleanup(one.stop)
        ask = {"name": "epm3.region.example"}
        answer = self.attempt("dns", server=f"127.0.0.1:{good.port}", expect=["192.0.2.7"], **ask)
        self.assertEqual(answer["outcome"], "ok", answer)
        answer = self.attempt("dns", server=f"127.0.0.1:{good.port}", expect=["192.0.2.8"], **ask)
        self.assertEqual(answer["outcome"], "failed")
        self.assertIn("192.0.2.7", answer["reason"])
        answer = self.attempt("dns", server=f"127.0.0.1:{none.port}", **ask)
        self.assertEqual(answer["outcome"], "failed")
        answer = self.attempt("dns", limit=500, server=f"127.0.0.1:{mute.port}", **ask)
        self.assertEqual(answer["outcome"], "timeout", answer)

    def test_secrets_and_words(self):
        self.file("pw", "hemmelig\n")
        done = klarsyn("probe", "try", "command", "--settings", json.dumps({
            "program": "/bin/sh", "arguments": ["-c", "[ $P = hemmelig ] || exit 2"],
            "secrets": {"P": "pw"}}), "--secret", f"pw={self.directory / 'pw'}", "--lang", "da")
        self.assertEqual(done.code, 0, done)
        self.assertIn("command: svarede", done.out)
        self.assertNotIn("hemmelig", done.out + done.err)
        done = klarsyn("probe", "try", "tcp", "--settings", '{"host":"a"}', "--lang", "da")
        self.assertEqual(done.code, 1, done)
        self.assertIn("port", done.err)
        done = klarsyn("probe", "try", "nothing", "--lang", "en")
        self.assertIn("Known: http, tcp", done.err)
        self.assertIn("tls\n", klarsyn("probe", "try").out)


if __name__ == "__main__":
    unittest.main()
