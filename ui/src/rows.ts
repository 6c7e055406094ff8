// The cases of a view, paged from both ends by keyset cursors: rows are fetched as they come into
// sight, so that 20,000 cases cost what is looked at. An index is a place in the whole list; at(i)
// is undefined while that row is not here yet.
import { get, query } from "./api.ts";
import { Cell } from "./cell.ts";
import type { Item, Query } from "./types.ts";

interface Page {
  items: Item[];
  next: string | null;
  total?: number;
}

const firstPage = 100;
const fullPage = 500;
export const defaultSort = "worst";

const reversed = (sort: string) => (sort.startsWith("-") ? sort.slice(1) : `-${sort}`);

export class Rows {
  // Goes up with every change; components watch this one.
  readonly changed = new Cell(0);
  readonly failed = new Cell(false);
  total = 0;
  loading = false;
  #asked: Query = {};
  #head: Item[] = [];
  #tail: Item[] = [];
  #headNext: string | null = null;
  #tailNext: string | null = null;
  #tailBegun = false;
  #place = new Map<string, number>();
  #turn = 0; // answers to older questions are dropped
  #wanted = -1;
  #busy = false;

  get asked(): Query {
    return this.#asked;
  }

  at(index: number): Item | undefined {
    if (index < this.#head.length) return this.#head[index];
    return this.#tail[index - (this.total - this.#tail.length)];
  }

  indexOf(number: string): number {
    return this.#place.get(number) ?? -1;
  }
  has(number: string): boolean {
    return this.#place.has(number);
  }

  // Numbers of the rows between two places, as far as they are here.
  between(a: number, b: number): string[] {
    const found: string[] = [];
    for (let i = Math.min(a, b); i <= Math.max(a, b); i += 1) {
      const item = this.at(i);
      if (item) found.push(item.number);
    }
    return found;
  }

  // Asks anew from the beginning. What is shown stays until the answer is here.
  async load(asked: Query): Promise<void> {
    const turn = (this.#turn += 1);
    this.#asked = asked;
    this.loading = true;
    this.#tell();
    try {
      const page = await this.#fetch(asked.sort ?? defaultSort, firstPage, null, true);
      if (turn !== this.#turn) return;
      this.#head = page.items;
      this.#headNext = page.next;
      this.#tail = [];
      this.#tailNext = null;
      this.#tailBegun = false;
      this.total =
        page.next === null ? page.items.length : Math.max(page.total ?? 0, page.items.length);
      this.failed.set(false);
    } catch {
      if (turn === this.#turn) this.failed.set(true);
    }
    if (turn !== this.#turn) return;
    this.loading = false;
    this.#index();
  }

  // The rows from..to are about to be seen.
  want(from: number, to: number): void {
    for (let i = Math.max(0, from); i <= Math.min(to, this.total - 1); i += 1) {
      if (this.at(i)) continue;
      this.#wanted = i;
      void this.#fill();
      return;
    }
  }

  replace(item: Item): void {
    const index = this.indexOf(item.number);
    if (index < 0) return;
    if (index < this.#head.length) this.#head[index] = item;
    else this.#tail[index - (this.total - this.#tail.length)] = item;
    this.#tell();
  }

  remove(number: string): void {
    const index = this.indexOf(number);
    if (index < 0) return;
    if (index < this.#head.length) this.#head.splice(index, 1);
    else this.#tail.splice(index - (this.total - this.#tail.length), 1);
    this.total -= 1;
    this.#index();
  }

  #tell(): void {
    this.changed.set(this.changed.value + 1);
  }

  #index(): void {
    this.#place.clear();
    this.#head.forEach((item, i) => this.#place.set(item.number, i));
    const begin = this.total - this.#tail.length;
    this.#tail.forEach((item, i) => this.#place.set(item.number, begin + i));
    this.#tell();
  }

  #fetch(sort: string, limit: number, cursor: string | null, counted = false): Promise<Page> {
    return get<Page>(
      `/cases${query({
        ...this.#asked,
        sort,
        limit,
        cursor: cursor ?? undefined,
        count: counted ? 1 : undefined,
      })}`,
    );
  }

  async #fill(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const turn = this.#turn;
    try {
      while (turn === this.#turn && this.#wanted >= 0 && !this.at(this.#wanted)) {
        const fromHead = this.#wanted - this.#head.length;
        const fromTail = this.total - this.#tail.length - this.#wanted;
        await (fromHead <= fromTail ? this.#more(turn) : this.#moreFromEnd(turn));
      }
    } catch {
      if (turn === this.#turn) this.failed.set(true);
    }
    this.#busy = false;
    if (turn !== this.#turn && this.#wanted >= 0) this.want(this.#wanted, this.#wanted);
  }

  async #more(turn: number): Promise<void> {
    const page = await this.#fetch(this.#asked.sort ?? defaultSort, fullPage, this.#headNext);
    if (turn !== this.#turn) return;
    this.#head.push(...page.items.filter((item) => !this.has(item.number)));
    this.#headNext = page.next;
    if (page.next === null) {
      this.#tail = [];
      this.total = this.#head.length;
    }
    this.#close();
  }

  async #moreFromEnd(turn: number): Promise<void> {
    const sort = reversed(this.#asked.sort ?? defaultSort);
    const page = await this.#fetch(sort, fullPage, this.#tailBegun ? this.#tailNext : null);
    if (turn !== this.#turn) return;
    this.#tailBegun = true;
    this.#tailNext = page.next;
    this.#tail.unshift(...page.items.filter((item) => !this.has(item.number)).reverse());
    if (page.next === null) {
      this.#tail = [...this.#head, ...this.#tail];
      this.#head = [];
      this.total = this.#tail.length;
    }
    this.#close();
  }

  // Where both ends meet (cases came or went meanwhile), the list is as long as what is here.
  #close(): void {
    const here = this.#head.length + this.#tail.length;
    if (here >= this.total) {
      this.#head = [...this.#head, ...this.#tail];
      this.#tail = [];
      this.total = here;
    }
    this.#index();
  }
}
