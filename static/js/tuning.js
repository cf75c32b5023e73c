// A thread's settings: system prompt and temperature. Those of a new chat wait in the composer, and
// in storage, for its first message.
import { composer } from "./busy.js";
import { catchUp } from "./live.js";
import { post } from "./post.js";
import { log, threadId, threadUrl } from "./shown.js";
import { isUp } from "./socket.js";
import { text } from "./text.js";

const slot = `tuning:${document.body.dataset.user ?? ""}`; // two people may share a browser
const dialog = document.getElementById("tuning");
const form = dialog?.querySelector("form");
const { lang } = document.documentElement;

let subject = ""; // the thread that is being set; "" is a new one
let isTouched = false;

// --- A new chat's ---

function fields() {
  const { system_prompt: prompt, temperature } = composer()?.elements ?? {};
  return temperature ? { prompt, temperature } : null;
}

function number(value) {
  return new Intl.NumberFormat(lang).format(value);
}

function summarise() {
  const { prompt, temperature } = fields();
  const parts = [];
  if (prompt.value) parts.push(text("tuned-prompt"));
  if (temperature.value) {
    parts.push(text("tuned-temperature", { value: number(temperature.value) }));
  }
  const spans = parts.map((part) => {
    const span = document.createElement("span");
    span.textContent = part;
    return span;
  });
  document.querySelector("#thread-head .tuned")?.replaceChildren(...spans);
}

/** In the composer, and over a reload. */
function keep(values) {
  const { prompt, temperature } = fields();
  prompt.value = values.system_prompt;
  temperature.value = values.temperature;
  try {
    localStorage.setItem(slot, JSON.stringify(values));
  } catch {
    // Storage is full or forbidden: they last as long as the page.
  }
  summarise();
  document.dispatchEvent(new Event("atelier:picked"));
}

function restore() {
  if (!fields()) return;
  try {
    const { system_prompt: prompt, temperature } = JSON.parse(localStorage.getItem(slot));
    if (prompt !== undefined) fields().prompt.value = prompt;
    if (temperature !== undefined) fields().temperature.value = temperature;
  } catch {
    // Nothing was kept.
  }
  summarise();
}

/** What a first message takes with it; nothing for a thread that exists. */
export function tuningToSend() {
  const found = threadId() ? null : fields();
  return found && { system_prompt: found.prompt.value, temperature: found.temperature.value };
}

/** The first message was taken: the next new chat begins as the reader's settings say. */
export function forgetTuning() {
  try {
    localStorage.removeItem(slot);
  } catch {
    // Storage is forbidden, so nothing was kept.
  }
}

// --- The dialog ---

function show({ system_prompt: prompt, temperature }) {
  const { elements } = form;
  const isDefault = temperature === null || temperature === "";
  elements.system_prompt.value = prompt;
  elements.is_default.checked = isDefault;
  elements.temperature.value = isDefault ? 1 : temperature;
  isTouched = false;
  follow();
}

/** The slider goes with the switch. */
function follow() {
  const { temperature, is_default: isDefault, shown } = form.elements;
  temperature.disabled = isDefault.checked;
  shown.value = isDefault.checked ? "" : number(temperature.value);
}

function complain(sentence) {
  const line = form.querySelector(".error");
  line.hidden = !sentence;
  line.lastElementChild.textContent = sentence;
}

/** The thread's as the server has them; null when it gave none. */
async function read(id) {
  const response = await fetch(threadUrl(id, "settings/")).catch(() => null);
  return response?.ok && !response.redirected ? response.json() : null;
}

async function open() {
  subject = threadId();
  const values = subject ? await read(subject) : tuningToSend();
  if (dialog.open || subject !== threadId()) return;
  complain(values ? "" : text("not-changed"));
  show(values ?? { system_prompt: "", temperature: null });
  form.querySelector("[type='submit']").disabled = !values;
  dialog.showModal();
}

/** Another tab set them while nothing was typed here. */
async function refresh() {
  if (!dialog?.open || !subject || isTouched) return;
  const values = await read(subject);
  if (values && dialog.open && !isTouched) show(values);
}

async function save() {
  const { elements } = form;
  const values = {
    system_prompt: elements.system_prompt.value.trim(),
    temperature: elements.is_default.checked ? "" : elements.temperature.value,
  };
  if (!subject) {
    if (fields()) keep(values);
    return dialog.close();
  }
  const button = form.querySelector("[type='submit']");
  button.disabled = true;
  const result = await post(threadUrl(subject, "settings/"), values).catch(() => null);
  button.disabled = false;
  if (!result?.ok) return complain(result?.message || text("not-changed"));
  dialog.close();
  if (!isUp()) catchUp();
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-tuning-open]") && log()) open();
  else if (event.target === dialog || event.target.closest?.("[data-tuning-close]")) dialog?.close();
});

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});

form?.addEventListener("input", () => {
  isTouched = true;
  follow();
});

form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("htmx:after:swap", refresh);
document.addEventListener("htmx:after:settle", (event) => event.target.id === "main" && restore());
if (dialog) restore();
