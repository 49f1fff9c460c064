/** Bytes per second over the last seconds, so that a changed line shows and a hiccup does not. */
const WINDOW_MS = 10_000;
const LEAST_MS = 500; // less says nothing

export interface RateMeter {
  /** @returns null until there is something to measure */
  rate(bytes: number, nowMs: number): number | null;
}

export function openRateMeter(bytes: number, nowMs: number): RateMeter {
  let samples = [{ bytes, nowMs }];
  return {
    rate(done, now) {
      if (done < samples.at(-1)!.bytes) samples = []; // it began anew
      samples.push({ bytes: done, nowMs: now });
      while (samples.length > 2 && now - samples[1]!.nowMs >= WINDOW_MS) samples.shift();
      const first = samples[0]!;
      const ms = now - first.nowMs;
      return ms < LEAST_MS ? null : ((done - first.bytes) / ms) * 1000;
    },
  };
}
