// The images of the gallery as the page holds them: what a card says of itself, and taking cards out.
import { hold, removePart } from "./gallery-parts.js";

const list = document.getElementById("gallery-parts");

export function cards() {
  return [...list.querySelectorAll(".tile")];
}

/** The card that a node belongs to; null for none. */
export function cardOf(node) {
  const card = node?.closest?.(".tile");
  return card && list.contains(card) ? card : null;
}

export function idOf(card) {
  return card.id.slice("tile-".length);
}

export function linkOf(card) {
  return card.querySelector(".tile-frame");
}

/** What screen readers call it. */
export function nameOf(card) {
  return card.querySelector(".tile-caption").textContent;
}

/** The address of something that is done to the image. */
export function urlOf(card, verb) {
  return `${linkOf(card).pathname}images/${idOf(card)}/${verb}/`;
}

/** `data-label` with the image's name, as the name of what does something to it. */
export function label(node, card) {
  node.ariaLabel = node.dataset.label.replace("{name}", nameOf(card));
}

/** The focus goes to the card that takes the place of one that goes. */
function passFocus(card, leaving) {
  if (!card.contains(document.activeElement)) return;
  const all = cards();
  const at = all.indexOf(card);
  const stays = (one) => !leaving.has(idOf(one));
  const next = all.slice(at).find(stays) ?? all.slice(0, at).findLast(stays);
  const target = next?.querySelector("[data-check]") ?? (next && linkOf(next));
  (target ?? document.getElementById("main")).focus({ preventScroll: true });
}

function takeOut(card) {
  const rows = card.parentElement;
  const part = card.closest(".part");
  card.remove();
  if (rows.querySelector(".tile")) return;
  if (rows.previousElementSibling?.matches(".daymark")) rows.previousElementSibling.remove();
  rows.remove();
  if (!part.querySelector(".tile")) removePart(part);
}

/** Take images out of the page that are in the gallery no more. */
export function drop(ids) {
  const leaving = new Set(ids);
  const gone = cards().filter((card) => leaving.has(idOf(card)));
  for (const card of gone) passFocus(card, leaving);
  hold(() => gone.forEach(takeOut));
}
