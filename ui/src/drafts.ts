// Half-written cases and answers. They live on the server, so that they survive a call, a reload and
// a crash; here they are kept while they are being written, and saved a moment after each change and
// when the page goes away. `rev` counts the changes: an older save that arrives late changes nothing.
import { Refused, get, newId, send } from "./api.ts";
import { Cell } from "./cell.ts";
import type { Draft, DraftKind, Fields } from "./types.ts";

export type Saved = "saved" | "waiting" | "failed";
export interface OwnDraft extends Draft {
  saved: Saved;
}

const pauseMs = 350;
const retryMs = 4000;

export class Drafts {
  readonly all = new Cell<OwnDraft[]>([]);
  #timers = new Map<string, number>();
  #told: (draft: Draft | { id: string; gone: true }) => void = () => {};

  // `tell` passes a change on to the person's other windows.
  constructor() {
    addEventListener("pagehide", () => this.flush());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.flush();
    });
  }

  onChange(tell: (draft: Draft | { id: string; gone: true }) => void): void {
    this.#told = tell;
  }

  async load(): Promise<void> {
    const answer = await get<{ items: Draft[] }>("/drafts");
    const mine = new Map(this.all.value.map((draft) => [draft.id, draft]));
    const merged = answer.items.map((draft) => {
      const own = mine.get(draft.id);
      mine.delete(draft.id);
      return own && own.rev > draft.rev ? own : { ...draft, saved: "saved" as const };
    });
    this.all.set([...merged, ...[...mine.values()].filter((draft) => draft.saved !== "saved")]);
  }

  find(id: string): OwnDraft | undefined {
    return this.all.value.find((draft) => draft.id === id);
  }

  // Not saved before something is written in it.
  begin(kind: DraftKind, number: string | null, body: Fields, save = false): OwnDraft {
    const draft: OwnDraft = { id: newId(), kind, case: number, rev: 0, body, saved: "saved" };
    this.all.set([...this.all.value, draft]);
    if (save) this.edit(draft.id, {});
    return draft;
  }

  edit(id: string, change: Fields): void {
    const draft = this.find(id);
    if (!draft) return;
    const next: OwnDraft = {
      ...draft,
      rev: draft.rev + 1,
      body: { ...draft.body, ...change },
      saved: "waiting",
    };
    this.#put(next);
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      window.setTimeout(() => void this.#save(id), pauseMs),
    );
  }

  async drop(id: string): Promise<void> {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const draft = this.find(id);
    this.all.set(this.all.value.filter((one) => one.id !== id));
    this.#told({ id, gone: true });
    if (!draft || draft.rev === 0) return;
    try {
      await send("DELETE", `/drafts/${id}`, undefined);
    } catch {
      /* it is offered again after a reload, and can be thrown away then */
    }
  }

  // From another window of the same person.
  hear(draft: Draft | { id: string; gone: true }): void {
    if ("gone" in draft) {
      this.all.set(this.all.value.filter((one) => one.id !== draft.id));
      return;
    }
    const own = this.find(draft.id);
    if (own && own.rev >= draft.rev) return;
    this.#put({ ...draft, saved: "saved" });
  }

  flush(): void {
    for (const id of [...this.#timers.keys()]) void this.#save(id, true);
  }

  get unsaved(): boolean {
    return this.all.value.some((draft) => draft.saved !== "saved");
  }

  #put(draft: OwnDraft): void {
    const known = this.find(draft.id);
    this.all.set(
      known
        ? this.all.value.map((one) => (one.id === draft.id ? draft : one))
        : [...this.all.value, draft],
    );
  }

  async #save(id: string, keepalive = false): Promise<void> {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const draft = this.find(id);
    if (!draft) return;
    const { kind, rev, body } = draft;
    try {
      await send("PUT", `/drafts/${id}`, { kind, case: draft.case, rev, body }, { keepalive });
      const now = this.find(id);
      if (now?.rev === rev) this.#put({ ...now, saved: "saved" });
      this.#told({ id, kind, case: draft.case, rev, body });
    } catch (error) {
      const now = this.find(id);
      if (!now) return;
      if (error instanceof Refused && error.status === 410) {
        this.all.set(this.all.value.filter((one) => one.id !== id));
        return;
      }
      this.#put({ ...now, saved: "failed" });
      this.#timers.set(
        id,
        window.setTimeout(() => void this.#save(id), retryMs),
      );
    }
  }
}
