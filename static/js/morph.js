// The smallest change that makes a run of nodes look like new ones. Text grows in place, so a
// selection in it survives and nothing flickers.

/**
 * Make the children of `parent` from `at` on equal to `fresh`'s, and return the first child after
 * them (null at the end). What follows is left alone.
 * @param {Node} parent
 * @param {Node | null} at
 * @param {Node} fresh its children are used up
 */
export function morphRun(parent, at, fresh) {
  let wanted = fresh.firstChild;
  while (wanted) {
    const next = wanted.nextSibling;
    if (!at) {
      parent.appendChild(wanted);
    } else if (at.nodeName === wanted.nodeName) {
      patch(at, wanted);
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

function patch(old, wanted) {
  if (old.nodeType === Node.TEXT_NODE) return patchText(old, wanted.data);
  if (old.isEqualNode(wanted)) return;
  patchAttributes(old, wanted);
  removeFrom(morphRun(old, old.firstChild, wanted));
}

function patchText(node, wanted) {
  const { data } = node;
  if (data === wanted) return;
  if (wanted.startsWith(data)) return node.appendData(wanted.slice(data.length));
  let same = 0;
  while (data.charCodeAt(same) === wanted.charCodeAt(same)) same += 1; // NaN ends it
  node.replaceData(same, data.length - same, wanted.slice(same));
}

function patchAttributes(old, wanted) {
  for (const { name } of [...old.attributes]) {
    if (!wanted.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}
