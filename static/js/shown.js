// What the page shows: the conversation in #main, a thread or a post. It is kept in the DOM, on the
// element with data-kind, so it is right after any swap.

/** The element of a conversation that is open or about to begin; null on any other page. */
export function shown() {
  return document.querySelector("#main [data-kind]");
}

/** "thread", "post", or "". */
export function kind() {
  return shown()?.dataset.kind ?? "";
}

/** Id of the open conversation; "" while there is none. */
export function openId() {
  return shown()?.dataset.conversation ?? "";
}

/** The address of `tail` ("stop/") below the open conversation. */
export function openUrl(tail = "") {
  return `${shown().dataset.base}${openId()}/${tail}`;
}

/** A new conversation becomes the one that its first request made. */
export function adopt(id) {
  shown().dataset.conversation = id;
  history.pushState({ htmx: true }, "", openUrl());
}

/** What a page that is being written on calls its drafts: a thread's id, "post:<id>"; without the
 *  id what is new. */
export function draftPlace() {
  return kind() === "thread" || !kind() ? openId() : `${kind()}:${openId()}`;
}

export function log() {
  return document.getElementById("log");
}

/** Id of the open thread; "" on a page without one. */
export function threadId() {
  return log()?.dataset.conversation ?? "";
}

export function revision() {
  return Number(shown()?.dataset.revision ?? 0);
}

/** Whether the generation lock is held, as the server said last. */
export function answering() {
  return shown()?.dataset.busy === "true";
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
