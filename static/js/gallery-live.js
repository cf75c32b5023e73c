// Images that are made, changed or deleted meanwhile: the part at the gallery's beginning is read
// anew when anything of the person changed.
import { append, hold, parts, read, removePart, restart, scroller, watch } from "./gallery-parts.js";

const LATER = 250; // ms; what changes together is read together
let waiting = 0;
let running = false;
let again = false;

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

/** All that is shown, anew: after something was done to images anywhere in the gallery. */
export async function renewAll() {
  for (const part of parts()) {
    if (!part.isConnected || part.dataset.height !== undefined) continue;
    const { after, last } = part.dataset;
    const counted = part === parts()[0] ? "1" : "";
    const asked = await read({ after, until: last, counted }).catch(() => null);
    if (!asked) return; // offline: what changes next is read then
    tell(asked.count);
    if (!part.isConnected || part.dataset.height !== undefined) continue;
    if (asked.part) patch(part, asked.part);
    else hold(() => removePart(part));
  }
  if (!parts().length) await renewNothing().catch(() => {});
  watch();
}

async function renewEnd(last) {
  const { part, count } = await read({ after: last.dataset.last, counted: "1" });
  tell(count);
  if (part) hold(() => append(part));
}

async function renew() {
  const shown = parts();
  const [first, last] = [shown[0], shown.at(-1)];
  if (!first) await renewNothing();
  else if (scroller.dataset.sort === "newest" && !first.dataset.after) {
    if (first.dataset.height === undefined) await renewBeginning(first);
  } else if (scroller.dataset.sort === "oldest" && isAtEnd()) await renewEnd(last);
  watch();
}

function isAtEnd() {
  return scroller.querySelector('nav:has([data-more="after"])').hidden;
}

/** One at a time; what changes meanwhile is read after it. */
async function run() {
  if (running) return void (again = true);
  running = true;
  await renew().catch(() => {}); // offline: the next change, or coming back, tries again
  running = false;
  if (again) {
    again = false;
    run();
  }
}

document.addEventListener("atelier:listed", () => {
  clearTimeout(waiting);
  waiting = setTimeout(run, LATER);
});
