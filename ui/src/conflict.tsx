// Somebody was faster: both versions side by side, and the agent takes over field by field. Nothing is
// written before that, and nothing that was typed is lost.
import { useEffect, useRef, useState } from "preact/hooks";
import { actionOf, caseFields } from "./actions.ts";
import { useCell } from "./cell.ts";
import { titleOf, useDesk } from "./context.ts";
import { moment, t, word } from "./text.ts";
import type { Conflict, Start } from "./types.ts";

const said = (value: unknown) =>
  value === null || value === undefined || value === "" ? "–" : String(value);

function show(start: Start, name: string, value: unknown): string {
  const spec = caseFields.find((one) => one.name === name);
  if (spec?.group && value) return word(spec.group, String(value));
  if (spec?.options && value) return titleOf(spec.options(start, null), String(value));
  if (name === "assignee" && value) return titleOf(start.agents, String(value));
  return said(value);
}

function Meanwhile({ conflict }: { conflict: Conflict }) {
  const start = useCell(useDesk().start);
  const since = conflict.base.version ?? conflict.current.version - 1;
  const newer = conflict.current.events.filter((event) => event.n > since);
  const last = newer[newer.length - 1];
  return (
    <p>
      {last
        ? t("conflict.who", {
            who: last.actor_name || titleOf(start.agents, last.actor),
            time: moment(last.at),
          })
        : t("conflict.newer")}
    </p>
  );
}

// Fields of the case: one choice for each that was changed here.
function FieldChoices({ conflict }: { conflict: Conflict }) {
  const desk = useDesk();
  const start = useCell(desk.start);
  const current = conflict.current as unknown as Record<string, unknown>;
  const base = conflict.base as Record<string, unknown>;
  const names = Object.keys(conflict.yours);
  const both = (name: string) =>
    JSON.stringify(current[name] ?? null) !== JSON.stringify(base[name] ?? null);
  const [mine, setMine] = useState<ReadonlySet<string>>(
    () => new Set(names.filter((name) => !both(name))),
  );
  const choose = (name: string, own: boolean) => {
    const next = new Set(mine);
    if (own) next.add(name);
    else next.delete(name);
    setMine(next);
  };
  const save = () =>
    desk.trying(async () => {
      const body = Object.fromEntries(
        names.filter((name) => mine.has(name)).map((name) => [name, conflict.yours[name]]),
      );
      if (!Object.keys(body).length) return desk.conflict.set(null);
      const said = t("done.edit", { number: conflict.number });
      if (await desk.command(conflict.number, null, body, conflict.current.version, said))
        desk.forget(conflict.number, "edit");
    });
  return (
    <>
      <table class="k-table k-dense">
        <caption>{t("conflict.fields")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("conflict.field")}</th>
            <th scope="col">{t("conflict.before")}</th>
            <th scope="col">{t("conflict.theirs")}</th>
            <th scope="col">{t("conflict.yours")}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const label = caseFields.find((one) => one.name === name)?.label;
            const title = label ? t(label) : name;
            return (
              <tr key={name}>
                <th scope="row">{title}</th>
                <td>{show(start, name, base[name])}</td>
                {[false, true].map((own) => (
                  <td key={String(own)}>
                    <label class="k-choice">
                      <input
                        type="radio"
                        name={`take-${name}`}
                        checked={mine.has(name) === own}
                        onChange={() => choose(name, own)}
                      />
                      <span class="k-hidden">{title}: </span>
                      {show(start, name, (own ? conflict.yours : current)[name])}
                    </label>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="k-buttons">
        <button type="button" class="k-button" onClick={() => void save()}>
          {t("conflict.save")}
        </button>
        <button type="button" class="k-button k-quiet" onClick={() => desk.conflict.set(null)}>
          {t("conflict.drop")}
        </button>
      </p>
    </>
  );
}

// A command: the state that it met, and whether to do it all the same.
function CommandChoice({ conflict }: { conflict: Conflict }) {
  const desk = useDesk();
  const start = useCell(desk.start);
  const spec = actionOf(desk.lastAction)!;
  const again = () =>
    desk.trying(async () => {
      const said = t(spec.done, { number: conflict.number });
      if (
        await desk.command(
          conflict.number,
          conflict.command,
          conflict.yours,
          conflict.current.version,
          said,
        )
      )
        desk.forget(conflict.number, spec.id);
    });
  const current = conflict.current;
  const yours = Object.entries(conflict.yours).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return (
    <>
      <dl class="k-case-facts">
        <div>
          <dt>{t("conflict.now")}</dt>
          <dd>
            {[
              word("state", current.state),
              titleOf(start.groups, current.group),
              titleOf(start.agents, current.assignee) || t("list.nobody"),
            ]
              .filter(Boolean)
              .join(", ")}
          </dd>
        </div>
        <div>
          <dt>{t("conflict.yours")}</dt>
          <dd>
            {t(spec.label)}
            {yours.length > 0 &&
              `: ${yours.map(([name, value]) => show(start, name, value)).join(", ")}`}
          </dd>
        </div>
      </dl>
      <p class="k-buttons">
        <button type="button" class="k-button" onClick={() => void again()}>
          {t("conflict.again")}
        </button>
        <button type="button" class="k-button k-quiet" onClick={() => desk.conflict.set(null)}>
          {t("conflict.drop")}
        </button>
      </p>
    </>
  );
}

export function ConflictView({ conflict }: { conflict: Conflict }) {
  const section = useRef<HTMLElement>(null);
  useEffect(() => section.current?.focus(), [conflict]);
  return (
    <section ref={section} class="k-conflict" tabIndex={-1} aria-labelledby="conflict-title">
      <h3 id="conflict-title">{t("conflict.title", { number: conflict.number })}</h3>
      <Meanwhile conflict={conflict} />
      {conflict.command === null ? (
        <FieldChoices conflict={conflict} />
      ) : (
        <CommandChoice conflict={conflict} />
      )}
    </section>
  );
}
