// From a failing log-on to the ward's pop-up to the closed case, as people live it, with every program as
// it is shipped: klarsyn probe logs on to a page in Chromium every four seconds, the page breaks, an
// alert makes one case, vera tells the users, the ward's page changes and klarsyn-agent shows a pop-up, kim's own
// case is joined, the page is mended, and all that is said again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { base, check, complaints, finish, openBrowser, shot, violations } from "./harness.mjs";
import { api, looks, person, tooWide } from "./people.mjs";

const { KLARSYN_BIN, KLARSYN_AGENT, KLARSYN_STORY: folder, KLARSYN_STORY_PORT: port } = process.env;
const system = "Fælles Medicinkort (FMK)";

// ---- The system that is measured: a log-on page that can break.
let broken = false;
const html = (body) => `<!doctype html><html lang="da"><meta charset="utf-8"><title>FMK</title><body>${body}</body></html>`;
const logOnPage = html(`<h1>FMK</h1><form method="post" action="/login"><label>Bruger <input id="user" name="user"></label>
<label>Adgangskode <input id="password" type="password" name="password"></label><button>Log på</button></form>`);
const medicine = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    if (request.method !== "POST") return response.end(logOnPage);
    const right = new URLSearchParams(body).get("password") === "hemmeligt kodeord";
    if (broken || !right) response.statusCode = broken ? 500 : 403;
    response.end(html(broken ? "<h1>Intern fejl</h1>" : right ? '<h1 id="patients">Testpatient</h1>' : "<h1>Nej</h1>"));
  });
});
await new Promise((listening) => medicine.listen(Number(port), "127.0.0.1", listening));

// ---- The programs.
const programs = [];
function start(program, ...words) {
  const one = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
  one.told = "";
  one.stderr.on("data", (piece) => (one.told += piece));
  programs.push(one);
  return one;
}
process.on("exit", () => programs.forEach((one) => one.kill()));
const probe = start(KLARSYN_BIN, "probe", "run", "--server", base, "--token-file", `${folder}/token`, "--dir", `${folder}/probe`,
  "--checks", `${folder}/machine.toml`, "--site", "RH", "--seat", "afdelings-pc", "--agent", "rh-afd-1", "--refresh", "1",
  "--deliver", "0.5");
// What notify-send would show on the PC's desktop.
writeFileSync(`${folder}/notifier`, `#!/bin/sh\nprintf '%s\\037' "$@" >> ${folder}/shown\nprintf '\\036' >> ${folder}/shown\n`,
  { mode: 0o755 });
const agent = start(KLARSYN_AGENT, "--notify", "--server", base, "--dir", `${folder}/agent`, "--place", "RH", "--role", "nurse",
  "--every", "1", "--notifier", `${folder}/notifier`);
const popups = () => (existsSync(`${folder}/shown`) ? readFileSync(`${folder}/shown`, "utf8") : "").split("\x1e").slice(0, -1)
  .map((one) => one.split("\x1f").slice(0, -1)).map((words) => ({ urgency: words[1], title: words.at(-2), body: words.at(-1) }));

async function until(what, find, seconds = 90) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await new Promise((later) => setTimeout(later, 200))) {
    const found = await find();
    if (found) return found;
  }
  throw new Error(`${what} did not come. The probe: ${probe.told.slice(-600)} The agent: ${agent.told.slice(-300)}`);
}

const browser = await openBrowser();
const [kim, anna, vera] = await Promise.all(["kim", "anna", "vera"].map((name) => person(browser, name)));
const ward = await person(browser, null);
const mark = (page) => page.evaluate(() => { globalThis.stood = true; });
const stood = async (page) => assert.equal(await page.evaluate(() => globalThis.stood), true, "the page was loaded anew");
const measured = async (outcome) => {
  const day = (at) => new Date(at).toISOString().slice(0, 10);
  const period = `${day(Date.now() - 86400e3)}..${day(Date.now() + 86400e3)}`;
  const rows = (await api(vera, "GET", `/figures/probes.measured/records?period=${period}&limit=500`)).records;
  return rows.filter((one) => one.outcome === outcome);
};
// Every page of the story: no fault that axe knows, nothing wider than the window.
async function look(what, path, who) {
  for (const [name, options] of Object.entries(looks)) {
    const page = await person(browser, who, options);
    await page.goto(base + path);
    await page.waitForSelector("h1");
    assert.deepEqual(await violations(page), [], `${what} ${name}`);
    await shot(page, `probe-${what}-${name}`);
    assert.ok((await tooWide(page)) <= 0, `${what} ${name} is too wide`);
    await page.context().close();
  }
}

await check("all is well: the probe logs on in Chromium, the ward's page knows of nothing, nothing pops up", async () => {
  await ward.goto(`${base}/status`);
  await ward.getByText("Den opdaterer sig selv.").waitFor();
  await ward.getByText("Vi kender ikke til driftsforstyrrelser lige nu.").waitFor();
  await mark(ward);
  await anna.goto(`${base}/desk?view=unassigned`);
  await anna.waitForSelector("#list");
  const first = await until("a measurement", async () => (await measured("ok"))[0], 90);
  assert.deepEqual([first.system, first.action, first.site, first.seat], ["FMK", "login", "RH", "afdelings-pc"]);
  assert.ok(first.ms > 0);
  assert.deepEqual(popups(), []);
});

let number = "";
await check("the page breaks: what is measured becomes one case with its picture, and anna sees it come", async () => {
  broken = true;
  await until("a failure", async () => (await measured("failed"))[0]);
  const alert = await until("the alert", async () => (await api(vera, "GET", "/alerts?limit=5")).items.find((one) => one.case));
  assert.deepEqual([alert.rule, alert.state, alert.group.system, alert.group.site], ["login", "burning", "FMK", "RH"]);
  number = alert.case;
  const row = anna.locator(".k-row").filter({ hasText: "Man kan ikke logge på: FMK" });
  const fresh = anna.getByRole("button", { name: /nye? sag/ });
  await row.or(fresh).first().waitFor();
  if (!(await row.count())) await fresh.click();
  await row.first().waitFor();
  const item = await api(anna, "GET", `/cases/${number}`);
  assert.deepEqual([item.contact, item.system, item.org, item.state], ["monitoring", "FMK", "RH", "new"]);
  for (const words of ["Forløb: ", `/alerts/${alert.number}`, "/probes/system?system=FMK"]) assert.ok(item.text.includes(words), item.text);
  await row.first().click();
  await anna.waitForSelector("#case-title");
  await shot(anna, "probe-1-desk", false);
  await look("alert", `/alerts/${alert.number}`, "vera");
  await look("alerts", "/alerts", "vera");
  await look("case", `/cases/${number}`, "vera");
  const pictures = readdirSync(`${folder}/pictures`);
  assert.ok(pictures.length > 0, "no picture of the failed log-on");
});

let notice = "";
await check("vera tells the users from the case: the ward's page changes by itself, and the PC shows a pop-up", async () => {
  await vera.goto(`${base}/cases/${number}`);
  await vera.getByRole("link", { name: "Udsend besked til brugerne" }).click();
  assert.equal(await vera.inputValue("#f-system"), "FMK");
  assert.equal(await vera.inputValue("#f-orgs"), "RH");
  assert.match(await vera.inputValue("#f-title"), /Fælles Medicinkort/);
  assert.match(await vera.inputValue("#f-text"), /Rigshospitalet/);
  assert.ok(await vera.inputValue("#f-next_at"));
  await vera.fill("#f-title", "Man kan ikke logge på FMK");
  await vera.fill("#f-advice", "Brug nødkortet, til vi skriver igen.");
  await vera.selectOption("#f-severity", "down");
  await shot(vera, "probe-2-message");
  await vera.getByRole("button", { name: "Udsend beskeden" }).click();
  await vera.waitForURL(/\/notices\/N\d+$/);
  notice = vera.url().match(/N\d+/)[0];
  await ward.locator(".k-sentence.k-down").getByText(`${system} virker ikke (Rigshospitalet).`).waitFor();
  await ward.getByText("Brug nødkortet, til vi skriver igen.").waitFor();
  await stood(ward);
  await shot(ward, "probe-3-ward");
  const [popup] = await until("the pop-up", () => popups().length && popups());
  assert.equal(popup.title, "Man kan ikke logge på FMK");
  assert.equal(popup.urgency, "--urgency=critical");
  for (const words of ["Rigshospitalet", "Brug nødkortet", "Næste besked"]) assert.ok(popup.body.includes(words), popup.body);
  await look("status", "/status", null);
});

await check("kim on the ward sees it before she writes and says \"me too\"; who calls the desk is joined to it", async () => {
  await kim.goto(`${base}/report-problem`);
  await kim.getByText("Man kan ikke logge på FMK").first().waitFor();
  await shot(kim, "probe-4-report");
  await kim.getByRole("button", { name: "Ja, det rammer også mig" }).click();
  await kim.waitForURL(/\/my/);
  await shot(kim, "probe-4-my");
  assert.equal((await api(anna, "GET", `/cases/${number}`)).affected.length, 1);
  const call = (await api(anna, "POST", "/cases", { title: "Lægen kan ikke komme ind i medicinkortet", system: "FMK",
    contact: "phone", org: "RH", caller: { name: "Afsnit 3112" } })).number;
  const events = (await api(anna, "GET", `/cases/${call}`)).events;
  assert.ok(events.some((one) => one.kind === "linked" && one.body.to === notice && one.body.relation === "notice"));
  await vera.goto(`${base}/notices/${notice}`);
  await vera.locator(`a[href="/notices/${notice}/cases"]`).getByText("1", { exact: true }).waitFor();
  await look("notice", `/notices/${notice}`, "vera");
});

await check("anna takes the case; a correction pops up once more", async () => {
  await api(anna, "POST", `/cases/${number}/assign`, { assignee: "anna" });
  const { etag } = (await vera.request.get(`${base}/api/v1/notices/${notice}`)).headers();
  await api(vera, "PATCH", `/notices/${notice}`, { text: "Log-on til FMK på Rigshospitalet fejler for alle." }, { "If-Match": etag });
  const list = await until("the correction", () => popups().length > 1 && popups());
  assert.ok(list[1].body.includes("fejler for alle"), list[1].body);
  await ward.getByText("fejler for alle").waitFor();
  await look("now", "/now", "vera");
});

await check("the page is mended: the alert clears, anna is told and closes, the ward's page and the PC say all clear", async () => {
  broken = false;
  await until("the end of the alert", async () => (await api(vera, "GET", "/alerts?limit=5")).items[0].state === "cleared");
  const item = await api(anna, "GET", `/cases/${number}`);
  assert.ok(JSON.stringify(item.events).includes("Alarmen ophørte"), "the case does not say that the alert is over");
  assert.notEqual(item.state, "resolved"); // anna has it
  await api(anna, "POST", `/cases/${number}/resolve`, { resolution: "FMK's log-on blev genstartet." });
  await vera.goto(`${base}/cases/${number}`);
  await vera.getByText("Sagen er løst, men brugerne ser stadig beskeden.").waitFor();
  await shot(vera, "probe-5-forgotten");
  await vera.getByRole("link", { name: `${notice} Man kan ikke logge på FMK` }).click();
  await vera.getByText("Afmeld: det virker igen").click();
  await vera.getByLabel("Besked", { exact: true }).last().fill("Alle kan logge på igen.").catch(() => {});
  await vera.getByRole("button", { name: "Afmeld" }).click();
  await ward.locator(".k-sentence.k-works").waitFor();
  await stood(ward);
  await shot(ward, "probe-6-all-clear");
  const list = await until("the all-clear", () => popups().length > 2 && popups());
  assert.deepEqual([list.length, list[2].urgency], [3, "--urgency=low"]);
  assert.match(list[2].title, /Man kan ikke logge på FMK/);
  await api(anna, "POST", `/cases/${number}/close`, {});
  assert.equal((await api(anna, "GET", `/cases/${number}`)).state, "closed");
  assert.equal((await api(anna, "GET", "/cases?view=all&limit=50")).items.filter((one) => one.contact === "monitoring").length, 1);
});

await check("measurements, story and closed case look right", async () => {
  await look("system", `/probes/system?system=FMK&period=${new Date().toISOString().slice(0, 7)}`, "vera");
  await look("closed", `/cases/${number}`, "vera");
  for (const program of programs) assert.equal(program.exitCode, null, program.told);
  for (const secret of ["hemmeligt kodeord"]) assert.ok(!(probe.told + agent.told).includes(secret));
});

await check("no error in the console, no violation of the policy", async () => assert.deepEqual(complaints, []));

medicine.close();
await finish(browser);
