// Words, numbers and times for people. The texts come from /assets/desk-LANGUAGE.json, made by
// build.mjs; Key lists them, so that a missing text does not compile.
import type { Key } from "./keys.gen.ts";

export type { Key };
export type Language = "da" | "en";

let language: Language = "da";
let texts: Record<string, string> = {};

export async function loadTexts(wanted: Language): Promise<void> {
  const answer = await fetch(`/assets/desk-${wanted}.json`);
  if (!answer.ok) throw new Error(`texts: ${answer.status}`);
  texts = (await answer.json()) as Record<string, string>;
  language = wanted;
}

export const currentLanguage = (): Language => language;

export function t(key: Key, args: Record<string, string | number> = {}): string {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in args ? String(args[name]) : whole,
  );
}

// A word from the API as text, or the word itself where a newer server sends one that we lack.
export function word(group: string, value: string): string {
  return texts[`${group}.${value}`] ?? value;
}

const zone = "Europe/Copenhagen";
const locale = () => (language === "da" ? "da-DK" : "en-GB");
const formats = new Map<string, Intl.DateTimeFormat>();
function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + name;
  let found = formats.get(key);
  if (!found)
    formats.set(key, (found = new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options })));
  return found;
}

const dayOf = (date: Date) =>
  format("day", { year: "numeric", month: "2-digit", day: "2-digit" }).format(date);

export function clockTime(date: Date): string {
  const text = format("clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(
    date,
  );
  return language === "da" ? text.replace(":", ".") : text;
}

// "kl. 14.05" today, else "18. nov. kl. 14.05"; the year only when it is another.
export function moment(at: string, now = new Date()): string {
  const date = new Date(at);
  const clock = t("time.clock", { time: clockTime(date) });
  if (dayOf(date) === dayOf(now)) return clock;
  const year = format("year", { year: "numeric" });
  const same = year.format(date) === year.format(now);
  const day = same
    ? format("date", { day: "numeric", month: "short" })
    : format("dated", { day: "numeric", month: "short", year: "numeric" });
  return `${day.format(date)} ${clock}`;
}

// h:mm:ss, or m:ss under an hour where `short`.
export function duration(seconds: number, short = false): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  if (short && hours === 0) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  return `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

// "2026-11-21T14:05" on Copenhagen's clocks as UTC with Z; "" for what is no time.
export function toUtc(local: string): string {
  const guess = Date.parse(`${local}:00Z`);
  if (Number.isNaN(guess)) return "";
  const shift = (at: number) => Date.parse(`${toLocal(new Date(at))}:00Z`) - at;
  const at = guess - shift(guess);
  return new Date(guess - shift(at)).toISOString().replace(".000Z", "Z");
}

// What an <input type="datetime-local"> shows for it.
export function toLocal(date: Date): string {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "short",
  });
  return parts.format(date).replace(" ", "T");
}

// A rough length in words for lists: "12 min.", "3 t.", "4 d."; sharper near zero.
export function rough(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 3600) return t("time.minutes", { n: Math.floor(size / 60) });
  if (size < 2 * 86400) return t("time.hours", { n: Math.floor(size / 3600) });
  return t("time.days", { n: Math.floor(size / 86400) });
}

export const count = (n: number): string => new Intl.NumberFormat(locale()).format(n);

export function fileSize(bytes: number): string {
  const kilo = bytes / 1000;
  const number = new Intl.NumberFormat(locale(), { maximumFractionDigits: kilo < 1000 ? 0 : 1 });
  return kilo < 1000
    ? `${number.format(Math.max(1, kilo))} kB`
    : `${number.format(kilo / 1000)} MB`;
}

// For comparing what is typed with names: lower case, accents dropped, and "rodovre", "roedovre" and
// "Rødovre" the same.
export function fold(text: string): string {
  return text
    .toLowerCase()
    .replace(/æ/g, "a")
    .replace(/ø/g, "o")
    .replace(/å/g, "a")
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/ae|aa/g, "a")
    .replace(/oe/g, "o");
}
