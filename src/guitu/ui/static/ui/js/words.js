/* The few words that islands say themselves, in the language of the page. */

const CHINESE = {
  satellite: "卫星",
  wifi: "Wi-Fi",
  cell: "基站，不作位置用",
  unknown: "来源不明",
  error: "误差范围",
  gap: "没有信号",
  fence: "围栏",
  outside: "越界的点",
  alarm: "有告警",
  stale: "没有消息",
  stop: "停留",
  accuracy: (m) => `误差${metres(m)}`,
  battery: (pct) => `电量${pct}%`,
  many: (n) => `${n}人在这一带`,
  map: "地图，方向键移动，加减号缩放",
  play: "播放",
  pause: "暂停",
  speed: "速度",
  position: "时间",
  whole: "看全程",
  every: (n) => `每秒${n < 60 ? `${n}秒` : `${n / 60}分钟`}`,
  silent: (text) => `没有信号，到${text}`,
  m: "米",
  km: "公里",
  circleHelp: "点地图定圆心，拖边上的点定半径；也可以在下面填数。",
  polygonHelp: "点地图加顶点，拖动可改，在两点之间点一下插入；选中顶点按Delete删去。",
  clear: "重画",
  undo: "退一步",
  radius: (m) => `半径${metres(m)}`,
  corners: (n) => `${n}个顶点`,
  zoomIn: "放大",
  zoomOut: "缩小",
  vertex: (n) => `第${n}个顶点，方向键移动，Delete删去`,
  centre: "圆心，方向键移动",
};

const ENGLISH = {
  satellite: "satellite",
  wifi: "Wi-Fi",
  cell: "cell, not used as a place",
  unknown: "unknown source",
  error: "uncertainty",
  gap: "no signal",
  fence: "fence",
  outside: "fix in breach",
  alarm: "alarm open",
  stale: "no news",
  stop: "stop",
  accuracy: (m) => `uncertain by ${metres(m)}`,
  battery: (pct) => `battery ${pct}%`,
  many: (n) => `${n} persons here`,
  map: "Map: arrow keys move it, plus and minus zoom",
  play: "Play",
  pause: "Pause",
  speed: "Speed",
  position: "Time",
  whole: "Whole day",
  every: (n) => (n < 60 ? `${n} s a second` : `${n / 60} min a second`),
  silent: (text) => `no signal until ${text}`,
  m: "m",
  km: "km",
  circleHelp: "Click the map for the centre, drag the point on the edge for the radius; or fill in numbers below.",
  polygonHelp: "Click the map to add corners, drag to move them, click between two to insert; Delete removes the chosen one.",
  clear: "Start again",
  undo: "One step back",
  radius: (m) => `radius ${metres(m)}`,
  corners: (n) => `${n} corners`,
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  vertex: (n) => `Corner ${n}: arrow keys move it, Delete removes it`,
  centre: "Centre: arrow keys move it",
};

const english = document.documentElement.lang.startsWith("en");

export const words = english ? ENGLISH : CHINESE;

export function metres(value) {
  const space = english ? " " : "";
  if (value < 1000) return `${Math.round(value)}${space}${words.m}`;
  return `${(value / 1000).toFixed(1)}${space}${words.km}`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai",
  hour: "2-digit",
  minute: "2-digit",
});

/* 09:03 on Shanghai's clock, whatever the browser's zone. */
export function clock(ms) {
  return CLOCK.format(new Date(ms));
}

export { english };
