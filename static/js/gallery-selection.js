// Which images are selected, whether the page holds them or not: some by their ids, or all that
// match as of a moment, except some. Says "atelier:selected" when that changes.
import { cards, idOf } from "./gallery-cards.js";
import { scroller } from "./gallery-parts.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const PATIENCE = 20_000; // ms
const base = document.getElementById("batchbar").dataset.url;
const address = new URL(scroller.dataset.part, location.href).searchParams;

let picked = new Set(); // ids; with `all` those that were taken out again
let all = null; // {number, more, until}: how many match at most, and as of when
let arrived = new Set(); // ids of what came after `all` was asked for
let anchor = ""; // the key from which a range goes on

function changed() {
  document.dispatchEvent(new Event("atelier:selected"));
}

export function isSelected(id) {
  if (arrived.has(id)) return false;
  return all ? !picked.has(id) : picked.has(id);
}

/** @returns {{number: number, more: boolean}} */
export function count() {
  if (!all) return { number: picked.size, more: false };
  return { number: Math.max(0, all.number - picked.size), more: all.more };
}

/** The ids of a small selection; null where they are not known here. */
export function ids() {
  return all ? null : [...picked];
}

function set(id, on) {
  if (arrived.has(id)) return; // it is none of all that matched
  if (on !== Boolean(all)) picked.add(id);
  else picked.delete(id);
}

export function toggle(card, on = !isSelected(idOf(card))) {
  set(idOf(card), on);
  anchor = card.dataset.key;
  changed();
}

export function clear() {
  [picked, all, arrived, anchor] = [new Set(), null, new Set(), ""];
  changed();
}

/** Ask the server; null, and a toast, where there is no answer. */
async function ask(tail, query) {
  const url = new URL(tail, new URL(base, location.href));
  for (const [name, value] of [...address, ...Object.entries(query)]) url.searchParams.set(name, value);
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(url, { signal }).catch(() => null);
  const data = response && !response.redirected ? await response.json().catch(() => null) : null;
  if (response?.ok && data) return data;
  toast(data?.message || text("not-done"), { tone: "error" });
  return null;
}

/** All that this gallery shows now, in parts that were never read, too. */
export async function selectAll() {
  const found = await ask("matching/", {});
  if (!found) return;
  [picked, all, arrived] = [new Set(), found, new Set()];
  changed();
}

/** What came while all are selected is not among them. */
export function arrive(id) {
  if (all) arrived.add(id);
}

// --- Ranges ---

/** "1763…-0123…": a moment and an id, perhaps a rank. */
function idOfKey(key) {
  return key.split("-")[1].replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The ids from one card to another, where the page holds all that is between them. */
function shownBetween(one, other) {
  const nodes = [...scroller.querySelectorAll(".tile, .part[data-height]")];
  const ends = [one, other].map((key) => nodes.findIndex((node) => node.dataset.key === key));
  if (ends.includes(-1)) return null;
  const range = nodes.slice(Math.min(...ends), Math.max(...ends) + 1);
  return range.every((node) => node.matches(".tile")) ? range.map(idOf) : null;
}

/** Select all from the card that was touched last to this one. */
export async function extend(card) {
  const from = anchor || cards()[0].dataset.key;
  const { key } = card.dataset;
  let range = shownBetween(from, key);
  if (!range) {
    const found = await ask("between/", { one: from, other: key });
    if (!found) return changed();
    range = found.keys.map(idOfKey);
  }
  for (const id of range) set(id, true);
  changed();
}

/** What is sent of it. */
export function fields() {
  if (!all) return { ids: [...picked].join() };
  return { ids: [...picked, ...arrived].join(), filters: address.toString(), until: all.until };
}
