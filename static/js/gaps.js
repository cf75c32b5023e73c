// A long conversation is here in parts. Where some of it is missing, at an end or between two
// messages, stands a gap; one that comes near the view is filled from the side that is being read.
import { evict } from "./evict.js";
import { inView, isScrolledToEnd, mark } from "./place.js";
import {
  article as articleOf,
  log,
  messageOf,
  revision,
  scroller,
  threadId,
  threadUrl,
} from "./shown.js";

const NEAR = "150%"; // of the view's height
const PATIENCE = 20_000; // ms
const AGAIN = 3_000; // ms, after a page that did not come

let paths = 0; // how often the page learnt that other messages are shown

/** A page of messages, or null when it is of a conversation that is not shown any more.
 * @returns {Promise<{articles: Element[], above: boolean, below: boolean} | null>} */
async function read(query) {
  const thread = threadId();
  const path = paths;
  const parameters = new URLSearchParams({ ...query, revision: revision() });
  const url = threadUrl(thread, `window/?${parameters}`);
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok || response.redirected) throw new Error(`window: ${response.status}`);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  if (thread !== threadId() || path !== paths) return null;
  const { content } = template;
  const isGap = (node) => Boolean(node?.matches("[data-gap]"));
  return {
    articles: [...content.querySelectorAll("article")],
    above: isGap(content.firstElementChild),
    below: isGap(content.lastElementChild),
  };
}

function isShown(article) {
  return Boolean(document.getElementById(article.id));
}

/** Change the log without moving what is in view; whoever follows the page hears of it. */
function change(apply) {
  const putBack = mark();
  apply();
  putBack();
  evict();
  document.dispatchEvent(new Event("atelier:paged"));
  watch();
}

// --- Filling ---

/** What to ask for, and on which side of the gap it goes. */
function wanted(gap) {
  const above = gap.previousElementSibling;
  const below = gap.nextElementSibling;
  const view = scroller().getBoundingClientRect();
  const isAboveView = gap.getBoundingClientRect().top < (view.top + view.bottom) / 2;
  if (below?.id && (isAboveView || !above?.id)) return [{ before: messageOf(below) }, "after", "above"];
  if (above?.id && !isAboveView) return [{ after: messageOf(above) }, "before", "below"];
  return [{}, "after", "above"]; // below it only what is not saved yet: the newest page
}

async function fill(gap, [query, side, end] = wanted(gap)) {
  if (gap.dataset.state) return;
  gap.dataset.state = "loading";
  try {
    const page = await read(query);
    delete gap.dataset.state;
    if (page && gap.isConnected) change(() => insert(gap, page, side, page[end]));
  } catch {
    // Offline, or the path has just changed, which the live channel is about to tell.
    setTimeout(() => {
      delete gap.dataset.state;
      watch();
    }, AGAIN);
  }
}

function insert(gap, { articles }, side, isOpen) {
  const missing = articles.filter((article) => !isShown(article));
  gap[side](...missing);
  if (!isOpen || missing.length < articles.length || !missing.length) gap.remove();
}

// --- Going elsewhere ---

function makeGap() {
  return document.getElementById("message-gap").content.firstElementChild.cloneNode(true);
}

/** Show the newest message. */
export async function toLatest() {
  const gap = log().lastElementChild;
  if (gap?.matches("[data-gap]")) await fill(gap, [{}, "after", "above"]);
  if (scroller()) scroller().scrollTop = 0;
}

/** Bring a message that is not shown into the page; its article, or null when it is not on the
 * path. What is shown of the conversation else gives way, but for what is being written. */
export async function bring(message) {
  if (articleOf(message)) return articleOf(message);
  const page = await read({ around: message }).catch(() => null);
  if (!page) return null;
  const kept = [...log().querySelectorAll("article:has([data-stream]), article[data-pending]")];
  const known = page.articles.filter((article) => !kept.some(({ id }) => id && id === article.id));
  const parts = [...(page.above ? [makeGap()] : []), ...known];
  log().replaceChildren(...parts, ...(page.below ? [makeGap()] : []), ...kept);
  document.dispatchEvent(new Event("atelier:paged"));
  watch();
  return articleOf(message);
}

// --- The path changes ---

let left = null; // {message, top}: what was read when a path came that shares nothing with the page

function whereReading() {
  if (isScrolledToEnd()) return null;
  const article = inView().find(({ id }) => id);
  return article && { message: messageOf(article), top: article.getBoundingClientRect().top };
}

/** Read on where one was, if the new path goes through there. */
async function goBack({ message, top }) {
  const article = await bring(message);
  if (article) scroller().scrollTop += article.getBoundingClientRect().top - top;
}

/** A new path begins where the shown one still goes: what is above that stays in the page. */
function keepAbove(fragment) {
  const first = fragment.querySelector("article");
  const shown = first && document.getElementById(first.id);
  if (!shown) return void (left = whereReading());
  const above = [];
  for (let node = shown.previousElementSibling; node; node = node.previousElementSibling) {
    above.unshift(node.cloneNode(true));
  }
  fragment.querySelector("[data-gap]")?.remove();
  fragment.prepend(...above);
}

document.addEventListener("htmx:before:swap", (event) => {
  for (const { target, fragment, swapSpec } of event.detail.tasks) {
    if (!target || target !== log() || swapSpec.style !== "innerMorph") continue;
    paths += 1;
    keepAbove(fragment);
  }
});

// --- Watching ---

let observer = null;
let root = null;

function watch() {
  if (root !== scroller()) {
    observer?.disconnect();
    root = scroller();
    observer = root && new IntersectionObserver(onNear, { root, rootMargin: `${NEAR} 0px` });
  }
  for (const gap of log()?.querySelectorAll("[data-gap]") ?? []) {
    observer.unobserve(gap); // so that one which is still near is told again
    observer.observe(gap);
  }
}

function onNear(entries) {
  for (const { isIntersecting, target } of entries) if (isIntersecting) fill(target);
}

document.addEventListener("htmx:after:swap", () => {
  if (left) goBack(left);
  left = null;
  if (log()) evict();
  watch();
});
watch();
