// Which section of the sidebar is open, when only #main was swapped.
import { kind } from "./shown.js";

function mark() {
  const open = kind();
  for (const link of document.querySelectorAll(".nav a[data-section]")) {
    if (link.dataset.section === open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

document.addEventListener("htmx:after:settle", (event) => event.target.id === "main" && mark());
