// The search dialog (Ctrl or Cmd+K): a combobox over chats and messages. It searches while one
// types, and only the last search counts.
import { MAC } from "./keys.js";
import { seek } from "./message-link.js";
import { log } from "./shown.js";
import { navigate } from "./navigate.js";
import { text } from "./text.js";

const PAUSE = 120; // ms between the last key and the search
const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };

const dialog = document.getElementById("palette");
const box = dialog?.querySelector("input");
const list = document.getElementById("palette-list");
const status = dialog?.querySelector("[data-palette-status]");

let timer = 0; // of a search that is to come
let request = null;

// --- Searching ---

async function read(url) {
  request?.abort();
  request = new AbortController();
  const response = await fetch(url, { signal: request.signal });
  if (response.redirected) location.reload(); // signed out: the page itself leads to sign-in
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  return template.content;
}

async function search() {
  clearTimeout(timer);
  timer = 0;
  try {
    const found = await read(`${dialog.dataset.url}?${new URLSearchParams({ q: box.value })}`);
    status.textContent = found.querySelector("[data-count]").content.textContent;
    list.replaceChildren(found);
    list.scrollTop = 0;
    watchEnd();
    select(options()[0]);
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = text("search-failed");
  }
}

function searchLater() {
  clearTimeout(timer);
  timer = setTimeout(search, PAUSE);
}

const end = new IntersectionObserver(([{ isIntersecting, target }]) => {
  if (isIntersecting) readMore(target);
});

function watchEnd() {
  end.disconnect();
  const more = list.querySelector("[data-palette-more]");
  if (more) end.observe(more);
}

async function readMore(more) {
  end.disconnect();
  try {
    const found = await read(more.dataset.paletteMore);
    const place = [...list.querySelectorAll("[data-messages]")].at(-1);
    place?.append(...found.querySelectorAll("[role='option']"));
    const next = found.querySelector("[data-palette-more]");
    if (next) more.replaceWith(next);
    else more.remove();
    watchEnd();
  } catch {
    // Another search took its place, or the connection is gone: scrolling tries again.
  }
}

// --- Choosing ---

function options() {
  return [...list.querySelectorAll("[role='option']")];
}

function selected() {
  return list.querySelector("[aria-selected='true']");
}

function select(option) {
  selected()?.setAttribute("aria-selected", "false");
  box.setAttribute("aria-expanded", String(Boolean(option)));
  if (!option) {
    box.removeAttribute("aria-activedescendant");
    return box.removeAttribute("aria-controls");
  }
  option.id ||= `palette-option-${options().indexOf(option)}`;
  option.setAttribute("aria-selected", "true");
  box.setAttribute("aria-controls", "palette-options");
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = options();
  const at = all.indexOf(selected()) + by;
  const wraps = Math.abs(by) === 1;
  select(all.at(wraps ? at % all.length : Math.min(Math.max(at, 0), all.length - 1)));
}

/** Open the first match of what was typed, which may not have been looked for yet. */
async function enter() {
  if (timer) await search();
  if (dialog.open && selected()) go(selected());
}

async function go(option) {
  const url = new URL(option.href);
  close();
  if (!log() || !("chat" in option.dataset)) return location.assign(url);
  await navigate(url.pathname);
  history.replaceState(history.state, "", url); // htmx leaves the fragment out
  seek();
}

// --- Opening and closing ---

/** Open it, or close it when it is. */
export function open() {
  if (dialog.open) return close();
  dialog.showModal();
  box.value = "";
  list.replaceChildren();
  select(null);
  search();
}

function close() {
  clearTimeout(timer);
  timer = 0;
  request?.abort();
  dialog.close(); // gives the focus back
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-palette-open]")) open();
});

box?.addEventListener("input", searchLater);

box?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key in STEPS && options().length) {
    event.preventDefault();
    step(STEPS[event.key]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    enter();
  }
});

dialog?.addEventListener("click", (event) => {
  const option = event.target.closest("[role='option']");
  if (option && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    go(option);
  } else if (event.target === dialog || event.target.closest("[data-palette-close]")) close();
});

list?.addEventListener("pointermove", (event) => {
  const option = event.target.closest("[role='option']");
  if (option && option !== selected()) select(option);
});

if (MAC) {
  for (const key of document.querySelectorAll("[data-shortcut]")) {
    key.textContent = `⌘${key.dataset.shortcut}`;
  }
}
