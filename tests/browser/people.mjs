// People at work: each with a browser of their own, and the API with their session.
import assert from "node:assert/strict";
import { base, listen, logIn } from "./harness.mjs";

const wide = { viewport: { width: 1440, height: 860 } };

// Somebody with a page; `name` null is somebody who has not signed in.
export async function person(browser, name, options = {}) {
  const context = await browser.newContext({ ...wide, ...options });
  const page = listen(await context.newPage());
  if (name) await logIn(page, name);
  return page;
}

// What another program would ask, with the person's own session.
export async function api(page, method, path, data, headers = {}) {
  const answer = await page.request.fetch(`${base}/api/v1${path}`, {
    method, headers: { "Content-Type": "application/json", Origin: base, ...headers },
    ...(data === undefined ? {} : { data: JSON.stringify(data) }),
  });
  const text = await answer.text();
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${text.slice(0, 300)}`);
  return text ? JSON.parse(text) : {};
}

export const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

// The ways a page is looked at.
export const looks = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  360: { viewport: { width: 360, height: 740 } },
};
