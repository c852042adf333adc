/** Where the portal lives: empty at the root, `/medianest` behind a proxy with a base path. */
export const BASE = new URL("../", import.meta.url).pathname.slice(0, -1);

/** The page's own address, as it is without the base path. */
export function here() {
  const path = location.pathname;
  return path === BASE || path.startsWith(`${BASE}/`) ? path.slice(BASE.length) || "/" : path;
}
