// One polite live region for what screen readers shall hear: that an answer began or ended, never
// its tokens.

const region = document.createElement("div");
region.className = "sr-only";
region.setAttribute("role", "status");
region.id = "announcer";
document.body.prepend(region); // after the page it would make it scroll

export function announce(sentence) {
  region.textContent = sentence;
}
