// The same change to many cases: what, then what it does to each, then the change, which can be undone.
import { useEffect, useRef, useState } from "preact/hooks";
import { actionOf, actions } from "./actions.ts";
import { newId, post } from "./api.ts";
import { useCell } from "./cell.ts";
import { titleOf, useDesk } from "./context.ts";
import { SpecField } from "./fields.tsx";
import { count, moment, t, word } from "./text.ts";
import type { Desk } from "./desk.ts";
import type { BulkDone, BulkPreview, Fields, Start } from "./types.ts";

const bulkMax = 1000;

// Above the list while cases are chosen.
export function BulkBar() {
  const desk = useDesk();
  const selected = useCell(desk.selected);
  useCell(desk.rows.changed);
  const everything = () => {
    desk.rows.want(0, Math.min(desk.rows.total, bulkMax) - 1);
    desk.selected.set(new Set(desk.rows.between(0, Math.min(desk.rows.total, bulkMax) - 1)));
  };
  if (!selected.size) return null;
  return (
    <div class="k-bulk-bar" role="group" aria-label={t("bulk.label")}>
      <b role="status">{t("bulk.chosen", { n: count(selected.size) })}</b>
      {actions
        .filter((one) => one.bulk)
        .map((one) => (
          <button
            key={one.id}
            type="button"
            class="k-button k-quiet"
            onClick={() => {
              desk.detail.set(true);
              desk.panel.set({ kind: "bulk", action: one.id });
            }}
          >
            {t(one.label)}
          </button>
        ))}
      {selected.size < Math.min(desk.rows.total, bulkMax) && (
        <button type="button" class="k-link" onClick={everything}>
          {t("bulk.all", { n: count(Math.min(desk.rows.total, bulkMax)) })}
        </button>
      )}
      <button type="button" class="k-link" onClick={() => desk.selected.set(new Set())}>
        {t("bulk.none")}
      </button>
    </div>
  );
}

function shown(start: Start, name: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  const text = String(value);
  if (name === "group") return titleOf(start.groups, text);
  if (name === "assignee") return titleOf(start.agents, text);
  if (name === "state" || name === "level") return word(name, text);
  if (name === "hold_reason") return word("hold", text);
  if (name.endsWith("_at")) return moment(text);
  return text;
}

const summary = (start: Start, fields: Record<string, unknown>) =>
  Object.entries(fields)
    .map(([name, value]) => shown(start, name, value))
    .join(", ");

function Preview({ preview }: { preview: BulkPreview }) {
  const start = useCell(useDesk().start);
  return (
    <div class="k-table-frame" role="region" aria-labelledby="bulk-table" tabIndex={0}>
      <table class="k-table k-dense">
        <caption id="bulk-table">
          {t("bulk.preview", { n: count(preview.allowed), of: count(preview.count) })}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t("list.number")}</th>
            <th scope="col">{t("field.title")}</th>
            <th scope="col">{t("bulk.before")}</th>
            <th scope="col">{t("bulk.after")}</th>
          </tr>
        </thead>
        <tbody>
          {preview.items.map((item) => (
            <tr key={item.number} class={item.refused ? "k-refused" : ""}>
              <th scope="row">{item.number}</th>
              <td>{item.title}</td>
              {item.refused ? (
                <td colSpan={2}>{t("bulk.refused", { why: item.refused })}</td>
              ) : (
                <>
                  <td>{summary(start, item.before)}</td>
                  <td>{summary(start, item.after)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function report(desk: Desk, done: BulkDone): void {
  const said = done.refused.length
    ? t("bulk.done_some", { n: count(done.done.length), refused: count(done.refused.length) })
    : t("bulk.done", { n: count(done.done.length) });
  const undo = () =>
    desk.trying(async () => {
      const answer = await post<{ undone: string[] }>(`/bulk/${done.bulk}/undo`, {});
      desk.toasts.done(t("bulk.undone", { n: count(answer.undone.length) }));
      await desk.refresh();
    });
  desk.toasts.done(said, done.undo_until ? undo : undefined, done.undo_until);
}

export function BulkPanel({ action }: { action: string }) {
  const desk = useDesk();
  const spec = actionOf(action)!;
  const selected = useCell(desk.selected);
  const start = useCell(desk.start);
  const [values, setValues] = useState<Fields>(() => spec.prefill?.(start, null) ?? {});
  const [preview, setPreview] = useState<BulkPreview | null>(null);
  const [refusal, setRefusal] = useState("");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("input, select, textarea, button")?.focus();
  }, [action]);
  // What was shown holds for the cases and words that it was asked for alone.
  useEffect(() => setPreview(null), [selected, values, action]);
  const close = () => {
    desk.panel.set({ kind: "case" });
    document.getElementById("list")?.focus();
  };
  const ask = (look: boolean) =>
    post<BulkPreview & BulkDone>(
      "/bulk",
      {
        numbers: [...selected],
        action: spec.path === "comment" ? "comment" : spec.path,
        body: spec.body(values),
        preview: look,
        ...(look
          ? {}
          : {
              versions: Object.fromEntries(
                preview!.items.map((item) => [item.number, item.version]),
              ),
            }),
      },
      { key: newId() },
    );
  const submit = async (event: Event) => {
    event.preventDefault();
    const missing = spec.fields.some((one) => one.required && !values[one.name]?.trim());
    if (missing) return setRefusal(t("form.missing"));
    setRefusal("");
    try {
      if (!preview) return setPreview(await ask(true));
      report(desk, await ask(false));
      desk.selected.set(new Set());
      close();
      await desk.refresh();
    } catch (error) {
      setRefusal(desk.explain(error));
    }
  };
  return (
    <form
      ref={form}
      class="k-case k-bulk"
      aria-labelledby="bulk-heading"
      noValidate
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      <h2 id="bulk-heading">
        {t("bulk.title", { action: t(spec.label), n: count(selected.size) })}
      </h2>
      {spec.hint && <p class="k-hint">{t(spec.hint)}</p>}
      {refusal && (
        <p class="k-refusal" role="alert">
          {refusal}
        </p>
      )}
      <div class="k-grid">
        {spec.fields.map((field) => (
          <div key={field.name} class={field.kind === "area" ? "k-grid-wide" : ""}>
            <SpecField
              spec={field}
              id={`bulk-${field.name}`}
              value={values[field.name] ?? ""}
              start={start}
              item={null}
              onValue={(value) => setValues({ ...values, [field.name]: value })}
            />
          </div>
        ))}
      </div>
      {preview && <Preview preview={preview} />}
      <p class="k-buttons">
        <button type="submit" class="k-button">
          {preview ? t("bulk.run", { n: count(preview.allowed) }) : t("bulk.look")}
        </button>
        <button type="button" class="k-button k-quiet" onClick={close}>
          {t("form.cancel")} <kbd>Esc</kbd>
        </button>
      </p>
    </form>
  );
}
