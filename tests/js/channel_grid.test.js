import assert from "node:assert/strict";
import test from "node:test";
import { arrange } from "../../assets/js/channel_grid.js";

const GAP = 3, LEAST = 22, MOST = 96;

/** @param {number} tiles @param {number} side Length of a row or column of tiles, px. */
const long = (tiles, side) => tiles * side + (tiles - 1) * GAP;

/**
 * The side, in px, that tiles as wide as the sheet should have, and whether all rows fit. Tries each number of columns.
 * @param {number} width @param {number} count @param {number} room
 */
function expected(width, count, room) {
  let side = MOST;
  for (let columns = 1; columns <= count; columns++) {
    let tile = MOST;
    while (long(columns, tile) > width) tile--;
    if (tile < LEAST) break;
    side = tile;
    if (long(Math.ceil(count / columns), side) <= room) return { side, fits: true };
  }
  return { side, fits: false };
}

test("tiles are the largest of which all rows fit, else the smallest", () => {
  for (let width = 100; width <= 1900; width += 45) {
    for (const count of [1, 3, 64, 65, 256, 2048]) {
      for (const room of [100, 330, 540, 5000]) {
        const [columns, side] = arrange(width, count, room), { side: best, fits } = expected(width, count, room);
        const where = `${count} tiles in ${width} x ${room} px`;
        assert.equal(side, best, where);
        assert.ok(columns <= count && long(columns, side) <= width, where);
        assert.equal(long(Math.ceil(count / columns), side) <= room, fits, where);
      }
    }
  }
});

test("a sheet narrower than the smallest tile has one column", () => {
  assert.deepEqual(arrange(10, 5, 500), [1, 10]);
});
