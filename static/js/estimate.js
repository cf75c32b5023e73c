// Below the composer: about how much the message will send, with what comes before it, and what
// that costs. The server tells the size of the thread once a revision, when somebody types.
import { composer } from "./busy.js";
import { revision, threadId, threadUrl } from "./shown.js";
import { text } from "./text.js";
import { roomOf, tokensOf, whatFits } from "./tokens.js";

const PAUSE = 250; // ms after the last key
const NOTHING = { system: 0, exchanges: [], is_cut: false };
const { lang } = document.documentElement;

let history = { of: "", ...NOTHING }; // `of` names the thread and its revision
let timer = 0;
let round = 0;

/** US dollars, as the server says them. */
export function usd(amount) {
  const digits =
    amount && amount < 0.1 ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: 2 };
  const style = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" };
  return new Intl.NumberFormat(lang, { ...style, ...digits }).format(amount);
}

function count(tokens) {
  return new Intl.NumberFormat(lang, { maximumSignificantDigits: 3 }).format(tokens);
}

/** The thread's size as of what is shown; that of a new chat is its system prompt. */
async function readHistory() {
  const id = threadId();
  if (!id) {
    const prompt = composer().elements.system_prompt?.value ?? "";
    return { of: "", ...NOTHING, system: tokensOf(prompt) };
  }
  const of = `${id} ${revision()}`;
  if (history.of === of) return history;
  const response = await fetch(threadUrl(id, "context/"));
  if (!response.ok || response.redirected) throw new Error(`context: ${response.status}`);
  return { ...(await response.json()), of };
}

function sentence({ tokens, leftOut }, model) {
  const { inputPrice, context } = model.dataset;
  const words = { tokens: count(tokens) };
  const priced = inputPrice !== "";
  if (priced) words.cost = usd((tokens * Number(inputPrice)) / 1_000_000);
  const parts = [text(priced ? "estimate-cost" : "estimate", words)];
  if (context && tokens > Number(context)) {
    const name = model.querySelector("b").textContent;
    parts.push(text("too-much", { model: name, limit: count(Number(context)) }));
  } else if (leftOut) parts.push(text("left-out"));
  return parts.join(". ");
}

async function update() {
  const mine = ++round;
  const line = document.getElementById("estimate");
  const model = document.querySelector("[data-pick]");
  const words = composer()?.elements.text.value.trim();
  if (!line) return;
  if (!words || !model) return void (line.textContent = "");
  try {
    const found = await readHistory();
    if (mine !== round || !line.isConnected) return;
    history = found;
    const room = roomOf(Number(model.dataset.context), Number(line.dataset.room));
    line.textContent = sentence(whatFits(tokensOf(words), found, room), model);
  } catch {
    line.textContent = ""; // offline: it is an aid, not more
  }
}

function updateLater() {
  clearTimeout(timer);
  timer = setTimeout(update, PAUSE);
}

for (const type of ["input", "atelier:filled"]) {
  document.addEventListener(type, (event) => event.target.id === "message-box" && updateLater());
}
document.addEventListener("atelier:picked", updateLater);
updateLater(); // for a draft
document.addEventListener("htmx:after:swap", () => composer()?.elements.text.value && updateLater());
