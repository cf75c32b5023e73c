// The queue under the running answer: pausing, removing, and another order by buttons, keys or
// dragging. The page follows by the live channel, as every other page of the thread does.
import { announce } from "./announce.js";
import { catchUp } from "./live.js";
import { focusBox } from "./navigate.js";
import { post } from "./post.js";
import { threadId, threadUrl } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

export function queue() {
  return document.getElementById("queue");
}

export function rows() {
  return [...queue().querySelectorAll(".queued")];
}

export function rowOf(node) {
  return node.closest?.("#queue .queued");
}

/** The address of an operation on a queued message; "" is its source. */
export function queuedUrl(row, operation = "") {
  const tail = operation && `${operation}/`;
  return threadUrl(threadId(), `queue/${row.id.replace("queued-", "")}/${tail}`);
}

/** The server's answer to an operation; a refusal is said. */
export async function act(url, fields) {
  const result = await post(url, fields).catch(() => null);
  if (result?.ok) await catchUp();
  else toast(result?.message || text("not-done"), { tone: "error" });
  return result ?? { ok: false };
}

// --- Order ---

let wanted = null; // {row, button, place}: what gets the focus once the row left its place

function placeOf(row) {
  return rows().indexOf(row);
}

/** Put `row` before `next`, or with null at the end. */
function put(row, next) {
  const last = placeOf(row) === rows().length - 1;
  if (next === row || (next ? row.nextElementSibling === next : last)) return;
  const button = rowOf(document.activeElement) === row && document.activeElement.dataset.queued;
  wanted = { row: row.id, button, place: placeOf(row) };
  const before = next && { before: next.id.replace("queued-", "") };
  act(queuedUrl(row, "move"), before ?? {});
}

function step(row, by) {
  const others = rows().filter((other) => other !== row);
  const to = placeOf(row) + by;
  if (to >= 0 && to <= others.length) put(row, others[to] ?? null);
}

function arrive() {
  const row = wanted && document.getElementById(wanted.row);
  if (wanted && !row) wanted = null; // its turn has come
  if (!row || placeOf(row) === wanted.place) return;
  const { button } = wanted;
  wanted = null;
  const enabled = button && row.querySelector(`[data-queued="${button}"]:enabled`);
  if (button) (enabled || row.querySelector("[data-queued]:enabled"))?.focus();
  row.scrollIntoView({ block: "nearest" });
  announce(text("queued-moved", { place: placeOf(row) + 1, count: rows().length }));
}

// --- Removing ---

async function remove(row) {
  const beside = row.nextElementSibling ?? row.previousElementSibling;
  const undo = queuedUrl(row, "restore");
  const { ok } = await act(queuedUrl(row, "remove"));
  if (!ok) return;
  const next = beside?.isConnected && beside.querySelector('[data-queued="remove"]');
  if (next) next.focus();
  else focusBox();
  toast(text("queued-removed"), { action: { label: text("undo"), run: () => act(undo) } });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#queue [data-queue], #queue [data-queued]");
  const { queue: all, queued: one } = button?.dataset ?? {};
  if (all) act(threadUrl(threadId(), `queue/${all}/`));
  else if (one === "remove") remove(rowOf(button));
  else if (one === "up") step(rowOf(button), -1);
  else if (one === "down") step(rowOf(button), 1);
});

document.addEventListener("keydown", (event) => {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!by || !event.altKey || event.target.matches("textarea") || !rowOf(event.target)) return;
  event.preventDefault();
  step(rowOf(event.target), by);
});

// --- Dragging ---

let dragged = null; // id of the row

/** The row that the dragged one would stand before; null: at the end. */
function rowBelow(y) {
  const below = ({ top, height }) => y < top + height / 2;
  return rows().find((row) => below(row.getBoundingClientRect())) ?? null;
}

function mark(next) {
  for (const row of rows()) {
    row.toggleAttribute("data-before", row === next);
    row.toggleAttribute("data-after", !next && row === rows().at(-1));
  }
}

function unmark() {
  dragged = null;
  for (const row of rows()) {
    for (const name of ["data-before", "data-after", "data-dragged"]) row.removeAttribute(name);
  }
}

document.addEventListener("dragstart", (event) => {
  const row = event.target.matches?.("#queue .queued") ? event.target : null;
  if (!row) return;
  dragged = row.id;
  row.toggleAttribute("data-dragged", true);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", row.querySelector(".queued-text").textContent);
});

document.addEventListener("dragover", (event) => {
  if (!dragged || !queue()?.contains(event.target)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  mark(rowBelow(event.clientY));
});

document.addEventListener("drop", (event) => {
  if (!dragged || !queue()?.contains(event.target)) return;
  event.preventDefault();
  const row = document.getElementById(dragged);
  if (row) put(row, rowBelow(event.clientY));
});

document.addEventListener("dragend", () => dragged && queue() && unmark());

// --- Following ---

// A message that leaves the queue for the log has been sent: one answer ended, another begins.
document.addEventListener("htmx:before:swap", (event) => {
  for (const { fragment } of event.detail.tasks) {
    for (const { dataset } of fragment.querySelectorAll("article[data-client-id]")) {
      const waited = dataset.clientId && `[data-client-id="${CSS.escape(dataset.clientId)}"]`;
      if (waited && queue()?.querySelector(waited)) announce(text("queued-sent"));
    }
  }
});

document.addEventListener("htmx:after:swap", arrive);
