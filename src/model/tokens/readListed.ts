/**
 * A tokenizer.json without an object of its vocabulary and a list of its merges, which are nearly all of it: Gemma 3's has a
 * quarter of a million ids and half a million pairs of texts, and JSON.parse takes a second for them.
 */
import { COLON, COMMA, JsonScan, LIST, LIST_END, OBJECT, OBJECT_END, SPACE, Unusual } from "./jsonScan.ts";
import { listedModel, type MergePairs } from "./listed.ts";
import type { Part } from "./part.ts";
import { TokenTable } from "./tokenTable.ts";

const MOST_IDS = 1 << 24;

/**
 * What JSON.parse would give, with `model.vocab` and `model.merges` made when somebody reads them.
 * @returns null for what JSON.parse must say: another form of vocabulary or merges, or text that is not JSON
 */
export function readListed(text: string): object | null {
  try {
    return read(new JsonScan(text));
  } catch (error) {
    if (error instanceof Unusual || error instanceof SyntaxError) return null;
    throw error;
  }
}

interface Span {
  from: number;
  to: number;
}

function read(scan: JsonScan): object {
  const { text } = scan;
  const spans = new Map<string, Span>();
  const once = (key: string, pass: () => void): void => {
    if (spans.has(key)) throw new Unusual(); // the later one counts, says JSON.parse
    const from = scan.at;
    pass();
    spans.set(key, { from, to: scan.at });
  };
  let table: TokenTable | undefined;
  const inModel = (key: string): void => {
    if (key === "vocab")
      once("vocab", () => {
        table = readVocabulary(scan);
      });
    else if (key === "merges") once("merges", () => scan.skip());
    else scan.skip();
  };
  scan.members((key) => (key === "model" ? once("model", () => scan.members(inModel)) : scan.skip()));
  if (table === undefined || !Number.isNaN(scan.next())) throw new Unusual();

  const large = [spans.get("vocab"), spans.get("merges")].filter((span) => span !== undefined);
  let rest = text;
  for (const { from, to } of large.toSorted((a, b) => b.from - a.from))
    rest = `${rest.slice(0, from)}0${rest.slice(to)}`;
  const json = JSON.parse(rest) as { model: Part };
  const merges = spans.get("merges");
  const pairs = merges === undefined ? null : readMerges(scan, merges, table);
  const made =
    ({ from, to }: Span) =>
    (): unknown =>
      JSON.parse(text.slice(from, to));
  return {
    ...json,
    model: listedModel(
      json.model,
      { table, merges: pairs },
      { vocab: made(spans.get("vocab")!), ...(merges && { merges: made(merges) }) },
    ),
  };
}

/** An object of ids by text. */
function readVocabulary(scan: JsonScan): TokenTable {
  const texts: string[] = [];
  const ids: number[] = [];
  scan.each(OBJECT, OBJECT_END, () => {
    scan.string();
    texts.push(scan.said());
    scan.take(COLON);
    ids.push(scan.integer());
  });
  const seen = new Uint8Array(Math.min(MOST_IDS, ids.reduce((most, id) => Math.max(most, id), 0) + 1));
  for (const id of ids) {
    if (id >= MOST_IDS || seen[id] === 1) throw new Unusual(); // of two texts with one id the order decides, which is JSON.parse's own
    seen[id] = 1;
  }
  return new TokenTable(apart(texts), ids);
}

/** Texts that are cut out of one of their own, not of the file, which would be kept as long as any of them. */
function apart(texts: readonly string[]): string[] {
  const whole = texts.join("");
  let end = 0;
  return texts.map(({ length }) => {
    end += length;
    return whole.slice(end - length, end);
  });
}

/** Pairs of texts, or texts with a space between the two. */
function readMerges(scan: JsonScan, { from, to }: Span, table: TokenTable): MergePairs {
  const { text } = scan;
  const lefts: number[] = [];
  const rights: number[] = [];
  const idOf = (string: string, begin?: number, end?: number): number => {
    const entry = table.entryOf(string, begin, end);
    return entry < 0 ? -1 : table.idAt(entry);
  };
  const one = (): number => {
    scan.string();
    return scan.escaped ? idOf(scan.said()) : idOf(text, scan.from, scan.to);
  };
  scan.at = from;
  scan.each(LIST, LIST_END, () => {
    if (scan.next() === LIST) {
      scan.at++;
      lefts.push(one());
      scan.take(COMMA);
      rights.push(one());
      scan.take(LIST_END);
      return;
    }
    scan.string();
    const [whole, begin, end] = scan.escaped
      ? [scan.said(), 0, scan.said().length]
      : [text, scan.from, scan.to];
    let space = begin;
    while (space < end && whole.charCodeAt(space) !== SPACE) space++;
    if (space === end) throw new Unusual();
    lefts.push(idOf(whole, begin, space));
    rights.push(idOf(whole, space + 1, end));
  });
  if (scan.at !== to) throw new Unusual();
  return { lefts, rights };
}
