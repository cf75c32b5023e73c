// What the lightbox shows, as the server says it; and what lies beside it, before it is asked for.
import { scroller } from "./gallery-parts.js";

const PATIENCE = 15_000; // ms

export const dialog = document.getElementById("lightbox");

/** The gallery's own filters, which say what lies beside what. */
function filters() {
  return new URL(scroller.dataset.part, location.href).searchParams;
}

function addressOf({ post = "", ...question }) {
  const path = dialog.dataset.lightbox + (post && `${encodeURIComponent(post)}/`);
  const values = filters();
  for (const [name, value] of Object.entries(question)) if (value) values.set(name, value);
  return `${path}?${values}`;
}

/**
 * @param {{post?: string, img?: string, image?: string, from?: string, to?: string}} question of a
 *   post, or without one of what is beside `from`
 * @returns {Promise<{data: DOMStringMap, image: HTMLElement, panel: string} | null>} null where there
 *   is none. Its image begins to load at once. Rejects when no answer came.
 */
export async function read(question, signal) {
  const patience = AbortSignal.timeout(PATIENCE);
  const response = await fetch(addressOf(question), {
    signal: signal ? AbortSignal.any([signal, patience]) : patience,
  });
  if (response.redirected) location.reload(); // signed out: the page itself leads to sign-in
  if (response.status === 204 || response.status === 404) return null;
  if (!response.ok || response.redirected) throw new Error(`lightbox: ${response.status}`);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  const { content } = template;
  const { dataset: data } = content.querySelector("[data-view]");
  const panel = content.querySelector("[data-panel]").innerHTML;
  return { data, image: document.importNode(content.querySelector(".lightbox-image"), true), panel };
}

// --- Neighbours ---

let ahead = {}; // by side, what is beside `ahead.key`

export function readAhead(key, sides) {
  ahead = { key };
  for (const side of sides) {
    const found = read({ from: key, to: side });
    found.catch(() => ahead[side] === found && delete ahead[side]);
    ahead[side] = found;
  }
}

/** What is beside a position, also when it was read ahead. */
export function readBeside(key, side, signal) {
  const found = ahead.key === key && ahead[side];
  return found || read({ from: key, to: side }, signal);
}
