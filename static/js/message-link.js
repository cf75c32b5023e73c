// /chat/<id>/#message-<id>: the message in the middle of the screen, also when it is some pages up.
import { log } from "./shown.js";

const PAGES = 20;
const PATIENCE = 5_000; // ms for one page

function settled() {
  return new Promise((resolve) => {
    document.addEventListener("htmx:after:settle", resolve, { once: true });
    setTimeout(resolve, PATIENCE);
  });
}

/** Show the message that the fragment of the address names. */
export async function seek() {
  const id = location.hash.slice(1);
  const { thread } = log()?.dataset ?? {};
  if (!thread || !id.startsWith("message-")) return;
  for (let page = 0; page < PAGES && log()?.dataset.thread === thread; page += 1) {
    const message = document.getElementById(id);
    if (message) return show(message);
    const older = log().querySelector("[data-more]");
    if (!older) return; // it is not on the path that is shown
    const loaded = settled();
    older.scrollIntoView(); // which loads it
    await loaded;
  }
}

function show(message) {
  message.scrollIntoView({ block: "center" });
  message.setAttribute("data-found", "");
  setTimeout(() => message.removeAttribute("data-found"), 2_000);
}

seek();
