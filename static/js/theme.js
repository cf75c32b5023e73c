// Theme radios of the user menu: applied at once, saved by POST, taken back when that fails.
import { text } from "./text.js";
import { toast } from "./toast.js";

function shown() {
  return document.documentElement.dataset.theme ?? "system";
}

function show(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    const scheme = theme === "system" ? meta.dataset.scheme : theme;
    meta.content = meta.dataset[scheme];
  }
  for (const radio of document.querySelectorAll(`input[name="theme"][value="${theme}"]`)) {
    radio.checked = true;
  }
}

let saving;

async function save(form, before) {
  saving?.abort(); // only the last choice counts
  const request = (saving = new AbortController());
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      signal: request.signal,
    });
    // A redirect to the sign-in page would be "ok" as well.
    if (response.status !== 204) throw new Error(`HTTP ${response.status}`);
  } catch (error) {
    if (request.signal.aborted) return;
    show(before);
    form.closest("[popover]")?.hidePopover(); // it would cover the toast
    toast(text("theme-not-saved"), { tone: "error" });
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-theme-form]");
  if (!form || event.target.name !== "theme") return;
  const before = shown();
  show(event.target.value);
  save(form, before);
});
