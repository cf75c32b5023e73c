// The lightbox: a card's image large, over the gallery. What changes what is shown is done in turn,
// so that what was asked for last is shown last.
import { asked, leave, push, replace } from "./lightbox-address.js";
import { follow, giveFocus } from "./lightbox-card.js";
import { onSwipe } from "./lightbox-gestures.js";
import { onKeys } from "./lightbox-keys.js";
import { dialog, read, readAhead, readBeside } from "./lightbox-read.js";
import * as parts from "./lightbox-view.js";
import { reset, toggle } from "./lightbox-zoom.js";
import { act } from "./post-actions.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const LATER = 150; // ms; what changes together is read together

const toasts = document.getElementById("toasts");
const toastsPlace = document.createComment("");
toasts.before(toastsPlace);
let view = null; // what is shown, as the server said it
let ending = null; // ends what is under way when the lightbox is closed
let turns = Promise.resolve();
let moving = 0;

/** Do something when all that was begun before it is done, unless it is closed by then. */
function inTurn(task) {
  const { signal } = ending;
  const run = () => (signal.aborted ? false : task(signal));
  moving += 1;
  turns = turns.then(run, run).finally(() => (moving -= 1));
  return turns;
}

/** What `ask` finds, null where there is none. Undefined: nothing came, and it is said so, with
 * `anew` to try again; or the lightbox was closed meanwhile. */
async function find(ask, anew) {
  const { signal } = ending;
  parts.waits(true);
  try {
    const found = await ask(signal);
    return signal.aborted ? undefined : found;
  } catch {
    if (!signal.aborted) parts.fail(anew);
    return undefined;
  } finally {
    parts.waits(false);
  }
}

async function put({ data, image, panel }, side) {
  const isOther = view?.post !== data.post;
  if (view?.image !== data.image) reset();
  view = { ...data };
  parts.heal();
  image.dataset.original = view.original;
  parts.showImage(image);
  parts.showFrame(view);
  replace(view);
  follow(view.key, side);
  await parts.showPanel(panel, isOther);
  parts.keepFocus();
  readAhead(view.key, ["next", "previous"].filter((one) => one in view));
}

// --- Going on ---

/** Show the post beside the one that is shown; false where there is none. */
async function step(side) {
  const { key } = view;
  const anew = () => inTurn(() => step(side));
  const found = await find((signal) => readBeside(key, side, signal), anew);
  if (found) await put(found, side);
  if (found === null) {
    delete view[side];
    parts.showFrame(view);
  }
  return found === undefined ? undefined : Boolean(found);
}

function move(side) {
  if (dialog.open) inTurn(() => side in view && step(side));
}

/** Show a post, or what is left of it. Returns what `find` does. */
async function show(question) {
  const found = await find((signal) => read(question, signal), () => inTurn(() => show(question)));
  if (found) await put(found);
  if (found === null) await goOn("post-gone");
  return found;
}

/** What is shown is gone: say so, and show what comes after it. */
async function goOn(sentence) {
  const isOpen = isWhole();
  toast(text(isOpen ? sentence : "image-gone"), { tone: "info" });
  if (isOpen && (await step("next")) !== false) return;
  close();
}

/** Whether what is shown has come, and not only the card's image. */
function isWhole() {
  return "title" in view;
}

function outputs() {
  return [...dialog.querySelectorAll("[data-output]")];
}

function showOutput(link) {
  const image = link.dataset.output;
  inTurn(async (signal) => {
    if (image === view.image) return;
    const before = parts.shownImage();
    reset();
    parts.showPreview(link, image);
    const found = await show({ post: view.post, image, from: view.key });
    if (found === undefined && !signal.aborted) parts.putBack(before); // as the words are
  });
}

// --- Open and closed ---

function open({ post, number = "", key = "", image = "" }, picture) {
  ending?.abort();
  ending = new AbortController();
  turns = Promise.resolve();
  view = { post, number, key, ...(key && { next: "", previous: "" }) };
  parts.clear();
  parts.showFrame({ title: "", ...view });
  parts.showPreview(picture, image);
  dialog.append(toasts); // else they lie below it, out of reach
  dialog.showModal();
  follow(key);
  inTurn(() => show({ post, image, img: number, from: key }));
}

/** Nothing of it is shown any more, and nothing of it changes the address. */
function end() {
  ending.abort();
  dialog.close();
}

function close() {
  ending.abort(); // what comes meanwhile must not change the entry that one goes back to
  if (!leave() && dialog.open) end();
}

let wanted = null; // to be opened once the history went back

function openCard(tile) {
  const { post, key } = tile.dataset;
  const go = () => {
    push({ post, key });
    open({ post, key, image: tile.id.replace("tile-", "") }, tile.querySelector(".picture"));
  };
  if (asked()) wanted = go;
  else go();
}

dialog.addEventListener("close", () => {
  if (dialog.open) return; // and open again
  ending.abort();
  leave(); // closed by the browser itself
  toastsPlace.after(toasts);
  giveFocus(view.key);
  parts.clear();
});

dialog.addEventListener("cancel", (event) => {
  if (event.target !== dialog) return;
  event.preventDefault();
  close();
});

addEventListener("popstate", () => {
  const question = asked();
  if (question && !dialog.open) open(question);
  else if (!question && dialog.open) end();
  wanted?.();
  wanted = null;
});

document.getElementById("gallery-parts").addEventListener("click", (event) => {
  const link = event.target.closest("a.tile-frame");
  const isPlain = !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || event.defaultPrevented || link.closest("[data-selecting]")) return;
  event.preventDefault();
  openCard(link.closest(".tile"));
});

// --- What is done in it ---

/** To the trash, a post with its last image; then the next output, the next post, or what is left
 * of this one. Only the image that was seen on the click: another one may have come since. */
async function remove(button, seen, signal) {
  const { delete: url, undo, said } = button.dataset;
  const { post, image, key } = view;
  if (image !== seen || !(await act(url, { with_post: "1" }))) return;
  const run = async () => {
    const done = await act(undo);
    if (done && dialog.open) inTurn(() => show({ post, image, from: key }));
  };
  toast(said, { action: { label: text("undo"), run } });
  if (signal.aborted) return; // closed meanwhile
  const all = outputs().map((link) => link.dataset.output);
  const at = all.indexOf(image);
  const showLeft = (other) => show({ post, image: other, from: key });
  if (all[at + 1]) return showLeft(all[at + 1]);
  if ((await step("next")) !== false) return;
  if (at > 0) return showLeft(all[at - 1]);
  close();
}

dialog.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-output]");
  const button = event.target.closest("button");
  if (link && !(event.metaKey || event.ctrlKey || event.shiftKey)) {
    event.preventDefault();
    showOutput(link);
  } else if (button?.matches("[data-close]")) close();
  else if (button?.matches("[data-move]")) move(button.dataset.move);
  else if (button?.matches("[data-zoom]")) toggle();
  else if (button?.matches("[data-again]")) parts.tryAgain();
  else if (button?.matches("[data-delete]")) {
    const seen = parts.shownImage()?.dataset.image;
    inTurn((signal) => remove(button, seen, signal));
  }
});

onSwipe(move);
onKeys({
  move,
  output: (number) => outputs()[number - 1] && showOutput(outputs()[number - 1]),
  isMoving: () => moving > 0,
});

// --- What changes meanwhile ---

/** Anew from the server; what did not come is tried at the next change. */
async function refresh(signal) {
  const { post, image, number, key } = view;
  const question = { post, image, img: number, from: key };
  const found = await read(question, signal).catch(() => undefined);
  if (signal.aborted || found === undefined) return;
  if (found === null) return goOn("post-gone");
  if (found.data.image !== image) toast(text("image-gone"), { tone: "info" });
  await put(found);
}

let soon = 0;

function refreshLater() {
  clearTimeout(soon);
  soon = setTimeout(() => dialog.open && isWhole() && inTurn(refresh), LATER);
}

document.addEventListener("atelier:listed", ({ detail }) => {
  if (!detail || detail.kind === "post") refreshLater();
});
addEventListener("pageshow", ({ persisted }) => persisted && refreshLater());
addEventListener("online", parts.tryAgain);

const question = asked();
if (question) open(question);
