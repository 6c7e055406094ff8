"""What every functional test needs: the real binary, a fresh DATA, small logs and cases.

Environment:
  KLARSYN                the binary; build/klarsyn without it
  KLARSYN_TEST_POSTGRES  postgresql:// URL of a server where databases may be made; with
                         KLARSYN_TEST_BACKEND=postgresql the tests run there
  KLARSYN_DEMO           directory with the demo's raw files (2013 and 2018), made by run.sh
  KLARSYN_DEMO_DATA      DATA into which they were imported; only read
"""
import atexit
import copy
import csv
import functools
import io
import itertools
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "oracle"))

from danish_calendar import utc_of_local  # noqa: E402

KLARSYN = os.environ.get("KLARSYN", str(ROOT / "build" / "klarsyn"))
TEST_DATA = ROOT / "tests" / "data"
SEED = int(os.environ.get("KLARSYN_TEST_SEED", "20130401"))
BACKEND = os.environ.get("KLARSYN_TEST_BACKEND", "sqlite")
_numbers = itertools.count(1)


class Done:
    def __init__(self, command, finished):
        self.command = command
        self.code = finished.returncode
        self.out = finished.stdout.decode("utf-8", errors="replace")
        self.err = finished.stderr.decode("utf-8", errors="replace")
        self.raw = finished.stdout

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise AssertionError(f"{self}: standard output is no JSON: {error}") from error

    def __str__(self):
        return (f"{' '.join(map(str, self.command))}: exit {self.code}\n"
                f"--- stdout\n{self.out[:1500]}\n--- stderr\n{self.err[:1500]}")


def klarsyn(*args, stdin=b"", env=None, timeout=300, cwd=None):
    command = [KLARSYN, *map(str, args)]
    finished = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, cwd=cwd,
                              env=dict(os.environ, **(env or {})))
    return Done(command, finished)


def processes():
    """[(process, parent, command line)] of all that run here."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        found.append((int(folder.name), parent, words))
    return found


class KlarsynTest(unittest.TestCase):
    """A test with a directory of its own and, on demand, fresh DATA in the chosen backend."""

    maxDiff = 4000
    backend = BACKEND

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="klarsyn-test-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self._data = None

    @property
    def data(self):
        if self._data is None:
            self._data = self.new_data()
        return self._data

    def new_data(self):
        return self.prepared(initialised)[0]

    def prepared(self, prepare):
        """(fresh DATA, what `prepare` told of it). Both are made once, and each test gets a copy."""
        if self.backend == "postgresql":
            needs_postgres(self)
        template, told = template_of(self.backend, prepare)
        told = copy.copy(told)  # a test may add to it
        if self.backend == "sqlite":
            return shutil.copytree(template, self.new_place()), told
        return new_postgres_database(self, template), told

    def new_place(self):
        if self.backend == "sqlite":
            return str(self.directory / f"data{next(_numbers)}")
        return new_postgres_database(self)

    def run_klarsyn(self, *args, **options):
        return klarsyn(*args, **options)

    def ok(self, *args, **options):
        done = self.run_klarsyn(*args, **options)
        self.assertEqual(done.code, 0, done)
        return done

    def refused(self, *args, **options):
        """Exit code 1, an explanation on standard error."""
        done = self.run_klarsyn(*args, **options)
        self.assertEqual(done.code, 1, done)
        self.assertTrue(done.err.strip(), done)
        return done

    def usage(self, *args, **options):
        """Exit code 2, an explanation on standard error, nothing on standard output."""
        done = self.run_klarsyn(*args, **options)
        self.assertEqual(done.code, 2, done)
        self.assertTrue(done.err.strip(), done)
        self.assertEqual(done.out, "", done)
        return done

    def file(self, name, content):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def import_log(self, content, *options, name=None, data=None):
        path = self.file(name or f"queue_log.{next(_numbers)}", content)
        return self.imported("queue-log", path, *options, data=data)

    def imported(self, form, *files_and_options, data=None):
        """Imports and returns the one batch that it made."""
        done = self.ok("import", data or self.data, form, *files_and_options, "--json")
        batches = done.json()["batches"]
        self.assertEqual(len(batches), 1, done)
        return batches[0]

    def figure(self, name, period, by="", where=(), data=None, **options):
        args = ["figure", data or self.data, name, "--period", period, "--json"]
        if by:
            args += ["--by", by]
        for condition in where:
            args += ["--where", condition]
        for option, value in options.items():
            args += ["--" + option.replace("_", "-"), str(value)]
        return self.ok(*args).json()

    def row(self, name, period, where=(), data=None, **options):
        rows = self.figure(name, period, where=where, data=data, **options)["rows"]
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def num(self, name, period, where=(), data=None, **options):
        return self.row(name, period, where, data, **options)["num"]

    def nums(self, name, period, by, where=(), data=None):
        """{key: num} of the rows that count anything."""
        words = by.split(",")
        keyed = [(tuple(row[w] for w in words), row)
                 for row in self.figure(name, period, by, where, data)["rows"]]
        return {key if len(key) > 1 else key[0]: row["num"] for key, row in keyed
                if row["records"]}

    def records(self, name, period, where=(), data=None, limit=None, extra=()):
        args = ["records", data or self.data, name, "--period", period, "--format", "json"]
        for condition in where:
            args += ["--where", condition]
        if limit is not None:
            args += ["--limit", limit]
        return self.ok(*args, *extra).json()["records"]

    def batches(self, data=None):
        """What the test imported: without the organisation that new DATA begins with."""
        return [b for b in self.ok("batches", data or self.data, "--json").json()["batches"]
                if b["format"] != "org"]

    def rejects(self, batch, data=None):
        return self.ok("rejects", data or self.data, batch, "--format", "json").json()["rejects"]

    def verify(self, data=None):
        return self.ok("verify", data or self.data)


def initialised(data):
    """What `init` makes and nothing else. What it makes, test_cli tests."""


@functools.cache
def template_of(backend, prepare):
    """A directory, or the name of a database to which nobody is connected, and what was told of it."""
    if backend == "sqlite":
        directory = tempfile.mkdtemp(prefix="klarsyn-test-")
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
        template = data = os.path.join(directory, "data")
    else:
        template = f"klarsyn_test_{os.getpid()}_{next(_numbers)}"
        postgres_sql(f"create database {template}")
        atexit.register(postgres_sql, f"drop database if exists {template} with (force)")
        data = postgres_url(template)
    done = klarsyn("init", data)
    assert done.code == 0, done
    return template, prepare(data)


def postgres_url(database):
    head, _, tail = os.environ["KLARSYN_TEST_POSTGRES"].partition("?")
    scheme, rest = head.split("://", 1)
    server = rest.split("/", 1)[0]
    return f"{scheme}://{server}/{database}" + (f"?{tail}" if tail else "")


def postgres_sql(statement):
    subprocess.run(["psql", "-qX", postgres_url("postgres"), "-c", statement], check=True,
                   capture_output=True)


def needs_postgres(test):
    if not os.environ.get("KLARSYN_TEST_POSTGRES"):
        test.skipTest("KLARSYN_TEST_POSTGRES names no server")


def new_postgres_database(test, template="template1"):
    needs_postgres(test)
    name = f"klarsyn_test_{os.getpid()}_{next(_numbers)}"
    postgres_sql(f"create database {name} template {template}")
    test.addCleanup(postgres_sql, f"drop database if exists {name} with (force)")
    return postgres_url(name)


def run_sql(data, statement):
    """Reaches around Klarsyn: what a vandal or a broken disk would do."""
    if data.startswith("postgresql://"):
        done = subprocess.run(["psql", "-qXAt", data, "-c", statement], capture_output=True,
                              text=True, check=True)
        return [line.split("|") for line in done.stdout.splitlines()]
    import sqlite3
    found = []
    for path in sqlite_files(data):
        connection = sqlite3.connect(path)
        try:
            found += connection.execute(statement).fetchall()
            connection.commit()
        finally:
            connection.close()
    return found


def sqlite_files(data):
    return [p for p in sorted(pathlib.Path(data).iterdir())
            if p.is_file() and p.read_bytes()[:15] == b"SQLite format 3"]


def both_backends(cls):
    """Adds a twin of the test class that runs on PostgreSQL, when a server is named."""
    module = sys.modules[cls.__module__]
    if BACKEND == "sqlite" and os.environ.get("KLARSYN_TEST_POSTGRES"):
        name = cls.__name__ + "OnPostgresql"
        twin = type(name, (cls,), {"backend": "postgresql", "__module__": cls.__module__})
        setattr(module, name, twin)
    return cls


def local(text):
    """UTC seconds of a Copenhagen time: local("2013-04-15 08:00:00")."""
    date, _, time = text.partition(" ")
    hour, minute, second = (list(map(int, time.split(":"))) + [0, 0])[:3] if time else (0, 0, 0)
    return utc_of_local(*map(int, date.split("-")), hour, minute, second)


def lines(*events):
    return "".join(event + "\n" for event in events)


def enter(time, callid="c1", queue="servicedesk", position=1):
    return f"{time}|{callid}|{queue}|NONE|ENTERQUEUE||4538612345|{position}"


def answered_call(time, callid="c1", queue="servicedesk", wait=20, talk=60, agent="SIP/101"):
    return [enter(time, callid, queue),
            f"{time + wait}|{callid}|{queue}|{agent}|CONNECT|{wait}|{callid}.9|3",
            f"{time + wait + talk}|{callid}|{queue}|{agent}|COMPLETECALLER|{wait}|{talk}|1"]


def abandoned_call(time, callid="c1", queue="servicedesk", wait=30):
    return [enter(time, callid, queue), f"{time + wait}|{callid}|{queue}|NONE|ABANDON|1|1|{wait}"]


AUDIT_COLUMNS = ("number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,"
                 "made_sla,caller_id,opened_by,opened_at,sys_created_by,sys_created_at,"
                 "sys_updated_by,sys_updated_at,contact_type,location,category,subcategory,"
                 "u_symptom,cmdb_ci,impact,urgency,priority,assignment_group,assigned_to,"
                 "knowledge,u_priority_confirmation,notify,problem_id,rfc,vendor,caused_by,"
                 "closed_code,resolved_by,resolved_at,closed_at").split(",")


def audit_row(number="INC0000001", state="New", mod=0, updated="01-03-2016 09:00",
              opened="01-03-2016 09:00", group="Group 1", reopen=0, resolved="?", closed="?",
              category="Category 1", priority="3 - Moderate", contact="Phone"):
    row = dict.fromkeys(AUDIT_COLUMNS, "?")
    row.update(number=number, incident_state=state, active=str(state != "Closed").upper(),
               reassignment_count="0", reopen_count=str(reopen), sys_mod_count=str(mod),
               opened_at=opened, sys_updated_at=updated, contact_type=contact, category=category,
               priority=priority, assignment_group=group, resolved_at=resolved, closed_at=closed)
    return row


def audit_file(rows, delimiter=",", newline="\n"):
    text = io.StringIO()
    writer = csv.DictWriter(text, AUDIT_COLUMNS, delimiter=delimiter, lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def random_log(generator, calls, start="2013-04-02", days=7):
    """Lines of calls with every kind of event, in the order of their times."""
    first = local(start)
    found = []
    for n in range(calls):
        time = first + generator.randrange(days * 86400)
        queue = generator.choice(("servicedesk", "klinisk_programhjaelp", "ukendt"))
        callid = f"{time}.{n}"
        wait = generator.choice((0, 5, 10, 11, 60, 299, 300, 301, 900))
        events = [enter(time, callid, queue, generator.randrange(1, 9))]
        kind = generator.choice(("answered", "talking", "transfer", "abandoned", "left", "open",
                                 "two queues"))
        end = time + wait
        if kind in ("answered", "talking", "transfer", "two queues"):
            if generator.random() < 0.3:
                rung = end - 1 if wait else end
                events.append(f"{rung}|{callid}|{queue}|SIP/1|RINGNOANSWER|15000")
            events.append(f"{end}|{callid}|{queue}|SIP/1|CONNECT|{wait}|x.{n}|2")
            talk = generator.randrange(1, 900)
            if kind == "answered":
                events.append(f"{end + talk}|{callid}|{queue}|SIP/1|COMPLETEAGENT|{wait}|{talk}|1")
            elif kind != "talking":
                form = generator.choice((f"ATTENDEDTRANSFER|BRIDGE|b{n}", "BLINDTRANSFER|12|ctx",
                                         "ATTENDEDTRANSFER|LINK|SIP/1|SIP/2"))
                events.append(f"{end + talk}|{callid}|{queue}|SIP/1|{form}|{wait}|{talk}|1")
            if kind == "two queues":
                events += [enter(end + talk, callid, "bagvagt"),
                           f"{end + talk + 7}|{callid}|bagvagt|NONE|ABANDON|1|1|7"]
        elif kind == "abandoned":
            events.append(f"{end}|{callid}|{queue}|NONE|" + generator.choice(
                (f"ABANDON|1|1|{wait}", "SYSCOMPAT|")))
        elif kind == "left":
            events.append(f"{end}|{callid}|{queue}|NONE|" + generator.choice(
                (f"EXITWITHTIMEOUT|1|1|{wait}", f"EXITEMPTY|1|1|{wait}",
                 f"EXITWITHKEY|5|1|1|{wait}", f"WITHDRAW|1|1|{wait}|moved")))
        found += [(int(e.split("|", 1)[0]), len(found) + i, e) for i, e in enumerate(events)]
    return [event for _, _, event in sorted(found)]


def random_cases(generator, count, first_number=1):
    """Audit rows of whole and unfinished cases, in random order of cases."""
    groups = ["Group 1", "Group 2", "Group 3", "Group 9", "?"]
    rows = []
    for n in range(count):
        number = f"INC{first_number + n:07}"
        clock = local("2016-03-01") + generator.randrange(20 * 86400) // 60 * 60
        opened = stamp(clock)
        state, group, reopen = "New", generator.choice(groups), 0
        for mod in range(generator.randrange(1, 9)):
            rows.append(audit_row(number, state, mod, stamp(clock), opened, group, reopen,
                                  category=generator.choice(("Category 1", "Category 2", "?")),
                                  priority=generator.choice(("1 - Critical", "4 - Low"))))
            before = state
            state = generator.choice({
                "New": ("Active", "Awaiting User Info", "Resolved", "New"),
                "Active": ("Active", "Awaiting User Info", "Resolved"),
                "Awaiting User Info": ("Active", "Resolved"),
                "Resolved": ("Closed", "Closed", "Active"),
                "Closed": ("Closed", "Active")}[state])
            if before in ("Resolved", "Closed") and state == "Active":
                reopen += generator.random() < 0.8
            if generator.random() < 0.4:
                group = generator.choice(groups)
            clock += generator.choice((0, 60, 3600, 86400, 3 * 86400))
    return rows


def stamp(utc):
    import datetime
    from danish_calendar import COPENHAGEN
    return datetime.datetime.fromtimestamp(utc, COPENHAGEN).strftime("%d-%m-%Y %H:%M")


GROUPS = "group,level,org,from,to\nGroup 1,1,IMT,,\nGroup 2,2,IMT,,\nGroup 3,3,IMT,,\n"


def seeded(name):
    return random.Random(f"{SEED}/{name}")
