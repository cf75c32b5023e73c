// Which Enter sends: by the reader's setting, and never one that ends an input method's word.

const TOUCH = matchMedia("(hover: none) and (pointer: coarse)");

function isEnterAlone() {
  return document.body.dataset.sendKey !== "modifier" && !TOUCH.matches;
}

/** The combinations that send. */
export function sendKeys() {
  return isEnterAlone() ? ["Enter", "Mod+Enter"] : ["Mod+Enter"];
}

/** Ctrl or Cmd+Enter always sends. Enter alone does where it is set so, but not on touch screens,
 *  whose keyboards have no other way to a new line. */
export function isSendKey(event) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false;
  if (event.isComposing || event.keyCode === 229) return false; // Safari tells it by 229 only
  if (event.ctrlKey || event.metaKey) return true;
  return isEnterAlone();
}
