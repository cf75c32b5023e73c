// What the page shows: the conversation in #main. It is kept in the DOM, on #log, so it is right
// after any swap.

export function log() {
  return document.getElementById("log");
}

/** Id of the open thread; "" on a page without one. */
export function threadId() {
  return log()?.dataset.thread ?? "";
}

export function revision() {
  return Number(log()?.dataset.revision ?? 0);
}

/** Whether an answer is being written, as the server said last. */
export function answering() {
  return log()?.dataset.busy === "true";
}

/** The address of `tail` ("messages/") below thread `id`. */
export function threadUrl(id, tail = "") {
  return `${log().dataset.base}${id}/${tail}`;
}

/** Id of the message that a node of the log belongs to. */
export function messageOf(node) {
  return node.closest("article").id.replace("message-", "");
}

export function article(message) {
  return document.getElementById(`message-${message}`);
}

/** The address of an operation on a message of the open thread. */
export function messageUrl(message, operation) {
  return threadUrl(threadId(), `messages/${message}/${operation}/`);
}

export function scroller() {
  return log()?.closest(".scroll");
}

/** Scroll to the newest message: the list is reversed, so its start is its end. */
export function scrollToEnd() {
  const scroll = scroller();
  if (scroll) scroll.scrollTop = 0;
}

const ANCHORS = CSS.supports("overflow-anchor", "auto");

/** Do `change`, which adds text at the end, without moving what somebody reads further up. At the
 *  end the reversed list stays there by itself. Only browsers without scroll anchoring need help. */
export function keepPlace(change) {
  const scroll = ANCHORS ? null : scroller();
  if (!scroll || scroll.scrollTop > -1) return change();
  const before = scroll.scrollHeight;
  change();
  scroll.scrollTop -= scroll.scrollHeight - before;
}
