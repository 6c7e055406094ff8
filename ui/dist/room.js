// Rooms and lists that change while somebody looks: what is marked data-live is read anew when the
// desk says that something happened. Forms stay as they are. Without it the page is whole.
(() => {
  "use strict";
  if (!("EventSource" in window)) return;
  let due = 0;
  // As a document, not as text: the page's policy lets no text become markup.
  const renew = () => {
    due = 0;
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.onload = () => {
      if (request.status !== 200 || !request.response) return;
      for (const part of document.querySelectorAll("[data-live]")) {
        const same = `[data-live="${CSS.escape(part.dataset.live)}"]`;
        const fresh = request.response.querySelector(same);
        if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
      }
    };
    request.open("GET", location.pathname + location.search);
    request.send();
  };
  const soon = () => {
    if (!due) due = setTimeout(renew, 300);
  };
  const source = new EventSource("/api/v1/events");
  for (const kind of ["major", "case", "notice", "view"]) source.addEventListener(kind, soon);
  addEventListener("pagehide", () => source.close());
})();
