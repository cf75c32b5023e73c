// "Connection lost": after two seconds, with a countdown, gone by itself.
import { reconnect, socket } from "./socket.js";
import { text } from "./text.js";

const GRACE = 2_000; // ms

const region = document.getElementById("banner");
let lostAt = 0;
let retryAt = 0;
let clock = 0;

function show(sentence) {
  if (!region.firstElementChild) {
    const template = document.getElementById("connection-banner");
    region.replaceChildren(template.content.cloneNode(true));
  }
  const paragraph = region.querySelector("p");
  if (paragraph.textContent !== sentence) paragraph.textContent = sentence;
}

function update() {
  if (Date.now() - lostAt < GRACE) return;
  const seconds = Math.ceil((retryAt - Date.now()) / 1000);
  show(seconds > 0 ? text("connection-retry", { seconds }) : text("connection-trying"));
}

function hide() {
  clearInterval(clock);
  clock = lostAt = 0;
  region.replaceChildren();
}

socket.addEventListener("up", hide);

socket.addEventListener("down", (event) => {
  lostAt ||= Date.now();
  retryAt = event.detail.retryAt;
  clock ||= setInterval(update, 250);
});

socket.addEventListener("refused", (event) => {
  hide();
  if (event.detail.code === 4429) show(text("too-many-tabs"));
  if (event.detail.code === 4413) show(text("connection-refused"));
});

region?.addEventListener("click", (event) => {
  if (!event.target.closest("[data-reconnect]")) return;
  retryAt = 0;
  lostAt ||= Date.now() - GRACE;
  clock ||= setInterval(update, 250);
  update();
  reconnect();
});
