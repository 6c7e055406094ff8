// Compiles only while every word of the API has its text: a word that is missing would be shown in
// English on a Danish page.
import type { Key } from "./keys.gen.ts";
import type { CaseType, Contact, HoldReason, State, Visibility } from "./types.ts";

type Level = "1" | "2" | "3";
type Needed =
  | `state.${State}`
  | `type.${CaseType}`
  | `contact.${Contact}`
  | `hold.${HoldReason}`
  | `next.${HoldReason}`
  | `visibility.${Visibility}`
  | `level.${Level}`
  | `impact.${Level}`
  | `urgency.${Level}`
  | `priority.${Level | "4"}`
  | `call.${"ringing" | "connected" | "ended"}`
  | `closing.${"solved" | "merged" | "withdrawn" | "no_reply"}`
  | `relation.${"related" | "problem" | "change" | "caused_by" | "duplicate_of"}`
  | `sort.${"worst" | "newest" | "oldest" | "updated" | "priority" | "number"}`
  | `view.${"mine" | "group" | "unassigned" | "near_breach" | "waiting_user" | "major" | "open" | "all" | "closed"}`
  | `history.${"all" | "public" | "internal"}`;

export type EveryWordHasItsText = Needed extends Key ? true : never;
export const everyWordHasItsText: EveryWordHasItsText = true;
