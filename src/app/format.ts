/** Numbers as a reader meets them: tabular, with units, no more digits than they carry, a dash for what was not measured. */
export const DASH = "—";

type Maybe = number | null | undefined;
const orDash = (x: Maybe, say: (x: number) => string): string =>
  x === null || x === undefined || !Number.isFinite(x) ? DASH : say(x);
/** A minus sign, not a hyphen. */
const signed = (text: string): string => text.replace("-", "−");

/** A fraction as whole per cent: the intervals here are several points wide. */
export const percent = (x: Maybe): string => orDash(x, (v) => `${Math.round(v * 100)} %`);
export const fixed = (x: Maybe, digits = 2): string => orDash(x, (v) => signed(v.toFixed(digits)));
export const integer = (x: Maybe): string => orDash(x, (v) => signed(Math.round(v).toLocaleString("en")));
export const rate = (perSecond: Maybe): string => orDash(perSecond, (v) => `${integer(v)} tokens/s`);

/** Three significant digits for what may be any size: losses, norms, learning rates. */
export const compact = (x: Maybe): string =>
  orDash(x, (v) => {
    const size = Math.abs(v);
    if (v !== 0 && (size < 1e-3 || size >= 1e5)) return signed(v.toExponential(1));
    return signed(v.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2));
  });

/** "40 s", "1 m 10 s", "2 h 5 m". */
export const duration = (seconds: Maybe): string =>
  orDash(seconds, (v) => {
    const s = Math.max(0, Math.round(v));
    if (s < 60) return `${s} s`;
    if (s < 3600) return s % 60 === 0 ? `${s / 60} m` : `${Math.floor(s / 60)} m ${s % 60} s`;
    const minutes = Math.round(s / 60);
    return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
  });

/** Decimal units, as file managers and download pages write them. */
export const bytes = (x: Maybe): string =>
  orDash(x, (v) =>
    v < 1e6
      ? `${Math.ceil(v / 1e3)} kB`
      : v < 1e9
        ? `${(v / 1e6).toFixed(1)} MB`
        : `${(v / 1e9).toFixed(1)} GB`,
  );

/** "0.9 M", "135 M", "1.2 B". */
export const parameters = (x: Maybe): string =>
  orDash(x, (v) =>
    v < 1e7
      ? `${(v / 1e6).toFixed(1)} M`
      : v < 1e9
        ? `${Math.round(v / 1e6)} M`
        : `${(v / 1e9).toFixed(1)} B`,
  );

export const day = (ms: number): string =>
  new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
export const when = (ms: number): string =>
  new Date(ms).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });

const WORDS = [
  "no",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
];
/** Small counts as words, for sentences. */
export const inWords = (n: number): string => WORDS[n] ?? integer(n);
export const plural = (n: number, one: string, many = `${one}s`): string => (n === 1 ? one : many);
