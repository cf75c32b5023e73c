// Menus in popovers, by keyboard: arrows, Home, End, and the focus on their first item, or on the
// one that is checked.

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** The items of a menu that can be chosen now. */
export function items(menu) {
  return [...menu.querySelectorAll("[role^='menuitem']")].filter((item) => item.checkVisibility());
}

function step(menu, event) {
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  const to = { Home: 0, End: all.length - 1 }[event.key] ?? at + STEPS[event.key];
  if (Number.isNaN(to)) return;
  event.preventDefault();
  all.at(to % all.length)?.focus();
}

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[role='menu']");
  if (menu) step(menu, event);
});

/** The items of the menu that a popover is, or has inside. */
function itemsIn(popover) {
  if (!popover.matches?.(".menu[popover]")) return [];
  const menu = popover.closest("[role='menu']") ?? popover.querySelector("[role='menu']");
  return [...(menu?.querySelectorAll("[role^='menuitem']") ?? [])];
}

// The browser focuses what has autofocus as it opens a popover: at once, so that no key that is
// pressed right after is lost. These events do not bubble.
document.addEventListener(
  "beforetoggle",
  ({ newState, target }) => {
    const all = newState === "open" ? itemsIn(target) : [];
    const checked = all.filter((item) => item.ariaChecked === "true");
    for (const item of checked.length ? checked : all) item.autofocus = true;
  },
  true,
);
document.addEventListener(
  "toggle",
  ({ target }) => {
    for (const item of itemsIn(target)) item.autofocus = false;
  },
  true,
);
