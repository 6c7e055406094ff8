// Talking to the server: one function per kind of request. A refusal is a Refused with the server's
// problem; no connection is a Refused with status 0. Nothing here knows the page.
import type { Case, Problem } from "./types.ts";

export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title ?? String(problem.status));
    this.problem = problem;
  }
  get status(): number {
    return this.problem.status;
  }
  // What the server said about one field ("/title"), else undefined.
  field(name: string): string | undefined {
    return this.problem.errors?.find((one) => one.pointer.split("/")[1] === name)?.detail;
  }
}

export interface Options {
  ifMatch?: number; // the version that the change is meant for
  key?: string; // Idempotency-Key; made up for a POST without one
  keepalive?: boolean; // outlives the page
  signal?: AbortSignal;
}

const root = "/api/v1";

export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    return { ...((await answer.json()) as Problem), status: answer.status };
  } catch {
    return { status: answer.status, title: answer.statusText };
  }
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(root + path, { credentials: "same-origin", redirect: "error", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Refused({ status: 0 });
  }
  if (!answer.ok) throw new Refused(await problemOf(answer));
  return answer;
}

export async function get<T>(path: string, options: Options = {}): Promise<T> {
  const answer = await ask(path, {
    headers: { Accept: "application/json" },
    signal: options.signal,
  });
  return (await answer.json()) as T;
}

export async function send<T>(
  method: string,
  path: string,
  body: unknown,
  options: Options = {},
): Promise<T> {
  const headers: Record<string, string> = {
    Accept: "application/json",
    "Content-Type": "application/json",
  };
  if (options.ifMatch !== undefined) headers["If-Match"] = `"${options.ifMatch}"`;
  if (method === "POST") headers["Idempotency-Key"] = options.key ?? newId();
  const answer = await ask(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    keepalive: options.keepalive,
    signal: options.signal,
  });
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export const post = <T>(path: string, body: unknown, options?: Options) =>
  send<T>("POST", path, body, options);

// The file's name goes into a header: addresses end up in logs.
export async function upload(number: string, file: File, visibility: string): Promise<Case> {
  const answer = await ask(`/cases/${encodeURIComponent(number)}/attachments`, {
    method: "POST",
    body: file,
    headers: {
      "Content-Type": file.type || "application/octet-stream",
      "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      "X-Visibility": visibility,
      "Idempotency-Key": newId(),
    },
  });
  return (await answer.json()) as Case;
}

export function query(fields: Record<string, string | number | undefined>): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== "") all.set(name, String(value));
  return `?${all}`;
}

export const casePath = (number: string) => `/cases/${encodeURIComponent(number)}`;
