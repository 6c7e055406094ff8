// The agents' desk in Chromium: two agents, KLARSYN_DESK_CASES cases (20,000 without it), by keyboard
// and by mouse. Every check is one line of the output. anna and bo are agents; anna's name in the phone
// system is SIP/anna.
import assert from "node:assert/strict";
import { base, check, complaints, finish, listen, logIn, openBrowser, shot, violations } from "./harness.mjs";

const wanted = Number(process.env.KLARSYN_DESK_CASES ?? 20000);
const wide = { viewport: { width: 1440, height: 860 } };
const titles = ["FMK svarer ikke", "Printer på afsnit 3112 skriver ikke ud", "Kan ikke logge på", "Ny medarbejder skal have adgang",
  "Skærmen blinker ved opstart", "Netværket falder ud på operationsgangen", "Dikteringer går tabt midt i sætningen"];
const systems = ["FMK", "SP", "Labka", "Citrix", "Webmail"];

const browser = await openBrowser();
async function agent(name, options = {}) {
  const context = await browser.newContext({ ...wide, ...options });
  const page = listen(await context.newPage());
  await logIn(page, name);
  return page;
}
const anna = await agent("anna");
const bo = await agent("bo");

// What another program would ask, with the agent's own session.
async function api(page, method, path, data, headers = {}) {
  const answer = await page.request.fetch(`${base}/api/v1${path}`, {
    method, headers: { "Content-Type": "application/json", Origin: base, ...headers },
    ...(data === undefined ? {} : { data: JSON.stringify(data) }),
  });
  const text = await answer.text();
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${text.slice(0, 300)}`);
  return text ? JSON.parse(text) : {};
}
const caseOf = (number) => api(anna, "GET", `/cases/${number}`);
let made = 0;
async function make(fields = {}) {
  made += 1;
  return api(bo, "POST", "/cases", { title: `Prøvesag ${made}`, group: "Servicedesk", contact: "phone", ...fields });
}

async function openDesk(page, query = "?view=open") {
  await page.goto(`${base}/desk${query}`);
  await page.waitForSelector("#list");
}
async function openCase(page, number) {
  await page.goto(`${base}/desk?view=open&case=${number}`);
  await page.waitForSelector("#case-title");
}
const does = (page, name) => page.locator(".k-do").getByRole("button", { name, exact: true }).click();
const toast = (page) => page.locator(".k-toast").last();
const active = (page) => page.locator(".k-row-active .k-cell-number").innerText();

const start = await api(anna, "GET", "/desk");
const there = (await api(anna, "GET", "/cases?view=open&limit=1&count=1")).total;
for (let i = there; i < wanted; i += 64) {
  await Promise.all(Array.from({ length: Math.min(64, wanted - i) }, (_, at) => api(bo, "POST", "/cases", {
    title: titles[(i + at) % titles.length], system: systems[(i + at) % systems.length], contact: "phone", group: "Servicedesk",
    impact: 1 + ((i + at) % 3), urgency: 1 + ((i * 7 + at) % 3), assignee: (i + at) % 4 ? null : "anna",
    text: "Det begyndte her til morgen. Flere på afsnittet har det samme.",
    caller: { name: "Mette Ørsted", phone: "+4535451234" } })));
}

await check("the desk opens with views and counts, the list and the first case", async () => {
  await openDesk(anna);
  await anna.waitForSelector("#case-title");
  const total = (await api(anna, "GET", "/cases?view=open&limit=1&count=1")).total;
  assert.ok(total >= wanted, `${total} open cases`);
  const counts = Object.fromEntries((await api(anna, "GET", "/views")).items.map((view) => [view.id, view.count]));
  assert.equal(counts.open, total);
  assert.equal(await anna.locator(".k-list-status").innerText(), `${total.toLocaleString("da-DK")} sager`);
  assert.equal(await anna.getByRole("button", { name: /^Alle åbne/ }).locator(".k-count").innerText(), total.toLocaleString("da-DK"));
});

await check("of 20,000 rows only those in sight exist, and the active one always does", async () => {
  await anna.focus("#list");
  const rows = await anna.getByRole("row").count();
  assert.ok(rows > 10 && rows < 90, `${rows} rows in the page`);
  for (const key of ["End", "PageUp", "Home", "ArrowDown", "PageDown"]) {
    await anna.keyboard.press(key);
    await anna.waitForFunction(() => {
      const id = document.getElementById("list").getAttribute("aria-activedescendant");
      return document.getElementById(id)?.querySelector(".k-cell-number") && document.querySelector(`#${id}.k-row-active`);
    });
  }
  await anna.keyboard.press("End");
  const total = Number(await anna.getAttribute("#list", "aria-rowcount")) - 1;
  assert.equal(await anna.getAttribute("#list", "aria-activedescendant"), `row-${total - 1}`);
  await anna.evaluate(() => { const list = document.getElementById("list"); list.scrollTop = list.scrollHeight / 2; });
  await anna.waitForFunction(() => document.querySelectorAll(".k-window .k-cell-number").length > 10);
  await anna.waitForFunction(() => {  // the active row is far away, and still there to be read
    const id = document.getElementById("list").getAttribute("aria-activedescendant");
    return document.getElementById(id)?.querySelector(".k-cell-number");
  });
});

await check("the middle of the list is reached from both ends in the order that the API gives", async () => {
  const page = await api(anna, "GET", "/cases?view=open&sort=number&limit=500");
  const second = await api(anna, "GET", `/cases?view=open&sort=number&limit=500&cursor=${encodeURIComponent(page.next)}`);
  await anna.selectOption("#sort", "number");
  await anna.focus("#list");
  await anna.waitForFunction((number) => document.querySelector("#row-0 .k-cell-number")?.textContent === number, page.items[0].number);
  await anna.evaluate(() => { document.getElementById("list").scrollTop = 700 * 32; });
  await anna.waitForFunction((number) => document.querySelector("#row-700 .k-cell-number")?.textContent === number, second.items[200].number);
  const back = await api(anna, "GET", "/cases?view=open&sort=-number&limit=10");
  await anna.keyboard.press("End");
  await anna.waitForFunction((number) => document.querySelector(".k-row-active .k-cell-number")?.textContent === number, back.items[0].number);
});

await check("from a key press to the screen (measured, told, no limit here)", async () => {
  await openDesk(anna);
  await anna.focus("#list");
  await anna.evaluate(() => {
    globalThis.measured = [];
    document.addEventListener("keydown", (event) => requestAnimationFrame(() => {
      const channel = new MessageChannel(); // after the frame is drawn
      channel.port1.onmessage = () => globalThis.measured.push(performance.now() - event.timeStamp);
      channel.port2.postMessage(0);
    }), { capture: true });
  });
  for (const [key, times] of [["ArrowDown", 60], ["PageDown", 30], ["j", 30]]) {
    await anna.evaluate(() => { globalThis.measured.length = 0; });
    for (let i = 0; i < times; i += 1) {
      await anna.keyboard.press(key);
      await anna.waitForTimeout(30);
    }
    const all = (await anna.evaluate(() => globalThis.measured)).sort((a, b) => a - b);
    assert.equal(all.length, times);
    console.log(`        ${key}: p50 ${all[times >> 1].toFixed(1)} ms, p95 ${all[Math.floor(times * 0.95)].toFixed(1)} ms`);
  }
});

await check("assistive technology hears grid, rows, fields and status by name", async () => {
  await openDesk(anna);
  await anna.waitForSelector("#case-title");
  await anna.getByRole("grid", { name: "Alle åbne" }).waitFor();
  for (const name of ["Frist", "Sag", "Emne", "Sagsbehandler"])
    assert.equal(await anna.getByRole("columnheader", { name, exact: true }).count(), 1, name);
  await anna.getByRole("navigation", { name: "Visninger" }).waitFor();
  await anna.getByRole("article", { name: await anna.innerText("#case-title") }).waitFor();
  await anna.getByRole("group", { name: "Det kan du gøre" }).waitFor();
  const row = anna.locator(".k-row-active");
  assert.equal(await row.getAttribute("aria-selected"), "false");
  await anna.focus("#list");
  await anna.keyboard.press("Space");
  assert.equal(await row.getAttribute("aria-selected"), "true");
  await anna.getByRole("group", { name: "Ret flere sager på én gang" }).getByText("1 valgt").waitFor();
  await anna.keyboard.press("Escape");
  assert.equal(await row.getAttribute("aria-selected"), "false");
});

let called = "";
await check("from the ringing phone to the saved case by keyboard alone, in under ten seconds", async () => {
  await openDesk(anna);
  const now = () => new Date().toISOString().replace(/\.\d+Z/, "Z");
  const ring = { callid: `ring-${Date.now()}`, queue: "servicedesk", caller: "+4535451234", agent: "SIP/anna" };
  await api(anna, "POST", "/calls", { ...ring, time: now(), event: "enter" });
  await api(anna, "POST", "/calls", { ...ring, time: now(), event: "connect" });
  const bar = anna.getByRole("region", { name: "Telefon" });
  await bar.getByText("I samtale").waitFor();
  await bar.getByText("+4535451234").first().waitFor();
  assert.match(await bar.getByRole("timer").innerText(), /^\d+:\d\d$/);
  await shot(anna, "desk-call", false);
  const begin = Date.now();
  await anna.focus("#list");
  await anna.keyboard.press("n");
  await anna.locator("#new-title:focus").waitFor();
  await anna.keyboard.type("Kan ikke åbne medicinkortet");
  await anna.keyboard.press("Tab");
  await anna.keyboard.type("fmk");
  await anna.keyboard.press("Tab");
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText(/^K\d+ er oprettet$/).waitFor();
  const seconds = (Date.now() - begin) / 1000;
  console.log(`        typed and saved in ${seconds.toFixed(1)} s`);
  assert.ok(seconds < 10, `${seconds} s`);
  called = (await toast(anna).innerText()).match(/K\d+/)[0];
  const item = await caseOf(called);
  assert.equal(item.title, "Kan ikke åbne medicinkortet");
  assert.equal(item.system, "FMK");
  assert.equal(item.contact, "phone");
  assert.equal(item.caller.phone, "+4535451234");
  assert.ok(item.call, "linked with the call");
  await bar.getByRole("button", { name: `Sag ${called}` }).waitFor();
  await api(anna, "POST", "/calls", { ...ring, time: now(), event: "end" });
});

await check("several half-written drafts survive a call, a reload and a crash", async () => {
  await openDesk(anna);
  for (const title of ["Første kladde", "Anden kladde"]) {
    await anna.focus("#list");
    await anna.keyboard.press("n");
    await anna.locator("#new-title:focus").waitFor();
    await anna.keyboard.type(title);
    await anna.keyboard.press("Tab");
  }
  await anna.getByText("Kladden er gemt").waitFor();
  const other = await make();
  await openCase(anna, other.number);
  await does(anna, "Svar bruger");
  await anna.locator("#field-text:focus").waitFor();
  await anna.keyboard.type("Vi har fundet fejlen og");
  await anna.reload(); // at once: the last keys are saved as the page goes
  await anna.waitForSelector("#list");
  const tabs = anna.getByRole("navigation", { name: "Kladder" });
  for (const name of ["Første kladde", "Anden kladde", `Svar ${other.number}`]) await tabs.getByRole("button", { name }).waitFor();
  await tabs.getByRole("button", { name: `Svar ${other.number}` }).click();
  await anna.locator("#field-text").waitFor();
  assert.equal(await anna.inputValue("#field-text"), "Vi har fundet fejlen og");
  await tabs.getByRole("button", { name: "Anden kladde" }).click();
  await anna.locator("#new-title").fill("Anden kladde, ændret");
  await anna.getByText("Kladden er gemt").waitFor();
  const context = anna.context();
  const crashing = await context.newPage();
  await openDesk(crashing);
  await crashing.getByRole("button", { name: "Anden kladde, ændret" }).click();
  await crashing.locator("#new-text").fill("Skrevet lige før nedbruddet");
  await crashing.getByText("Kladden er gemt").waitFor();
  const session = await context.newCDPSession(crashing);
  session.send("Page.crash").catch(() => {});
  await new Promise((gone) => crashing.once("crash", gone));
  await anna.reload();
  await anna.getByRole("button", { name: "Anden kladde, ændret" }).click();
  assert.equal(await anna.inputValue("#new-text"), "Skrevet lige før nedbruddet");
  await crashing.close().catch(() => {});
  const before = (await api(anna, "GET", "/drafts")).items.length;
  await anna.locator("#new-title").press("Control+Enter");
  await toast(anna).getByText(/er oprettet/).waitFor();
  await anna.waitForFunction((n) => document.querySelectorAll(".k-draft").length === n, before - 1);
  await tabs.getByRole("button", { name: "Første kladde" }).click();
  await anna.getByRole("button", { name: "Kassér kladden" }).click();
  await tabs.getByRole("button", { name: "Første kladde" }).waitFor({ state: "detached" });
  await toast(anna).getByRole("button", { name: /Fortryd/ }).click();
  await tabs.getByRole("button", { name: "Første kladde" }).waitFor();
  for (const draft of (await api(anna, "GET", "/drafts")).items) await api(anna, "DELETE", `/drafts/${draft.id}`);
});

await check("two people edit one case: both versions are shown, nothing is lost", async () => {
  const { number } = await make({ title: "Før", place: "Afsnit 1" });
  await openCase(anna, number);
  await does(anna, "Ret");
  await anna.locator("#field-title").fill("Annas titel");
  await anna.locator("#field-equipment").fill("PC-9");
  const seen = await caseOf(number);
  await api(bo, "PATCH", `/cases/${number}`, { title: "Bos titel", place: "Afsnit 2" }, { "If-Match": `"${seen.version}"` });
  await anna.locator("#field-title").press("Control+Enter");
  const conflict = anna.getByRole("region", { name: `${number} er ændret, siden du åbnede den` });
  await conflict.waitFor();
  for (const text of ["Før", "Bos titel", "Annas titel", "PC-9"]) await conflict.getByText(text).first().waitFor();
  await shot(anna, "desk-conflict", false);
  assert.deepEqual(await violations(anna), []);
  assert.equal((await caseOf(number)).title, "Bos titel", "nothing is written before the choice");
  await conflict.getByRole("radio", { name: "Emne: Annas titel" }).check();
  await conflict.getByRole("button", { name: "Gem valget" }).click();
  await toast(anna).getByText(`${number} er rettet`).waitFor();
  const after = await caseOf(number);
  assert.deepEqual([after.title, after.place, after.equipment], ["Annas titel", "Afsnit 2", "PC-9"]);
});

await check("a command on a case that moved meanwhile asks first", async () => {
  const { number } = await make();
  await openCase(anna, number);
  await does(anna, "Tildel");
  await anna.locator("#field-assignee").fill("anna");
  await api(bo, "POST", `/cases/${number}/assign`, { assignee: "bo" });
  await anna.keyboard.press("Tab");
  await anna.keyboard.press("Control+Enter");
  await anna.getByRole("region", { name: `${number} er ændret, siden du åbnede den` }).waitFor();
  assert.equal((await caseOf(number)).assignee, "bo");
  await anna.getByRole("button", { name: "Gør det alligevel" }).click();
  await toast(anna).getByText(`${number} er tildelt`).waitFor();
  assert.equal((await caseOf(number)).assignee, "anna");
});

await check("move, hold, resume, resolve and reopen, each with its way back", async () => {
  const { number } = await make();
  const other = start.groups.find((group) => group.id !== "Servicedesk");
  await openCase(anna, number);
  await does(anna, "Flyt");
  await anna.keyboard.press("Control+Enter");
  await anna.getByRole("alert").getByText("Der mangler noget").waitFor();
  assert.ok(await anna.locator("#field-group").evaluate((field) => field === document.activeElement), "the first field that lacks something has the focus");
  await anna.locator("#field-group").fill(other.title);
  await anna.keyboard.press("Tab");
  await anna.locator("#field-reason").fill("Hører til hos jer");
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText(`${number} er flyttet`).waitFor();
  assert.equal((await caseOf(number)).group, other.id);
  await anna.getByText("Hører til hos jer").waitFor();
  await toast(anna).getByRole("button", { name: /Fortryd/ }).click();
  await toast(anna).getByText("fortrudt").waitFor();
  assert.equal((await caseOf(number)).group, "Servicedesk");
  await does(anna, "Sæt i bero");
  await anna.selectOption("#field-reason", "awaiting_vendor");
  await anna.keyboard.press("Control+Enter");
  await anna.getByText(/Næste skridt: Afventer leverandøren\. Tages op igen/).waitFor();
  assert.ok((await caseOf(number)).wake_at);
  await does(anna, "Tag op igen");
  await toast(anna).getByText("taget op igen").waitFor();
  await does(anna, "Løs");
  await anna.locator("#field-resolution").fill("Genstartet tjenesten");
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText(`${number} er løst`).waitFor();
  assert.equal((await caseOf(number)).state, "resolved");
  await toast(anna).getByRole("button", { name: /Fortryd/ }).click();
  await anna.waitForFunction(() => document.querySelector(".k-case-active, .k-case-new"));
  assert.notEqual((await caseOf(number)).state, "resolved");
});

await check("what the user sees and what is internal keep apart", async () => {
  const { number } = await make();
  await openCase(anna, number);
  await does(anna, "Svar bruger");
  await anna.getByText("Brugeren kan se svaret.").waitFor();
  await anna.locator("#field-text").fill("Vi er i gang");
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText("Svar sendt").waitFor();
  await does(anna, "Internt notat");
  await anna.locator("#field-text").fill("Switch 4711 er død");
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText("Notat gemt").waitFor();
  const told = (await caseOf(number)).events.filter((event) => event.kind === "commented").map((event) => event.body.visibility);
  assert.deepEqual(told, ["public", "internal"]);
  await anna.getByRole("radio", { name: "Det brugeren ser" }).check();
  assert.equal(await anna.locator(".k-timeline").getByText("Switch 4711 er død").count(), 0);
  await anna.locator(".k-timeline").getByText("Vi er i gang").waitFor();
  await anna.getByRole("radio", { name: "Internt", exact: true }).check();
  await anna.locator(".k-timeline").getByText("Switch 4711 er død").waitFor();
});

await check("merge, split, link, a further person and a file", async () => {
  const [first, second] = [await make(), await make()];
  await openCase(anna, first.number);
  const more = (name) => anna.getByLabel("Mere …").selectOption({ label: name });
  await more("Tilføj berørt");
  await anna.locator("#field-person").fill("Inge Krogh");
  await anna.keyboard.press("Control+Enter");
  await anna.getByRole("heading", { name: "Berørte: 1" }).waitFor();
  await more("Knyt til …");
  await anna.locator("#field-to").fill(second.number.toLowerCase());
  await anna.keyboard.press("Control+Enter");
  await anna.getByRole("heading", { name: "Hører sammen med" }).waitFor();
  await more("Vedhæft fil");
  await anna.locator("#field-file").setInputFiles({ name: "skærm.txt", mimeType: "text/plain", buffer: Buffer.from("fejl 17") });
  await anna.getByRole("button", { name: /^Vedhæft fil/ }).click();
  await anna.getByRole("link", { name: "skærm.txt" }).waitFor();
  await more("Del sagen");
  await anna.locator("#field-title").fill("Den anden halvdel");
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText("Ny sag oprettet").waitFor();
  await more("Saml med anden sag");
  await anna.locator("#field-into").fill("K99999999");
  await anna.keyboard.press("Control+Enter");
  await anna.locator("form").getByRole("alert").waitFor();
  await anna.locator("#field-into").fill(second.number);
  await anna.keyboard.press("Control+Enter");
  await anna.getByText(`Arbejdet fortsætter i ${second.number}.`).waitFor();
  assert.equal((await caseOf(first.number)).merged_into, second.number);
});

await check("many at once: first what happens, then the change, then back", async () => {
  await Promise.all([make(), make(), make()]);
  await openDesk(anna, "?view=open&sort=newest");
  await anna.waitForSelector("#row-2 .k-cell-number");
  await anna.focus("#list");
  await anna.keyboard.press("Space");
  await anna.keyboard.press("Shift+ArrowDown");
  await anna.keyboard.press("Shift+ArrowDown");
  await anna.getByText("3 valgt").waitFor();
  const numbers = await anna.$$eval(".k-row[aria-selected=true] .k-cell-number", (all) => all.map((one) => one.textContent));
  assert.equal(numbers.length, 3);
  const assignees = async () => Promise.all(numbers.map(async (number) => (await caseOf(number)).assignee));
  const before = await assignees();
  await anna.getByRole("group", { name: "Ret flere sager på én gang" }).getByRole("button", { name: "Tildel" }).click();
  await anna.locator("#bulk-assignee").fill("bo");
  await anna.keyboard.press("Tab");
  await anna.getByRole("button", { name: "Vis, hvad der sker" }).click();
  await anna.getByText("3 af 3 sager bliver ændret").waitFor();
  assert.deepEqual(await assignees(), before, "looking changes nothing");
  await shot(anna, "desk-bulk", false);
  assert.deepEqual(await violations(anna), []);
  await anna.getByRole("button", { name: "Udfør på 3 sager" }).click();
  await toast(anna).getByText("3 sager er ændret").waitFor();
  assert.deepEqual(await assignees(), ["bo", "bo", "bo"]);
  await toast(anna).getByRole("button", { name: /Fortryd/ }).click();
  await toast(anna).getByText("Ændringen af 3 sager er fortrudt").waitFor();
  assert.deepEqual(await assignees(), before);
});

await check("the palette finds commands and cases, and acts", async () => {
  const { number } = await make({ title: "Røntgenfremkalderen på Bornholm" });
  await openDesk(anna);
  await anna.keyboard.press("Control+k");
  await anna.getByRole("dialog", { name: "Søg og gør" }).waitFor();
  await anna.keyboard.type("Røntgenfremkalder");
  await anna.getByRole("option", { name: new RegExp(number) }).waitFor();
  assert.deepEqual(await violations(anna), []);
  await shot(anna, "desk-palette", false);
  await anna.keyboard.press("Enter");
  await anna.getByRole("heading", { name: "Røntgenfremkalderen på Bornholm" }).waitFor();
  await anna.keyboard.press("Control+k");
  await anna.keyboard.type("tag sagen");
  await anna.keyboard.press("Enter");
  await toast(anna).getByText(`Du har taget ${number}`).waitFor();
  assert.equal((await caseOf(number)).assignee, "anna");
  await anna.keyboard.press("Control+k");
  await anna.keyboard.press("Escape");
  assert.equal(await anna.getByRole("dialog").count(), 0);
});

await check("letter keys can be switched off, and stay off; arrows still move", async () => {
  await openDesk(anna);
  await anna.getByRole("button", { name: "Slå bogstavtaster fra" }).click();
  await anna.reload();
  await anna.waitForSelector(".k-row-active .k-cell-number");
  await anna.focus("#list");
  const first = await active(anna);
  for (const key of ["j", "n", "r", "x"]) await anna.keyboard.press(key);
  assert.equal(await active(anna), first);
  assert.equal(await anna.locator("#new-title").count(), 0);
  assert.equal(await anna.locator(".k-row[aria-selected=true]").count(), 0);
  await anna.keyboard.press("ArrowDown");
  assert.notEqual(await active(anna), first);
  await anna.getByRole("button", { name: "Slå bogstavtaster til" }).click();
  await anna.focus("#list");
  await anna.keyboard.press("k");
  assert.equal(await active(anna), first);
});

await check("letters typed in a field stay letters", async () => {
  await openDesk(anna);
  await anna.focus("#search");
  await anna.keyboard.type("nja");
  assert.equal(await anna.inputValue("#search"), "nja");
  assert.equal(await anna.locator("#new-title").count(), 0);
});

await check("a saved filter is a view with a count, and can be deleted", async () => {
  await openDesk(anna);
  await anna.getByRole("button", { name: "Afgræns" }).click();
  await anna.locator("#filter-system").fill("Labka");
  await anna.keyboard.press("Tab");
  const total = (await api(anna, "GET", "/cases?view=open&system=Labka&limit=1&count=1")).total;
  await anna.getByText(`${total.toLocaleString("da-DK")} sager`, { exact: true }).waitFor();
  await anna.getByRole("button", { name: "Gem som min visning" }).click();
  await anna.locator("#filter-title:focus").waitFor();
  await anna.keyboard.type("Laboratoriet på Øen");
  await anna.keyboard.press("Enter");
  const view = anna.getByRole("navigation", { name: "Visninger" }).getByRole("button", { name: /^Laboratoriet på Øen/ });
  await view.waitFor();
  assert.equal(await view.locator(".k-count").innerText(), total.toLocaleString("da-DK"));
  await view.click();
  await anna.getByText(`${total.toLocaleString("da-DK")} sager`, { exact: true }).waitFor();
  await anna.getByRole("button", { name: "Slet »Laboratoriet på Øen«" }).click();
  await view.waitFor({ state: "detached" });
});

await check("what others do appears by itself, and who looks is told", async () => {
  const { number } = await make({ title: "Live" });
  await openCase(anna, number);
  await openCase(bo, number);
  await anna.getByText("Bo Lund kigger med").waitFor({ timeout: 25_000 });
  await does(bo, "Tag sagen");
  await anna.getByText("Næste skridt: Bo Lund arbejder på sagen.").waitFor();
  await does(bo, "Internt notat");
  await anna.getByText("Bo Lund skriver på sagen").waitFor({ timeout: 25_000 });
});

await check("two windows share one event stream, and the second takes over", async () => {
  await openDesk(anna);
  const second = listen(await anna.context().newPage());
  await openDesk(second);
  const locks = () => second.evaluate(async () => {
    const all = await navigator.locks.query();
    const ours = (list) => list.filter((lock) => lock.name === "klarsyn-desk-stream").length;
    return [ours(all.held), ours(all.pending)];
  });
  assert.deepEqual(await locks(), [1, 1]);
  const { number } = await make({ title: "I begge vinduer" });
  await openCase(second, number);
  await anna.goto("about:blank");
  await second.waitForFunction(async () => (await navigator.locks.query()).pending.length === 0);
  await second.waitForTimeout(1500);
  await api(bo, "POST", `/cases/${number}/assign`, { assignee: "bo" });
  await second.getByText("Næste skridt: Bo Lund arbejder på sagen.").waitFor();
  await second.close();
});

await check("silence is told loudly, and clears when the server is back", async () => {
  const own = await agent("anna");
  await own.clock.install();
  await openDesk(own);
  await own.context().route("**/api/v1/events", (route) => route.abort());
  await own.reload();
  await own.waitForSelector("#list");
  await own.clock.fastForward(40_000);
  await own.getByRole("alert").getByText(/Ingen forbindelse siden kl\. \d\d\.\d\d/).waitFor();
  await own.context().unroute("**/api/v1/events");
  await own.clock.fastForward(10_000);
  await own.getByRole("alert").waitFor({ state: "detached" });
  await own.context().close();
});

await check("when the server refuses, what was typed stays", async () => {
  await openDesk(anna);
  await anna.focus("#list");
  await anna.keyboard.press("n");
  await anna.locator("#new-title:focus").waitFor();
  await anna.keyboard.type("Skrevet uden net");
  await anna.route("**/api/v1/cases", (route) => route.abort());
  await anna.keyboard.press("Control+Enter");
  await anna.getByRole("alert").getByText("Serveren svarer ikke").waitFor();
  assert.equal(await anna.inputValue("#new-title"), "Skrevet uden net");
  await anna.unroute("**/api/v1/cases");
  await anna.keyboard.press("Control+Enter");
  await toast(anna).getByText(/er oprettet/).waitFor();
});
complaints.splice(0, complaints.length, ...complaints.filter((one) => !one.includes("ERR_FAILED")));

const looks = [
  { name: "light", colorScheme: "light" },
  { name: "dark", colorScheme: "dark" },
  { name: "forced", colorScheme: "dark", forcedColors: "active" },
  { name: "zoom200", colorScheme: "light", viewport: { width: 720, height: 430 } },
  { name: "360", colorScheme: "light", viewport: { width: 360, height: 740 } },
  { name: "360-dark", colorScheme: "dark", viewport: { width: 360, height: 740 } },
];
const shown = await make({ title: "Netværket falder ud på operationsgangen", system: "SP", text: "Tre stuer er ramt.", place: "Afsnit 3112" });
await api(bo, "POST", `/cases/${shown.number}/move`, { group: start.groups.find((group) => group.level > 1)?.id ?? start.groups[1].id, reason: "Flere afsnit er ramt" });
await api(bo, "POST", `/cases/${shown.number}/comment`, { text: "Vi kigger på det.", visibility: "public" });
await api(bo, "POST", `/cases/${shown.number}/comment`, { text: "Switch 4711 har fejl på port 12.", visibility: "internal" });
for (const { name, ...options } of looks) {
  const page = await agent("anna", options);
  for (const [what, act] of Object.entries({
    list: async () => openDesk(page),
    case: async () => openCase(page, shown.number),
    form: async () => { await does(page, "Flyt"); },
    new: async () => { await page.getByRole("button", { name: "+ Ny sag" }).click(); await page.waitForSelector("#new-title"); },
  })) {
    await check(`${what}, ${name}: axe finds nothing, nothing scrolls sideways`, async () => {
      await act();
      await page.waitForTimeout(150);
      await shot(page, `desk-${what}-${name}`, false);
      assert.deepEqual(await violations(page), []);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${over} px too wide`);
      assert.equal(await page.locator("h1").count(), 1);
    });
  }
  await page.context().close();
}

await check("Danish pages speak Danish alone, English ones English", async () => {
  const texts = async (language) => Object.values(await (await anna.request.get(`${base}/assets/desk-${language}.json`)).json());
  const [danish, english] = [await texts("da"), await texts("en")];
  const foreign = (all, other) => all.filter((text) => text.includes(" ") && !text.includes("{") && !other.includes(text));
  for (const [language, wrong] of [["da", foreign(english, danish)], ["en", foreign(danish, english)]]) {
    const page = await agent("anna");
    await page.goto(`${base}/desk?view=open&case=${shown.number}&lang=${language}`);
    await page.waitForSelector("#case-title");
    assert.equal(await page.getAttribute("html", "lang"), language);
    await page.locator("#case").getByRole("button").nth(5).click();
    const told = await page.innerText("#desk");
    assert.deepEqual(wrong.filter((text) => told.includes(text)), []);
    assert.doesNotMatch(told, /\b(state|hold|contact|priority|relation|event|field)\.[a-z_]+/);
    await page.goto(`${base}/desk?lang=da`);
    await page.context().close();
  }
});

await check("no error in the console, no violation of the policy", async () => assert.deepEqual(complaints, []));

await finish(browser);
