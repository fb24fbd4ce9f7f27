/* Runs before the first paint: the chosen theme, and whether the why column stands open.
   What is remembered stays in this browser (localStorage): guitu.theme = light | dark,
   guitu.why.<page> = open | folded. */
(function () {
  "use strict";
  const root = document.documentElement;

  function remembered(key) {
    try {
      return window.localStorage.getItem(key);
    } catch {
      return null; // a browser that keeps nothing: the page's defaults hold
    }
  }

  const theme = remembered("guitu.theme");
  if (theme === "light" || theme === "dark") {
    root.dataset.theme = theme;
  }
  const why = remembered("guitu.why." + (root.dataset.page || ""));
  if (why === "open" || why === "folded") {
    root.dataset.why = why;
  }
})();
