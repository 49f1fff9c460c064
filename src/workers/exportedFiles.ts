/** An adapter in the form that another program takes, as files the page can offer. */
import type { FileSource } from "../core/files.ts";
import type { AdapterFormat, ExportedFile } from "../core/messages.ts";
import { loraGguf } from "../model/loraGguf.ts";
import { mergedModel, type PiecedFile } from "../model/mergedModel.ts";
import { openModelFiles } from "../model/modelFiles.ts";
import { type LoraWeights, peftFiles } from "../model/peft.ts";

/** @throws LabError bad-model, not-found, not-finite */
export async function exportedFiles(
  format: AdapterFormat,
  { source }: { source: FileSource },
  weights: LoraWeights,
  baseModel: string,
): Promise<ExportedFile[]> {
  switch (format) {
    case "peft":
      return peftFiles(weights, baseModel).map(({ name, bytes }) => ({ name, content: new Blob([bytes]) }));
    case "gguf": {
      const { config } = await openModelFiles(source);
      return [{ name: "adapter.gguf", content: new Blob([loraGguf(config, weights, baseModel)]) }];
    }
    case "merged": {
      const files = await mergedModel(source, await openModelFiles(source), weights);
      return Promise.all(files.map(gathered));
    }
    default:
      return format satisfies never;
  }
}

/** A blob of blobs: the browser may keep the pieces on disk. */
async function gathered({ name, pieces }: PiecedFile): Promise<ExportedFile> {
  const parts: Blob[] = [];
  for await (const piece of pieces()) parts.push(new Blob([piece]));
  return { name, content: new Blob(parts) };
}
