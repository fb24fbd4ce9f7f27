/* A day's trail with playback: [data-trail].

   data-trail-url  GET → {name, gap_s, fixes: [{time (ms), lon, lat, source, accuracy_m, speed_kmh,
                   battery_pct, used}], stops: [{start, end, lon, lat, says}], gaps: [{start, end}],
                   fences: [{name, kind, rings: [[[lon, lat]…]…]}]}, all WGS-84, in order of time
   data-boundaries the districts (see mapbase.js)
   Inside stands the drawn trail; it stays where there is no WebGL.

   The mark jumps from fix to fix: between two fixes nobody knows where the person was, so nothing
   glides there. Legs over a gap are dashed. Fixes that were not used stand on the map, not on the line. */
import { addFixLayers, collection, errorFeature, fitTo, label, legend, makeMap, ready, sourceLine } from "./mapbase.js";
import { clock, words } from "./words.js";

const SPEEDS = [1, 60, 300, 900];
const TICK_MS = 100;

const element = document.querySelector("[data-trail]");
let day = null;
let placed = [];
let map = null;
let at = 0;
let playing = 0;
let player = null;

const point = (fix) => [fix.lon, fix.lat];

function legs() {
  const found = [];
  for (let i = 1; i < placed.length; i += 1) {
    const [a, b] = [placed[i - 1], placed[i]];
    const gap = b.time - a.time > day.gap_s * 1000;
    const last = found[found.length - 1];
    if (last && !gap && !last.properties.gap) last.geometry.coordinates.push(point(b));
    else {
      found.push({
        type: "Feature",
        properties: { gap },
        geometry: { type: "LineString", coordinates: [point(a), point(b)] },
      });
    }
  }
  return collection(found);
}

function fixFeatures() {
  return collection(
    day.fixes.map((fix, index) => ({
      type: "Feature",
      properties: { index, source: fix.source, tone: fix.used ? "in" : "old" },
      geometry: { type: "Point", coordinates: point(fix) },
    })),
  );
}

function errorFeatures() {
  return collection(
    day.fixes
      .filter((fix) => fix.accuracy_m)
      .map((fix) => errorFeature(fix.lon, fix.lat, fix.accuracy_m, { source: fix.source, tone: "in" })),
  );
}

function draw(on, t) {
  on.addSource("fence", {
    type: "geojson",
    data: collection(
      day.fences.map((fence) => ({
        type: "Feature",
        properties: { name: fence.name },
        geometry: { type: "MultiLineString", coordinates: fence.rings.map((ring) => [...ring, ring[0]]) },
      })),
    ),
  });
  on.addSource("legs", { type: "geojson", data: legs() });
  on.addSource("fixes", { type: "geojson", data: fixFeatures() });
  on.addSource("fixes-error", { type: "geojson", data: errorFeatures() });
  on.addSource("stops", {
    type: "geojson",
    data: collection(
      day.stops.map((stop) => ({
        type: "Feature",
        properties: { says: `${clock(stop.start)} ${words.stop}${stop.says}` },
        geometry: { type: "Point", coordinates: [stop.lon, stop.lat] },
      })),
    ),
  });
  on.addSource("now", { type: "geojson", data: collection([]) });
  on.addLayer({ id: "fence-halo", type: "line", source: "fence", paint: { "line-color": t.indigo, "line-width": 6, "line-opacity": 0.16 } });
  on.addLayer({ id: "fence-line", type: "line", source: "fence", paint: { "line-color": t.indigo, "line-width": 2 } });
  on.addLayer({
    id: "leg-line", type: "line", source: "legs", filter: ["!", ["get", "gap"]],
    layout: { "line-join": "round" },
    paint: { "line-color": t.ink2, "line-width": 1.5 },
  });
  on.addLayer({
    id: "leg-gap", type: "line", source: "legs", filter: ["get", "gap"],
    paint: { "line-color": t.ink2, "line-width": 1.5, "line-dasharray": [3, 3.5] },
  });
  on.addLayer({
    id: "leg-arrows", type: "symbol", source: "legs", filter: ["!", ["get", "gap"]],
    layout: { "symbol-placement": "line", "symbol-spacing": 90, "icon-image": "arrow", "icon-allow-overlap": true },
  });
  addFixLayers(on, t, "fixes");
  for (const layer of ["fixes-error-fill", "fixes-error-line", "fixes-error-cell"]) on.setLayerZoomRange(layer, 13, 24);
  on.setLayerZoomRange("fixes-shape", 12, 24);
  on.addLayer({
    id: "stop-ring", type: "circle", source: "stops",
    paint: { "circle-radius": 9, "circle-opacity": 0, "circle-stroke-color": t.pine, "circle-stroke-width": 2 },
  });
  on.addLayer({
    id: "stop-says", type: "symbol", source: "stops",
    layout: label({ "text-field": ["get", "says"], "text-anchor": "top", "text-offset": [0, 1], "text-optional": true }),
    paint: { "text-color": t.pine, "text-halo-color": t.land, "text-halo-width": 1.5 },
  });
  on.addLayer({
    id: "now-ring", type: "circle", source: "now",
    paint: { "circle-radius": 8, "circle-color": t.pine, "circle-stroke-color": t.surface, "circle-stroke-width": 2 },
  });
  if (player) mark();
}

/* The last fix at or before the moment. */
function fixAt(ms) {
  let low = 0;
  let high = placed.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (placed[middle].time <= ms) low = middle;
    else high = middle - 1;
  }
  return low;
}

function mark() {
  const index = fixAt(at);
  const fix = placed[index];
  const next = placed[index + 1];
  map.getSource("now")?.setData(collection([{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point(fix) } }]));
  player.range.value = String(Math.round((at - placed[0].time) / 1000));
  const silent = next && next.time - fix.time > day.gap_s * 1000 && at - fix.time > 1000;
  player.says.textContent = silent
    ? `${clock(at)} ${words.silent(clock(next.time))}`
    : `${clock(at)} ${sourceLine(fix)}`;
  player.range.setAttribute("aria-valuetext", player.says.textContent);
  if (playing && !map.getBounds().contains(point(fix))) map.jumpTo({ center: point(fix) });
}

function stop() {
  window.clearInterval(playing);
  playing = 0;
  player.button.textContent = words.play;
}

function play() {
  if (at >= placed[placed.length - 1].time) at = placed[0].time;
  player.button.textContent = words.pause;
  playing = window.setInterval(() => {
    at += TICK_MS * Number(player.speed.value);
    const index = fixAt(at);
    const next = placed[index + 1];
    // A gap of hours is said, shown for a moment, and passed.
    if (next && next.time - placed[index].time > day.gap_s * 1000) {
      at += ((next.time - placed[index].time) * TICK_MS) / 1500;
    }
    if (at >= placed[placed.length - 1].time) {
      at = placed[placed.length - 1].time;
      stop();
    }
    mark();
  }, TICK_MS);
}

function makePlayer() {
  const bar = document.createElement("div");
  bar.className = "player";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--row";
  button.textContent = words.play;
  button.addEventListener("click", () => (playing ? stop() : play()));
  const range = document.createElement("input");
  range.type = "range";
  range.min = "0";
  range.max = String(Math.max(1, Math.round((placed[placed.length - 1].time - placed[0].time) / 1000)));
  range.step = "10";
  range.setAttribute("aria-label", words.position);
  range.addEventListener("input", () => {
    at = placed[0].time + Number(range.value) * 1000;
    mark();
  });
  // Arrows step from fix to fix, whatever the time between; Space plays as the button does.
  range.addEventListener("keydown", (event) => {
    const forward = ["ArrowRight", "ArrowUp"].includes(event.key);
    if (event.key === " ") {
      playing ? stop() : play();
    } else if (forward || ["ArrowLeft", "ArrowDown"].includes(event.key)) {
      const index = fixAt(at);
      const back = at > placed[index].time ? index : index - 1;
      at = placed[Math.max(0, Math.min(placed.length - 1, forward ? index + 1 : back))].time;
      mark();
    } else {
      return;
    }
    event.preventDefault();
  });
  const says = document.createElement("output");
  const speed = document.createElement("select");
  speed.className = "input player-speed";
  speed.setAttribute("aria-label", words.speed);
  for (const value of SPEEDS) speed.append(new Option(words.every(value), String(value)));
  speed.value = "300";
  const whole = document.createElement("button");
  whole.type = "button";
  whole.className = "button button--quiet";
  whole.textContent = words.whole;
  whole.addEventListener("click", () => fitTo(map, placed.map(point)));
  bar.append(button, range, speed, whole, says);
  element.after(bar, legend({ gaps: true, fences: day.fences.length > 0 }));
  // In a grid of two columns the player belongs under the map, not beside it.
  const box = document.createElement("div");
  element.before(box);
  box.append(element, bar, bar.nextElementSibling ?? "");
  return { button, range, says, speed };
}

async function start() {
  const answer = await fetch(element.dataset.trailUrl, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(`the trail answered ${answer.status}`);
  day = await answer.json();
  placed = day.fixes.filter((fix) => fix.used && fix.source !== "cell");
  if (!placed.length) throw new Error("no WebGL needed: nothing was placed");
  ({ map } = await makeMap(element, draw, `0123456789: ${words.stop}${day.stops.map((s) => s.says).join("")}`));
  player = makePlayer();
  map.resize();
  at = placed[0].time;
  fitTo(map, placed.map(point));
  mark();
  ready(element, map);
}

if (element) {
  start().catch((problem) => {
    element.dataset.ready = "plain";
    if (!/WebGL/.test(problem.message)) console.warn(problem.message);
  });
}
