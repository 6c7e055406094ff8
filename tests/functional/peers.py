"""Real peers of the probe's protocols, each on a free port of this machine.

What comes from Debian with modules for its own Python runs under /usr/bin/python3.
"""
import contextlib
import http.client
import http.server
import json
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time

from directory import free_port

PYTHON = "/usr/bin/python3"


def as_nobody(place):
    """What stands before a server's command so that it does not run as root."""
    if os.getuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    place.parent.chmod(0o755)
    for path in [place, *place.rglob("*")]:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def copied(files, place):
    """Copies that belong to the server (as_nobody)."""
    return [shutil.copy(file, place) for file in files]


class Program:
    """A server that is a program: started, waited for on its port, stopped."""

    def __init__(self, place):
        self.place, self.port, self.process = place, free_port(), None
        place.mkdir(parents=True, exist_ok=True)

    def run(self, *command, port_opens=True):
        self.log = open(self.place.parent / (self.place.name + ".log"), "ab")
        self.process = subprocess.Popen([*as_nobody(self.place), *map(str, command)], cwd=self.place,
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env={**os.environ, "HOME": str(self.place),
                                             "TMPDIR": str(self.place), "PYTHONDONTWRITEBYTECODE": "1"})
        end = time.monotonic() + 30
        while port_opens and time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return self
            assert self.process.poll() is None, self.said()
            time.sleep(0.05)
        return self

    def said(self):
        return (self.place.parent / (self.place.name + ".log")).read_text(errors="replace")[-2000:]

    def freeze(self):
        """Half-dead: the kernel takes connections, nobody answers."""
        self.process.send_signal(19)

    def thaw(self):
        self.process.send_signal(18)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.thaw()
            self.process.kill()
            self.process.wait(10)
        if self.process:
            self.log.close()


HL7_SERVER = '''
import asyncio, ssl, sys
import hl7
from hl7.mllp import start_hl7_server

CODE, CHANGE, WAIT = sys.argv[2], sys.argv[3], float(sys.argv[4])

async def serve(reader, writer):
    try:
        while not writer.is_closing():
            message = await reader.readmessage()
            print(str(message).replace("\\r", "\\n"), flush=True)
            await asyncio.sleep(WAIT)
            answer = message.create_ack(ack_code=CODE)
            if CHANGE == "id":
                answer.segment("MSA").assign_field("ANOTHER-ID", 2)
            writer.writemessage(answer)
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()

async def main():
    context = None
    if len(sys.argv) > 5:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[5], sys.argv[6])
        if len(sys.argv) > 7:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(sys.argv[7])
    async with await start_hl7_server(serve, "127.0.0.1", int(sys.argv[1]), encoding="utf-8",
                                      ssl=context) as server:
        await server.serve_forever()

asyncio.run(main())
'''


class Hl7Server(Program):
    """python3-hl7's MLLP server, acknowledging with `code`; `tls`: files of its certificate and key,
    and of the authority whose certificates it asks for."""

    def start(self, code="AA", change="", wait=0, tls=()):
        script = self.place / "server.py"
        script.write_text(HL7_SERVER)
        return self.run(PYTHON, script, self.port, code, change, wait, *copied(tls, self.place))


class StoreScp(Program):
    """`tls`: files of its certificate and key, and of the authority whose certificates it asks for."""

    def start(self, tls=()):
        secure = []
        if tls:
            pem, key, authority = copied(tls, self.place)
            secure = ["+tls", key, pem, "+cf", authority]
        return self.run("storescp", "-aet", "STORE", *secure, self.port)


STUDY = """\
(0008,0005) CS [ISO_IR 192]
(0008,0016) UI [1.2.840.10008.5.1.4.1.1.7]
(0008,0018) UI [1.2.826.0.1.3680043.9.9999.{n}.3]
(0008,0020) DA [20130415]
(0008,0030) TM [080000]
(0008,0050) SH [ACC{n}]
(0008,0060) CS [OT]
(0010,0010) PN [TEST^KLARSYN {n}]
(0010,0020) LO [KLARSYN-TEST]
(0010,0030) DA [19000101]
(0010,0040) CS [O]
(0020,000d) UI [1.2.826.0.1.3680043.9.9999.{n}.1]
(0020,000e) UI [1.2.826.0.1.3680043.9.9999.{n}.2]
(0020,0010) SH [1]
(0020,0011) IS [1]
(0020,0013) IS [1]
"""


def dump_to_dicom(place, name, text):
    (place / "dump.txt").write_text(text)
    subprocess.run(["dump2dcm", "-q", "+te", place / "dump.txt", place / name], check=True)
    (place / "dump.txt").unlink()
    return place / name


class QueryRetrieveScp(Program):
    """dcmqrscp with `studies` synthetic studies of one test patient."""

    def start(self, studies=2):
        database = self.place / "database"
        database.mkdir()
        for number in range(1, studies + 1):
            dump_to_dicom(database, f"{number}.dcm", STUDY.format(n=number))
        config = self.place / "dcmqrscp.cfg"
        config.write_text(f"NetworkTCPPort = {self.port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
                          "HostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
                          f"AETable BEGIN\nARCHIVE {database} RW (200, 1024mb) ANY\nAETable END\n")
        subprocess.run(["dcmqridx", database, *sorted(database.glob("*.dcm"))], check=True)
        return self.run("dcmqrscp", "-c", config)


class Orthanc(Program):
    """Orthanc with `studies` synthetic studies of one test patient; `tls` as StoreScp, without
    asking for a certificate."""

    def start(self, studies=2, tls=()):
        web = free_port()
        config = {"Name": "test", "DicomPort": self.port, "DicomAet": "ORTHANC", "HttpPort": web,
                  "DicomCheckCalledAet": True, "StorageDirectory": str(self.place / "storage"),
                  "IndexDirectory": str(self.place / "index"), "RemoteAccessAllowed": False,
                  "AuthenticationEnabled": False, "DicomAlwaysAllowFind": True,
                  "DicomAlwaysAllowEcho": True, "Plugins": []}
        if tls:
            pem, key, authority = copied(tls, self.place)
            config.update({"DicomTlsEnabled": True, "DicomTlsCertificate": pem, "DicomTlsPrivateKey": key,
                           "DicomTlsTrustedCertificates": authority,
                           "DicomTlsRemoteCertificateRequired": False})
        (self.place / "orthanc.json").write_text(json.dumps(config))
        self.run("/usr/sbin/Orthanc", self.place / "orthanc.json")
        end = time.monotonic() + 30
        for number in range(1, studies + 1):
            file = dump_to_dicom(self.place, f"{number}.dcm", STUDY.format(n=number))
            while True:  # its web port opens a moment later
                with contextlib.suppress(OSError):
                    connection = http.client.HTTPConnection("127.0.0.1", web, timeout=10)
                    connection.request("POST", "/instances", file.read_bytes())
                    assert connection.getresponse().status == 200, self.said()
                    connection.close()
                    break
                assert time.monotonic() < end, self.said()
                time.sleep(0.05)
        return self


WORKLIST = """\
(0008,0005) CS [ISO_IR 192]
(0008,0050) SH [ACC{n}]
(0010,0010) PN [TEST^KLARSYN]
(0010,0020) LO [KLARSYN-TEST]
(0020,000d) UI [1.2.826.0.1.3680043.9.9999.{n}]
(0032,1060) LO [TEST]
(0040,0100) SQ
(fffe,e000) -
(0008,0060) CS [MR]
(0040,0001) AE [{station}]
(0040,0002) DA [{date}]
(0040,0003) TM [080000]
(0040,0007) LO [TEST]
(0040,0009) SH [STEP{n}]
(fffe,e00d) -
(fffe,e0dd) -
(0040,1001) SH [PROC{n}]
"""


class WorklistScp(Program):
    """wlmscpfs with one planned examination of the test patient for each (station, date)."""

    def start(self, planned):
        folder = self.place / "lists" / "WORKLIST"
        folder.mkdir(parents=True)
        (folder / "lockfile").touch()
        for number, (station, date) in enumerate(planned, 1):
            dump_to_dicom(folder, f"{number}.wl", WORKLIST.format(n=number, station=station, date=date))
        return self.run("wlmscpfs", "-dfp", self.place / "lists", self.port)


DEVICE = """\
1.3.6.1.2.1.1.1.0|4|Simulated UPS
1.3.6.1.2.1.25.2.3.1.3.7|4|/store
1.3.6.1.2.1.25.2.3.1.4.7|2|4096
1.3.6.1.2.1.25.2.3.1.5.7|2|2000000000
1.3.6.1.2.1.25.2.3.1.6.7|2|1500000000
1.3.6.1.2.1.33.1.2.2.0|2|0
1.3.6.1.2.1.33.1.2.4.0|2|97
1.3.6.1.2.1.33.1.4.3.0|2|3
1.3.6.1.2.1.33.1.4.4.1.4.1|2|11000
1.3.6.1.2.1.33.1.4.4.1.4.2|2|12000
1.3.6.1.2.1.33.1.4.4.1.4.3|2|13000
1.3.6.1.2.1.33.1.9.6.0|2|60000
"""


class SnmpSim(Program):
    """snmpsim with a UPS and a store: community ups; version 3 user probe."""

    def start(self):
        data = self.place / "data"
        data.mkdir()
        (data / "ups.snmprec").write_text(DEVICE)
        (self.place / "cache").mkdir()
        self.run("snmpsimd", f"--data-dir={data}", f"--cache-dir={self.place / 'cache'}",
                 f"--agent-udpv4-endpoint=127.0.0.1:{self.port}", "--v3-user=probe",
                 "--v3-auth-proto=SHA", "--v3-auth-key=godkendelse", "--v3-priv-proto=AES",
                 "--v3-priv-key=hemmelighed", "--logging-method=stdout", port_opens=False)
        end = time.monotonic() + 30
        while "Listening at UDP" not in self.said():
            assert self.process.poll() is None and time.monotonic() < end, self.said()
            time.sleep(0.1)
        return self


class FhirServer:
    """Gives recorded answers, hand-written after the FHIR R4 specification: Debian has no FHIR server,
    so this is no proof of how a real one behaves."""

    def __init__(self, answers, token=None):
        peer = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                peer.asked.append((self.path, self.headers.get("Accept")))
                status, body = answers.get(self.path, (404, {"resourceType": "OperationOutcome"}))
                if token and self.headers.get("Authorization") != f"Bearer {token}":
                    status, body = 401, {"resourceType": "OperationOutcome"}
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/fhir+json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}/r4"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
