// The menu of a thread, opened by the button of its row or of the page's bar.
import { act, archive, remove } from "./thread-actions.js";
import { rename } from "./rename.js";

const menu = document.getElementById("thread-menu");
let host = null; // the element that shows the thread's title, with its state

function fits(item) {
  if (!item.dataset.when) return true;
  const [name, value] = item.dataset.when.split("=");
  return host.dataset[name] === value;
}

const actions = {
  rename: () => rename(host),
  pin: (id, is) => act(id, "pin", { on: !is.pinned }),
  mute: (id, is) => act(id, "mute", { on: !is.muted }),
  archive: (id, is) => archive(id, !is.archived),
  markdown: (id) => location.assign(`${menu.dataset.base}${id}/export.md`), // a download
  json: (id) => location.assign(`${menu.dataset.base}${id}/export.json`),
  delete: (id) => remove(id),
};

function choose(item) {
  const { thread, pinned, muted, archived } = host.dataset;
  menu.hidePopover(); // gives the focus back to the button
  actions[item.dataset.do](thread, {
    pinned: pinned === "true",
    muted: muted === "true",
    archived: archived === "true",
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-thread-more]");
  if (button) {
    host = button.closest("[data-titled]");
    for (const item of menu.querySelectorAll("[data-do]")) item.hidden = !fits(item);
    return;
  }
  const item = event.target.closest?.("#thread-menu [data-do]");
  if (item) choose(item);
});

// A menu whose row has gone stands nowhere.
document.addEventListener("atelier:listed", () => {
  if (menu?.matches(":popover-open") && !host.isConnected) menu.hidePopover();
});

/** Rename the chat of the row that has the focus, else the open one. */
export function renameAt({ target }) {
  const titled = target.closest?.("[data-titled]") ?? document.querySelector("#thread-head");
  if (titled?.dataset.thread) rename(titled);
}
