// The text of running answers. Frames change strings at once; the page follows once a frame of the
// screen. Each answer is a row of blocks in [data-stream]: those up to `edge` are final, the rest
// is the tail, which every delta may change.
import { morphRun, removeFrom } from "./morph.js";
import { keepPlace } from "./shown.js";

// Hidden tabs get no animation frames, so a timer runs beside them; whichever is first.
const LATEST = 100; // ms
const LONG = 60; // blocks: from there on those out of sight are not drawn (rendering.css)

/** number -> {id, offset, closing, tail, edge, kept, written}: `closing` waits to be written for
 *  ever; of the tail that the page shows, `written` long, the first `kept` characters still hold. */
const streams = new Map();
const dirty = new Set();

/** Apply one array of the live channel; false when it does not fit what came before. */
export function receive(frame) {
  return frame[0] === "s" ? takeSnapshot(frame) : takeDelta(frame);
}

/** A new socket numbers its streams anew. */
export function dropStreams() {
  streams.clear();
  dirty.clear();
}

function takeSnapshot([, number, id, offset, closed, tail]) {
  for (const [other, stream] of streams) {
    if (stream.id !== id) continue;
    streams.delete(other);
    dirty.delete(stream);
  }
  const stream = { id, offset, closing: closed, tail, edge: null, kept: 0, written: Infinity };
  streams.set(number, stream);
  mark(stream);
  return true;
}

function takeDelta([number, offset, drop, add, close]) {
  const stream = streams.get(number);
  if (!stream) return true; // of an answer that is no longer shown
  if (offset < stream.offset || drop > stream.tail.length) return false;
  stream.offset = offset;
  const same = stream.tail.length - drop;
  const tail = stream.tail.slice(0, same) + add;
  stream.kept = Math.min(stream.kept, same);
  stream.closing += tail.slice(0, close);
  stream.tail = tail.slice(close);
  mark(stream);
  return true;
}

let frame = 0;
let timer = 0;

function mark(stream) {
  dirty.add(stream);
  if (frame) return;
  frame = requestAnimationFrame(flush);
  timer = setTimeout(flush, LATEST);
}

function flush() {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  frame = 0;
  keepPlace(() => dirty.forEach(write));
  dirty.clear();
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // sanitised by the server
  return template.content;
}

function write(stream) {
  const host = document.querySelector(`[data-stream="${CSS.escape(stream.id)}"]`);
  if (!host) return; // the answer ended, or another page is shown
  if (stream.edge && stream.edge.parentNode !== host) return; // shown anew: a snapshot is coming
  let at = stream.edge ? stream.edge.nextSibling : host.firstChild;
  if (stream.closing) {
    at = morphRun(host, at, parse(stream.closing).firstChild);
    stream.edge = at ? at.previousSibling : host.lastChild;
    stream.closing = "";
    stream.written = Infinity;
  }
  const span = stream.written - stream.kept;
  removeFrom(morphRun(host, at, parse(stream.tail).firstChild, span));
  stream.written = stream.kept = stream.tail.length;
  if (host.childElementCount > LONG) host.classList.add("long");
}

// A frame that brings a whole article again must not touch the text of one that is being written:
// what the page has is newer.
htmx.registerExtension("atelier-stream", {
  htmx_before_morph_node(node, { oldNode, newNode }) {
    if (oldNode.nodeName === "DETAILS") newNode.open = oldNode.open; // as the reader left it
    const id = oldNode.dataset?.stream;
    if (!id || newNode.dataset?.stream !== id) return true;
    for (const stream of streams.values()) if (stream.id === id) return false;
    return true;
  },
});
