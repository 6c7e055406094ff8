// What agents do with cases on the desk: two at once, every command with its way back, many at a time,
// and the palette.
import assert from "node:assert/strict";
import { anna, bo, browser, caseOf, does, fill, make, openCase, openDesk, start, toast } from "./desk_tools.mjs";
import { check, complaints, finish, shot, violations } from "./harness.mjs";
import { api, person } from "./people.mjs";

await fill(20);

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
  await anna.locator(".k-action :focus").waitFor();
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
  await toast(anna).getByText("fortrudt").waitFor();
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

await check("no error in the console, no violation of the policy", async () => assert.deepEqual(complaints, []));

await finish(browser);
