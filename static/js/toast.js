// Short notices in the corner. All but errors leave by themselves, though not while
// somebody points at them or has the focus in them; errors stay until they are dismissed.

const LIFETIME = 6000; // ms

function leaveLater(node) {
  const check = () => {
    if (node.matches(":hover, :focus-within")) setTimeout(check, 1000);
    else node.remove();
  };
  setTimeout(check, LIFETIME);
}

function actionButton(node, { label, run }) {
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.className = "btn btn-sm";
  button.textContent = label;
  button.addEventListener("click", () => {
    node.remove();
    run();
  });
  return button;
}

/**
 * Show a sentence.
 * @param {string} sentence
 * @param {{tone?: "ok" | "info" | "error", link?: {href: string, label: string},
 *   action?: {label: string, run: () => void}}} options `action`: a button, which ends the toast
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
  if (action) node.querySelector("[data-dismiss]").before(actionButton(node, action));
  document.getElementById("toasts").append(node);
  if (tone !== "error") leaveLater(node);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-toast] [data-dismiss]");
  button?.closest("[data-toast]").remove();
});

for (const node of document.querySelectorAll('[data-toast="ok"]')) leaveLater(node);
