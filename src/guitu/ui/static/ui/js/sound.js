/* A new alarm sounds once, then it is a badge: the number in the title and at [data-live-count].

   Listens to guitu:alarm {alarm: id, state: "new" | …, severity}; a new alarm not heard before sounds,
   a warning sign does not. What was heard is remembered in this browser; only one tab sounds (a Web
   Lock). Muted by a button [data-sound-switch]
   (aria-pressed), remembered in this browser. A browser that lets no page sound before a click stays
   silent; the badge is there all the same. */

const KEY = "guitu.sound";
const WARNING = 1; // tracking.Severity: a warning sign waits quietly in the queue
const HEARD = "guitu.heard";
const title = document.title;

function muted() {
  try {
    return window.localStorage.getItem(KEY) === "off";
  } catch {
    return false;
  }
}

function tone() {
  const Context = window.AudioContext;
  if (!Context) return;
  const audio = new Context();
  if (audio.state === "suspended") {
    audio.close();
    return;
  }
  const volume = audio.createGain();
  volume.gain.setValueAtTime(0.0001, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.14, audio.currentTime + 0.03);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.9);
  volume.connect(audio.destination);
  for (const [frequency, start] of [[659.25, 0], [493.88, 0.22]]) {
    const voice = audio.createOscillator();
    voice.frequency.value = frequency;
    voice.connect(volume);
    voice.start(audio.currentTime + start);
    voice.stop(audio.currentTime + 0.95);
  }
  window.setTimeout(() => audio.close(), 1200);
}

/* True the first time an id is asked about, in any tab of this browser. */
function firstHearing(id) {
  try {
    const heard = JSON.parse(window.localStorage.getItem(HEARD) || "[]");
    if (heard.includes(id)) return false;
    window.localStorage.setItem(HEARD, JSON.stringify([...heard, id].slice(-200)));
  } catch {
    /* nothing is kept: it may sound once more after a page is loaded */
  }
  return true;
}

async function soundOnce() {
  if (muted()) return;
  if (!navigator.locks) {
    tone();
    return;
  }
  await navigator.locks.request("guitu-sound", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    tone();
    await new Promise((done) => window.setTimeout(done, 1500));
  });
}

function badge(count) {
  document.title = count > 0 ? `(${count}) ${title}` : title;
  for (const place of document.querySelectorAll('[data-live-count="alarms"]')) {
    place.textContent = String(count);
    place.classList.toggle("count--alarm", count > 0);
  }
}

function nameSwitches() {
  for (const button of document.querySelectorAll("[data-sound-switch]")) {
    button.setAttribute("aria-pressed", String(muted()));
  }
}

export function startSound() {
  nameSwitches();
  document.addEventListener("guitu:alarm", (event) => {
    const alarm = event.detail || {};
    if (typeof alarm.count === "number") badge(alarm.count);
    const id = String(alarm.alarm ?? alarm.id ?? "");
    if (!id || alarm.state !== "new" || alarm.severity === WARNING) return;
    if (firstHearing(id)) soundOnce();
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-sound-switch]")) return;
    try {
      window.localStorage.setItem(KEY, muted() ? "on" : "off");
    } catch {
      /* nothing is kept in this browser */
    }
    nameSwitches();
  });
}
