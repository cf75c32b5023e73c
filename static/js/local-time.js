// <local-time at="2026-11-21T14:02:00Z">: the reader's own time. Shown in a shadow root, so that the
// markup stays as the server wrote it.

const LANGUAGE = document.documentElement.lang || undefined;
const FORMAT = new Intl.DateTimeFormat(LANGUAGE, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

class LocalTime extends HTMLElement {
  static observedAttributes = ["at"];

  attributeChangedCallback() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.textContent = FORMAT.format(new Date(this.getAttribute("at")));
  }
}

customElements.define("local-time", LocalTime);
