// Selecting rows of the trash: the mode, ranges, and the bar. [data-selecting] on #main, which stays
// when its content is read anew, says that one selects.
import { isTyping } from "./keys.js";
import { text } from "./text.js";

const main = document.getElementById("main");
const number = new Intl.NumberFormat(document.documentElement.lang);
let selected = new Set(); // the boxes' values
let anchor = ""; // the value from which a range goes on

function boxes() {
  return [...main.querySelectorAll("input.row-check")];
}

function bar() {
  return document.getElementById("trash-bar");
}

function isSelecting() {
  return "selecting" in main.dataset;
}

/** The boxes and the bar say what is selected, also after the rows were read anew. */
export function show() {
  for (const box of boxes()) box.checked = selected.has(box.value);
  selected = new Set(boxes().filter(({ checked }) => checked).map(({ value }) => value));
  const shown = bar();
  if (!shown) return leave();
  const { size } = selected;
  const key = size ? "selected" : "none-selected";
  shown.querySelector("[data-count]").textContent = text(key, { count: number.format(size) });
  for (const act of shown.querySelectorAll("[data-act]")) act.disabled = !size;
}

function start() {
  main.dataset.selecting = "";
  show();
  boxes()[0]?.focus({ preventScroll: true });
}

export function leave() {
  if (!isSelecting()) return;
  const held = document.activeElement?.matches(".row-check, #trash-bar *");
  delete main.dataset.selecting;
  selected.clear();
  anchor = "";
  show();
  const button = document.getElementById("select-trashed");
  if (held) (button ?? document.getElementById("trash-title"))?.focus();
}

function selectAll(on) {
  selected = new Set(on ? boxes().map((box) => box.value) : []);
  show();
}

function toggle(box, isRange) {
  const all = boxes();
  const from = isRange ? all.findIndex((one) => one.value === anchor) : -1;
  const to = all.indexOf(box);
  const range = from < 0 ? [box] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const { value } of range) {
    if (box.checked) selected.add(value);
    else selected.delete(value);
  }
  anchor = box.value;
  show();
}

main.addEventListener("click", (event) => {
  const { target } = event;
  if (target.matches("input.row-check")) return toggle(target, event.shiftKey);
  if (target.closest("#select-trashed")) return isSelecting() ? leave() : start();
  if (target.closest("#trash-bar [data-all]")) return selectAll(true);
  if (target.closest("#trash-bar [data-clear]")) return selectAll(false);
  // Anywhere else in a row is its box, too.
  const box = isSelecting() && !target.closest("a, button") && target.closest(".row")?.querySelector("input.row-check");
  if (!box) return;
  box.checked = !box.checked;
  box.focus({ preventScroll: true });
  toggle(box, event.shiftKey);
});

// With Shift a click would select text, too.
main.addEventListener("mousedown", (event) => {
  if (isSelecting() && event.shiftKey) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (!isSelecting() || event.defaultPrevented || document.querySelector("dialog[open], .menu:popover-open")) return;
  if (event.key === "Escape") {
    event.preventDefault();
    leave();
  } else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey) && !isTyping(event.target)) {
    event.preventDefault();
    selectAll(true);
  }
});
