/** Does things one after another, in the order they are asked for; one that fails holds up nobody. */
export type Queue = <T>(work: () => Promise<T>) => Promise<T>;

export function openQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}
