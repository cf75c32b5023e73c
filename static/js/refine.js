// Refining a post, and changing an image, by a message. The words stay in the box until the server
// has them, and go with one client_id however often they are sent.
import { holdsBack, sendWhenReady } from "./attachments.js";
import { composer, isBusy, setBusy } from "./busy.js";
import { draftOf, fill, readDraft, setUnderWay, writeDraft } from "./drafts.js";
import * as fileList from "./file-list.js";
import { catchUp } from "./live.js";
import { post } from "./post.js";
import { answering, draftPlace, kind } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

let sending = null; // the send that waits for the server's answer

function form() {
  return composer()?.hasAttribute("data-refine") ? composer() : null;
}

const OWN = ["text", "client_id", "csrfmiddlewaretoken"];

/** Everything that is sent; the same again has the key that it had. */
function prepare(words, taken) {
  const files = taken.map(({ id }) => id).join();
  const chosen = [...new FormData(form())].filter(([name]) => !OWN.includes(name));
  const sent = JSON.stringify([words, files, chosen]);
  const last = draftOf(words);
  const isSame = last.clientId && (last.sent === undefined || last.sent === sent);
  const clientId = isSame ? last.clientId : uuid();
  writeDraft({ text: words, sent, clientId, files });
  setUnderWay(clientId);
  return { words, files, chosen, clientId, taken };
}

async function deliver(target, { words, files, chosen, clientId, taken }, slot) {
  const fields = [["text", words], ["client_id", clientId], ...chosen, ["files", files]];
  const result = await post(target.action, fields).catch(() => null);
  if (result?.ok) {
    fileList.sent(slot, taken);
    if (readDraft(slot).clientId === clientId) writeDraft({ text: "" }, slot); // else typed since
    if (target.isConnected && target.elements.text.value === words) fill(target.elements.text, "");
    return catchUp();
  }
  fileList.giveBack(slot, taken);
  toast(result?.message || text("not-sent"), { tone: "error" });
  if (result?.error === "conflict") writeDraft({ text: words }, slot); // its key is another's
  if (target.isConnected) setBusy(result?.error === "busy" || answering());
}

/** Caption and images are both left out; the first of them gets the focus. */
function asksNothing(target) {
  const first = target.querySelector('[name="asks"]');
  if (!first || target.querySelector('[name="asks"]:checked')) return false;
  first.focus();
  return true;
}

function submit(target) {
  const box = target.elements.text;
  const words = box.value;
  const slot = draftPlace();
  if (!words.trim()) return box.focus();
  if (sending || isBusy()) return toast(text(`wait-for-${kind()}`), { tone: "info" });
  if (asksNothing(target)) return toast(text("ask-for-something"), { tone: "info" });
  const hold = holdsBack();
  if (hold === "failed") return toast(text("files-failed"), { tone: "error" });
  if (hold) return sendWhenReady(target);
  setBusy(true);
  sending = deliver(target, prepare(words, fileList.take(slot)), slot).finally(() => {
    sending = null;
    setUnderWay("");
  });
}

/** Settles once the server knows of what was sent; null where nothing waits for that. */
export function underWay() {
  return sending;
}

document.addEventListener("submit", (event) => {
  if (!form() || event.target !== form()) return;
  event.preventDefault();
  submit(event.target);
});

// Where a page says "refine this".
if (form() && location.hash === `#${form().elements.text.id}`) form().elements.text.focus();
