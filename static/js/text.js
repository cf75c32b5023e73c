// Sentences for scripts. The server writes them, translated, into templates/_js_text.html.

const source = document.getElementById("js-text");

/**
 * The sentence `key`, with {name} replaced by values.name. Throws on an unknown key.
 * @param {string} key
 * @param {Record<string, string | number>} values
 */
export function text(key, values = {}) {
  const node = source.content.querySelector(`[data-key="${key}"]`);
  if (!node) throw new Error(`No text "${key}" in _js_text.html`);
  return node.textContent.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
