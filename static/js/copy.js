// Copy buttons: of a code block (<copy-code>, whose button lives in a shadow root so that the block
// stays as the server wrote it) and of a whole answer (its Markdown).
import { announce } from "./announce.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const SHOWN = 2_000; // ms

/** Without HTTPS there is no clipboard API. */
function copyOldWay(words) {
  const box = document.createElement("textarea");
  box.value = words;
  box.className = "sr-only";
  const { activeElement } = document;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  activeElement?.focus({ preventScroll: true });
  if (!done) throw new Error("copy refused");
}

/** Copy `words`; true when it worked. */
async function copy(words) {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(words);
    else copyOldWay(words);
    announce(text("copied"));
    return true;
  } catch {
    toast(text("copy-failed"), { tone: "error" });
    return false;
  }
}

class CopyCode extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.append(document.getElementById("copy-button").content.cloneNode(true));
    root.querySelector("svg").setAttribute("part", "icon");
    root.querySelector("button").addEventListener("click", () => this.copy());
  }

  async copy() {
    const words = this.closest("figure").querySelector("pre").textContent;
    if (!(await copy(words))) return;
    const label = this.shadowRoot.querySelector("span");
    const before = label.textContent;
    label.textContent = text("copied");
    this.shadowRoot.querySelector("button").disabled = true;
    setTimeout(() => {
      label.textContent = before;
      this.shadowRoot.querySelector("button").disabled = false;
    }, SHOWN);
  }
}

customElements.define("copy-code", CopyCode);

async function fetchSource(url) {
  const response = await fetch(url);
  if (!response.ok || response.redirected) throw new Error(`source: ${response.status}`);
  return response.text();
}

/** Copy what `words` will be. Safari allows it only while the click is being handled, so the
 * clipboard is given the promise and not its result. */
export async function copyLater(words) {
  if (!navigator.clipboard?.write || !window.ClipboardItem) return copy(await words);
  const blob = words.then((plain) => new Blob([plain], { type: "text/plain" }));
  await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  announce(text("copied"));
  return true;
}

async function copyMessage(button) {
  const words = fetchSource(button.dataset.copyMessage);
  const done = await copyLater(words).catch(() => toast(text("copy-failed"), { tone: "error" }));
  if (done !== true) return;
  if (button.role === "menuitem") return toast(text("copied"));
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, SHOWN);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy-message]");
  if (button) copyMessage(button);
});
