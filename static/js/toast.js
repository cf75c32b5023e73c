// Short notices in the corner. All but errors leave by themselves, though not while
// somebody points at them or has the focus in them; errors stay until they are dismissed.

const LIFETIME = 6_000; // ms
const WITH_ACTION = 10_000;

function leaveLater(node, lifetime = LIFETIME) {
  const check = () => {
    if (node.matches(":hover, :focus-within")) setTimeout(check, 1000);
    else node.remove();
  };
  setTimeout(check, lifetime);
}

function button({ label, run }, node) {
  const made = Object.assign(document.createElement("button"), { type: "button" });
  made.className = "btn btn-sm";
  made.textContent = label;
  made.addEventListener("click", () => {
    node.remove();
    run();
  });
  return made;
}

/**
 * Show a sentence.
 * @param {string} sentence
 * @param {{tone?: "ok" | "info" | "error", link?: {href: string, label: string},
 *   action?: {label: string, run: () => void}}} options
 */
export function toast(sentence, { tone = "ok", link, action } = {}) {
  for (const shown of document.querySelectorAll("#toasts [data-toast]")) {
    if (shown.querySelector("p").textContent === sentence) shown.remove(); // said again, not twice
  }
  const template = document.getElementById(`toast-${tone}`);
  const node = template.content.firstElementChild.cloneNode(true);
  const paragraph = node.querySelector("p");
  paragraph.textContent = sentence;
  if (link) {
    const anchor = Object.assign(document.createElement("a"), { href: link.href });
    anchor.textContent = link.label;
    paragraph.append(" ", anchor);
  }
  if (action) paragraph.after(button(action, node));
  document.getElementById("toasts").append(node);
  if (tone !== "error") leaveLater(node, action && WITH_ACTION);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-toast] [data-dismiss]");
  button?.closest("[data-toast]").remove();
});

for (const node of document.querySelectorAll('[data-toast="ok"]')) leaveLater(node);
