// Fixed-point numbers: an integer and the decimals to print it with, as explorer/scene/fixed_point.py makes them.

/**
 * `format(-62, 2)` is "−0.62"; with negative decimals, digits that are not known are zeros.
 * @param {number} value
 * @param {number} decimals
 */
export function format(value, decimals) {
  const digits = String(Math.abs(value));
  const sign = value < 0 ? "−" : "";
  if (decimals <= 0) return sign + (value === 0 ? "0" : digits + "0".repeat(-decimals));
  const padded = digits.padStart(decimals + 1, "0");
  return `${sign}${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
}

/**
 * A number as the second operand of a sum or product: negative ones in parentheses.
 * @param {string} text
 */
export function enclosed(text) {
  return text.startsWith("−") ? `(${text})` : text;
}

/**
 * `value * 10**exponent`, halves rounded up: `contributions.scaled` in Python.
 * @param {number} value
 * @param {number} exponent
 */
export function scaled(value, exponent) {
  const factor = Number(`1e${Math.abs(exponent)}`);
  return Math.floor((exponent >= 0 ? value * factor : value / factor) + 0.5);
}

/**
 * Fill `{name}` in a sentence.
 * @param {string} words
 * @param {Record<string, string | number>} values
 */
export function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
