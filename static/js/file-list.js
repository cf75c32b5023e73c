// The files that wait to be sent, by conversation: uploaded, followed until the server has looked into
// them, and kept over reloads. No DOM here; who shows them listens to `changes`.
import { post } from "./post.js";
import { draftPlace } from "./shown.js";
import { text } from "./text.js";
import { upload } from "./upload.js";
import { uuid } from "./uuid.js";

const prefix = `files:${document.body.dataset.user ?? ""}:`; // two people may share a browser
const CHECK_EVERY = 400; // ms, growing to the next
const CHECK_SELDOM = 3_000;
const AT_ONCE = 3; // uploads

/** Fires "change" after any change of any list; "added", "removed", "failed" carry the item. */
export const changes = new EventTarget();

/**
 * @typedef {{id: string, name: string, size: number, image: boolean, width: number, height: number,
 *   state: "uploading" | "checking" | "ready" | "failed", share: number, message: string,
 *   passing: boolean, sending?: boolean, file?: File, preview?: string,
 *   stop?: AbortController}} Item
 */

/** Where they wait (`draftPlace`) -> items. @type {Map<string, Item[]>} */
const lists = new Map();

function listOf(slot) {
  if (!lists.has(slot)) lists.set(slot, read(slot));
  return lists.get(slot);
}

// --- Kept over reloads: what has arrived ---

const KEPT = [
  ...["id", "name", "size", "image", "width", "height"],
  ...["state", "message", "passing", "onServer"],
];

function read(slot) {
  try {
    const kept = JSON.parse(localStorage.getItem(prefix + slot)) ?? [];
    for (const item of kept) if (item.state === "checking") follow(slot, item); // looks later
    return kept;
  } catch {
    return [];
  }
}

function isOnServer({ state, onServer }) {
  return onServer && state !== "uploading";
}

function keep(slot) {
  const arrived = listOf(slot).filter(isOnServer);
  try {
    if (arrived.length) localStorage.setItem(prefix + slot, JSON.stringify(arrived, KEPT));
    else localStorage.removeItem(prefix + slot);
  } catch {
    // Storage is full or forbidden: the files are still on the page.
  }
}

function changed(slot, item, kind = "change") {
  keep(slot);
  changes.dispatchEvent(new CustomEvent(kind, { detail: item }));
  if (kind !== "change") changes.dispatchEvent(new Event("change"));
}

// --- What the composer asks ---

/** The files of what is open that are not on their way with a message. */
export function files(slot = draftPlace()) {
  return listOf(slot).filter((item) => !item.sending);
}

export function isPending(item) {
  return item.state === "uploading" || item.state === "checking";
}

/** Take the files for a message that is being sent. They stay kept until `sent`. */
export function take(slot) {
  const taken = files(slot);
  for (const item of taken) item.sending = true;
  changed(slot);
  return taken;
}

export function giveBack(slot, taken) {
  for (const item of taken) item.sending = false;
  changed(slot);
}

export function sent(slot, taken) {
  lists.set(slot, listOf(slot).filter((item) => !taken.includes(item)));
  changed(slot);
}

// --- Adding and removing ---

/** @param {File[]} chosen
 *  @param {{url: string, maxBytes: number, maxFiles: number, imagesOnly: boolean}} limits */
export function add(chosen, limits, slot = draftPlace()) {
  let room = limits.maxFiles - files(slot).length;
  for (const file of chosen) {
    if (room-- <= 0) return text("too-many-files", { limit: limits.maxFiles });
    const item = {
      id: uuid(),
      name: file.name || text("pasted-name"),
      size: file.size,
      image: file.type.startsWith("image/"),
      width: 0,
      height: 0,
      share: 0,
      message: "",
      passing: false,
      state: "uploading",
      file,
    };
    listOf(slot).push(item);
    changed(slot, item, "added");
    const problem = problemOf(file, limits);
    if (problem) fail(slot, item, problem, false);
    else begin(slot, item, limits.url);
  }
  return "";
}

/** Files that the server has already, such as images from the gallery. A sentence when there is
 *  no room for all.
 *  @param {{id: string, name: string, size: number, width: number, height: number}[]} chosen */
export function addKept(chosen, { maxFiles }, slot = draftPlace()) {
  const known = new Set(files(slot).map(({ id }) => id));
  for (const one of chosen) {
    if (known.has(one.id)) continue;
    if (files(slot).length >= maxFiles) return text("too-many-files", { limit: maxFiles });
    const arrived = { image: true, state: "ready", message: "", passing: false, onServer: true };
    const item = { ...one, ...arrived };
    listOf(slot).push(item);
    changed(slot, item, "added");
  }
  return "";
}

const IMAGE = /^image\/(png|jpeg|webp|gif)$/;

function problemOf(file, { maxBytes, imagesOnly }) {
  if (!file.size) return text("file-empty");
  if (imagesOnly && file.type && !IMAGE.test(file.type)) return text("file-no-image");
  const limit = Math.floor(maxBytes / 2 ** 20);
  return file.size > maxBytes ? text("file-too-large", { limit }) : "";
}

export function remove(item, slot = draftPlace()) {
  item.stop?.abort();
  if (item.preview) URL.revokeObjectURL(item.preview);
  lists.set(slot, listOf(slot).filter((other) => other !== item));
  changed(slot, item, "removed");
}

/** Again from the start, or where the server has the file, only its look into it. */
export async function retry(item, url, slot = draftPlace()) {
  Object.assign(item, { state: "uploading", share: 0, message: "" });
  changed(slot);
  if (item.file && !item.onServer) return begin(slot, item, url);
  const result = await post(`${addressOf(url, item.id)}again/`).catch(() => null);
  if (result?.ok) arrive(slot, item, result.data);
  else fail(slot, item, result?.message || text("file-not-sent"), true);
}

// --- On its way ---

let underWay = 0;
const queue = [];

function begin(slot, item, url) {
  queue.push({ slot, item, url });
  next();
}

async function next() {
  if (underWay >= AT_ONCE || !queue.length) return;
  underWay += 1;
  const { slot, item, url } = queue.shift();
  if (listOf(slot).includes(item)) await bring(slot, item, url);
  underWay -= 1;
  next();
}

async function bring(slot, item, url) {
  item.stop = new AbortController();
  const onProgress = (share) => {
    item.share = share;
    changes.dispatchEvent(new CustomEvent("progress", { detail: item }));
  };
  const options = { onProgress, signal: item.stop.signal };
  const result = await upload(addressOf(url, item.id), item.file, options).catch(() => null);
  if (!listOf(slot).includes(item)) return;
  if (result?.ok) return arrive(slot, item, result.data);
  const unsaid = result && result.status < 500 ? text("not-done") : text("file-not-sent");
  fail(slot, item, result?.data?.message || unsaid, !result || result.status >= 500);
}

export function addressOf(url, id) {
  return url.replace(/[0-]{36}/, id);
}

function arrive(slot, item, data) {
  for (const key of KEPT) if (key in data) item[key] = data[key];
  item.onServer = true;
  if (item.state === "checking") follow(slot, item);
  if (item.state === "failed") changed(slot, item, "failed");
  else changed(slot, item);
}

function fail(slot, item, message, passing) {
  Object.assign(item, { state: "failed", message, passing });
  changed(slot, item, "failed");
}

async function follow(slot, item) {
  let pause = CHECK_EVERY;
  while (item.state === "checking") {
    await new Promise((wake) => setTimeout(wake, pause));
    pause = Math.min(pause * 1.3, CHECK_SELDOM);
    if (!listOf(slot).includes(item)) return;
    const found = await look(item);
    if (found && found.state !== "checking") return arrive(slot, item, found);
  }
}

/** The server's word on a file; null while it gives none. */
async function look(item) {
  try {
    const url = document.querySelector("[data-attachments]")?.dataset.url;
    if (!url) return null;
    const response = await fetch(addressOf(url, item.id));
    if (response.status === 404) return { state: "failed", message: text("file-gone") };
    return response.ok && !response.redirected ? await response.json() : null;
  } catch {
    return null;
  }
}

// What has not arrived is lost with the page.
window.addEventListener("beforeunload", (event) => {
  const all = [...lists.values()].flat();
  if (all.some(({ state }) => state === "uploading")) event.preventDefault();
});
