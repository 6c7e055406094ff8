// What people type never becomes script: the corpus of tests/data/hostile in title, text,
// system, caller, attachment's name, mail, message and room, and then every view in a browser whose
// content security policy is switched off, so that nothing but the pages themselves stands in the way.
// KLARSYN_HOSTILE names the corpus; letters with it have come by mail; vera's display name is of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { base, check, finish, openBrowser } from "./harness.mjs";
import { api, person } from "./people.mjs";

const texts = JSON.parse(readFileSync(process.env.KLARSYN_HOSTILE, "utf8"));
const browser = await openBrowser();
const anna = await person(browser, "anna");
const vera = await person(browser, "vera");
const encoded = (name) => encodeURIComponent(name).replaceAll("'", "%27").replaceAll("*", "%2A");

async function attach(number, name) {
  const answer = await anna.request.post(`${base}/api/v1/cases/${number}/attachments`, {
    data: "<script>alert(1)</script>",
    headers: { "Content-Type": "text/html", Origin: base, "X-Visibility": "public",
      "Content-Disposition": `attachment; filename*=UTF-8''${encoded(name)}` } });
  assert.ok(answer.ok(), `${name}: ${answer.status()} ${await answer.text()}`);
}

let number = "";
let room = "";
let notice = "";
await check("the corpus is stored as it was written, in everything that people can write", async () => {
  const all = texts.join("\n");
  for (const [at, text] of texts.entries()) {
    const made = await api(anna, "POST", "/cases", { title: text, text: all, system: text, org: "RH", place: text,
      equipment: text, category: text, group: at % 2 ? "Servicedesk" : text,
      caller: { name: text, account: "kim", phone: text } });
    assert.equal((await api(anna, "GET", `/cases/${made.number}`)).title, text.trim());
    number ||= made.number;
  }
  for (const text of texts) {
    await attach(number, text);
    await api(anna, "POST", `/cases/${number}/comment`, { text, visibility: "public" });
    await api(anna, "POST", `/cases/${number}/affected`, { person: text });
  }
  await api(anna, "POST", `/cases/${number}/move`, { group: "Klinisk support", reason: all });
  await api(anna, "POST", `/cases/${number}/hold`, { reason: "awaiting_user", note: all });
  await api(vera, "POST", `/cases/${number}/assign`, { assignee: "vera" });
  const major = { case: number, title: texts[1], text: all, criteria: ["patient_safety"], systems: texts.slice(0, 6), orgs: ["RH"], manager: texts[2] };
  room = (await api(vera, "POST", "/majors", major)).number;
  const told = { title: `${texts[1]} {system}`, title_en: texts[2], text: all, text_en: all, advice: all, severity: "down" };
  notice = (await api(vera, "POST", `/majors/${room}/publish`, told)).notices[0];
  await api(vera, "POST", `/majors/${room}/communicate`, { text: all, to_notices: true, to_cases: true });
  await api(vera, "POST", "/problems", { title: texts[0], text: all, systems: texts.slice(0, 6) });
  await api(vera, "POST", "/changes", { title: texts[0], text: all, systems: texts.slice(0, 6), plan: all });
  await api(anna, "PUT", "/filters/hostile", { title: texts[0], query: { view: "open", q: texts[1] } });
});

// What a payload would have made of the page, had it become markup.
const traces = () => [...document.querySelectorAll("body *")].filter((one) =>
  ["IFRAME", "OBJECT", "EMBED", "BASE", "META", "STYLE", "MATH"].includes(one.tagName) || one.src?.endsWith?.("/x") ||
  (one.tagName === "SCRIPT" && !one.src.includes("/assets/")) || [...one.attributes].some(({ name, value }) =>
    name.startsWith("on") || (["href", "src", "action", "data", "formaction"].includes(name) &&
      (/^\s*(javascript|data:text)/i.test(value) || value.includes("//evil.example"))))).map((one) => one.outerHTML.slice(0, 200));

await check("what this test looks for is found where a page does not escape", async () => {
  const page = await (await browser.newContext({ bypassCSP: true })).newPage();
  const ran = [];
  page.on("dialog", (dialog) => { ran.push(dialog.message()); void dialog.dismiss(); });
  await page.setContent(`<main>${texts.slice(1, 3).join("\n")}</main>`);
  await page.waitForTimeout(300);
  assert.ok(ran.length > 0);
  assert.ok((await page.evaluate(traces)).length > 0);
  await page.context().close();
});

const views = (who) => ({
  anna: {
    desk: "/desk?view=all", "the case on the desk": `/desk?view=all&case=${number}`,
    "a search": `/desk?view=all&q=${encodeURIComponent(texts[1])}`, "the case's page": `/cases/${number}`,
    "the clock": `/cases/${number}/clock`, "the list of majors": "/majors",
    problems: "/problems", changes: "/changes", "the case in English": `/cases/${number}?lang=en`,
  },
  vera: { room: `/majors/${room}`, messages: "/notices", "a message": `/notices/${notice}`, letters: "/letters" },
  adam: { outbox: "/outbox" },
  kim: { my: "/my", "my case": `/my/${number}`, "report a problem": "/report-problem" },
  "": { status: "/status" },
})[who];

for (const who of ["anna", "vera", "adam", "kim", ""]) {
  const page = await person(browser, who || null, { bypassCSP: true });
  const ran = [];
  page.on("dialog", (dialog) => { ran.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  page.on("pageerror", (error) => ran.push(String(error)));
  page.on("request", (request) => { if (!request.url().startsWith(base) && !request.url().startsWith("data:")) ran.push(request.url()); });
  for (const [name, path] of Object.entries(views(who))) {
    await check(`${name}: no script ran, no dialog opened, nothing became markup`, async () => {
      await page.goto(base + path);
      await page.waitForSelector("h1");
      if (path.startsWith("/desk")) {
        await page.waitForSelector("#list");
        if (!path.includes("q=")) await page.waitForSelector("#case-title");
      }
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
      await page.waitForTimeout(100);
      assert.ok(page.url().startsWith(base), page.url());
      if (name !== "outbox")  // addresses alone
        assert.match(await page.innerText("body"), /alert\(1\)/, "the page shows nothing of the corpus");
      assert.deepEqual(await page.evaluate(traces), []);
      assert.deepEqual(ran, []);
    });
  }
  if (who === "anna")
    await check("the palette's hits and the drafts are text as well", async () => {
      await page.goto(`${base}/desk?view=all`);
      await page.waitForSelector("#list");
      await page.keyboard.press("Control+k");
      await page.keyboard.type("script alert");
      await page.getByRole("dialog").getByRole("option").first().waitFor();
      await page.waitForTimeout(300);
      assert.deepEqual(await page.evaluate(traces), []);
      assert.deepEqual(ran, []);
    });
  await page.context().close();
}

await check("what came by mail stands in cases, as text", async () => {
  const found = (await api(anna, "GET", "/cases?view=all&limit=500")).items.filter((one) => one.contact === "mail");
  assert.ok(found.length >= texts.length - 2, `${found.length} letters became cases`);
  const page = await person(browser, "anna", { bypassCSP: true });
  const ran = [];
  page.on("dialog", (dialog) => { ran.push(dialog.message()); void dialog.dismiss(); });
  for (const one of found.slice(0, 4)) {
    await page.goto(`${base}/cases/${one.number}`);
    assert.deepEqual(await page.evaluate(traces), []);
  }
  assert.deepEqual(ran, []);
});

await check("a file with markup is handed over as a file", async () => {
  const item = await api(anna, "GET", `/cases/${number}`);
  assert.equal(item.attachments.length, texts.length);
  const answer = await anna.request.get(`${base}/api/v1/cases/${number}/attachments/${item.attachments[0].id}`);
  assert.match(answer.headers()["content-disposition"], /^attachment/);
  assert.equal(answer.headers()["x-content-type-options"], "nosniff");
});

await finish(browser);
