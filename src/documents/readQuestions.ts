/** A question file of any form the lab reads: its own, GIFT, Aiken, Anki; else a table whose columns somebody has to name. */
import { LabError } from "../core/errors.ts";
import { type ForeignTable, readForeignTable } from "./columns.ts";
import { type CheckedQuestions, checkQuestions } from "./questions.ts";
import { isAiken, readAiken } from "./writers/aiken.ts";
import { readAnki } from "./writers/anki.ts";
import { readGift } from "./writers/gift.ts";

export type ReadQuestions = CheckedQuestions | { table: ForeignTable };

/** @throws LabError bad-data where there is neither a question nor a table in it */
export function readQuestionFile(text: string, fileName: string): ReadQuestions {
  const known = readKnown(text, fileName);
  if (known !== null) {
    if (known.questions.length > 0) return known;
    throw new LabError("bad-data", [`${fileName} has no questions`, ...known.faults.slice(0, 5)].join(": "));
  }
  try {
    return checkQuestions(text, fileName);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const table = tableOf(text, fileName);
    if (table === null) throw error;
    return { table };
  }
}

function readKnown(text: string, fileName: string): CheckedQuestions | null {
  if (/^\uFEFF?#(?:separator|html|notetype|deck|columns|tags):?/i.test(text)) return readAnki(text, fileName);
  if (/\.gift$/i.test(fileName)) return readGift(text, fileName);
  if (!/\.txt$/i.test(fileName)) return null;
  if (isAiken(text)) return readAiken(text, fileName);
  return /(?<!\\)\{[^}]*[=~][^}]*\}/s.test(text) ? readGift(text, fileName) : null;
}

/** A table with two columns and a row at least. */
function tableOf(text: string, fileName: string): ForeignTable | null {
  try {
    const table = readForeignTable(text, fileName);
    return table.columns.length >= 2 && table.rows.length > 0 ? table : null;
  } catch (error) {
    if (error instanceof LabError) return null;
    throw error;
  }
}
