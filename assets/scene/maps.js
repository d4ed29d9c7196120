// Channel maps on canvases: one pixel a value, in the app's colours (explorer/core/palette.py).

/**
 * @typedef {import("./payload.js").Tensor} Tensor
 * @typedef {(context: CanvasRenderingContext2D, values: ArrayLike<number>, limit: number, height: number, width: number) => void} Paint
 */

const STEPS = 254;

/**
 * Colours from -limit to limit as 32-bit pixels.
 * @param {string[]} colours hexadecimal, from negative to positive
 */
export function ramp(colours) {
  const stops = colours.map((colour) => [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16)));
  return Uint32Array.from({ length: STEPS + 1 }, (_, step) => {
    const place = (step / STEPS) * (stops.length - 1);
    const k = Math.min(Math.floor(place), stops.length - 2);
    const [red, green, blue] = stops[k].map((low, part) => Math.round(low + (stops[k + 1][part] - low) * (place - k)));
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

/**
 * Draw values, (height, width) in row-major order, into a canvas that has a pixel for each.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values
 * @param {number} height
 * @param {number} width
 * @param {number} limit
 * @param {Uint32Array} colours
 */
export function paint(canvas, values, height, width, limit, colours) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const half = STEPS / 2 / (limit || 1);
  for (let k = 0; k < pixels.length; k++) {
    pixels[k] = colours[Math.round(Math.max(0, Math.min(STEPS, values[k] * half + STEPS / 2)))];
  }
  context.putImageData(image, 0, 0);
}
