// Formulas: <tex-math> holds its source, which stays as the server wrote it, so morphing never meets
// what is drawn here, in a shadow root. KaTeX is loaded with the first formula of a tab.

const BUDGET = 8; // ms of drawing before the page gets a turn
const LONGEST = 5_000; // characters
const OPTIONS = { throwOnError: true, strict: "ignore", trust: false, maxExpand: 200, maxSize: 20 };

let tools = null; // promise of {katex, sheet}
const waiting = new Set();
let drawing = false;

async function load() {
  // In a shadow root fonts cannot be declared, so the page gets the file, too.
  const link = document.getElementById("math-style").content.firstElementChild.cloneNode();
  document.head.append(link);
  const [, response] = await Promise.all([import("../vendor/katex/katex.min.js"), fetch(link.href)]);
  if (!response.ok) throw new Error(`${link.href}: ${response.status}`);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync((await response.text()).replace(/@font-face\s*{[^}]*}/g, ""));
  return { katex: window.katex, sheet };
}

function draw(element, { katex, sheet }) {
  const source = element.textContent;
  const marks = source.startsWith("$$") ? 2 : 1;
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  const box = document.createElement("span");
  try {
    if (element.matches(".open") || source.length > LONGEST) throw new RangeError("not to be drawn");
    const formula = source.slice(marks, -marks);
    katex.render(formula, box, { ...OPTIONS, displayMode: marks === 2 });
  } catch {
    box.replaceChildren(document.createElement("slot")); // its source
  }
  root.replaceChildren(box);
}

async function drawAll() {
  drawing = true;
  try {
    const loaded = await (tools ??= load());
    while (waiting.size) {
      const end = performance.now() + BUDGET;
      for (const element of waiting) {
        waiting.delete(element);
        if (element.isConnected) draw(element, loaded);
        if (performance.now() > end) break;
      }
      if (waiting.size) await new Promise((resolve) => setTimeout(resolve));
    }
  } catch {
    tools = null; // offline: the source is readable, and the next formula tries again
  } finally {
    drawing = false;
  }
}

function want(element) {
  if (element.matches(".open") && !element.shadowRoot) return;
  waiting.add(element);
  if (!drawing) drawAll();
}

const changes = new MutationObserver((records) => {
  const changed = records.map(({ target }) => (target.nodeType === 1 ? target : target.parentElement));
  for (const element of new Set(changed)) {
    const formula = element?.closest("tex-math");
    if (formula?.isConnected) want(formula);
  }
});

class TexMath extends HTMLElement {
  connectedCallback() {
    changes.observe(this, {
      attributeFilter: ["class"],
      childList: true,
      characterData: true,
      subtree: true,
    });
    if (!this.shadowRoot) want(this);
  }
}

customElements.define("tex-math", TexMath);
