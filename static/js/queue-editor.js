// Editing a queued message in its place. Where it is sent meanwhile, what was typed goes into the
// message box: nothing that was written is lost.
import { composer } from "./busy.js";
import { fill } from "./drafts.js";
import { act, queuedUrl, queue, rowOf } from "./queue.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const written = new Map(); // form id -> the text as it was

function forms() {
  return queue()?.querySelectorAll(".queued-edit") ?? [];
}

async function open(row) {
  const id = `edit-${row.id}`; // a morph of the row finds the form by it
  if (!document.getElementById(id)) {
    const response = await fetch(queuedUrl(row)).catch(() => null);
    if (!response?.ok || response.redirected) return toast(text("not-done"), { tone: "error" });
    const words = await response.text();
    if (!row.isConnected) return;
    const form = document.getElementById("queued-editor").content.firstElementChild.cloneNode(true);
    form.id = id;
    row.append(form);
    row.draggable = false; // the mouse selects text now
    written.set(id, words);
    fill(form.elements.text, words);
  }
  document.getElementById(id).elements.text.focus();
}

function close(form) {
  const row = rowOf(form);
  written.delete(form.id);
  form.remove();
  row.draggable = true;
  row.querySelector('[data-queued="edit"]').focus();
}

async function save(form) {
  const words = form.elements.text.value;
  if (!words.trim()) return form.elements.text.focus();
  const model = composer().elements.model?.value;
  const fields = { text: words, ...(model && { model }) };
  const { ok, error } = await act(queuedUrl(rowOf(form), "edit"), fields);
  if (ok && form.isConnected) close(form);
  else if (error === "not_queued") rescue(form);
}

/** The message is not in the queue any more: its text moves to the message box. */
function rescue(form) {
  const words = form.elements.text.value;
  const changed = words !== written.get(form.id);
  written.delete(form.id);
  form.remove();
  const box = composer()?.elements.text;
  if (!changed || !box) return;
  fill(box, box.value ? `${words}\n\n${box.value}` : words);
  box.dispatchEvent(new Event("input", { bubbles: true })); // so the draft is kept
  box.focus();
  toast(text("queued-edit-late"), { tone: "info" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.('#queue [data-queued="edit"], .queued-edit [data-cancel]');
  if (!button) return;
  if (button.form) close(button.form);
  else open(rowOf(button));
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.(".queued-edit")) return;
  event.preventDefault();
  save(event.target);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".queued-edit");
  if (!form || event.isComposing || event.keyCode === 229) return;
  const saves = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (!saves && event.key !== "Escape") return;
  event.preventDefault();
  if (saves) form.requestSubmit();
  else close(form);
});

// A row that is shown anew gets its open form too: the morph then leaves the box, and what is being
// typed in it, where they are.
document.addEventListener("htmx:before:swap", (event) => {
  for (const { fragment } of event.detail.tasks) {
    if (!fragment.querySelector("#queue")) continue;
    for (const form of forms()) {
      const row = fragment.querySelector(`#${CSS.escape(rowOf(form).id)}`);
      if (!row) rescue(form);
      else {
        row.append(form.cloneNode(true));
        row.draggable = false;
      }
    }
  }
});
