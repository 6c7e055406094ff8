// What can be done with a case: one entry per action, with the fields that it asks for. The same
// entries serve the case's buttons, the palette, the keys in the list and bulk changes.
import { toUtc, type Key } from "./text.ts";
import type { Choice, DraftKind, Fields, Item, Start } from "./types.ts";

export interface FieldSpec {
  name: string;
  label: Key;
  kind: "text" | "area" | "pick" | "select" | "moment" | "file";
  hint?: Key;
  required?: boolean;
  free?: boolean; // pick: other words than those offered are fine
  options?: (start: Start, item: Item | null) => Choice[];
  words?: readonly string[]; // select: values whose words are `group`.value
  group?: string;
}

export interface ActionSpec {
  id: string;
  label: Key;
  done: Key; // {number}
  key?: string; // single key in the list
  path: string | null; // null: PATCH
  fields: FieldSpec[];
  may: (item: Item) => boolean;
  body: (values: Fields) => Record<string, unknown>;
  prefill?: (start: Start, item: Item | null) => Fields;
  draft?: DraftKind;
  fixed?: Fields; // of the draft
  free?: boolean; // appends only: no version needed
  bulk?: boolean;
  hint?: Key;
  submit?: Key;
}

const own = (item: Item) => item.source === "klarsyn";
const running = (item: Item) => own(item) && item.state !== "closed" && item.state !== "resolved";
const living = (item: Item) => own(item) && item.state !== "closed";

const agents = (start: Start): Choice[] => start.agents;
const groups = (start: Start): Choice[] => start.groups;
const optional = (text: string | undefined) => (text ? text : undefined);

const tomorrowAtEight = () => {
  const date = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  return `${date}T08:00`;
};

const reply: FieldSpec = { name: "text", label: "field.reply", kind: "area", required: true };

export const actions: ActionSpec[] = [
  {
    id: "take",
    label: "action.take",
    done: "done.take",
    key: "t",
    path: "assign",
    fields: [],
    bulk: true,
    may: (item) => running(item),
    body: (values) => ({ assignee: values.me }),
    prefill: (start) => ({ me: start.me.name }),
  },
  {
    id: "reply",
    label: "action.reply",
    done: "done.reply",
    key: "c",
    path: "comment",
    fields: [reply],
    hint: "action.reply_hint",
    submit: "action.reply_submit",
    may: living,
    draft: "comment",
    fixed: { visibility: "public" },
    free: true,
    body: ({ text }) => ({ text, visibility: "public" }),
  },
  {
    id: "note",
    label: "action.note",
    done: "done.note",
    key: "i",
    path: "comment",
    fields: [{ name: "text", label: "field.note", kind: "area", required: true }],
    hint: "action.note_hint",
    submit: "action.note_submit",
    may: own,
    draft: "comment",
    bulk: true,
    fixed: { visibility: "internal" },
    free: true,
    body: ({ text }) => ({ text, visibility: "internal" }),
  },
  {
    id: "resolve",
    label: "action.resolve",
    done: "done.resolve",
    key: "r",
    path: "resolve",
    bulk: true,
    fields: [
      {
        name: "resolution",
        label: "field.resolution",
        kind: "area",
        required: true,
        hint: "field.resolution_hint",
      },
      { name: "code", label: "field.code", kind: "text" },
    ],
    may: running,
    draft: "resolve",
    body: ({ resolution, code }) => ({ resolution, code: optional(code) }),
  },
  {
    id: "assign",
    label: "action.assign",
    done: "done.assign",
    key: "a",
    path: "assign",
    bulk: true,
    fields: [
      {
        name: "assignee",
        label: "field.assignee",
        kind: "pick",
        options: agents,
        hint: "field.assignee_hint",
      },
    ],
    may: running,
    prefill: (_, item) => ({ assignee: item?.assignee ?? "" }),
    body: ({ assignee }) => ({ assignee: assignee || null }),
  },
  {
    id: "move",
    label: "action.move",
    done: "done.move",
    key: "m",
    path: "move",
    bulk: true,
    fields: [
      { name: "group", label: "field.group", kind: "pick", options: groups, required: true },
      {
        name: "level",
        label: "field.level",
        kind: "select",
        words: ["", "1", "2", "3"],
        group: "level",
      },
      {
        name: "reason",
        label: "field.reason",
        kind: "text",
        required: true,
        hint: "field.move_hint",
      },
    ],
    may: running,
    body: ({ group, level, reason }) => ({
      group,
      level: level ? Number(level) : undefined,
      reason,
    }),
  },
  {
    id: "hold",
    label: "action.hold",
    done: "done.hold",
    key: "h",
    path: "hold",
    bulk: true,
    fields: [
      {
        name: "reason",
        label: "field.hold_reason",
        kind: "select",
        group: "hold",
        words: [
          "awaiting_user",
          "awaiting_vendor",
          "awaiting_problem",
          "awaiting_change",
          "planned",
        ],
      },
      { name: "until", label: "field.until", kind: "moment", hint: "field.until_hint" },
      { name: "note", label: "field.hold_note", kind: "text" },
    ],
    may: running,
    prefill: () => ({ reason: "awaiting_user", until: tomorrowAtEight() }),
    body: ({ reason, until, note }) => ({
      reason,
      until: optional(toUtc(until ?? "")),
      note: optional(note),
    }),
  },
  {
    id: "resume",
    label: "action.resume",
    done: "done.resume",
    path: "resume",
    fields: [],
    bulk: true,
    may: (item) => own(item) && item.state === "on_hold",
    body: () => ({}),
  },
  {
    id: "edit",
    label: "action.edit",
    done: "done.edit",
    key: "e",
    path: null,
    fields: [],
    may: living,
    body: (values) => values,
  },
  {
    id: "reopen",
    label: "action.reopen",
    done: "done.reopen",
    path: "reopen",
    fields: [{ name: "reason", label: "field.reason", kind: "text", required: true }],
    may: (item) => own(item) && !running(item) && !item.merged_into,
    body: ({ reason }) => ({ reason }),
  },
  {
    id: "close",
    label: "action.close",
    done: "done.close",
    path: "close",
    bulk: true,
    fields: [
      {
        name: "reason",
        label: "field.close_reason",
        kind: "select",
        group: "closing",
        words: ["solved", "withdrawn", "no_reply"],
      },
    ],
    may: living,
    prefill: (_, item) => ({ reason: !item || item.state === "resolved" ? "solved" : "withdrawn" }),
    body: ({ reason }) => ({ reason }),
  },
  {
    id: "merge",
    label: "action.merge",
    done: "done.merge",
    path: "merge",
    hint: "action.merge_hint",
    fields: [
      {
        name: "into",
        label: "field.into",
        kind: "text",
        required: true,
        hint: "field.number_hint",
      },
    ],
    may: running,
    body: ({ into }) => ({ into: into?.trim().toUpperCase() }),
  },
  {
    id: "split",
    label: "action.split",
    done: "done.split",
    path: "split",
    hint: "action.split_hint",
    fields: [
      { name: "title", label: "field.title", kind: "text", required: true },
      { name: "text", label: "field.text", kind: "area" },
    ],
    may: running,
    body: ({ title, text }) => ({ title, text: optional(text) }),
  },
  {
    id: "link",
    label: "action.link",
    done: "done.link",
    path: "link",
    free: true,
    fields: [
      { name: "to", label: "field.to", kind: "text", required: true, hint: "field.link_hint" },
      {
        name: "relation",
        label: "field.relation",
        kind: "select",
        group: "relation",
        words: ["related", "problem", "change", "caused_by", "duplicate_of"],
      },
    ],
    may: own,
    prefill: () => ({ relation: "related" }),
    body: ({ to, relation }) => ({ to: to?.trim().toUpperCase(), relation }),
  },
  {
    id: "affected",
    label: "action.affected",
    done: "done.affected",
    path: "affected",
    free: true,
    fields: [
      {
        name: "person",
        label: "field.person",
        kind: "text",
        required: true,
        hint: "field.person_hint",
      },
    ],
    may: running,
    body: ({ person }) => ({ person }),
  },
  {
    id: "attach",
    label: "action.attach",
    done: "done.attach",
    path: "attachments",
    fields: [
      { name: "file", label: "field.file", kind: "file", required: true },
      {
        name: "visibility",
        label: "field.visibility",
        kind: "select",
        words: ["public", "internal"],
        group: "visibility",
      },
    ],
    may: living,
    prefill: () => ({ visibility: "internal" }),
    body: () => ({}),
    free: true,
  },
];

export const actionOf = (id: string | null): ActionSpec | undefined =>
  actions.find((one) => one.id === id);

// The fields that an agent changes by hand, with the same kinds as above.
export const caseFields: FieldSpec[] = [
  { name: "title", label: "field.title", kind: "text", required: true },
  { name: "text", label: "field.text", kind: "area" },
  {
    name: "type",
    label: "field.type",
    kind: "select",
    words: ["incident", "request"],
    group: "type",
  },
  {
    name: "system",
    label: "field.system",
    kind: "pick",
    free: true,
    options: (start) => start.systems,
  },
  { name: "org", label: "field.org", kind: "pick", free: true, options: (start) => start.orgs },
  {
    name: "impact",
    label: "field.impact",
    kind: "select",
    words: ["1", "2", "3"],
    group: "impact",
  },
  {
    name: "urgency",
    label: "field.urgency",
    kind: "select",
    words: ["1", "2", "3"],
    group: "urgency",
  },
  {
    name: "priority",
    label: "field.priority",
    kind: "select",
    words: ["1", "2", "3", "4"],
    group: "priority",
  },
  {
    name: "priority_reason",
    label: "field.priority_reason",
    kind: "text",
    hint: "field.priority_hint",
  },
  {
    name: "category",
    label: "field.category",
    kind: "pick",
    free: true,
    options: (start) => start.categories.map((id) => ({ id, title: id })),
  },
  { name: "place", label: "field.place", kind: "text" },
  { name: "equipment", label: "field.equipment", kind: "text" },
];

export const numberFields = new Set(["impact", "urgency", "priority", "level"]);
