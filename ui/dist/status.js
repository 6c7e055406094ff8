// Pages that keep themselves fresh: the status page, one's own cases. Loads the page anew when something
// came that it shows, and says so when it hears nothing any more. What somebody is writing is never
// thrown away: then a line tells that there is news. Without script the page is whole and tells when
// it was made.
(() => {
  "use strict";
  const age = document.querySelector(".k-age");
  if (!age || !("EventSource" in window)) return;
  const made = age.textContent;
  const silent = 25000; // ms; a beat comes every 10 s
  let heard = Date.now();
  let waiting = false;
  let told = false;
  const say = (words, stale) => {
    age.classList.toggle("k-stale", stale);
    if (age.textContent !== words) age.textContent = words;
  };
  const alive = () => {
    heard = Date.now();
    if (!told) say(`${made} ${age.dataset.live}`, false);
  };
  const writing = () =>
    [...document.querySelectorAll("main textarea")].some((area) => area.value !== area.defaultValue);
  const renew = () => {
    if (document.hidden) waiting = true;
    else if (writing()) {
      told = true;
      age.setAttribute("role", "status");
      say(age.dataset.news ?? age.dataset.stale, true);
    } else location.reload();
  };
  const source = new EventSource("/api/v1/events");
  source.addEventListener("beat", alive);
  for (const kind of (age.dataset.events ?? "notice").split(" "))
    source.addEventListener(kind, renew);
  source.addEventListener("view", (event) => {
    if (event.data.includes("missed")) renew();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && waiting) {
      waiting = false;
      renew();
    }
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  setInterval(() => {
    if (told || Date.now() - heard <= silent) return;
    age.setAttribute("role", "status");
    say(`${made} ${age.dataset.stale}`, true);
  }, 1000);
})();
