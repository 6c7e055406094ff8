// Status marks: always a shape, a word and a colour.
import { rough, t, word } from "./text.ts";
import type { Item } from "./types.ts";

type Shape = "square" | "triangle" | "circle" | "ring";

export function Mark({ shape }: { shape: Shape }) {
  return (
    <svg class="k-mark" width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      {shape === "square" ? (
        <rect width="10" height="10" />
      ) : shape === "triangle" ? (
        <path d="M5 0 10 10H0z" />
      ) : shape === "circle" ? (
        <circle cx="5" cy="5" r="5" />
      ) : (
        <circle cx="5" cy="5" r="4" class="k-ring" />
      )}
    </svg>
  );
}

export const nearSeconds = 4 * 3600; // as the view "near the deadline"

// Red: the deadline has passed. Yellow: within four hours. Green: later.
export function Deadline({ item, now }: { item: Item; now: number }) {
  if (!item.open) return <span class="k-none">–</span>;
  if (!item.due_at)
    return (
      <span class="k-none">
        {item.state === "on_hold" ? t("deadline.paused") : t("deadline.none")}
      </span>
    );
  const left = (Date.parse(item.due_at) - now) / 1000;
  if (left <= 0 || item.breached)
    return (
      <span class="k-state-red k-due">
        <Mark shape="square" />
        {t("deadline.over", { time: rough(left) })}
      </span>
    );
  if (left < nearSeconds)
    return (
      <span class="k-state-yellow k-due">
        <Mark shape="triangle" />
        {t("deadline.soon", { time: rough(left) })}
      </span>
    );
  return (
    <span class="k-state-green k-due">
      <Mark shape="circle" />
      {rough(left)}
    </span>
  );
}

export function Priority({ value }: { value: number | null }) {
  if (value === null) return <span class="k-none">–</span>;
  return (
    <span class={`k-priority k-priority-${value}`} title={word("priority", String(value))}>
      P{value}
    </span>
  );
}

export function StateMark({ item }: { item: Item }) {
  const shape: Shape =
    item.state === "new"
      ? "ring"
      : item.state === "on_hold"
        ? "triangle"
        : item.state === "active"
          ? "circle"
          : "square";
  return (
    <span class={`k-case-state k-case-${item.state}`}>
      <Mark shape={shape} />
      {word("state", item.state)}
    </span>
  );
}
