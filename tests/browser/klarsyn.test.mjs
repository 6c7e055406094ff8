// Klarsyn as people meet it, in Debian's Chromium. Every check is one line of the output.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { base, check, complaints, finish, listen, logIn, openBrowser, password, shot, violations } from "./harness.mjs";

const report = "operations_status-2013-04-1";
const digits = (text) => Number(text.replace(/[^0-9]/g, ""));

const browser = await openBrowser();
const context = await browser.newContext({ acceptDownloads: true });
const page = listen(await context.newPage());

await check("a wrong password is told beside the form and keeps the name", async () => {
  await page.goto(`${base}/`);
  assert.match(page.url(), /\/login\?next=/);
  await page.fill("#name", "reader");
  await page.fill("#password", "not this one");
  await page.click("button[type=submit]");
  assert.equal(await page.locator("[role=alert]").count(), 1);
  assert.equal(await page.inputValue("#name"), "reader");
});

let count = 0;
let figurePage = "";
await check("from the login to the report, a number, its records, and their export: one count", async () => {
  await logIn(page);
  await page.click(`a[href="/reports/${report}"] >> nth=0`);
  assert.match(await page.title(), /Overordnet status på drift og udvikling/);
  const number = page.locator("a.k-figure[href*='telephony.offered?'][href*='period=2013-04']").first();
  count = digits(await number.innerText());
  assert.ok(count > 1000, `offered calls: ${count}`);
  await number.click();
  figurePage = page.url();
  assert.equal(digits(await page.innerText(".k-value")), count);
  const button = page.locator("#records");
  assert.equal(digits(await button.innerText()), count);
  await button.click();
  assert.equal(Number(await page.getAttribute("#count", "data-count")), count);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click("a[href*='format=csv']:not([href*=dialect])"),
  ]);
  const lines = readFileSync(await download.path(), "utf8").split("\r\n");
  assert.equal(lines.length - 2, count, "the header and the end of the last line");
  assert.equal(new Set(lines.slice(1, -1).map((line) => line.split(",")[0])).size, count);
  const api = await page.evaluate(async (address) => (await fetch(address)).json(),
    `/api/v1/figures/telephony.offered${new URL(figurePage).search}`);
  assert.equal(api.rows[0].records, count);
  assert.equal(api.rows[0].value, count);
});

await check("the records turn their pages, and each names its batch", async () => {
  await page.goto(figurePage);
  await page.click("#records");
  assert.equal(await page.locator("tbody tr").count(), 50);
  const first = await page.innerText("tbody tr th >> nth=0");
  await page.click("a[rel=next] >> nth=0");
  assert.notEqual(await page.innerText("tbody tr th >> nth=0"), first);
  await page.click("a[rel=last] >> nth=0");
  assert.equal(await page.locator("tbody tr").count(), count % 50 || 50);
  await page.click("tbody tr:first-child td:last-child a");
  assert.match(page.url(), /\/batches\/B\d+$/);
  assert.ok(await page.locator("#files").count());
});

await check("every number of the report opens, and says the same", async () => {
  for (const edition of [report, "platform_quarter-2018-Q1-1"]) {
    await page.goto(`${base}/reports/${edition}`);
    const links = await page.$$eval("a.k-figure", (all) =>
      all.map((link) => [link.getAttribute("href"), link.textContent.trim()]));
    assert.ok(links.length > 20, `${edition} has ${links.length} numbers`);
    const step = Math.max(1, Math.floor(links.length / 25));
    for (let i = 0; i < links.length; i += step) {
      const answer = await page.request.get(base + links[i][0]);
      assert.equal(answer.status(), 200, links[i][0]);
      const value = /<strong class="k-value">([^<]*)<\/strong>/.exec(await answer.text())[1];
      assert.equal(value, links[i][1], links[i][0]);
    }
  }
});

await check("by keyboard alone: login, report, number, records", async () => {
  const own = await browser.newContext();
  const keys = await own.newPage();
  await keys.goto(`${base}/login`);
  const tabTo = async (selector) => {
    for (let i = 0; i < 900; i += 1) {
      await keys.keyboard.press("Tab");
      if (await keys.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    }
    throw new Error(`${selector} cannot be reached by Tab`);
  };
  await tabTo("#name");
  await keys.keyboard.type("reader");
  await tabTo("#password");
  await keys.keyboard.type(password);
  await keys.keyboard.press("Enter");
  await keys.waitForURL(`${base}/`);
  await keys.keyboard.press("Tab");
  assert.ok(await keys.evaluate(() => document.activeElement.matches(".k-skip")), "first the skip link");
  await keys.keyboard.press("Enter");
  for (const selector of [`a[href="/reports/${report}"]`, "a.k-figure[href*='telephony.offered?']", "#records"]) {
    await tabTo(selector);
    const outline = await keys.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", `${selector} shows its focus`);
    await Promise.all([keys.waitForNavigation(), keys.keyboard.press("Enter")]);
  }
  assert.ok(Number(await keys.getAttribute("#count", "data-count")) > 0);
  await own.close();
});

const figure = `${new URL(figurePage || `${base}/figures`).pathname}${new URL(figurePage || base).search}`;
const pages = {
  login: "/login",
  editions: "/",
  report: `/reports/${report}`,
  quarter: "/reports/platform_quarter-2018-Q1-1",
  figure,
  split: "/f/current/telephony.in_time_offered?period=2013-04&by=hour&where=queue=servicedesk",
  backlog: "/f/current/servicedesk.backlog?period=2018-W13&by=level",
  records: figure.replace("?", "/records?"),
  batches: "/batches",
  batch: "",
  figures: "/figures",
  accounts: "/accounts",
  help: "/help",
  missing: "/there-is-nothing",
};

const looks = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { name: "360", colorScheme: "light", viewport: { width: 360, height: 740 } },
  { name: "forced", colorScheme: "dark", forcedColors: "active", viewport: { width: 1280, height: 900 } },
];
await page.goto(`${base}/batches`);
pages.batch = await page.getAttribute("tbody a >> nth=0", "href").catch(() => "/batches");
for (const { name, ...options } of looks) {
  const own = await browser.newContext(options);
  const tab = await own.newPage();
  await logIn(tab);
  for (const [what, path] of Object.entries(pages)) {
    await check(`${what}, ${name}: axe finds nothing, nothing scrolls sideways`, async () => {
      const answer = await tab.goto(base + path);
      assert.equal(answer.status(), what === "missing" ? 404 : 200, path);
      await shot(tab, `${what}-${name}`);
      assert.deepEqual(await violations(tab), []);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} px too wide`);
      assert.equal(await tab.locator("h1").count(), 1);
    });
  }
  await own.close();
}

await check("English throughout, and it stays", async () => {
  await page.goto(`${base}/figures?lang=en`);
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.goto(`${base}/`);
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.match(await page.innerText("h1"), /Reports/);
  await page.goto(`${base}/?lang=da`);
});

await check("everything works with scripts switched off", async () => {
  const own = await browser.newContext({ javaScriptEnabled: false });
  const tab = await own.newPage();
  await logIn(tab, "reader");
  await tab.goto(base + figure);
  await tab.click("#records");
  assert.equal(Number(await tab.getAttribute("#count", "data-count")), count);
  await own.close();
});

await check("no error in the console, no violation of the policy", async () => {
  assert.deepEqual(complaints, []);
});

await check("logging out ends it", async () => {
  await page.goto(`${base}/`);
  await page.click(".k-account button");
  await page.waitForURL(/\/login/);
  await page.goto(`${base}/figures`);
  assert.match(page.url(), /\/login\?next=/);
});

await finish(browser);
