import { BASE } from "./base.js";

/** What the server said went wrong: `status`, a stable `reason`, `errors` by field. */
export class Problem extends Error {
  constructor(document, status) {
    super(document.detail || document.title || "Something went wrong.");
    this.status = status;
    this.reason = document.reason;
    this.errors = document.errors;
  }
}

async function call(method, path, { body, signal, once } = {}) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  // The same key on a retry makes the same row once.
  if (once) headers["idempotency-key"] = once;
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      signal,
      credentials: "same-origin",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "MediaNest does not answer. Is it running?", reason: "offline" }, 0);
  }
  const text = await response.text();
  const document = text ? parse(text) : {};
  if (!response.ok) throw new Problem(document, response.status);
  return document;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: "The answer could not be read." };
  }
}

const RETRIED = [0, 502, 503, 504];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again while nobody answers, or not in time: for what may be asked twice. */
async function persist(method, path, how) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call(method, path, how);
    } catch (problem) {
      if (attempt === 3 || !RETRIED.includes(problem.status)) throw problem;
      await pause(400 * 2 ** attempt);
    }
  }
}

/** Creates something once, however often the answer is lost. */
function create(path, body) {
  const once = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
  return persist("POST", path, { body, once });
}

export const api = {
  get: (path, signal) => persist("GET", path, { signal }),
  post: (path, body = {}) => call("POST", path, { body }),
  put: (path, body) => call("PUT", path, { body }),
  patch: (path, body) => call("PATCH", path, { body }),
  remove: (path) => call("DELETE", path),
  create,
};
