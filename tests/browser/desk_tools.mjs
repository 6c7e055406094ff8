// What the desk's tests share: anna and bo, both agents with a desk open, what they do in it, and the
// cases that they do it with. anna's name in the phone system is SIP/anna.
import { base, openBrowser } from "./harness.mjs";
import { api, person } from "./people.mjs";

const titles = ["FMK svarer ikke", "Printer på afsnit 3112 skriver ikke ud", "Kan ikke logge på", "Ny medarbejder skal have adgang",
  "Skærmen blinker ved opstart", "Netværket falder ud på operationsgangen", "Dikteringer går tabt midt i sætningen"];
const systems = ["FMK", "SP", "Labka", "Citrix", "Webmail"];

export const browser = await openBrowser();
export const anna = await person(browser, "anna");
export const bo = await person(browser, "bo");
export const start = await api(anna, "GET", "/desk");

export const caseOf = (number) => api(anna, "GET", `/cases/${number}`);
let made = 0;
export async function make(fields = {}) {
  made += 1;
  return api(bo, "POST", "/cases", { title: `Prøvesag ${made}`, group: "Servicedesk", contact: "phone", ...fields });
}

// At least so many open cases.
export async function fill(wanted) {
  const there = (await api(anna, "GET", "/cases?view=open&limit=1&count=1")).total;
  for (let i = there; i < wanted; i += 64) {
    await Promise.all(Array.from({ length: Math.min(64, wanted - i) }, (_, at) => api(bo, "POST", "/cases", {
      title: titles[(i + at) % titles.length], system: systems[(i + at) % systems.length], contact: "phone", group: "Servicedesk",
      impact: 1 + ((i + at) % 3), urgency: 1 + ((i * 7 + at) % 3), assignee: (i + at) % 4 ? null : "anna",
      text: "Det begyndte her til morgen. Flere på afsnittet har det samme.",
      caller: { name: "Mette Ørsted", phone: "+4535451234" } })));
  }
}

export async function openDesk(page, query = "?view=open") {
  await page.goto(`${base}/desk${query}`);
  await page.waitForSelector("#list");
}
export async function openCase(page, number) {
  await page.goto(`${base}/desk?view=open&case=${number}`);
  await page.waitForSelector("#case-title");
}
export const does = (page, name) => page.locator(".k-do").getByRole("button", { name, exact: true }).click();
export const toast = (page) => page.locator(".k-toast").last();
export const active = (page) => page.locator(".k-row-active .k-cell-number").innerText();
