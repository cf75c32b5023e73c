// The lightbox by keyboard. shortcuts.js lists these keys for the sheet.
import { isTyping } from "./keys.js";
import { dialog } from "./lightbox-read.js";
import { isZoomed, pan, reset, zoomIn, zoomOut } from "./lightbox-zoom.js";

const PAN = 90; // px
const SIDES = { ArrowLeft: "previous", ArrowRight: "next" };
const WAYS = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };
const SIZES = { "+": zoomIn, "=": zoomIn, "-": zoomOut, 0: reset };

/** @param {{move: (side: string) => void, output: (number: number) => void, isMoving: () => boolean}} to */
export function onKeys({ move, output, isMoving }) {
  dialog.addEventListener("keydown", (event) => {
    const { key, repeat } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (key in WAYS && isZoomed()) {
      event.preventDefault();
      // Held down it stays at the image's border; pressed again it goes on.
      if (!pan(...WAYS[key]) && key in SIDES && !repeat) move(SIDES[key]);
    } else if (key in SIDES) {
      event.preventDefault();
      if (!repeat || !isMoving()) move(SIDES[key]);
    } else if (key in SIZES) {
      event.preventDefault();
      SIZES[key]();
    } else if (/^[1-9]$/.test(key) && !repeat) output(Number(key));
  });
}
