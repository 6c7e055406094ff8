// One event stream per browser: the window that holds the lock reads it and passes every event on to
// the others; when it closes, the next one takes over. A browser allows only six connections to one
// server, so a stream per window would hang the seventh. Without Web Locks (no secure context) each
// window reads its own.
import { Cell } from "./cell.ts";

export interface DeskEvent {
  name: string;
  data: Record<string, unknown>;
}

const names = ["case", "call", "notice", "view", "presence", "beat"];
const silenceMs = 25_000;
const retryMs = 5_000;
const askMs = 20_000; // while nothing is heard, the desk asks by itself this often

export class Stream {
  // Since when nothing has been heard, or null while all is well.
  readonly staleSince = new Cell<Date | null>(null);
  readonly #hear: (event: DeskEvent) => void;
  readonly #again: () => void;
  readonly #channel = new BroadcastChannel("klarsyn-desk");
  #heard = Date.now();
  #asked = 0;
  #lost = false;

  // `hear` gets every event, `again` is called when some may have been missed.
  constructor(hear: (event: DeskEvent) => void, again: () => void) {
    this.#hear = hear;
    this.#again = again;
    this.#channel.onmessage = (message: MessageEvent<DeskEvent>) => this.#take(message.data);
    setInterval(() => this.#look(), 1000);
  }

  start(): void {
    if (!navigator.locks) return this.#read();
    const begin = Date.now();
    void navigator.locks.request("klarsyn-desk-stream", () => {
      this.#lost = Date.now() - begin > 1000; // took over from another window: something may be missed
      this.#read();
      return new Promise(() => {}); // held until the window goes
    });
  }

  // To the person's other windows alone.
  tell(name: string, data: object): void {
    this.#channel.postMessage({ name, data });
  }

  #read(): void {
    let opened = false;
    const source = new EventSource("/api/v1/events");
    source.onopen = () => {
      if (opened || this.#lost) this.#pass({ name: "again", data: {} });
      opened = true;
      this.#pass({ name: "beat", data: {} });
    };
    source.onerror = () => {
      // Closed for good after an answer that is no stream (logged out, refused): try again later.
      if (source.readyState !== EventSource.CLOSED) return;
      this.#lost = true;
      setTimeout(() => this.#read(), retryMs);
    };
    for (const name of names) {
      source.addEventListener(name, (event) => {
        let data: Record<string, unknown> = {};
        try {
          data = JSON.parse((event as MessageEvent<string>).data) as Record<string, unknown>;
        } catch {
          /* a beat */
        }
        this.#pass({ name, data });
      });
    }
  }

  #pass(event: DeskEvent): void {
    this.#channel.postMessage(event);
    this.#take(event);
  }

  #take(event: DeskEvent): void {
    if (event.name !== "draft") this.#heard = Date.now();
    if (this.staleSince.value) {
      this.staleSince.set(null);
      this.#again();
    }
    if (event.name === "again") this.#again();
    else if (event.name !== "beat") this.#hear(event);
  }

  #look(): void {
    const now = Date.now();
    if (!this.staleSince.value && now - this.#heard > silenceMs)
      this.staleSince.set(new Date(this.#heard));
    if (!this.staleSince.value || document.hidden || now - this.#asked < askMs) return;
    this.#asked = now;
    this.#again();
  }
}
