// Doing something to all that is selected. The server does it; what takes longer goes on without
// this page, and any page of the gallery tells how far it is.
import { announce } from "./announce.js";
import { drop } from "./gallery-cards.js";
import { renewAll } from "./gallery-live.js";
import * as selection from "./gallery-selection.js";
import { post } from "./post.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

const AGAIN = 700; // ms, while something is under way
const LATER = 1_000; // ms, after something changed in another page
const region = document.getElementById("batches");
const { url } = document.getElementById("batchbar").dataset;

/** POST; once more where no answer came, for the same id is the same batch. Null, and a toast,
 * where it was not done. */
async function send(to, fields = {}) {
  const result = await post(to, fields).catch(() => post(to, fields).catch(() => null));
  if (result?.ok) return result;
  toast(result?.message || text("not-done"), { tone: "error" });
  return null;
}

let busy = false;

/** Delete, download or put into a project what is selected; true when that was done or begun. */
export async function begin(kind, more = {}) {
  if (busy) return false;
  busy = true;
  const ids = selection.ids();
  const result = await send(url, { id: uuid(), kind, ...selection.fields(), ...more });
  busy = false;
  if (!result) return false;
  if (kind === "download") save(result.data.url);
  else {
    if (kind === "delete" && ids && !result.data.under_way) drop(ids);
    tell(result.data);
  }
  return true;
}

function save(href) {
  const link = Object.assign(document.createElement("a"), { href, download: "" });
  link.click();
  toast(text("download-begins"), { tone: "info" });
}

/** How it ended, with Undo; or how far it is. */
async function tell({ under_way: goesOn, sentence, undo }) {
  if (goesOn) return read();
  const run = async () => {
    const undone = await send(undo);
    if (undone) await tell(undone.data);
  };
  toast(sentence, undo ? { action: { label: text("undo"), run } } : {});
  await renewAll();
}

// --- What is under way ---

let timer = 0;

function underWay() {
  return [...region.querySelectorAll("[data-under-way]")].map(({ id }) => id);
}

async function read() {
  clearTimeout(timer);
  const before = underWay();
  const response = await fetch(url).catch(() => null);
  if (response?.ok && !response.redirected) show(await response.text());
  const now = underWay();
  if (now.length || !response) timer = setTimeout(read, AGAIN);
  const ended = before.filter((id) => !now.includes(id));
  for (const id of ended) announce(document.querySelector(`#${id} [data-sentence]`)?.textContent ?? "");
  if (ended.length) await renewAll();
}

function show(html) {
  const held = region.contains(document.activeElement);
  htmx.swap({ sourceElement: region, target: region, text: html, swap: "innerMorph" });
  if (held && !region.contains(document.activeElement)) {
    (region.querySelector("button") ?? document.getElementById("main")).focus();
  }
}

region.addEventListener("click", async ({ target }) => {
  const to = target.closest("[data-batch-post]")?.dataset.batchPost;
  if (!to) return;
  const result = await send(to);
  await read();
  if (result?.data?.sentence && !result.data.under_way) announce(result.data.sentence);
  if (result?.data) await renewAll();
});

document.addEventListener("atelier:listed", () => {
  if (!underWay().length) {
    clearTimeout(timer);
    timer = setTimeout(read, LATER);
  }
});

read();
