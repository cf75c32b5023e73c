// The parts of the lightbox: the image, what is known of it, and what went wrong.
import { dialog } from "./lightbox-read.js";
import { text } from "./text.js";

const SOON = 200; // ms; a wait that is shorter is none
const LONGEST = 4_000; // ms that a small image stands for a large one

const stage = dialog.querySelector(".lightbox-stage");
const images = dialog.querySelector("[data-images]");
const panel = dialog.querySelector("section[data-panel]");
const notice = dialog.querySelector(".lightbox-notice");
const chip = dialog.querySelector("[data-place]");

let waiting = 0;

export function waits(begins) {
  clearTimeout(waiting);
  if (begins) waiting = setTimeout(() => (stage.ariaBusy = "true"), SOON);
  else stage.ariaBusy = null;
}

// --- The image ---

/** The image that is shown, or about to be. */
export function shownImage() {
  return images.lastElementChild;
}

function size(node) {
  const { width, height } = node.dataset;
  node.style.setProperty("--ar", width / height);
  node.style.setProperty("--width", `${width}px`);
}

/** What is there of an image already, in the place of it until it comes: a card's, or a thumbnail's. */
export function showPreview(picture, image) {
  const small = picture?.querySelector("picture > img");
  if (!small?.naturalWidth) return;
  const node = document.createElement("div");
  node.className = "lightbox-image";
  const [width, height] = ["width", "height"].map((name) => small.getAttribute(name));
  Object.assign(node.dataset, { image, width, height, preview: "" });
  const frame = document.createElement("span");
  frame.className = "picture";
  frame.append(Object.assign(new Image(), { src: small.currentSrc, alt: "" }));
  node.append(frame);
  size(node);
  images.replaceChildren(node);
}

/** A large image takes the place of a small one of it when it is there, of another one at once. */
export function showImage(node) {
  const before = shownImage();
  const { image } = node.dataset;
  if (before?.dataset.image === image && !("preview" in before.dataset) && !isBroken(before)) return;
  size(node);
  const large = node.querySelector("picture > img");
  if (!large) return images.replaceChildren(node);
  large.addEventListener("error", () => shownImage() === node && fail(() => again(node)));
  images.append(node);
  if (large.complete || before?.dataset.image !== image) return keepOnly(node);
  node.dataset.coming = "";
  large.addEventListener("load", () => keepOnly(node), { once: true });
  setTimeout(keepOnly, LONGEST, node);
}

function isBroken(node) {
  const large = node.querySelector("picture > img");
  return Boolean(large?.complete && !large.naturalWidth);
}

/** What was shown before a preview. */
export function putBack(node) {
  images.replaceChildren(node);
}

function keepOnly(node) {
  if (!node.isConnected) return;
  delete node.dataset.coming;
  for (const other of [...images.children]) if (other !== node) other.remove();
}

/** Ask for the same bytes once more. */
function again(node) {
  const picture = node.querySelector("picture");
  const fresh = picture.cloneNode(true);
  fresh.querySelector("img").addEventListener("error", () => fail(() => again(node)));
  picture.replaceWith(fresh);
}

// --- Words ---

/** Morphed, so that the focus and a selection stay where they are. */
export async function showPanel(html, isOther) {
  await htmx.swap({ sourceElement: panel, target: panel, text: html, swap: "innerMorph" });
  if (isOther) panel.scrollTop = dialog.scrollTop = 0;
}

/** What had the focus may be gone. */
export function keepFocus() {
  if (!dialog.open || (dialog.contains(document.activeElement) && document.activeElement !== dialog)) return;
  (panel.querySelector("[data-output][aria-current]") ?? panel).focus({ preventScroll: true });
}

export function showFrame({ title, number, count, ...data }) {
  for (const arrow of dialog.querySelectorAll("[data-move]")) {
    arrow.ariaDisabled = String(!(arrow.dataset.move in data));
  }
  const place = count > 1 ? text("image-place", { number, count }) : "";
  chip.textContent = place;
  chip.hidden = !place;
  const said = [title, place].filter(Boolean).join(", ");
  for (const node of dialog.querySelectorAll("#lightbox-title, [data-says]")) {
    if (said && node.textContent !== said) node.textContent = said;
  }
}

export function clear() {
  images.replaceChildren();
  panel.replaceChildren();
  chip.hidden = true;
  heal();
}

// --- What went wrong ---

let retry = null;

/** Say that it did not come; `anew` is done on the button, or when the connection is back. */
export function fail(anew) {
  retry = anew;
  notice.querySelector("p").textContent = text("image-not-shown");
  notice.hidden = false;
}

export function heal() {
  retry = null;
  const held = notice.contains(document.activeElement);
  notice.hidden = true;
  if (held) dialog.querySelector("[data-close]").focus();
}

export function tryAgain() {
  const anew = retry;
  if (!anew) return;
  heal();
  anew();
}
