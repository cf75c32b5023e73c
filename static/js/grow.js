// Boxes for messages grow with their text up to their max-height, where CSS field-sizing cannot do it.

function fit(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}

if (!CSS.supports("field-sizing", "content")) {
  for (const type of ["input", "atelier:filled"]) {
    document.addEventListener(type, (event) => {
      if (event.target.matches?.("#composer textarea, .msg-edit textarea, .queued-edit textarea")) fit(event.target);
    });
  }
}
