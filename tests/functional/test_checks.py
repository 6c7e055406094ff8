"""The probe's protocols, each against its real peer: right, slow, half-dead, wrong and hostile."""
import datetime
import os
import re
import time
import unittest
import zoneinfo

import peers
import raw_peers
from check_test import CheckTest
from directory import SUFFIX, Directory
from harness import run_sql
from mail_servers import Dovecot, SmtpSink


class Hl7(CheckTest):
    protocol = "hl7-mllp"

    @classmethod
    def setUpClass(cls):
        cls.server = cls.peer(peers.Hl7Server(cls.place("hl7")))
        cls.settings = {"host": "127.0.0.1", "port": cls.server.port, "patient_id": "TEST|1",
                        "receiver": "LABKA", "receiver_facility": "REGION"}

    def test_a_marked_query_is_acknowledged(self):
        answer = self.good()
        self.assertEqual(self.steps(answer), ["connect", "acknowledge"])
        self.good()
        said = self.server.said()
        headers = re.findall(r"^MSH\|.*$", said, re.M)
        fields = headers[-1].split("|")
        self.assertEqual(fields[2:6], ["KLARSYN", "", "LABKA", "REGION"])
        self.assertEqual((fields[8], fields[10], fields[11]), ("QBP^Q22^QBP_Q21", "T", "2.5.1"))
        ids = [header.split("|")[9] for header in headers]
        self.assertEqual(len(set(ids)), len(ids))
        self.assertTrue(all(len(one) == 20 for one in ids))
        self.assertIn(f"QPD|Q22^Find Candidates^HL7|{ids[-1]}|@PID.3.1^TEST\\F\\1", said)

    def test_a_message_of_ones_own(self):
        self.good(type="ADT^A08^ADT_A01", segments=[
            "EVN|A08|{time}", "PID|1||{patient_id}^^^TEST||KLARSYN^TEST", "PV1|1|N"])
        self.assertRegex(self.server.said(), r"ADT\^A08\^ADT_A01(.|\n)*PID\|1\|\|TEST\\F\\1\^\^\^TEST")

    def test_a_refusal_and_anothers_acknowledgement_are_no_success(self):
        for code in ("AE", "AR", "CR"):
            server = peers.Hl7Server(self.place(code)).start(code)
            self.addCleanup(server.stop)
            self.bad("failed", f"acknowledged with {code}", port=server.port)
        server = peers.Hl7Server(self.place("odd")).start("Kirsten Hansen")
        self.addCleanup(server.stop)
        answer = self.bad("failed", "unknown code", port=server.port)
        self.assertNotIn("Hansen", str(answer))
        server = peers.Hl7Server(self.place("other")).start("AA", "id")
        self.addCleanup(server.stop)
        self.bad("failed", "another message", port=server.port)

    def test_a_slow_and_a_half_dead_service(self):
        server = peers.Hl7Server(self.place("slow")).start("AA", "", 1)
        self.addCleanup(server.stop)
        self.assertGreaterEqual(self.good(port=server.port)["ms"], 1000)
        self.in_time(500, "timeout", port=server.port)
        server.freeze()
        self.in_time(500, "timeout", port=server.port)

    def test_settings(self):
        self.refuses("patient_id", patient_id=None)
        self.refuses("segments", type="ADT^A08")
        self.refuses("segments", type="ADT^A08", segments=["PID|1\rPV1|1"])
        self.refuses("port", port="2575")


class Dicom(CheckTest):
    protocol = "dicom-echo"

    @classmethod
    def setUpClass(cls):
        cls.store = cls.peer(peers.StoreScp(cls.place("store")))
        cls.archive = cls.peer(peers.QueryRetrieveScp(cls.place("archive")))
        # Also the days beside today: a test may run over midnight.
        now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Copenhagen"))
        days = [f"{now + datetime.timedelta(days=by):%Y%m%d}" for by in (-1, 0, 1)]
        cls.worklist = cls.peer(peers.WorklistScp(cls.place("worklist")),
                                [("MR1", day) for day in (*days, "20130415")] + [("CT1", days[1])])
        cls.settings = {"host": "127.0.0.1", "port": cls.store.port, "called": "STORE"}

    def find(self, **settings):
        return {"protocol": "dicom-find", "port": self.archive.port, "called": "ARCHIVE",
                "patient_id": "KLARSYN-TEST", **settings}

    def list(self, **settings):
        return {"protocol": "dicom-worklist", "port": self.worklist.port, "called": "WORKLIST",
                "station": "MR1", **settings}

    def test_echo(self):
        answer = self.good()
        self.assertEqual(self.steps(answer), ["connect", "associate", "echo"])
        self.good(port=self.archive.port, called="ARCHIVE")
        self.good(port=self.worklist.port, called="WORKLIST")

    def test_find_counts_the_test_patients_studies(self):
        answer = self.good(**self.find())
        self.assertEqual(self.readings(answer), {"results": 2})
        self.assertEqual(self.steps(answer), ["connect", "associate", "find"])
        self.assertEqual(self.readings(self.good(**self.find(accession_number="ACC1"))), {"results": 1})
        self.assertEqual(self.readings(self.good(**self.find(model="patient"))), {"results": 2})
        self.bad("failed", "0 answers of at least 1", **self.find(patient_id="NOBODY"))
        self.good(**self.find(patient_id="NOBODY", at_least=0))

    def test_worklist(self):
        self.assertEqual(self.readings(self.good(**self.list())), {"results": 1})
        self.assertEqual(self.readings(self.good(**self.list(date="any"))), {"results": 4})
        self.assertEqual(self.readings(self.good(**self.list(date="20130416"))), {"results": 0})
        self.assertEqual(self.readings(self.good(**self.list(modality="CT"))), {"results": 0})
        self.bad("failed", "of at least 5", **self.list(date="any", at_least=5))

    def test_orthanc(self):
        orthanc = peers.Orthanc(self.place("orthanc")).start()
        self.addCleanup(orthanc.stop)
        there = {"port": orthanc.port, "called": "ORTHANC"}
        self.good(**there)
        self.assertEqual(self.readings(self.good(**self.find(**there))), {"results": 2})
        self.assertEqual(self.readings(self.good(**self.find(accession_number="ACC2", **there))),
                         {"results": 1})
        self.bad("failed", "rejected", port=orthanc.port, called="ANOTHER")

    def test_who_does_not_want_us(self):
        self.bad("failed", "rejected", **self.find(called="WRONG"))
        self.bad("failed", "rejected", **self.list(called="WRONG"))
        # Another service of DICOM: storage has no worklist.
        self.bad("failed", "not accepted", protocol="dicom-worklist", station="MR1")

    def test_half_dead(self):
        self.store.freeze()
        try:
            self.in_time(1000, "timeout")
        finally:
            self.store.thaw()
        self.good()

    def test_hostile_lengths(self):
        def accept_with_huge_length(connection):
            connection.recv(65536)
            connection.sendall(b"\x02\x00\xff\xff\xff\xff" + b"\x00" * 1000)
            raw_peers.endless(connection)
        peer = raw_peers.Raw(accept_with_huge_length)
        self.addCleanup(peer.stop)
        self.assertIn(self.check(2000, port=peer.port)["outcome"], ("failed", "timeout"))

    def test_settings(self):
        self.refuses("called", called="SEVENTEEN-LETTERS")
        self.refuses("patient_id", **self.find(patient_id="*"))
        self.refuses("patient_id", **self.find(patient_id=None))
        self.refuses("station", **self.list(station=None))
        self.refuses("date", **self.list(date="2013-04-15"))


class Fhir(CheckTest):
    protocol = "fhir"

    @classmethod
    def setUpClass(cls):
        statement = {"resourceType": "CapabilityStatement", "status": "active", "date": "2013-04-15",
                     "kind": "instance", "fhirVersion": "4.0.1", "format": ["json"]}
        patient = {"resourceType": "Patient", "id": "klarsyn-test", "name": [{"family": "Test"}]}
        cls.server = cls.peer(peers.FhirServer({
            "/r4/metadata": (200, statement),
            "/r3/metadata": (200, {**statement, "fhirVersion": "3.0.2"}),
            "/html/metadata": (200, b"<html>Log on</html>"),
            "/deep/metadata": (200, b"[" * 100_000),
            "/r4/Patient/klarsyn-test": (200, patient),
            "/r4/Patient/swapped": (200, patient),
            "/r4/Observation/klarsyn-test": (200, patient),
            "/r4/Patient/down": (503, {"resourceType": "OperationOutcome", "text": "Kirsten Hansen"})}))
        cls.settings = {"base": cls.server.base, "read": "Patient/klarsyn-test"}

    def test_recorded_answers_of_a_server(self):
        answer = self.good()
        self.assertEqual(self.steps(answer), ["metadata", "read"])
        self.assertEqual(self.server.asked[-1], ("/r4/Patient/klarsyn-test", "application/fhir+json"))
        self.assertEqual(self.steps(self.good(read=None)), ["metadata"])

    def test_wrong_answers(self):
        root = self.server.base[:-3]
        self.bad("failed", "not FHIR R4", base=root + "/r3")
        self.bad("failed", "no JSON", base=root + "/html")
        self.bad("failed", "no JSON", base=root + "/deep")
        self.bad("failed", "HTTP 404", base=root + "/nowhere")
        self.bad("failed", "another resource", read="Patient/swapped")
        self.bad("failed", "not a resource of this type", read="Observation/klarsyn-test")
        answer = self.bad("failed", "read: HTTP 503", read="Patient/down")
        self.assertNotIn("Hansen", str(answer))

    def test_a_token(self):
        server = peers.FhirServer({"/r4/metadata": (200, {
            "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"})}, token="kun-for-proeven")
        self.addCleanup(server.stop)
        own = {"base": server.base, "read": None, "token_secret": "fhir"}
        self.good(secrets={"fhir": "kun-for-proeven"}, **own)
        self.bad("failed", "HTTP 401", secrets={"fhir": "forkert-noegle"}, **own)
        self.bad("unable", "fhir", **own)

    def test_settings(self):
        self.refuses("base", base="ftp://x")
        self.refuses("read", read="Patient?name=x")


class Ldap(CheckTest):
    protocol = "ldap-bind"
    secrets = {"bind": "opslag"}

    @classmethod
    def setUpClass(cls):
        cls.ldap = cls.peer(Directory(cls.place("ldap")))
        cls.settings = {"url": cls.ldap.url, "ca_file": str(cls.ldap.place / "ca.pem"),
                        "bind_name": f"cn=klarsyn,{SUFFIX}", "password_secret": "bind",
                        "base": f"ou=people,{SUFFIX}"}

    def test_bind_and_read(self):
        self.assertEqual(self.steps(self.good()), ["connect", "tls", "bind", "read"])
        self.assertEqual(self.steps(self.good(url=self.ldap.tls_url)), ["connect", "bind", "read"])
        self.assertEqual(self.steps(self.good(tls="none", ca_file=None)), ["connect", "bind", "read"])
        self.assertEqual(self.steps(self.good(bind_name=None, password_secret=None, base=None)),
                         ["connect", "tls", "bind"])

    def test_refusals(self):
        self.bad("failed", "bind: Invalid credentials", secrets={"bind": "forkert"})
        self.bad("failed", "read: ", base=f"ou=nobody,{SUFFIX}")
        # An anonymous caller may not see it.
        self.bad("failed", "read: ", bind_name=None, password_secret=None)
        self.bad("failed", ".", ca_file=None)  # the system does not know this authority
        self.bad("failed", ".", ca_file=None, url=self.ldap.tls_url)
        self.bad("unable", "empty", secrets={"bind": ""})
        self.bad("unable", "other", password_secret="other")

    def test_half_dead(self):
        self.ldap.process.send_signal(19)
        try:
            self.in_time(1000, "timeout")
            self.in_time(1000, "timeout", tls="none")
        finally:
            self.ldap.process.send_signal(18)
        self.good()

    def test_settings(self):
        self.refuses("url", url="http://x")
        self.refuses("password_secret", bind_name=None)


class Mail(CheckTest):
    protocol = "imap"
    secrets = {"box": "hemmelig"}

    @classmethod
    def setUpClass(cls):
        cls.box = cls.peer(Dovecot(cls.place("dovecot")))
        cls.box.deliver(b"Subject: Test\r\n\r\nTest\r\n")
        cls.sink = cls.peer(SmtpSink())
        cls.settings = {"url": f"imaps://127.0.0.1:{cls.box.port}", "user": "desk",
                        "password_secret": "box", "ca_file": str(cls.box.place / "ca.pem")}

    def smtp(self, **settings):
        return {"protocol": "smtp", "url": self.sink.url, "tls": "none", "user": None,
                "password_secret": None, "ca_file": None, **settings}

    def test_imap(self):
        answer = self.good(mailbox="INBOX")
        self.assertEqual(self.readings(answer), {"messages": 1})
        self.assertEqual(self.steps(answer), ["connect", "tls", "dialogue"])
        self.good(user=None, password_secret=None)
        self.bad("failed", ".", secrets={"box": "forkert"})
        self.bad("failed", ".", ca_file=None)
        self.bad("failed", ".", mailbox="No such box")

    def test_smtp(self):
        self.assertEqual(self.steps(self.good(**self.smtp())), ["connect", "dialogue"])
        self.bad("failed", ".", **self.smtp(tls="required"))  # the sink has none
        self.sink.down = True
        try:
            self.bad("failed", "421", **self.smtp())
        finally:
            self.sink.down = False
        self.assertEqual(self.sink.letters, [])

    def test_settings(self):
        self.refuses("url", url="imaps://h/INBOX")
        self.refuses("mailbox", mailbox='a"b')


class Sql(CheckTest):
    protocol = "sql"

    @classmethod
    def setUpClass(cls):
        url = os.environ["KLARSYN_TEST_POSTGRES"]  # run.sh starts one; without it this is an error
        found = re.fullmatch(r"postgresql://([^@]*)@([^/]*)/([^?]*)(?:\?host=(.*))?", url)
        cls.url = url
        cls.settings = {"host": found.group(4) or found.group(2), "user": found.group(1),
                        "database": found.group(3), "tls": "none"}

    def test_query(self):
        self.assertEqual(self.steps(self.good()), ["connect", "query"])
        answer = self.good(query="SELECT 40 + 2", expect="42", reading="answer")
        self.assertEqual(self.readings(answer), {"answer": 42})
        self.bad("failed", "another value", query="SELECT 'Kirsten'", expect="42")
        self.bad("failed", "no value", query="SELECT 1 WHERE false", expect="1")
        self.bad("failed", "no whole number", query="SELECT 1.5", reading="x")
        self.good(query="SELECT generate_series(1, 100000000)")  # only the first row is fetched

    def test_nothing_can_be_changed(self):
        run_sql(self.url, "DROP TABLE IF EXISTS probe_test; CREATE TABLE probe_test (x int)")
        self.addCleanup(run_sql, self.url, "DROP TABLE probe_test")
        for query in ("INSERT INTO probe_test VALUES (1)", "DELETE FROM probe_test"):
            self.bad("failed", "25006", query=query)
        self.bad("failed", "42601", query="COMMIT; INSERT INTO probe_test VALUES (1)")
        self.assertEqual(run_sql(self.url, "SELECT count(*) FROM probe_test"), [["0"]])

    def test_refusals(self):
        answer = self.bad("failed", "42P01", query="SELECT * FROM kirsten_hansen")
        self.assertNotIn("kirsten", str(answer))
        self.bad("failed", "log-on refused", database="no_such_database")
        self.in_time(500, "timeout", query="SELECT pg_sleep(20)")
        time.sleep(0.3)
        left = run_sql(self.url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' "
                                 "AND state = 'active' AND pid <> pg_backend_pid()")
        self.assertEqual(left, [["0"]])

    def test_settings(self):
        self.refuses("tls", tls="maybe")
        self.refuses("database", database=None)


class Snmp(CheckTest):
    protocol = "snmp"
    secrets = {"community": "ups", "auth": "godkendelse", "priv": "hemmelighed"}

    @classmethod
    def setUpClass(cls):
        cls.device = cls.peer(peers.SnmpSim(cls.place("snmp")))
        cls.settings = {"host": "127.0.0.1", "port": cls.device.port, "community_secret": "community",
                        "values": {"charge": "1.3.6.1.2.1.33.1.2.4.0", "name": "1.3.6.1.2.1.1.1.0"}}

    def v3(self, **settings):
        return {"version": "3", "user": "probe", "auth": "sha", "auth_secret": "auth",
                "privacy_secret": "priv", "community_secret": None, "context": "ups", **settings}

    def test_version_2c(self):
        self.assertEqual(self.readings(self.good()), {"charge": 97})
        readings = self.readings(self.good(values=None, set="ups"))
        self.assertEqual(readings, {"charge_percent": 97, "seconds_on_battery": 0, "lines": 3,
                                    "power_used_w_1": 11000, "power_used_w_2": 12000,
                                    "power_used_w_3": 13000, "power_total_w": 60000})
        self.bad("failed", "has no missing", values={"missing": "1.3.6.1.2.1.33.1.99.0"})

    def test_storage(self):
        self.assertEqual(self.readings(self.good(values=None, set="storage", index=7)), {
            "storage_block_bytes": 4096, "storage_blocks": 2_000_000_000,
            "storage_used_blocks": 1_500_000_000})
        self.bad("failed", "has no storage_block_bytes", values=None, set="storage", index=8)
        self.refuses("index", values=None, set="storage")

    def test_hostile_answers(self):
        def cut(asked):
            return [asked[:at] for at in range(0, len(asked), 3)]

        def changed(asked):  # among them: another request, lengths beyond the datagram
            return [asked[:at] + bytes([asked[at] ^ 0xFF]) + asked[at + 1:] for at in range(len(asked))]

        for answer in (cut, changed, lambda asked: [os.urandom(1400)] * 50, lambda asked: [asked],
                       lambda asked: [b"\x30\x84\xff\xff\xff\xff" + asked[2:]]):
            peer = raw_peers.Udp(answer)
            try:
                self.assertIn(self.check(500, port=peer.port)["outcome"], ("timeout", "failed"))
            finally:
                peer.stop()

    def test_power_and_storage_become_rows_of_reading_csv(self):
        community = self.file("community", "ups\n")
        checks = "".join(f"""
[[check]]
system = "{name}"
action = "reading"
protocol = "snmp"
secrets = ["community"]
time_limit_ms = 1500
settings = {{host = "127.0.0.1", port = {port}, community_secret = "community", {more}}}
""" for name, port, more in (("UPS 1", self.device.port, 'set = "ups", place = "Herlev DC"'),
                             ("Nobody", peers.free_port(), 'set = "ups"'),
                             ("store-1", self.device.port, 'set = "storage", index = 7'),
                             ("name", self.device.port, 'values = {x = "1.3.6.1.2.1.1.1.0"}')))
        machine = self.file("probe.toml", f"""
site = "GLO"
[secret.community]
file = "{community}"
systems = ["UPS 1", "Nobody", "store-1", "name"]
{checks}""")
        done = self.run_klarsyn("probe", "readings", "--checks", machine)
        self.assertEqual(done.code, 1, done)
        self.assertIn("Nobody", done.err)
        self.assertNotIn("UPS 1", done.err)
        head, ups, store = done.out.split("\r\n")[:-1]
        self.assertEqual(head, "time,kind,place,unit_name,used,total,unit")
        self.assertEqual(ups.split(",")[1:], ["power", "Herlev DC", "UPS 1", "36000", "60000", "W"])
        self.assertEqual(store.split(",")[1:], ["storage", "GLO", "store-1", "6144000000000",
                                                "8192000000000", "B"])
        batch = self.imported("reading-csv", self.file("readings.csv", done.out))
        self.assertEqual((batch["read"], batch["rejected"]), (2, 0), batch)

    def test_version_3(self):
        self.assertEqual(self.readings(self.good(**self.v3())), {"charge": 97})
        # Some devices say that they do not know us, others nothing.
        for wrong in ({"user": "nobody"}, {"secrets": {"auth": "en forkert kode"}}):
            self.assertIn(self.check(1000, **self.v3(**wrong))["outcome"], ("failed", "timeout"))
        self.bad("unable", "8 characters", secrets={"auth": "kort"}, **self.v3())

    def test_silence(self):
        self.in_time(1000, "timeout", secrets={"community": "wrong"})
        self.device.freeze()
        try:
            self.in_time(600, "timeout")
        finally:
            self.device.thaw()
        self.good()

    def test_settings(self):
        self.refuses("values", values={"x": "1.3.six"})
        self.refuses("values", values=None)
        self.refuses("community_secret", community_secret=None)
        self.refuses("user", **self.v3(user=None))


if __name__ == "__main__":
    unittest.main()
