// Builds the desk client into dist/: desk.js, desk.css and the texts desk-da.json and desk-en.json.
//
//   node build.mjs           writes dist/ and src/keys.gen.ts
//   node build.mjs --check   writes nothing: fails when dist/ is not what the sources give, when a
//                            text is missing, unused or differs in its arguments, or when the bundle
//                            is larger than the budget
//   node build.mjs --watch   builds again whenever a source changes
import { existsSync, readFileSync, readdirSync, watch, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { parse } from "smol-toml";

const here = dirname(fileURLToPath(import.meta.url));
const budgetBytes = 40_000; // gzip, of desk.js
const prefix = "desk.";

function flatten(table, path, into) {
  for (const [name, value] of Object.entries(table)) {
    if (typeof value === "string") into[path + name] = value;
    else flatten(value, `${path}${name}.`, into);
  }
  return into;
}

function texts(language) {
  const file = join(here, "text", `${language}.toml`);
  return flatten(parse(readFileSync(file, "utf8")), "", {});
}

const argumentsOf = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join(" ");

function sources() {
  return readdirSync(join(here, "src"))
    .filter((name) => name !== "keys.gen.ts")
    .map((name) => readFileSync(join(here, "src", name), "utf8"))
    .join("\n");
}

// The faults of the two catalogues, as sentences.
function textFaults(danish, english, code) {
  const faults = [];
  for (const key of Object.keys(danish)) {
    if (!(key in english)) faults.push(`text/en.toml lacks ${key}`);
    else if (argumentsOf(danish[key]) !== argumentsOf(english[key]))
      faults.push(`${key} has other {arguments} in English than in Danish`);
    if (!key.startsWith(prefix)) faults.push(`${key} does not begin with ${prefix}`);
    const short = key.slice(prefix.length);
    // word("group", value) and `group.${value}` use every text of their group.
    const group = short.split(".")[0];
    if (
      !code.includes(`"${short}"`) &&
      !code.includes(`"${group}"`) &&
      !code.includes(`\`${group}.\${`)
    )
      faults.push(`${key} is used nowhere`);
  }
  for (const key of Object.keys(english))
    if (!(key in danish)) faults.push(`text/da.toml lacks ${key}`);
  return faults;
}

// What the server may say of a case and the client has no words for. Kinds stand in the server's
// own table of words and where commands record them; relations in the server's texts.
function wordFaults(danish) {
  const server = join(here, "..", "src", "modules", "servicedesk");
  const files = readdirSync(server, { recursive: true }).filter(
    (name) => name.endsWith(".cc") && !name.endsWith("_test.cc"),
  );
  const kinds = new Set();
  for (const name of files) {
    const code = readFileSync(join(server, name), "utf8");
    for (const [, kind] of code.matchAll(/\brecord\(\s*[\w.>()-]+,\s*"(\w+)"/g)) kinds.add(kind);
    const table = code.match(/RecordWords kWords\[\] = \{([^]*?)\n\};/)?.[1] ?? "";
    for (const [, kind] of table.matchAll(/^ {4}\{"(\w+)",/gm)) kinds.add(kind);
  }
  if (kinds.size < 20) throw new Error("the server's kinds of events are not found any more");
  const client = readFileSync(join(here, "src", "timeline.tsx"), "utf8");
  const faults = [...kinds]
    .filter((kind) => !client.includes(`case "${kind}":`))
    .map((kind) => `timeline.tsx has no words for the event ${kind}`);
  const texts = parse(readFileSync(join(server, "desk", "text", "da.toml"), "utf8"));
  for (const relation of Object.keys(texts.servicedesk.word.relation))
    if (!(`${prefix}relation.${relation}` in danish))
      faults.push(`text/da.toml lacks ${prefix}relation.${relation}`);
  return faults;
}

function textFile(all) {
  const short = Object.fromEntries(
    Object.keys(all)
      .sort()
      .map((key) => [key.slice(prefix.length), all[key]]),
  );
  return `${JSON.stringify(short)}\n`;
}

function keysFile(all) {
  const lines = Object.keys(all)
    .sort()
    .map((key) => `  | "${key.slice(prefix.length)}"`);
  return `// Made by build.mjs from text/da.toml.\nexport type Key =\n${lines.join("\n")};\n`;
}

async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: { desk: "src/main.tsx" },
    bundle: true,
    write: false,
    outdir: "dist",
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    banner: {
      js: "/* With Preact, (c) 2015-present Jason Miller, MIT licence: desk-licences.txt */",
    },
    logLevel: "warning",
  });
  const css = await build({
    absWorkingDir: here,
    entryPoints: { desk: "styles/desk.css" },
    bundle: true,
    write: false,
    outdir: "dist",
    minify: true,
    charset: "utf8",
    logLevel: "warning",
  });
  return [...result.outputFiles, ...css.outputFiles].map((file) => [file.path, file.text]);
}

async function outputs() {
  const danish = texts("da");
  const english = texts("en");
  const faults = [...textFaults(danish, english, sources()), ...wordFaults(danish)];
  if (faults.length) throw new Error(faults.join("\n"));
  const keys = [join(here, "src", "keys.gen.ts"), keysFile(danish)];
  const written = [
    keys,
    [join(here, "dist", "desk-da.json"), textFile(danish)],
    [join(here, "dist", "desk-en.json"), textFile(english)],
    [
      join(here, "dist", "desk-licences.txt"),
      readFileSync(join(here, "node_modules/preact/LICENSE"), "utf8"),
    ],
  ];
  const bundled = await bundle();
  const script = bundled.find(([path]) => path.endsWith("desk.js"))[1];
  const size = gzipSync(script, { level: 9 }).length;
  console.log(`desk.js: ${script.length} bytes, ${size} gzip, budget ${budgetBytes}`);
  if (size > budgetBytes) throw new Error(`desk.js is ${size} bytes gzip, at most ${budgetBytes}`);
  return [...written, ...bundled];
}

async function run() {
  const stale = [];
  for (const [path, content] of await outputs()) {
    if (existsSync(path) && readFileSync(path, "utf8") === content) continue;
    if (process.argv.includes("--check")) stale.push(path.slice(here.length + 1));
    else writeFileSync(path, content);
  }
  if (stale.length)
    throw new Error(`not what the sources give: ${stale.join(", ")}; run npm run build`);
}

try {
  await run();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
if (process.argv.includes("--watch")) {
  let due;
  const again = () => {
    clearTimeout(due);
    due = setTimeout(() => run().catch((error) => console.error(error.message)), 100);
  };
  for (const folder of ["src", "styles", "text"]) watch(join(here, folder), again);
}
