// A case by its number: opens it here, or as a page of its own with the browser's keys.
import { useDesk } from "./context.ts";

// What is no case of the desk's own has a page, but no place on the desk.
const pages: Record<string, string> = { P: "problems", C: "changes", M: "majors" };

function Page({ number }: { number: string }) {
  return <a href={`/cases/${encodeURIComponent(number)}`}>{number}</a>;
}

export function CaseLink({ number }: { number: string }) {
  const desk = useDesk();
  const page = pages[/^[PCM]\d+$/.test(number) ? number[0]! : ""];
  if (page) return <a href={`/${page}/${number}`}>{number}</a>;
  if (!/^K\d+$/.test(number))
    return number.includes(":") ? <Page number={number} /> : <>{number}</>;
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

// A text with the pages that monitoring writes of as links: the alert, the measurements. Only the page
// counts, whatever address stands before it.
const ownPage = /^(?:https?:\/\/[^/]+)?(\/alerts\/A\S*|\/probes\/system\?\S*)$/;

export function Words({ text }: { text: string }) {
  return (
    <p class="k-text">
      {text.split(/(\s+)/).map((word) => {
        const page = ownPage.exec(word)?.[1];
        return page ? <a href={page}>{word}</a> : word;
      })}
    </p>
  );
}
