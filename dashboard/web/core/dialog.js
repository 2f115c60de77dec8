// The dialog of the page: one element, whose content changes.
import { button, make } from "./elements.js";

/** @type {HTMLDialogElement | null} */
let dialog = null;
/** @type {(() => void)[]} */
const closeHandlers = [];

/**
 * Calls `handler` whenever the dialog is closed.
 * @param {() => void} handler
 */
export const onClose = (handler) => closeHandlers.push(handler);

function create() {
  const made = make("dialog", { className: "dialog" });
  made.addEventListener("close", () => closeHandlers.forEach((handler) => handler()));
  made.addEventListener("click", (event) => { if (event.target === made) made.close(); });
  document.body.append(made);
  return made;
}

/**
 * @param {string} title
 * @param {...(Node | string)} content
 */
export function open(title, ...content) {
  dialog = dialog || create();
  const cross = make("button", {
    className: "icon-button icon-cross", type: "button", "aria-label": "Close",
  });
  cross.addEventListener("click", close);
  const head = make("header", {}, make("h2", { textContent: title }), cross);
  dialog.setAttribute("aria-label", title);
  dialog.replaceChildren(head, ...content);
  if (!dialog.open) dialog.showModal();
}

export function close() {
  if (dialog) dialog.close();
}

/** @param {string} title */
export const isOpen = (title) => Boolean(dialog?.open) && dialog?.getAttribute("aria-label") === title;

/**
 * Costly actions are confirmed by name and consequence; errors are shown where they were requested.
 * @param {{title: string, text: string, yes: string, no: string, act: () => Promise<unknown>}} how `no` is the safe answer
 */
export function confirm({ title, text, yes, no, act }) {
  const problem = make("p", { className: "form-problem", role: "alert" });
  const refuse = make("button", { type: "button", className: "solid-button", textContent: no });
  const accept = make("button", {
    type: "button", className: "text-button danger", textContent: yes, "data-required-role": "operator",
  });
  refuse.addEventListener("click", close);
  accept.addEventListener("click", () => {
    accept.disabled = true;
    act().then(close, (error) => {
      problem.textContent = error.message;
      accept.disabled = false;
    });
  });
  open(title,
    make("p", { className: "dialog-text", textContent: text }), problem,
    make("div", { className: "form-buttons" }, accept, make("span", { className: "spacer" }), refuse));
  refuse.focus();
}

/**
 * A text to read and copy.
 * @param {string} text
 */
export function copyable(text) {
  const done = make("span", { className: "copied", role: "status" });
  const copy = button("Copy", "solid-button", () => {
    window.navigator.clipboard.writeText(text).then(
      () => { done.textContent = "Copied"; },
      () => { done.textContent = "Select the text and copy it"; });
  });
  return [make("pre", { className: "json", tabIndex: 0, textContent: text }),
    make("div", { className: "form-buttons" }, done, make("span", { className: "spacer" }), copy)];
}
