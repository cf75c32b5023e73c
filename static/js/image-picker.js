// The dialog in which one chooses references among one's own images.
import { addKept, taker } from "./attachments.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const dialog = document.getElementById("image-picker");

let opener = null;

function grid() {
  return dialog.querySelector(".picker-grid");
}

function chosen() {
  return [...grid().querySelectorAll("[aria-pressed='true']")];
}

function count() {
  const { length } = chosen();
  dialog.querySelector("[data-add]").disabled = !length;
  dialog.querySelector("[data-chosen]").textContent = length ? text("chosen", { count: length }) : "";
}

/** Add a page of images: the first, or the one after what is shown. */
async function load(after = "") {
  const response = await fetch(`${dialog.dataset.url}?after=${encodeURIComponent(after)}`).catch(() => null);
  if (!response?.ok || response.redirected) return toast(text("images-failed"), { tone: "error" });
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  const more = grid().querySelector("[data-next]");
  const held = more?.contains(document.activeElement);
  const first = template.content.querySelector("button");
  if (more) more.replaceWith(template.content);
  else grid().replaceChildren(template.content);
  if (held) first?.focus();
  count();
}

function open(button) {
  opener = button;
  grid().replaceChildren();
  count();
  dialog.showModal();
  load();
}

function add() {
  const picked = chosen().map(({ dataset }) => ({
    id: dataset.file,
    name: dataset.name,
    size: Number(dataset.size),
    width: Number(dataset.width),
    height: Number(dataset.height),
  }));
  dialog.close();
  addKept(picked);
}

function press(button) {
  if (button.matches("[data-close]")) return dialog.close();
  if (button.matches("[data-add]")) return add();
  if (button.matches("[data-more]")) return load(button.closest("[data-next]").dataset.next);
  button.ariaPressed = String(button.ariaPressed !== "true");
  count();
}

document.addEventListener("click", (event) => {
  const opens = event.target.closest?.("[data-gallery-pick]");
  if (opens && taker()) open(opens);
});

dialog?.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) press(button);
  else if (event.target === dialog) dialog.close();
});

dialog?.addEventListener("close", () => opener?.focus());
