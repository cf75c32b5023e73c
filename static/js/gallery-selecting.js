// Selecting images: the mode, the boxes of the cards, and the bar. [data-selecting] on the gallery
// says that a click selects; the lightbox leaves it alone then.
import { begin } from "./gallery-batches.js";
import { cardOf, cards, idOf, label, linkOf } from "./gallery-cards.js";
import { dressers, scroller } from "./gallery-parts.js";
import * as selection from "./gallery-selection.js";
import { isTyping } from "./keys.js";
import { text } from "./text.js";

const HELD = 450; // ms, a finger on a card
const piece = document.getElementById("tile-check-piece");
const bar = document.getElementById("batchbar");
const button = document.getElementById("select-images");
const number = new Intl.NumberFormat(document.documentElement.lang);

export function isSelecting() {
  return "selecting" in scroller.dataset;
}

// --- Boxes ---

/** Give a card its box. While one selects, that is what the keyboard goes to. */
function dress(card) {
  const box = card.querySelector("[data-check]") ?? piece.content.firstElementChild.cloneNode(true);
  box.id = `check-${idOf(card)}`;
  box.toggleAttribute("checked", selection.isSelected(idOf(card)));
  label(box, card);
  linkOf(card).tabIndex = -1;
  card.append(box);
}

function undress(card) {
  card.querySelector("[data-check]")?.remove();
  linkOf(card).removeAttribute("tabindex");
}

dressers.push((part) => {
  if (isSelecting()) part.querySelectorAll(".tile").forEach(dress);
});

// --- The mode ---

/** Begin to select, with this card. */
export function start(card = null) {
  if (!isSelecting()) {
    scroller.dataset.selecting = "";
    document.dispatchEvent(new Event("atelier:selecting"));
    cards().forEach(dress);
    show();
  }
  if (!card) return;
  selection.toggle(card, true);
  card.querySelector("[data-check]").focus({ preventScroll: true });
}

export function leave() {
  if (!isSelecting()) return;
  const card = cardOf(document.activeElement);
  const held = bar.contains(document.activeElement);
  delete scroller.dataset.selecting;
  selection.clear();
  cards().forEach(undress);
  show();
  if (card) linkOf(card).focus({ preventScroll: true });
  else if (held) button.focus();
}

/** The bar and the boxes say what is selected. */
function show() {
  const { number: size, more } = selection.count();
  const key = more ? "more-selected" : size ? "selected" : "none-selected";
  bar.hidden = !isSelecting();
  bar.querySelector("[data-count]").textContent = text(key, { count: number.format(size) });
  for (const act of bar.querySelectorAll("[data-act]")) {
    act.disabled = !size || (act.dataset.act === "refine" && selection.ids()?.length !== 1);
  }
  const [begins, ends] = button.children;
  [begins.hidden, ends.hidden] = [isSelecting(), !isSelecting()];
  for (const box of scroller.querySelectorAll("[data-check]")) {
    box.checked = selection.isSelected(idOf(cardOf(box)));
  }
}

document.addEventListener("atelier:selected", show);
document.addEventListener("atelier:arrived", ({ detail }) => {
  detail.forEach(selection.arrive);
  button.hidden = false;
  if (isSelecting()) show();
});

// --- By pointer and keyboard ---

let suppressed = false; // the click that ends a long touch

scroller.addEventListener("click", (event) => {
  const card = cardOf(event.target);
  if (suppressed) {
    suppressed = false;
    return event.preventDefault();
  }
  if (!card || !isSelecting()) return;
  const isBox = event.target.matches("[data-check]");
  if (!isBox) event.preventDefault();
  if (event.shiftKey) selection.extend(card);
  else selection.toggle(card);
  if (!isBox) card.querySelector("[data-check]").focus({ preventScroll: true });
});

// With Shift a click would select text, too.
scroller.addEventListener("mousedown", (event) => {
  if (isSelecting() && event.shiftKey) event.preventDefault();
});

button.addEventListener("click", () => {
  if (isSelecting()) return leave();
  start();
  (cards().find(isInView) ?? cards()[0])?.querySelector("[data-check]").focus({ preventScroll: true });
});

function isInView(card) {
  const view = scroller.getBoundingClientRect();
  const box = card.getBoundingClientRect();
  return box.top >= view.top && box.bottom <= view.bottom;
}

document.addEventListener("keydown", (event) => {
  if (!isSelecting() || event.defaultPrevented || document.querySelector("dialog[open], .menu:popover-open")) return;
  if (event.key === "Escape") {
    event.preventDefault();
    leave();
  } else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey) && !isTyping(event.target)) {
    event.preventDefault();
    selection.selectAll();
  }
});

// A finger that rests on a card begins to select with it, as in any gallery of a phone.
let resting = 0;

scroller.addEventListener("pointerdown", ({ pointerType, target }) => {
  const card = cardOf(target);
  suppressed = false;
  if (pointerType !== "touch" || !card || isSelecting()) return;
  resting = setTimeout(() => {
    suppressed = true;
    start(card);
  }, HELD);
});
for (const name of ["pointerup", "pointercancel", "scroll"]) {
  scroller.addEventListener(name, () => clearTimeout(resting), { passive: true });
}
scroller.addEventListener("contextmenu", (event) => {
  if (event.pointerType === "touch" && cardOf(event.target)) event.preventDefault();
});

// --- The bar ---

bar.addEventListener("click", ({ target }) => {
  const { all, clear, act } = target.closest("button")?.dataset ?? {};
  if (all !== undefined) selection.selectAll();
  if (clear !== undefined) selection.clear();
  if (act === "download") begin(act);
  if (act === "delete") leaveAfter(begin(act));
  if (act === "refine") refine(selection.ids()[0]);
});

async function leaveAfter(begun) {
  if (await begun) leave();
}

function refine(id) {
  const card = document.getElementById(`tile-${id}`);
  if (card) location.assign(`${linkOf(card).pathname}#refine-box`);
}

document.getElementById("batch-projects")?.addEventListener("click", (event) => {
  const item = event.target.closest("[data-project]");
  if (!item) return;
  event.currentTarget.hidePopover();
  leaveAfter(begin("project", { project: item.dataset.project }));
});
