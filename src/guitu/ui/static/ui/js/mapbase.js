/* What the islands' maps share: MapLibre from this host, a quiet style out of the design tokens, fixes
   shaped by their source (● ◐ ○), circles to scale, the legend.

   Data: data-boundaries = districts.json (GeoJSON; properties kind, name, name_en, label);
         data-tiles = XYZ address with {z}/{x}/{y}, or empty: the map needs none.
   Names are drawn with the browser's own fonts: the style has no address for glyphs. */
import { english, metres, words } from "./words.js";

const M_PER_DEGREE = 111195.08;
const VENDOR = new URL("../vendor/", import.meta.url);
const FONT = "Noto Sans SC Variable, Noto Sans SC, Microsoft YaHei, PingFang SC, sans-serif";

export function hasWebGL() {
  try {
    const canvas = document.createElement("canvas");
    return Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl"));
  } catch {
    return false;
  }
}

let loading = null;

/* The library as a script of its own build for strict content policies, its worker beside it. */
function library() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("maplibre-gl.js", VENDOR).href;
    script.onload = () => {
      window.maplibregl.setWorkerUrl(new URL("maplibre-gl-worker.js", VENDOR).href);
      resolve(window.maplibregl);
    };
    script.onerror = () => reject(new Error("the map's script did not load"));
    document.head.append(script);
  });
  return loading;
}

/* The tokens as they are now, in the theme of the element. */
export function tokens(element) {
  const style = window.getComputedStyle(element);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: read("paper"),
    surface: read("surface"),
    ink: read("ink"),
    ink2: read("ink-2"),
    line2: read("line-2"),
    control: read("control"),
    pine: read("pine"),
    indigo: read("indigo"),
    amber: read("amber"),
    cinnabar: read("cinnabar"),
    land: read("map-land"),
    outside: read("map-outside"),
    district: read("map-district"),
  };
}

export const label = (extra = {}) => ({
  "text-font": [FONT],
  "text-size": 12,
  ...extra,
});

function style(t, boundaries, tiles) {
  const kind = (name) => ["==", ["get", "kind"], name];
  const name = ["get", english ? "name_en" : "name"];
  const names = {
    type: "FeatureCollection",
    features: boundaries.features
      .filter((f) => f.properties.kind === "district" || f.properties.kind === "neighbour")
      .map((f) => ({
        type: "Feature",
        properties: f.properties,
        geometry: { type: "Point", coordinates: f.properties.label },
      })),
  };
  const sources = {
    boundaries: { type: "geojson", data: boundaries },
    names: { type: "geojson", data: names },
  };
  const layers = [{ id: "outside", type: "background", paint: { "background-color": t.outside } }];
  layers.push({ id: "land", type: "fill", source: "boundaries", filter: kind("city"), paint: { "fill-color": t.land } });
  if (tiles) {
    sources.tiles = { type: "raster", tiles: [tiles], tileSize: 256 };
    layers.push({ id: "tiles", type: "raster", source: "tiles", paint: { "raster-saturation": -0.6, "raster-opacity": 0.85 } });
  }
  layers.push(
    { id: "neighbours", type: "line", source: "boundaries", filter: kind("neighbour"), paint: { "line-color": t.district, "line-width": 1 } },
    { id: "districts", type: "line", source: "boundaries", filter: kind("district"), paint: { "line-color": t.district, "line-width": 1.2 } },
    { id: "city", type: "line", source: "boundaries", filter: kind("city"), paint: { "line-color": t.line2, "line-width": 1.8 } },
    {
      id: "names",
      type: "symbol",
      source: "names",
      layout: label({ "text-field": name, "text-letter-spacing": english ? 0.04 : 0.16 }),
      paint: { "text-color": t.ink2, "text-halo-color": t.land, "text-halo-width": 1.2 },
    },
  );
  return { version: 8, sources, layers };
}

/* ● ◐ ○ as pictures of 18 px at twice the density, in ink and in cinnabar. */
function addShapes(map, t) {
  const size = 18;
  for (const [tone, colour] of [["in", t.ink2], ["out", t.cinnabar], ["old", t.control]]) {
    for (const source of ["satellite", "wifi", "cell", "unknown"]) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = size * 2;
      const pen = canvas.getContext("2d");
      pen.scale(2, 2);
      pen.lineWidth = 1.5;
      pen.strokeStyle = pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(9, 9, 4.5, 0, Math.PI * 2);
      if (source !== "satellite") {
        pen.save();
        pen.fillStyle = t.land;
        pen.fill();
        pen.restore();
      } else {
        pen.fill();
      }
      pen.stroke();
      if (source === "wifi") {
        pen.beginPath();
        pen.arc(9, 9, 4.5, Math.PI / 2, Math.PI * 1.5);
        pen.fill();
      }
      if (tone === "out") {
        pen.beginPath();
        pen.arc(9, 9, 7.8, 0, Math.PI * 2);
        pen.stroke();
      }
      const picture = pen.getImageData(0, 0, size * 2, size * 2);
      const id = `${source}-${tone}`;
      if (map.hasImage(id)) map.updateImage(id, picture);
      else map.addImage(id, picture, { pixelRatio: 2 });
    }
  }
}

/* An open arrow for the direction of a leg. */
function addArrow(map, t) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24;
  const pen = canvas.getContext("2d");
  pen.scale(2, 2);
  pen.lineWidth = 1.5;
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = t.ink2;
  pen.beginPath();
  pen.moveTo(3, 2);
  pen.lineTo(9, 6);
  pen.lineTo(3, 10);
  pen.stroke();
  const picture = pen.getImageData(0, 0, 24, 24);
  if (map.hasImage("arrow")) map.updateImage("arrow", picture);
  else map.addImage("arrow", picture, { pixelRatio: 2 });
}

/* A ring of (lon, lat) around a place, to scale. */
export function circle(lon, lat, radiusM, corners = 64) {
  const ring = [];
  const across = M_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  for (let i = 0; i <= corners; i += 1) {
    const turn = (i / corners) * Math.PI * 2;
    ring.push([lon + (Math.cos(turn) * radiusM) / across, lat + (Math.sin(turn) * radiusM) / M_PER_DEGREE]);
  }
  return ring;
}

/* Metres between two [lon, lat]; good to a thousandth over a city. */
export function between(a, b) {
  const across = Math.cos((((a[1] + b[1]) / 2) * Math.PI) / 180);
  return Math.hypot((a[0] - b[0]) * across, a[1] - b[1]) * M_PER_DEGREE;
}

/* Says in the page (data-ready) that the map stands as it should: for tests and screenshots. */
export function ready(element, map) {
  map.once("idle", () => {
    element.dataset.ready = "true";
  });
  map.triggerRepaint();
}

export const collection = (features) => ({ type: "FeatureCollection", features });

export function boundsOf(places) {
  const lons = places.map((p) => p[0]);
  const lats = places.map((p) => p[1]);
  const min = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const max = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  return [[min(lons), min(lats)], [max(lons), max(lats)]];
}

export function fitTo(map, places, options = {}) {
  if (!places.length) return;
  map.fitBounds(boundsOf(places), { padding: 48, maxZoom: 15.5, animate: false, ...options });
}

function key(drawing, word) {
  const entry = document.createElement("span");
  entry.innerHTML = `<svg width="18" height="14" aria-hidden="true">${drawing}</svg>`;
  entry.append(word);
  return entry;
}

/* The legend under the map; which lines it has depends on what the map can show. */
export function legend({ gaps = false, fences = false, alarms = false } = {}) {
  const box = document.createElement("div");
  box.className = "legend";
  box.append(
    key('<circle class="fix" cx="8" cy="7" r="4.5"/>', words.satellite),
    key('<circle class="fix fix--hollow" cx="8" cy="7" r="4.5"/><path class="fix fix--half" d="M8 2.5A4.5 4.5 0 0 0 8 11.5Z"/>', words.wifi),
    key('<circle class="fix fix--hollow" cx="8" cy="7" r="4.5"/>', words.cell),
    key('<circle class="fix-error" cx="8" cy="7" r="6"/>', words.error),
  );
  if (gaps) box.append(key('<path class="trail-line trail-line--gap" d="M0 7H18"/>', words.gap));
  if (fences) box.append(key('<path class="fence-line" d="M0 7H18"/>', words.fence));
  if (alarms) box.append(key('<circle class="fix fix--out" cx="8" cy="7" r="3.5"/><circle class="fix-ring" cx="8" cy="7" r="6"/>', words.alarm));
  return box;
}

/* The glyphs are drawn from the page's own font, of which a browser fetches only the parts in use: a
   part that has not come would leave a hole in a name, so they are asked for first. */
async function fontsFor(text) {
  try {
    await document.fonts.load('400 12px "Noto Sans SC Variable"', text);
  } catch {
    /* another font of the list stands in */
  }
}

function control(map, maplibre) {
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 120, unit: "metric" }), "bottom-left");
}

/* Makes the map in the element, in place of what stood in for it. The promise fails, and the stand-in
   stays, where the browser has no WebGL or something could not be loaded. `draw(map, tokens)` is called
   once the style is there and again whenever the theme changes; `text` holds what else will be written
   on the map. */
export async function makeMap(element, draw, text = "") {
  if (!hasWebGL()) throw new Error("no WebGL here: the drawn map stays");
  const [maplibre, boundaries] = await Promise.all([
    library(),
    fetch(element.dataset.boundaries, { credentials: "same-origin" }).then((answer) => {
      if (!answer.ok) throw new Error(`the boundaries answered ${answer.status}`);
      return answer.json();
    }),
  ]);
  await fontsFor(boundaries.features.map((f) => f.properties.name + f.properties.name_en).join("") + text);
  const standIn = [...element.childNodes];
  const place = document.createElement("div");
  place.className = "map-canvas";
  element.replaceChildren(place);
  element.classList.add("map");
  const city = boundaries.features.find((f) => f.properties.kind === "city");
  const ring = city ? city.geometry.coordinates.flat(city.geometry.type === "Polygon" ? 1 : 2) : [];
  let map;
  try {
    map = new maplibre.Map({
      container: place,
      style: style(tokens(element), boundaries, element.dataset.tiles),
      bounds: ring.length ? boundsOf(ring) : [[118.3, 31.2], [119.3, 32.7]],
      fitBoundsOptions: { padding: 24 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 18,
      minZoom: 6,
      fadeDuration: 0,
      locale: {
        "NavigationControl.ZoomIn": words.zoomIn,
        "NavigationControl.ZoomOut": words.zoomOut,
        "Map.Title": words.map,
      },
    });
  } catch (problem) {
    element.replaceChildren(...standIn);
    throw problem;
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  control(map, maplibre);
  await map.once("load");
  const dress = () => {
    const t = tokens(element);
    addShapes(map, t);
    addArrow(map, t);
    draw(map, t);
  };
  dress();
  const again = () => {
    map.setStyle(style(tokens(element), boundaries, element.dataset.tiles), { diff: false });
    map.once("style.load", dress);
  };
  document.addEventListener("guitu:theme", again);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (!document.documentElement.dataset.theme) again();
  });
  return { map, maplibre };
}

/* The layers of fixes by shape: `id` names the source; circles come first, under the shapes. */
export function addFixLayers(map, t, id, { filter = null } = {}) {
  const out = ["match", ["get", "tone"], "out", t.cinnabar, t.ink2];
  map.addLayer({
    id: `${id}-error-fill`,
    type: "fill",
    source: `${id}-error`,
    filter: ["!=", ["get", "source"], "cell"],
    paint: { "fill-color": out, "fill-opacity": 0.1 },
  });
  map.addLayer({
    id: `${id}-error-line`,
    type: "line",
    source: `${id}-error`,
    filter: ["!=", ["get", "source"], "cell"],
    paint: { "line-color": out, "line-width": 1, "line-opacity": 0.45 },
  });
  map.addLayer({
    id: `${id}-error-cell`,
    type: "line",
    source: `${id}-error`,
    filter: ["==", ["get", "source"], "cell"],
    paint: { "line-color": out, "line-width": 1, "line-opacity": 0.6, "line-dasharray": [2, 4] },
  });
  map.addLayer({
    id: `${id}-shape`,
    type: "symbol",
    source: id,
    ...(filter ? { filter } : {}),
    layout: {
      "icon-image": ["concat", ["get", "source"], "-", ["get", "tone"]],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 12, 0.6, 14.5, 1],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
  });
}

export function errorFeature(lon, lat, radiusM, properties) {
  return {
    type: "Feature",
    properties,
    geometry: { type: "Polygon", coordinates: [circle(lon, lat, radiusM, 48)] },
  };
}

/* One line of a small sheet about a fix: source, uncertainty, battery. */
export function sourceLine({ source, accuracy_m: accuracy, battery_pct: battery }) {
  const parts = [words[source] ?? words.unknown];
  if (accuracy !== null && accuracy !== undefined) parts.push(words.accuracy(accuracy));
  if (battery !== null && battery !== undefined) parts.push(words.battery(battery));
  return parts.join(english ? ", " : "，");
}

export { metres, words };
