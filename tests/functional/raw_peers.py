"""Peers of bytes alone, each on a free port of this machine: what real ones do on a bad day, small web
pages, a name server. What runs a program of its own is in peers.py."""
import contextlib
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import time


class Raw:
    """A TCP server whose `handle` gets each connection, in a thread of its own; with `context` it
    speaks TLS. `seen` counts connections."""

    def __init__(self, handle, context=None, address="127.0.0.1"):
        peer, self.seen = self, 0

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                peer.seen += 1
                with contextlib.suppress(OSError):
                    if context is None:
                        handle(self.request)
                    else:
                        with context.wrap_socket(self.request, server_side=True) as connection:
                            handle(connection)

        class Many(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, request_queue_size = True, True, 32

        if ":" in address:
            Many.address_family = socket.AF_INET6
        self.server = Many((address, 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def silent(connection):
    """Accepts and never answers."""
    while connection.recv(65536):
        pass


def passing_on(port):
    """To a service on this machine that is reached over another address of it."""
    def handle(connection):
        with socket.create_connection(("127.0.0.1", port)) as there:
            def back():
                with contextlib.suppress(OSError):
                    while answer := there.recv(65536):
                        connection.sendall(answer)
            threading.Thread(target=back, daemon=True).start()
            while asked := connection.recv(65536):
                there.sendall(asked)
    return handle


def closing(connection):
    connection.recv(1)


def endless(connection):
    """Data without an end and without sense."""
    connection.settimeout(15)
    while True:
        connection.sendall(b"\x0b" + b"x" * 65536)


def http_talk(connection):
    """Another protocol, whatever was asked."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    silent(connection)


def dripping(head):
    """A byte at a time, for ever: each keeps a naive timeout from running out."""
    def handle(connection):
        connection.sendall(head)
        while True:
            connection.sendall(b" ")
            time.sleep(0.05)
    return handle


def page(text="alt vel", status="200 OK"):
    def handle(connection):
        connection.recv(65536)
        body = text.encode()
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
                           "Connection: close\r\n\r\n".encode() + body)
    return handle


def endless_page(connection):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def certificate(directory, name, days):
    """The file of a certificate that is its own authority, and the context of its server."""
    key, pem = directory / f"{name}.key", directory / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                    pem, "-subj", f"/CN={name}", "-days", str(days), "-addext",
                    f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return pem, context


AUTHORITY = """[ca]
default_ca = own
[own]
new_certs_dir = {place}
database = {place}/index.txt
serial = {place}/serial
unique_subject = no
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


class Authority:
    """An authority of the tests, ca.pem in `place`, and certificates of its own making."""

    def __init__(self, place):
        self.place = place
        place.mkdir(parents=True, exist_ok=True)
        (place / "index.txt").touch()
        (place / "serial").write_text("01\n")
        (place / "ca.cnf").write_text(AUTHORITY.format(place=place))
        self.openssl("req", "-x509", *self.key("ca"), "-out", "ca.pem", "-subj", "/CN=Test authority",
                     "-days", "2")
        self.file = place / "ca.pem"

    def openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.place)

    def key(self, name):
        return ["-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key"]

    def issue(self, name, alternative="DNS:localhost,IP:127.0.0.1,IP:::1", expired=False):
        """(certificate, key): files."""
        self.openssl("req", *self.key(name), "-out", f"{name}.csr", "-subj", f"/CN={name}", "-addext",
                     f"subjectAltName={alternative}")
        dates = (["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"] if expired
                 else ["-days", "2"])
        self.openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile",
                     "ca.key", "-in", f"{name}.csr", "-out", f"{name}.pem", *dates)
        return self.place / f"{name}.pem", self.place / f"{name}.key"

    def context(self, name, *more, **options):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name, *more, **options))
        return context


class Udp:
    """Answers each datagram with what `answer` makes of it: a list of datagrams."""

    def __init__(self, answer):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    asked, sender = self.socket.recvfrom(65536)
                    if asked == b"stop":
                        return
                    for one in answer(asked):
                        self.socket.sendto(one, sender)
        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()

    def stop(self):
        self.socket.sendto(b"stop", ("127.0.0.1", self.port))
        self.thread.join(5)
        self.socket.close()


def name_server(address="192.0.2.7", code=0, answers=True):
    """Answers every A question with the address, or with the code alone; `answers` False: never."""
    def answer(question):
        if not answers:
            return []
        end = question.index(b"\0", 12) + 5
        found = b"" if code else (b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) +
                                  socket.inet_aton(address))
        head = question[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, 1 if found else 0, 0, 0)
        return [head + question[12:end] + found]
    return Udp(answer)
