// One thread's row in the sidebar, pushed when only it changed.
import { threadId } from "./shown.js";

function list() {
  return document.getElementById("threads");
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

/** Put a row in its place; false when the list must be read anew to find it. */
export function placeRow({ id, html, top, group }) {
  const shown = document.getElementById(`thread-${id}`);
  if (!html) {
    shown?.remove();
    return true;
  }
  const row = parse(html);
  if (id === threadId()) row.querySelector("a").setAttribute("aria-current", "page");
  const first = list().querySelector("[data-group]");
  const isFirst = shown && shown === first?.querySelector("li.thread");
  if (shown && (!top || (isFirst && first.dataset.group === group))) {
    shown.replaceChildren(...row.childNodes); // focus on the row itself is kept by its id
    shown.className = row.className;
    htmx.process(shown);
    return true;
  }
  if (!top) return true; // on a page of the list that is not loaded
  if (first?.dataset.group !== group) return false;
  shown?.remove();
  first.querySelector("ul").prepend(row);
  htmx.process(row);
  return true;
}
