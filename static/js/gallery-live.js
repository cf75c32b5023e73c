// Images that are made, changed or deleted meanwhile: what is read anew is the part at the gallery's
// beginning, those that show something of a post that changed, and all after many things did.
import { append, hold, parts, read, readers, removePart, restart, scroller, watch } from "./gallery-parts.js";

const LATER = 250; // ms; what changes together is read together
let waiting = 0;
let running = false;
let changed = new Set(); // ids of posts
let everything = false;
let changedAt = 0;

/** Patch what is shown; what was not shown before "develops". */
function patch(part, fresh) {
  const known = new Set([...part.querySelectorAll(".tile")].map(({ id }) => id));
  const last = fresh.dataset.last;
  hold(() => {
    htmx.swap({ sourceElement: part, target: part, text: fresh.innerHTML, swap: "innerMorph" });
    part.dataset.last = last;
    for (const name of ["firstDay", "lastDay"]) part.dataset[name] = fresh.dataset[name];
  });
  const arrived = [...part.querySelectorAll(".tile")].filter(({ id }) => !known.has(id));
  for (const tile of arrived) {
    tile.classList.add("is-new");
    setTimeout(() => tile.classList.remove("is-new"), 1_000);
  }
  arrive(arrived);
}

function arrive(tiles) {
  const detail = tiles.map(({ id }) => id.slice("tile-".length));
  document.dispatchEvent(new CustomEvent("atelier:arrived", { detail }));
}

function tell(count) {
  const place = document.getElementById("gallery-count");
  if (count !== null && place.innerHTML !== count) place.innerHTML = count;
}

async function renewBeginning(first) {
  const { part: fresh, count } = await read({ until: first.dataset.last, counted: "1" });
  tell(count);
  if (!first.isConnected || first.dataset.height !== undefined) return;
  if (fresh) patch(first, fresh);
  else removePart(first);
  if (!parts().length) await renewNothing();
}

/** Nothing is shown; there may be something now, or further on. */
async function renewNothing() {
  const { part, count } = await read({ counted: "1" });
  tell(count);
  if (parts().length) return;
  restart(part);
  if (part) arrive([...part.querySelectorAll(".tile")]);
}

function isShown(part) {
  return part.isConnected && part.dataset.height === undefined;
}

async function renewPart(part) {
  if (!isShown(part)) return;
  const { after, last } = part.dataset;
  const counted = part === parts()[0] ? "1" : "";
  const asked = await read({ after, until: last, counted });
  tell(asked.count);
  if (!isShown(part)) return;
  if (asked.part) patch(part, asked.part);
  else hold(() => removePart(part));
}

/** All that is shown, anew: after something was done to images anywhere in the gallery. */
export async function renewAll() {
  try {
    for (const part of parts()) await renewPart(part);
    if (!parts().length) await renewNothing();
    else if (isAtEnd()) await renewEnd();
  } catch {
    return; // offline: what changes next is read then
  }
  watch();
}

async function renewEnd() {
  const { part, count } = await read({ after: parts().at(-1).dataset.last, counted: "1" });
  tell(count);
  if (part) hold(() => append(part));
}

async function renew(posts) {
  const shown = parts();
  const first = shown[0];
  for (const part of shown.slice(1)) {
    const own = [...part.querySelectorAll(".tile")].map(({ dataset }) => dataset.post);
    if (own.some((id) => posts.has(id))) await renewPart(part);
  }
  if (!first) await renewNothing();
  else if (scroller.dataset.sort === "newest" && !first.dataset.after) {
    if (first.dataset.height === undefined) await renewBeginning(first);
  } else if (isAtEnd()) await renewEnd();
  watch();
}

/** What comes is shown at the end, and all up to there is here. */
function isAtEnd() {
  const { hidden } = scroller.querySelector('nav:has([data-more="after"])');
  return hidden && scroller.dataset.sort === "oldest";
}

/** One at a time; what changes meanwhile is read after it. */
async function run() {
  if (running) return;
  running = true;
  const [posts, all] = [changed, everything];
  [changed, everything] = [new Set(), false];
  // Offline: the next change, or coming back, tries again.
  await (all ? renewAll() : renew(posts)).catch(() => {});
  running = false;
  if (changed.size || everything) run();
}

// Without a detail it is a list, or many things.
document.addEventListener("atelier:listed", ({ detail }) => {
  if (detail && detail.kind !== "post") return;
  if (detail) changed.add(detail.id);
  else everything = true;
  changedAt = performance.now();
  clearTimeout(waiting);
  waiting = setTimeout(run, LATER);
});

// What changed while a part was on its way may not be in it.
readers.push((part, asked) => {
  if (changedAt > asked) renewPart(part).catch(() => {}); // offline: as above
});
