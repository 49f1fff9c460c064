/** DOCX → blocks: mammoth makes HTML of it, in which headings, lists and tables keep what they are. */
import { LabError } from "../../core/errors.ts";
import type { ReadDocument } from "../blocks.ts";
import { markupBlocks } from "./html.ts";

/** @throws LabError bad-data naming the file that is damaged */
export async function readDocx(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<ReadDocument> {
  const { default: mammoth } = await import("mammoth");
  const { value, messages } = await mammoth
    .convertToHtml(source(bytes), { convertImage: mammoth.images.imgElement(async () => ({ src: "" })) })
    .catch((cause: unknown) => {
      throw new LabError("bad-data", `${name} is damaged: its text cannot be found; save it again`, {
        cause,
      });
    });
  const doubts = messages.some(({ type }) => type === "error") ? ["Parts of it could not be read."] : [];
  return { title: null, blocks: await markupBlocks(value), pages: null, encoding: null, doubts };
}

/** mammoth takes a Buffer in Node and an ArrayBuffer in a browser. */
const source = (bytes: Uint8Array<ArrayBuffer>): { arrayBuffer: ArrayBuffer } => {
  const { buffer } = bytes.slice();
  return "Buffer" in globalThis
    ? ({ arrayBuffer: buffer, buffer: Buffer.from(buffer) } as never)
    : { arrayBuffer: buffer };
};
