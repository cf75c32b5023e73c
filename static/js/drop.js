// Files that are dropped anywhere on a page that takes them, or pasted into its form.
import { addFiles, taker } from "./attachments.js";

function zone() {
  return taker() && document.querySelector("[data-drop]");
}

function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

// Without this a file that misses would replace the page.
document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = zone() ? "copy" : "none";
});

document.addEventListener("dragenter", (event) => {
  if (carriesFiles(event) && zone()) zone().hidden = false;
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget && zone()) zone().hidden = true; // left the window
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && zone()) zone().hidden = true;
});

document.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  if (!zone()) return;
  zone().hidden = true;
  addFiles(event.dataTransfer.files);
});

document.addEventListener("paste", (event) => {
  if (!taker() || event.target.form !== taker()) return;
  const { files } = event.clipboardData;
  // Office programs offer a picture of copied text, too: text wins.
  if (!files.length || event.clipboardData.getData("text/plain")) return;
  event.preventDefault();
  addFiles(files);
});
