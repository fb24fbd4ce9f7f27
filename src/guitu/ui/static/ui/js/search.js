/* One search for everything: Ctrl-K opens it, arrows choose, Enter opens, Escape closes.

   Data: GET <data-search-url>?q=… with the header HX-Request answers an HTML fragment of headings
   (h3) and links (a[role=option] with an id). Without this script the button does nothing and the
   form of the search page still works. */

let dialog = null;
let field = null;
let results = null;
let asked = 0;
let timer = 0;

function options() {
  return [...results.querySelectorAll('a[role="option"]')];
}

function choose(link) {
  for (const option of options()) {
    option.setAttribute("aria-selected", String(option === link));
  }
  if (link) {
    field.setAttribute("aria-activedescendant", link.id);
    link.scrollIntoView({ block: "nearest" });
  } else {
    field.removeAttribute("aria-activedescendant");
  }
}

async function ask() {
  const turn = (asked += 1);
  const url = new URL(field.dataset.searchUrl, window.location.href);
  url.searchParams.set("q", field.value.trim());
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    const text = await answer.text();
    if (turn !== asked) return; // a later question is on its way
    if (!answer.ok || answer.redirected) {
      window.location.assign(url);
      return;
    }
    results.innerHTML = text;
    options().forEach((option, index) => {
      option.id ||= `hit-${index + 1}`;
      option.tabIndex = -1;
    });
    choose(options()[0]);
  } catch {
    // Without the server there is nothing to find; the full page says it in a sentence.
    results.textContent = "";
  }
}

export function openSearch() {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  field.select();
  ask();
}

function onKey(event) {
  if (event.isComposing) return; // Enter and arrows belong to the pinyin input
  const all = options();
  const now = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (all.length) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(all[(now + step + all.length) % all.length]);
    }
  } else if (event.key === "Enter" && now >= 0) {
    event.preventDefault();
    all[now].click();
  }
}

export function startSearch() {
  dialog = document.querySelector("dialog[data-search]");
  if (!dialog) return;
  field = dialog.querySelector("input[name=q]");
  results = dialog.querySelector(".search-results");
  for (const button of document.querySelectorAll("[data-search-open]")) {
    button.addEventListener("click", openSearch);
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openSearch();
    } else if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
      event.preventDefault();
      openSearch();
    }
  });
  field.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, 120);
  });
  field.addEventListener("keydown", onKey);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}
