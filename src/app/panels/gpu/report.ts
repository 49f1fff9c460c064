/** What a check of the GPU says: in a sentence, by kernel, and as text to send to somebody. */
import type { GpuCheck, KernelCheck } from "../../../core/messages.ts";
import { compact, DASH, integer, percent, plural } from "../../format.ts";
import { KERNEL_WORDS } from "./kernelWords.ts";

/** All forms of one kernel together. */
export interface StemRow {
  stem: string;
  words: string;
  forms: number;
  failed: number;
  maxError: number | null; // of the form whose share is the largest
  share: number | null;
  seconds: number | null; // of the fastest form with f32 weights, of those timed with most rows
  flopsPerSecond: number | null; // of the same
}

const isNumber = (x: number | null): x is number => x !== null && Number.isFinite(x);

/** The form that is furthest from its reference; one that is no number, or did not run, is further than any. */
const worst = (results: readonly KernelCheck[]): KernelCheck =>
  results.reduce((a, b) => {
    const [x, y] = [a, b].map(({ share }) => (isNumber(share) ? share : Number.POSITIVE_INFINITY));
    return y! > x! ? b : a;
  });

export const flopsPerSecond = ({ flops, seconds }: KernelCheck): number | null =>
  flops === null || seconds === null || seconds === 0 ? null : flops / seconds;

export function byStem(results: readonly KernelCheck[]): StemRow[] {
  const stems = new Map<string, KernelCheck[]>();
  for (const result of results) stems.set(result.stem, [...(stems.get(result.stem) ?? []), result]);
  return [...stems].map(([stem, forms]) => {
    const far = worst(forms);
    const plain = forms.filter((form) => form.type === "F32");
    const most = Math.max(...plain.map((form) => form.rows ?? 0));
    const timed = plain.filter((form) => (form.rows ?? 0) === most && form.seconds !== null);
    const fastest = timed.sort((a, b) => a.seconds! - b.seconds!)[0];
    return {
      stem,
      words: KERNEL_WORDS[stem] ?? "",
      forms: forms.length,
      failed: forms.filter((form) => !form.passed).length,
      maxError: far.maxError,
      share: far.share,
      seconds: fastest?.seconds ?? null,
      flopsPerSecond: fastest ? flopsPerSecond(fastest) : null,
    };
  });
}

/** The result in words; before the end it speaks of what was checked so far. */
export function verdict({ results, of, fault }: Pick<GpuCheck, "results" | "of" | "fault">): string {
  if (results.length === 0) return fault === null ? "Nothing was checked." : "Nothing could be checked.";
  const failed = results.filter((result) => !result.passed).length;
  const whole = results.length === of;
  if (failed > 0)
    return `${integer(failed)} of ${whole ? "" : "the "}${integer(results.length)} kernels${whole ? "" : ` checked (there are ${integer(of)})`} ${plural(failed, "does not compute what it", "do not compute what they")} should on this GPU.`;
  return `${whole ? `All ${integer(of)} kernels` : `${integer(results.length)} of ${integer(of)} kernels were checked and`} compute what they should on this GPU: the furthest off uses ${percent(worst(results).share)} of what its tolerance allows.`;
}

const PRODUCTS: readonly string[] = ["matmulNt", "matmulNn", "matmulTn", "headLse"];

/** What a wrong kernel means for whoever sits here. */
export function meaning(result: KernelCheck): string {
  const only = result.type === "F32" ? "" : ` It concerns models with ${result.type} weights only.`;
  if (result.fault !== null && !PRODUCTS.includes(result.stem))
    return `It does not run here, so neither does anything that needs it.${only}`;
  if (PRODUCTS.includes(result.stem))
    return `When a model is prepared the lab tries every candidate for this and leaves out those that do not run or are off by more than a thousandth; by less than that, it may be used.${only}`;
  return `Nothing takes its place: what is answered or learned with it on this machine is not to be trusted.${only}`;
}

export const fault = ({ fault, share }: KernelCheck): string =>
  fault ??
  (isNumber(share)
    ? `its error is ${compact(share)} times what is allowed`
    : "it gave something that is no number");

/** "12 µs", "3.4 ms". */
export function shortTime(seconds: number | null): string {
  if (seconds === null) return DASH;
  if (seconds < 1e-3) return `${compact(seconds * 1e6)} µs`;
  return seconds < 1 ? `${compact(seconds * 1e3)} ms` : `${compact(seconds)} s`;
}

export const gflops = (perSecond: number | null): string =>
  perSecond === null ? DASH : compact(perSecond / 1e9);

/** All of it as plain text. */
export function reportText(check: GpuCheck, browser: string, date: Date): string {
  const head = [
    "Closed Book: check of a GPU",
    `date     ${date.toISOString()}`,
    `GPU      ${check.gpuAdapter}${check.isFallbackAdapter ? " (software)" : ""}`,
    `browser  ${browser}`,
    `result   ${verdict(check)}`,
    ...(check.fault === null ? [] : [`ended    ${check.fault}`]),
    "",
    "Each kernel against a float64 reference; error / allowed: 1 is the most its tolerance allows. Products are timed",
    "with the rows given, 1,536 outputs of 576 inputs (matmulTn 16 by 576), the others on the small data of the check.",
    "",
  ];
  const cells = check.results.map((result) => [
    result.passed ? "right" : "WRONG",
    result.kernel,
    compact(result.maxError),
    compact(result.share),
    shortTime(result.seconds),
    result.rows === null ? "" : `${result.rows} rows`,
    result.flops === null ? "" : `${gflops(flopsPerSecond(result))} GFLOP/s`,
    result.passed ? "" : fault(result),
  ]);
  const table = [["", "kernel", "worst error", "/ allowed", "time", "", "", ""], ...cells];
  const widths = table[0]!.map((_, c) => Math.max(...table.map((row) => row[c]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join("  ")
      .trimEnd(),
  );
  return [...head, ...lines, ""].join("\n");
}
