// A call from ring to closed case over two levels, as people do it: anna on level 1 answers the phone
// and passes the case on, bo on level 2 solves it, anna closes it, and the case's page tells the way.
// anna's name in the phone system is SIP/anna; bo belongs to "Klinisk support" (level 2).
import assert from "node:assert/strict";
import { base, check, complaints, finish, openBrowser, shot, violations } from "./harness.mjs";
import { api, looks, person, tooWide } from "./people.mjs";

const browser = await openBrowser();
const agent = (name, options) => person(browser, name, options);
const anna = await agent("anna");
const bo = await agent("bo");
const does = (page, name) => page.locator(".k-do").getByRole("button", { name, exact: true }).click();
const toast = (page) => page.locator(".k-toast").last();
const callid = `story-${Date.now()}`;
const phone = (event) => api(anna, "POST", "/calls", {
  callid, queue: "servicedesk", caller: "+4535459876", event, time: new Date().toISOString().replace(/\.\d+Z/, "Z"),
  ...(event === "enter" ? {} : { agent: "SIP/anna" }) });

let number = "";
await check("ring: the call bar shows who calls while the desk goes on", async () => {
  for (const page of [anna, bo]) {
    await page.goto(`${base}/desk?view=group`);
    await page.waitForSelector("#list");
  }
  await phone("enter");
  await phone("connect");
  const bar = anna.getByRole("region", { name: "Telefon" });
  await bar.getByText("I samtale").waitFor();
  await bar.getByText("+4535459876").first().waitFor();
  await shot(anna, "story-1-ring", false);
});

await check("the case is written during the call, and saved with it", async () => {
  await anna.getByRole("button", { name: "Ny sag fra opkaldet" }).click();
  await anna.locator("#new-title:focus").waitFor();
  await anna.keyboard.type("Ordinationer kan ikke gemmes i FMK");
  await anna.keyboard.press("Tab");
  await anna.keyboard.type("FMK");
  await anna.keyboard.press("Tab");
  await anna.locator("#new-text").fill("Fejl 17 når ordinationen gemmes. To læger på afsnittet har det samme.");
  for (const name of ["1 mange eller patientnært", "1 haster"]) await anna.getByRole("radio", { name }).check(); // round the clock
  await shot(anna, "story-2-new", false);
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText(/^K\d+ er oprettet$/).waitFor();
  number = (await toast(anna).innerText()).match(/K\d+/)[0];
  await anna.getByRole("region", { name: "Telefon" }).getByRole("button", { name: `Sag ${number}` }).waitFor();
  await phone("end");
  const item = await api(anna, "GET", `/cases/${number}`);
  assert.equal(item.call, callid);
  assert.equal(item.contact, "phone");
  assert.equal(item.level, 1);
});

await check("level 1 passes it on with a reason, and level 2 sees it come", async () => {
  await does(anna, "Flyt");
  await anna.locator("#field-group").fill("Klinisk support");
  await anna.keyboard.press("Tab");
  await anna.locator("#field-reason").fill("Fejl 17 kræver adgang til FMK's drift");
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText(`${number} er flyttet`).waitFor();
  await shot(anna, "story-3-moved", false);
  const shown = bo.locator(".k-row").filter({ hasText: "Ordinationer kan ikke gemmes i FMK" });
  const fresh = bo.getByRole("button", { name: /nye? sag/ });
  await shown.or(fresh).first().waitFor();
  if (!(await shown.count())) await fresh.click();
  await shown.first().waitFor();
});

await check("level 2 takes it, asks the user, waits, goes on and solves it", async () => {
  await bo.goto(`${base}/desk?view=group&case=${number}`);
  await bo.waitForSelector("#case-title");
  await does(bo, "Tag sagen");
  await bo.getByText("Næste skridt: Bo Lund arbejder på sagen.").waitFor();
  await does(bo, "Svar bruger");
  await bo.locator("#field-text").fill("Vi har fundet fejlen. Kan du prøve igen om ti minutter?");
  await bo.keyboard.press("Control+Enter");
  await toast(bo).getByText("Svar sendt").waitFor();
  await does(bo, "Sæt i bero");
  await bo.selectOption("#field-reason", "awaiting_user");
  await bo.keyboard.press("Control+Enter");
  await bo.getByText(/Næste skridt: Afventer svar fra brugeren\. Tages op igen/).waitFor();
  await shot(bo, "story-4-waiting", false);
  await bo.waitForTimeout(1200); // a stretch of its own on the clock
  await does(bo, "Tag op igen");
  await toast(bo).getByText("taget op igen").waitFor();
  await does(bo, "Løs");
  await bo.locator("#field-resolution").fill("Tjenesten blev genstartet. Ordinationer gemmes igen.");
  await bo.keyboard.press("Control+Enter");
  await toast(bo).getByText(`${number} er løst`).waitFor();
});

await check("level 1 sees it solved by itself, and closes it", async () => {
  await anna.getByText("Løst. Sagen lukkes, hvis brugeren ikke vender tilbage.").waitFor();
  const more = anna.getByLabel("Mere …");
  const button = anna.locator(".k-do").getByRole("button", { name: "Luk", exact: true });
  if (await button.count()) await button.click();
  else await more.selectOption({ label: "Luk" });
  await anna.locator(".k-action :focus").waitFor();
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText(`${number} er lukket`).waitFor();
  await shot(anna, "story-5-closed", false);
  assert.equal((await api(anna, "GET", `/cases/${number}`)).state, "closed");
});

await check("the case's page tells the whole way, and the clock every second of it", async () => {
  for (const [name, options] of Object.entries(looks)) {
    const page = await agent("anna", options);
    await page.goto(`${base}/cases/${number}`);
    for (const text of ["Ordinationer kan ikke gemmes i FMK", "Fejl 17 kræver adgang til FMK's drift", "Bo Lund", "Anna Holm",
      "Servicedesk", "Klinisk support", "Vejen mellem grupper", "Lukket: løst"])
      await page.getByText(text).first().waitFor();
    assert.deepEqual(await violations(page), []);
    await shot(page, `case-page-${name}`);
    assert.ok((await tooWide(page)) <= 0, "too wide");
    await page.getByRole("link", { name: "Sådan er tiden regnet ud" }).click();
    await page.getByRole("heading", { name: `Uret på ${number}` }).waitFor();
    await page.getByText("afventer bruger").first().waitFor();
    assert.deepEqual(await violations(page), []);
    await shot(page, `case-clock-${name}`);
    assert.ok((await tooWide(page)) <= 0, "too wide");
    await page.context().close();
  }
});

await check("no error in the console, no violation of the policy", async () => assert.deepEqual(complaints, []));

await finish(browser);
