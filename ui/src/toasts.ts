// What was done, with the way back while there is one. Undoable ones stay as long as the server takes
// the undo; the others until closed or for a while.
import { Cell } from "./cell.ts";

export interface Toast {
  id: number;
  text: string;
  kind: "done" | "error";
  until: number; // Date.now() at which it goes
  undo?: () => Promise<void>;
  about?: string; // the case: only the newest thing done to it can be undone
}

const shownMs = 8000;
const kept = 4;

export class Toasts {
  readonly all = new Cell<Toast[]>([]);
  #last = 0;

  constructor() {
    setInterval(() => {
      const now = Date.now();
      if (this.all.value.some((one) => one.until <= now))
        this.all.set(this.all.value.filter((one) => one.until > now));
    }, 1000);
  }

  done(text: string, undo?: () => Promise<void>, undoUntil?: string | null, about?: string): void {
    const end = undo && undoUntil ? Date.parse(undoUntil) : Date.now() + shownMs;
    if (about) this.all.set(this.all.value.filter((one) => one.about !== about));
    this.#add({ id: (this.#last += 1), text, kind: "done", until: end, undo, about });
  }

  // Errors stay until closed.
  error(text: string): void {
    this.#add({ id: (this.#last += 1), text, kind: "error", until: Infinity });
  }

  close(id: number): void {
    this.all.set(this.all.value.filter((one) => one.id !== id));
  }

  #add(toast: Toast): void {
    this.all.set([...this.all.value.slice(1 - kept), toast]);
  }
}
