// How far somebody has read: the line above what is new, the button that leads to the end, and what
// the server is told was seen.
import { toLatest } from "./gaps.js";
import { isScrolledToEnd } from "./place.js";
import { log, revision, scroller } from "./shown.js";
import { text } from "./text.js";

const NEARLY = 48; // px from the end; less is not worth a button
const CONTEXT = 0.2; // of the view's height, above the first new message

let missed = 0; // answers that came while something else was being read

/** Nothing newer is below the view. */
function isAtEnd() {
  const isWhole = !log().querySelector(":scope > [data-gap]:last-child");
  return isWhole && scroller().scrollTop > -NEARLY;
}

/** The revision up to which the reader has seen the conversation; 0 when none of it is known. */
export function seenRevision() {
  if (isAtEnd()) return revision();
  const { bottom } = scroller().getBoundingClientRect();
  const read = [...log().querySelectorAll("article[data-revision]")].filter(
    (article) => article.getBoundingClientRect().bottom <= bottom,
  );
  return Number(read.at(-1)?.dataset.revision ?? 0);
}

function button() {
  return document.querySelector("[data-latest]");
}

function showButton() {
  const atEnd = isAtEnd();
  if (atEnd) missed = 0;
  if (button() === document.activeElement && atEnd) scroller().focus({ preventScroll: true });
  button().hidden = atEnd;
  button().querySelector("[data-count]").textContent = missed || "";
  button().ariaLabel = missed ? text("latest-new", { count: missed }) : null;
}

let waiting = 0;

function look() {
  waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    if (!log() || !button()) return;
    showButton();
    document.dispatchEvent(new Event("atelier:read"));
  });
}

/** Begin at the first new message, unless all that is new can be seen from the end. */
function begin() {
  missed = Number(log().dataset.unread ?? 0);
  const line = document.getElementById("unread-line");
  if (line) {
    const { top, height } = scroller().getBoundingClientRect();
    const wanted = top + CONTEXT * height;
    scroller().scrollTop = Math.min(0, scroller().scrollTop + line.getBoundingClientRect().top - wanted);
  }
  look();
}

document.addEventListener("htmx:before:swap", (event) => {
  for (const { target, fragment, swapSpec } of event.detail.tasks) {
    if (!target || target !== log() || swapSpec.style !== "beforeend" || isScrolledToEnd()) continue;
    missed += fragment.querySelectorAll("article:not(.msg-user)").length;
  }
});

document.addEventListener("htmx:before:settle", (event) => {
  if (event.target.id === "main" && log()) begin();
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-latest]")) toLatest();
});

for (const type of ["htmx:after:swap", "atelier:paged"]) document.addEventListener(type, look);
document.addEventListener("scroll", (event) => event.target === scroller() && look(), {
  capture: true,
  passive: true,
});
if (log()) begin();
