// The files of what is being written, a message, a brief or a change: chosen, pasted or dropped, shown
// as chips, and taken along when it is sent.
import { announce } from "./announce.js";
import * as list from "./file-list.js";
import { draftPlace } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

/** A dialog's, while it is open. */
function region() {
  const one = "[data-attachments]";
  return document.querySelector(`dialog[open] ${one}`) ?? document.querySelector(one);
}

/** The form that files can be added to; null where there is none. */
export function taker() {
  return region()?.closest("form") ?? null;
}

/** Where its files wait. */
function place() {
  return taker()?.dataset.place ?? draftPlace();
}

function box() {
  return taker().querySelector("textarea");
}

function limits() {
  const { url, maxBytes, maxFiles, imagesOnly } = region().dataset;
  return {
    url,
    maxBytes: Number(maxBytes),
    maxFiles: Number(maxFiles),
    imagesOnly: imagesOnly !== undefined,
  };
}

export function addFiles(chosen) {
  if (!region() || !chosen.length) return;
  const problem = list.add([...chosen], limits(), place());
  if (problem) toast(problem, { tone: "error" });
  box().focus({ preventScroll: true });
}

/** Add files that the server has; a sentence when there is no room. */
export function addKept(chosen) {
  const problem = list.addKept(chosen, limits(), place());
  if (problem) toast(problem, { tone: "error" });
}

// --- Chips ---

const chips = new WeakMap(); // item -> its node
const items = new WeakMap(); // node -> its item

function chipOf(item) {
  if (chips.has(item)) return chips.get(item);
  const chip = document.getElementById("file-chip").content.firstElementChild.cloneNode(true);
  chip.querySelector("b").textContent = item.name;
  chip.querySelector("[data-file-remove]").ariaLabel = text("remove-file", { name: item.name });
  chip.querySelector("[data-file-retry]").ariaLabel = text("retry-file", { name: item.name });
  chip.querySelector("progress").ariaLabel = item.name;
  chips.set(item, chip);
  items.set(chip, item);
  return chip;
}

/** As the server says it in a message. */
export function sizeOf(bytes) {
  const [unit, value] = bytes < 2 ** 20 ? ["KB", bytes / 2 ** 10] : ["MB", bytes / 2 ** 20];
  const options = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const shown = value.toLocaleString(document.documentElement.lang, options);
  return `${shown}\u00a0${unit}`;
}

function stateOf({ state, share, size, message }) {
  if (state === "uploading") return text("file-uploading", { percent: Math.floor(share * 100) });
  if (state === "checking") return text("file-checking");
  return state === "failed" ? message : sizeOf(size);
}

const SHOWN = /^image\/(png|jpeg|webp|gif)$/;

/** An image that the browser can show: what the server made of it, else the file itself. */
function thumbOf(item) {
  const { id, state, image, file } = item;
  if (state === "ready" && image) return `${list.addressOf(limits().url, id)}320.webp`;
  const shows = state !== "failed" && SHOWN.test(file?.type);
  if (shows) item.preview ??= URL.createObjectURL(item.file);
  return shows ? item.preview : "";
}

function showThumb(frame, source) {
  const image = frame.querySelector("img");
  if (!source) return image?.remove();
  if (image?.src === new URL(source, document.baseURI).href) return;
  const next = Object.assign(new Image(), { alt: "", src: source });
  next.addEventListener("error", () => next.remove());
  image ? image.replaceWith(next) : frame.append(next);
}

function drawChip(item) {
  const chip = chipOf(item);
  chip.dataset.state = item.state;
  chip.querySelector("small").textContent = stateOf(item);
  const bar = chip.querySelector("progress");
  bar.hidden = !list.isPending(item);
  if (item.state === "checking") bar.removeAttribute("value");
  else bar.value = item.share ?? 0; // unknown of what was here before a reload
  chip.querySelector("[data-file-retry]").hidden = item.state !== "failed" || !item.passing;
  showThumb(chip.querySelector(".file-thumb"), thumbOf(item));
  return chip;
}

export function draw() {
  const root = region();
  if (!root) return;
  const wanted = list.files(place()).map(drawChip);
  for (const node of [...root.children]) if (!wanted.includes(node)) node.remove();
  for (const [at, node] of wanted.entries()) {
    if (root.children[at] !== node) root.insertBefore(node, root.children[at] ?? null);
  }
  root.hidden = !wanted.length;
  drawNote();
}

const BLIND = '[data-pick][data-sees="no"], :checked[data-sees="no"]';

/** Whether the chosen models see the images; the server refuses them else. */
function drawNote() {
  const note = taker()?.querySelector("[data-files-note]");
  if (!note) return;
  const hasImage = list.files(place()).some(({ image, state }) => image && state !== "failed");
  const blind = hasImage && taker().querySelector(BLIND);
  const model = blind && (blind.closest("label") ?? blind).querySelector("b").textContent;
  const words = blind ? text(blind.matches(":checked") ? "no-references" : "no-sight", { model }) : "";
  if (note.textContent !== words) note.textContent = words;
  note.hidden = !words;
}

list.changes.addEventListener("change", draw);
list.changes.addEventListener("progress", ({ detail }) => drawChip(detail));
for (const kind of ["added", "removed"]) {
  list.changes.addEventListener(kind, ({ detail: { name } }) => announce(text(`file-${kind}`, { name })));
}
list.changes.addEventListener("failed", ({ detail }) => announce(`${detail.name}: ${detail.message}`));
for (const type of ["htmx:after:settle", "atelier:adopted"]) document.addEventListener(type, draw);
document.addEventListener("atelier:picked", drawNote);
document.addEventListener("change", (event) => event.target.form === taker() && drawNote());

// --- Sending ---

let waiting = null; // the form that is to be sent when its files are there

/** Why a message cannot go yet: "failed", "pending", or "" when it can. */
export function holdsBack() {
  const all = list.files(place());
  if (all.some(({ state }) => state === "failed")) return "failed";
  return all.some(list.isPending) ? "pending" : "";
}

/** Send `form` as soon as its files are there. What fails, or is removed, calls it off. */
export function sendWhenReady(form) {
  waiting = { form, slot: place() };
  form.setAttribute("data-waits", "");
  announce(text("sends-when-ready"));
}

function callOff() {
  waiting?.form.removeAttribute("data-waits");
  waiting = null;
}

function sendIfReady() {
  if (!waiting || waiting.slot !== place() || !waiting.form.isConnected || holdsBack()) return;
  const { form } = waiting;
  callOff();
  form.requestSubmit();
}

list.changes.addEventListener("change", sendIfReady);
list.changes.addEventListener("removed", callOff);
list.changes.addEventListener("failed", ({ detail }) => {
  if (waiting) toast(`${detail.name}: ${detail.message}`, { tone: "error" });
  callOff();
});
document.addEventListener("htmx:before:swap", (event) => event.target.id === "main" && callOff());

/** Nodes that show sent files until the saved message comes. */
export function shown(taken) {
  const root = Object.assign(document.createElement("ul"), { className: "msg-files" });
  for (const item of taken) {
    const node = document.getElementById("sent-file").content.firstElementChild.cloneNode(true);
    node.querySelector("b").textContent = item.name;
    node.querySelector("small").textContent = sizeOf(item.size);
    const source = thumbOf(item);
    if (source && item.width) node.replaceChildren(pictureOf(item, source));
    root.append(node);
  }
  return root;
}

function pictureOf({ width, height, name }, source) {
  const scale = Math.min(1, 320 / Math.max(width, height));
  const image = new Image(Math.round(width * scale), Math.round(height * scale));
  return Object.assign(image, { alt: name, src: source });
}

// --- Button, keyboard ---

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-attach], [data-file-remove], [data-file-retry]");
  if (!button) return;
  if (button.matches("[data-attach]")) return taker().querySelector("[data-attach-input]").click();
  const chip = button.closest(".file");
  if (button.matches("[data-file-retry]")) list.retry(items.get(chip), limits().url, place());
  else removeChip(chip);
});

function removeChip(chip) {
  const next = chip.nextElementSibling ?? chip.previousElementSibling;
  list.remove(items.get(chip), place());
  (next?.querySelector("[data-file-remove]") ?? box()).focus();
}

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-attach-input]")) return;
  addFiles(event.target.files);
  event.target.value = ""; // the same file may be chosen again
});

document.addEventListener("keydown", (event) => {
  const chip = event.target.closest?.("[data-attachments] .file");
  if (chip && ["Delete", "Backspace"].includes(event.key)) {
    event.preventDefault();
    removeChip(chip);
  } else if (event.key === "Escape" && waiting && event.target.form === waiting.form) callOff();
});

draw();
