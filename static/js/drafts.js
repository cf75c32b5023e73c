// Text that was typed and not sent, by conversation, kept over reloads. It has the key of its send from
// the first letter on, so two tabs that send the same draft, or one that sends it again, make one
// message.
import { draftPlace } from "./shown.js";
import { uuid } from "./uuid.js";

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
export function readDraft(thread = draftPlace()) {
  const key = slot(thread);
  return unsaved.get(key) ?? stored(key) ?? { text: "" };
}

export function writeDraft(draft, thread = draftPlace()) {
  const key = slot(thread);
  unsaved.delete(key);
  try {
    if (draft.text || draft.files) localStorage.setItem(key, JSON.stringify(draft));
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

let own = null; // the draft in this tab's box; another tab may have sent or changed what is stored
let underWay = ""; // client_id of the send that has no answer yet

/** The draft whose words these are; without a key when they have none. */
export function draftOf(words) {
  if (own?.text === words) return own;
  const stored = readDraft();
  return stored.text === words ? stored : { text: words };
}

/** A send begins; what is typed from now on is another message. "" when it is over. */
export function setUnderWay(clientId) {
  underWay = clientId;
  own = null;
}

/** A message is saved: who has its draft in the box, in whichever tab, is done with it. */
export function settle(clientId) {
  const box = document.querySelector("#composer textarea");
  if (own?.clientId !== clientId || box?.value !== own.text) return;
  own = null;
  fill(box, "");
}

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("#composer textarea")) return;
  const last = own ?? readDraft();
  const known = last.clientId === underWay ? {} : last;
  own = { clientId: uuid(), thread: uuid(), ...known, text: event.target.value };
  writeDraft(own);
});

function restore() {
  const box = document.querySelector("#composer textarea");
  if (!box || box.value) return;
  own = readDraft();
  fill(box, own.text);
}

// A tab that shows the same draft follows another one: a text that was sent there is not here to be
// sent again. One that was changed here stays.
window.addEventListener("storage", (event) => {
  const box = document.querySelector("#composer textarea");
  if (!box || event.key !== slot(draftPlace())) return;
  const text = (json) => (json ? JSON.parse(json).text : "");
  if (box.value === text(event.oldValue)) fill(box, text(event.newValue));
});

document.addEventListener("htmx:after:settle", (event) => event.target.id === "main" && restore());
restore();
