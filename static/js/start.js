// The box of the first page is sent as a message is.
import { isSendKey } from "./send-key.js";

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("[data-start]");
  if (!box || !isSendKey(event)) return;
  event.preventDefault();
  if (box.value.trim()) box.form.requestSubmit(box.form.querySelector("[data-start-default]"));
});
