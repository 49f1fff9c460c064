/** Per element: the sum of eight numbers start, start + 1, … after `rounds` times x·a + b. */
export function peakFmaReference(start: ArrayLike<number>, rounds: number, a: number, b: number) {
  return Float64Array.from(start, (first) => {
    let sum = 0;
    for (let c = 0; c < 8; c++) {
      let x = first + c;
      for (let round = 0; round < rounds; round++) x = x * a + b;
      sum += x;
    }
    return sum;
  });
}
