/* The fence form shows only the fields of the chosen shape and hours; without this script all show. */
const form = document.querySelector("[data-fence-form]");

function show() {
  const shape = form.querySelector("[name=shape]:checked")?.value;
  for (const part of form.querySelectorAll("[data-shape]")) {
    part.hidden = part.dataset.shape !== shape;
  }
  const hours = form.querySelector("[name=hours]:checked")?.value;
  const times = form.querySelector(".hours-part");
  if (times) times.hidden = hours !== "times";
  const map = form.querySelector("[data-fence-editor]");
  if (map) {
    map.hidden = shape !== "circle" && shape !== "polygon";
    map.dataset.mode = shape ?? "";
    map.dispatchEvent(new CustomEvent("guitu:shape", { detail: { shape } }));
  }
}

if (form) {
  form.addEventListener("change", (event) => {
    if (["shape", "hours"].includes(event.target.name)) show();
  });
  show();
}
