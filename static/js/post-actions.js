// Buttons that do one thing: [data-post] is its address, `data-fields` what goes with it. With
// `data-undo` the toast `data-said` offers to take it back. `data-keyed`: one click, one doing,
// however often it is sent. The live channel brings the result to every tab.
import { catchUp } from "./live.js";
import { navigate } from "./navigate.js";
import { post } from "./post.js";
import { openUrl, shown } from "./shown.js";
import { text } from "./text.js";
import { toast } from "./toast.js";
import { uuid } from "./uuid.js";

/** POST; true when it was done, else a toast says why not. */
export async function act(url, fields = {}) {
  const result = await post(url, fields).catch(() => null);
  if (!result?.ok) toast(result?.message || text("not-done"), { tone: "error" });
  else catchUp();
  return Boolean(result?.ok);
}

async function press(button) {
  if (button.ariaDisabled === "true") return;
  const { post: url, fields, undo, said } = button.dataset;
  const leaves = "leaves" in button.dataset;
  const home = shown()?.dataset.home;
  const back = leaves ? openUrl() : "";
  const values = new URLSearchParams(fields);
  if ("keyed" in button.dataset) values.set("client_id", uuid());
  button.closest("[popover]")?.hidePopover();
  button.ariaDisabled = "true";
  if (leaves) await navigate(home); // its page is not told of its end
  const done = await act(url, values);
  button.ariaDisabled = null;
  if (!done) return void (leaves && navigate(back));
  if (!said) return;
  const run = async () => (await act(undo)) && back && navigate(back);
  toast(said, undo ? { action: { label: text("undo"), run } } : {});
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-post]");
  if (button) press(button);
});
