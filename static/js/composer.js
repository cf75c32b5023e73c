// Writing and sending. A sent text appears at once; when it is refused or lost it is back in the
// box, and sending it again carries the same client_id, so it can only arrive once.
import { announce } from "./announce.js";
import { composer, isBusy, queues, setBusy } from "./busy.js";
import { fill, readDraft, writeDraft } from "./drafts.js";
import { catchUp, tellOpen } from "./live.js";
import { post } from "./post.js";
import { answering, log, scrollToEnd, threadId, threadUrl } from "./shown.js";
import { isSendKey } from "./send-key.js";
import { markOpen } from "./sidebar.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { forgetTuning, tuningToSend } from "./tuning.js";
import { uuid } from "./uuid.js";

let sending = null; // the send that waits for the server's answer
const bubbles = new Map(); // client_id -> own message not yet saved

/** The send of `words`: the one that failed before, or a new one. Kept with the draft. */
function prepare(words, model) {
  const last = readDraft();
  const again = last.clientId && last.sent === words && last.model === model;
  const thread = threadId() || (again && last.thread) || uuid();
  const clientId = again ? last.clientId : uuid();
  const attempt = { text: words, sent: words, model, thread, clientId };
  writeDraft(attempt);
  return attempt;
}

function showBubble({ sent, clientId }) {
  const template = document.getElementById(queues() ? "queued-message" : "own-message");
  const bubble = template.content.firstElementChild.cloneNode(true);
  bubble.dataset.clientId = clientId;
  bubble.querySelector(".msg-body, .queued-text").textContent = sent;
  document.querySelector(".greeting")?.remove();
  (queues() ? document.getElementById("queue-sending") : log()).append(bubble);
  bubbles.set(clientId, bubble);
  scrollToEnd();
}

/** The new chat becomes the thread that its first message made. */
function adopt(id) {
  log().dataset.thread = id;
  history.pushState({ htmx: true }, "", threadUrl(id));
  markOpen();
  tellOpen();
}

function accept({ thread, text: words }, slot, form) {
  const draft = readDraft(slot);
  writeDraft({ text: draft.text === words ? "" : draft.text }, slot);
  if (!slot) forgetTuning();
  if (!slot && form.isConnected) adopt(thread);
  catchUp();
}

function giveBack({ sent, clientId }, form, refusal) {
  bubbles.get(clientId)?.remove();
  toast(refusal?.message || text("not-sent"), { tone: "error" });
  if (!form.isConnected) return; // the draft waits on the page that was left
  const box = form.elements.text;
  fill(box, box.value ? `${sent}\n\n${box.value}` : sent);
  setBusy(refusal?.error === "busy" || answering());
}

async function deliver(form, attempt, slot, tuning) {
  const { sent, model, clientId, thread } = attempt;
  const fields = { text: sent, client_id: clientId, ...(model && { model }), ...tuning };
  const result = await post(threadUrl(thread, "messages/"), fields).catch(() => null);
  const saved = !bubbles.has(clientId); // the live channel was faster than the answer
  const arrived = Boolean(result?.ok || saved);
  if (arrived) accept(attempt, slot, form);
  else giveBack(attempt, form, result);
  if (!result?.ok) bubbles.delete(clientId);
  if (result?.data?.queued) announce(text("queued"));
  return arrived;
}

let next = false; // whether a send waits for the one before it

/** Queue in the order of typing: one is sent when the one before it has arrived. */
async function submitNext(form) {
  if (next) return;
  next = true;
  const arrived = await sending;
  next = false;
  if (arrived && form.isConnected) submit(form);
}

function submit(form) {
  const box = form.elements.text;
  const words = box.value;
  if (!words.trim()) return box.focus();
  if (sending && queues()) return submitNext(form);
  if (sending || (isBusy() && !queues())) return toast(text("wait-for-answer"), { tone: "info" });
  const slot = threadId();
  const attempt = prepare(words, form.elements.model?.value ?? "");
  showBubble(attempt);
  fill(box, "");
  setBusy(true);
  sending = deliver(form, attempt, slot, tuningToSend()).finally(() => (sending = null));
}

export async function stop() {
  await sending; // what the server does not know yet cannot be stopped
  if (!threadId()) return;
  const result = await post(threadUrl(threadId(), "stop/")).catch(() => null);
  if (!result?.ok) toast(result?.message || text("not-stopped"), { tone: "error" });
}

document.addEventListener("submit", (event) => {
  if (event.target !== composer()) return;
  event.preventDefault();
  submit(event.target);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-stop]")) stop();
});

document.addEventListener("keydown", (event) => {
  const form = composer();
  if (!form || event.target !== form.elements.text || !isSendKey(event)) return;
  event.preventDefault();
  form.requestSubmit();
});

// The saved message takes the place of its bubble within one task, so nothing is seen twice.
document.addEventListener("htmx:before:swap", (event) => {
  if (!bubbles.size) return;
  for (const { fragment } of event.detail.tasks) {
    for (const { dataset } of fragment.querySelectorAll("[data-client-id]")) {
      bubbles.get(dataset.clientId)?.remove();
      bubbles.delete(dataset.clientId);
    }
  }
});
