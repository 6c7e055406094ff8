// The call that the agent has: who, where, with what, what is open, and for how long.
import { useCell } from "./cell.ts";
import { titleOf, useDesk, useNow } from "./context.ts";
import { duration, t, word } from "./text.ts";
import type { Call } from "./types.ts";

const shownCases = 3;

function Running({ call }: { call: Call }) {
  const now = useNow();
  const since = Date.parse(call.connected_at ?? call.entered_at);
  const end = call.ended_at ? Date.parse(call.ended_at) : now;
  return (
    <span class="k-call-clock" role="timer" aria-label={t("call.clock")}>
      {duration((end - since) / 1000, true)}
    </span>
  );
}

export function CallBar() {
  const desk = useDesk();
  const call = useCell(desk.call);
  const start = useCell(desk.start);
  const who = call && (call.person?.name ?? call.caller ?? t("call.unknown"));
  return (
    <section class={call ? `k-call k-call-${call.state}` : "k-hidden"} aria-label={t("call.label")}>
      <span class="k-hidden" role="status">
        {call ? t("call.from", { who: who! }) : ""}
      </span>
      {call && (
        <>
          <b>{word("call", call.state)}</b>
          <Running call={call} />
          <span class="k-call-who">
            <b>{who}</b>
            {call.person && call.caller && (
              <>
                {" "}
                <a href={`tel:${call.caller}`}>{call.caller}</a>
              </>
            )}
          </span>
          {call.person?.org && (
            <span>
              {[titleOf(start.orgs, call.person.org), call.person.place].filter(Boolean).join(", ")}
            </span>
          )}
          {(call.person?.equipment?.length ?? 0) > 0 && call.person && (
            <span>{call.person.equipment.join(", ")}</span>
          )}
          <span class="k-call-cases">
            {t("call.cases", { n: call.cases.length })}
            {call.cases.slice(0, shownCases).map((item) => (
              <button
                key={item.number}
                type="button"
                class="k-link"
                title={item.title}
                onClick={() => void desk.openCase(item.number)}
              >
                {item.number} {item.title}
              </button>
            ))}
          </span>
          {call.case ? (
            <button
              type="button"
              class="k-button k-quiet"
              onClick={() => void desk.openCase(call.case!)}
            >
              {t("call.case", { number: call.case })}
            </button>
          ) : (
            <button type="button" class="k-button" onClick={() => desk.newCaseFromCall()}>
              {t("call.new")}
            </button>
          )}
        </>
      )}
    </section>
  );
}
