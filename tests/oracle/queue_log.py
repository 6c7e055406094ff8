"""queue_log lines to visits, straight from the raw files.

A visit is (callid, queue, entry). Everything here follows the written definitions only.
"""
import collections
import dataclasses
import typing

from danish_calendar import local_day_and_hour, weekday_of


@dataclasses.dataclass
class Visit:
    source: str
    callid: str
    queue: str
    entered: int
    ordinal: int
    day: int
    hour: int
    weekday: int
    position: typing.Optional[int] = None
    outcome: str = "open"
    way: typing.Optional[str] = None
    ended: typing.Optional[int] = None
    wait: typing.Optional[int] = None
    wait_differs: bool = False
    ring: typing.Optional[int] = None
    talk: typing.Optional[int] = None
    agent: typing.Optional[str] = None


# Which parameter (from 0) states the wait. The way out keeps the event's own name.
LEFT = {"EXITWITHTIMEOUT": 2, "EXITEMPTY": 2, "EXITWITHKEY": 3, "WITHDRAW": 2}
TALK = {"COMPLETEAGENT": 1, "COMPLETECALLER": 1, "BLINDTRANSFER": 3, "TRANSFER": 3,
        "ATTENDEDTRANSFER": -2}


def split_lines(data):
    """The whole lines of a file; a last line without LF is not read."""
    return data.split(b"\n")[:-1]


def parse(raw):
    """(time, callid, queue, agent, verb, parameters), or None for a line that is no event."""
    if raw.endswith(b"\r"):
        raw = raw[:-1]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    fields = text.split("|")
    if len(fields) < 5 or not fields[0].isascii() or not fields[0].isdigit() or not fields[4]:
        return None
    return int(fields[0]), fields[1], fields[2], fields[3], fields[4], fields[5:]


def _number(parameters, index):
    try:
        text = parameters[index]
    except IndexError:
        return None
    return int(text) if text.isascii() and text.isdigit() else None


def _union(files):
    """Every line as often as the one file that has it most often; ordered for pairing.

    The order is that of the times. Within one second of one call in one queue, lines that some
    file has both of keep that file's order; the others go by their file's start, then by line.
    """
    places = collections.defaultdict(dict)   # (line, which of its kind) -> {file: (start, number)}
    for index, data in enumerate(files):
        parsed = [(number, raw, parse(raw)) for number, raw in enumerate(split_lines(data), 1)
                  if raw]
        parsed = [entry for entry in parsed if entry[2]]
        if not parsed:
            continue
        start = min(event[0] for _, _, event in parsed)
        seen = collections.Counter()
        for number, raw, event in parsed:
            seen[raw] += 1
            places[(raw, seen[raw])][index] = (start, number)
    instants = collections.defaultdict(list)  # (time, callid, queue) -> [places of a line, event]
    for (raw, _), where in places.items():
        event = parse(raw)
        instants[event[:3]].append((where, event))
    return [event for key in sorted(instants) for event in _in_order(instants[key])]


def _in_order(lines):
    """Always takes the line that no file puts after another one left; of these the first."""
    left = sorted(lines, key=lambda line: min(line[0].values()))
    while left:
        for candidate in left:
            where = candidate[0]
            if all(other is candidate or
                   all(where[f] < place for f, place in other[0].items() if f in where)
                   for other in left):
                break
        else:
            candidate = left[0]  # the files contradict each other
        left.remove(candidate)
        yield candidate[1]


def _end(visit, time, outcome, stated):
    visit.outcome = outcome
    visit.ended = time
    elapsed = time - visit.entered
    visit.wait = elapsed if stated is None else stated
    visit.wait_differs = stated is not None and abs(stated - elapsed) > 2


def _apply(visit, time, agent, verb, parameters):
    if verb == "CONNECT":
        if visit.outcome == "open":
            _end(visit, time, "answered", _number(parameters, 0))
            visit.ring = _number(parameters, 2)
            visit.agent = agent
    elif verb == "ABANDON":
        if visit.outcome == "open":
            _end(visit, time, "abandoned", _number(parameters, 2))
    elif verb == "SYSCOMPAT":
        if visit.outcome == "open":
            _end(visit, time, "abandoned", None)
    elif verb in LEFT:
        if visit.outcome == "open":
            _end(visit, time, "left", _number(parameters, LEFT[verb]))
            visit.way = verb
    elif verb in TALK:
        if visit.outcome == "answered" and visit.talk is None:
            visit.talk = _number(parameters, TALK[verb])


def visits_of(files, source="queue-log"):
    """Visits of one source from the contents (bytes) of all its files."""
    current = {}
    visits = []
    for time, callid, queue, agent, verb, parameters in _union(files):
        key = (callid, queue)
        if verb == "ENTERQUEUE":
            before = current.get(key)
            ordinal = before.ordinal + 1 if before and before.entered == time else 1
            day, hour = local_day_and_hour(time)
            visit = Visit(source, callid, queue or "unknown", time, ordinal, day, hour,
                          weekday_of(day), position=_number(parameters, 2))
            current[key] = visit
            visits.append(visit)
        elif key in current:
            _apply(current[key], time, agent, verb, parameters)
    return visits
