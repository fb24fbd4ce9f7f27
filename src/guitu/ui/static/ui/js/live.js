/* Live news without loss: one server-sent connection for all tabs of this browser.

   Start: an element [data-live] with
     data-ticket  URL that answers POST (CSRF header X-CSRFToken = data-csrf) with
                  {"url": "http://host:port/events", "ticket": "…"}
                  (a 401/403 means signed out: nothing more is tried, guitu:state says "refused")
   Then EventSource on `${url}?ticket=…&last=<id>`; the id of the last event is handed on over every
   reconnect, so nothing is lost. Events: alarm {person, alarm, state, kind, severity}; fixes: rows
   [person, time_ms, lon_e7, lat_e7, accuracy_m, speed_kmh, source, battery_pct, verdict]; hello; reload.

   Says on document:
     guitu:alarm  detail = the JSON of the event      guitu:fix  detail = the rows
     guitu:state  detail = {state: "open" | "lost" | "refused"}

   One connection: a SharedWorker holds it (live-worker.js); where there is none, the tabs elect a
   leader through a Web Lock and the leader tells the others through a BroadcastChannel. */

const CHANNEL = "guitu-live";

function say(message) {
  document.dispatchEvent(new CustomEvent(`guitu:${message.kind}`, { detail: message.detail }));
}

function showState(message) {
  if (message.kind !== "state") return;
  document.documentElement.dataset.live = message.detail.state;
  for (const note of document.querySelectorAll("[data-live-lost]")) {
    note.hidden = message.detail.state === "open";
  }
}

/* Loading anew would lose what somebody is writing: then the news wait for the next page. */
function loadAnew() {
  const writing = document.activeElement?.closest("input, textarea, select");
  if (!writing && !document.querySelector("dialog[open]")) window.location.reload();
}

function receive(message) {
  showState(message);
  if (message.kind === "reload") loadAnew();
  say(message);
}

async function lead(options) {
  const { Connection } = await import("./live-connection.js");
  const channel = new BroadcastChannel(CHANNEL);
  const connection = new Connection(options, (message) => {
    channel.postMessage(message);
    receive(message);
  });
  connection.open();
  return new Promise(() => {}); // the lock is held until this tab goes
}

export function startLive(element) {
  const options = {
    ticketUrl: new URL(element.dataset.ticket, window.location.href).href,
    csrf: element.dataset.csrf || "",
  };
  if ("SharedWorker" in window) {
    try {
      const worker = new SharedWorker(new URL("./live-worker.js", import.meta.url), {
        type: "module",
        name: "guitu-live",
      });
      worker.port.onmessage = (event) => receive(event.data);
      worker.port.start();
      worker.port.postMessage({ kind: "hello", options });
      window.addEventListener("pagehide", () => worker.port.postMessage({ kind: "bye" }));
      window.addEventListener("pageshow", (event) => {
        if (event.persisted) worker.port.postMessage({ kind: "hello", options });
      });
      return;
    } catch {
      /* refused by the browser's settings: the tabs share by themselves */
    }
  }
  if (navigator.locks && "BroadcastChannel" in window) {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = (event) => receive(event.data);
    navigator.locks.request("guitu-live-leader", () => {
      channel.close();
      return lead(options);
    });
    return;
  }
  lead(options);
}
