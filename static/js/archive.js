// The page of archived chats: its buttons.
import { readLater } from "./fresh.js";
import { act, remove } from "./thread-actions.js";

document.addEventListener("click", async (event) => {
  const { unarchive, delete: removed } = event.target.closest?.("#archive button")?.dataset ?? {};
  if (unarchive && (await act(unarchive, "archive", { on: false }))) readLater();
  if (removed) {
    await remove(removed);
    readLater();
  }
});
