// The form of one action on the open case. What is written in answers and solutions is a draft on the
// server; the rest is kept until it is sent or the window closes.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { actionOf, caseFields, numberFields, type ActionSpec, type FieldSpec } from "./actions.ts";
import { Refused, upload } from "./api.ts";
import { useCell } from "./cell.ts";
import { useDesk } from "./context.ts";
import { SpecField } from "./fields.tsx";
import { t } from "./text.ts";
import type { Desk } from "./desk.ts";
import type { Case, Fields, Template } from "./types.ts";

// What the case says, as the form's texts.
export function fieldsOf(item: Case): Fields {
  const all = item as unknown as Record<string, unknown>;
  return Object.fromEntries(
    caseFields.map(({ name }) => [name, all[name] == null ? "" : String(all[name])]),
  );
}

// The fields that differ from what the form began with, as the API wants them.
export function changesOf(begun: Fields, values: Fields): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === begun[name]) continue;
    changes[name] = value === "" ? null : numberFields.has(name) ? Number(value) : value;
  }
  return changes;
}

interface Kept {
  values: Fields;
  set: (name: string, value: string) => void;
}

function useKept(desk: Desk, spec: ActionSpec, item: Case, begun: Fields): Kept {
  useCell(desk.drafts.all);
  const [, redraw] = useState(0);
  const key = `${item.number}/${spec.id}`;
  if (spec.draft) {
    const found = desk.draftOf(item.number, spec);
    return {
      values: { ...begun, ...found?.body },
      set: (name, value) => {
        const draft = found ?? desk.drafts.begin(spec.draft!, item.number, { ...spec.fixed });
        desk.drafts.edit(draft.id, { [name]: value });
      },
    };
  }
  return {
    values: { ...begun, ...desk.scraps.get(key) },
    set: (name, value) => {
      desk.scraps.set(key, { ...desk.scraps.get(key), [name]: value });
      redraw((n) => n + 1);
    },
  };
}

function missingOf(fields: FieldSpec[], values: Fields): Fields {
  const missing: Fields = {};
  for (const spec of fields)
    if (spec.required && !values[spec.name]?.trim()) missing[spec.name] = t("form.required");
  return missing;
}

function focusFirst(form: HTMLElement | null, names: string[]): void {
  for (const name of names) {
    const field = form?.querySelector<HTMLElement>(
      `[data-name="${name}"] :is(input, textarea, select)`,
    );
    if (field) return field.focus();
  }
}

function TemplatePick({ kind, onTake }: { kind: string; onTake: (template: Template) => void }) {
  const desk = useDesk();
  const fitting = useCell(desk.templates).filter((one) => one.kind === kind);
  if (!fitting.length) return null;
  return (
    <div class="k-field k-template">
      <label for="template">{t("template.label")}</label>
      <select
        id="template"
        value=""
        onChange={(event) => {
          const chosen = fitting.find((one) => one.id === event.currentTarget.value);
          if (chosen) onTake(chosen);
          event.currentTarget.value = "";
        }}
      >
        <option value="">{t("template.none")}</option>
        {fitting.map((one) => (
          <option key={one.id} value={one.id}>
            {one.title}
          </option>
        ))}
      </select>
    </div>
  );
}

export { TemplatePick };

export function ActionForm({ item, id }: { item: Case; id: string }) {
  const desk = useDesk();
  const spec = actionOf(id)!;
  const start = useCell(desk.start);
  const form = useRef<HTMLFormElement>(null);
  const version = useRef(item.version);
  const file = useRef<File | null>(null);
  const fields = spec.id === "edit" ? caseFields : spec.fields;
  const begun = useMemo(
    () => (spec.id === "edit" ? fieldsOf(item) : (spec.prefill?.(start, item) ?? {})),
    [item.number, id],
  );
  const { values, set } = useKept(desk, spec, item, begun);
  const [wrong, setWrong] = useState<Fields>({});
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);

  // Before it is painted: a key that is pressed at once belongs to the form.
  useLayoutEffect(() => {
    form.current?.querySelector<HTMLElement>(".k-grid :is(textarea, input, select)")?.focus();
  }, [id, item.number]);

  const fail = (faults: Fields, words: string) => {
    setWrong(faults);
    setRefusal(words);
    setTimeout(() => focusFirst(form.current, Object.keys(faults)), 0);
  };

  const run = async (): Promise<boolean> => {
    const said = t(spec.done, { number: item.number });
    if (spec.id === "attach") {
      const answer = await upload(item.number, file.current!, values.visibility!);
      desk.take(answer);
      desk.saidOf(answer, said);
      return true;
    }
    const body = spec.id === "edit" ? changesOf(begun, values) : spec.body(values);
    if (spec.id === "edit" && Object.keys(body).length === 0) return true;
    const sent = spec.id === "edit" ? version.current : spec.free ? undefined : version.current;
    return (await desk.command(item.number, spec.path, body, sent, said)) !== null;
  };

  const submit = async (event?: Event) => {
    event?.preventDefault();
    if (busy) return;
    const missing = missingOf(fields, values);
    if (Object.keys(missing).length) return fail(missing, t("form.missing"));
    setBusy(true);
    try {
      // Where it met a newer version the conflict is shown, and what was written is kept.
      if (await run()) {
        desk.forget(item.number, id);
        if (desk.action.value === id) desk.setAction(null);
        document.getElementById("case")?.focus();
      }
    } catch (error) {
      const faults: Fields = {};
      if (error instanceof Refused)
        for (const { name } of fields) if (error.field(name)) faults[name] = error.field(name)!;
      fail(faults, desk.explain(error));
    }
    setBusy(false);
  };

  const cancel = () => {
    desk.setAction(null);
    document.getElementById("case")?.focus();
  };

  return (
    <form
      ref={form}
      class={`k-action k-action-${spec.id}`}
      aria-label={t(spec.label)}
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          cancel();
        }
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
      }}
    >
      <h3>{t(spec.label)}</h3>
      {spec.hint && <p class="k-hint">{t(spec.hint)}</p>}
      {refusal && (
        <p class="k-refusal" role="alert">
          {refusal}
        </p>
      )}
      {spec.draft && (
        <TemplatePick
          kind={spec.draft}
          onTake={(template) => {
            for (const [name, value] of Object.entries(template.body))
              if (fields.some((one) => one.name === name)) set(name, String(value));
          }}
        />
      )}
      <div class="k-grid">
        {fields.map((field) => (
          <div
            key={field.name}
            data-name={field.name}
            class={field.kind === "area" ? "k-grid-wide" : ""}
          >
            <SpecField
              spec={field}
              id={`field-${field.name}`}
              value={values[field.name] ?? ""}
              error={wrong[field.name]}
              start={start}
              item={item}
              onValue={(value) => set(field.name, value)}
              onFile={(chosen) => {
                file.current = chosen;
              }}
            />
          </div>
        ))}
      </div>
      <p class="k-buttons">
        <button type="submit" class="k-button" aria-disabled={busy}>
          {t(spec.submit ?? spec.label)} <kbd>Ctrl ↵</kbd>
        </button>
        <button type="button" class="k-button k-quiet" onClick={cancel}>
          {t("form.cancel")} <kbd>Esc</kbd>
        </button>
      </p>
    </form>
  );
}
