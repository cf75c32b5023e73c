// Images that arrive: one that takes the place of its skeleton develops, once; and what is swapped
// away under the focus gives it to what comes in its place.

let waiting = new Set(); // ids of the places that wait for an image
let focused = null; // {pane, key} of what had the focus

const LONGEST = 5_000; // ms
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const PANES = "#post-panel, #post-foot, #post-results";

/** What finds an element again after a swap, as it may be another node. */
function keyOf(node) {
  if (node.id) return `#${CSS.escape(node.id)}`;
  const { post: url } = node.dataset;
  return url ? `[data-post="${CSS.escape(url)}"]` : "";
}

document.addEventListener("htmx:before:swap", () => {
  const places = document.querySelectorAll("#post-results .shot[aria-busy]");
  waiting = new Set(Array.from(places, ({ id }) => id));
  const { activeElement } = document;
  const pane = activeElement?.closest?.(PANES);
  focused = pane ? { pane: pane.id, key: keyOf(activeElement), shot: activeElement.closest(".shot")?.id } : null;
});

function develop(shot) {
  if (STILL.matches) return;
  const image = shot.querySelector("img");
  shot.classList.add("is-new");
  const end = () => {
    shot.classList.remove("is-new");
    if (!shot.className) shot.removeAttribute("class");
  };
  image.addEventListener("animationend", end, { once: true });
  image.addEventListener("error", end, { once: true });
  setTimeout(end, LONGEST); // where nothing is animated
}

function giveFocus() {
  const { pane, key, shot } = focused;
  focused = null;
  if (document.activeElement !== document.body) return;
  const root = document.getElementById(pane);
  const again =
    (key && root?.querySelector(key)) ||
    (shot && document.getElementById(shot)?.querySelector("a, button, [tabindex]")) ||
    root?.querySelector("textarea:not([readonly]), [tabindex='-1'], button, a");
  (again ?? document.getElementById("main"))?.focus({ preventScroll: true });
}

document.addEventListener("htmx:after:swap", () => {
  for (const id of waiting) {
    const shot = document.getElementById(id);
    if (shot && !shot.hasAttribute("aria-busy") && shot.querySelector("img")) develop(shot);
  }
  waiting.clear();
  if (focused) giveFocus();
});
