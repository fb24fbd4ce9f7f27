/* What every page does: theme switch, why column, menus that close, keys, clock, drafts; starts the
   search dialog and, where a page asks for it, the live connection.

   [data-theme-switch]   button; data-dark / data-light are its words
   [data-why-switch]     button; folds or opens the why column, remembered per page
   [data-close-outside]  <details> that closes on a click elsewhere and on Escape
   [data-key="a"]        pressed by that key, unless something is being typed
   form[data-draft]      what is typed is kept in this browser's session until it is sent
   [data-live]           data-ticket, data-csrf: see live.js */
import { startSearch } from "./search.js";

const root = document.documentElement;

function remember(key, value) {
  try {
    window.localStorage.setItem(key, value);
  } catch {
    /* private windows keep nothing; the choice holds for this page */
  }
}

function isDark() {
  const chosen = root.dataset.theme;
  return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}

function nameThemeSwitches() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.textContent = isDark() ? button.dataset.light : button.dataset.dark;
  }
}

function nameWhySwitches() {
  const open = root.dataset.why === "open";
  for (const button of document.querySelectorAll("[data-why-switch]")) {
    button.setAttribute("aria-expanded", String(open));
  }
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-theme-switch]")) {
    root.dataset.theme = isDark() ? "light" : "dark";
    remember("guitu.theme", root.dataset.theme);
    nameThemeSwitches();
    document.dispatchEvent(new CustomEvent("guitu:theme"));
  }
  if (target?.closest("[data-why-switch]")) {
    root.dataset.why = root.dataset.why === "open" ? "folded" : "open";
    remember("guitu.why." + (root.dataset.page || ""), root.dataset.why);
    nameWhySwitches();
    const shown = [...document.querySelectorAll("[data-why-switch]")].find((b) => b.offsetParent);
    shown?.focus();
  }
  for (const details of document.querySelectorAll("details[data-close-outside][open]")) {
    if (!details.contains(target)) {
      details.open = false;
    }
  }
});

function isTyping(element) {
  return element instanceof Element && element.closest("input, textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const details of document.querySelectorAll("details[data-close-outside][open]")) {
      details.open = false;
      details.querySelector("summary")?.focus();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) {
    return;
  }
  if (document.querySelector("dialog[open]")) {
    return;
  }
  const key = event.key.toLowerCase();
  const found = [...document.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key.toLowerCase() === key && !element.disabled && element.offsetParent,
  );
  if (found) {
    event.preventDefault();
    found.focus();
    found.click();
  }
});

/* The clock at the top follows the server's page: minutes are added, the zone stays Shanghai's. */
function startClock() {
  const shown = document.querySelector("[data-clock]");
  const start = shown?.textContent.trim();
  const time = start?.match(/(\d\d):(\d\d)$/);
  if (!time) {
    return;
  }
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" });
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Shanghai",
    hour: "2-digit",
    minute: "2-digit",
  });
  window.setInterval(() => {
    const now = new Date();
    if (start.startsWith(day.format(now))) {
      shown.textContent = start.slice(0, -5) + clock.format(now);
    }
  }, 15000);
}

function startDrafts() {
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const key = "guitu.draft." + (form.dataset.draft || window.location.pathname);
    const fields = () =>
      [...form.elements].filter(
        (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
      );
    let kept = null;
    try {
      kept = JSON.parse(window.sessionStorage.getItem(key) || "null");
    } catch {
      kept = null;
    }
    if (kept && !form.querySelector("[aria-invalid]")) {
      for (const field of fields()) {
        const value = kept[field.name];
        if (value === undefined) continue;
        if (field.type === "radio") field.checked = field.value === value;
        else if (field.type === "checkbox") field.checked = Boolean(value);
        else if (!field.value) field.value = value;
      }
    }
    let timer = 0;
    form.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        const values = {};
        for (const field of fields()) {
          if (field.type === "checkbox") values[field.name] = field.checked;
          else if (field.type !== "radio" || field.checked) values[field.name] = field.value;
        }
        try {
          window.sessionStorage.setItem(key, JSON.stringify(values));
          const note = document.getElementById("top-note");
          if (note && form.dataset.draftSaid) note.textContent = form.dataset.draftSaid;
        } catch {
          /* no room or no storage: the words stay in the form itself */
        }
      }, 400);
    });
    form.addEventListener("submit", () => window.sessionStorage.removeItem(key));
  }
}

nameThemeSwitches();
nameWhySwitches();
startClock();
startDrafts();
startSearch();
document.getElementById("form-errors")?.focus();
const live = document.querySelector("[data-live]");
if (live) {
  const [{ startLive }, { startSound }] = await Promise.all([import("./live.js"), import("./sound.js")]);
  startSound();
  startLive(live);
}
