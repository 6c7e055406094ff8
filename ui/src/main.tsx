// Starts the desk in the page's <div id="desk">. Until the texts are here, the page says what the
// server wrote into it.
import { render } from "preact";
import { App } from "./app.tsx";
import { DeskContext } from "./context.ts";
import { Desk } from "./desk.ts";
import { loadTexts } from "./text.ts";

async function begin(): Promise<void> {
  const place = document.getElementById("desk")!;
  await loadTexts(document.documentElement.lang === "en" ? "en" : "da");
  const desk = new Desk();
  await desk.begin();
  place.replaceChildren();
  document.body.classList.add("k-desk-page");
  render(
    <DeskContext.Provider value={desk}>
      <App />
    </DeskContext.Provider>,
    place,
  );
}

begin().catch((error: unknown) => {
  console.error(error);
  document.getElementById("desk-failed")?.removeAttribute("hidden");
});
