// The trash: restoring with Undo, the question before anything is deleted for good, and the list
// anew when something came, left or was restored in any tab.
import { csrfToken } from "./csrf.js";
import { post } from "./post.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import * as selecting from "./trash-selecting.js";

const LATER = 150; // ms; what changes together is read together
const ROWS = "#trash-rows > li.row";
const main = document.getElementById("main");
const dialog = document.getElementById("trash-question");
let waiting = 0;

function list() {
  return document.querySelector("[data-trash]");
}

// --- The list ---

/** So many rows as are shown, so that none that was scrolled to is lost. */
async function read() {
  const url = list()?.dataset.trash;
  if (!url) return;
  const shown = document.querySelectorAll(ROWS).length;
  const headers = { "HX-Request": "true" };
  const response = await fetch(`${url}?shown=${shown}`, { headers }).catch(() => null);
  if (!response?.ok || response.redirected) return; // the next change tries again
  const html = await response.text();
  if (!list()) return; // another page took its place
  const [focused, held] = [place(), main.contains(document.activeElement)];
  await htmx.swap({ sourceElement: main, target: main, text: html, swap: "innerMorph" });
  selecting.show();
  keepFocus(focused);
  if (held && document.activeElement === document.body) document.getElementById("trash-title").focus();
}

function readLater() {
  clearTimeout(waiting);
  waiting = setTimeout(read, LATER);
}

document.addEventListener("atelier:listed", readLater);

/** Which row has the focus; -1 for none. */
function place() {
  const row = document.activeElement?.closest(ROWS);
  return row ? [...document.querySelectorAll(ROWS)].indexOf(row) : -1;
}

/** What had the focus may be gone: the row that took its place has it now. */
function keepFocus(index) {
  if (index < 0 || document.activeElement?.closest(ROWS)) return;
  const rows = document.querySelectorAll(ROWS);
  const next = rows[Math.min(index, rows.length - 1)];
  (next?.querySelector("button") ?? document.getElementById("trash-title"))?.focus();
}

// --- What is done ---

/** The answer when it was done, else null, and a toast says why not. */
async function act(url, fields) {
  const result = await post(url, fields).catch(() => null);
  if (!result?.ok) toast(result?.message || text("not-done"), { tone: "error" });
  await read();
  return result?.ok ? result : null;
}

/** The answer's sentence becomes a toast; `undo` takes the same fields. */
async function send(form, button) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  if (button) button.ariaBusy = "true";
  const { undo } = form.dataset;
  const fields = [...new FormData(form)];
  const done = await act(form.action, fields);
  form.ariaBusy = null;
  if (button) button.ariaBusy = null;
  if (form.closest("dialog")) dialog.close();
  if (!done) return;
  selecting.leave();
  const run = async () => {
    const undone = await act(undo, fields);
    if (undone) toast(undone.message);
  };
  toast(done.message, undo ? { action: { label: text("undo"), run } } : {});
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-acts]");
  if (!form || !(main.contains(form) || dialog.contains(form))) return;
  event.preventDefault();
  if (event.submitter?.matches("[data-asks]")) ask(event.submitter);
  else send(form, event.submitter);
});

// --- The question ---

let asked = null; // where the focus goes when nothing was deleted
let askedAt = -1;

/** The question of a link, or of a button whose form it is about. */
async function ask(link) {
  const headers = { "HX-Request": "true", "X-CSRFToken": csrfToken() };
  const posted = link.form && { method: "POST", body: new URLSearchParams([...new FormData(link.form)]) };
  const url = link.href ?? link.formAction;
  const response = await fetch(url, { headers, ...posted }).catch(() => null);
  if (!response?.ok || response.redirected) {
    const isJson = response?.headers.get("Content-Type")?.startsWith("application/json");
    toast((isJson && (await response.json()).message) || text("not-done"), { tone: "error" });
    return void read(); // it may have gone meanwhile
  }
  [asked, askedAt] = [link, place()];
  dialog.innerHTML = await response.text();
  dialog.showModal();
  dialog.querySelector("[data-cancel]").focus(); // not on what cannot be undone
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-question], a[data-cancel]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.matches("a[data-cancel]") && !dialog.contains(link)) return;
  event.preventDefault();
  if (link.matches("a[data-cancel]")) dialog.close();
  else ask(link);
});

dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  if (asked?.checkVisibility() && !asked.disabled) asked.focus();
  else if (askedAt >= 0) keepFocus(askedAt);
  else (document.getElementById("select-trashed") ?? document.getElementById("trash-title")).focus();
});
