// Lists in a page ([data-fresh]: where they are read), read anew when something of the person's
// conversations or projects changed. With data-fresh-whole as many rows come as are shown.

const LATER = 150; // ms; what changes together is read together
let waiting = 0;

/** Further pages that were read below the first one stay; only what is in both is patched. */
function apply(target, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = [...template.content.querySelectorAll(":scope > li[id]")];
  const isWhole = "freshWhole" in target.dataset;
  const isLonger = !isWhole && fresh.length && target.querySelectorAll(":scope > li[id]").length > fresh.length;
  if (!isLonger || !template.content.querySelector("[data-more]")) {
    htmx.swap({ sourceElement: target, target, text: html, swap: "innerMorph" });
    return;
  }
  for (const row of fresh.reverse()) {
    const shown = document.getElementById(row.id);
    const text = row.outerHTML;
    if (shown) htmx.swap({ sourceElement: shown, target: shown, text, swap: "outerMorph" });
    else htmx.swap({ sourceElement: target, target, text, swap: "afterbegin" });
  }
}

async function read() {
  for (const target of document.querySelectorAll("[data-fresh]")) {
    const headers = { "HX-Request": "true" };
    const url = new URL(target.dataset.fresh, location.href);
    const rows = target.querySelectorAll("li[id]").length;
    if ("freshWhole" in target.dataset) url.searchParams.set("shown", Math.max(rows, 1));
    const response = await fetch(url, { headers }).catch(() => null);
    if (!response?.ok || response.redirected) continue; // the next change tries again
    const html = await response.text();
    if (target.isConnected) apply(target, html);
  }
}

export function readLater() {
  clearTimeout(waiting);
  waiting = setTimeout(read, LATER);
}

document.addEventListener("atelier:listed", readLater);
