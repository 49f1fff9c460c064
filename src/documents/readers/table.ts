/** A table that holds no questions → blocks: every row a sentence that names its columns. */
import { type Block, block, rowSentence } from "../blocks.ts";
import { readTable } from "../csv.ts";

/** @returns the rows, and as doubts those that could not be read */
export function tableBlocks(text: string, name: string): { blocks: Block[]; doubts: string[] } {
  const { header, rows, faults } = readTable(text, name);
  const blocks = rows.flatMap(({ cells }) => {
    const sentence = rowSentence(
      header,
      cells.map((cell) => cell.replace(/\s+/g, " ").trim()),
    );
    return sentence === "" ? [] : [block("row", sentence)];
  });
  return { blocks, doubts: faults.map((fault) => `${fault}.`) };
}
