// Retry of an answer that failed. Its key is kept until the server took it, so pressing it again
// after a lost connection starts one answer.
import { isBusy, setBusy } from "./busy.js";
import { catchUp } from "./live.js";
import { post } from "./post.js";
import { answering } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

const keys = new Map(); // address -> client_id

async function retry(button) {
  const url = button.dataset.retry;
  if (!keys.has(url)) keys.set(url, uuid());
  button.disabled = true;
  setBusy(true);
  const result = await post(url, { client_id: keys.get(url) }).catch(() => null);
  button.disabled = false;
  if (result?.ok) {
    keys.delete(url);
    return catchUp();
  }
  setBusy(result?.error === "busy" || answering());
  toast(result?.message || text("not-sent"), { tone: "error" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-retry]");
  if (!button) return;
  if (isBusy()) toast(text("wait-for-answer"), { tone: "info" });
  else retry(button);
});
