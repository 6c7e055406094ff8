// The live board and the status page with its 90 days: they renew themselves, shout when they hear
// nothing, fit a wall screen and a phone, and axe finds nothing.
import assert from "node:assert/strict";
import { base, check, complaints, finish, openBrowser, shot, violations } from "./harness.mjs";
import { api, looks, person, tooWide } from "./people.mjs";

const browser = await openBrowser();
const vera = await person(browser, "vera");
const number = (page, part) => page.locator(`#now-${part} .k-big`).innerText();

await api(vera, "POST", "/notices", {
  kind: "disturbance", system: "PACS", severity: "down", title: "Røntgenbilleder kan ikke åbnes",
  title_en: "X-ray images cannot be opened", text: "Billeder fra i dag kan ikke ses.",
  text_en: "Images from today cannot be seen.", advice: "Ring til billeddiagnostik.", ack_required: true,
  advice_en: "Call diagnostic imaging.", next_at: new Date(Date.now() + 3600e3).toISOString(),
});

await check("the board renews itself when something is committed, in both windows on one stream", async () => {
  await vera.goto(`${base}/now`);
  const second = await vera.context().newPage();
  await second.goto(`${base}/now`);
  const before = Number((await number(vera, "cases")).replace(/\D/g, "") || 0);
  await api(vera, "POST", "/cases", { title: "Ny på tavlen" });
  for (const page of [vera, second])
    await page.waitForFunction(
      (count) => document.querySelector("#now-cases .k-big").innerText.replace(/\D/g, "") === String(count),
      before + 1, { timeout: 10_000 });
  const held = await second.evaluate(async () =>
    (await navigator.locks.query()).held.filter((lock) => lock.name === "klarsyn-now").length);
  assert.equal(held, 1);
  await second.close();
  const href = await vera.locator("#now-cases .k-big a").getAttribute("href");
  const records = await vera.request.get(base + href);
  assert.equal(records.status(), 200);
});

await check("silence is told loudly with the age of the figures", async () => {
  const own = await person(browser, "vera");
  await own.clock.install();
  await own.context().route("**/api/v1/events*", (route) => route.abort());
  await own.goto(`${base}/now`);
  await own.clock.fastForward(120_000);
  await own.getByRole("alert").getByText("Ingen forbindelse til Klarsyn. Tallene er 2 min. gamle.").waitFor();
  await shot(own, "now-silent");
  await own.context().close();
  complaints.splice(0); // of the stream that was cut off
});

await check("the wall screen fits 1080 lines without scrolling and has no menu", async () => {
  const wall = await person(browser, "vera", { viewport: { width: 1920, height: 1080 } });
  await wall.goto(`${base}/now?wall=1`);
  await wall.waitForSelector(".k-wall");
  const room = await wall.evaluate(() => [document.documentElement.scrollHeight - innerHeight,
    document.querySelectorAll("nav, form, button").length]);
  assert.deepEqual(room, [0, 0]);
  assert.deepEqual(await violations(wall), []);
  await shot(wall, "now-wall", false);
  await wall.context().close();
});

for (const [name, look] of Object.entries(looks))
  await check(`board, status and a system's days: ${name}`, async () => {
    const page = await person(browser, "vera", look);
    for (const path of ["/now", "/status", "/status/PACS", "/notices/N1", "/my/messages", "/notices"]) {
      await page.goto(base + path);
      assert.deepEqual(await violations(page), [], path);
      assert.ok((await tooWide(page)) <= 0, `${path} is too wide`);
      await shot(page, `messages${path.replaceAll("/", "-")}-${name}`);
    }
    await page.context().close();
  });

await check("a message is confirmed by pressing one button", async () => {
  const kim = await person(browser, "kim");
  const notices = await api(kim, "GET", "/notices");
  await kim.goto(`${base}/notices/${notices.items.find((one) => one.ack_required).number}`);
  await kim.getByRole("button", { name: "Jeg har læst beskeden" }).click();
  await kim.getByText("Du har bekræftet, at du har læst beskeden.").waitFor();
  await kim.context().close();
});

await check("nothing complained", async () => assert.deepEqual(complaints, []));
await finish(browser);
