export interface KlShape {
  R: number;
  V: number;
  ld: number;
}

const softmax = (row: ArrayLike<number>): Float64Array => {
  const top = Math.max(...Array.from(row));
  const e = Float64Array.from(row, (x) => Math.exp(x - top));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / sum);
};

/** kl (R) = KL(softmax(teacher) ‖ softmax(student)) in nats. */
export function klRowsReference(
  teacher: Float32Array | Float64Array,
  student: Float32Array | Float64Array,
  { R, V, ld }: KlShape,
) {
  const kl = new Float64Array(R);
  for (let r = 0; r < R; r++) {
    const p = softmax(teacher.subarray(r * ld, r * ld + V));
    const q = softmax(student.subarray(r * ld, r * ld + V));
    for (let v = 0; v < V; v++) {
      if (p[v]! > 0) kl[r]! += p[v]! * Math.log(p[v]! / q[v]!);
    }
  }
  return { kl };
}
