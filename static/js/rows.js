// One conversation's row in the sidebar, pushed when only it changed. A row is where its group and
// its order say: the newest first, or in the pinned group what was pinned last.
import { kind as openKind, openId } from "./shown.js";

const LISTS = {
  thread: { list: "threads", row: "thread-" },
  post: { list: "recent-posts", row: "post-row-" }, // only the newest few
};

function list(kind) {
  return document.getElementById(LISTS[kind].list);
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

function keepToLimit(rows) {
  const { limit = Infinity } = rows.dataset;
  while (rows.children.length > limit) rows.lastElementChild.remove();
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
export function placeRow({ kind, id, html, group }) {
  if (!LISTS[kind]) return true; // not in the sidebar
  const shown = document.getElementById(LISTS[kind].row + id);
  if (!html) {
    const leavesRoom = shown?.parentElement.dataset.limit;
    if (shown) take(shown);
    return !leavesRoom;
  }
  const row = parse(html);
  if (kind === openKind() && id === openId()) row.querySelector("a").setAttribute("aria-current", "page");
  if (shown?.matches(".is-renaming")) return true; // the list is read anew after that
  if (shown && Number(shown.dataset.revision) > Number(row.dataset.revision)) return true;
  const stays = shown?.dataset.order === row.dataset.order && groupOf(shown).dataset.group === group;
  if (stays) patch(shown, row.outerHTML);
  return stays || move(list(kind), shown, row, group);
}

function move(list, shown, row, label) {
  const groups = [...list.querySelectorAll("[data-group]")];
  const group = groups.find(({ dataset }) => dataset.group === label);
  if (!group) return false;
  const hadFocus = shown?.contains(document.activeElement);
  const order = Number(row.dataset.order);
  const rows = [...group.querySelectorAll("li.thread")].filter((other) => other !== shown);
  const next = rows.find(({ dataset }) => Number(dataset.order) < order);
  const isBelow = !next && group === groups.at(-1) && list.querySelector("[data-more]");
  const from = shown && groupOf(shown);
  shown?.remove();
  if (!isBelow) {
    if (next) next.before(row);
    else group.querySelector("ul").append(row);
    htmx.process(row);
    if (hadFocus) row.querySelector("a").focus();
  }
  keepToLimit(group.querySelector("ul"));
  if (from && !from.querySelector("li")) from.remove();
  return true;
}
