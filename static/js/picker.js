// The model menu: a menu of radio items bound to the composer's hidden input.

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

function items(menu) {
  return [...menu.querySelectorAll("[role='menuitemradio']")];
}

function choose(item) {
  const menu = item.closest("[data-picker]");
  for (const other of items(menu)) other.setAttribute("aria-checked", String(other === item));
  const button = document.querySelector(`[data-pick][popovertarget="${menu.id}"]`);
  button.querySelector(".swatch").dataset.pigment = item.dataset.pigmentNumber;
  button.querySelector("b").textContent = item.dataset.name;
  button.form.elements.model.value = item.dataset.model;
  menu.hidePopover(); // gives the focus back to the button
}

function step(menu, event) {
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  const to = { Home: 0, End: all.length - 1 }[event.key] ?? at + STEPS[event.key];
  if (Number.isNaN(to)) return;
  event.preventDefault();
  all.at(to % all.length)?.focus();
}

document.addEventListener("click", (event) => {
  const item = event.target.closest?.("[data-picker] [data-model]");
  if (item) choose(item);
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[data-picker]");
  if (menu) step(menu, event);
});

// "toggle" does not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches?.("[data-picker]") || event.newState !== "open") return;
    event.target.querySelector("[aria-checked='true']")?.focus();
  },
  true,
);
