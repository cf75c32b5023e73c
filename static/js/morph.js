// The smallest change that makes a run of nodes look like new ones. Text grows in place, so a
// selection in it survives and nothing flickers.

/**
 * Make the children of `parent` from `at` on equal to `wanted` and its following siblings, and
 * return the first child after them (null at the end). What follows is left alone.
 * @param {Node} parent
 * @param {Node | null} at
 * @param {Node | null} wanted this and its following siblings are used up
 * @param {number} span at most so many characters at the end of the old markup were changed
 */
export function morphRun(parent, at, wanted, span = Infinity) {
  while (wanted) {
    const next = wanted.nextSibling;
    if (!at) {
      parent.appendChild(wanted);
    } else if (at.nodeName === wanted.nodeName) {
      patch(at, wanted, span);
      at = at.nextSibling;
    } else {
      const old = at;
      at = at.nextSibling;
      old.replaceWith(wanted);
    }
    wanted = next;
  }
  return at;
}

/** Remove `at` and all that follows it. */
export function removeFrom(at) {
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function patch(old, wanted, span) {
  if (old.nodeType === Node.TEXT_NODE) return patchText(old, wanted.data);
  if (old.isEqualNode(wanted)) return;
  patchAttributes(old, wanted);
  const first = firstChanged(old, span);
  removeFrom(morphRun(old, old.childNodes[first], wanted.childNodes[first], span));
}

/** Index of the first child that a change within the last `span` characters can reach. Markup is
 *  never shorter than its text, so text counts. Spares a table of 600 rows 599 comparisons. */
function firstChanged(parent, span) {
  let index = parent.childNodes.length - 1;
  if (span === Infinity || index < 0) return 0;
  let node = parent.lastChild;
  for (let after = node.textContent.length; index > 0 && after <= span; index -= 1) {
    node = node.previousSibling;
    after += node.textContent.length;
  }
  return index;
}

function patchText(node, wanted) {
  const { data } = node;
  if (data === wanted) return;
  // Chromium lays out a long paragraph anew at each appendData, but only once after any number of
  // assignments; those, however, end a selection in the node.
  if (!holdsSelection(node)) return void (node.data = wanted);
  if (wanted.startsWith(data)) return node.appendData(wanted.slice(data.length));
  let same = 0;
  while (data.charCodeAt(same) === wanted.charCodeAt(same)) same += 1; // NaN ends it
  node.replaceData(same, data.length - same, wanted.slice(same));
}

function holdsSelection(node) {
  const selection = getSelection();
  return selection.type === "Range" && selection.containsNode(node, true);
}

function patchAttributes(old, wanted) {
  for (const { name } of [...old.attributes]) {
    if (!wanted.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}
