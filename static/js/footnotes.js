// Footnotes: to the note and back within the answer. The browser's own way would make an entry in the
// history for each, and going back through those would load the thread again.

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('.prose a[href^="#"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!target) return; // not written yet
  target.scrollIntoView({ block: "nearest" });
  const next = target.matches("a") ? target : target.querySelector("a");
  next?.focus({ preventScroll: true });
});
