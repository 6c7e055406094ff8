// The report form: what is known of the chosen system comes to the top and the rest steps back, so
// that nobody writes what is known already. Without it the page shows the same after sending.
(() => {
  "use strict";
  const system = document.querySelector("#f-system");
  const known = document.querySelector("#known");
  if (!system || !known) return;
  const messages = [...known.querySelectorAll("article")];
  const arrange = () => {
    const chosen = system.value;
    for (const message of messages)
      message.hidden = chosen !== "" && message.dataset.system !== chosen;
    known.hidden = messages.every((message) => message.hidden);
  };
  system.addEventListener("change", () => {
    arrange();
    if (!known.hidden && system.value !== "") known.scrollIntoView({ block: "nearest" });
  });
  arrange();
})();
