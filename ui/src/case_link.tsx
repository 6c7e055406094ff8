// A case by its number: opens it here, or as a page of its own with the browser's keys.
import { useDesk } from "./context.ts";

export function CaseLink({ number }: { number: string }) {
  const desk = useDesk();
  if (!/^K\d+$/.test(number) && !number.includes(":")) return <>{number}</>;
  return (
    <a
      href={`/cases/${encodeURIComponent(number)}`}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        void desk.openCase(number);
      }}
    >
      {number}
    </a>
  );
}
