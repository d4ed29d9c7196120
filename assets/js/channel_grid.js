const GAP = 3, LEAST = 22, MOST = 96;

/**
 * The largest tiles of which all rows fit into the height; where they would be too small to hit, the sheet scrolls.
 * @param {number} width of the sheet, px
 * @param {number} count of tiles
 * @param {number} room height, px
 * @returns {[number, number]} columns, and the side of a tile in px
 */
export function arrange(width, count, room) {
  const columnsOf = (/** @type {number} */ tile) =>
    Math.max(1, Math.min(count, Math.floor((width + GAP) / (tile + GAP))));
  const tileOf = (/** @type {number} */ columns) => Math.min(MOST, Math.floor((width + GAP) / columns) - GAP);
  const highOf = (/** @type {number} */ columns) => Math.ceil(count / columns) * (tileOf(columns) + GAP) - GAP;
  let columns = columnsOf(MOST);
  while (columns < columnsOf(LEAST) && highOf(columns) > room) columns++;
  return [columns, tileOf(columns)];
}

/** @param {ShadowRoot} parent */
function start(parent) {
  const frame = document.createElement("div"), sheet = document.createElement("div");
  frame.className = "frame";
  sheet.className = "sheet";
  sheet.tabIndex = 0;
  sheet.innerHTML = '<canvas></canvas><div class="box over"></div><div class="box chosen"></div>';
  frame.append(sheet);
  parent.append(frame, document.createElement("p"));
  return sheet;
}

/**
 * @typedef {object} Data
 * @property {string} uri all tiles in one image
 * @property {number} columns of that image
 * @property {number} side of a tile in that image, px
 * @property {number[]} channels number of each tile
 * @property {string[]} notes tooltip of each tile
 * @property {number} chosen
 * @property {number} last highest number
 * @property {string} label
 * @property {number} room height that all tiles should fit into, px
 * @param {import("./component.d.ts").Component<Data>} component
 */
export default function ({ data, parentElement, setTriggerValue }) {
  /** @type {HTMLElement} */
  const sheet = parentElement.querySelector(".sheet") ?? start(parentElement);
  const [canvas, over, mark] = /** @type {[HTMLCanvasElement, HTMLElement, HTMLElement]} */ ([...sheet.children]);
  const frame = /** @type {HTMLElement} */ (sheet.parentElement);
  const said = /** @type {HTMLElement} */ (frame.nextElementSibling);
  const image = new Image(), count = data.channels.length;
  let columns = 1, tile = 1, chosen = data.channels.indexOf(data.chosen), live = true;

  /** @param {HTMLElement} box @param {number} k */
  function put(box, k) {
    box.style.display = k >= 0 && k < count ? "block" : "none";
    const grown = box === mark ? 2 : 0;
    box.style.left = (k % columns) * (tile + GAP) - grown + "px";
    box.style.top = Math.floor(k / columns) * (tile + GAP) - grown + "px";
    box.style.width = box.style.height = tile + 2 * grown + "px";
  }
  /** @param {number} k */
  function tell(k) { said.textContent = data.notes[k] ?? ""; }
  function draw() {
    if (!live || !image.complete || !sheet.clientWidth) return;
    const most = parseFloat(getComputedStyle(frame).maxHeight) - 2 * GAP;  // its margins
    [columns, tile] = arrange(sheet.clientWidth, count, Math.min(data.room, most));
    const sharp = window.devicePixelRatio || 1;
    const wide = columns * (tile + GAP) - GAP, high = Math.ceil(count / columns) * (tile + GAP) - GAP;
    canvas.width = wide * sharp;
    canvas.height = high * sharp;
    canvas.style.width = wide + "px";
    canvas.style.height = high + "px";
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.scale(sharp, sharp);
    pen.imageSmoothingEnabled = data.side > tile * sharp;  // enlarged, a value stays a square
    pen.imageSmoothingQuality = "high";
    pen.strokeStyle = "rgba(128, 128, 128, .4)";
    for (let k = 0; k < count; k++) {
      const left = (k % data.columns) * data.side, top = Math.floor(k / data.columns) * data.side;
      const [x, y] = [(k % columns) * (tile + GAP), Math.floor(k / columns) * (tile + GAP)];
      pen.drawImage(image, left, top, data.side, data.side, x, y, tile, tile);
      pen.strokeRect(x + .5, y + .5, tile - 1, tile - 1);
    }
    put(mark, chosen);
    put(over, -1);
  }
  /** @param {number} k */
  function pick(k) {
    if (k < 0 || k >= count || k === chosen) return;
    chosen = k;
    put(mark, k);
    const below = mark.offsetTop + mark.offsetHeight + 6 - frame.clientHeight;
    frame.scrollTop = Math.min(mark.offsetTop, Math.max(below, frame.scrollTop));
    tell(k);
    sheet.setAttribute("aria-valuenow", String(data.channels[k]));
    sheet.setAttribute("aria-valuetext", data.notes[k]);
    setTriggerValue("picked", data.channels[k]);
  }
  /** @param {MouseEvent} event */
  function under(event) {
    const at = canvas.getBoundingClientRect(), step = tile + GAP;
    const column = Math.floor((event.clientX - at.left) / step), row = Math.floor((event.clientY - at.top) / step);
    const k = row * columns + column;
    return column < 0 || column >= columns || row < 0 || k >= count ? -1 : k;
  }
  const known = { role: "slider", "aria-label": data.label, "aria-valuemin": 0, "aria-valuemax": data.last,
    "aria-valuenow": data.chosen, "aria-valuetext": data.notes[chosen] ?? String(data.chosen) };
  for (const [name, value] of Object.entries(known)) sheet.setAttribute(name, String(value));
  sheet.onclick = (event) => pick(under(event));
  sheet.onmousemove = (event) => { const k = under(event); put(over, k); tell(k >= 0 ? k : chosen); };
  sheet.onmouseleave = () => { put(over, -1); tell(chosen); };
  sheet.onkeydown = (event) => {
    /** @type {Record<string, number | undefined>} */
    const moves = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1, ArrowDown: chosen + columns,
      ArrowUp: chosen - columns, Home: 0, End: count - 1 };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pick(chosen < 0 ? 0 : to);
  };
  image.onload = draw;
  image.src = data.uri;
  tell(chosen);
  const watch = new ResizeObserver(draw);
  watch.observe(sheet);
  return () => { live = false; watch.disconnect(); };
}
