// The order form's live count: months between its days against the three that law allows.
// Reckoned as the server does (a term: three months from 15 January end on 14 April); the server's
// answer is the one that counts.

const LIMIT_MONTHS = 3;
const DAY_MS = 86_400_000;

/** The last day of so many months from a first day, as days since the epoch. */
function lastDay(first, months) {
  const start = new Date(first * DAY_MS);
  const year = start.getUTCFullYear();
  const month = start.getUTCMonth() + months;
  const monthEnd = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const isLast = new Date(Date.UTC(year, start.getUTCMonth() + 1, 0)).getUTCDate() === start.getUTCDate();
  const day = isLast ? monthEnd : Math.min(start.getUTCDate(), monthEnd);
  return Date.UTC(year, month, day) / DAY_MS - 1;
}

function dayOf(input) {
  const ms = Date.parse(`${input.value}T00:00:00Z`);
  return Number.isNaN(ms) ? null : ms / DAY_MS;
}

function iso(day) {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function count(first, last) {
  let months = 0;
  while (months < 60 && lastDay(first, months + 1) <= last) months += 1;
  const from = months === 0 ? first - 1 : lastDay(first, months);
  return { months, days: last - from };
}

function show(form) {
  const [start, end] = [form.elements.start, form.elements.end];
  const box = form.querySelector("[data-months]");
  const [first, last] = [dayOf(start), dayOf(end)];
  if (first === null || last === null || last < first) {
    box.hidden = true;
    return;
  }
  const ceiling = lastDay(first, LIMIT_MONTHS);
  const { months, days } = count(first, last);
  const text = box.dataset;
  const over = last > ceiling;
  box.hidden = false;
  box.className = `months${over ? " months--over" : last === ceiling ? " months--limit" : ""}`;
  const said = document.createElement("span");
  const number = document.createElement("b");
  number.textContent = months ? String(months) : String(days);
  const unit = months ? ` ${text.unit}${days ? ` ${days} ${text.days}` : ""}` : ` ${text.days}`;
  said.append(`${text.said} `, number, `${unit}，${text.ceiling}`);
  const share = Math.min(1, (last - first + 1) / (ceiling - first + 1));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 176 6");
  svg.setAttribute("aria-hidden", "true");
  for (const [width, name] of [[176, ""], [176 * share, "full"]]) {
    const rect = document.createElementNS(svg.namespaceURI, "rect");
    rect.setAttribute("width", width.toFixed(1));
    rect.setAttribute("height", "6");
    if (name) rect.setAttribute("class", name);
    svg.append(rect);
  }
  const note = document.createElement("span");
  note.textContent = over ? `${text.over} ${iso(ceiling)}` : last === ceiling ? text.limit : "";
  box.replaceChildren(said, svg, note);
}

for (const form of document.querySelectorAll("[data-order-form]")) {
  const { start, end } = form.elements;
  start.addEventListener("change", () => {
    const first = dayOf(start);
    if (first !== null && !end.value) end.value = iso(lastDay(first, LIMIT_MONTHS));
    show(form);
  });
  end.addEventListener("change", () => show(form));
  show(form);
}
