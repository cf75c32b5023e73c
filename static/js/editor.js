// Editing one's own message in place. What was typed is kept, over reloads too, until it is sent or
// discarded; sent again after a lost connection it carries the same client_id.
import { composer, isBusy, setBusy } from "./busy.js";
import { fill } from "./drafts.js";
import { catchUp } from "./live.js";
import { subjectOf } from "./message-menu.js";
import { focusBox } from "./navigate.js";
import { post } from "./post.js";
import { answering, article, log, messageOf, messageUrl, scrollToEnd } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

const prefix = `edit:${document.body.dataset.user ?? ""}:`; // two people may share a browser

// --- What was typed ---

/** Message -> {text, sent, model, clientId}: the last three of a send without an answer. */
const drafts = new Map();

function readDrafts() {
  try {
    for (const [key, value] of Object.entries(localStorage)) {
      if (key.startsWith(prefix)) drafts.set(key.slice(prefix.length), JSON.parse(value));
    }
  } catch {
    // Storage is forbidden: edits last as long as the page.
  }
}

function keep(message, draft) {
  if (draft) drafts.set(message, draft);
  else drafts.delete(message);
  try {
    if (draft) localStorage.setItem(prefix + message, JSON.stringify(draft));
    else localStorage.removeItem(prefix + message);
  } catch {
    // Storage is full or forbidden: the text is still in its box.
  }
}

// --- Opening and closing ---

function editor(message) {
  return document.getElementById(`edit-${message}`);
}

function written(message) {
  return article(message).querySelector(".msg-body").textContent;
}

function open(message, { focus = true } = {}) {
  if (!editor(message)) {
    const form = document.getElementById("message-editor").content.firstElementChild.cloneNode(true);
    form.id = `edit-${message}`; // a morph of the article finds it by that
    article(message).querySelector(".msg-body").after(form);
    fill(form.elements.text, drafts.get(message)?.text ?? written(message));
  }
  if (!focus) return;
  editor(message).elements.text.focus({ preventScroll: true });
  editor(message).scrollIntoView({ block: "nearest" });
}

/** Give up an edit; what was typed can be had back. */
function discard(form) {
  const message = messageOf(form);
  const words = form.elements.text.value;
  form.remove();
  keep(message, null);
  const buttons = [...article(message).querySelectorAll("[data-edit], [data-message-more]")];
  buttons.find((button) => button.checkVisibility())?.focus();
  if (words === written(message)) return;
  const undo = () => {
    keep(message, { text: words });
    if (article(message)) open(message);
  };
  toast(text("edit-discarded"), { action: { label: text("undo"), run: undo } });
}

// --- Sending ---

/** The send of `words`: the one that failed before, or a new one. Kept with the draft. */
function prepare(message, words) {
  const model = composer().elements.model?.value ?? "";
  const last = drafts.get(message);
  const again = last?.clientId && last.sent === words && last.model === model;
  const clientId = again ? last.clientId : uuid();
  keep(message, { text: words, sent: words, model, clientId });
  return { text: words, client_id: clientId, ...(model && { model }) };
}

function setWaiting(form, waiting) {
  form.setAttribute("aria-busy", String(waiting));
  form.elements.text.readOnly = waiting;
  for (const button of form.querySelectorAll("button")) button.disabled = waiting;
}

async function send(form) {
  const words = form.elements.text.value;
  const hasFiles = form.closest("article").querySelector(".msg-files");
  if (!words.trim() && !hasFiles) return form.elements.text.focus();
  if (isBusy()) return toast(text("wait-for-answer"), { tone: "info" });
  const message = messageOf(form);
  const fields = prepare(message, words);
  setWaiting(form, true);
  setBusy(true);
  const result = await post(messageUrl(message, "edit"), fields).catch(() => null);
  if (result?.ok || !drafts.has(message)) {
    keep(message, null);
    form.remove();
    focusBox();
    scrollToEnd();
    return catchUp();
  }
  setWaiting(form, false);
  setBusy(result?.error === "busy" || answering());
  toast(result?.message || text("not-sent"), { tone: "error" });
}

// --- Events ---

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-edit], .msg-edit [data-cancel]");
  if (!button) return;
  if (button.form) discard(button.form);
  else open(subjectOf(button));
});

document.addEventListener("input", (event) => {
  const form = event.target.closest?.(".msg-edit");
  if (!form) return;
  const message = messageOf(form);
  keep(message, { ...drafts.get(message), text: event.target.value });
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.(".msg-edit")) return;
  event.preventDefault();
  send(event.target);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".msg-edit");
  if (!form || event.isComposing || event.keyCode === 229) return;
  const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (!sends && event.key !== "Escape") return;
  event.preventDefault();
  if (sends) form.requestSubmit();
  else if (!form.elements.text.readOnly) discard(form);
});

// An article that is shown anew gets its open editor too: the morph then leaves the box, and what
// is being typed in it, where they are.
document.addEventListener("htmx:before:swap", (event) => {
  for (const form of log()?.querySelectorAll(".msg-edit") ?? []) {
    const id = CSS.escape(form.closest("article").id);
    for (const { fragment } of event.detail.tasks) {
      if (fragment.querySelector(`#${CSS.escape(form.id)}`)) continue; // kept from this very page
      fragment.querySelector(`#${id} .msg-body`)?.after(form.cloneNode(true));
    }
  }
});

function restore() {
  for (const [message, { clientId }] of drafts) {
    const saved = clientId && log()?.querySelector(`[data-client-id="${CSS.escape(clientId)}"]`);
    if (saved) keep(message, null); // the live channel was faster than the answer
    else if (log() && article(message)) open(message, { focus: false });
  }
}

for (const type of ["htmx:after:swap", "atelier:paged"]) document.addEventListener(type, restore);
readDrafts();
restore();
