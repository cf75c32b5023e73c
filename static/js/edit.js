// The page of an edit conversation: which images go along with the next turn, which models are
// asked, and its title.
import { act } from "./post-actions.js";
import { openUrl, shown } from "./shown.js";
import { text } from "./text.js";

const page = () => (shown()?.dataset.kind === "edit" ? shown() : null);

// --- Images that go along ---

let picked = new Set(); // ids of files
let touched = ""; // the turn since which the reader has chosen

function boxes() {
  return [...document.querySelectorAll('#edit-strip [name="files"]')];
}

function strip() {
  return document.getElementById("edit-strip");
}

/** What a turn makes is what is changed next, unless the reader has chosen something else since. */
function renewPicks() {
  if (touched !== strip().dataset.turn) {
    picked = new Set(boxes().filter((box) => "default" in box.dataset).map(({ value }) => value));
  }
  for (const box of boxes()) box.checked = picked.has(box.value);
  drawPicks();
}

function chipOf(box) {
  const chip = document.createElement("li");
  chip.className = "ref";
  chip.dataset.file = box.value;
  const image = box.closest(".thumb").querySelector(".picture").cloneNode(true);
  const button = document.getElementById("pick-remove").content.firstElementChild.cloneNode(true);
  button.ariaLabel = text("remove-file", { name: box.ariaLabel });
  chip.append(image, button);
  return chip;
}

function drawPicks() {
  const list = document.getElementById("picks");
  const chosen = boxes().filter((box) => box.checked);
  const known = new Map([...list.children].map((chip) => [chip.dataset.file, chip]));
  list.replaceChildren(...chosen.map((box) => known.get(box.value) ?? chipOf(box)));
  list.hidden = !chosen.length;
}

document.addEventListener("change", (event) => {
  if (!page() || !event.target.matches?.('#edit-strip [name="files"]')) return;
  touched = strip().dataset.turn;
  if (event.target.checked) picked.add(event.target.value);
  else picked.delete(event.target.value);
  drawPicks();
});

document.addEventListener("click", (event) => {
  const chip = event.target.closest?.("#picks button")?.closest(".ref");
  if (!chip) return;
  const next = chip.nextElementSibling ?? chip.previousElementSibling;
  touched = strip().dataset.turn;
  picked.delete(chip.dataset.file);
  for (const box of boxes()) box.checked = picked.has(box.value);
  drawPicks();
  (next?.querySelector("button") ?? document.getElementById("edit-box")).focus();
});

// --- Models ---

function nameModels() {
  const button = document.querySelector("[data-models-button]");
  const chosen = [...document.querySelectorAll('#edit-models [name="models"]:checked')];
  const swatches = chosen.map(({ dataset }) => {
    const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
    swatch.dataset.pigment = dataset.pigment;
    return swatch;
  });
  button.querySelector(".swatches").replaceChildren(...swatches);
  const names = chosen.map(({ dataset }) => dataset.name).join(", ");
  button.querySelector("[data-models-names]").textContent = names || text("no-model");
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.('#edit-models [name="models"]')) nameModels();
});

// --- Title ---

function rename() {
  const head = document.getElementById("edit-head");
  const title = head.querySelector("[data-title]");
  const form = document.getElementById("thread-rename").content.firstElementChild.cloneNode(true);
  form.className = "edit-rename";
  form.elements.title.value = title.textContent;
  head.setAttribute("hx-morph-skip", ""); // what arrives meanwhile must not take the text away
  title.hidden = true;
  title.after(form);
  form.elements.title.select();
  form.elements.title.focus();
}

function end(form) {
  if (form.hidden) return; // removing what has the focus says that it lost it
  form.hidden = true;
  const head = document.getElementById("edit-head");
  head.removeAttribute("hx-morph-skip");
  head.querySelector("[data-title]").hidden = false;
  form.remove();
  document.getElementById("edit-more").focus();
}

async function save(form) {
  const title = document.querySelector("#edit-head [data-title]");
  const words = form.elements.title.value.trim();
  if (words && words !== title.textContent) {
    if (!(await act(openUrl("rename/"), { title: words }))) return;
    title.textContent = words;
  }
  if (form.isConnected) end(form);
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-edit-rename]")) return;
  document.getElementById("edit-menu").hidePopover();
  rename();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.(".edit-rename")) return;
  event.preventDefault();
  save(event.target);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".edit-rename");
  if (form && event.key === "Escape") {
    event.preventDefault();
    end(form);
  }
});

document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.(".edit-rename");
  if (form && !form.hidden && !form.contains(event.relatedTarget)) save(form);
});

document.addEventListener("htmx:after:swap", () => page() && renewPicks());
if (page()) renewPicks();
