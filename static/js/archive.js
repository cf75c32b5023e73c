// The page of archived chats: its buttons, and the list anew when a row of the sidebar changed.
import { act, remove } from "./thread-actions.js";

const LATER = 150; // ms; what changes together is read together
let waiting = 0;

function list() {
  return document.getElementById("archive");
}

async function read() {
  const target = list();
  if (!target) return;
  const headers = { "HX-Request": "true" };
  const response = await fetch(target.dataset.archive, { headers }).catch(() => null);
  if (!response?.ok || response.redirected) return; // the next change tries again
  htmx.swap({ sourceElement: target, target, text: await response.text(), swap: "innerMorph" });
}

function readLater() {
  clearTimeout(waiting);
  waiting = setTimeout(read, LATER);
}

document.addEventListener("atelier:listed", () => list() && readLater());

document.addEventListener("click", async (event) => {
  const { unarchive, delete: removed } = event.target.closest?.("#archive button")?.dataset ?? {};
  if (unarchive && (await act(unarchive, "archive", { on: false }))) readLater();
  if (removed) {
    await remove(removed);
    readLater();
  }
});
