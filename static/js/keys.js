// Combinations of keys as "Mod+Shift+O", where Mod is Ctrl, and Cmd on a Mac.

export const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

const SYMBOLS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };
const MAC_SYMBOLS = { Mod: "⌘", Shift: "⇧", Alt: "⌥", Enter: "↩", Escape: "esc", ...SYMBOLS };
const FIELDS = "input:not([type='checkbox'], [type='radio'], [type='range']), textarea, select";

/** Whether what is pressed there is text. */
export function isTyping(target) {
  return Boolean(target.closest?.(FIELDS) || target.isContentEditable);
}

/** Whether a combination would be text in a field. */
export function isSingle(combination) {
  return [...combination].length === 1;
}

function partsOf(combination) {
  return combination === "+" ? ["+"] : combination.split("+");
}

export function matches(event, combination) {
  const parts = partsOf(combination);
  const key = parts.at(-1);
  if (event.key.toLowerCase() !== key.toLowerCase()) return false;
  const [mod, other] = MAC ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (other || mod !== parts.includes("Mod") || event.altKey !== parts.includes("Alt")) return false;
  // Where a layout has "?" or "/" is its own affair.
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase();
  return isSign || event.shiftKey === parts.includes("Shift");
}

/** The names of its keys, of which "1–9" are several; `name` translates those that have words. */
export function keyNames(combination, name) {
  const known = MAC ? MAC_SYMBOLS : { Mod: name("Ctrl"), ...SYMBOLS };
  return partsOf(combination).map((key) => {
    if (key in known) return known[key];
    return /^(.|F\d+|\d–\d)$/.test(key) ? key.toUpperCase() : name(key);
  });
}
