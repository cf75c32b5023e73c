// The one websocket of the tab, opened by hx-ws: is it up, when will it be tried again, is it dead.
//
// Events on `socket`: "up" (the server said hello; detail.first), "down" (detail.retryAt, ms of
// Date.now()), "refused" (detail.code: the server does not want this page).

import { answering } from "./shown.js";

const FIRST_DELAY = 500; // ms
const LONGEST_DELAY = 15_000;
const TICK = 3_000;
const QUIET = 25_000; // without a word from the server for so long, ask
const QUIET_WRITING = 6_000; // the same while words should come
const PATIENCE = 5_000; // for the answer
const SLOW_OPENING = 8_000;
const ABANDONED = 4000; // our own close code; not one that hx-ws reconnects after
const REFUSALS = [4401, 4413, 4429];

export const socket = new EventTarget();

const { body } = document;
let connection = null;
let up = false;
let greeted = false;
let failures = 0;
let heardAt = 0;
let probe = 0;

function tell(type, detail) {
  socket.dispatchEvent(new CustomEvent(type, { detail }));
}

export function isUp() {
  return up;
}

/** Send an object; false when the socket is down (whoever needs it sends again on "up"). */
export function send(message) {
  if (!up) return false;
  connection.socket.send(JSON.stringify(message));
  return true;
}

/** Drop the socket, whatever its state, and open a new one at once. */
export function reconnect() {
  clearTimeout(probe);
  probe = 0;
  up = false;
  // close() of a dead connection takes long to be told. Said in its place, hx-ws forgets it now,
  // with its timer.
  connection?.socket?.dispatchEvent(new CloseEvent("close", { code: ABANDONED }));
  connection = null;
  body.dispatchEvent(new Event("atelier:connect"));
}

/** The server is there: called for every frame. */
export function heard() {
  heardAt = Date.now();
  clearTimeout(probe);
  probe = 0;
}

/** The server accepted the socket: called for its hello. */
export function greet() {
  up = true;
  failures = 0;
  tell("up", { first: !greeted });
  greeted = true;
}

function ask() {
  if (probe) return;
  send({ type: "ping" });
  probe = setTimeout(() => {
    tell("down", { retryAt: Date.now() });
    reconnect();
  }, PATIENCE);
}

function wake() {
  if (document.hidden) return;
  if (up) ask();
  else if (connection?.socket?.readyState !== WebSocket.CONNECTING) reconnect();
}

let openingSocket = null;
let openingSince = 0;
let tickedAt = Date.now();

function tick() {
  const now = Date.now();
  const slept = now - tickedAt > 5 * TICK;
  tickedAt = now;
  const quiet = answering() ? QUIET_WRITING : QUIET;
  if (up && (slept || now - heardAt > quiet)) ask();
  const opening = connection?.socket;
  if (up || !opening || opening.readyState > WebSocket.OPEN) return;
  if (opening !== openingSocket) [openingSocket, openingSince] = [opening, now];
  else if (now - openingSince > SLOW_OPENING) reconnect(); // no connection, or no hello
}

body.addEventListener("htmx:ws:before:connection", (event) => {
  connection = event.detail.connection;
});

body.addEventListener("htmx:ws:close", (event) => {
  const { code, connection: closed } = event.detail;
  if (closed !== connection || code === ABANDONED) return;
  up = false;
  clearTimeout(probe);
  probe = 0;
  if (REFUSALS.includes(code)) return tell("refused", { code });
  // hx-ws does not tell the delay it draws, and the banner counts down: so it is drawn here.
  const delay = Math.min(FIRST_DELAY * 2 ** failures++, LONGEST_DELAY) * (0.7 + 0.3 * Math.random());
  Object.assign(closed.config, {
    reconnectDelay: delay,
    reconnectMaxDelay: delay,
    reconnectJitter: 0,
  });
  tell("down", { retryAt: Date.now() + delay });
});

function start() {
  body.dispatchEvent(new Event("atelier:connect"));
  setInterval(tick, TICK);
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("pageshow", (event) => event.persisted && wake());
  window.addEventListener("online", wake);
  window.addEventListener("offline", () => up && ask());
}

// hx-ws waits for atelier:connect (hx-trigger), so no frame comes before these modules listen. And
// htmx may have gone through the page before hx-ws was loaded, so it does so again.
if (body.hasAttribute("hx-ws:connect")) {
  htmx.process(body);
  start();
}
