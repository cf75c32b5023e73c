// What can be done to one image: a single set of tools, which goes to the card under the pointer or
// the focus. So no card carries any.
import { act } from "./post-actions.js";
import { cardOf, cards, drop, idOf, label, linkOf, urlOf } from "./gallery-cards.js";
import { renewAll } from "./gallery-live.js";
import { dressers, scroller } from "./gallery-parts.js";
import { isSelecting, start } from "./gallery-selecting.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const piece = document.getElementById("tile-tools-piece");

function tools() {
  return document.getElementById("tile-tools");
}

/** Whoever goes through them by keyboard keeps them, wherever the pointer lies. */
function isInUse(shown) {
  return Boolean(shown?.querySelector(":focus-visible"));
}

function show(card) {
  const shown = tools();
  if (!card || isSelecting() || shown?.parentElement === card || isInUse(shown)) return;
  const set = shown ?? piece.content.firstElementChild.cloneNode(true);
  for (const tool of set.querySelectorAll("[data-tool]")) label(tool, card);
  set.querySelector('[data-tool="download"]').href = urlOf(card, "download");
  set.querySelector('[data-tool="refine"]').href = `${linkOf(card).pathname}#refine-box`;
  card.append(set);
}

/** Deleted images leave the page at once, a post with its last one; Undo reads it anew. */
async function remove(card) {
  const undo = urlOf(card, "restore");
  if (!(await act(urlOf(card, "delete"), { with_post: "1" }))) return;
  drop([idOf(card)]);
  if (!cards().length) renewAll();
  const run = async () => (await act(undo)) && renewAll();
  toast(text("image-deleted"), { action: { label: text("undo"), run } });
}

scroller.addEventListener("pointerover", ({ pointerType, target }) => {
  if (pointerType !== "touch") show(cardOf(target));
});
scroller.addEventListener("focusin", ({ target }) => show(cardOf(target)));
document.addEventListener("atelier:selecting", () => tools()?.remove());

scroller.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-tool]")?.dataset.tool;
  if (tool === "delete") remove(cardOf(event.target));
  if (tool !== "select") return;
  event.preventDefault();
  start(cardOf(event.target));
});

// A card that is read anew keeps them, and the focus in them.
dressers.push((part) => {
  const shown = tools();
  const card = shown && part.querySelector(`#${CSS.escape(shown.parentElement.id)}`);
  card?.append(shown.cloneNode(true));
});
