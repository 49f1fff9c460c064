/** Where a sentence ends (lab.md §2a, "abbreviations"): a splitter of our own, since Intl.Segmenter cuts after "Dr.". */

/**
 * The sentences of a text, trimmed: cut at line ends, after . ! ? … that a space follows (closing quotes and brackets go
 * with them), and after the full stops of scripts that put no space there. A full stop does not end a sentence after an
 * abbreviation or an initial, nor before a lower-case word.
 */
export function sentences(text: string): string[] {
  const cased = /\p{Lu}/u.test(text); // a text all in lower case ends its sentences too
  return text
    .split(/[\n\r\u2028\u2029]+/)
    .flatMap((line) => cutLine(line, cased))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

const CLOSERS = "\"'”’»›)\\]}」』）】〉》";
const END = new RegExp(`(?:[.!?…‼⁇⁈⁉]+[${CLOSERS}]*\\s+)|(?:[。！？｡．؟۔।॥።។៕။։]+[${CLOSERS}]*\\s*)`, "gu");

function cutLine(line: string, cased: boolean): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { 0: end, index } of line.matchAll(END)) {
    const at = index + end.length;
    if (
      goesOn(
        line.slice(Math.max(from, index - LOOK_BACK), index),
        end,
        line.slice(at, at + LOOK_AHEAD),
        cased,
      )
    )
      continue;
    parts.push(line.slice(from, at));
    from = at;
  }
  return [...parts, line.slice(from)];
}

const LOOK_BACK = 40; // characters of the sentence before its end that are looked at
const LOOK_AHEAD = 40;

/** Whether the sentence goes on after `end`, which stands between `before` and `after`. */
function goesOn(before: string, end: string, after: string, cased: boolean): boolean {
  if (/^[。！？｡．]/.test(end)) {
    if (end[0] === "．" && /^\d/.test(after) && /\d$/.test(before.normalize("NFKC"))) return true;
    return /[」』”）]/.test(end) && /^[とっ、，]/.test(after); // 「…。」と言った
  }
  if (/^[^.!?…‼⁇⁈⁉]/.test(end)) return false;
  const opened = after.replace(/^[\s"'“‘„«‹([{]+/, "");
  const lower = cased && /^\p{Ll}[\p{Ll}\p{M}'’-]*(?![\p{L}\p{N}])/u.test(opened);
  if (/^[.…]/.test(end)) return lower || (/^\.\s/.test(end) && abbreviates(before, opened));
  return lower && /[^!?‼⁇⁈⁉\s]/u.test(end); // "Stop!" he said
}

const list = (words: string): Set<string> => new Set(words.split(" "));

/** A name follows. */
const TITLES = list(
  "dr mr mrs ms messrs mx prof rev hon gen col lt capt cpt cmdr sgt maj gov sen rep pres st ste mt ft fr hr hrn dipl ing med mme mlle mgr sr sra srta dott sig",
);
/** More of the same sentence follows, whatever it begins with. */
const CONNECTING = list(
  "vs cf viz ca approx bzw vgl evtl ggf sog resp incl inkl zzgl bspw eg ie z.b d.h zb dh al",
);
/** A number or a letter by itself follows. */
const NUMBERED = list(
  "c no nos nr fig figs abb tab eq eqs sec secs ch chap kap vol vols bd pp p pg art par abs ed eds op ser jan feb mar apr jun jul aug sep sept oct okt nov dec dez jän",
);
/** Words that begin an English sentence far oftener than they follow an initial: "the U.S. He left". */
const STARTERS = list(
  "the a an he she it they we you i this that these those there in on at but and when while after before his her its their our my if as for however then what who why how where",
);

/** Whether the full stop after `before` is an abbreviation's, with `after` going on. */
function abbreviates(before: string, after: string): boolean {
  const word = /[\p{L}\p{M}\p{N}.]*$/u.exec(before)![0];
  const next = /^[\p{L}\p{M}'’]+(?!\.)/u.exec(after)?.[0].toLowerCase() ?? "";
  const short = word.toLowerCase();
  if (TITLES.has(short) || CONNECTING.has(short)) return true;
  if (NUMBERED.has(short))
    return /^(?:\p{N}|\p{L}(?!\p{L})|[ivxlcdm]+\b)/iu.test(after) && !STARTERS.has(next);
  if (/^\p{N}{1,2}$/u.test(word)) return ordinal(before, after);
  if (/(?:^|\P{L})\p{Ll}\.\s?\p{L}$/u.test(before) && !/[ap]\.\s?m$/.test(before)) return true; // e.g. i.e. z. B. d. h.
  // Initials, and abbreviations with stops inside: J. F. Kennedy, the U.S. Army, 5 p.m. on.
  if (/^\p{Ll}$/u.test(word)) return /^\p{L}\.(?:\s|$)/u.test(after); // z. of z. B.
  const initial = /^\p{L}$/u.test(word) || /^(?:\p{L}{1,2}\.)+\p{L}{1,2}$/u.test(word);
  return initial && after !== "" && !STARTERS.has(next);
}

/** A number that counts: at the beginning of a line, before a month or a further number, after a German article. */
function ordinal(before: string, after: string): boolean {
  if (/^\s*\p{N}+$/u.test(before)) return true;
  if (/^(?:\p{N}|jan|feb|mär|apr|mai|jun|jul|aug|sep|okt|nov|dez)/iu.test(after)) return true;
  return /(?:^|\s)(?:am|der|des|dem|den|die|das|im|zum|vom|beim|bis|ab|seit)\s\p{N}+$/iu.test(before);
}
