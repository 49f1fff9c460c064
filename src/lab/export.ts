/** `export`: an adapter in the form that another program takes. No GPU is needed. */
import { dirname, join, resolve } from "node:path";
import { LabError } from "../core/errors.ts";
import { loraGguf } from "../model/loraGguf.ts";
import { mergedModel } from "../model/mergedModel.ts";
import { openModelFiles, ownName } from "../model/modelFiles.ts";
import { peftFiles, readPeft } from "../model/peft.ts";
import { fromFolder, writeWhole } from "./files.ts";

export interface ExportOptions {
  model: string; // folder, or GGUF file
  adapter: string; // folder in PEFT's format
  format: string; // peft, gguf or merged
  out: string; // a folder; for gguf a file
}

/** @throws LabError bad-config for an unknown format or a merge into the model's own folder; bad-model, not-found, not-finite */
export async function exportCommand({ model, adapter, format, out }: ExportOptions): Promise<void> {
  const source = fromFolder(model);
  const base = await openModelFiles(source);
  const weights = await readPeft(fromFolder(adapter), base.config);
  const baseModel = weights.baseModel ?? ownName(base);
  if (weights.beyond.length > 0 && format !== "gguf")
    throw new LabError(
      "bad-model",
      `the adapter changes more than the language model (${weights.beyond[0]}), which this export would leave out; use PEFT for it`,
    );
  switch (format) {
    case "peft":
      for (const { name, bytes } of peftFiles(weights, baseModel)) await writeWhole(join(out, name), bytes);
      return;
    case "gguf":
      return writeWhole(out, loraGguf(base.config, weights, baseModel));
    case "merged": {
      const home = base.gguf === null ? model : dirname(model);
      if (resolve(out) === resolve(home))
        throw new LabError("bad-config", `--out ${out} is the model's own folder; choose another`);
      for (const { name, pieces } of await mergedModel(source, base, weights))
        await writeWhole(join(out, name), pieces());
      return;
    }
    default:
      throw new LabError("bad-config", `--format is "${format}"; there are peft, gguf and merged`);
  }
}
