// A new case: keyboard alone, few fields first, saved as a draft while it is written. Sending it twice
// gives one case (the draft's id is the Idempotency-Key).
import { useEffect, useRef, useState } from "preact/hooks";
import { TemplatePick } from "./action_form.tsx";
import { Refused, casePath, post } from "./api.ts";
import { useCell } from "./cell.ts";
import { useDesk } from "./context.ts";
import { Field, Pick, SpecField, described } from "./fields.tsx";
import { t, word } from "./text.ts";
import type { FieldSpec } from "./actions.ts";
import type { Desk } from "./desk.ts";
import type { OwnDraft } from "./drafts.ts";
import type { Case, Fields } from "./types.ts";

const textSpec: FieldSpec = { name: "text", label: "field.text", kind: "area" };
const plain = [
  "type",
  "title",
  "text",
  "system",
  "org",
  "contact",
  "call",
  "category",
  "group",
  "assignee",
  "equipment",
  "place",
];

// The draft as POST /cases takes it.
export function caseBody(draft: Fields): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of plain) if (draft[name]?.trim()) body[name] = draft[name]!.trim();
  for (const name of ["impact", "urgency"]) if (draft[name]) body[name] = Number(draft[name]);
  const caller: Record<string, string> = {};
  for (const name of ["name", "account", "phone", "mail"])
    if (draft[`caller_${name}`]?.trim()) caller[name] = draft[`caller_${name}`]!.trim();
  if (Object.keys(caller).length) body.caller = caller;
  return body;
}

async function save(desk: Desk, draft: OwnDraft, resolution: string): Promise<void> {
  let made = await post<Case>("/cases", caseBody(draft.body), { key: draft.id });
  if (resolution)
    made = await post<Case>(
      `${casePath(made.number)}/resolve`,
      { resolution },
      { key: `${draft.id}-resolve` },
    );
  await desk.drafts.drop(draft.id);
  desk.loadViewsSoon();
  await desk.openCase(made.number);
  desk.saidOf(made, t(resolution ? "done.new_resolved" : "done.new", { number: made.number }));
  void desk.rows.load(desk.asked.value);
  void desk.safely(() => desk.loadCall());
}

interface RadioProps {
  name: string;
  label: string;
  group: "impact" | "urgency" | "type";
  values: string[];
  value: string;
  onValue: (value: string) => void;
}

function Radios({ name, label, group, values, value, onValue }: RadioProps) {
  return (
    <fieldset class="k-radios">
      <legend>{label}</legend>
      {values.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name={name}
            value={one}
            checked={value === one}
            onChange={() => onValue(one)}
          />
          <span>{word(group, one)}</span>
        </label>
      ))}
    </fieldset>
  );
}

const savedWord = {
  saved: "draft.saved",
  waiting: "draft.waiting",
  failed: "draft.failed",
} as const;

export function NewCase({ id }: { id: string }) {
  const desk = useDesk();
  const draft = useCell(desk.drafts.all).find((one) => one.id === id);
  const start = useCell(desk.start);
  const form = useRef<HTMLFormElement>(null);
  const [wrong, setWrong] = useState<Fields>({});
  const [refusal, setRefusal] = useState("");
  const [busy, setBusy] = useState(false);
  const [solving, setSolving] = useState(false);
  const [resolution, setResolution] = useState("");
  useEffect(() => document.getElementById("new-title")?.focus(), [id]);
  if (!draft) return null;
  const { body } = draft;
  const set = (name: string) => (value: string) => desk.drafts.edit(id, { [name]: value });
  const priority =
    start.priority_table[Number(body.impact) - 1]?.[Number(body.urgency) - 1] ?? null;

  const submit = async (event?: Event) => {
    event?.preventDefault();
    if (busy) return;
    if (!body.title?.trim()) {
      setWrong({ title: t("form.required") });
      setRefusal(t("form.missing"));
      return document.getElementById("new-title")?.focus();
    }
    setBusy(true);
    setRefusal("");
    setWrong({});
    try {
      await save(desk, draft, solving ? resolution.trim() : "");
      document.getElementById("case")?.focus();
    } catch (error) {
      const faults: Fields = {};
      if (error instanceof Refused)
        for (const name of [...plain, "caller"])
          if (error.field(name)) faults[name] = error.field(name)!;
      setWrong(faults);
      setRefusal(desk.explain(error));
    }
    setBusy(false);
  };

  const text = (name: string, label: Parameters<typeof t>[0], error?: string) => (
    <Field id={`new-${name}`} label={t(label)} error={error}>
      <input
        id={`new-${name}`}
        type="text"
        inputMode={name.endsWith("phone") ? "tel" : "text"}
        autocomplete="off"
        value={body[name] ?? ""}
        {...described(`new-${name}`, undefined, error)}
        onInput={(event) => set(name)(event.currentTarget.value)}
      />
    </Field>
  );

  return (
    <form
      ref={form}
      class="k-case k-new"
      aria-labelledby="new-heading"
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
      }}
    >
      <p class="k-case-head">
        <span class="k-draft-saved" role="status">
          {t(savedWord[draft.rev === 0 ? "saved" : draft.saved])}
        </span>
      </p>
      <h2 id="new-heading">{t("new.title")}</h2>
      {refusal && (
        <p class="k-refusal" role="alert">
          {refusal}
        </p>
      )}
      <div class="k-grid">
        <div class="k-grid-wide">
          <Field id="new-title" label={t("field.title")} error={wrong.title}>
            <input
              id="new-title"
              type="text"
              autocomplete="off"
              required
              maxLength={200}
              value={body.title ?? ""}
              {...described("new-title", undefined, wrong.title)}
              onInput={(event) => set("title")(event.currentTarget.value)}
            />
          </Field>
        </div>
        <Pick
          id="new-system"
          label={t("field.system")}
          value={body.system ?? ""}
          options={start.systems}
          free
          error={wrong.system}
          onValue={set("system")}
        />
        <Pick
          id="new-org"
          label={t("field.org")}
          value={body.org ?? ""}
          options={start.orgs}
          free
          error={wrong.org}
          onValue={set("org")}
        />
        <div class="k-grid-wide">
          <SpecField
            spec={textSpec}
            id="new-text"
            value={body.text ?? ""}
            error={wrong.text}
            start={start}
            item={null}
            onValue={set("text")}
          />
        </div>
        {text("caller_name", "field.caller", wrong.caller)}
        {text("caller_phone", "field.phone")}
        {text("place", "field.place", wrong.place)}
        {text("equipment", "field.equipment", wrong.equipment)}
        <Radios
          name="type"
          label={t("field.type")}
          group="type"
          values={["incident", "request"]}
          value={body.type ?? ""}
          onValue={set("type")}
        />
        <div class="k-priority-line">
          {t("field.priority")}: <b>{priority ? word("priority", String(priority)) : "–"}</b>
        </div>
        <Radios
          name="impact"
          label={t("field.impact")}
          group="impact"
          values={["1", "2", "3"]}
          value={body.impact ?? ""}
          onValue={set("impact")}
        />
        <Radios
          name="urgency"
          label={t("field.urgency")}
          group="urgency"
          values={["1", "2", "3"]}
          value={body.urgency ?? ""}
          onValue={set("urgency")}
        />
        <Pick
          id="new-group"
          label={t("field.group")}
          value={body.group ?? ""}
          options={start.groups}
          error={wrong.group}
          onValue={set("group")}
        />
        <Pick
          id="new-assignee"
          label={t("field.assignee")}
          value={body.assignee ?? ""}
          options={start.agents}
          error={wrong.assignee}
          onValue={set("assignee")}
        />
        <Pick
          id="new-category"
          label={t("field.category")}
          value={body.category ?? ""}
          free
          error={wrong.category}
          options={start.categories.map((one) => ({ id: one, title: one }))}
          onValue={set("category")}
        />
        <Field id="new-contact" label={t("field.contact")}>
          <select
            id="new-contact"
            value={body.contact ?? "phone"}
            onChange={(event) => set("contact")(event.currentTarget.value)}
          >
            {["phone", "mail", "in_person", "chat"].map((one) => (
              <option key={one} value={one}>
                {word("contact", one)}
              </option>
            ))}
          </select>
        </Field>
        <TemplatePick
          kind="case"
          onTake={(template) =>
            desk.drafts.edit(
              id,
              Object.fromEntries(
                Object.entries(template.body).map(([name, value]) => [name, String(value)]),
              ),
            )
          }
        />
      </div>
      {solving && (
        <SpecField
          spec={{ name: "resolution", label: "field.resolution", kind: "area", required: true }}
          id="new-resolution"
          value={resolution}
          start={start}
          item={null}
          onValue={setResolution}
        />
      )}
      <p class="k-buttons">
        <button type="submit" class="k-button" aria-disabled={busy}>
          {t(solving ? "new.save_resolved" : "new.save")} <kbd>Ctrl ↵</kbd>
        </button>
        <button
          type="button"
          class="k-button k-quiet"
          aria-pressed={solving}
          onClick={() => {
            setSolving(!solving);
            if (!solving) setTimeout(() => document.getElementById("new-resolution")?.focus(), 0);
          }}
        >
          {t("new.solve_now")}
        </button>
        <button
          type="button"
          class="k-button k-quiet"
          onClick={() => {
            desk.panel.set({ kind: "case" });
            void desk.drafts.drop(id);
            desk.toasts.done(
              t("draft.dropped"),
              async () => {
                const again = desk.drafts.begin("case", null, body, true);
                desk.panel.set({ kind: "draft", id: again.id });
              },
              new Date(Date.now() + 60_000).toISOString(),
            );
          }}
        >
          {t("draft.drop")}
        </button>
      </p>
    </form>
  );
}
