// Choosing a model: a combobox over all of them in a popover. The list is fetched when it is first
// wanted, and again when favourites change, here or in another tab.
import { again } from "./branches.js";
import { composer } from "./busy.js";
import { subjectOf } from "./message-menu.js";
import { post } from "./post.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
const PAUSE = 400; // ms after the last key
const TOUCH = matchMedia("(hover: none) and (pointer: coarse)");

const menu = document.getElementById("model-menu");
const box = menu?.querySelector("input");
const list = document.getElementById("model-options");
const none = menu?.querySelector(".model-none");
const favour = menu?.querySelector("[data-favour]");
const status = menu?.querySelector("[role='status']");

let loading = null; // the list that was fetched, or is being
let asked = 0; // how often it was asked for
let purpose = null; // what the model is chosen for, where not for the composer
let words = new Map(); // option -> its words, plain and small

// --- The list ---

function plain(written) {
  return written.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

async function fetchOptions() {
  const number = ++asked;
  const response = await fetch(menu.dataset.url);
  if (response.redirected) location.reload(); // signed out: the page itself leads to sign-in
  if (!response.ok) throw new Error(`models: ${response.status}`);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  if (number < asked) return; // a newer list may be there already
  const { active } = list.dataset;
  list.replaceChildren(template.content);
  list.ariaBusy = "false";
  words = new Map(options().map((option) => [option, plain(option.dataset.words)]));
  markChosen();
  filter(active);
  if (isOpen() && box.value) tellCount();
}

/** Have the list, new where it was forgotten. */
function load() {
  loading ??= fetchOptions().catch(() => {
    loading = null;
    toast(text("models-failed"), { tone: "error" });
  });
  return loading;
}

function forget() {
  loading = null;
  if (isOpen()) load();
}

function isOpen() {
  return menu.matches(":popover-open");
}

// --- The options ---

function options() {
  return [...list.querySelectorAll("[role='option']")];
}

function shown() {
  return options().filter((option) => !option.hidden);
}

function active() {
  return list.querySelector("[data-active]");
}

function chosen() {
  return composer()?.elements.model?.value ?? "";
}

function markChosen() {
  for (const option of options()) {
    option.ariaSelected = String(!purpose && option.dataset.model === chosen());
  }
}

function activate(option) {
  active()?.removeAttribute("data-active");
  box.ariaExpanded = String(Boolean(option));
  favour.disabled = !option;
  if (!option) return box.removeAttribute("aria-activedescendant");
  option.dataset.active = "";
  list.dataset.active = option.dataset.model;
  box.setAttribute("aria-activedescendant", option.id);
  favour.ariaPressed = String("favourite" in option.dataset);
  option.scrollIntoView({ block: "nearest" });
}

/** Show what matches each word that was typed; go to `wanted`, else to the first. */
function filter(wanted) {
  const typed = plain(box.value).split(/\s+/).filter(Boolean);
  for (const [option, has] of words) option.hidden = !typed.every((word) => has.includes(word));
  for (const group of list.querySelectorAll(".model-group")) {
    group.hidden = !group.querySelector("[role='option']:not([hidden])");
  }
  const found = shown();
  none.hidden = Boolean(found.length) || !words.size;
  activate(found.find((option) => option.dataset.model === wanted) ?? found[0]);
}

let counting = 0;

/** Once typing has paused, so that it is heard. */
function tellCount() {
  clearTimeout(counting);
  counting = setTimeout(() => {
    status.textContent = text("models-found", { count: shown().length });
  }, PAUSE);
}

function step(by) {
  const all = shown();
  const at = all.indexOf(active()) + by;
  const wraps = Math.abs(by) === 1;
  activate(all.at(wraps ? at % all.length : Math.min(Math.max(at, 0), all.length - 1)));
}

// --- Choosing ---

/** The composer's model from now on. */
function take(option) {
  const button = document.querySelector("[data-pick]");
  button.querySelector(".swatch").dataset.pigment = option.querySelector(".swatch").dataset.pigment;
  button.querySelector("b").textContent = option.querySelector(".model-name").textContent;
  button.dataset.context = option.dataset.context;
  button.dataset.inputPrice = option.dataset.inputPrice;
  button.dataset.sees = option.dataset.sees;
  button.form.elements.model.value = option.dataset.model;
  document.querySelector("[data-replaced]")?.remove();
  document.dispatchEvent(new Event("atelier:picked"));
}

function choose(option) {
  const use = purpose ?? take;
  menu.hidePopover(); // gives the focus back to the button
  use(option);
}

async function star(option) {
  const on = !("favourite" in option.dataset);
  const { model } = option.dataset;
  const name = option.querySelector(".model-name").textContent;
  option.toggleAttribute("data-favourite", on);
  favour.ariaPressed = String("favourite" in (active()?.dataset ?? {}));
  const result = await post(`${menu.dataset.url}${model}/favourite/`, { on }).catch(() => null);
  if (!result?.ok) toast(result?.message || text("not-changed"), { tone: "error" });
  else status.textContent = text(on ? "favourite-added" : "favourite-removed", { model: name });
  forget();
}

// --- Opening and closing ---

/** Choose a model for something else than the composer, at the button `source`. */
export function pick(source, use) {
  purpose = use;
  menu.showPopover({ source });
}

/** Before it is seen, so that no key that is pressed right after is lost. */
function opening() {
  box.value = "";
  status.textContent = "";
  menu.autofocus = TOUCH.matches; // no keyboard on the screen until it is asked for
  box.autofocus = !TOUCH.matches;
  markChosen();
}

async function opened() {
  if (!box.value) filter(chosen()); // what is there at once
  await load();
  if (isOpen() && !box.value) filter(chosen());
}

menu?.addEventListener("beforetoggle", ({ newState }) => newState === "open" && opening());
menu?.addEventListener("toggle", ({ newState }) => {
  document.querySelector("[data-pick]")?.setAttribute("aria-expanded", newState === "open");
  if (newState === "open") opened();
  else purpose = null;
});

box?.addEventListener("input", () => {
  filter();
  list.scrollTop = 0;
  if (words.size) tellCount();
});

menu?.addEventListener("keydown", (event) => {
  if (event.isComposing || event.target === favour) return;
  if (event.key in STEPS && shown().length) {
    event.preventDefault();
    step(STEPS[event.key]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (active()) choose(active());
  }
});

menu?.addEventListener("click", (event) => {
  const option = event.target.closest("[role='option']");
  if (event.target.closest("[data-star]")) star(option);
  else if (option) choose(option);
  else if (event.target.closest("[data-favour]") && active()) star(active());
});

list?.addEventListener("pointermove", (event) => {
  const option = event.target.closest("[role='option']");
  if (option && option !== active()) activate(option);
});

for (const type of ["pointerover", "focusin"]) {
  document.addEventListener(type, (event) => event.target.closest?.("[data-pick]") && load());
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-again-with]");
  if (!button) return;
  const message = subjectOf(button);
  const more = document.querySelector(`#message-${message} [data-message-more]`);
  pick(more, (option) => again(message, "regenerate", option.dataset.model));
});

document.addEventListener("atelier:preferences", () => menu && forget());
