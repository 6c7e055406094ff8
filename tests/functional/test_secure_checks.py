"""The probe's protocols in TLS, with an authority of the region's own, and over IPv6."""
import unittest

import peers
import raw_peers
from check_test import CheckTest


class InTls(CheckTest):
    """MLLP and DICOM in TLS: an authority of the region's own, and services that ask who we are."""

    @classmethod
    def setUpClass(cls):
        cls.authority = raw_peers.Authority(cls.place("authority"))
        cls.server = cls.authority.issue("server")
        cls.mine, mine_key = cls.authority.issue("probe")
        cls.secrets = {"key": mine_key.read_text()}
        cls.tls = {"tls": True, "ca_file": str(cls.authority.file)}
        cls.own = {**cls.tls, "certificate_file": str(cls.mine), "key_secret": "key"}
        every = (*cls.server, cls.authority.file)
        cls.hl7 = cls.peer(peers.Hl7Server(cls.place("hl7")), tls=cls.server)
        cls.careful = cls.peer(peers.Hl7Server(cls.place("careful")), tls=every)
        cls.store = cls.peer(peers.StoreScp(cls.place("store")), tls=every)
        cls.archive = cls.peer(peers.Orthanc(cls.place("archive")), tls=every)

    def mllp(self, peer, **settings):
        return {"protocol": "hl7-mllp", "host": "127.0.0.1", "port": peer.port, "patient_id": "TEST",
                **settings}

    def echo(self, peer, called, **settings):
        return {"protocol": "dicom-echo", "host": "127.0.0.1", "port": peer.port, "called": called,
                **settings}

    def find(self, **settings):
        return {**self.echo(self.archive, "ORTHANC", **self.tls), "protocol": "dicom-find",
                "patient_id": "KLARSYN-TEST", **settings}

    def test_mllp(self):
        answer = self.good(**self.mllp(self.hl7, **self.tls))
        self.assertEqual(self.steps(answer), ["connect", "tls", "acknowledge"])
        self.good(**self.mllp(self.hl7, **self.tls, server_name="localhost"))
        self.good(**self.mllp(self.careful, **self.own))
        # In plain text nobody answers as HL7.
        self.bad("failed", ".", **self.mllp(self.hl7))

    def test_dicom(self):
        answer = self.good(**self.echo(self.store, "STORE", **self.own))
        self.assertEqual(self.steps(answer), ["connect", "tls", "associate", "echo"])
        self.assertEqual(self.readings(self.good(**self.find())), {"results": 2})
        self.bad("failed", "rejected", **self.find(called="WRONG"))
        self.bad("failed", ".", **self.echo(self.archive, "ORTHANC"))

    def test_who_the_service_is_and_who_we_are(self):
        for wanted in (self.mllp(self.hl7), self.find()):
            base = {**wanted, **self.tls}
            self.bad("failed", "certificate: (unable to get local issuer|self-signed)", **{**base, "ca_file": None})
            self.bad("failed", "certificate: hostname mismatch", **base, server_name="pacs.region.example")
            self.bad("unable", "ca_file", **{**base, "ca_file": str(self.authority.place / "none.pem")})
        for careful in (self.mllp(self.careful), self.echo(self.store, "STORE")):
            self.bad("failed", ".", **careful, **self.tls)
            # A certificate of nobody that they know.
            other = raw_peers.Authority(self.directory / careful["protocol"])
            mine, key = other.issue("probe")
            self.bad("failed", ".", secrets={"key": key.read_text()},
                     **{**careful, **self.own, "certificate_file": str(mine)})

    def test_a_certificate_that_has_expired(self):
        peer = raw_peers.Raw(raw_peers.silent, self.authority.context("old", expired=True))
        self.addCleanup(peer.stop)
        for wanted in (self.mllp(peer), self.echo(peer, "STORE")):
            self.bad("failed", "certificate: certificate has expired", **wanted, **self.tls)
        answer = self.bad("failed", "certificate has expired", protocol="tls", host="127.0.0.1",
                          port=peer.port, ca_file=str(self.authority.file))
        self.assertLess(self.readings(answer)["certificate_days"], -300)

    def test_silence_and_sense(self):
        peer = raw_peers.Raw(raw_peers.silent)  # no handshake
        later = raw_peers.Raw(raw_peers.silent, self.authority.context("silent"))
        for one in (peer, later):
            self.addCleanup(one.stop)
            for wanted in (self.mllp(one), self.echo(one, "STORE")):
                self.in_time(700, "timeout", **wanted, **self.tls)
        self.bad("unable", "no key in PEM", secrets={"key": "hemmeligt"}, **self.mllp(self.hl7, **self.own))
        _, other = self.authority.issue("other")
        self.bad("unable", "not the key of", secrets={"key": other.read_text()},
                 **self.mllp(self.hl7, **self.own))
        self.refuses("key_secret", **self.mllp(self.hl7, **self.tls, certificate_file="/x.pem"))
        self.refuses("ca_file", **self.mllp(self.hl7, ca_file="/x.pem"))
        self.refuses("tls", **self.echo(self.store, "STORE", tls="yes"))

    def test_ipv6(self):
        # The name in the certificate is an address, too.
        beyond = raw_peers.Raw(raw_peers.passing_on(self.archive.port), address="::1")
        self.addCleanup(beyond.stop)
        self.assertEqual(self.readings(self.good(**self.find(host="::1", port=beyond.port))),
                         {"results": 2})
        self.bad("failed", "cannot connect", **self.find(host="::1", port=peers.free_port()))
        plain = peers.StoreScp(self.place("plain")).start()
        self.addCleanup(plain.stop)
        beyond = raw_peers.Raw(raw_peers.passing_on(plain.port), address="::1")
        self.addCleanup(beyond.stop)
        self.good(protocol="dicom-echo", host="::1", port=beyond.port, called="STORE")


if __name__ == "__main__":
    unittest.main()
