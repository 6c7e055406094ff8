// The API's shapes as the desk uses them (openapi.json describes them in full). Times are RFC 3339
// UTC with Z; unknown is null.
export type State = "new" | "active" | "on_hold" | "resolved" | "closed";
export type CaseType = "incident" | "request";
export type Contact =
  "phone" | "mail" | "self_service" | "monitoring" | "in_person" | "chat" | "import";
export type HoldReason =
  | "awaiting_user"
  | "awaiting_vendor"
  | "awaiting_problem"
  | "awaiting_change"
  | "awaiting_approval"
  | "planned";
export type Visibility = "public" | "internal";

export interface Caller {
  name?: string | null;
  account?: string | null;
  phone?: string | null;
  mail?: string | null;
}

export interface Item {
  number: string;
  version: number;
  state: State;
  type: CaseType;
  title: string;
  system: string | null;
  org: string | null;
  impact: number | null;
  urgency: number | null;
  priority: number | null;
  contact: Contact | null;
  caller: Caller | null;
  category: string | null;
  group: string | null;
  level: number | null;
  assignee: string | null;
  hold_reason: HoldReason | null;
  wake_at: string | null;
  opened_at: string;
  updated_at: string;
  resolved_at: string | null;
  closed_at: string | null;
  due_at: string | null;
  breached: boolean;
  parent: string | null;
  merged_into: string | null;
  problem: string | null;
  change: string | null;
  major: string | null;
  call: string | null;
  reopen_count: number;
  open: boolean;
  source: string;
}

export interface CaseEvent {
  n: number;
  at: string;
  actor: string;
  actor_name?: string | null;
  kind: string;
  body: Record<string, unknown>;
  undone?: boolean;
}

export interface Attachment {
  id: string;
  name: string;
  size: number;
  type: string;
  visibility: Visibility;
  at: string;
  actor: string;
}

export interface Case extends Item {
  text: string | null;
  equipment: string | null;
  place: string | null;
  priority_reason: string | null;
  resolution: string | null;
  code: string | null;
  undo_until: string | null;
  affected: { person: string | null; at: string }[];
  links: { to: string; relation: string; title?: string | null; state?: string | null }[];
  children: string[];
  attachments: Attachment[];
  events: CaseEvent[];
}

export interface View {
  id: string;
  title: string;
  count: number;
  query?: Query;
}
export type Query = Record<string, string>;

export interface Choice {
  id: string;
  title: string;
}
export interface Group extends Choice {
  level: number | null;
}
export interface Agent extends Choice {
  groups: string[];
}

export interface Start {
  me: { name: string; display_name: string; role: string; groups: string[]; org: string };
  systems: Choice[];
  orgs: Choice[];
  groups: Group[];
  agents: Agent[];
  categories: string[];
  priority_table: number[][]; // by impact, then urgency
  undo_seconds: number;
  now: string;
}

export type DraftKind = "case" | "comment" | "resolve";
export type Fields = Record<string, string>;
export interface Draft {
  id: string;
  kind: DraftKind;
  case: string | null;
  rev: number;
  updated_at?: string;
  body: Fields;
}

export interface Template {
  id: string;
  kind: DraftKind;
  title: string;
  body: Record<string, string | number>;
}
export interface Filter {
  name: string;
  title: string;
  query: Query;
}

export interface Call {
  id: string;
  queue: string;
  caller: string | null;
  state: "ringing" | "connected" | "ended";
  entered_at: string;
  connected_at: string | null;
  ended_at: string | null;
  person: {
    name: string | null;
    account: string | null;
    mail: string | null;
    org: string | null;
    place: string | null;
    equipment: string[];
  } | null;
  cases: Item[];
  case: string | null;
}

export interface Presence {
  name: string;
  display_name: string;
  doing: "looking" | "editing";
}

export interface BulkItem {
  number: string;
  title: string;
  version: number;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
  refused: string | null;
}
export interface BulkPreview {
  count: number;
  allowed: number;
  items: BulkItem[];
}
export interface BulkDone {
  bulk: string;
  done: string[];
  refused: { number: string; detail: string }[];
  undo_until: string | null;
}

export interface Hit {
  kind: string;
  number: string;
  title: string;
  state?: string | null;
  snippet?: string | null;
}

// RFC 9457, with the two versions where a case has moved on (412).
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
  current?: Case;
  base?: Partial<Case>;
  yours?: Record<string, unknown>;
}

// A change that met a newer version of its case.
export interface Conflict {
  number: string;
  current: Case;
  base: Partial<Case>;
  yours: Record<string, unknown>;
  command: string | null; // null: fields of the case
}
