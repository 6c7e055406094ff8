"""Mail servers for the tests: dovecot for what arrives, and a sink that takes what leaves."""
import email
import email.policy
import imaplib
import os
import pwd
import shutil
import socketserver
import ssl
import subprocess
import threading
import time

from directory import certificate, free_port

DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"

CONFIG = """\
base_dir = {place}/run
state_dir = {place}/run
log_path = {place}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{place}/mail/%u
mail_uid = {user}
mail_gid = {group}
ssl = yes
ssl_cert = <{place}/server.pem
ssl_key = <{place}/server.key
passdb {{
  driver = static
  args = password=hemmelig
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={place}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """One mailbox, desk with the password hemmelig, over TLS."""

    def __init__(self, place):
        self.place, self.port, self.process = place, free_port(), None
        for folder in ("run", "mail"):
            (place / folder).mkdir(parents=True)
        certificate(place)
        account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        import grp
        group = grp.getgrgid(account.pw_gid).gr_name
        (place / "dovecot.conf").write_text(
            CONFIG.format(place=place, port=self.port, user=account.pw_name, group=group))
        self.prefix = []
        if os.getuid() == 0:
            for path in [place, *place.rglob("*")]:
                os.chown(path, account.pw_uid, account.pw_gid)
            place.parent.chmod(0o755)
            self.prefix = ["setpriv", f"--reuid={account.pw_name}", f"--regid={group}", "--clear-groups"]

    @property
    def url(self):
        return f"imaps://127.0.0.1:{self.port}/INBOX"

    def start(self):
        self.process = subprocess.Popen([*self.prefix, DOVECOT, "-F", "-c", self.place / "dovecot.conf"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                self.login().logout()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError("dovecot did not start")

    def login(self):
        context = ssl.create_default_context(cafile=str(self.place / "ca.pem"))
        box = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=context)
        box.login("desk", "hemmelig")
        return box

    def deliver(self, message):
        box = self.login()
        box.append("INBOX", None, None, message)
        box.logout()

    def waiting(self):
        """{uid: flags} of what is still in the mailbox."""
        box = self.login()
        box.select("INBOX", readonly=True)
        _, found = box.uid("FETCH", "1:*", "(FLAGS)")
        box.logout()
        return [line.decode() for line in found if line]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


class SmtpSink:
    """Takes letters. `refuse` maps an address to the answer that it gets, e.g. "550 unknown"."""

    def __init__(self):
        self.letters, self.refuse, self.down = [], {}, False
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line):
                self.wfile.write(line.encode() + b"\r\n")

            def handle(self):
                if sink.down:
                    return self.say("421 closed")
                self.say("220 sink ESMTP")
                to = []
                while line := self.rfile.readline():
                    word = line[:4].upper().strip()
                    if word in (b"EHLO", b"HELO"):
                        self.say("250-sink")
                        self.say("250 8BITMIME")
                    elif word == b"RCPT":
                        address = line.split(b"<", 1)[1].split(b">", 1)[0].decode()
                        answer = sink.refuse.get(address, "250 ok")
                        if answer.startswith("250"):
                            to.append(address)
                        self.say(answer)
                    elif word == b"DATA":
                        self.say("354 go on")
                        content = b""
                        while (line := self.rfile.readline()) not in (b".\r\n", b""):
                            content += line[1:] if line.startswith(b"..") else line
                        message = email.message_from_bytes(content, policy=email.policy.default)
                        sink.letters.append((to[0] if to else "", message, content))
                        to = []
                        self.say("250 taken")
                    elif word == b"QUIT":
                        return self.say("221 bye")
                    else:
                        self.say("250 ok")

        class Many(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads = True, True

        self.server = Many(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def wait(self, count, seconds=20):
        end = time.monotonic() + seconds
        while len(self.letters) < count and time.monotonic() < end:
            time.sleep(0.05)
        return self.letters

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
