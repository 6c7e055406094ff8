"""Each protocol of the probe with each peer that does what real ones do on a bad day: nothing is a success,
all ends in time, and no secret is seen by anybody who should not see it."""
import concurrent.futures
import itertools
import os
import random
import signal
import subprocess
import time
import unittest

import peers
import raw_peers
from check_test import CheckTest
from harness import processes

LIMIT_MS = 600
SECRET = "Hemmelig-4711-kode"

# How the right answer begins, by protocol; who waits for a question first gets it afterwards.
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{\"resourceType\":"
BEGINS = {
    "http": HTTP, "fhir": HTTP, "tcp": b"hel", "tls": b"\x16\x03\x03\x10\x00\x02\x00",
    "hl7-mllp": b"\x0bMSH|^~\\&|LABKA|REGION|KLARSYN||20130415||ACK|1|T|2.5.1\rMSA|AA|",
    "dicom-echo": b"\x02\x00\x00\x00\x00\xb8\x00\x01\x00\x00STORE           KLARSYN",
    "ldap-bind": b"\x30\x0c\x02\x01\x01\x61\x07\x0a",
    "smtp": b"220 mail.region.example ESMTP\r\n250-mail", "imap": b"* OK ready\r\n* CAPABILITY IMAP4rev1",
    "sql": b"R\x00\x00\x00\x08\x00\x00\x00\x00S\x00\x00\x00\x19client_enc",
}
BEGINS["dicom-find"] = BEGINS["dicom-worklist"] = BEGINS["dicom-echo"]


def settings(protocol, port, host="127.0.0.1"):
    """What leads to the port in plain text; secrets are sent where the protocol has them."""
    here = {"host": host, "port": port}
    user = {"user": "probe", "password_secret": "pw"}
    return {
        "http": {"url": f"http://{host}:{port}/", **user}, "tcp": {**here, "expect": "hello"}, "tls": here,
        "fhir": {"base": f"http://{host}:{port}/r4", "token_secret": "pw"},
        "hl7-mllp": {**here, "patient_id": "TEST"}, "dicom-echo": {**here, "called": "STORE"},
        "dicom-find": {**here, "called": "STORE", "patient_id": "TEST"},
        "dicom-worklist": {**here, "called": "STORE", "station": "MR1"},
        "ldap-bind": {"url": f"ldap://{host}:{port}", "tls": "none", "bind_name": "cn=probe",
                      "password_secret": "pw"},
        "smtp": {"url": f"smtp://{host}:{port}", "tls": "none", **user},
        "imap": {"url": f"imap://{host}:{port}", "tls": "none", **user},
        "sql": {**here, "database": "epm", "tls": "none", **user},
    }[protocol]


def in_tls(protocol, port, authority):
    plain = settings(protocol, port)
    changed = {
        "http": {"url": f"https://127.0.0.1:{port}/"}, "fhir": {"base": f"https://127.0.0.1:{port}/r4"},
        "ldap-bind": {"url": f"ldaps://127.0.0.1:{port}", "tls": None},
        "smtp": {"url": f"smtps://127.0.0.1:{port}", "tls": None},
        "imap": {"url": f"imaps://127.0.0.1:{port}", "tls": None},
        "sql": {"tls": "verify-full"}, "tls": {}}.get(protocol, {"tls": True})
    return {**plain, **changed, "ca_file": str(authority)}


TLS_PROTOCOLS = [name for name in BEGINS if name != "tcp"]


def asked_first(protocol):
    return protocol not in ("tcp", "smtp", "imap")


def beginning(protocol, then):
    """A right answer's beginning, then what `then` does."""
    def handle(connection):
        if asked_first(protocol):
            connection.recv(65536)
        connection.sendall(BEGINS[protocol])
        then(connection)
    return handle


def drip(protocol):
    def handle(connection):
        for byte in itertools.chain(BEGINS[protocol], itertools.repeat(32)):
            connection.sendall(bytes([byte]))
            time.sleep(0.2)
    return handle


def rubbish(connection):
    connection.sendall(random.Random(4711).randbytes(5000))
    raw_peers.silent(connection)


# What a peer does: (how, outcomes that are right)
BAD = {
    "silent": (lambda protocol: raw_peers.silent, ("timeout",)),
    "drips": (drip, ("failed", "timeout")),
    "rubbish": (lambda protocol: rubbish, ("failed", "timeout")),
    "another protocol": (lambda protocol: raw_peers.http_talk, ("failed", "timeout")),
    "endless": (lambda protocol: raw_peers.endless, ("failed", "timeout")),
    "begins, endless": (lambda protocol: beginning(protocol, raw_peers.endless), ("failed", "timeout")),
    "begins, silent": (lambda protocol: beginning(protocol, raw_peers.silent), ("timeout",)),
    "begins, closes": (lambda protocol: beginning(protocol, lambda connection: None), ("failed",)),
    "closes": (lambda protocol: raw_peers.closing, ("failed",)),
}
# Where a page's beginning is all that is asked for, or the answer is told apart sooner.
OTHERWISE = {("http", "another protocol"): ("ok",), ("http", "begins, endless"): ("ok",),
             **{(name, "closes"): ("timeout",) for name in ("tcp", "smtp", "imap")},  # it waits to be asked
             ("tls", "begins, silent"): ("timeout", "failed"),
             ("dicom-echo", "begins, silent"): ("timeout", "failed")}


class BadPeers(CheckTest):
    secrets = {"pw": SECRET}

    @classmethod
    def setUpClass(cls):
        cls.authority = raw_peers.Authority(cls.place("authority"))

    def together(self, jobs, work, most=16):
        """{job: answer} of all, several at a time; none may take longer than its limit and a little."""
        def timed(job):
            began = time.monotonic()
            return work(job), time.monotonic() - began
        with concurrent.futures.ThreadPoolExecutor(most) as pool:
            answers = dict(zip(jobs, pool.map(timed, jobs)))
        for job, (answer, seconds) in answers.items():
            with self.subTest(job=job):
                self.assertLess(seconds, 6, answer)
                self.assertNotIn(SECRET, str(answer))
        return {job: answer for job, (answer, _) in answers.items()}

    def ask(self, protocol, handle, context=None, lead=settings):
        peer = raw_peers.Raw(handle, context)
        try:
            return self.check(LIMIT_MS, protocol=protocol, **lead(protocol, peer.port))
        except subprocess.TimeoutExpired:
            return {"outcome": "hangs"}
        finally:
            peer.stop()

    def test_every_protocol_with_every_peer(self):
        jobs = [(protocol, bad) for bad in BAD for protocol in BEGINS]
        answers = self.together(jobs, lambda job: self.ask(job[0], BAD[job[1]][0](job[0])))
        for job, answer in answers.items():
            with self.subTest(job=job):
                self.assertIn(answer["outcome"], OTHERWISE.get(job, BAD[job[1]][1]), answer)
        nobody = self.together(list(BEGINS), lambda protocol: self.check(
            LIMIT_MS, protocol=protocol, **settings(protocol, peers.free_port())))
        self.assertEqual({name: answer["outcome"] for name, answer in nobody.items()},
                         {name: "failed" for name in BEGINS})

    def test_every_protocol_with_every_certificate(self):
        other = raw_peers.Authority(self.directory / "other")
        contexts = {"name": self.authority.context("name", "DNS:pacs.region.example"),
                    "expired": self.authority.context("expired", expired=True),
                    "unknown": other.context("unknown")}
        heard = []

        def listen(connection):
            while said := connection.recv(65536):
                heard.append(said)

        def work(job):
            protocol, fault = job
            context = contexts.get(fault)
            handle = listen if context else {"silent": raw_peers.silent, "closes": raw_peers.closing,
                                             "rubbish": rubbish}[fault]
            if protocol == "sql" and context:  # asks first whether there is TLS
                def ready(connection, handle=handle, context=context):
                    connection.recv(8)
                    connection.sendall(b"S")
                    with context.wrap_socket(connection, server_side=True) as secured:
                        handle(secured)
                handle, context = ready, None
            return self.ask(protocol, handle, context,
                            lambda name, port: in_tls(name, port, self.authority.file))
        jobs = [(protocol, fault) for fault in (*contexts, "silent", "closes", "rubbish")
                for protocol in TLS_PROTOCOLS]
        for (protocol, fault), answer in self.together(jobs, work).items():
            with self.subTest(protocol=protocol, fault=fault):
                right = ("timeout",) if fault == "silent" else ("failed", "timeout") if fault == "rubbish" else (
                    "failed",)
                self.assertIn(answer["outcome"], right, answer)
        self.assertEqual(heard, [])  # nobody was told anything, least of all a secret

    def test_tls_that_is_asked_for_in_plain_text(self):
        asked = {"ldap-bind": {"tls": None}, "sql": {"tls": "require"}, "smtp": {"tls": None}, "imap": {"tls": None}}
        jobs = [(protocol, bad) for bad in BAD for protocol in asked]
        answers = self.together(jobs, lambda job: self.ask(
            job[0], BAD[job[1]][0](job[0]), lead=lambda name, port: {**settings(name, port), **asked[name]}))
        for job, answer in answers.items():
            with self.subTest(job=job):
                self.assertIn(answer["outcome"], ("failed", "timeout"), answer)

    def test_datagrams(self):
        def cut(asked):
            return [asked[:at] for at in range(0, len(asked), 3)]
        replies = {"silent": lambda asked: [], "cut": cut, "itself": lambda asked: [asked],
                   "rubbish": lambda asked: [random.Random(1).randbytes(900)] * 20,
                   "endless": lambda asked: [asked[:2] + b"\x81\x80" + b"\xff" * 60_000] * 20}
        leads = {"dns": lambda port: {"name": "epm.region.example", "server": f"127.0.0.1:{port}"},
                 "snmp": lambda port: {"host": "127.0.0.1", "port": port, "community_secret": "pw",
                                       "values": {"x": "1.3.6.1.2.1.1.3.0"}}}

        def work(job):
            peer = raw_peers.Udp(replies[job[1]])
            try:
                return self.check(LIMIT_MS, protocol=job[0], **leads[job[0]](peer.port))
            finally:
                peer.stop()
        answers = self.together(list(itertools.product(leads, replies)), work)
        for job, answer in answers.items():
            with self.subTest(job=job):
                self.assertIn(answer["outcome"], ("timeout",) if job[1] == "silent" else ("failed", "timeout"))
        for name, lead in leads.items():
            answer = self.check(LIMIT_MS, protocol=name, **lead(peers.free_port()))
            self.assertIn(answer["outcome"], ("failed", "timeout"), answer)
        for host in ("nothing.invalid", "192.0.2.1"):
            self.assertIn(self.check(LIMIT_MS, protocol="icmp", host=host)["outcome"],
                          ("failed", "timeout", "unable"))

    def test_programs(self):
        scripts = {"hangs": ("sleep 3128", "timeout"), "drips": ("while :; do echo x; sleep 0.1; done", "timeout"),
                   "endless": ("yes", "failed"), "crashes": ("kill -SEGV $$", "failed"),
                   "wrong": ("exit 7", "failed"), "cannot": ("exit 3", "unable"),
                   "closes": ("exec 1>&-; sleep 3128", "timeout")}
        self.addCleanup(end_all, "sleep 3128")  # the runner would kill what a check started; here nobody does
        answers = self.together(list(scripts), lambda name: self.check(
            LIMIT_MS, protocol="command", program="/bin/sh", arguments=["-c", scripts[name][0]],
            secrets={"pw": SECRET}))
        self.assertEqual({name: answer["outcome"] for name, answer in answers.items()},
                         {name: outcome for name, (_, outcome) in scripts.items()})
        self.bad("unable", "cannot be started", protocol="command", program="/no/such/program")

    def test_secrets_stand_in_no_list_of_processes(self):
        peer = raw_peers.Raw(raw_peers.silent)
        self.addCleanup(peer.stop)
        named = [name for name in BEGINS if "secret" in str(settings(name, 1))]
        self.assertEqual(len(named), 6)
        with concurrent.futures.ThreadPoolExecutor(len(named)) as pool:
            running = [pool.submit(self.check, 1500, protocol=name, **settings(name, peer.port)) for name in named]
            seen = []
            while not all(one.done() for one in running):
                seen += [words for _, _, words in processes()]
                time.sleep(0.05)
        self.assertGreaterEqual(len([words for words in seen if "probe check" in words]), len(named))
        self.assertEqual([words for words in seen if SECRET in words], [])
        self.assertEqual({one.result()["outcome"] for one in running}, {"timeout"})


def end_all(line):
    for process, _, words in processes():
        if words.strip() == line:
            os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
