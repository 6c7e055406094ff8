// A major incident from first report to review, as people live it: kim on the ward reports, anna on the
// desk sees it come, vera on duty declares, tells, counts the law's hours, calls all clear and reviews,
// and the ward's page changes while somebody looks at it, without being loaded anew.
import assert from "node:assert/strict";
import { base, check, complaints, finish, openBrowser, shot, violations } from "./harness.mjs";
import { api, looks, person, tooWide } from "./people.mjs";

const browser = await openBrowser();
const [kim, lis, anna, vera] = await Promise.all(["kim", "lis", "anna", "vera"].map((name) => person(browser, name)));
const ward = await person(browser, null);
const hospital = await person(browser, "vera");
const title = "Ordinationer kan ikke ses i FMK";

// A form of the room by its title: opened, filled, sent.
async function act(name, fields, button = name) {
  const form = vera.locator("main > details").filter({ has: vera.locator("summary", { hasText: name }) }).first();
  if (!(await form.evaluate((one) => one.open))) await form.locator("summary").click();
  await fields(form);
  await form.getByRole("button", { name: button, exact: true }).click();
  await vera.waitForLoadState();
  assert.equal(await vera.locator(".k-faults").count(), 0, await vera.locator("main").innerText());
}
// Since when a page has stood: a page that was loaded anew has forgotten it.
const mark = (page) => page.evaluate(() => { globalThis.stood = true; });
const stood = async (page) => assert.equal(await page.evaluate(() => globalThis.stood), true, "the page was loaded anew");

await check("the ward's page says that nothing is known, and stands", async () => {
  await ward.goto(`${base}/status`);
  await ward.getByText("Den opdaterer sig selv.").waitFor();
  await hospital.goto(`${base}/hospitals/RH`);
  await hospital.getByText("Vi kender ikke til driftsforstyrrelser her lige nu.").waitFor();
  await hospital.getByText("Den opdaterer sig selv.").waitFor();
  for (const page of [ward, hospital]) await mark(page);
});

let first = "";
await check("kim reports with three answers and gets a receipt; anna sees the case come", async () => {
  await anna.goto(`${base}/desk?view=unassigned`);
  await anna.waitForSelector("#list");
  await kim.goto(`${base}/report-problem`);
  await kim.selectOption("#f-system", "FMK");
  await kim.fill("#f-what", `${title}\nDet begyndte for ti minutter siden på hele afsnittet.`);
  await kim.getByRole("radio").nth(1).check();
  await kim.getByRole("button", { name: "Send" }).click();
  await kim.getByText("Tak. Vi har modtaget din melding.").waitFor();
  first = (await kim.locator("main").innerText()).match(/K\d+/)[0];
  await shot(kim, "major-1-receipt");
  const row = anna.locator(".k-row").filter({ hasText: title });
  const fresh = anna.getByRole("button", { name: /nye? sag/ });
  await row.or(fresh).first().waitFor();
  if (!(await row.count())) await fresh.click();
  await row.first().waitFor();
});

let second = "";
let room = "";
await check("vera declares it from the case, by written criteria, with systems and places", async () => {
  second = (await api(anna, "POST", "/cases", { title: "FMK er sort på ortopædkirurgisk", system: "FMK", contact: "phone", org: "RH" })).number;
  await vera.goto(`${base}/cases/${first}`);
  await vera.getByRole("link", { name: "Erklær en kritisk hændelse" }).click();
  assert.equal(await vera.inputValue("#declare-systems"), "FMK");
  await vera.fill("#declare-title", "FMK viser ingen ordinationer");
  await vera.getByLabel(/Et system, som akutte funktioner bruger, er nede/).check();
  await vera.fill("#declare-orgs", "RH");
  await shot(vera, "major-2-declare");
  await vera.getByRole("button", { name: "Erklær en kritisk hændelse" }).click();
  await vera.waitForURL(/\/majors\/M\d+$/);
  room = vera.url().match(/M\d+/)[0];
  for (const text of ["Kritisk hændelse i gang", "Meget kritisk", first]) await vera.getByText(text).first().waitFor();
});

await check("the other case follows", async () => {
  await act("Knyt en sag til", (form) => form.locator("#link-case").fill(second));
  await vera.locator("#cases").getByText("Sager, der løses").waitFor();
  assert.equal((await api(anna, "GET", `/cases/${second}`)).major, room);
});

let notice = "";
await check("a message is written for her from systems and places; the ward's page changes by itself", async () => {
  await act("Udsend besked til brugerne på driftsstatus", async (form) => {
    assert.match(await form.locator("#publish-title").inputValue(), /Fælles Medicinkort/);
    assert.match(await form.locator("#publish-text").inputValue(), /Rigshospitalet/);
    assert.match(await form.locator("#publish-text_en").inputValue(), /Shared Medication Record/);
    assert.ok(await form.locator("#publish-next_at").inputValue());
    await form.locator("#publish-severity").selectOption("down");
    await shot(vera, "major-3-publish");
  });
  notice = await vera.getByRole("link", { name: /^N\d+$/ }).first().innerText();
  await ward.locator(".k-sentence.k-down").getByText(/Fælles Medicinkort.*virker ikke/).waitFor();
  await ward.getByText("Det gælder Rigshospitalet").waitFor();
  await ward.getByText("Næste besked").first().waitFor();
  await hospital.getByText("Én driftsforstyrrelse rammer hospitalet lige nu.").waitFor();
  for (const page of [ward, hospital]) await stood(page);
  await shot(hospital, "major-4-hospital");
});

await check("who meets the same says \"me too\" before a case is made", async () => {
  await lis.goto(`${base}/report-problem`);
  await lis.getByRole("button", { name: "Ja, det rammer også mig" }).click();
  await lis.waitForURL(/\/my/);
  const item = await api(anna, "GET", `/cases/${first}`);
  assert.equal(item.affected.length, 1);
  assert.equal(item.major, room);
});

await check("the statutory clocks run from recorded awareness, and a report in time is met", async () => {
  await act("Beslut, om en lov gælder", async (form) => {
    await form.locator("#duty-law").selectOption("nis2");
    await form.locator("#duty-applies").check();
    await form.locator("#duty-reason").fill("Væsentlig tjeneste er nede");
    const now = await vera.evaluate(() => new Date(Date.now() - 60_000).toLocaleString("sv-SE", { timeZone: "Europe/Copenhagen" }));
    await form.locator("#duty-aware_at").fill(now.replace(" ", "T").slice(0, 16));
  });
  const clocks = vera.locator("table").filter({ has: vera.locator("#clocks") });
  assert.equal(await clocks.getByText("Fristen løber").count(), 2);
  await clocks.getByText("Begynder med underretningen").waitFor();
  await act("Registrér en indberetning", async (form) => {
    await form.locator("#report-law").selectOption("nis2");
    await form.locator("#report-step").selectOption("early_warning");
    await form.locator("#report-reference").fill("SIRI-2026-17");
  });
  await clocks.getByText("Sendt i tide").waitFor();
});

await check("news reaches the ward's page, the cases and kim", async () => {
  await act("Giv besked i sager og internt", async (form) => {
    await form.locator("#communicate-text").fill("Fejlen er fundet. Vi genstarter FMK-forbindelsen.");
    assert.equal(await form.locator("#communicate-to_notices").isChecked(), true);
  });
  await ward.getByText("Fejlen er fundet. Vi genstarter FMK-forbindelsen.").waitFor();
  await stood(ward);
  await kim.goto(`${base}/my/${first}`);
  await kim.getByText("Fejlen er fundet.").waitFor();
});

await check("the room and the ward's page look right: light, dark, 360 pixels, printed", async () => {
  for (const [name, options] of Object.entries(looks)) {
    for (const [what, path, who] of [["room", `/majors/${room}`, "vera"], ["status", "/status", null], ["hospital", "/hospitals/RH", "vera"]]) {
      const page = await person(browser, who, options);
      await page.goto(base + path);
      await page.waitForSelector("h1");
      assert.deepEqual(await violations(page), [], `${what} ${name}`);
      await shot(page, `major-${what}-${name}`);
      assert.ok((await tooWide(page)) <= 0, `${what} ${name} is too wide`);
      if (name === "light") {
        await page.emulateMedia({ media: "print" });
        assert.equal(await page.locator(".k-head").isVisible(), false, "no menu in print");
        await shot(page, `major-${what}-print`);
      }
      await page.context().close();
    }
  }
});

await check("all clear: the cases are solved with it, and the ward's page says so by itself", async () => {
  await act("Driften er genoprettet", async (form) => {
    await form.locator("#resolve-resolution").fill("Forbindelsen til FMK er genstartet. Ordinationer vises igen.");
    await form.locator("#resolve-cause").fill("Et udløbet certifikat");
    assert.match(await form.locator("#resolve-all_clear_text").inputValue(), /virker igen/);
  });
  await ward.locator(".k-sentence.k-works").waitFor();
  await ward.getByText(/Fælles Medicinkort \(FMK\) virker igen/).waitFor();
  await hospital.getByText("Vi kender ikke til driftsforstyrrelser her lige nu.").waitFor();
  for (const page of [ward, hospital]) await stood(page);
  await shot(ward, "major-5-all-clear");
  for (const number of [first, second]) assert.equal((await api(anna, "GET", `/cases/${number}`)).state, "resolved");
  assert.equal((await api(anna, "GET", `/notices/${notice}`)).state, "cleared");
});

await check("it cannot be closed before the review is written; then it is", async () => {
  const close = vera.locator("details").filter({ has: vera.locator("summary", { hasText: "Luk hændelsen" }) });
  await close.locator("summary").click();
  await close.getByRole("button").click();
  await vera.getByText(/kan først lukkes, når evalueringen er skrevet/).waitFor();
  await vera.goto(`${base}/majors/${room}`);
  await act("Skriv evalueringen", async (form) => {
    await form.locator("#review-what_happened").fill("Et certifikat udløb, og forbindelsen til FMK faldt.");
    await form.locator("#review-went_well").fill("Afdelingerne fik besked, før de ringede.");
    await form.locator("#review-actions").fill("Overvåg certifikaters udløb: Bo Lund, 1. december");
  });
  await act("Luk hændelsen", async () => {});
  await vera.getByText("Hændelsen er evalueret og lukket.").waitFor();
  assert.equal((await api(vera, "GET", `/majors/${room}`)).state, "closed");
  for (const text of ["Overvåg certifikaters udløb", "udsendte besked til brugerne", "SIRI-2026-17"])
    await vera.getByText(text).first().waitFor();
  await shot(vera, "major-6-closed");
  await vera.goto(`${base}/majors/${room}?lang=en`);
  await vera.getByText("published a message to users").waitFor();
  await shot(vera, "major-6-closed-english");
  await vera.goto(`${base}/majors?lang=da`);
});

await check("no error in the console, no violation of the policy", async () => assert.deepEqual(complaints, []));

await finish(browser);
