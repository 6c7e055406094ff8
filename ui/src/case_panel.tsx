// The selected case: what it is, what happens next, its clock, what can be done, and its history.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ActionForm } from "./action_form.tsx";
import { actions } from "./actions.ts";
import { CaseLink, Words } from "./case_link.tsx";
import { useCell } from "./cell.ts";
import { ConflictView } from "./conflict.tsx";
import { titleOf, useDesk, useNow } from "./context.ts";
import { Deadline, Priority, StateMark } from "./marks.tsx";
import { duration, fileSize, moment, t, word } from "./text.ts";
import { Timeline } from "./timeline.tsx";
import type { Case, Start } from "./types.ts";

const mainActions = [
  "take",
  "reply",
  "note",
  "resolve",
  "assign",
  "move",
  "hold",
  "resume",
  "edit",
  "reopen",
];

function nextStep(item: Case, start: Start): string {
  const group = titleOf(start.groups, item.group);
  const who = titleOf(start.agents, item.assignee);
  if (item.merged_into) return t("next.merged", { number: item.merged_into });
  if (item.state === "closed") return t("next.closed");
  if (item.state === "resolved") return t("next.resolved");
  if (item.state === "on_hold") {
    const reason = item.hold_reason ? word("next", item.hold_reason) : t("next.held");
    return item.wake_at ? t("next.until", { reason, time: moment(item.wake_at) }) : `${reason}.`;
  }
  if (who) return t("next.assigned", { who });
  return group ? t("next.group", { group }) : t("next.nobody");
}

function Clock({ item }: { item: Case }) {
  const now = useNow();
  if (!item.open || !item.due_at) return null;
  const left = (Date.parse(item.due_at) - now) / 1000;
  return (
    <p class="k-clock">
      <Deadline item={item} now={now} />
      <span
        class="k-clock-time"
        role="timer"
        aria-label={left < 0 ? t("clock.over") : t("clock.left")}
      >
        {left < 0 ? "−" : ""}
        {duration(Math.abs(left))}
      </span>
      <span>{t(left < 0 ? "clock.was_due" : "clock.due", { time: moment(item.due_at) })}</span>
      <a href={`/cases/${encodeURIComponent(item.number)}/clock`}>{t("clock.why")}</a>
    </p>
  );
}

// Who may call a case a major incident does so from here.
function Declare({ item }: { item: Case }) {
  return <a href={`/majors?case=${encodeURIComponent(item.number)}`}>{t("case.declare_major")}</a>;
}

function Facts({ item }: { item: Case }) {
  const start = useCell(useDesk().start);
  const caller = item.caller;
  const manages = ["lead", "admin"].includes(start.me.role) && item.open;
  const rows: [string, ComponentChildren][] = [
    [t("field.caller"), caller && [caller.name, caller.account].filter(Boolean).join(", ")],
    [t("field.phone"), caller?.phone && <a href={`tel:${caller.phone}`}>{caller.phone}</a>],
    [t("field.org"), titleOf(start.orgs, item.org)],
    [t("field.place"), item.place],
    [t("field.system"), titleOf(start.systems, item.system)],
    [t("field.equipment"), item.equipment],
    [
      t("field.group"),
      item.group &&
        `${titleOf(start.groups, item.group)}${item.level ? `, ${word("level", String(item.level))}` : ""}`,
    ],
    [t("field.assignee"), titleOf(start.agents, item.assignee) || t("list.nobody")],
    [t("field.category"), item.category],
    [t("field.contact"), item.contact && word("contact", item.contact)],
    [t("field.opened"), moment(item.opened_at)],
    [t("field.parent"), item.parent && <CaseLink number={item.parent} />],
    [
      t("field.major"),
      item.major ? <CaseLink number={item.major} /> : manages && <Declare item={item} />,
    ],
  ];
  return (
    <dl class="k-case-facts">
      {rows
        .filter(([, value]) => value)
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Belongings({ item }: { item: Case }) {
  const { affected, links, children, attachments } = item;
  return (
    <>
      {affected.length > 0 && (
        <section>
          <h3>{t("case.affected", { n: affected.length })}</h3>
          <p>{affected.map((one) => one.person ?? t("case.someone")).join(", ")}</p>
        </section>
      )}
      {(links.length > 0 || children.length > 0) && (
        <section>
          <h3>{t("case.links")}</h3>
          <ul class="k-plain">
            {links.map((one) => (
              <li key={one.to + one.relation}>
                {word("relation", one.relation)}: <CaseLink number={one.to} /> {one.title}
              </li>
            ))}
            {children.map((one) => (
              <li key={one}>
                {t("case.child")}: <CaseLink number={one} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {attachments.length > 0 && (
        <section>
          <h3>{t("case.attachments")}</h3>
          <ul class="k-plain">
            {attachments.map((one) => (
              <li key={one.id}>
                <a
                  href={`/api/v1/cases/${encodeURIComponent(item.number)}/attachments/${one.id}`}
                  download={one.name}
                >
                  {one.name}
                </a>{" "}
                <span class="k-none">
                  {fileSize(one.size)}, {word("visibility", one.visibility)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Buttons({ item }: { item: Case }) {
  const desk = useDesk();
  const action = useCell(desk.action);
  const fitting = actions.filter((one) => one.may(item));
  const main = fitting.filter((one) => mainActions.includes(one.id));
  const rest = fitting.filter((one) => !mainActions.includes(one.id));
  if (!fitting.length) return <p class="k-hint">{t("case.read_only")}</p>;
  return (
    <div class="k-do" role="group" aria-label={t("case.actions")}>
      {main.map((one) => (
        <button
          key={one.id}
          type="button"
          class="k-button k-quiet"
          aria-pressed={one.fields.length || one.id === "edit" ? action === one.id : undefined}
          onClick={() => void desk.doAction(one.id)}
        >
          {t(one.label)}
        </button>
      ))}
      {rest.length > 0 && (
        <select
          aria-label={t("case.more")}
          value=""
          onChange={(event) => {
            void desk.doAction(event.currentTarget.value);
            event.currentTarget.value = "";
          }}
        >
          <option value="">{t("case.more")}</option>
          {rest.map((one) => (
            <option key={one.id} value={one.id}>
              {t(one.label)}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

function People() {
  const people = useCell(useDesk().people);
  return (
    <p class="k-people" role="status">
      {people.map((one) => (
        <span key={one.name} class={one.doing === "editing" ? "k-editing" : ""}>
          {t(one.doing === "editing" ? "presence.editing" : "presence.looking", {
            who: one.display_name,
          })}
        </span>
      ))}
    </p>
  );
}

export function CasePanel() {
  const desk = useDesk();
  const number = useCell(desk.open);
  const item = useCell(desk.shown);
  const missing = useCell(desk.missing);
  const action = useCell(desk.action);
  const conflict = useCell(desk.conflict);
  const start = useCell(desk.start);
  if (number === null) return <p class="k-empty">{t("case.none")}</p>;
  if (missing)
    return (
      <p class="k-empty" role="alert">
        {t("case.missing", { number })}
      </p>
    );
  if (!item || item.number !== number)
    return <p class="k-empty">{t("case.loading", { number })}</p>;
  return (
    <article id="case" class="k-case" tabIndex={-1} aria-labelledby="case-title">
      <p class="k-case-head">
        <a class="k-number" href={`/cases/${encodeURIComponent(number)}`}>
          {number}
        </a>
        <StateMark item={item} /> <Priority value={item.priority} />{" "}
        <span>{word("type", item.type)}</span>
      </p>
      <h2 id="case-title">{item.title}</h2>
      <People />
      <p class="k-next">
        <b>{t("case.next")}</b> {nextStep(item, start)}
      </p>
      <Clock item={item} />
      <Buttons item={item} />
      {conflict?.number === number && <ConflictView conflict={conflict} />}
      {action && <ActionForm key={`${number}/${action}`} item={item} id={action} />}
      <Facts item={item} />
      {item.text && <Words text={item.text} />}
      {item.resolution && (
        <section>
          <h3>{t("field.resolution")}</h3>
          <p class="k-text">{item.resolution}</p>
        </section>
      )}
      <Belongings item={item} />
      <History item={item} />
    </article>
  );
}

type Shown = "all" | "public" | "internal";

function History({ item }: { item: Case }) {
  const [shown, setShown] = useState<Shown>("all");
  const choices: Shown[] = ["all", "public", "internal"];
  return (
    <section class="k-history" aria-labelledby="history">
      <h3 id="history">{t("case.history")}</h3>
      <fieldset class="k-tabs">
        <legend class="k-hidden">{t("case.show")}</legend>
        {choices.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="shown"
              checked={shown === one}
              onChange={() => setShown(one)}
            />
            <span>{t(`history.${one}`)}</span>
          </label>
        ))}
      </fieldset>
      <Timeline item={item} shown={shown} />
    </section>
  );
}
