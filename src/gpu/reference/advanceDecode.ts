/** What a decoding step needs of each row, from state (B, 8): token, position, done, …; 0xffffffff = no cache row. */
export function advanceDecodeReference(
  state: ArrayLike<number>,
  cacheStart: ArrayLike<number>,
  window: number,
) {
  const rows = Array.from(cacheStart, (start, b) => {
    const [token = 0, position = 0, done = 0] = [state[b * 8]!, state[b * 8 + 1]!, state[b * 8 + 2]!];
    return { token, position, start, row: done === 0 ? start + position : 0xffffffff };
  });
  return {
    ids: rows.map((r) => r.token),
    positions: rows.map((r) => r.position),
    spans: rows.flatMap((r) => [r.start, r.start + r.position + 1, 0, 0]),
    local: rows.flatMap((r) => [
      r.start + Math.max(0, r.position + 1 - window),
      r.start + r.position + 1,
      0,
      0,
    ]),
    cacheRow: rows.map((r) => r.row),
  };
}
