// What the desk knows and does: the list, the open case, commands and what the event stream brings.
// Components read the cells and call the methods; nothing here touches the page.
import { actionOf, type ActionSpec } from "./actions.ts";
import { Refused, casePath, get, post, query, send } from "./api.ts";
import { Cell } from "./cell.ts";
import { Drafts, type OwnDraft } from "./drafts.ts";
import { Rows } from "./rows.ts";
import { Stream, type DeskEvent } from "./stream.ts";
import { t, type Key } from "./text.ts";
import { Toasts } from "./toasts.ts";
import type {
  Call,
  Case,
  Conflict,
  Draft,
  Fields,
  Item,
  Presence,
  Problem,
  Query,
  Start,
  Template,
  View,
} from "./types.ts";

export type Panel =
  { kind: "case" } | { kind: "draft"; id: string } | { kind: "bulk"; action: string };

export interface Cursor {
  index: number;
  number: string | null;
}

const previewMs = 70;
const eventsMs = 250;
const presenceMs = 20_000;

export class Desk {
  readonly start = new Cell<Start>({
    me: { name: "", display_name: "", role: "", groups: [], org: "" },
    systems: [],
    orgs: [],
    groups: [],
    agents: [],
    categories: [],
    priority_table: [],
    undo_seconds: 60,
    now: "",
  });
  readonly views = new Cell<View[]>([]);
  readonly asked = new Cell<Query>({ view: "mine" });
  readonly rows = new Rows();
  readonly cursor = new Cell<Cursor>({ index: 0, number: null });
  readonly selected = new Cell<ReadonlySet<string>>(new Set());
  readonly fresh = new Cell(0); // new cases that the list does not show yet
  readonly open = new Cell<string | null>(null);
  readonly shown = new Cell<Case | null>(null);
  readonly missing = new Cell(false); // the open case cannot be shown
  readonly action = new Cell<string | null>(null);
  readonly panel = new Cell<Panel>({ kind: "case" });
  readonly conflict = new Cell<Conflict | null>(null);
  readonly people = new Cell<Presence[]>([]);
  readonly call = new Cell<Call | null>(null);
  readonly templates = new Cell<Template[]>([]);
  readonly palette = new Cell(false);
  readonly keysOn = new Cell(true);
  readonly detail = new Cell(false); // narrow screens: the case instead of the list
  // What stands in the forms of a case that are not sent yet, by case and action.
  readonly scraps = new Map<string, Fields>();
  readonly loggedOut = new Cell(false);
  readonly drafts = new Drafts();
  readonly toasts = new Toasts();
  readonly stream: Stream;
  listAtTop = true;
  lastAction = "edit";
  #previewTimer = 0;
  #viewsTimer = 0;
  #eventsTimer = 0;
  #pending = new Set<string>();
  #opening: AbortController | null = null;

  constructor() {
    this.stream = new Stream(
      (event) => this.#hear(event),
      () => void this.refresh(),
    );
    this.drafts.onChange((draft) => this.stream.tell("draft", draft));
    this.rows.changed.watch(() => this.#keepCursor());
  }

  async begin(): Promise<void> {
    const address = new URLSearchParams(location.search);
    this.start.set(await get<Start>("/desk"));
    this.keysOn.set(localStorage.getItem(`klarsyn.keys.${this.start.value.me.name}`) !== "off");
    const known = ["view", "state", "system", "group", "assignee", "priority", "sort"];
    const asked: Query = {};
    for (const name of known) if (address.get(name)) asked[name] = address.get(name)!;
    if (!asked.view) asked.view = "mine";
    const number = address.get("case");
    await Promise.all([
      this.list(asked),
      this.loadViews(),
      this.safely(() => this.drafts.load()),
      this.safely(() => this.loadCall()),
      this.safely(() => this.loadTemplates()),
    ]);
    if (number) await this.openCase(number);
    else if (this.rows.total > 0) this.moveTo(0);
    this.stream.start();
    setInterval(() => void this.#tellPresence(), presenceMs);
  }

  // ---- the list -------------------------------------------------------------------------------

  async list(asked: Query): Promise<void> {
    this.asked.set(asked);
    this.fresh.set(0);
    this.selected.set(new Set());
    this.cursor.set({ index: 0, number: null });
    this.#address();
    await this.rows.load(asked);
  }

  async refresh(): Promise<void> {
    this.loadViewsSoon();
    this.fresh.set(0);
    await Promise.all([this.rows.load(this.asked.value), this.safely(() => this.loadCall())]);
    const number = this.open.value;
    if (number) await this.#reload(number);
  }

  async loadViews(): Promise<void> {
    await this.safely(async () => this.views.set((await get<{ items: View[] }>("/views")).items));
  }

  loadViewsSoon(): void {
    clearTimeout(this.#viewsTimer);
    this.#viewsTimer = window.setTimeout(() => void this.loadViews(), 300);
  }

  moveTo(index: number, extend = false): void {
    if (this.rows.total === 0) return;
    const to = Math.max(0, Math.min(index, this.rows.total - 1));
    const before = this.cursor.value.index;
    const item = this.rows.at(to);
    this.cursor.set({ index: to, number: item?.number ?? null });
    if (extend)
      this.selected.set(new Set([...this.selected.value, ...this.rows.between(before, to)]));
    this.rows.want(to - 1, to + 1);
    clearTimeout(this.#previewTimer);
    if (item)
      this.#previewTimer = window.setTimeout(
        () => void this.openCase(item.number, false),
        previewMs,
      );
  }

  toggle(number: string): void {
    const next = new Set(this.selected.value);
    if (!next.delete(number)) next.add(number);
    this.selected.set(next);
  }

  #keepCursor(): void {
    const { index, number } = this.cursor.value;
    const found = number === null ? -1 : this.rows.indexOf(number);
    const place = found >= 0 ? found : Math.max(0, Math.min(index, this.rows.total - 1));
    const now = this.rows.at(place)?.number ?? null;
    if (place !== index || now !== number) this.cursor.set({ index: place, number: now });
  }

  // ---- the open case --------------------------------------------------------------------------

  async openCase(number: string, detail = true): Promise<void> {
    clearTimeout(this.#previewTimer);
    if (detail) this.detail.set(true);
    this.panel.set({ kind: "case" });
    if (this.open.value === number && this.shown.value) return;
    this.open.set(number);
    this.action.set(null);
    this.conflict.set(null);
    this.people.set([]);
    this.shown.set(null);
    this.missing.set(false);
    const index = this.rows.indexOf(number);
    if (index >= 0) this.cursor.set({ index, number });
    this.#address();
    await this.#reload(number);
    void this.#tellPresence();
  }

  async #reload(number: string): Promise<void> {
    this.#opening?.abort();
    this.#opening = new AbortController();
    const { signal } = this.#opening;
    try {
      const full = await get<Case>(casePath(number), { signal });
      if (this.open.value === number) this.take(full);
    } catch {
      if (!signal.aborted && this.open.value === number && !this.shown.value)
        this.missing.set(true);
    }
  }

  // A case as the server just gave it.
  take(full: Case): void {
    if (
      full.number === this.open.value &&
      (this.shown.value?.number !== full.number || full.version >= this.shown.value.version)
    )
      this.shown.set(full);
    this.rows.replace(full);
  }

  // ---- commands -------------------------------------------------------------------------------

  // Sends a command or (command null) changed fields; answers the case, or null where it met a newer
  // version, which is then shown. Other refusals are thrown for the form to show.
  async command(
    number: string,
    command: string | null,
    body: object,
    version: number | undefined,
    said: string,
  ): Promise<Case | null> {
    try {
      const answer =
        command === null
          ? await send<Case>("PATCH", casePath(number), body, { ifMatch: version })
          : await post<Case>(`${casePath(number)}/${command}`, body, { ifMatch: version });
      this.#done(number, answer, said);
      return answer;
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 412 || !error.problem.current)
        throw error;
      this.#meet(number, command, body, error.problem);
      return null;
    }
  }

  #meet(number: string, command: string | null, body: object, problem: Problem): void {
    this.take(problem.current!);
    this.action.set(null);
    this.conflict.set({
      number,
      command,
      current: problem.current!,
      base: problem.base ?? {},
      yours: { ...body },
    });
  }

  #done(number: string, answer: Case, said: string): void {
    this.conflict.set(null);
    // A split answers the new case; the one that it came from has changed as well.
    if (answer.number !== number) void this.#reload(number);
    this.take(answer);
    this.loadViewsSoon();
    this.saidOf(answer, said);
  }

  saidOf(answer: Case, said: string): void {
    this.toasts.done(
      said,
      answer.undo_until ? () => this.undo(answer.number) : undefined,
      answer.undo_until,
      answer.number,
    );
  }

  async undo(number: string): Promise<void> {
    await this.trying(async () => {
      const answer = await post<Case>(`${casePath(number)}/undo`, {});
      this.take(answer);
      this.loadViewsSoon();
      this.toasts.done(t("undo.done", { number }), undefined, null, number);
    });
  }

  // Runs it and tells of a refusal in a toast.
  async trying(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      this.toasts.error(this.explain(error));
    }
  }

  async safely(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      this.explain(error);
    }
  }

  // A refusal in words; notes when the session is over.
  explain(error: unknown): string {
    if (!(error instanceof Refused)) return t("error.unknown");
    if (error.status === 401) this.loggedOut.set(true);
    if (error.status === 0) return t("error.offline");
    const first = error.problem.errors?.[0]?.detail;
    return first ?? error.problem.detail ?? error.problem.title ?? t("error.unknown");
  }

  // ---- drafts, calls, templates ---------------------------------------------------------------

  newCase(body: Record<string, string> = {}): void {
    const { me } = this.start.value;
    const draft = this.drafts.begin(
      "case",
      null,
      {
        type: "incident",
        impact: "2",
        urgency: "2",
        contact: "phone",
        group: me.groups[0] ?? "",
        ...body,
      },
      "call" in body,
    );
    this.panel.set({ kind: "draft", id: draft.id });
    this.detail.set(true);
  }

  // There is a call that nothing has been written about yet.
  get callWaits(): boolean {
    const call = this.call.value;
    return (
      call !== null && !call.case && !this.drafts.all.value.some((one) => one.body.call === call.id)
    );
  }

  newCaseFromCall(): void {
    const call = this.call.value;
    if (!call) return;
    const known = this.drafts.all.value.find(
      (draft) => draft.kind === "case" && draft.body.call === call.id,
    );
    if (known) return this.showDraft(known.id);
    const { person } = call;
    const given: [string, string | null | undefined][] = [
      ["call", call.id],
      ["org", person?.org],
      ["place", person?.place],
      ["equipment", person?.equipment?.[0]],
      ["caller_name", person?.name],
      ["caller_account", person?.account],
      ["caller_mail", person?.mail],
      ["caller_phone", call.caller],
    ];
    this.newCase(Object.fromEntries(given.filter(([, value]) => value)) as Record<string, string>);
  }

  showDraft(id: string): void {
    const draft = this.drafts.find(id);
    if (!draft) return;
    this.detail.set(true);
    if (draft.kind === "case") return this.panel.set({ kind: "draft", id });
    const action =
      draft.kind === "resolve"
        ? "resolve"
        : draft.body.visibility === "internal"
          ? "note"
          : "reply";
    void this.openCase(draft.case!).then(() => this.setAction(action));
  }

  async loadCall(): Promise<void> {
    const { call } = await get<{ call: Call | null }>("/calls/current");
    // Without what the desk knows of the caller the call is shown all the same.
    this.call.set(call && { ...call, cases: call.cases ?? [], person: call.person ?? null });
  }

  async loadTemplates(): Promise<void> {
    this.templates.set((await get<{ items: Template[] }>("/templates")).items);
  }

  setKeys(on: boolean): void {
    this.keysOn.set(on);
    localStorage.setItem(`klarsyn.keys.${this.start.value.me.name}`, on ? "on" : "off");
  }

  // ---- events ---------------------------------------------------------------------------------

  #hear(event: DeskEvent): void {
    if (event.name === "case") {
      this.#pending.add(String(event.data.number));
      if (!this.#eventsTimer)
        this.#eventsTimer = window.setTimeout(() => void this.#catchUp(), eventsMs);
    } else if (event.name === "call") void this.safely(() => this.loadCall());
    else if (event.name === "view") this.loadViewsSoon();
    else if (event.name === "draft") this.drafts.hear(event.data as unknown as Draft);
    else if (event.name === "presence" && event.data.number === this.open.value)
      this.people.set(
        (event.data.people as Presence[]).filter((one) => one.name !== this.start.value.me.name),
      );
  }

  async #catchUp(): Promise<void> {
    this.#eventsTimer = 0;
    const numbers = [...this.#pending].slice(0, 100);
    for (const number of numbers) this.#pending.delete(number);
    if (this.#pending.size)
      this.#eventsTimer = window.setTimeout(() => void this.#catchUp(), eventsMs);
    const open = this.open.value;
    if (open && numbers.includes(open)) void this.#reload(open);
    this.loadViewsSoon();
    await this.safely(async () => {
      const asked = this.asked.value;
      const answer = await get<{ items: Item[] }>(
        `/cases${query({ ...asked, numbers: numbers.join(","), limit: 100 })}`,
      );
      if (asked !== this.asked.value) return;
      const here = new Map(answer.items.map((item) => [item.number, item]));
      for (const number of numbers) {
        const item = here.get(number);
        if (item) this.rows.replace(item);
        else if (number !== open) this.rows.remove(number);
      }
      const added = answer.items.filter((item) => !this.rows.has(item.number)).length;
      if (added && this.listAtTop && this.selected.value.size === 0) await this.rows.load(asked);
      else if (added) this.fresh.set(this.fresh.value + added);
    });
  }

  async #tellPresence(): Promise<void> {
    const number = this.open.value;
    if (!number || document.hidden) return;
    const doing = this.action.value || this.panel.value.kind === "draft" ? "editing" : "looking";
    await this.safely(async () => {
      const answer = await post<{ people: Presence[] }>("/presence", { number, doing });
      if (number === this.open.value) this.people.set(answer.people);
    });
  }

  // An action of the open case: its form, or at once where it asks for nothing.
  async doAction(id: string): Promise<void> {
    const spec = actionOf(id);
    const item = this.shown.value;
    if (!spec || !item || !spec.may(item)) return;
    this.lastAction = id;
    if (spec.fields.length || id === "edit") {
      this.detail.set(true);
      return this.setAction(this.action.value === id ? null : id);
    }
    this.setAction(null);
    const body = spec.body(spec.prefill?.(this.start.value, item) ?? {});
    await this.trying(async () => {
      await this.command(
        item.number,
        spec.path,
        body,
        item.version,
        t(spec.done, { number: item.number }),
      );
    });
  }

  draftOf(number: string, spec: ActionSpec): OwnDraft | undefined {
    const visibility = spec.fixed?.visibility;
    return this.drafts.all.value.find(
      (draft) =>
        draft.kind === spec.draft &&
        draft.case === number &&
        (!visibility || draft.body.visibility === visibility),
    );
  }

  // What was written for an action is sent: it need not be kept any longer.
  forget(number: string, id: string): void {
    this.scraps.delete(`${number}/${id}`);
    const draft = this.draftOf(number, actionOf(id)!);
    if (draft) void this.drafts.drop(draft.id);
  }

  setAction(action: string | null): void {
    if (action) this.lastAction = action;
    this.conflict.set(null);
    this.action.set(action);
    void this.#tellPresence();
  }

  #address(): void {
    // What was searched for may hold personal data: it stays out of the address.
    const asked = { ...this.asked.value, q: undefined, case: this.open.value ?? undefined };
    history.replaceState(null, "", `${location.pathname}${query(asked)}`);
  }
}

export const viewTitle = (views: View[], id: string | undefined): string =>
  views.find((view) => view.id === id)?.title ?? t("list.title" satisfies Key);
