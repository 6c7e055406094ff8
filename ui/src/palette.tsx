// Ctrl K: everything the desk can do and every case that search finds, in one field.
import { useEffect, useRef, useState } from "preact/hooks";
import { actions } from "./actions.ts";
import { get, query } from "./api.ts";
import { useCell } from "./cell.ts";
import { useDesk } from "./context.ts";
import { count, currentLanguage, fold, t, word } from "./text.ts";
import type { Desk } from "./desk.ts";
import type { Hit } from "./types.ts";

interface Command {
  id: string;
  title: string;
  note?: string;
  run: () => void;
}

const searchMs = 120;
const commandsMax = 9;

export const keepLanguage = (): string => {
  const address = new URL(location.href);
  address.searchParams.set("lang", currentLanguage() === "da" ? "en" : "da");
  return address.pathname + address.search;
};

function commandsOf(desk: Desk): Command[] {
  const all: Command[] = [];
  const item = desk.shown.value;
  if (desk.call.value)
    all.push({
      id: "new-call",
      title: t("palette.new_call"),
      note: desk.call.value.person?.name ?? "",
      run: () => desk.newCaseFromCall(),
    });
  if (item)
    for (const spec of actions.filter((one) => one.may(item)))
      all.push({
        id: `do-${spec.id}`,
        title: t("palette.do", { action: t(spec.label), number: item.number }),
        note: spec.key,
        run: () => void desk.doAction(spec.id),
      });
  all.push({ id: "new", title: t("new.title"), note: "n", run: () => desk.newCase() });
  for (const draft of desk.drafts.all.value)
    if (draft.kind === "case")
      all.push({
        id: `draft-${draft.id}`,
        title: t("palette.draft", { title: draft.body.title || t("new.title") }),
        run: () => desk.showDraft(draft.id),
      });
  for (const template of desk.templates.value.filter((one) => one.kind === "case"))
    all.push({
      id: `template-${template.id}`,
      title: t("palette.template", { title: template.title }),
      run: () =>
        desk.newCase(
          Object.fromEntries(
            Object.entries(template.body).map(([name, value]) => [name, String(value)]),
          ),
        ),
    });
  for (const view of desk.views.value)
    all.push({
      id: `view-${view.id}`,
      title: t("palette.view", {
        title: view.id.startsWith("filter:") ? view.title : word("view", view.id),
      }),
      note: count(view.count),
      run: () =>
        void desk.list({ view: view.id }).then(() => document.getElementById("list")?.focus()),
    });
  all.push({
    id: "keys",
    title: t(desk.keysOn.value ? "keys.turn_off" : "keys.turn_on"),
    run: () => desk.setKeys(!desk.keysOn.value),
  });
  all.push({
    id: "language",
    title: t("palette.language"),
    run: () => {
      desk.drafts.flush();
      location.assign(keepLanguage());
    },
  });
  return all;
}

function fitting(commands: Command[], typed: string): Command[] {
  const wanted = fold(typed).split(/\s+/).filter(Boolean);
  return commands
    .filter((one) => wanted.every((part) => fold(one.title).includes(part)))
    .slice(0, commandsMax);
}

export function Palette() {
  const desk = useDesk();
  const open = useCell(desk.palette);
  return open ? <Opened desk={desk} /> : null;
}

function Opened({ desk }: { desk: Desk }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [hits, setHits] = useState<Hit[]>([]);
  const [active, setActive] = useState(0);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  useEffect(() => {
    if (typed.trim().length < 2) return setHits([]);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      void desk.safely(async () => {
        const answer = await get<{ items: Hit[] }>(
          `/search${query({ q: typed.trim(), limit: 12 })}`,
          { signal: stop.signal },
        );
        setHits(answer.items);
      });
    }, searchMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [typed]);
  const close = () => {
    dialog.current?.close();
    desk.palette.set(false);
  };
  const entries: Command[] = [
    ...fitting(commandsOf(desk), typed),
    ...hits.map((hit) => ({
      id: `hit-${hit.number}`,
      title: `${hit.number} ${hit.title}`,
      note: hit.state ? word("state", hit.state) : "",
      run: () => {
        if (hit.kind === "case") void desk.openCase(hit.number);
        else location.assign(`/${hit.kind}s/${encodeURIComponent(hit.number)}`);
      },
    })),
  ];
  const at = Math.min(active, entries.length - 1);
  const run = (entry: Command | undefined) => {
    close();
    entry?.run();
  };
  useEffect(() => {
    document.getElementById(`palette-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <dialog
      ref={dialog}
      class="k-palette"
      aria-label={t("palette.label")}
      onClose={() => desk.palette.set(false)}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <label for="palette" class="k-hidden">
        {t("palette.label")}
      </label>
      <input
        id="palette"
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        placeholder={t("palette.hint")}
        value={typed}
        aria-expanded={entries.length > 0}
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant={entries.length ? `palette-${at}` : undefined}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (step) setActive((at + step + entries.length) % Math.max(1, entries.length));
          else if (event.key === "Enter") run(entries[at]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="palette-list" role="listbox" aria-label={t("palette.label")} hidden={!entries.length}>
        {entries.map((entry, i) => (
          <li
            key={entry.id}
            id={`palette-${i}`}
            role="option"
            aria-selected={i === at}
            onClick={() => run(entry)}
          >
            <span>{entry.title}</span>
            {entry.note && <span class="k-note">{entry.note}</span>}
          </li>
        ))}
      </ul>
      {!entries.length && (
        <p class="k-none" role="status">
          {t("palette.nothing")}
        </p>
      )}
    </dialog>
  );
}
