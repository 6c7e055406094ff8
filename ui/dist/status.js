// Pages that keep themselves fresh: the status page, a hospital's page, one's own cases. When
// something came that the page shows, its content is read anew and put in the place of the old; it
// says so when it hears nothing any more. What somebody is writing is never thrown away: then a line
// tells that there is news. Without script the page is whole and tells when it was made.
(() => {
  "use strict";
  let age = document.querySelector(".k-age");
  if (!age || !("EventSource" in window)) return;
  const main = document.querySelector("main");
  let made = age.textContent;
  const silent = 25000; // ms; a beat comes every 10 s
  let heard = Date.now();
  let waiting = false;
  let told = false;
  let due = 0;
  const say = (words, stale) => {
    age.classList.toggle("k-stale", stale);
    if (age.textContent !== words) age.textContent = words;
  };
  const alive = () => {
    heard = Date.now();
    if (!told) say(`${made} ${age.dataset.live}`, false);
  };
  const writing = () =>
    [...main.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);
  // The sentence stays the same element, so that readers hear it change.
  const keepSentence = (fresh) => {
    const [old, next] = [main, fresh].map((part) => part.querySelector(".k-sentence"));
    if (!old || !next) return;
    old.className = next.className;
    if (old.textContent !== next.textContent) old.textContent = next.textContent;
    next.replaceWith(old);
  };
  const show = (fresh) => {
    const at = document.activeElement?.getAttribute("href");
    const inside = main.contains(document.activeElement);
    keepSentence(fresh);
    main.replaceChildren(...fresh.childNodes);
    age = main.querySelector(".k-age");
    made = age.textContent;
    alive();
    if (inside) (at && main.querySelector(`a[href="${CSS.escape(at)}"]`) || main).focus();
  };
  // As a document, not as text: the page's policy lets no text become markup.
  const load = () => {
    due = 0;
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.onload = () => {
      const fresh = request.status === 200 && request.response?.querySelector("main");
      if (!fresh?.querySelector(".k-age")) location.reload();
      else if (!writing()) show(fresh);
    };
    request.open("GET", location.href);
    request.send();
  };
  const renew = () => {
    if (document.hidden) waiting = true;
    else if (writing()) {
      told = true;
      age.setAttribute("role", "status");
      say(age.dataset.news ?? age.dataset.stale, true);
    } else if (!due) due = setTimeout(load, 100);
  };
  main.querySelector(".k-sentence")?.setAttribute("aria-live", "polite");
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
