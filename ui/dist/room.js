// Rooms and lists that change while somebody looks: what is marked data-live is read anew when the
// desk says that something happened. Forms stay as they are. Without it the page is whole.
(() => {
  "use strict";
  if (!("EventSource" in window)) return;
  let due = 0;
  const renew = async () => {
    due = 0;
    const answer = await fetch(location.pathname + location.search, { credentials: "same-origin" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
    }
  };
  const soon = () => {
    if (!due) due = setTimeout(() => renew().catch(() => {}), 300);
  };
  const source = new EventSource("/api/v1/events");
  for (const kind of ["major", "case", "view"]) source.addEventListener(kind, soon);
  addEventListener("pagehide", () => source.close());
})();
