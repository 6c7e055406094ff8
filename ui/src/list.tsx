// The list of cases: a grid of which only the rows in sight exist. The grid itself has the focus and
// names its active row, so that 20,000 cases are one stop of the Tab key.
import { Component } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { actions } from "./actions.ts";
import { useCell } from "./cell.ts";
import { titleOf, useDesk, useMedia, useNow } from "./context.ts";
import { Deadline, Priority, StateMark } from "./marks.tsx";
import { count, moment, t } from "./text.ts";
import type { Desk } from "./desk.ts";
import type { Item, Start } from "./types.ts";

const overscan = 6;
export const narrowMedia = "(max-width: 899px)";

interface RowProps {
  index: number;
  item: Item | undefined;
  active: boolean;
  selected: boolean;
  now: number;
  start: Start;
  desk: Desk;
}

// Only the rows that differ are drawn again: a key press costs two rows, not all in sight.
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    return (Object.keys(next) as (keyof RowProps)[]).some(
      (name) => next[name] !== this.props[name],
    );
  }

  override render() {
    return <RowCells {...this.props} />;
  }
}

function RowCells({ index, item, active, selected, now, start, desk }: RowProps) {
  const common = {
    id: `row-${index}`,
    role: "row" as const,
    "aria-rowindex": index + 2,
    "aria-selected": selected,
    class: `k-row${active ? " k-row-active" : ""}`,
  };
  if (!item)
    return (
      <div {...common}>
        <span role="gridcell" class="k-none">
          …
        </span>
      </div>
    );
  const open = (event: MouseEvent) => {
    desk.cursor.set({ index, number: item.number });
    if (event.ctrlKey || event.metaKey) desk.toggle(item.number);
    else void desk.openCase(item.number);
  };
  return (
    <div {...common} onClick={open}>
      <span
        role="gridcell"
        class="k-cell-check"
        onClick={(event) => {
          event.stopPropagation();
          desk.toggle(item.number);
        }}
      >
        <svg
          width="14"
          height="14"
          viewBox="0 0 14 14"
          role="img"
          aria-label={t(selected ? "list.is_selected" : "list.not_selected")}
        >
          <rect x=".5" y=".5" width="13" height="13" class="k-box" />
          {selected && <path d="M3 7l3 3 5-6" class="k-tick" />}
        </svg>
      </span>
      <span role="gridcell" class="k-cell-due">
        <Deadline item={item} now={now} />
      </span>
      <span role="gridcell" class="k-cell-priority">
        <Priority value={item.priority} />
      </span>
      <span role="gridcell" class="k-cell-number">
        {item.number}
      </span>
      <span role="gridcell" class="k-cell-title" title={item.title}>
        {item.title}
      </span>
      <span role="gridcell" class="k-cell-system">
        {item.system ?? ""}
      </span>
      <span role="gridcell" class="k-cell-state">
        <StateMark item={item} />
      </span>
      <span role="gridcell" class="k-cell-group">
        {titleOf(start.groups, item.group)}
      </span>
      <span role="gridcell" class="k-cell-who">
        {titleOf(start.agents, item.assignee) || <i class="k-none">{t("list.nobody")}</i>}
      </span>
      <span role="gridcell" class="k-cell-time">
        {moment(item.updated_at, new Date(now))}
      </span>
    </div>
  );
}

function Head() {
  return (
    <div role="rowgroup" class="k-list-head">
      <div role="row" aria-rowindex={1} class="k-row k-row-head">
        <span role="columnheader" class="k-cell-check">
          <span class="k-hidden">{t("list.selected")}</span>
        </span>
        <span role="columnheader" class="k-cell-due">
          {t("list.due")}
        </span>
        <span role="columnheader" class="k-cell-priority">
          <abbr title={t("field.priority")}>{t("list.priority")}</abbr>
        </span>
        <span role="columnheader" class="k-cell-number">
          {t("list.number")}
        </span>
        <span role="columnheader" class="k-cell-title">
          {t("field.title")}
        </span>
        <span role="columnheader" class="k-cell-system">
          {t("field.system")}
        </span>
        <span role="columnheader" class="k-cell-state">
          {t("list.state")}
        </span>
        <span role="columnheader" class="k-cell-group">
          {t("field.group")}
        </span>
        <span role="columnheader" class="k-cell-who">
          {t("field.assignee")}
        </span>
        <span role="columnheader" class="k-cell-time">
          {t("list.updated")}
        </span>
      </div>
    </div>
  );
}

// Keys that act in the list alone. The letters can be switched off; arrows, Enter and Space stay.
function listKey(desk: Desk, event: KeyboardEvent, page: number): boolean {
  const { index, number } = desk.cursor.value;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!plain) return false;
  const moves: Record<string, number> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + page,
    PageUp: index - page,
    Home: 0,
    End: desk.rows.total - 1,
  };
  if (event.key in moves) {
    desk.moveTo(moves[event.key]!, event.shiftKey && event.key.startsWith("Arrow"));
    return true;
  }
  if (event.key === "Enter" && number) {
    void desk.openCase(number).then(() => document.getElementById("case")?.focus());
    return true;
  }
  if (event.key === " " && number) {
    desk.toggle(number);
    return true;
  }
  if (event.key === "Escape" && desk.selected.value.size) {
    desk.selected.set(new Set());
    return true;
  }
  return desk.keysOn.value && !event.shiftKey && letterKey(desk, event.key, index, number);
}

function letterKey(desk: Desk, key: string, index: number, number: string | null): boolean {
  if (key === "j" || key === "k") {
    desk.moveTo(index + (key === "j" ? 1 : -1));
    return true;
  }
  if (key === "x" && number) {
    desk.toggle(number);
    return true;
  }
  if (key === "n") {
    if (desk.callWaits) desk.newCaseFromCall();
    else desk.newCase();
    return true;
  }
  if (key === "/") {
    document.getElementById("search")?.focus();
    return true;
  }
  const spec = actions.find((one) => one.key === key);
  if (!spec) return false;
  if (desk.selected.value.size && spec.bulk) desk.panel.set({ kind: "bulk", action: spec.id });
  else if (number) void desk.openCase(number, false).then(() => whenShown(desk, number, spec.id));
  return true;
}

function whenShown(desk: Desk, number: string, action: string): void {
  if (desk.shown.value?.number === number) void desk.doAction(action);
}

export function List({ label }: { label: string }) {
  const desk = useDesk();
  useCell(desk.rows.changed);
  const cursor = useCell(desk.cursor);
  const selected = useCell(desk.selected);
  const start = useCell(desk.start);
  const now = useNow(20_000);
  const narrow = useMedia(narrowMedia);
  const height = narrow ? 62 : 32;
  const grid = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [room, setRoom] = useState(600);
  const { rows } = desk;

  useEffect(() => {
    const element = grid.current!;
    const watch = new ResizeObserver(() => setRoom(element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  const headHeight = narrow ? 0 : height;
  // The active row comes into sight as it moves, before the browser paints.
  useLayoutEffect(() => {
    const element = grid.current!;
    const at = cursor.index * height;
    const sight = element.clientHeight - headHeight;
    if (at < element.scrollTop) element.scrollTop = at;
    else if (at + height > element.scrollTop + sight) element.scrollTop = at + height - sight;
  }, [cursor.index, height, room]);

  const first = Math.max(0, Math.floor(top / height) - overscan);
  const last = Math.min(rows.total - 1, Math.ceil((top + room) / height) + overscan);
  useEffect(() => rows.want(first, last), [first, last, rows.changed.value]);

  const onScroll = () => {
    const element = grid.current!;
    desk.listAtTop = element.scrollTop < height;
    setTop(element.scrollTop);
  };
  const shown: number[] = [];
  for (let i = first; i <= last; i += 1) shown.push(i);
  // The active row exists even when it is out of sight: assistive technology reads it.
  const far = rows.total > 0 && (cursor.index < first || cursor.index > last);
  const row = (i: number) => {
    const item = rows.at(i);
    return (
      <Row
        key={i}
        index={i}
        item={item}
        active={i === cursor.index}
        now={now}
        start={start}
        desk={desk}
        selected={item ? selected.has(item.number) : false}
      />
    );
  };
  return (
    <div
      ref={grid}
      id="list"
      class="k-list"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.total + 1}
      aria-multiselectable="true"
      aria-busy={rows.loading}
      onScroll={onScroll}
      aria-activedescendant={rows.total > 0 ? `row-${cursor.index}` : undefined}
      onKeyDown={(event) => {
        if (listKey(desk, event, Math.max(1, Math.floor(room / height) - 2)))
          event.preventDefault();
      }}
    >
      <Head />
      <div role="rowgroup" class="k-rows" style={{ height: `${rows.total * height}px` }}>
        <div
          class="k-window"
          role="presentation"
          style={{ transform: `translateY(${first * height}px)` }}
        >
          {shown.map(row)}
        </div>
        {far && (
          <div
            class="k-window"
            role="presentation"
            style={{ transform: `translateY(${cursor.index * height}px)` }}
          >
            {row(cursor.index)}
          </div>
        )}
      </div>
    </div>
  );
}

// What the list holds, in words: announced when it changes.
export function ListStatus() {
  const desk = useDesk();
  useCell(desk.rows.changed);
  const failed = useCell(desk.rows.failed);
  const { rows } = desk;
  if (failed)
    return (
      <p class="k-list-status k-refusal" role="alert">
        {t("list.failed")}{" "}
        <button type="button" class="k-link" onClick={() => void rows.load(desk.asked.value)}>
          {t("list.retry")}
        </button>
      </p>
    );
  return (
    <p class="k-list-status" role="status">
      {rows.total === 0 && rows.loading
        ? t("list.loading")
        : rows.total === 0
          ? t("list.empty")
          : rows.total === 1
            ? t("list.one")
            : t("list.count", { n: count(rows.total) })}
    </p>
  );
}
