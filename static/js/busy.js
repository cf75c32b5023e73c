// The composer's two faces: Send, or Stop with "Waiting for response…". CSS shows the button that
// belongs to form[aria-busy].

export function composer() {
  return document.getElementById("composer");
}

export function isBusy() {
  return composer()?.getAttribute("aria-busy") === "true";
}

/** Whether a message sent now is queued behind the answer that is being written. */
export function queues() {
  return isBusy() && composer().hasAttribute("data-queues");
}

export function setBusy(busy) {
  const form = composer();
  if (!form) return;
  const box = form.elements.text;
  const leaving = form.querySelector(busy ? "[data-send]" : "[data-stop]");
  if (leaving === document.activeElement) box.focus();
  form.setAttribute("aria-busy", String(busy));
  const send = form.querySelector("[data-send]");
  send.ariaLabel = queues() ? send.dataset.queues : send.dataset.sends;
  box.placeholder = busy ? box.dataset.waiting : box.dataset.invitation;
}
