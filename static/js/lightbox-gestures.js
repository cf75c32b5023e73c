// Mouse and fingers on the image: click or double tap to enlarge, two fingers or the wheel with Ctrl
// for any size, drag to move it, swipe for the next one.
import { dialog } from "./lightbox-read.js";
import { shownImage } from "./lightbox-view.js";
import { isZoomed, pan, reset, toggle, zoomBy } from "./lightbox-zoom.js";

const STILL = 6; // px; what moves less is a click
const SWIPE = 56; // px
const TWICE = 300; // ms between two taps

const images = dialog.querySelector("[data-images]");
const fingers = new Map(); // by pointer, where it is
let move = () => {};
let start = null; // of what one finger does
let tapped = 0;

/** @param {(side: "next" | "previous") => void} go */
export function onSwipe(go) {
  move = go;
}

function pointOf({ clientX, clientY }) {
  const box = images.getBoundingClientRect();
  return { x: clientX - box.x - box.width / 2, y: clientY - box.y - box.height / 2 };
}

function between([one, other]) {
  return {
    length: Math.hypot(one.x - other.x, one.y - other.y),
    middle: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 },
  };
}

function drag(x) {
  const node = shownImage();
  if (node) node.style.translate = x ? `${x}px` : "";
}

images.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  fingers.set(event.pointerId, pointOf(event));
  images.setPointerCapture(event.pointerId);
  const { x, y } = pointOf(event);
  const isTouch = event.pointerType !== "mouse";
  const isClick = Boolean(event.target.closest(".picture"));
  start = fingers.size === 1 ? { x, y, isTouch, isClick, isStill: true } : null;
  if (!start) drag(0);
});

images.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const point = pointOf(event);
  const was = fingers.size === 2 && between([...fingers.values()]);
  fingers.set(event.pointerId, point);
  if (was) return pinch(was, between([...fingers.values()]));
  if (!start) return;
  if (Math.hypot(point.x - start.x, point.y - start.y) > STILL) start.isStill = false;
  if (start.isStill) return;
  if (isZoomed()) pan(point.x - before.x, point.y - before.y);
  else if (start.isTouch) drag(point.x - start.x);
});

function pinch(was, now) {
  if (was.length) zoomBy(now.length / was.length, now.middle);
  pan(now.middle.x - was.middle.x, now.middle.y - was.middle.y);
}

images.addEventListener("pointerup", (event) => {
  if (!fingers.delete(event.pointerId)) return;
  const [one, point] = [start, pointOf(event)];
  start = null;
  drag(0);
  if (!one) return;
  if (one.isStill) one.isClick && tap(one, point);
  else if (one.isTouch && !isZoomed() && Math.abs(point.x - one.x) > SWIPE) {
    move(point.x < one.x ? "next" : "previous");
  }
});

images.addEventListener("pointercancel", (event) => {
  fingers.delete(event.pointerId);
  start = null;
  drag(0);
});

/** One click of a mouse, two taps of a finger. The second click of a double click is none. */
function tap({ isTouch }, point) {
  const now = performance.now();
  const isSecond = now - tapped < TWICE;
  tapped = isSecond ? 0 : now;
  if (isTouch === isSecond) toggle(point);
}

images.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey && !isZoomed()) return;
    event.preventDefault();
    if (event.ctrlKey) zoomBy(Math.exp(-event.deltaY / 200), pointOf(event));
    else pan(-event.deltaX, -event.deltaY);
  },
  { passive: false },
);

images.addEventListener("dragstart", (event) => event.preventDefault());
dialog.addEventListener("close", () => {
  fingers.clear();
  reset();
});
