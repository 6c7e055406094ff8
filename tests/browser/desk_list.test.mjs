// The desk's list in Chromium: KLARSYN_DESK_CASES cases (20,000 without it), views, keys and filters.
// Every check is one line of the output.
import assert from "node:assert/strict";
import { active, anna, browser, fill, openDesk } from "./desk_tools.mjs";
import { check, complaints, finish } from "./harness.mjs";
import { api } from "./people.mjs";

const wanted = Number(process.env.KLARSYN_DESK_CASES ?? 20000);
await fill(wanted);

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

await check("no error in the console, no violation of the policy", async () => assert.deepEqual(complaints, []));

await finish(browser);
