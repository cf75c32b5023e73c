// Renaming in place: in the list or in the page's bar. Enter and leaving save, Escape does not.
import { send } from "./socket.js";
import { act } from "./thread-actions.js";

function title(host) {
  return host.querySelector("[data-title]");
}

/** Put the editor in the place of the title that `host` shows. */
export function rename(host) {
  if (host.matches(".is-renaming")) return;
  const template = document.getElementById("thread-rename");
  const form = template.content.firstElementChild.cloneNode(true);
  const box = form.elements.title;
  box.value = title(host).textContent;
  host.classList.add("is-renaming");
  host.setAttribute("hx-morph-skip", ""); // what arrives meanwhile must not take the text away
  title(host).after(form);
  box.focus();
  box.select();
}

function end(form) {
  const host = form.closest(".is-renaming");
  const hadFocus = form.contains(document.activeElement);
  host.classList.remove("is-renaming");
  host.removeAttribute("hx-morph-skip");
  form.remove();
  if (hadFocus) (host.querySelector("a[data-title]") ?? host.querySelector("button"))?.focus();
  send({ type: "sync" }); // for what was skipped
}

async function save(form) {
  if (form.ariaBusy === "true") return;
  const host = form.closest(".is-renaming");
  const words = form.elements.title.value.trim();
  const shown = title(host);
  if (!words || words === shown.textContent) return end(form);
  form.ariaBusy = "true";
  const done = await act(host.dataset.thread, "rename", { title: words });
  form.ariaBusy = "false";
  if (!form.isConnected) return;
  if (!done) return form.elements.title.focus();
  (shown.querySelector("span") ?? shown).textContent = words;
  end(form);
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.(".thread-rename")) return;
  event.preventDefault();
  save(event.target);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".thread-rename");
  if (!form) return;
  event.stopPropagation();
  if (event.key === "Escape") {
    event.preventDefault(); // the drawer stays open
    end(form);
  } else if (event.key === "Enter" && event.isComposing) {
    event.preventDefault();
  }
});

document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.(".is-renaming .thread-rename"); // not one that has just ended
  if (form && document.hasFocus()) save(form);
});
