// Writing and sending. A sent text appears at once; when it is refused or lost it is back in the
// box, and sending it again carries the same client_id, so it can only arrive once.
import { announce } from "./announce.js";
import { holdsBack, sendWhenReady, shown } from "./attachments.js";
import { composer, isBusy, queues, setBusy } from "./busy.js";
import { draftOf, fill, readDraft, setUnderWay, settle, writeDraft } from "./drafts.js";
import * as fileList from "./file-list.js";
import { catchUp, tellOpen } from "./live.js";
import { post } from "./post.js";
import {
  adopt,
  answering,
  log,
  openId,
  openUrl,
  scrollToEnd,
  threadId,
  threadUrl,
} from "./shown.js";
import { underWay } from "./refine.js";
import { isSendKey } from "./send-key.js";
import { markOpen } from "./sidebar.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { forgetTuning, tuningToSend } from "./tuning.js";
import { uuid } from "./uuid.js";

let sending = null; // the send that waits for the server's answer
const bubbles = new Map(); // client_id -> own message and awaited answer, not yet saved

/** The send of `words` and files: that of their draft, or a new one where others had its key. */
function prepare(words, model, taken) {
  const last = draftOf(words);
  const files = taken.map(({ id }) => id).join();
  const isSame = last.sent === words && last.model === model && (last.files ?? "") === files;
  const again = last.clientId && (last.sent === undefined || isSame);
  const thread = threadId() || (again && last.thread) || uuid();
  const clientId = again ? last.clientId : uuid();
  const attempt = { text: words, sent: words, model, files, thread, clientId };
  writeDraft(attempt);
  setUnderWay(clientId);
  return { ...attempt, taken };
}

function cloneOf(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}

function queued(words) {
  const item = cloneOf("queued-message");
  item.querySelector(".queued-text").textContent = words;
  return item;
}

function question(words, taken) {
  const article = cloneOf("own-message");
  article.querySelector(".msg-body").textContent = words;
  if (taken.length) article.prepend(shown(taken));
  return article;
}

function awaitedAnswer() {
  const article = cloneOf("awaited-answer");
  const pick = composer().querySelector("[data-pick]");
  article.querySelector("b").textContent = pick?.querySelector("b").textContent ?? "";
  article.querySelector(".swatch").dataset.pigment =
    pick?.querySelector(".swatch").dataset.pigment ?? "";
  return article;
}

/** What the server is about to answer with, in the same boxes: nothing moves when it comes. */
function showBubble({ sent, clientId, taken }) {
  const bubble = queues() ? [queued(sent)] : [question(sent, taken), awaitedAnswer()];
  bubble[0].dataset.clientId = clientId;
  document.querySelector(".greeting")?.remove();
  (queues() ? document.getElementById("queue-sending") : log()).append(...bubble);
  bubbles.set(clientId, bubble);
  scrollToEnd();
}

function removeBubble(clientId) {
  for (const article of bubbles.get(clientId) ?? []) article.remove();
  bubbles.delete(clientId);
}

/** The new chat becomes the thread that its first message made. */
function begin(id) {
  adopt(id);
  markOpen();
  tellOpen();
}

function accept({ thread, clientId, taken }, slot, form) {
  fileList.sent(slot, taken);
  const draft = readDraft(slot);
  const rest = draft.clientId === clientId ? { text: "" } : draft; // typed since, or in another tab
  const isNew = !slot && form.isConnected;
  writeDraft(isNew ? { text: "" } : rest, slot);
  if (!slot) forgetTuning();
  if (isNew) {
    begin(thread);
    writeDraft({ ...rest, text: form.elements.text.value });
  }
  if (bubbles.has(clientId) && isSaved(clientId)) {
    removeBubble(clientId); // another tab has sent the same draft
    setBusy(answering());
  }
  catchUp();
}

function isSaved(clientId) {
  const shown = document.querySelectorAll(`#main [data-client-id="${CSS.escape(clientId)}"]`);
  return [...shown].some((node) => !bubbles.get(clientId)?.includes(node));
}

function giveBack({ sent, clientId, taken }, slot, form, refusal) {
  removeBubble(clientId);
  fileList.giveBack(slot, taken);
  toast(refusal?.message || text("not-sent"), { tone: "error" });
  if (refusal?.error === "conflict") writeDraft({ text: sent }, slot); // its key is another's
  if (!form.isConnected) return; // the draft waits on the page that was left
  const box = form.elements.text;
  fill(box, box.value ? `${sent}\n\n${box.value}` : sent);
  setBusy(refusal?.error === "busy" || answering());
}

async function deliver(form, attempt, slot, tuning) {
  const { sent, model, files, clientId, thread } = attempt;
  const fields = { text: sent, client_id: clientId, files, ...(model && { model }), ...tuning };
  const result = await post(threadUrl(thread, "messages/"), fields).catch(() => null);
  const saved = !bubbles.has(clientId); // the live channel was faster than the answer
  const arrived = Boolean(result?.ok || saved);
  if (arrived) accept(attempt, slot, form);
  else giveBack(attempt, slot, form, result);
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
  const slot = threadId();
  if (!words.trim() && !fileList.files(slot).length) return box.focus();
  if (sending && queues()) return submitNext(form);
  if (sending || (isBusy() && !queues())) return toast(text("wait-for-answer"), { tone: "info" });
  const hold = holdsBack();
  if (hold === "failed") return toast(text("files-failed"), { tone: "error" });
  if (hold) return sendWhenReady(form);
  const attempt = prepare(words, form.elements.model?.value ?? "", fileList.take(slot));
  showBubble(attempt);
  fill(box, "");
  setBusy(true);
  sending = deliver(form, attempt, slot, tuningToSend()).finally(() => {
    sending = null;
    setUnderWay("");
  });
}

export async function stop() {
  await (sending ?? underWay()); // what the server does not know yet cannot be stopped
  if (!openId()) return;
  const result = await post(openUrl("stop/")).catch(() => null);
  if (!result?.ok) toast(result?.message || text("not-stopped"), { tone: "error" });
}

document.addEventListener("submit", (event) => {
  if (event.target !== composer() || !log()) return;
  event.preventDefault();
  submit(event.target);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-stop]")) stop();
});

// Of a post's composer too, whose submit is refine.js's: asked twice, it would send twice.
document.addEventListener("keydown", (event) => {
  const form = composer();
  if (!form || event.target !== form.elements.text || !isSendKey(event)) return;
  event.preventDefault();
  form.requestSubmit();
});

// The saved message takes the place of its bubble within one task, so nothing is seen twice.
document.addEventListener("htmx:before:swap", (event) => {
  for (const { fragment } of event.detail.tasks) {
    for (const { dataset } of fragment.querySelectorAll("[data-client-id]")) {
      removeBubble(dataset.clientId);
      settle(dataset.clientId);
    }
  }
});
