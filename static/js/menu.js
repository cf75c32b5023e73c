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

// "toggle" does not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.newState !== "open" || !event.target.matches?.(".menu[popover]")) return;
    const menu = event.target.closest("[role='menu']") ?? event.target.querySelector("[role='menu']");
    if (!menu) return;
    const all = items(menu);
    (all.find((item) => item.ariaChecked === "true") ?? all[0])?.focus();
  },
  true,
);
