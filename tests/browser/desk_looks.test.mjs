// How the desk looks: light, dark, forced colours, at 200 % and 360 pixels wide, with axe; its words.
import assert from "node:assert/strict";
import { anna, bo, browser, does, fill, make, openCase, openDesk, start } from "./desk_tools.mjs";
import { base, check, complaints, finish, shot, violations } from "./harness.mjs";
import { api, person } from "./people.mjs";

await fill(20);

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
  const page = await person(browser, "anna", options);
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
    const page = await person(browser, "anna");
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
