// Going from page to page inside the shell: only #main is swapped, so the websocket stays. The last
// click wins: #main's hx-sync aborts the request before it.
import { shown } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";

const WIDE = matchMedia("(width >= 64em)");

/** Show the page at `path` in #main. */
export function navigate(path, { push = true } = {}) {
  const main = document.getElementById("main");
  const options = { source: main, target: main, swap: "innerHTML" };
  return htmx.ajax("GET", path, push ? { ...options, push: "true" } : options);
}

/** To the message box, where that brings up no keyboard over the page. */
export function focusBox() {
  if (WIDE.matches) document.querySelector("#main [data-box]")?.focus({ preventScroll: true });
}

function isToMain(event) {
  return event.detail.ctx?.target?.id === "main";
}

// Only conversations take each other's place; settings and whatever else is left as a whole page.
document.addEventListener("htmx:before:request", (event) => {
  if (!isToMain(event) || shown()) return;
  event.preventDefault();
  location.assign(event.detail.ctx.request.action);
});

// Sign-in and error pages are whole pages: the browser goes there itself.
document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const { redirected, status } = ctx.response.raw;
  if (!redirected && status < 400) return;
  if (isToMain(event)) location.assign(ctx.request.action);
  if (isToMain(event) || ctx.sourceElement.matches("[data-more]")) event.preventDefault();
});

document.addEventListener("htmx:error", (event) => {
  if (isToMain(event)) toast(text("page-not-loaded"), { tone: "error" });
});

/** The tab is called as the page's head says. */
export function nameTab() {
  const title = document.querySelector("#main [data-page-title]")?.dataset.pageTitle;
  if (title) document.title = title;
}

document.addEventListener("htmx:after:settle", (event) => {
  if (event.target.id !== "main") return;
  nameTab();
  focusBox();
});

// Back and forward: htmx would fetch the whole page.
document.addEventListener("htmx:before:history:restore", (event) => {
  event.preventDefault();
  const base = shown()?.dataset.base;
  if (base && event.detail.path.startsWith(base)) navigate(event.detail.path, { push: false });
  else location.reload();
});

// Without this mark htmx takes a page that was loaded whole for somebody else's.
if (!history.state?.htmx) history.replaceState({ ...history.state, htmx: true }, "");
if (document.activeElement === document.body) focusBox();
