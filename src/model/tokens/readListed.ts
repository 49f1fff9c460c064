/**
 * A tokenizer.json without an object of its vocabulary and a list of its merges, which are nearly all of it: Gemma 3's has a
 * quarter of a million ids and half a million pairs of texts, and JSON.parse takes a second for them.
 */
import { COLON, COMMA, JsonScan, LIST, LIST_END, OBJECT, OBJECT_END, SPACE, Unusual } from "./jsonScan.ts";
import { listedModel } from "./listed.ts";
import type { Part } from "./part.ts";
import { TextList } from "./textList.ts";
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
  let texts: TextList | null = null;
  const inModel = (key: string): void => {
    if (key === "vocab")
      once("vocab", () => {
        table = readVocabulary(scan);
      });
    else if (key === "merges")
      once("merges", () => {
        texts = readMerges(scan);
      });
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
  const made =
    ({ from, to }: Span) =>
    (): unknown =>
      JSON.parse(text.slice(from, to));
  return {
    ...json,
    model: listedModel(
      json.model,
      { table, merges: texts },
      { vocab: made(spans.get("vocab")!), ...(merges && { merges: made(merges) }) },
    ),
  };
}

/** An object of ids by text. */
function readVocabulary(scan: JsonScan): TokenTable {
  const texts = new TextList();
  const ids: number[] = [];
  scan.each(OBJECT, OBJECT_END, () => {
    scan.string();
    addSaid(texts, scan);
    scan.take(COLON);
    ids.push(scan.integer());
  });
  const seen = new Uint8Array(Math.min(MOST_IDS, ids.reduce((most, id) => Math.max(most, id), 0) + 1));
  for (const id of ids) {
    if (id >= MOST_IDS || seen[id] === 1) throw new Unusual(); // of two texts with one id the order decides, which is JSON.parse's own
    seen[id] = 1;
  }
  const strings = texts.strings();
  const isWhole = seen.length === ids.length; // from 0 without a gap: put in order, places are ids
  const inOrder = isWhole ? new Array<string>(ids.length) : strings;
  if (isWhole) for (let i = 0; i < ids.length; i++) inOrder[ids[i]!] = strings[i]!;
  const table = new TokenTable(inOrder, isWhole ? null : ids);
  if (table.hasRepeats) throw new Unusual(); // the later one in the file counts
  return table;
}

/** Adds the text last read. */
function addSaid(texts: TextList, scan: JsonScan): void {
  if (scan.escaped) texts.add(scan.said());
  else texts.add(scan.text, scan.from, scan.to);
}

/** Pairs of texts, or texts with a space between the two. */
function readMerges(scan: JsonScan): TextList {
  const texts = new TextList();
  const one = (): void => {
    scan.string();
    addSaid(texts, scan);
  };
  const two = (whole: string, from: number, to: number): void => {
    let space = from;
    while (space < to && whole.charCodeAt(space) !== SPACE) space++;
    if (space === to) throw new Unusual();
    texts.add(whole, from, space);
    texts.add(whole, space + 1, to);
  };
  scan.each(LIST, LIST_END, () => {
    if (scan.next() === LIST) {
      scan.at++;
      one();
      scan.take(COMMA);
      one();
      scan.take(LIST_END);
      return;
    }
    scan.string();
    if (!scan.escaped) return two(scan.text, scan.from, scan.to);
    const said = scan.said();
    two(said, 0, said.length);
  });
  return texts;
}
