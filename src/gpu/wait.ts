/**
 * Waiting for the GPU without burning a core. While a GPU promise is pending, Dawn in Node looks for its end at every turn of
 * the event loop (node-webgpu #17); on a software adapter that core is one of those that compute.
 */

const FIRST_NAP_MS = 0.05;
const LONGEST_NAP_MS = 2;

/** Awaits a GPU promise; in Node the thread sleeps between two looks, longer the longer it takes (at most 2 ms). */
export async function waitFor<T>(promise: Promise<T>): Promise<T> {
  if (typeof process === "undefined" || typeof setImmediate === "undefined") return promise; // a browser sleeps by itself
  const cell = new Int32Array(new SharedArrayBuffer(4));
  let pending = true;
  let ms = FIRST_NAP_MS;
  const nap = () => {
    if (!pending) return;
    Atomics.wait(cell, 0, 0, ms);
    ms = Math.min(ms * 1.25, LONGEST_NAP_MS);
    setImmediate(nap);
  };
  setImmediate(nap);
  try {
    return await promise;
  } finally {
    pending = false;
  }
}
