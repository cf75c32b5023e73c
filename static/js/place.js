// Where the reader is in the conversation, kept while what is above or below changes. The list is
// reversed: scrolled to its end it stays there by itself.
import { log, scroller } from "./shown.js";

/** The articles of the log that are in view, from the top. */
export function inView() {
  const { top, bottom } = scroller().getBoundingClientRect();
  return [...log().querySelectorAll("article")].filter((article) => {
    const box = article.getBoundingClientRect();
    return box.bottom > top && box.top < bottom;
  });
}

/** At the newest message; where a gap is the last there is, the list must not stick to its end. */
export function isScrolledToEnd() {
  return scroller().scrollTop > -1 && !log().lastElementChild?.matches("[data-gap]");
}

/** Note what is in view; the function that is returned puts it there again. */
export function mark() {
  if (!scroller() || isScrolledToEnd()) return () => {};
  const places = inView().map((article) => [article, article.getBoundingClientRect().top]);
  return () => {
    const [article, top] = places.find(([one]) => one.isConnected) ?? [];
    const moved = article ? article.getBoundingClientRect().top - top : 0;
    if (moved) scroller().scrollTop += moved;
  };
}

let putBack = () => {};

document.addEventListener("htmx:before:swap", (event) => {
  const inLog = event.detail.tasks.some(({ target }) => target && log()?.contains(target));
  putBack = inLog ? mark() : () => {};
});

// Told as soon as a piece is in the page, before it is painted.
document.addEventListener("htmx:before:settle", (event) => {
  if (log()?.contains(event.target)) putBack();
});
