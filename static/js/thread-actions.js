// What is done to a thread as a whole. The live channel brings the result to every tab; while it
// is down this one asks for it.
import { catchUp } from "./live.js";
import { navigate } from "./navigate.js";
import { post } from "./post.js";
import { threadId } from "./shown.js";
import { refresh } from "./sidebar.js";
import { isUp } from "./socket.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

function base() {
  return document.getElementById("thread-menu").dataset.base;
}

/** A drawer lies above toasts. */
function tell(sentence, options) {
  const sidebar = document.getElementById("sidebar");
  if (sidebar.matches(":popover-open")) sidebar.hidePopover();
  toast(sentence, options);
}

/** POST to `/chat/<id>/<action>/`; true when it was done, else a toast says why not. */
export async function act(id, action, fields = {}) {
  const result = await post(`${base()}${id}/${action}/`, fields).catch(() => null);
  if (!result?.ok) {
    tell(result?.message || text("not-changed"), { tone: "error" });
    return false;
  }
  if (!isUp()) {
    catchUp();
    refresh();
  }
  return true;
}

async function undo(id, wasOpen) {
  if ((await act(id, "restore")) && wasOpen) navigate(`${base()}${id}/`);
}

/** To the trash, with Undo. The page of an open thread is left first: it is not told of its end. */
export async function remove(id) {
  const wasOpen = threadId() === id;
  if (wasOpen) await navigate(base());
  const done = await act(id, "delete");
  if (!done && wasOpen) navigate(`${base()}${id}/`);
  if (!done) return;
  tell(text("thread-deleted"), {
    action: { label: text("undo"), run: () => undo(id, wasOpen) },
  });
}

/** Into the archive, with Undo, or out of it. */
export async function archive(id, on) {
  if (!(await act(id, "archive", { on })) || !on) return;
  tell(text("thread-archived"), {
    action: { label: text("undo"), run: () => act(id, "archive", { on: false }) },
  });
}
