// The form for a new post. Its id is made with the page, so a create that is sent again, by a
// second click or after a lost answer, makes one post. The page then becomes that post's.
import { holdsBack, sendWhenReady } from "./attachments.js";
import { fill, readDraft, writeDraft } from "./drafts.js";
import { usd } from "./estimate.js";
import * as fileList from "./file-list.js";
import { catchUp, tellOpen } from "./live.js";
import { post } from "./post.js";
import { adopt, draftPlace, openId, shown } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

function brief() {
  return document.querySelector("#brief:not([aria-busy])");
}

function chosen(form) {
  return [...form.querySelectorAll('[name="models"]:checked')];
}

// --- Its foot ---

/** What the chosen models make, and what that costs where all of their prices are known. */
function drawFoot() {
  const form = brief();
  if (!form) return;
  const prices = chosen(form).map(({ dataset }) => dataset.price);
  const count = prices.length;
  const line = document.getElementById("foot-line");
  const sum = prices.reduce((total, price) => total + Number(price), 0);
  const known = count && prices.every((price) => price !== "");
  line.querySelector("[data-count]").textContent = text(
    count === 1 ? "one-image-and-caption" : "images-and-caption",
    { count },
  );
  line.querySelector("[data-estimate]").textContent = known
    ? text("about-cost", { cost: usd(sum) })
    : "";
}

// --- A project's defaults ---

function check(form, name, value) {
  const input = [...form.querySelectorAll(`[name="${name}"]`)].find((one) => one.value === value);
  if (input) input.checked = true;
}

function takeDefaults(form, { tone, ratio, resolution, models }) {
  check(form, "tone", tone);
  check(form, "aspect_ratio", ratio);
  check(form, "resolution", resolution);
  const wanted = (models ?? "").split(" ").filter(Boolean);
  if (!wanted.length) return;
  for (const box of form.querySelectorAll('[name="models"]')) box.checked = wanted.includes(box.value);
}

// --- Sending ---

function complain(input, id, wrong) {
  const words = document.getElementById(id);
  words.hidden = !wrong;
  for (const one of input) {
    one.ariaInvalid = wrong ? "true" : null;
    if (wrong) one.setAttribute("aria-describedby", id);
    else one.removeAttribute("aria-describedby");
  }
  return wrong;
}

/** Whether something is missing; the first of it gets the focus. */
function isIncomplete(form) {
  const models = [...form.querySelectorAll('[name="models"]')];
  const silent = complain([form.elements.prompt], "prompt-error", !form.elements.prompt.value.trim());
  const nobody = complain(models, "models-error", !chosen(form).length);
  if (silent) form.elements.prompt.focus();
  else if (nobody) models[0]?.focus();
  return silent || nobody;
}

function setCreating(form, creating) {
  const button = document.querySelector("[data-create]");
  form.toggleAttribute("data-sending", creating);
  button.ariaBusy = creating ? "true" : null;
  button.ariaDisabled = creating ? "true" : null;
  button.querySelector(".icon")?.toggleAttribute("hidden", creating);
  const spinner = Object.assign(document.createElement("span"), { className: "spinner" });
  if (creating) button.prepend(spinner);
  else button.querySelector(".spinner")?.remove();
}

/** The page is the post's from here on; the live channel brings what it shows. */
function become(id) {
  adopt(id);
  document.dispatchEvent(new Event("atelier:adopted"));
  tellOpen();
  catchUp();
}

function giveBack(form, slot, taken, refusal) {
  fileList.giveBack(slot, taken);
  toast(refusal?.message || text("not-created"), { tone: "error" });
  // Another post has this id, as when a page comes back from the browser's memory.
  if (refusal?.error === "conflict") form.elements.id.value = uuid();
  if (form.isConnected) setCreating(form, false);
}

async function create(form) {
  const slot = draftPlace();
  const taken = fileList.take(slot);
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  fields.push(["files", taken.map(({ id }) => id).join()]);
  setCreating(form, true);
  const result = await post(form.action, fields).catch(() => null);
  if (!result?.ok) return giveBack(form, slot, taken, result);
  fileList.sent(slot, taken);
  writeDraft({ text: "" }, slot);
  if (form.isConnected) become(form.elements.id.value); // else it was left meanwhile
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches?.("#brief")) return; // its field "id" hides its own
  event.preventDefault();
  if (form !== brief() || openId() || form.hasAttribute("data-sending") || isIncomplete(form)) return;
  const hold = holdsBack();
  if (hold === "failed") return toast(text("files-failed"), { tone: "error" });
  if (hold) return sendWhenReady(form);
  create(form);
});

document.addEventListener("keydown", (event) => {
  const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
  if (!isSend || !brief() || event.target.form !== brief()) return;
  event.preventDefault();
  brief().requestSubmit();
});

document.addEventListener("change", (event) => {
  const form = brief();
  if (!form || event.target.form !== form) return;
  if (event.target.name === "project") takeDefaults(form, event.target.selectedOptions[0].dataset);
  if (chosen(form).length) complain([...form.querySelectorAll('[name="models"]')], "models-error", false);
  drawFoot();
});

// --- The draft ---

document.addEventListener("input", (event) => {
  if (event.target.id !== "prompt" || !brief()) return;
  if (event.target.value.trim()) complain([event.target], "prompt-error", false);
  writeDraft({ text: event.target.value });
});

function restore() {
  const box = brief()?.elements.prompt;
  if (!box || openId() || shown().dataset.kind !== "post") return;
  if (!box.value) fill(box, readDraft().text);
  drawFoot();
}

document.addEventListener("htmx:after:settle", (event) => event.target.id === "main" && restore());
restore();
