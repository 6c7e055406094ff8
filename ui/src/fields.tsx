// Form fields: label above, hint and error below and tied to the field.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { fold, t, word } from "./text.ts";
import type { FieldSpec } from "./actions.ts";
import type { Choice, Item, Start } from "./types.ts";

interface Frame {
  id: string;
  label: string;
  hint?: string;
  error?: string;
  children: ComponentChildren;
  wide?: boolean;
}

export function Field({ id, label, hint, error, children, wide }: Frame) {
  return (
    <div class={`k-field${error ? " k-field-wrong" : ""}${wide ? " k-field-wide" : ""}`}>
      <label for={id}>{label}</label>
      {children}
      {hint && (
        <p class="k-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="k-wrong" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

export const described = (id: string, hint?: string, error?: string) => ({
  "aria-describedby":
    [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined,
  "aria-invalid": error ? true : undefined,
});

interface PickProps {
  id: string;
  label: string;
  value: string;
  options: Choice[];
  free?: boolean;
  required?: boolean;
  hint?: string;
  error?: string;
  onValue: (value: string) => void;
  wide?: boolean;
}

const shownMax = 8;

function matching(options: Choice[], typed: string): Choice[] {
  const wanted = fold(typed).split(/\s+/).filter(Boolean);
  if (!wanted.length) return options.slice(0, shownMax);
  const ranked: [number, Choice][] = [];
  for (const option of options) {
    const words = fold(`${option.id} ${option.title}`);
    const begins = ` ${words}`;
    if (!wanted.every((one) => words.includes(one))) continue;
    ranked.push([wanted.every((one) => begins.includes(` ${one}`)) ? 0 : 1, option]);
  }
  return ranked
    .sort((a, b) => a[0] - b[0])
    .slice(0, shownMax)
    .map(([, option]) => option);
}

// A combobox: typing narrows the list, arrows choose, Enter or Tab takes, Escape closes the list.
export function Pick({
  id,
  label,
  value,
  options,
  free,
  required,
  hint,
  error,
  onValue,
  wide,
}: PickProps) {
  const titled = options.find((one) => one.id === value)?.title ?? value;
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(-1);
  const found = typed === null ? [] : matching(options, typed);
  const open = typed !== null && found.length > 0;
  const take = (choice: Choice) => {
    onValue(choice.id);
    setTyped(null);
    setActive(-1);
  };
  const leave = () => {
    if (typed === null) return;
    const exact = options.find(
      (one) => fold(one.title) === fold(typed) || fold(one.id) === fold(typed),
    );
    if (exact) onValue(exact.id);
    else if (free || typed === "") onValue(typed.trim());
    else if (active >= 0 && found[active]) onValue(found[active].id);
    setTyped(null);
    setActive(-1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (typed === null) return setTyped("");
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((active + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter" && open && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      take(found[Math.max(0, active)]!);
    } else if (event.key === "Tab" && open && typed !== "" && (active >= 0 || !free))
      take(found[Math.max(0, active)]!);
    else if (event.key === "Escape" && typed !== null) {
      event.stopPropagation();
      setTyped(null);
      setActive(-1);
    }
  };
  return (
    <Field id={id} label={label} hint={hint} error={error} wide={wide}>
      <div class="k-pick">
        <input
          id={id}
          type="text"
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          value={typed ?? titled}
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          required={required}
          aria-activedescendant={open && active >= 0 ? `${id}-${active}` : undefined}
          {...described(id, hint, error)}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setActive(event.currentTarget.value ? 0 : -1);
          }}
          onKeyDown={onKeyDown}
          onBlur={leave}
        />
        <ul id={`${id}-list`} role="listbox" aria-label={label} hidden={!open}>
          {found.map((choice, i) => (
            <li
              key={choice.id}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === active}
              onMouseDown={(event) => {
                event.preventDefault();
                take(choice);
              }}
            >
              {choice.title}
              {choice.title !== choice.id && <span class="k-pick-id">{choice.id}</span>}
            </li>
          ))}
        </ul>
      </div>
    </Field>
  );
}

interface SpecProps {
  spec: FieldSpec;
  id: string;
  value: string;
  error?: string;
  start: Start;
  item: Item | null;
  onValue: (value: string) => void;
  onFile?: (file: File | null) => void;
  large?: boolean;
}

// The field that a spec describes.
export function SpecField({
  spec,
  id,
  value,
  error,
  start,
  item,
  onValue,
  onFile,
  large,
}: SpecProps) {
  const label = t(spec.label);
  const hint = spec.hint && t(spec.hint);
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // Grows with what is written.
    const area = input.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 420)}px`;
  }, [value]);
  const common = { id, required: spec.required, ...described(id, hint, error) };
  if (spec.kind === "pick")
    return (
      <Pick
        id={id}
        label={label}
        value={value}
        options={spec.options!(start, item)}
        free={spec.free}
        required={spec.required}
        hint={hint}
        error={error}
        onValue={onValue}
      />
    );
  const wide = spec.kind === "area" || large;
  return (
    <Field id={id} label={label} hint={hint} error={error} wide={wide}>
      {spec.kind === "area" ? (
        <textarea
          {...common}
          ref={input}
          rows={4}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      ) : spec.kind === "select" ? (
        <select {...common} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {spec.words!.map((one) => (
            <option key={one} value={one}>
              {one === "" ? t("field.unchanged") : word(spec.group!, one)}
            </option>
          ))}
        </select>
      ) : spec.kind === "moment" ? (
        <input
          {...common}
          type="datetime-local"
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      ) : spec.kind === "file" ? (
        <input
          {...common}
          type="file"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0] ?? null;
            onFile?.(file);
            onValue(file?.name ?? "");
          }}
        />
      ) : (
        <input
          {...common}
          type="text"
          autocomplete="off"
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
