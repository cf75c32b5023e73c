// The lightbox in the address: ?view=<post>&img=<n> beside the gallery's own filters. Opening pushes
// an entry of the history, moving replaces it, closing goes back where one was pushed.

/** What the address asks for; `key` is where in the gallery one was, "" when nobody knows.
 * @returns {{post: string, number: string, key: string} | null} */
export function asked() {
  const values = new URLSearchParams(location.search);
  const post = values.get("view");
  if (!post) return null;
  return { post, number: values.get("img") ?? "", key: history.state?.lightbox?.key ?? "" };
}

/** The gallery's address without the lightbox. */
function plain() {
  const url = new URL(location.href);
  for (const name of ["view", "img"]) url.searchParams.delete(name);
  return url;
}

function addressOf({ post, number }) {
  const url = plain();
  url.searchParams.set("view", post);
  if (number) url.searchParams.set("img", number);
  return url;
}

export function push(view) {
  const lightbox = { key: view.key, pushed: true };
  history.pushState({ htmx: true, lightbox }, "", addressOf(view));
}

export function replace(view) {
  const lightbox = { ...history.state?.lightbox, key: view.key };
  history.replaceState({ ...history.state, htmx: true, lightbox }, "", addressOf(view));
}

/** True when the history goes back by one, which "popstate" tells. */
export function leave() {
  if (!asked()) return false;
  if (history.state?.lightbox?.pushed) {
    history.back();
    return true;
  }
  history.replaceState({ ...history.state, lightbox: undefined }, "", plain());
  return false;
}

// An entry without htmx's mark is replaced at its next request, and one with it is read anew when one
// comes back to it. All steps within this page are the lightbox's, so all have it, and nothing is read.
addEventListener(
  "htmx:before:history:restore",
  (event) => {
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);
