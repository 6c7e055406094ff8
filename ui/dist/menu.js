// The grouped menu closes with Escape, with a click elsewhere, and when focus leaves it. Without it
// the groups still open and close by themselves.
(() => {
  "use strict";
  const menu = document.querySelector(".k-menu");
  if (!menu) return;
  const close = (except) => {
    for (const group of menu.querySelectorAll("details[open]")) if (group !== except) group.open = false;
  };
  document.addEventListener("click", (event) => close(event.target.closest(".k-menu details")));
  menu.addEventListener("keydown", (event) => {
    const group = event.target.closest("details[open]");
    if (event.key !== "Escape" || !group) return;
    group.open = false;
    group.querySelector("summary").focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(null);
  });
})();
