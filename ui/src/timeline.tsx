// The history of a case: what the user sees and the internal notes keep apart, level changes stand out.
import { CaseLink } from "./case_link.tsx";
import { useCell } from "./cell.ts";
import { titleOf, useDesk } from "./context.ts";
import { moment, t, word } from "./text.ts";
import type { Case, CaseEvent, Start } from "./types.ts";

const said = (value: unknown) => (value === null || value === undefined ? "" : String(value));

const fieldKeys = [
  "title",
  "text",
  "type",
  "system",
  "org",
  "impact",
  "urgency",
  "priority",
  "priority_reason",
  "category",
  "place",
  "equipment",
  "caller",
  "contact",
  "call",
] as const;

function fieldName(name: string): string {
  return (fieldKeys as readonly string[]).includes(name) ? word("field", name) : name;
}

// What a field said before each event, from the events themselves.
function befores(events: CaseEvent[]): Map<number, Record<string, unknown>> {
  const now: Record<string, unknown> = {};
  const before = new Map<number, Record<string, unknown>>();
  for (const event of events) {
    before.set(event.n, { ...now });
    if (!event.undone && ["opened", "changed", "moved", "assigned"].includes(event.kind))
      Object.assign(now, event.body);
  }
  return before;
}

function fieldChange(name: string, was: unknown, now: unknown): string {
  const field = fieldName(name);
  const value = typeof now === "object" && now ? "…" : said(now) || "–";
  return typeof was === "string" || typeof was === "number"
    ? t("event.field_was", { field, was, now: value })
    : t("event.field", { field, now: value });
}

function changedWords(body: Record<string, unknown>, was: Record<string, unknown>): string {
  return Object.entries(body)
    .filter(([name]) => name !== "text" && name !== "was")
    .map(([name, value]) => fieldChange(name, was[name], value))
    .concat("text" in body ? [t("event.text")] : [])
    .join("; ");
}

// One line for an event; a text of its own follows below it.
function headline(event: CaseEvent, start: Start, was: Record<string, unknown>): string {
  const body = event.body;
  switch (event.kind) {
    case "opened":
      return t("event.opened", {
        contact: body.contact ? word("contact", said(body.contact)) : "–",
      });
    case "changed":
      return t("event.changed", { what: changedWords(body, was) });
    case "assigned":
      return body.assignee
        ? t("event.assigned", { who: titleOf(start.agents, said(body.assignee)) })
        : t("event.unassigned");
    case "moved":
      return t("event.moved", { group: titleOf(start.groups, said(body.group)) || "–" });
    case "held":
      return body.until
        ? t("event.held_until", {
            reason: word("hold", said(body.reason)),
            time: moment(said(body.until)),
          })
        : t("event.held", { reason: word("hold", said(body.reason)) });
    case "resumed":
      return t("event.resumed");
    case "resolved":
      return t("event.resolved");
    case "reopened":
      return t("event.reopened");
    case "closed":
      return body.into
        ? t("event.merged", { number: said(body.into) })
        : t("event.closed", { reason: body.reason ? word("closing", said(body.reason)) : "–" });
    case "commented":
      return t(body.visibility === "internal" ? "event.note" : "event.reply");
    case "attached":
      return t("event.attached", {
        name: said(body.name),
        to: word("visibility", said(body.visibility)),
      });
    case "affected":
      return t("event.affected", { who: said(body.person) || t("case.someone") });
    case "linked":
      return t("event.linked", {
        relation: word("relation", said(body.relation)),
        to: said(body.to),
      });
    case "unlinked":
      return t("event.unlinked", { to: said(body.to) });
    case "undone":
      return t("event.undone");
    case "survey":
      return t("event.survey", { score: said(body.score) });
    case "ordered":
      return t("event.ordered");
    case "order_approved":
      return t("event.order_approved");
    case "order_rejected":
      return t("event.order_rejected");
    case "step_done":
      return t("event.step_done", { step: said(body.step) });
    case "breached":
      return t("event.breached");
    case "revealed":
      return t("event.revealed");
    default:
      return event.kind;
  }
}

function ownText({ kind, body }: CaseEvent): string {
  if (kind === "commented" || kind === "survey") return said(body.text);
  if (["moved", "reopened", "order_approved", "order_rejected", "revealed"].includes(kind))
    return said(body.reason);
  if (kind === "held" || kind === "step_done") return said(body.note);
  if (kind === "resolved") return said(body.resolution);
  if (kind === "changed") return said(body.text);
  return "";
}

function Levels({ event, was }: { event: CaseEvent; was: unknown }) {
  const to = event.body.level;
  if (event.kind !== "moved" || !to) return null;
  return (
    <span class="k-levels">
      {was && was !== to
        ? t("event.levels", { from: said(was), to: said(to) })
        : word("level", said(to))}
    </span>
  );
}

const visibilityOf = ({ kind, body }: CaseEvent): "public" | "internal" | null =>
  kind === "commented" || kind === "attached"
    ? body.visibility === "internal"
      ? "internal"
      : "public"
    : kind === "resolved"
      ? "public"
      : null;

export function Timeline({ item, shown }: { item: Case; shown: "all" | "public" | "internal" }) {
  const start = useCell(useDesk().start);
  const before = befores(item.events);
  const events = item.events
    .filter((event) => shown === "all" || visibilityOf(event) === shown)
    .reverse();
  if (!events.length) return <p class="k-none">{t("history.empty")}</p>;
  return (
    <ol class="k-timeline" reversed>
      {events.map((event) => {
        const visibility = visibilityOf(event);
        const text = ownText(event);
        return (
          <li
            key={event.n}
            class={`k-event k-event-${visibility ?? "plain"}${event.undone ? " k-event-undone" : ""}`}
          >
            <p class="k-event-head">
              <b>{headline(event, start, before.get(event.n) ?? {})}</b>{" "}
              <Levels event={event} was={before.get(event.n)?.level} />
              {event.undone && <span class="k-undone">{t("event.was_undone")}</span>}
              <span class="k-event-by">
                {event.actor_name || titleOf(start.agents, event.actor)},{" "}
                <time dateTime={event.at}>{moment(event.at)}</time>
              </span>
            </p>
            {text && <p class="k-text">{text}</p>}
            {event.kind === "linked" && (
              <p>
                <CaseLink number={said(event.body.to)} />
              </p>
            )}
          </li>
        );
      })}
    </ol>
  );
}
