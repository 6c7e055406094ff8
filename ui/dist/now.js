// The live board: what changes comes by itself over one event stream for all of the browser's
// windows, as trees of elements. Silence is said aloud, with the age of what stands there.
(() => {
  "use strict";
  const board = document.getElementById("now");
  if (!board || !("EventSource" in window)) return;
  const made = document.getElementById("now-made");
  const stale = document.getElementById("now-stale");
  const alarms = document.getElementById("now-alarms");
  const shapes = new Set(["svg", "path", "circle", "rect", "title"]);
  const silent = 25000; // ms; a beat comes every 10 s
  const old = 150000; // ms; the board is told anew every minute
  let seq = Number(board.dataset.seq);
  let heard = Date.now();
  let renewed = Date.now();
  const node = (tree) => {
    if (typeof tree === "string") return document.createTextNode(tree);
    const [tag, attributes, ...children] = tree;
    const element = shapes.has(tag)
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.map(node));
    return element;
  };
  const alive = () => {
    heard = Date.now();
    if (heard - renewed <= old && stale.childNodes.length) stale.replaceChildren();
  };
  const show = (change) => {
    // Older than what stands here, or something in between was missed: the page is asked for anew.
    if (change.seq < seq) return;
    if (change.from > seq) return location.reload();
    seq = change.seq;
    renewed = Date.now();
    for (const part of change.parts) {
      const place = document.getElementById(part.id);
      if (!place) return location.reload();
      const at = place.contains(document.activeElement)
        ? document.activeElement.getAttribute("href") : null;
      place.classList.toggle("k-wrong", part.wrong);
      place.replaceChildren(...part.tree.map(node));
      if (at) place.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus();
    }
    alarms.replaceChildren(...change.alarms.map(node));
    made.textContent = `${change.made} ${board.dataset.live}`;
    alive();
  };
  const channel = new BroadcastChannel("klarsyn-now");
  const hear = ({ kind, data }) => {
    alive();
    if (kind === "board") show(JSON.parse(data));
    if (kind === "view" && data.includes("missed")) location.reload();
  };
  channel.onmessage = (event) => hear(event.data);
  // One window listens for all of the browser's; when it goes, the next one takes over.
  const listen = () => new Promise((release) => {
    const source = new EventSource("/api/v1/events?watch=board");
    for (const kind of ["beat", "board", "view"])
      source.addEventListener(kind, (event) => {
        hear({ kind, data: event.data });
        channel.postMessage({ kind, data: event.data });
      });
    addEventListener("pagehide", () => {
      source.close();
      release();
    });
  });
  if (navigator.locks) navigator.locks.request("klarsyn-now", listen);
  else listen();
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  made.textContent += ` ${board.dataset.live}`;
  setInterval(() => {
    const now = Date.now();
    const words = now - heard > silent ? board.dataset.lost
      : now - renewed > old ? board.dataset.old : null;
    if (!words) return;
    const text = words.replace("{minutes}", String(Math.max(1, Math.floor((now - renewed) / 60000))));
    if (stale.textContent === text) return;
    const line = document.createElement("p");
    line.textContent = text;
    stale.replaceChildren(line);
  }, 1000);
})();
