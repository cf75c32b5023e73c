// The gallery below the lightbox goes along, so that on closing the card is there, in view.
import { scroller } from "./gallery-parts.js";

const PATIENCE = 2_000; // ms, for a card whose part is still to come

let last = null; // the tile that one was at

function tileAt(key) {
  return key && scroller.querySelector(`.tile[data-key="${CSS.escape(key)}"]`);
}

/** Bring the card at a position into view. Where its part is not there yet, what is beside the last
 * card comes into view, which reads it. */
export function follow(key, side) {
  const tile = tileAt(key);
  if (tile) {
    last = tile;
    tile.scrollIntoView({ block: "nearest", behavior: "instant" });
  } else if (last?.isConnected && side) {
    const part = last.closest(".part");
    const beyond = side === "next" ? part.nextElementSibling : part.previousElementSibling;
    (beyond ?? part).scrollIntoView({ block: side === "next" ? "end" : "start", behavior: "instant" });
  }
}

function focus(tile) {
  tile.scrollIntoView({ block: "nearest", behavior: "instant" });
  tile.querySelector("a").focus({ preventScroll: true });
}

/** The focus goes to the card; to the one before it, or the first in view, where it does not come. */
export function giveFocus(key) {
  const tile = tileAt(key);
  if (tile) return focus(tile);
  const instead = last?.isConnected ? last : firstInView();
  if (instead) focus(instead);
  if (!last || !key) return;
  const observer = new MutationObserver(() => {
    const late = tileAt(key);
    if (late && scroller.contains(document.activeElement)) focus(late);
    if (late) observer.disconnect();
  });
  observer.observe(scroller, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), PATIENCE);
}

function firstInView() {
  const { top } = scroller.getBoundingClientRect();
  return [...scroller.querySelectorAll(".tile")].find((tile) => tile.getBoundingClientRect().bottom > top);
}
