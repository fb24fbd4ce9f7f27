/* The live map of my persons: [data-map].

   data-positions   GET → GeoJSON; a Point a person with properties id, name, office, url, source
                    (satellite | wifi | cell | unknown), accuracy_m, battery_pct, time (ISO), when,
                    alarm, alarm_word, outside, stale
   data-boundaries  the districts; data-tiles an XYZ address or nothing (see mapbase.js)
   Inside the element stands the drawn map; it stays where there is no WebGL.

   Live: guitu:fix brings rows [person, time_ms, lon_e7, lat_e7, accuracy_m, speed_kmh, source,
   battery_pct, verdict]; a person of this map moves, nobody appears who was not asked for.
   A link [data-person] of the list beside it shows its person on the map while it has the focus. */
import { addFixLayers, collection, errorFeature, fitTo, legend, makeMap, ready, sourceLine } from "./mapbase.js";
import { clock, words } from "./words.js";

const SOURCES = ["unknown", "satellite", "wifi", "cell"];
const JUDGED = 1; // engine.Verdict: the fix was compared with the fences
const ERRORS_FROM_ZOOM = 12;

const element = document.querySelector("[data-map]");
const persons = new Map();
let map = null;
let maplibre = null;
let popup = null;

function toneOf(p) {
  if (p.outside) return "out";
  return p.stale ? "old" : "in";
}

function take(feature) {
  const p = feature.properties;
  p.tone = toneOf(p);
  p.source = SOURCES.includes(p.source) ? p.source : "unknown";
  persons.set(p.id, feature);
}

/* Circles only from where they can be seen, and only of those in view. */
function errors() {
  if (map.getZoom() < ERRORS_FROM_ZOOM) return collection([]);
  const view = map.getBounds();
  const found = [];
  for (const { geometry, properties } of persons.values()) {
    const [lon, lat] = geometry.coordinates;
    if (properties.accuracy_m && view.contains([lon, lat])) {
      found.push(errorFeature(lon, lat, properties.accuracy_m, { source: properties.source, tone: properties.tone }));
    }
  }
  return collection(found);
}

function show() {
  map.getSource("fixes")?.setData(collection([...persons.values()]));
  map.getSource("fixes-error")?.setData(errors());
}

function draw(on, t) {
  map = on; // the first time it is called from within the making of the map
  on.addSource("fixes", {
    type: "geojson",
    data: collection([...persons.values()]),
    cluster: true,
    clusterRadius: 44,
    clusterMaxZoom: 12,
    clusterProperties: { alarms: ["+", ["case", ["to-boolean", ["get", "alarm"]], 1, 0]] },
  });
  on.addSource("fixes-error", { type: "geojson", data: collection([]) });
  on.addLayer({
    id: "clusters",
    type: "circle",
    source: "fixes",
    filter: ["has", "point_count"],
    paint: {
      "circle-color": t.surface,
      "circle-stroke-color": ["case", [">", ["get", "alarms"], 0], t.cinnabar, t.control],
      "circle-stroke-width": 1.5,
      "circle-radius": ["step", ["get", "point_count"], 12, 10, 15, 100, 19],
    },
  });
  on.addLayer({
    id: "cluster-counts",
    type: "symbol",
    source: "fixes",
    filter: ["has", "point_count"],
    layout: { "text-field": ["to-string", ["get", "point_count"]], "text-font": ["Noto Sans SC Variable, sans-serif"], "text-size": 12, "text-allow-overlap": true },
    paint: { "text-color": ["case", [">", ["get", "alarms"], 0], t.cinnabar, t.ink] },
  });
  addFixLayers(on, t, "fixes", { filter: ["!", ["has", "point_count"]] });
  on.addLayer({
    id: "alarm-ring",
    type: "circle",
    source: "fixes",
    filter: ["all", ["!", ["has", "point_count"]], ["to-boolean", ["get", "alarm"]]],
    paint: { "circle-radius": 9, "circle-opacity": 0, "circle-stroke-color": t.cinnabar, "circle-stroke-width": 1.5 },
  });
  on.addLayer({
    id: "person-names",
    type: "symbol",
    source: "fixes",
    minzoom: 11,
    filter: ["!", ["has", "point_count"]],
    layout: { "text-field": ["get", "name"], "text-font": ["Noto Sans SC Variable, sans-serif"], "text-size": 12, "text-anchor": "left", "text-offset": [0.9, 0], "text-optional": true },
    paint: { "text-color": ["case", ["to-boolean", ["get", "alarm"]], t.cinnabar, t.ink], "text-halo-color": t.land, "text-halo-width": 1.5 },
  });
  show();
}

function sheet(p) {
  const box = document.createElement("div");
  const link = document.createElement("a");
  link.href = p.url;
  link.className = "t-name";
  link.textContent = p.name;
  box.append(link);
  const lines = [p.office, p.alarm_word, p.when, sourceLine(p)];
  for (const text of lines.filter(Boolean)) {
    const line = document.createElement("div");
    line.textContent = text;
    if (text === p.alarm_word) line.className = "t-alarm";
    box.append(line);
  }
  return box;
}

function open(feature) {
  popup?.remove();
  popup = new maplibre.Popup({ closeButton: false, maxWidth: "280px", offset: 10, focusAfterOpen: false })
    .setLngLat(feature.geometry.coordinates)
    .setDOMContent(sheet(feature.properties))
    .addTo(map);
}

function listen() {
  map.on("click", "fixes-shape", (event) => open(persons.get(event.features[0].properties.id) ?? event.features[0]));
  map.on("click", "clusters", async (event) => {
    const feature = event.features[0];
    const zoom = await map.getSource("fixes").getClusterExpansionZoom(feature.properties.cluster_id);
    map.jumpTo({ center: feature.geometry.coordinates, zoom: Math.min(zoom, 16) });
  });
  for (const layer of ["fixes-shape", "clusters"]) {
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
  }
  map.on("moveend", () => map.getSource("fixes-error")?.setData(errors()));
  for (const link of document.querySelectorAll("a[data-person]")) {
    const point = () => {
      const feature = persons.get(Number(link.dataset.person));
      if (!feature) return;
      if (!map.getBounds().contains(feature.geometry.coordinates)) map.jumpTo({ center: feature.geometry.coordinates });
      open(feature);
    };
    link.addEventListener("focus", point);
    link.addEventListener("mouseenter", point);
  }
  let waiting = 0;
  document.addEventListener("guitu:fix", (event) => {
    let moved = false;
    for (const row of Array.isArray(event.detail) ? event.detail : []) {
      moved = move(row) || moved;
    }
    if (moved && !waiting) {
      waiting = window.setTimeout(() => {
        waiting = 0;
        show();
      }, 250);
    }
  });
}

function move([person, timeMs, lonE7, latE7, accuracy, speed, source, battery, verdict]) {
  const feature = persons.get(person);
  if (!feature || !(verdict & JUDGED)) return false;
  const p = feature.properties;
  if (p.time && Date.parse(p.time) > timeMs) return false;
  feature.geometry.coordinates = [lonE7 / 1e7, latE7 / 1e7];
  Object.assign(p, {
    accuracy_m: accuracy,
    speed_kmh: speed,
    source: typeof source === "number" ? SOURCES[source] ?? "unknown" : source,
    battery_pct: battery,
    time: new Date(timeMs).toISOString(),
    when: clock(timeMs),
    stale: false,
  });
  p.tone = toneOf(p);
  return true;
}

async function start() {
  const answer = await fetch(element.dataset.positions, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(`the positions answered ${answer.status}`);
  for (const feature of (await answer.json()).features) take(feature);
  ({ map, maplibre } = await makeMap(element, draw, [...persons.values()].map((f) => f.properties.name).join("") + "0123456789"));
  // The page sets the map beside a list: the legend belongs to the map, not to that grid.
  const box = document.createElement("div");
  element.before(box);
  box.append(element, legend({ alarms: true }));
  map.resize();
  fitTo(map, [...persons.values()].map((f) => f.geometry.coordinates), { maxZoom: 13 });
  listen();
  map.getCanvas().setAttribute("aria-label", words.map);
  ready(element, map);
}

if (element) {
  start().catch((problem) => {
    element.dataset.ready = "plain"; // the drawn map stands in
    if (!/WebGL/.test(problem.message)) console.warn(problem.message);
  });
}
