// What agents write on the desk: a call's case by keyboard, drafts that survive everything, and what
// was typed when the server refuses.
import assert from "node:assert/strict";
import { anna, browser, caseOf, does, fill, make, openCase, openDesk, toast } from "./desk_tools.mjs";
import { check, complaints, finish, shot } from "./harness.mjs";
import { api } from "./people.mjs";

await fill(20);

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

await check("no error in the console, no violation of the policy", async () => assert.deepEqual(complaints, []));

await finish(browser);
