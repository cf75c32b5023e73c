// Asking again, going between the versions of a message, deleting from a message on. The page
// follows by the live channel, as every other page of the thread does.
import { announce } from "./announce.js";
import { composer, isBusy, setBusy } from "./busy.js";
import { catchUp } from "./live.js";
import { subjectOf } from "./message-menu.js";
import { focusBox } from "./navigate.js";
import { post } from "./post.js";
import { answering, article, messageUrl, scroller, scrollToEnd } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

/** The server's answer to an operation; a refusal is said. */
async function act(message, operation, fields) {
  const result = await post(messageUrl(message, operation), fields).catch(() => null);
  if (result?.ok) await catchUp();
  else toast(result?.message || text("not-done"), { tone: "error" });
  return result ?? { ok: false };
}

// --- Asking again ---

// What was asked -> its client_id, until the server took it: pressed again after a lost connection
// it starts one answer.
const keys = new Map();

/** Ask again: for an answer to a question, or for another one. */
export async function again(message, operation, model) {
  const asked = [message, operation, model].join();
  if (!keys.has(asked)) keys.set(asked, uuid());
  setBusy(true);
  scrollToEnd();
  const fields = { client_id: keys.get(asked), ...(model && { model }) };
  const { ok, error } = await act(message, operation, fields);
  if (ok) keys.delete(asked);
  else setBusy(error === "busy" || answering());
}

// --- Versions ---

let wanted = null; // {message, label, top}: the version asked for, and where the button was

async function show(button) {
  const message = button.dataset.show;
  wanted = { message, label: button.ariaLabel, top: button.getBoundingClientRect().top };
  const { ok } = await act(message, "show");
  if (!ok) wanted = null;
}

/** The version takes the place of the other under the pointer, and the focus stays. */
function arrive() {
  const group = wanted && article(wanted.message)?.querySelector(".siblings");
  if (!group) return;
  const buttons = [...group.querySelectorAll("button:enabled")];
  const same = buttons.find((button) => button.ariaLabel === wanted.label) ?? buttons[0];
  scroller().scrollTop += same.getBoundingClientRect().top - wanted.top;
  same.focus({ preventScroll: true });
  announce(group.ariaLabel);
  wanted = null;
}

document.addEventListener("htmx:after:swap", arrive);

// --- Deleting ---

async function remove(message) {
  const { ok } = await act(message, "delete");
  if (!ok) return;
  if (document.activeElement === document.body) focusBox();
  const undo = { label: text("undo"), run: () => act(message, "restore") };
  toast(text("messages-deleted"), { action: undo });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-again], [data-show], [data-delete]");
  if (!button || !composer()) return;
  if (isBusy()) return toast(text("wait-for-answer"), { tone: "info" });
  const { again: operation, model } = button.dataset;
  if (operation) again(subjectOf(button), operation, model);
  else if (button.dataset.show) show(button);
  else remove(subjectOf(button));
});
