// "writing, 3 s": counted from the server's own clock, as this machine's may be wrong.

const bases = new WeakMap(); // element -> what it said, and when that was read here

function seconds(node) {
  const { started, rendered } = node.dataset;
  let base = bases.get(node);
  if (base?.rendered !== rendered) {
    base = { rendered, age: Number(rendered) - Number(started), read: performance.now() };
    bases.set(node, base);
  }
  return Math.max(0, Math.floor(base.age + (performance.now() - base.read) / 1000));
}

function update() {
  for (const node of document.querySelectorAll("[data-started]")) {
    node.querySelector("[data-seconds]").firstChild.data = seconds(node);
  }
}

for (const type of ["htmx:after:swap", "atelier:paged"]) document.addEventListener(type, update);
setInterval(update, 1_000);
update();
