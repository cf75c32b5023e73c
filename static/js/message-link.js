// /chat/<id>/#message-<id>: the message in the middle of the screen, wherever in the thread it is.
import { bring } from "./gaps.js";
import { log } from "./shown.js";

const FOUND = 2_000; // ms for which it is marked

/** Show the message that the fragment of the address names. */
export async function seek() {
  const { hash } = location;
  if (!log()?.dataset.conversation || !hash.startsWith("#message-")) return;
  const message = await bring(hash.replace("#message-", ""));
  if (!message || hash !== location.hash) return;
  message.scrollIntoView({ block: "center" });
  message.setAttribute("data-found", "");
  setTimeout(() => message.removeAttribute("data-found"), FOUND);
}

seek();
