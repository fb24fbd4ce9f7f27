/* The fence editor: [data-fence-editor]. It writes into plain fields, which work without it.

   data-input            selector of the textarea with GeoJSON (Polygon or MultiPolygon), WGS-84
   data-lon, data-lat, data-radius   selectors of the circle's numbers
   data-mode             circle | polygon; changed with the event guitu:shape on the element
   data-boundaries       the districts (see mapbase.js)

   Circle: a click sets the centre, the handle on the edge the radius. Polygon: clicks add corners,
   a click on a small mark between two inserts one; Delete removes the chosen corner. Every handle is a
   button: Tab reaches it, arrow keys move it (with Shift ten times as far). What is drawn goes into the
   fields at once, and what is typed there is drawn at once. Holes and further parts of a GeoJSON that
   was pasted are shown and kept; only the first outline is edited here. */
import { between, circle, collection, fitTo, makeMap, ready } from "./mapbase.js";
import { words } from "./words.js";

const element = document.querySelector("[data-fence-editor]");
const field = (name) => document.querySelector(element.dataset[name] || "#none");
let map = null;
let maplibre = null;
let handles = [];
let corners = [];
let rest = null; // {holes, others} of what was pasted
let note = null;
let writing = false;

const mode = () => element.dataset.mode || "circle";
const round = (value) => Math.round(value * 1e6) / 1e6;
const number = (input) => (input && input.value.trim() !== "" ? Number(input.value) : NaN);

function circleNow() {
  const [lon, lat] = [number(field("lon")), number(field("lat"))];
  const radius = number(field("radius"));
  if (!Number.isFinite(lon) || !Number.isFinite(lat)) return null;
  return { lon, lat, radius: Number.isFinite(radius) && radius > 0 ? radius : 200 };
}

function put(input, value) {
  if (!input) return;
  writing = true;
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  writing = false;
}

function putCircle({ lon, lat, radius }) {
  put(field("lon"), round(lon));
  put(field("lat"), round(lat));
  put(field("radius"), Math.round(radius));
  draw();
}

function putPolygon() {
  const input = field("input");
  if (corners.length < 3) {
    put(input, "");
  } else {
    const ring = [...corners, corners[0]].map(([lon, lat]) => [round(lon), round(lat)]);
    const first = [ring, ...(rest?.holes ?? [])];
    const geometry = rest?.others.length
      ? { type: "MultiPolygon", coordinates: [first, ...rest.others] }
      : { type: "Polygon", coordinates: first };
    put(input, JSON.stringify(geometry));
  }
  draw();
}

function readPolygon() {
  corners = [];
  rest = { holes: [], others: [] };
  const text = field("input")?.value.trim();
  if (!text) return;
  try {
    let geometry = JSON.parse(text);
    if (geometry.type === "FeatureCollection") geometry = geometry.features[0].geometry;
    if (geometry.type === "Feature") geometry = geometry.geometry;
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    corners = parts[0][0].slice(0, -1).map(([lon, lat]) => [lon, lat]);
    rest = { holes: parts[0].slice(1), others: parts.slice(1) };
  } catch {
    corners = []; // half-typed text; the form says what is wrong when it is sent
  }
}

function outline() {
  if (mode() === "circle") {
    const c = circleNow();
    return c ? [circle(c.lon, c.lat, c.radius)] : [];
  }
  const rings = corners.length > 1 ? [[...corners, corners[0]]] : [];
  return [...rings, ...(rest?.holes ?? []), ...(rest?.others ?? []).flat()];
}

function handle(lonlat, { small = false, name, moved, ended, removed, clicked }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = small ? "fence-handle fence-handle--small" : "fence-handle";
  button.setAttribute("aria-label", name);
  const marker = new maplibre.Marker({ element: button, draggable: !small }).setLngLat(lonlat).addTo(map);
  // MapLibre names its markers itself and takes the focus; ours are buttons with their own names.
  button.setAttribute("aria-label", name);
  marker.on("drag", () => moved?.(marker.getLngLat().toArray()));
  marker.on("dragend", () => ended?.(marker.getLngLat().toArray()));
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    clicked?.();
  });
  button.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step && ended) {
      event.preventDefault();
      event.stopPropagation();
      const far = event.shiftKey ? 10 : 1;
      const here = map.project(marker.getLngLat());
      ended(map.unproject([here.x + step[0] * far, here.y + step[1] * far]).toArray());
    } else if ((event.key === "Delete" || event.key === "Backspace") && removed) {
      event.preventDefault();
      removed();
    }
  });
  handles.push({ marker, button });
}

function circleHandles() {
  const c = circleNow();
  if (!c) return;
  handle([c.lon, c.lat], {
    name: words.centre,
    moved: ([lon, lat]) => sketch([circle(lon, lat, c.radius)]),
    ended: ([lon, lat]) => putCircle({ lon, lat, radius: c.radius }),
  });
  handle(circle(c.lon, c.lat, c.radius, 4)[0], {
    name: words.radius(c.radius),
    moved: (to) => {
      const radius = Math.max(10, between([c.lon, c.lat], to));
      note.textContent = words.radius(radius);
      sketch([circle(c.lon, c.lat, radius)]);
    },
    ended: (to) => putCircle({ ...c, radius: Math.max(10, between([c.lon, c.lat], to)) }),
  });
}

function polygonHandles() {
  corners.forEach((corner, index) => {
    handle(corner, {
      name: words.vertex(index + 1),
      moved: (to) => {
        const moving = corners.map((c, i) => (i === index ? to : c));
        sketch([[...moving, moving[0]]]);
      },
      ended: (to) => {
        corners[index] = to;
        putPolygon();
      },
      removed: () => {
        corners.splice(index, 1);
        putPolygon();
      },
    });
  });
  if (corners.length < 3 || corners.length > 200) return;
  corners.forEach((corner, index) => {
    const next = corners[(index + 1) % corners.length];
    const middle = [(corner[0] + next[0]) / 2, (corner[1] + next[1]) / 2];
    handle(middle, {
      small: true,
      name: "+",
      clicked: () => {
        corners.splice(index + 1, 0, middle);
        putPolygon();
      },
    });
  });
}

function sketch(rings) {
  map.getSource("fence")?.setData(
    collection([{ type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: rings } }]),
  );
}

function draw() {
  const focused = handles.findIndex(({ button }) => button === document.activeElement);
  for (const { marker } of handles) marker.remove();
  handles = [];
  sketch(outline());
  if (mode() === "circle") circleHandles();
  else if (mode() === "polygon") polygonHandles();
  const c = circleNow();
  const drawn = mode() === "circle" ? c && words.radius(c.radius) : corners.length > 2 && words.corners(corners.length);
  note.textContent = drawn || (mode() === "circle" ? words.circleHelp : words.polygonHelp);
  if (focused >= 0) handles[Math.min(focused, handles.length - 1)]?.button.focus();
}

function layers(on, t) {
  on.addSource("fence", { type: "geojson", data: collection([]) });
  on.addLayer({ id: "fence-halo", type: "line", source: "fence", paint: { "line-color": t.indigo, "line-width": 6, "line-opacity": 0.16 } });
  on.addLayer({ id: "fence-line", type: "line", source: "fence", layout: { "line-join": "round" }, paint: { "line-color": t.indigo, "line-width": 2 } });
  if (note) sketch(outline());
}

function tools() {
  note = document.createElement("p");
  note.className = "map-note";
  note.setAttribute("role", "status");
  element.append(note);
  const undo = document.createElement("button");
  undo.type = "button";
  undo.className = "button button--row fence-clear";
  undo.textContent = words.clear;
  undo.addEventListener("click", () => {
    if (mode() === "circle") {
      for (const name of ["lon", "lat"]) put(field(name), "");
      draw();
    } else {
      corners = [];
      rest = { holes: [], others: [] };
      putPolygon();
    }
  });
  element.append(undo);
}

function listen() {
  map.on("click", (event) => {
    const to = event.lngLat.toArray();
    if (mode() === "circle") {
      putCircle({ lon: to[0], lat: to[1], radius: circleNow()?.radius ?? (number(field("radius")) || 200) });
    } else if (mode() === "polygon") {
      corners.push(to);
      putPolygon();
    }
  });
  map.getCanvas().style.cursor = "crosshair";
  for (const name of ["input", "lon", "lat", "radius"]) {
    field(name)?.addEventListener("input", () => {
      if (writing) return;
      if (name === "input") readPolygon();
      draw();
    });
  }
  element.addEventListener("guitu:shape", (event) => {
    element.dataset.mode = event.detail.shape ?? "";
    map.resize();
    draw();
  });
}

async function start() {
  readPolygon();
  ({ map, maplibre } = await makeMap(element, layers));
  tools();
  listen();
  const shown = outline().flat();
  if (shown.length) fitTo(map, shown, { maxZoom: 16 });
  draw();
  ready(element, map);
}

if (element) {
  start().catch((problem) => {
    element.replaceChildren(); // the fields below do the same
    element.hidden = true;
    if (!/WebGL/.test(problem.message)) console.warn(problem.message);
  });
}
