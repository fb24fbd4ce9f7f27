/* The alarm queue without a mouse, and alive.

   [data-queue]  data-pane: address of the list alone; data-open: the alarm shown; data-state
   #queue-list   replaced when news come (guitu:alarm) or the connection opens again; focus, scroll
                 and an open filter stay where they are
   ArrowUp/Down  (or K/J) open the neighbour in the list
   <details class="ending"> opened by its key puts the caret into its first field; Escape folds it;
   Ctrl+Enter sends the form in which one types. */

const queue = document.querySelector("[data-queue]");
const list = document.getElementById("queue-list");

function typing(element) {
  return element instanceof Element && element.closest("input, textarea, select") !== null;
}

function items() {
  return [...list.querySelectorAll("a[data-alarm]")];
}

function move(step) {
  const all = items();
  if (!all.length) return;
  const now = all.findIndex((item) => item.getAttribute("aria-current") === "true");
  const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
  if (next && next !== all[now]) next.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === "Enter" && typing(event.target)) {
    event.target.form?.requestSubmit();
    return;
  }
  if (event.key === "Escape") {
    const open = event.target instanceof Element && event.target.closest("details.ending[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "ArrowDown" || event.key.toLowerCase() === "j") {
    event.preventDefault();
    move(1);
  } else if (event.key === "ArrowUp" || event.key.toLowerCase() === "k") {
    event.preventDefault();
    move(-1);
  }
});

/* The key of an entry that stands open already puts the caret into it instead of folding it. */
document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = CSS.escape(event.key.toLowerCase());
    const field = document.querySelector(
      `details.ending[open]:has(> summary[data-key="${key}"]) textarea`,
    );
    if (!field || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    field.focus();
  },
  true,
);

for (const details of document.querySelectorAll("details.ending")) {
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    for (const other of document.querySelectorAll("details.ending[open]")) {
      if (other !== details) other.open = false;
    }
    const field = details.querySelector("textarea");
    if (details.dataset.started || !field || document.activeElement !== details.querySelector("summary")) return;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  });
}

let asking = false;
let again = false;

/* The list anew. What has the focus keeps it: by its alarm, for the element itself is replaced. */
async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const url = new URL(queue.dataset.pane, window.location.href);
    for (const [name, value] of new URLSearchParams(window.location.search)) {
      if (name !== "step") url.searchParams.set(name, value);
    }
    url.searchParams.set("open", queue.dataset.open);
    const answer = await fetch(url, { credentials: "same-origin", headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return;
    const text = await answer.text();
    const focused = document.activeElement?.closest?.("a[data-alarm]")?.dataset.alarm;
    list.innerHTML = text;
    if (focused) list.querySelector(`a[data-alarm="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    const waiting = answer.headers.get("X-Waiting");
    for (const place of document.querySelectorAll('[data-live-count="alarms"]')) {
      place.textContent = waiting;
      place.classList.toggle("count--alarm", waiting !== "0");
    }
  } catch {
    /* the connection says itself that it is lost */
  } finally {
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

/* Somebody else moved the alarm that is open here: the page is loaded anew, unless one is writing. */
function follow(news) {
  const mine = String(news.alarm ?? news.id ?? "") === queue.dataset.open;
  if (!mine || news.state === undefined || news.state === queue.dataset.state) return;
  const writing = [...document.querySelectorAll("details.ending[open] textarea")].some(
    (field) => field.value !== field.defaultValue || field === document.activeElement,
  );
  if (!writing) window.location.reload();
}

if (queue && list) {
  let timer = 0;
  const soon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(refresh, 120);
  };
  document.addEventListener("guitu:alarm", (event) => {
    follow(event.detail ?? {});
    soon();
  });
  let opened = false;
  document.addEventListener("guitu:state", (event) => {
    if (event.detail?.state !== "open") return;
    if (opened) soon(); // what came while the line was down
    opened = true;
  });
  // Ages grow by themselves.
  window.setInterval(soon, 60000);
  list.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
}
