// The views with their counts, and the filter above the list.
import { useEffect, useRef, useState } from "preact/hooks";
import { send } from "./api.ts";
import { useCell } from "./cell.ts";
import { useDesk } from "./context.ts";
import { Field, Pick } from "./fields.tsx";
import { count, t, word } from "./text.ts";
import type { Query, View } from "./types.ts";

// "FMK hos mig" -> "fmk-hos-mig".
export const nameOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/æ/g, "ae")
    .replace(/ø/g, "oe")
    .replace(/å/g, "aa")
    .normalize("NFD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40) || "filter";

const titleOf = (view: View) =>
  view.id.startsWith("filter:") ? view.title : word("view", view.id);

export function Views({ narrow }: { narrow: boolean }) {
  const desk = useDesk();
  const views = useCell(desk.views);
  const asked = useCell(desk.asked);
  const go = (view: View) =>
    void desk.list({ view: view.id }).then(() => document.getElementById("list")?.focus());
  if (narrow)
    return (
      <p class="k-views-narrow">
        <label for="view" class="k-hidden">
          {t("views.label")}
        </label>
        <select
          id="view"
          value={asked.view}
          onChange={(event) => {
            const view = views.find((one) => one.id === event.currentTarget.value);
            if (view) void desk.list({ view: view.id });
          }}
        >
          {views.map((view) => (
            <option key={view.id} value={view.id}>
              {titleOf(view)} ({count(view.count)})
            </option>
          ))}
        </select>
      </p>
    );
  const own = views.filter((view) => view.id.startsWith("filter:"));
  const entry = (view: View) => (
    <li key={view.id}>
      <button
        type="button"
        class="k-view"
        aria-current={asked.view === view.id ? "true" : undefined}
        onClick={() => go(view)}
      >
        <span>{titleOf(view)}</span> <span class="k-count">{count(view.count)}</span>
      </button>
    </li>
  );
  return (
    <nav class="k-views" aria-label={t("views.label")}>
      <ul>{views.filter((view) => !own.includes(view)).map(entry)}</ul>
      {own.length > 0 && (
        <>
          <h2 class="k-views-own">{t("views.own")}</h2>
          <ul>{own.map(entry)}</ul>
        </>
      )}
    </nav>
  );
}

function SaveFilter({ onDone }: { onDone: () => void }) {
  const desk = useDesk();
  const [title, setTitle] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const save = () =>
    desk.trying(async () => {
      if (!title.trim()) return;
      const asked: Query = { ...desk.asked.value };
      if (asked.view?.startsWith("filter:")) {
        const base = desk.views.value.find((view) => view.id === asked.view)?.query ?? {};
        Object.assign(asked, { ...base, ...asked, view: base.view ?? "open" });
      }
      await send("PUT", `/filters/${nameOf(title)}`, { title: title.trim(), query: asked });
      await desk.loadViews();
      desk.toasts.done(t("filter.saved", { title: title.trim() }));
      onDone();
    });
  return (
    <form
      class="k-save"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone();
      }}
    >
      <Field id="filter-title" label={t("filter.name")}>
        <input
          id="filter-title"
          ref={input}
          type="text"
          value={title}
          maxLength={60}
          onInput={(event) => setTitle(event.currentTarget.value)}
        />
      </Field>
      <button type="submit" class="k-button k-quiet">
        {t("filter.save")}
      </button>
    </form>
  );
}

const searchMs = 150;

export function FilterBar() {
  const desk = useDesk();
  const asked = useCell(desk.asked);
  const start = useCell(desk.start);
  const views = useCell(desk.views);
  const [more, setMore] = useState(false);
  const [saving, setSaving] = useState(false);
  const [typed, setTyped] = useState(asked.q ?? "");
  const timer = useRef(0);
  useEffect(() => setTyped(desk.asked.value.q ?? ""), [asked.view]);
  const ask = (change: Query) => {
    const next = Object.fromEntries(
      Object.entries({ ...desk.asked.value, ...change }).filter(([, value]) => value !== ""),
    );
    void desk.list(next);
  };
  const search = (q: string) => {
    setTyped(q);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => ask({ q: q.trim() }), searchMs);
  };
  const remove = (name: string) =>
    desk.trying(async () => {
      await send("DELETE", `/filters/${name}`, undefined);
      await desk.list({ view: "open" });
      await desk.loadViews();
    });
  const own = asked.view?.startsWith("filter:") ? asked.view.slice(7) : "";
  const set = ["system", "group", "assignee", "priority", "state"].filter(
    (name) => asked[name],
  ).length;
  return (
    <div class="k-filter" role="search" aria-label={t("filter.label")}>
      <label for="search" class="k-hidden">
        {t("filter.search")}
      </label>
      <input
        id="search"
        type="search"
        placeholder={t("filter.search")}
        value={typed}
        onInput={(event) => search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "ArrowDown") {
            event.preventDefault();
            document.getElementById("list")?.focus();
          }
        }}
      />
      <label for="sort" class="k-hidden">
        {t("filter.sort")}
      </label>
      <select
        id="sort"
        value={asked.sort ?? "worst"}
        onChange={(event) => ask({ sort: event.currentTarget.value })}
      >
        {["worst", "newest", "oldest", "updated", "priority", "number"].map((one) => (
          <option key={one} value={one}>
            {word("sort", one)}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="k-button k-quiet"
        aria-expanded={more}
        onClick={() => setMore(!more)}
      >
        {set ? t("filter.more_set", { n: set }) : t("filter.more")}
      </button>
      {own && (
        <button type="button" class="k-button k-quiet" onClick={() => void remove(own)}>
          {t("filter.delete", {
            title: views.find((view) => view.id === asked.view)?.title ?? own,
          })}
        </button>
      )}
      {more && (
        <div class="k-filter-more k-grid">
          <Pick
            id="filter-system"
            label={t("field.system")}
            value={asked.system ?? ""}
            options={start.systems}
            onValue={(system) => ask({ system })}
          />
          <Pick
            id="filter-group"
            label={t("field.group")}
            value={asked.group ?? ""}
            options={start.groups}
            onValue={(group) => ask({ group })}
          />
          <Pick
            id="filter-assignee"
            label={t("field.assignee")}
            value={asked.assignee ?? ""}
            options={start.agents}
            onValue={(assignee) => ask({ assignee })}
          />
          <Field id="filter-priority" label={t("field.priority")}>
            <select
              id="filter-priority"
              value={asked.priority ?? ""}
              onChange={(event) => ask({ priority: event.currentTarget.value })}
            >
              <option value="">{t("filter.any")}</option>
              {["1", "2", "3", "4"].map((one) => (
                <option key={one} value={one}>
                  {word("priority", one)}
                </option>
              ))}
            </select>
          </Field>
          <Field id="filter-state" label={t("list.state")}>
            <select
              id="filter-state"
              value={asked.state ?? ""}
              onChange={(event) => ask({ state: event.currentTarget.value })}
            >
              <option value="">{t("filter.any")}</option>
              {["new", "active", "on_hold", "resolved", "closed"].map((one) => (
                <option key={one} value={one}>
                  {word("state", one)}
                </option>
              ))}
            </select>
          </Field>
          {saving ? (
            <SaveFilter onDone={() => setSaving(false)} />
          ) : (
            <button type="button" class="k-button k-quiet" onClick={() => setSaving(true)}>
              {t("filter.save_as")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
