/** Random questions in the tables that `objective` reads: eight words each, all shapes of terms. */
import { ABSENT } from "../../src/gpu/kernels/objective.ts";
import { random } from "./kernel.ts";

export function randomQuestions(Q: number, sequences: number) {
  const pick = random(16 * Q, 11);
  const sequenceAt = (i: number) => Math.floor(((pick[i]! + 1) / 2) * sequences);
  const terms = new Uint32Array(8 * Q);
  const weights = new Float32Array(8 * Q);
  const zList: number[] = [];
  for (let q = 0; q < Q; q++) {
    const zStart = zList.length;
    for (let i = 0; i < q % 4; i++) zList.push(sequenceAt(16 * q + 3 + i));
    const term = (i: number, every: number) => (q % every === every - 1 ? ABSENT : sequenceAt(16 * q + i));
    terms.set([term(0, 3), term(1, 5), term(2, 2), zStart, zList.length], 8 * q);
    const [beta_z, beta, anchor, z_weight, clip_c, clip_l] = pick.subarray(16 * q + 8, 16 * q + 14);
    weights.set(
      [q % 7 === 6 ? 0 : 1, beta_z!, beta!, 0.8, clip_c! - 3, clip_l! - 3, anchor!, z_weight!],
      8 * q,
    );
  }
  return { terms, weights, zList: Uint32Array.from(zList) };
}
