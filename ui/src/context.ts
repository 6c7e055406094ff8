// Hands the desk to the components.
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Desk } from "./desk.ts";
import type { Choice } from "./types.ts";

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("no desk");
  return desk;
}

// The seconds pass.
export function useNow(everyMs = 1000): number {
  const [now, set] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function useMedia(question: string): boolean {
  const [matches, set] = useState(() => matchMedia(question).matches);
  useEffect(() => {
    const media = matchMedia(question);
    const change = () => set(media.matches);
    change();
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, [question]);
  return matches;
}

export const titleOf = (choices: Choice[], id: string | null | undefined): string =>
  id ? (choices.find((one) => one.id === id)?.title ?? id) : "";
