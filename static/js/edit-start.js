// Beginning to change an image, in a dialog over any page that shows one, or on a page of its own. What
// was written stays when the dialog is closed.
import { draw, holdsBack, sendWhenReady } from "./attachments.js";
import { readDraft, writeDraft } from "./drafts.js";
import * as fileList from "./file-list.js";
import { post } from "./post.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

const dialog = document.getElementById("edit-dialog");
let opener = null;

function form() {
  return document.getElementById("edit-start");
}

/** The words and files that were not sent. */
function fill() {
  if (!form()) return;
  form().elements.text.value ||= readDraft(form().dataset.place).text;
  draw();
}

async function open(link) {
  const headers = { "HX-Request": "true" };
  const response = await fetch(link.href, { headers }).catch(() => null);
  if (!response?.ok || response.redirected) return toast(text("image-gone"), { tone: "error" });
  dialog.innerHTML = await response.text();
  opener = link;
  dialog.showModal();
  fill();
}

function refuse(words) {
  const place = form()?.querySelector("[data-refused]");
  if (!place) return;
  place.textContent = words;
  place.hidden = !words;
}

async function start(target) {
  const { place } = target.dataset;
  const taken = fileList.take(place);
  target.ariaBusy = "true";
  refuse("");
  const fields = [...new FormData(target)].filter(([name]) => name !== "csrfmiddlewaretoken");
  fields.push(["files", taken.map(({ id }) => id).join()]);
  const result = await post(target.action, fields).catch(() => null);
  target.ariaBusy = null;
  if (result?.ok) {
    fileList.sent(place, taken);
    writeDraft({ text: "" }, place);
    return location.assign(`/posts/edit/${target.elements.id.value}/`);
  }
  fileList.giveBack(place, taken);
  // Another conversation has this id, as when a page comes back from the browser's memory.
  if (result?.error === "conflict") target.elements.id.value = uuid();
  refuse(result?.message || text("not-sent"));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-edit-start]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    open(link);
  } else if (dialog?.contains(event.target) && event.target.closest("[data-cancel]")) {
    event.preventDefault();
    dialog.close();
  }
});

document.addEventListener("submit", (event) => {
  const { target } = event;
  if (target !== form()) return;
  event.preventDefault();
  if (target.ariaBusy === "true") return;
  const hold = holdsBack();
  if (hold === "failed") return refuse(text("files-failed"));
  if (hold) return sendWhenReady(target);
  start(target);
});

document.addEventListener("input", (event) => {
  if (event.target.form !== form() || event.target.name !== "text") return;
  writeDraft({ text: event.target.value }, form().dataset.place);
});

document.addEventListener("keydown", (event) => {
  const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
  if (!isSend || !form()?.contains(event.target)) return;
  event.preventDefault();
  form().requestSubmit();
});

dialog?.addEventListener("close", () => {
  dialog.replaceChildren();
  draw(); // the page's own files again
  if (opener?.isConnected) opener.focus();
});

fill();
