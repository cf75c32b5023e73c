// On narrow screens the sidebar is a popover: a link in it closes it, also when htmx follows the link.

const NARROW = matchMedia("(width < 64em)");

document.addEventListener("click", (event) => {
  const sidebar = event.target.closest?.("a[href]")?.closest("#sidebar");
  if (sidebar && NARROW.matches) sidebar.hidePopover();
});

// A drawer left open must not stay in the top layer as a floating column when the window grows.
NARROW.addEventListener("change", () => {
  const sidebar = document.getElementById("sidebar");
  if (sidebar?.matches(":popover-open")) sidebar.hidePopover();
});
