// Arrow keys, Home and End in every menu that opens.

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** The items of a menu that can be chosen now. */
export function items(menu) {
  return [...menu.querySelectorAll("[role^='menuitem']")].filter((item) => item.checkVisibility());
}

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[role='menu']");
  if (!menu) return;
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  const to = { Home: 0, End: all.length - 1 }[event.key] ?? at + STEPS[event.key];
  if (Number.isNaN(to)) return;
  event.preventDefault();
  all.at(to % all.length)?.focus();
});
