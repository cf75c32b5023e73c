// The model menu: a menu of radio items bound to the composer's hidden input.

function choose(item) {
  const menu = item.closest("[data-picker]");
  for (const other of menu.querySelectorAll("[role='menuitemradio']")) {
    other.setAttribute("aria-checked", String(other === item));
  }
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
