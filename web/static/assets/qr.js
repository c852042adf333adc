/**
 * QR codes (ISO/IEC 18004) of up to 230 bytes: byte mode, error correction L, one mask.
 * Of each version from 1: blocks, bytes of data in each, bytes of correction in each.
 */
const VERSIONS = [[1, 19, 7], [1, 34, 10], [1, 55, 15], [1, 80, 20], [1, 108, 26], [2, 68, 18], [2, 78, 20], [2, 97, 24], [2, 116, 30]];
const BYTE_MODE = 4;
// Error correction L and mask 0, (row + column) even, as ISO 18004 spells them with their own correction.
const FORMAT = 0b111011111000100;
const QUIET = 4;

const EXP = [];
const LOG = [];
for (let power = 0, value = 1; power < 255; power += 1) {
  EXP[power] = value;
  LOG[value] = power;
  value = value & 128 ? (value << 1) ^ 0x11d : value << 1;
}
const times = (a, b) => (a && b ? EXP[(LOG[a] + LOG[b]) % 255] : 0);

/** What is left of the data, divided by the generator of so many bytes (Reed-Solomon). */
function correction(data, count) {
  let generator = [1];
  for (let power = 0; power < count; power += 1) {
    generator = [...generator, 0].map((each, at) => each ^ times(generator[at - 1] ?? 0, EXP[power]));
  }
  const left = [...data, ...new Array(count).fill(0)];
  for (let at = 0; at < data.length; at += 1) {
    const first = left[at];
    generator.forEach((each, behind) => (left[at + behind] ^= times(each, first)));
  }
  return left.slice(data.length);
}

function codewords(bytes, [blocks, size, extra]) {
  const bits = [];
  const push = (value, length) => {
    for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  push(BYTE_MODE, 4);
  push(bytes.length, 8);
  for (const byte of bytes) push(byte, 8);
  push(0, 4);
  const data = [];
  for (let at = 0; at < bits.length; at += 8) data.push(parseInt(bits.slice(at, at + 8).join(""), 2));
  for (let filler = 0xec; data.length < blocks * size; filler ^= 0xec ^ 0x11) data.push(filler);
  const parts = Array.from({ length: blocks }, (_, block) => data.slice(block * size, (block + 1) * size));
  const ends = parts.map((part) => correction(part, extra));
  const woven = (rows) => rows[0].flatMap((_, at) => rows.map((row) => row[at]));
  return [...woven(parts), ...woven(ends)];
}

/** The pattern that is the same for all texts of a version; what is free is undefined. */
function frame(version) {
  const size = 17 + 4 * version;
  const grid = Array.from({ length: size }, () => new Array(size));
  const box = (row, column, reach, dark) => {
    for (let y = -reach; y <= reach; y += 1) {
      for (let x = -reach; x <= reach; x += 1) {
        if (grid[row + y] && column + x >= 0 && column + x < size) grid[row + y][column + x] = dark(Math.max(Math.abs(y), Math.abs(x)));
      }
    }
  };
  for (const [row, column] of [[3, 3], [3, size - 4], [size - 4, 3]]) box(row, column, 4, (ring) => ring !== 2 && ring !== 4);
  for (let at = 8; at < size - 8; at += 1) grid[6][at] = grid[at][6] = at % 2 === 0;
  const last = size - 7;
  const places = version === 1 ? [] : version < 7 ? [6, last] : [6, (6 + last) / 2, last];
  for (const row of places) {
    for (const column of places) {
      const corner = [row, column].join();
      if (![[6, 6], [6, last], [last, 6]].some((each) => each.join() === corner)) box(row, column, 2, (ring) => ring !== 1);
    }
  }
  for (let bit = 0; bit < 15; bit += 1) {
    const dark = ((FORMAT >> bit) & 1) === 1;
    grid[bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit][8] = dark;
    grid[8][bit < 8 ? size - 1 - bit : bit < 9 ? 7 : 14 - bit] = dark;
  }
  grid[size - 8][8] = true;
  if (version >= 7) {
    let left = version << 12;
    for (let bit = 17; bit >= 12; bit -= 1) if ((left >> bit) & 1) left ^= 0x1f25 << (bit - 12);
    const word = (version << 12) | left;
    for (let bit = 0; bit < 18; bit += 1) {
      const [a, b] = [Math.floor(bit / 3), size - 11 + (bit % 3)];
      grid[a][b] = grid[b][a] = ((word >> bit) & 1) === 1;
    }
  }
  return grid;
}

function modules(text) {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + VERSIONS.findIndex(([blocks, size]) => blocks * size >= bytes.length + 2);
  if (version === 0) return null;
  const grid = frame(version);
  const size = grid.length;
  const words = codewords(bytes, VERSIONS[version - 1]);
  let at = 0;
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const row = up ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (grid[row][column] !== undefined) continue;
        const bit = ((words[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
        grid[row][column] = (bit === 1) !== ((row + column) % 2 === 0);
        at += 1;
      }
    }
  }
  return grid;
}

/** The text as an SVG, or nothing when it is too long. */
export function qr(text) {
  const grid = modules(text);
  if (!grid) return "";
  const size = grid.length + 2 * QUIET;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "QR code");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const darks = grid.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])));
  path.setAttribute("d", darks.join(""));
  svg.append(path);
  return svg;
}
