// A gallery of any length is here in parts of a page each. What is far from the view is emptied to a
// box of its height and read again when it comes near, so the page stays light and the scroll bar
// honest. Nothing in view moves.

const NEAR = "400%"; // of the view's height
const FAR = 6; // heights of the view; parts are filled when nearer than this
const MOST = 8; // full parts
const PATIENCE = 20_000; // ms
const AGAIN = 3_000; // ms, after a part that did not come

export const scroller = document.querySelector("[data-gallery]");
const list = document.getElementById("gallery-parts");

export function parts() {
  return [...list.children];
}

const isEmptied = (part) => part.dataset.height !== undefined;

/** Functions that give the cards of a part what this page adds to them, before it is shown. */
export const dressers = [];

/** The part of the gallery that `query` says; null where there is none.
 * @returns {Promise<{part: HTMLElement | null, count: string | null}>} */
export async function read(query) {
  const url = new URL(scroller.dataset.part, location.href);
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok || response.redirected) throw new Error(`gallery: ${response.status}`);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  const part = template.content.querySelector(".part");
  if (part) {
    noteDays(part);
    for (const dress of dressers) dress(part);
  }
  return { part, count: template.content.querySelector("[data-count]")?.innerHTML ?? null };
}

// --- The view stays ---

/** In view, or within `margin` heights of it. */
function isSeen(node, margin = 0) {
  const view = scroller.getBoundingClientRect();
  const box = node.getBoundingClientRect();
  const more = margin * view.height;
  return box.bottom > view.top - more && box.top < view.bottom + more;
}

/** Do something to the parts without moving what is in view. */
export function hold(change) {
  const seen = [...list.querySelectorAll(".tile, .part[data-height]")]
    .filter(isSeen)
    .map((node) => [node, node.getBoundingClientRect()]);
  const atTop = scroller.scrollTop < 1;
  change();
  const [node, box] = seen.find(([one]) => one.isConnected) ?? [];
  if (node && !atTop) scroller.scrollTop += node.getBoundingClientRect().top - box.top;
}

// --- Days and rows go on across parts ---

function noteDays(part) {
  const days = [...part.querySelectorAll(".daymark")].map((day) => day.textContent);
  part.dataset.firstDay = days[0] ?? "";
  part.dataset.lastDay = days.at(-1) ?? "";
}

/** A day is named once, where it begins. */
function nameOnce(part) {
  const above = part.previousElementSibling;
  if (above?.dataset.lastDay === part.dataset.firstDay) part.querySelector(".daymark")?.remove();
}

/** The last row of a part is rarely full: it goes over to the next part of the same day, unless
 * somebody who scrolls fast is looking at it, or will be before it is drawn. */
function join(part) {
  const above = part.previousElementSibling;
  nameOnce(part);
  if (!above || isEmptied(above) || above.dataset.lastDay !== part.dataset.firstDay) return;
  const rows = [...above.querySelectorAll(".justified")].at(-1);
  const bottom = rows.lastElementChild.offsetTop;
  const row = [...rows.children].filter((tile) => tile.offsetTop === bottom);
  if (row.length === rows.children.length || isSeen(row[0], 1)) return;
  part.querySelector(".justified").prepend(...row);
  above.dataset.last = rows.lastElementChild.dataset.key;
  part.dataset.after = above.dataset.last;
}

// --- Reading on ---

const links = { after: link("after"), before: link("before") };

function link(side) {
  return scroller.querySelector(`nav [data-more="${side}"]`);
}

/** Functions that are told of each part that scrolling brought, and when it was asked for. */
export const readers = [];

const tellRead = (part, asked) => readers.forEach((tell) => tell(part, asked));

let reading = new Set();

/** Read the next part on one side. */
async function extend(side) {
  if (reading.has(side)) return;
  reading.add(side);
  const asked = performance.now();
  try {
    const edge = side === "after" ? parts().at(-1).dataset.last : firstKey();
    const { part } = await read({ [side]: edge });
    hold(() => {
      if (part) (side === "after" ? append : prepend)(part);
      if (!part || !goesOn(part, side)) links[side].closest("nav").hidden = true;
    });
    evict();
    reading.delete(side);
    watch();
    if (part) tellRead(part, asked);
  } catch {
    setTimeout(() => {
      reading.delete(side);
      watch();
    }, AGAIN);
  }
}

function goesOn(part, side) {
  return part.hasAttribute(side === "after" ? "data-more" : "data-earlier");
}

function firstKey() {
  return list.querySelector(".tile")?.dataset.key ?? parts()[0].dataset.after;
}

export function append(part) {
  list.append(part);
  join(part);
}

/** Before the first part, which then goes on from this one. */
function prepend(part) {
  const below = parts()[0];
  list.prepend(part);
  below.dataset.after = part.dataset.last;
  if (!isEmptied(below)) nameOnce(below);
}

/** The page from its beginning on, or that there is nothing: for where no part is left. */
export function restart(part) {
  const page = list.parentElement;
  page.querySelector(".empty")?.remove();
  list.replaceChildren(...(part ? [part] : []));
  if (!part) list.after(document.getElementById("gallery-nothing").content.cloneNode(true));
  for (const [side, node] of Object.entries(links)) {
    if (node) node.closest("nav").hidden = !part || side === "before" || !goesOn(part, side);
  }
}

// --- Emptying and filling ---

/** What the reader has a hand on stays. */
function isHeld(part) {
  return part.contains(document.activeElement);
}

function distance(part) {
  const view = scroller.getBoundingClientRect();
  const box = part.getBoundingClientRect();
  return Math.max(view.top - box.bottom, box.top - view.bottom);
}

export function evict() {
  const full = parts().filter((part) => !isEmptied(part));
  const limit = FAR * scroller.clientHeight;
  const far = full
    .map((part) => [part, distance(part)])
    .filter(([part, away]) => away > limit && !isHeld(part))
    .sort(([, one], [, other]) => other - one)
    .slice(0, Math.max(0, full.length - MOST));
  for (const [part] of far) empty(part, part.offsetHeight);
}

export function empty(part, height) {
  part.dataset.height = height;
  part.dataset.width = list.clientWidth;
  part.style.height = `${height}px`;
  part.replaceChildren();
}

/** Nothing is left of a part: the next one goes on from where it began. */
export function removePart(part) {
  const below = part.nextElementSibling;
  if (below) below.dataset.after = part.dataset.after ?? "";
  part.remove();
}

export async function fill(part) {
  if (!isEmptied(part) || part.ariaBusy) return;
  part.ariaBusy = "true";
  const asked = performance.now();
  try {
    const { after, last } = part.dataset;
    const { part: fresh } = await read({ after, until: last });
    hold(() => take(part, fresh));
    evict();
    tellRead(part, asked);
  } catch {
    setTimeout(watch, AGAIN);
  } finally {
    part.ariaBusy = null;
  }
}

function take(part, fresh) {
  if (!fresh) return removePart(part);
  const { last } = part.dataset;
  part.replaceChildren(...fresh.childNodes);
  part.style.height = "";
  for (const name of ["height", "width"]) delete part.dataset[name];
  for (const name of ["last", "firstDay", "lastDay"]) part.dataset[name] = fresh.dataset[name];
  nameOnce(part);
  if (fresh.hasAttribute("data-more")) part.after(rest(fresh.dataset.last, last));
}

/** A part had become longer than what is read at once. */
function rest(after, last) {
  const part = document.createElement("section");
  part.className = "part";
  Object.assign(part.dataset, { after, last });
  empty(part, 1);
  return part;
}

/** Boxes keep the height of what is not there: narrower, it would have more rows. */
new ResizeObserver(() => {
  const width = list.clientWidth;
  for (const part of parts().filter(isEmptied)) {
    part.style.height = `${(part.dataset.height * part.dataset.width) / width}px`;
  }
}).observe(list);

// --- Watching ---

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      if (target.dataset.height !== undefined) fill(target);
      else if (target.matches("a")) extend(target.dataset.more);
    }
  },
  { root: scroller, rootMargin: `${NEAR} 0px` },
);

export function watch() {
  near.disconnect(); // so that what is still near is told again
  for (const part of parts().filter(isEmptied)) near.observe(part);
  for (const [side, node] of Object.entries(links)) {
    if (node && !node.closest("nav").hidden && !reading.has(side)) near.observe(node);
  }
}

for (const part of parts()) noteDays(part);
watch();
let waiting = 0;
scroller.addEventListener("scroll", () => {
  waiting ||= setTimeout(() => {
    waiting = 0;
    evict();
    watch();
  }, 200);
}, { passive: true });
