// The trash: restoring with Undo, the question before anything is deleted for good, and the list
// anew when something came, left or was restored in any tab.
import { post } from "./post.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const LATER = 150; // ms; what changes together is read together
const ROWS = "#trash-rows > li.row";
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
  const focused = place();
  const target = document.getElementById("main");
  await htmx.swap({ sourceElement: target, target, text: html, swap: "innerMorph" });
  keepFocus(focused);
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

/** True when it was done, else a toast says why not. */
async function act(url, fields) {
  const result = await post(url, fields).catch(() => null);
  if (!result?.ok) toast(result?.message || text("not-done"), { tone: "error" });
  await read();
  return Boolean(result?.ok);
}

async function send(form) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const { undo, said } = form.dataset;
  const done = await act(form.action, new FormData(form));
  form.ariaBusy = null;
  if (form.closest("dialog")) dialog.close();
  if (!done) return;
  const action = undo && { label: text("undo"), run: () => act(undo) };
  toast(said, action ? { action } : {});
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-said]");
  if (!form || !(list()?.contains(form) || dialog.contains(form))) return;
  event.preventDefault();
  send(form);
});

// --- The question ---

let asked = null; // where the focus goes when nothing was deleted
let askedAt = -1;

async function ask(link) {
  const headers = { "HX-Request": "true" };
  const response = await fetch(link.href, { headers }).catch(() => null);
  if (!response?.ok || response.redirected) {
    toast(text("not-done"), { tone: "error" });
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
  if (asked?.isConnected) asked.focus();
  else if (askedAt >= 0) keepFocus(askedAt);
  else document.getElementById("trash-title")?.focus();
});
