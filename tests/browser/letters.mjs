// Letters with hostile texts in every part, for klarsyn mail: node letters.mjs CORPUS FOLDER. The first
// ones come again as automatic replies, which wait for a person's decision.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const [corpus, folder] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(corpus, "utf8"));
const encoded = (text) => `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;
mkdirSync(folder, { recursive: true });
function write(name, text, at, ...more) {
  const html = `<html><body><p>Brev ${at}</p>${texts.join("\n<p>x</p>\n")}<a href="javascript:alert(1)">Se her</a></body></html>`;
  writeFileSync(`${folder}/${name}.eml`, [...more,
    `From: ${encoded(text)} <sender${at}@region.example>`, "To: servicedesk@region.example",
    `Subject: ${encoded(`Brev ${at}: ${text}`)}`, `Message-ID: <hostile-${name}@region.example>`, "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="part"', "", "--part", `Content-Type: text/${at % 2 ? "html" : "plain"}; charset=utf-8`,
    "Content-Transfer-Encoding: base64", "", Buffer.from(at % 2 ? html : texts.join("\n")).toString("base64"), "--part",
    "Content-Type: text/html", `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent(text)}`, "",
    "<script>alert(1)</script>", "--part--", "",
  ].join("\r\n"));
}
texts.forEach((text, at) => write(String(at), text, at));
texts.slice(0, 4).forEach((text, at) => write(`automatic-${at}`, text, at, "Auto-Submitted: auto-replied"));
