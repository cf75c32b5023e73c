// Going through the messages by keyboard: one message has the focus, and keys act on it.
import { log } from "./shown.js";

/** The message that has the focus itself; null where something in it has. */
export function focusedMessage() {
  const { activeElement } = document;
  return activeElement?.matches("#log > article") ? activeElement : null;
}

function focus(message) {
  message.tabIndex = -1; // only while it has the focus: the page stays as the server wrote it
  message.focus({ preventScroll: true });
  message.scrollIntoView({ block: "nearest" });
}

/** To the next message above (-1) or below (1) the one that has the focus, else to the last. */
export function goToMessage(by) {
  const all = [...(log()?.querySelectorAll(":scope > article") ?? [])];
  if (!all.length) return;
  const at = all.findIndex((message) => message.contains(document.activeElement));
  const to = at < 0 ? all.length - 1 : Math.min(Math.max(at + by, 0), all.length - 1);
  focus(all[to]);
}

document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("#log > article")) event.target.removeAttribute("tabindex");
});

// A message that is shown anew keeps the focus.
document.addEventListener("htmx:before:swap", (event) => {
  const id = focusedMessage()?.id;
  if (!id) return;
  for (const { fragment } of event.detail.tasks) {
    fragment.querySelector(`#${CSS.escape(id)}`)?.setAttribute("tabindex", "-1");
  }
});
