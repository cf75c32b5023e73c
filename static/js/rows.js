// One thread's row in the sidebar, pushed when only it changed. A row is where its group and its
// order say: the newest first, or in the pinned group what was pinned last.
import { threadId } from "./shown.js";

function list() {
  return document.getElementById("threads");
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

function groupOf(row) {
  return row.closest("[data-group]");
}

function take(row) {
  const group = groupOf(row);
  row.remove();
  if (!group.querySelector("li")) group.remove();
}

/** Patch what is shown: the focus stays in the row. */
function patch(shown, html) {
  htmx.swap({ sourceElement: shown, target: shown, text: html, swap: "outerMorph" });
}

/** Put a row in its place; false when the list must be read anew to find it. */
export function placeRow({ id, html, group }) {
  const shown = document.getElementById(`thread-${id}`);
  if (!html) {
    if (shown) take(shown);
    return true;
  }
  const row = parse(html);
  if (id === threadId()) row.querySelector("a").setAttribute("aria-current", "page");
  if (shown?.matches(".is-renaming")) return true; // the list is read anew after that
  if (shown && Number(shown.dataset.revision) > Number(row.dataset.revision)) return true;
  const stays = shown?.dataset.order === row.dataset.order && groupOf(shown).dataset.group === group;
  if (stays) patch(shown, row.outerHTML);
  return stays || move(shown, row, group);
}

function move(shown, row, label) {
  const groups = [...list().querySelectorAll("[data-group]")];
  const group = groups.find(({ dataset }) => dataset.group === label);
  if (!group) return false;
  const hadFocus = shown?.contains(document.activeElement);
  const order = Number(row.dataset.order);
  const rows = [...group.querySelectorAll("li.thread")].filter((other) => other !== shown);
  const next = rows.find(({ dataset }) => Number(dataset.order) < order);
  const isBelow = !next && group === groups.at(-1) && list().querySelector("[data-more]");
  const from = shown && groupOf(shown);
  shown?.remove();
  if (!isBelow) {
    if (next) next.before(row);
    else group.querySelector("ul").append(row);
    htmx.process(row);
    if (hadFocus) row.querySelector("a").focus();
  }
  if (from && !from.querySelector("li")) from.remove();
  return true;
}
