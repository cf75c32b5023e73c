// An image enlarged, and which part of it is seen. Points and ways are in pixels from the middle of
// the stage.
import { dialog } from "./lightbox-read.js";
import { shownImage } from "./lightbox-view.js";

const STEP = 1.5;
const MOST = 8;
const CLOSE = 2.5; // at a click

const stage = dialog.querySelector(".lightbox-stage");
const button = dialog.querySelector("[data-zoom]");
const REST = { scale: 1, x: 0, y: 0 };

let now = REST;

function frame() {
  return shownImage()?.querySelector(".picture");
}

export function isZoomed() {
  return now.scale > 1;
}

function room(scale) {
  const node = frame();
  return {
    x: Math.max(0, (node.offsetWidth * scale - stage.clientWidth) / 2),
    y: Math.max(0, (node.offsetHeight * scale - stage.clientHeight) / 2),
  };
}

function within(value, limit) {
  return Math.min(limit, Math.max(-limit, value));
}

function show(scale, x, y) {
  const node = frame();
  if (!node) return;
  const limit = room(scale);
  now = scale > 1 ? { scale, x: within(x, limit.x), y: within(y, limit.y) } : REST;
  node.style.transform = isZoomed() ? `translate(${now.x}px, ${now.y}px) scale(${now.scale})` : "";
  tell();
  if (isZoomed()) sharpen(node);
}

function tell() {
  dialog.toggleAttribute("data-zoomed", isZoomed());
  button.ariaPressed = String(isZoomed());
}

export function reset() {
  now = REST;
  frame()?.style.removeProperty("transform");
  tell();
}

/** Enlarge by a factor, with what is at the point staying there. */
export function zoomBy(factor, point = { x: 0, y: 0 }) {
  const scale = Math.min(MOST, Math.max(1, now.scale * factor));
  const by = scale / now.scale;
  show(scale, point.x - (point.x - now.x) * by, point.y - (point.y - now.y) * by);
}

export const zoomIn = () => zoomBy(STEP);
export const zoomOut = () => zoomBy(1 / STEP);

export function toggle(point) {
  if (isZoomed()) reset();
  else zoomBy(CLOSE, point);
}

/** Move the image; false where it has no room that way. */
export function pan(x, y) {
  const { x: fromX, y: fromY } = now;
  show(now.scale, fromX + x, fromY + y);
  return now.x !== fromX || now.y !== fromY;
}

/** The original instead of a preview. It is there before it takes its place. */
async function sharpen(node) {
  const { original } = shownImage().dataset;
  const image = node.querySelector("picture > img");
  if (!original || !image || node.dataset.sharp !== undefined) return;
  node.dataset.sharp = "";
  const whole = Object.assign(new Image(), { src: original });
  try {
    await whole.decode();
  } catch {
    return void delete node.dataset.sharp; // the next step tries again
  }
  image.src = original;
  for (const source of node.querySelectorAll("source")) source.remove();
}

// The stage has another size: what is seen of the image stays within it.
new ResizeObserver(() => isZoomed() && show(now.scale, now.x, now.y)).observe(stage);
