// Every shortcut, once: what is listed here is what the keys do and what the sheet shows. None is a
// browser's or a screen reader's own; those of one key wait while somebody types, and can be
// switched off.
import { composer, isBusy } from "./busy.js";
import { stop } from "./composer.js";
import { isSingle, isTyping, matches } from "./keys.js";
import { focusedMessage, goToMessage } from "./message-focus.js";
import { open as openSearch } from "./palette.js";
import { sendKeys } from "./send-key.js";
import { toggleSheet } from "./shortcut-sheet.js";
import { renameAt } from "./thread-menu.js";

const { body } = document;

function press(selector, root = document) {
  root.querySelector(selector)?.click();
}

function chats() {
  return [...document.querySelectorAll("#threads li.thread a")];
}

function openChat(by) {
  const all = chats();
  const at = all.findIndex((link) => link.ariaCurrent === "page");
  if (at < 0) all[0]?.click();
  else all[at + by]?.click();
}

function goToList() {
  const sidebar = document.getElementById("sidebar");
  if (matchMedia("(width < 64em)").matches && !sidebar.matches(":popover-open")) {
    sidebar.showPopover();
  }
  (chats().find((link) => link.ariaCurrent === "page") ?? chats()[0])?.focus();
}

function compose() {
  composer().elements.text.focus();
}

function copyLast() {
  const buttons = document.querySelectorAll("#log > :not(.msg-user) [data-copy-message]");
  [...buttons].at(-1)?.click();
}

/** In the box the arrow moves the caret, as long as there is text. */
function hasNoText(event) {
  return Boolean(composer()) && (!isTyping(event.target) || event.target.value === "");
}

/** Esc belongs to whatever is open or has the focus; the answer comes last. */
function isStoppable(event) {
  if (!isBusy() || focusedMessage() || document.querySelector(":popover-open, .is-renaming")) return false;
  return event.target === body || Boolean(event.target.closest?.("#main:not(:has(.msg-edit))"));
}

function showSheet() {
  toggleSheet(SHORTCUTS);
}

const MESSAGE = { group: "message", when: () => Boolean(focusedMessage()) };
const CHAT = { group: "chat", when: () => Boolean(composer()) };
const ANYWHERE = { group: "anywhere" };
const LIGHTBOX = { group: "lightbox" };

function onMessage(selector) {
  return () => press(selector, focusedMessage());
}

/** In the sheet's order. `keys` mean the same; one of `dialogs` may be open; without `run` another
 *  module or the browser does it. */
export const SHORTCUTS = [
  { id: "sheet", ...ANYWHERE, keys: ["?", "Mod+/"], dialogs: ["shortcuts", "lightbox"], run: showSheet },
  { id: "search", ...ANYWHERE, keys: ["Mod+K"], dialogs: ["palette"], run: openSearch },
  { id: "new-chat", ...ANYWHERE, keys: ["Mod+Shift+O"], run: () => press("[data-new-chat]") },
  { id: "chat-above", ...ANYWHERE, keys: ["Alt+ArrowUp"], run: () => openChat(-1) },
  { id: "chat-below", ...ANYWHERE, keys: ["Alt+ArrowDown"], run: () => openChat(1) },
  { id: "list", ...ANYWHERE, keys: ["Mod+."], run: goToList },
  { id: "send", ...CHAT, keys: sendKeys() },
  { id: "new-line", ...CHAT, keys: ["Shift+Enter"] },
  { id: "stop", ...CHAT, keys: ["Escape"], when: isStoppable, run: stop },
  { id: "compose", ...CHAT, keys: ["/"], run: compose },
  { id: "copy-last", ...CHAT, keys: ["Mod+Shift+C"], run: copyLast },
  { id: "rename", ...CHAT, keys: ["F2"], run: renameAt },
  {
    id: "messages",
    ...CHAT,
    keys: ["Mod+ArrowUp"],
    when: (event) => hasNoText(event) && !focusedMessage(),
    run: () => goToMessage(-1),
  },
  { id: "message-above", ...CHAT, group: "message", keys: ["K"], run: () => goToMessage(-1) },
  { id: "message-below", ...CHAT, group: "message", keys: ["J"], run: () => goToMessage(1) },
  { id: "copy", ...MESSAGE, keys: ["C"], run: onMessage("[data-copy-message]") },
  { id: "edit", ...MESSAGE, keys: ["E"], run: onMessage("[data-edit]") },
  { id: "again", ...MESSAGE, keys: ["R"], run: onMessage("[data-again]") },
  { id: "leave", ...MESSAGE, keys: ["Escape"], run: compose },
  { id: "previous-post", ...LIGHTBOX, keys: ["ArrowLeft"] },
  { id: "next-post", ...LIGHTBOX, keys: ["ArrowRight"] },
  { id: "outputs", ...LIGHTBOX, keys: ["1–9"] },
  { id: "zoom-in", ...LIGHTBOX, keys: ["+"] },
  { id: "zoom-out", ...LIGHTBOX, keys: ["-"] },
  { id: "zoom-whole", ...LIGHTBOX, keys: ["0"] },
  { id: "zoom-part", ...LIGHTBOX, keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"] },
  { id: "close-image", ...LIGHTBOX, keys: ["Escape"] },
];

function isOn(shortcut, combination, event) {
  if (!shortcut.run || !matches(event, combination)) return false;
  if (shortcut.when && !shortcut.when(event)) return false;
  if (!isSingle(combination)) return true;
  const isAllowed = "singleKeys" in body.dataset || Boolean(focusedMessage());
  return isAllowed && !isTyping(event.target);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
  if (event.target.matches?.("select")) return; // Alt and an arrow open it
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1)?.id; // the upper one
  for (const shortcut of SHORTCUTS) {
    if (dialog && !shortcut.dialogs?.includes(dialog)) continue;
    if (!shortcut.keys.some((combination) => isOn(shortcut, combination, event))) continue;
    event.preventDefault();
    shortcut.run(event);
    return;
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-shortcuts-open]")) showSheet();
});
