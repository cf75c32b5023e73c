// The model menu: a menu of radio items bound to the composer's hidden input.
import { items } from "./menus.js";

function choose(item) {
  const menu = item.closest("[data-picker]");
  for (const other of items(menu)) other.setAttribute("aria-checked", String(other === item));
  const button = document.querySelector(`[data-pick][popovertarget="${menu.id}"]`);
  button.querySelector(".swatch").dataset.pigment = item.dataset.pigmentNumber;
  button.querySelector("b").textContent = item.dataset.name;
  button.form.elements.model.value = item.dataset.model;
  menu.hidePopover(); // gives the focus back to the button
}

document.addEventListener("click", (event) => {
  const item = event.target.closest?.("[data-picker] [data-model]");
  if (item) choose(item);
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
