"""A real directory for the tests: OpenLDAP's slapd on a free port, over TLS, with data of its own."""
import os
import pwd
import shutil
import socket
import subprocess
import time

SUFFIX = "dc=region,dc=example"
SLAPD = shutil.which("slapd") or "/usr/sbin/slapd"
SLAPADD = shutil.which("slapadd") or "/usr/sbin/slapadd"

PEOPLE = """\
dn: {suffix}
objectClass: dcObject
objectClass: organization
dc: region
o: Region

dn: ou=people,{suffix}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{suffix}
objectClass: organizationalUnit
ou: groups

dn: cn=klarsyn,{suffix}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: klarsyn
userPassword: opslag

dn: uid=karen,ou=people,{suffix}
objectClass: inetOrgPerson
uid: karen
cn: Karen Aagaard
sn: Aagaard
mail: karen@region.example
telephoneNumber: 38612345
userPassword: sommer sol

dn: uid=lars,ou=people,{suffix}
objectClass: inetOrgPerson
uid: lars
cn: Lars Uden Adgang
sn: Adgang
userPassword: vinter

dn: uid=anna,ou=people,{suffix}
objectClass: inetOrgPerson
uid: anna
cn: En anden Anna
sn: Anna
userPassword: katalogets

dn: cn=Servicedesk,ou=groups,{suffix}
objectClass: groupOfNames
cn: Servicedesk
member: uid=karen,ou=people,{suffix}
member: uid=anna,ou=people,{suffix}
"""

CONFIG = """\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {place}/slapd.pid
argsfile {place}/slapd.args
TLSCACertificateFile {place}/ca.pem
TLSCertificateFile {place}/server.pem
TLSCertificateKeyFile {place}/server.key
database mdb
suffix "{suffix}"
rootdn "cn=root,{suffix}"
rootpw rod
directory {place}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.base="cn=klarsyn,{suffix}" read by * auth
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(place):
    """An authority and a certificate of it for 127.0.0.1."""
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=place)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test CA",
            "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout",
            "server.key", "-out", "server.csr")
    (place / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2",
            "-CAcreateserial", "-extfile", "names", "-out", "server.pem")


class Directory:
    def __init__(self, place):
        self.place = place
        self.process = None
        self.port, self.tls_port = free_port(), free_port()
        (place / "data").mkdir(parents=True)
        certificate(place)
        (place / "slapd.conf").write_text(CONFIG.format(place=place, suffix=SUFFIX))
        (place / "people.ldif").write_text(PEOPLE.format(suffix=SUFFIX))
        self.as_nobody = []
        if os.getuid() == 0:  # a directory needs no rights
            nobody = pwd.getpwnam("nobody")
            for path in [place, *place.rglob("*")]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
            place.parent.chmod(0o755)
            self.as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        subprocess.run([*self.as_nobody, SLAPADD, "-f", place / "slapd.conf", "-l",
                        place / "people.ldif"], check=True, capture_output=True)

    @property
    def url(self):
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self):
        return f"ldaps://127.0.0.1:{self.tls_port}"

    def start(self):
        self.process = subprocess.Popen(
            [*self.as_nobody, SLAPD, "-f", self.place / "slapd.conf", "-h",
             f"{self.url} {self.tls_url}", "-d", "0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the directory did not start")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def change(self, ldif):
        subprocess.run(["ldapmodify", "-x", "-H", self.url, "-D", f"cn=root,{SUFFIX}", "-w", "rod"],
                       input=ldif.encode(), check=True, capture_output=True)
