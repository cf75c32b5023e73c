// The caption of a post ([data-caption]): copied with its hashtags, and on its page edited in its
// place.
import { copyLater } from "./copy.js";
import { showAnew } from "./live.js";
import { post } from "./post.js";
import { openUrl } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const SHOWN = 2_000; // ms

function card() {
  return document.getElementById("caption");
}

/** As it is pasted elsewhere: the words, an empty line, the hashtags. */
function words(place) {
  const hashtags = [...place.querySelectorAll(".hashtags li")].map((tag) => tag.textContent.trim());
  const caption = place.querySelector(".caption-text")?.textContent ?? "";
  return { caption, hashtags };
}

async function copy(button) {
  const { caption, hashtags } = words(button.closest("[data-caption]"));
  const whole = [caption, hashtags.join(" ")].filter(Boolean).join("\n\n");
  const done = await copyLater(Promise.resolve(whole)).catch(() => false);
  if (done !== true) return toast(text("copy-failed"), { tone: "error" });
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, SHOWN);
}

// --- Editing ---

function editor() {
  return card()?.querySelector(".caption-edit");
}

function edit() {
  if (editor()) return editor().elements.caption.focus();
  const form = document.getElementById("caption-editor").content.firstElementChild.cloneNode(true);
  const { caption, hashtags } = words(card());
  form.elements.caption.value = caption;
  form.elements.hashtags.value = hashtags.join(" ");
  card().setAttribute("hx-morph-skip", ""); // what arrives meanwhile must not take the text away
  document.getElementById("caption-words").replaceWith(form);
  form.elements.caption.focus();
}

/** The card comes anew from the server, with whatever it was spared meanwhile. */
function end() {
  card().removeAttribute("hx-morph-skip");
  card().querySelector("[data-caption-edit]").focus();
  showAnew();
}

async function save(form) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const fields = { caption: form.elements.caption.value, hashtags: form.elements.hashtags.value };
  const result = await post(openUrl("caption/"), fields).catch(() => null);
  form.ariaBusy = null;
  if (!form.isConnected) return;
  if (result?.ok) return end();
  toast(result?.message || text("not-changed"), { tone: "error" });
  form.elements.caption.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy-text], [data-caption-edit]");
  if (button?.matches("[data-copy-text]")) copy(button);
  else if (button) edit();
  else if (event.target.closest?.(".caption-edit [data-cancel]")) end();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.(".caption-edit")) return;
  event.preventDefault();
  save(event.target);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".caption-edit");
  if (!form || event.isComposing) return;
  if (event.key === "Escape") {
    event.preventDefault();
    end();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
