// Text that was typed and not sent, by thread, kept over reloads. A draft that was sent without an
// answer keeps the key of that send, so sending it again cannot make a second message.
import { threadId } from "./shown.js";

const { user = "" } = document.body.dataset; // two people may share a browser

function slot(thread) {
  return `draft:${user}:${thread || "new"}`;
}

/** @returns {{text: string, sent?: string, thread?: string, model?: string, clientId?: string}} */
export function readDraft(thread = threadId()) {
  try {
    return JSON.parse(localStorage.getItem(slot(thread))) ?? { text: "" };
  } catch {
    return { text: "" };
  }
}

export function writeDraft(draft, thread = threadId()) {
  try {
    if (draft.text || draft.files) localStorage.setItem(slot(thread), JSON.stringify(draft));
    else localStorage.removeItem(slot(thread));
  } catch {
    // Storage is full or forbidden: the text is still in the box.
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

document.addEventListener("htmx:after:settle", (event) => event.target.id === "main" && restore());
restore();
