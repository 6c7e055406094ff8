// The status page, live: loads itself anew when a message came or changed, and says so when it hears
// nothing any more. Without it the page is whole and tells when it was made.
(() => {
  "use strict";
  const age = document.querySelector(".k-age");
  if (!age || !("EventSource" in window)) return;
  const made = age.textContent;
  const silent = 25000; // ms; a beat comes every 10 s
  let heard = Date.now();
  let waiting = false;
  const alive = () => {
    heard = Date.now();
    age.classList.remove("k-stale");
    age.textContent = `${made} ${age.dataset.live}`;
  };
  const renew = () => {
    if (document.hidden) waiting = true;
    else location.reload();
  };
  const source = new EventSource("/api/v1/events");
  source.addEventListener("beat", alive);
  source.addEventListener("notice", renew);
  source.addEventListener("view", renew); // something was missed meanwhile
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && waiting) location.reload();
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  setInterval(() => {
    if (Date.now() - heard <= silent || age.classList.contains("k-stale")) return;
    age.setAttribute("role", "status");
    age.classList.add("k-stale");
    age.textContent = `${made} ${age.dataset.stale}`;
  }, 1000);
})();
