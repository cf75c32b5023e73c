// The list of threads: which one is open, pages further down, and pushed lists that replace only
// the first page.
import { kind, openId } from "./shown.js";
import { send } from "./socket.js";

function list() {
  return document.getElementById("threads");
}

function markOpen() {
  const open = `${kind() === "post" ? "post-row" : "thread"}-${openId()}`;
  for (const row of document.querySelectorAll(".threads li.thread")) {
    const link = row.querySelector("a");
    if (row.id === open) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Two groups of one day become one: a further page may begin in the middle of a day. */
function joinGroups(root) {
  let last = null;
  for (const group of root.querySelectorAll("[data-group]")) {
    if (last?.dataset.group === group.dataset.group) {
      last.querySelector("ul").append(...group.querySelectorAll("li"));
      group.remove();
    } else last = group;
  }
}

/** Add to a pushed first page the rows that are shown below its last one, and the list's end. */
function keepFurtherPages(fragment) {
  const pushed = fragment.querySelectorAll("li.thread");
  const shown = [...list().querySelectorAll("li.thread")];
  const last = pushed[pushed.length - 1];
  const cut = shown.findIndex((row) => row.id === last?.id);
  const end = fragment.querySelector("[data-more]");
  if (cut < 0 || !end) return; // all there is, or nothing in common
  const known = new Set(Array.from(pushed, (row) => row.id));
  const kept = shown.slice(cut + 1).filter((row) => !known.has(row.id));
  if (!kept.length) return;
  for (const row of kept) {
    const group = row.closest("[data-group]").cloneNode(true);
    group.querySelector("ul").replaceChildren(row.cloneNode(true));
    end.before(group);
  }
  joinGroups(fragment);
  const shownEnd = list().querySelector("[data-more]");
  if (shownEnd) end.replaceWith(shownEnd.cloneNode(true));
  else end.remove();
}

document.addEventListener("htmx:before:swap", (event) => {
  for (const { target, fragment } of event.detail.tasks) {
    if (target && target === list()) keepFurtherPages(fragment);
  }
});

document.addEventListener("htmx:after:swap", () => {
  if (list()) joinGroups(list());
  markOpen();
});

/** Read the lists anew, for as long as the socket cannot bring it. */
async function refresh() {
  for (const target of document.querySelectorAll(".threads > [data-url]")) {
    const response = await fetch(target.dataset.url).catch(() => null);
    if (!response?.ok || response.redirected) return;
    htmx.swap({ sourceElement: target, target, text: await response.text(), swap: "innerMorph" });
  }
}

// At midnight "Today" becomes "Yesterday".
let day = new Date().toDateString();

function look() {
  const today = new Date().toDateString();
  if (document.hidden || day === today || !send({ type: "sync" })) return;
  day = today;
}

setInterval(look, 60_000);
document.addEventListener("visibilitychange", look);

export { markOpen, refresh };
