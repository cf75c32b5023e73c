// Coming back to a gallery shows it where one was, with the focus on the same image: the parts that
// were there come back as boxes of their heights, and those in view are read.
import { empty, fill, parts, scroller, watch } from "./gallery-parts.js";

const KEY = `gallery ${scroller.dataset.part}`;
const list = document.getElementById("gallery-parts");

function save() {
  const kept = parts().map((part) => {
    const { after, last, firstDay, lastDay } = part.dataset;
    return { after, last, firstDay, lastDay, height: part.offsetHeight };
  });
  const ends = [...scroller.querySelectorAll("nav.pages")].map(({ hidden }) => hidden);
  const focus = document.activeElement?.closest(".tile")?.id ?? "";
  const state = { kept, ends, focus, top: scroller.scrollTop };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // No room, or none allowed: one comes back to the beginning.
  }
}

function saved() {
  const [entry] = performance.getEntriesByType("navigation");
  if (entry?.type !== "back_forward" && entry?.type !== "reload") return null;
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

function boxOf({ height, ...data }) {
  const part = document.createElement("section");
  part.className = "part";
  Object.assign(part.dataset, data);
  empty(part, height);
  return part;
}

function isInView(part) {
  const view = scroller.getBoundingClientRect();
  const box = part.getBoundingClientRect();
  return box.bottom > view.top && box.top < view.bottom;
}

async function restore({ kept, ends, focus, top }) {
  if (!kept.length || !parts().length || (top < 1 && !focus)) return;
  list.replaceChildren(...kept.map(boxOf));
  scroller.querySelectorAll("nav.pages").forEach((nav, number) => (nav.hidden = ends[number] ?? nav.hidden));
  scroller.scrollTop = top;
  await Promise.all(parts().filter(isInView).map(fill));
  scroller.scrollTop = top;
  document.getElementById(focus)?.querySelector("a")?.focus({ preventScroll: true });
  watch();
}

addEventListener("pagehide", save);
const state = saved();
if (state) restore(state);
