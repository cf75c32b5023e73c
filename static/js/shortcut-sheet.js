// The sheet of all shortcuts, on "?" and from the user menu. It is made from their list when it is
// first opened, so it cannot be wrong.
import { keyNames } from "./keys.js";

const dialog = document.getElementById("shortcuts");

function word(key) {
  return dialog.querySelector("template").content.querySelector(`[data-key="${key}"]`).textContent;
}

function combination(keys) {
  const whole = document.createElement("span");
  whole.className = "combination";
  for (const name of keyNames(keys, (key) => word(`key-${key}`))) {
    const key = document.createElement("kbd");
    key.className = "kbd";
    key.textContent = name;
    whole.append(key);
  }
  return whole;
}

function fill(shortcuts) {
  for (const { id, group, keys } of shortcuts) {
    const row = document.createElement("div");
    row.append(document.createElement("dt"), document.createElement("dd"));
    row.firstChild.textContent = word(id);
    keys.forEach((each, index) => {
      if (index) row.lastChild.append(` ${word("key-or")} `);
      row.lastChild.append(combination(each));
    });
    dialog.querySelector(`[data-section="${group}"] dl`).append(row);
  }
}

/** Show the sheet of `shortcuts`, or close it. */
export function toggleSheet(shortcuts) {
  if (dialog.open) return dialog.close(); // gives the focus back
  if (!dialog.querySelector("dt")) fill(shortcuts);
  document.getElementById("user-menu")?.hidePopover();
  dialog.showModal();
  dialog.querySelector("h2").focus();
}

document.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest?.("[data-shortcuts-close]")) dialog?.close();
});
