// Beginning to change an image, in a dialog over any page that shows one.
import { post } from "./post.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

const dialog = document.getElementById("edit-dialog");
let opener = null;

async function open(link) {
  const headers = { "HX-Request": "true" };
  const response = await fetch(link.href, { headers }).catch(() => null);
  if (!response?.ok || response.redirected) return toast(text("image-gone"), { tone: "error" });
  dialog.innerHTML = await response.text();
  opener = link;
  dialog.showModal();
}

function refuse(form, words) {
  const place = form.querySelector("[data-refused]");
  place.textContent = words;
  place.hidden = !words;
}

async function start(form) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  refuse(form, "");
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  const result = await post(form.action, fields).catch(() => null);
  form.ariaBusy = null;
  if (result?.ok) return location.assign(`/posts/edit/${form.elements.id.value}/`);
  // Another conversation has this id, as when a page comes back from the browser's memory.
  if (result?.error === "conflict") form.elements.id.value = uuid();
  refuse(form, result?.message || text("not-sent"));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-edit-start]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    open(link);
  } else if (dialog?.contains(event.target) && event.target.closest("[data-cancel]")) dialog.close();
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "edit-start" || !dialog.contains(event.target)) return;
  event.preventDefault();
  start(event.target);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("#edit-start");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});

dialog?.addEventListener("close", () => {
  dialog.replaceChildren();
  if (opener?.isConnected) opener.focus();
});
