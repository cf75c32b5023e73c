// Text that was typed and not sent, by thread, kept over reloads. A draft that was sent without an
// answer keeps the key of that send, so sending it again cannot make a second message.
import { threadId } from "./shown.js";

const { user = "" } = document.body.dataset; // two people may share a browser

function slot(thread) {
  return `draft:${user}:${thread || "new"}`;
}

const unsaved = new Map(); // slot -> draft that storage, full or forbidden, did not take

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

/** @returns {{text: string, sent?: string, thread?: string, model?: string, clientId?: string}} */
export function readDraft(thread = threadId()) {
  const key = slot(thread);
  return unsaved.get(key) ?? stored(key) ?? { text: "" };
}

export function writeDraft(draft, thread = threadId()) {
  const key = slot(thread);
  unsaved.delete(key);
  try {
    if (draft.text) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
  } catch {
    forget(key); // else an older text would come back
    unsaved.set(key, draft); // kept for as long as the page
  }
}

function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Storage is forbidden.
  }
}

/** Put text into the box, as typing does, but without changing the draft. */
export function fill(box, words) {
  box.value = words;
  box.dispatchEvent(new Event("atelier:filled", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("#composer textarea")) {
    writeDraft({ ...readDraft(), text: event.target.value });
  }
});

function restore() {
  const box = document.querySelector("#composer textarea");
  if (!box || box.value) return;
  fill(box, readDraft().text);
}

// A tab that shows the same draft follows another one: a text that was sent there is not here to be
// sent again. One that was changed here stays.
window.addEventListener("storage", (event) => {
  const box = document.querySelector("#composer textarea");
  if (!box || event.key !== slot(threadId())) return;
  const text = (json) => (json ? JSON.parse(json).text : "");
  if (box.value === text(event.oldValue)) fill(box, text(event.newValue));
});

document.addEventListener("htmx:after:settle", (event) => event.target.id === "main" && restore());
restore();
