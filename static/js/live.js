// The live channel's protocol, above the socket: tells the server what the page shows and applies
// what changed, once and in order.
import { announce } from "./announce.js";
import { setBusy } from "./busy.js";
import { nameTab, navigate } from "./navigate.js";
import { seenRevision } from "./reading.js";
import { answering, kind, log, openId, openUrl, revision, shown } from "./shown.js";
import { placeRow } from "./rows.js";
import { greet, heard, isUp, send, socket } from "./socket.js";
import { dropStreams, receive } from "./stream.js";
import { text } from "./text.js";
import { madeElsewhere } from "./time-zone.js";
import { toast } from "./toast.js";

const ACK_EVERY = 32; // arrays
const ACK_AFTER = 1_000; // ms since the last one
const SEEN_AFTER = 300; // ms of rest
const POLL = 3_000; // ms, while the socket is down

const { body } = document;

// --- What the page shows ---

/** Tell the server which conversation is open: after connecting, navigating and starting one. */
export function tellOpen() {
  dropStreams(); // the server answers with new ones
  const id = openId();
  if (!id) return void send({ type: "close" });
  told = 0;
  send({ type: "open", kind: kind(), id, revision: revision() });
  tellSeen();
}

let told = 0; // the revision up to which the server knows that what is open was seen

function tellSeen() {
  const id = openId();
  if (!id || answering() || document.hidden) return;
  const seen = log() ? seenRevision() : revision();
  if (seen > told && send({ type: "seen", kind: kind(), id, revision: seen })) told = seen;
}

// --- Text ---

let arrays = 0;
let acknowledged = 0;
let ackTimer = 0;

function acknowledge() {
  clearTimeout(ackTimer);
  ackTimer = 0;
  if (acknowledged !== arrays && send({ type: "ack", frames: arrays })) acknowledged = arrays;
}

function countArray() {
  arrays += 1;
  clearTimeout(ackTimer);
  if (arrays - acknowledged >= ACK_EVERY) acknowledge();
  else ackTimer = setTimeout(acknowledge, ACK_AFTER);
}

// --- Changes of the open conversation ---

/** A frame brings a page from one revision to another. One that begins elsewhere was under way
 * while the page was shown anew: applied, it would add again what is there. */
function isNews(frame) {
  if (frame.id !== openId() || frame.revision <= revision()) return false;
  if (frame.since === revision()) return true;
  tellOpen();
  return false;
}

function applied(frame) {
  const was = answering();
  shown().dataset.revision = frame.revision;
  shown().dataset.busy = String(frame.busy);
  setBusy(frame.busy);
  if (was !== frame.busy) announce(text(`${kind()}-${frame.busy ? "started" : "complete"}`));
  nameTab();
  tellSeen();
}

/** Ask for all of what is open again. */
export function showAnew() {
  shown().dataset.revision = 0;
  tellOpen();
  catchUp();
}

/** Fetch what changed, for as long as the socket cannot bring it. */
export async function catchUp() {
  if (!openId() || isUp()) return;
  try {
    const response = await fetch(openUrl(`changes/?revision=${revision()}`));
    if (!response.ok || response.redirected) return;
    const frame = await response.json();
    if (!isNews(frame)) return;
    await htmx.swap({ sourceElement: body, target: body, swap: "none", text: frame.content });
    applied(frame);
  } catch {
    // Offline: the banner says so, and the next round tries again.
  }
}

// --- Frames ---

let gone = ""; // what was open here until it went to the trash

/** It was taken out of the trash: back to it, unless the reader has gone on to something else. */
function isWanted({ id, html }) {
  return id === gone && html && shown() && !openId() && !writing();
}

function writing() {
  return [...document.querySelectorAll("#main textarea")].some(({ value }) => value);
}

/** By type; false keeps htmx from swapping the frame's content. */
const handlers = {
  hello: () => greet(),
  thread: isNews,
  post: isNews,
  edit: isNews,
  preferences() {
    document.dispatchEvent(new Event("atelier:preferences"));
    return false;
  },
  row(frame) {
    if (!placeRow(frame)) send({ type: "sync" });
    document.dispatchEvent(new CustomEvent("atelier:listed", { detail: frame }));
    if (isWanted(frame)) navigate(`${shown().dataset.base}${frame.id}/`);
    return false;
  },
  gone(frame) {
    if (frame.id !== openId()) return;
    gone = frame.id;
    toast(text(`${kind()}-gone`), { tone: "info" });
    navigate(shown().dataset.home);
  },
};

const read = new WeakMap(); // message -> frame, between the two events of one message

body.addEventListener("htmx:ws:before:message:incoming", (event) => {
  const { message } = event.detail;
  const frame = JSON.parse(message.data);
  heard();
  if (Array.isArray(frame)) {
    event.preventDefault();
    countArray();
    if (!receive(frame)) tellOpen(); // out of step: a new snapshot
    return;
  }
  read.set(message, frame);
  if (handlers[frame.type]?.(frame) === false) event.preventDefault();
});

body.addEventListener("htmx:ws:after:message:incoming", (event) => {
  const frame = read.get(event.detail.message);
  if (frame && frame.type === kind()) applied(frame);
  if (frame?.type === "threads") document.dispatchEvent(new Event("atelier:listed"));
});

// --- Lists ---

/** Since the browser asked for this page, asleep or awake. */
function age() {
  return Math.round(Math.max(performance.now(), Date.now() - performance.timeOrigin));
}

/** What the browser kept of a page says nothing of when it was made. */
const isKept = performance.getEntriesByType("navigation")[0]?.type === "back_forward";

/** Lists say no revision. A page's own are read anew where something changed since it was asked
 * for; those that were live before the connection was lost, always. */
function tellLists({ first }) {
  const isKnown = first && !isKept && !madeElsewhere;
  send({ type: "sync", ...(isKnown && { age: age() }) });
}

let polling = 0;

socket.addEventListener("up", (event) => {
  clearInterval(polling);
  polling = 0;
  arrays = acknowledged = 0;
  tellOpen();
  tellLists(event.detail);
  document.dispatchEvent(new Event("atelier:preferences")); // what was set until now was told to nobody
});

socket.addEventListener("down", () => {
  polling ||= setInterval(() => document.hidden || catchUp(), POLL);
});

socket.addEventListener("refused", (event) => {
  if (event.detail.code === 4401) location.reload(); // signed out: leads to sign-in
});

document.addEventListener("htmx:after:settle", (event) => {
  if (event.target.id === "main") tellOpen();
});

let seeing = 0;

document.addEventListener("atelier:read", () => {
  clearTimeout(seeing);
  seeing = setTimeout(tellSeen, SEEN_AFTER);
});
document.addEventListener("visibilitychange", tellSeen);
