// The remedy of an alert from the docs, read on request.
import * as api from "../../core/api.js";
import { make } from "../../core/elements.js";

const known = new Map();
const opened = new Set();

// `key` identifies the entry: an open one stays open when it is redrawn.
export function remedy(heading, key) {
  const body = make("div", { className: "remedy-text" });
  const node = make("details", { className: "remedy", open: opened.has(key) },
    make("summary", { textContent: `What to do: docs/operations.md#${heading}` }), body);
  node.addEventListener("toggle", () => {
    if (node.open) opened.add(key);
    else opened.delete(key);
    if (node.open && !body.hasChildNodes()) fill(body, heading);
  });
  if (node.open && known.has(heading)) show(body, known.get(heading));
  return node;
}

function fill(body, heading) {
  if (known.has(heading)) {
    show(body, known.get(heading));
    return;
  }
  api.get(`/system/remedy?of=${encodeURIComponent(heading)}`).then((paragraphs) => {
    known.set(heading, paragraphs);
    show(body, paragraphs);
  }, (error) => body.replaceChildren(make("p", { className: "muted", textContent: error.message })));
}

function show(body, paragraphs) {
  body.replaceChildren(...paragraphs.map(({ title, text }) =>
    make("p", {}, title ? make("strong", { textContent: `${title}: ` }) : null, text)));
}
