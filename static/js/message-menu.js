// The "more" menu. The page has one for all messages; it shows what can be done with the message at
// which it was opened.
import { items } from "./menu.js";
import { article, messageOf, messageUrl } from "./shown.js";

let subject = ""; // the message's id
let opener = null;

function menu() {
  return document.getElementById("message-menu");
}

/** The message that a button in a message, or in its menu, is about. */
export function subjectOf(button) {
  return menu()?.contains(button) ? subject : messageOf(button);
}

/** Words for what a message is: items of the menu name those that they are `data-for`. */
function natures(message) {
  const node = article(message);
  return {
    text: Boolean(node.querySelector("[data-copy-message]")),
    own: Boolean(node.querySelector("[data-edit]")),
    answer: !node.matches(".msg-user"),
  };
}

function prepare(message) {
  subject = message;
  const is = natures(message);
  for (const part of menu().querySelectorAll("[data-for]")) part.hidden = !is[part.dataset.for];
  menu().querySelector("[data-copy-message]").dataset.copyMessage = messageUrl(message, "source");
}

// Runs before the button opens its popover, which is the click's default action.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-message-more]");
  if (button) {
    opener = button;
    prepare(messageOf(button));
  } else if (event.target.closest?.("#message-menu [role='menuitem']")) {
    menu().hidePopover();
  }
});

// "toggle" does not bubble.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target !== menu()) return;
    const isOpen = event.newState === "open";
    opener?.toggleAttribute("data-open", isOpen);
    if (isOpen) items(menu())[0]?.focus();
  },
  true,
);

document.addEventListener("htmx:after:swap", () => {
  if (menu()?.matches(":popover-open") && !article(subject)) menu().hidePopover();
});
