// Refining a post by a message. The words stay in the box until the server has them, and go with
// one client_id however often they are sent.
import { holdsBack, sendWhenReady } from "./attachments.js";
import { composer, isBusy, setBusy } from "./busy.js";
import { draftOf, fill, writeDraft } from "./drafts.js";
import * as fileList from "./file-list.js";
import { catchUp } from "./live.js";
import { post } from "./post.js";
import { answering, draftPlace } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

let sending = false;

function form() {
  return composer()?.hasAttribute("data-refine") ? composer() : null;
}

/** Everything that is sent; the same again has the key that it had. */
function prepare(words, taken) {
  const files = taken.map(({ id }) => id).join();
  const asks = [...form().querySelectorAll('[name="asks"]:checked')].map(({ value }) => value);
  const sent = JSON.stringify([words, files, asks]);
  const last = draftOf(words);
  const isSame = last.clientId && (last.sent === undefined || last.sent === sent);
  const clientId = isSame ? last.clientId : uuid();
  writeDraft({ text: words, sent, clientId, files });
  return { words, files, asks, clientId, taken };
}

async function deliver(target, { words, files, asks, clientId, taken }, slot) {
  const fields = [
    ["text", words],
    ["client_id", clientId],
    ["files", files],
    ...asks.map((one) => ["asks", one]),
  ];
  const result = await post(target.action, fields).catch(() => null);
  if (result?.ok) {
    fileList.sent(slot, taken);
    writeDraft({ text: "" }, slot);
    if (target.isConnected && target.elements.text.value === words) fill(target.elements.text, "");
    return catchUp();
  }
  fileList.giveBack(slot, taken);
  toast(result?.message || text("not-sent"), { tone: "error" });
  if (result?.error === "conflict") writeDraft({ text: words }, slot); // its key is another's
  if (target.isConnected) setBusy(result?.error === "busy" || answering());
}

async function submit(target) {
  const box = target.elements.text;
  const words = box.value;
  const slot = draftPlace();
  if (!words.trim()) return box.focus();
  if (sending || isBusy()) return toast(text("wait-for-post"), { tone: "info" });
  if (!target.querySelector('[name="asks"]:checked')) {
    target.querySelector('[name="asks"]').focus();
    return toast(text("ask-for-something"), { tone: "info" });
  }
  const hold = holdsBack();
  if (hold === "failed") return toast(text("files-failed"), { tone: "error" });
  if (hold) return sendWhenReady(target);
  sending = true;
  setBusy(true);
  await deliver(target, prepare(words, fileList.take(slot)), slot).finally(() => (sending = false));
}

document.addEventListener("submit", (event) => {
  if (!form() || event.target !== form()) return;
  event.preventDefault();
  submit(event.target);
});

// Where a page says "refine this".
if (form() && location.hash === `#${form().elements.text.id}`) form().elements.text.focus();
