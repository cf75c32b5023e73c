// Choosing a filter shows it at once; the address says only what was chosen.

const form = document.querySelector("[data-filters]");

form.addEventListener("change", (event) => {
  if (event.target.matches("select")) form.requestSubmit();
});

form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});

// The cross of the search box.
for (const box of form.elements) {
  if (box.type === "search") {
    box.addEventListener("search", () => {
      if (!box.value && box.defaultValue) form.requestSubmit();
    });
  }
}

// Left with a choice and come back to: the page still shows what its address says.
addEventListener("pageshow", ({ persisted }) => persisted && form.reset());
