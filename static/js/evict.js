// The page stays light however long somebody scrolls: of very many messages those furthest from the
// view leave it, and gaps.js brings them back. What the reader has a hand on stays.
import { mark } from "./place.js";
import { log, scroller } from "./shown.js";

const MOST = 200; // articles
const KEEP = 150;
const FAR = 4; // heights of the view; gaps are filled when nearer than this

function isHeld(article) {
  const selection = getSelection();
  return (
    article.contains(document.activeElement) ||
    (selection.type === "Range" && selection.containsNode(article, true)) ||
    article.matches(":has([data-stream], .msg-edit, [data-open]), [data-pending], [data-found]")
  );
}

function distances(articles) {
  const view = scroller().getBoundingClientRect();
  return articles.map((article) => {
    const box = article.getBoundingClientRect();
    return [article, Math.max(view.top - box.bottom, box.top - view.bottom)];
  });
}

/** Put gaps in the places of these articles, one for each run. */
function replaceByGaps(articles) {
  const template = document.getElementById("message-gap").content.firstElementChild;
  for (const article of articles) article.replaceWith(template.cloneNode(true));
  for (const gap of log().querySelectorAll("[data-gap] + [data-gap]")) gap.remove();
  const line = log().querySelector("[data-gap] + #unread-line");
  if (line?.nextElementSibling?.matches("[data-gap]") ?? line) line.remove();
}

export function evict() {
  const articles = [...log().querySelectorAll("article")];
  if (articles.length <= MOST) return;
  const limit = FAR * scroller().clientHeight;
  const far = distances(articles)
    .filter(([article, distance]) => distance > limit && !isHeld(article))
    .sort(([, one], [, other]) => other - one)
    .slice(0, articles.length - KEEP)
    .map(([article]) => article);
  const putBack = mark();
  replaceByGaps(far);
  putBack();
}
