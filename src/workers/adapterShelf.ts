/** Adapters that a person has loaded, to be asked beside the run's own. They go onto a model when one of them is first asked. */
import { LabError } from "../core/errors.ts";
import type { FileSource } from "../core/files.ts";
import type { AdapterUse } from "../core/messages.ts";
import type { CausalLm } from "../model/causalLm.ts";
import type { ModelConfig } from "../model/modelConfig.ts";
import { type LoraWeights, readPeft } from "../model/peft.ts";
import type { Inference } from "../model/policy.ts";

interface Shelved {
  weights: LoraWeights;
  model: string; // what it was read for, as JSON
}

export class AdapterShelf {
  readonly #adapters = new Map<string, Shelved>();

  get names(): string[] {
    return [...this.#adapters.keys()];
  }

  /** Takes a PEFT folder's adapter. @throws LabError bad-model, and for a name that is taken bad-config */
  async put(name: string, source: FileSource, model: ModelConfig): Promise<void> {
    if (this.#adapters.has(name))
      throw new LabError(
        "bad-config",
        `an adapter "${name}" is loaded already: remove it first, or rename the file`,
      );
    const weights = await readPeft(source, model);
    this.#adapters.set(name, { weights, model: JSON.stringify(model) });
  }

  /** Forgets an adapter, and takes it off the model. */
  remove(name: string, lm: CausalLm): void {
    this.#adapters.delete(name);
    lm.unload(name);
  }

  /** The model as it answers with an adapter. @throws LabError not-found, bad-model when it was made for another model */
  using(lm: CausalLm, { name, scale }: AdapterUse): Inference {
    const shelved = name === null ? null : this.#adapters.get(name);
    if (name !== null && shelved && !lm.loaded.includes(name)) {
      if (shelved.model !== JSON.stringify(lm.config))
        throw new LabError("bad-model", `the adapter "${name}" was loaded for another model: load it again`);
      lm.load(name, shelved.weights);
    }
    return lm.using(name, scale);
  }
}
