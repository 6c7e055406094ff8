"""The questions of the bench: Klarsyn's own form, and the same question as SQL on the raw rows.

A `LIVE` row is one that no later entry of the journal retracted. Months are yyyymm from core_day.
"""
LIVE = "retracted_seq IS NULL"


def flow(name, label, target, figure, table, condition, by, num="1 = 1", den=None):
    """An additive figure by month, total or by one dimension."""
    dim = f", n.text" if by else ""
    join = f" JOIN core_name AS n ON n.id = t.{by}" if by else ""
    sql = (f"SELECT d.month{dim}, SUM(CASE WHEN {num} THEN 1 ELSE 0 END)"
           f"{', COUNT(*)' if den else ''} FROM {table} AS t JOIN core_day AS d ON d.day = t.day"
           f"{join} WHERE t.{LIVE} AND {condition} GROUP BY d.month{dim}")
    return {"name": name, "label": label, "target": target, "kind": "ask", "figure": figure,
            "by": ["month"] + ([by] if by else []), "sql": sql,
            "kinds": "i" + ("t" if by else "") + "i" + ("i" if den else ""),
            "den": bool(den), "runs": 100}


def percentile(name, label, figure, percent, table, value, condition, by):
    """Nearest rank by month: the smallest value with at least `percent` of the values at or below."""
    key = "d.month" + (", n.text" if by else "")
    columns = "month" + (", text" if by else "")
    join = f" JOIN core_name AS n ON n.id = t.{by}" if by else ""
    sql = (f"SELECT {columns}, v FROM (SELECT {key}, t.{value} AS v, ROW_NUMBER() OVER "
           f"(PARTITION BY {key} ORDER BY t.{value}) AS place, COUNT(*) OVER (PARTITION BY {key}) AS n "
           f"FROM {table} AS t JOIN core_day AS d ON d.day = t.day{join} "
           f"WHERE t.{LIVE} AND {condition} AND t.{value} IS NOT NULL) AS ranked "
           f"WHERE place = ({percent} * n + 99) / 100")
    return {"name": name, "label": label, "target": "percentile", "kind": "ask", "figure": figure,
            "by": ["month"] + ([by] if by else []), "sql": sql,
            "duckdb": sql.replace("+ 99) / 100", "+ 99) // 100"),
            "kinds": "i" + ("t" if by else "") + "i", "den": False, "runs": 20}


def page(name, label, figure, table, condition, period, bounds, offset=0, order="day, id"):
    sql = (f"SELECT source_key FROM {table} WHERE {LIVE} AND {condition} AND {bounds} "
           f"ORDER BY {order} LIMIT 50" + (f" OFFSET {offset}" if offset else ""))
    return {"name": name, "label": label, "target": "records", "kind": "records", "figure": figure,
            "period": period, "offset": offset, "sql": sql, "kinds": "t", "runs": 50}


def make_cases(newest, month, month_days, past_day, past_number, deep):
    """newest: the period of everything; month and past_day in notation, *_days/_number as numbers."""
    event, visit, stay = "servicedesk_event", "telephony_visit", "servicedesk_stay"
    bounds = f"day BETWEEN {month_days[0]} AND {month_days[1]}"
    return [dict({"period": newest}, **case) for case in [
        flow("offered", "offered by month", "additive", "telephony.offered", visit, "1 = 1", None),
        flow("offered_queue", "offered by month and queue", "additive", "telephony.offered", visit,
             "1 = 1", "queue"),
        flow("in_time", "in_time_offered by month", "additive", "telephony.in_time_offered", visit,
             "1 = 1", None, "t.outcome = 'answered' AND t.wait_s <= 300", "1"),
        flow("created", "created by month", "additive", "servicedesk.created", event,
             "t.kind = 'created'", None),
        flow("created_level", "created by month and level", "additive", "servicedesk.created", event,
             "t.kind = 'created'", "level"),
        percentile("wait_p90", "wait_p90 by month", "telephony.wait_p90", 90, visit, "wait_s",
                   "t.outcome = 'answered'", None),
        percentile("wait_p90_queue", "wait_p90 by month and queue", "telephony.wait_p90", 90, visit,
                   "wait_s", "t.outcome = 'answered'", "queue"),
        percentile("solve_p90", "solve_time_p90 by month", "servicedesk.solve_time_p90", 90, event,
                   "elapsed_s", "t.kind = 'solved'", None),
        page("first", "first 50 of offered, one month", "telephony.offered", visit, "1 = 1", month,
             bounds),
        page("first_closed", "first 50 of closed, one month", "servicedesk.closed", event,
             "kind = 'closed'", month, bounds),
        page("deep", f"page of offered at row {deep:,}", "telephony.offered", visit, "1 = 1", newest,
             "1 = 1", deep),
        page("open", "cases open on a past day, first 50", "servicedesk.backlog", stay,
             f"from_day <= {past_number} AND (to_day IS NULL OR to_day > {past_number})", past_day,
             "1 = 1", 0, "from_day, id"),
    ]]
