/** Says the newest value at most ten times a second. */
const PAUSE_MS = 100;

export interface Pacer<T> {
  readonly last: T;
  say(value: T): void;
  flush(): void;
}

export function openPacer<T>(send: (value: T) => void): Pacer<T> {
  let last: T | undefined;
  let waiting: ReturnType<typeof setTimeout> | null = null;
  let unsent = false;
  const flush = () => {
    if (waiting !== null) clearTimeout(waiting);
    waiting = null;
    if (unsent && last !== undefined) send(last);
    unsent = false;
  };
  return {
    get last() {
      return last as T; // a pacer is asked for it only after `say`
    },
    say(value) {
      last = value;
      if (waiting !== null) {
        unsent = true;
        return;
      }
      send(value);
      waiting = setTimeout(flush, PAUSE_MS);
    },
    flush,
  };
}
