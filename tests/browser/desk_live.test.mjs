// What happens on the desk by itself: others' work, one event stream for all windows, silence.
import assert from "node:assert/strict";
import { anna, bo, browser, does, fill, make, openCase, openDesk } from "./desk_tools.mjs";
import { check, complaints, finish, listen } from "./harness.mjs";
import { api, person } from "./people.mjs";

await fill(20);

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
  const own = await person(browser, "anna");
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

complaints.splice(0, complaints.length, ...complaints.filter((one) => !one.includes("ERR_FAILED")));

await check("no error in the console, no violation of the policy", async () => assert.deepEqual(complaints, []));

await finish(browser);
