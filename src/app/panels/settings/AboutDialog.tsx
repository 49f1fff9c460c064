/** The model and the machine, as measured by the worker; a dash before it has said anything. */
import type { ReactNode } from "react";
import { catalogModel } from "../../../core/catalog.ts";
import { RUN_DEFAULTS } from "../../../core/config.ts";
import { modelName } from "../../../core/models.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { bytes, DASH, integer } from "../../format.ts";
import { useDraftStore } from "../../stores/draftStore.ts";
import { useRunStore } from "../../stores/runStore.ts";
import { openDialog } from "../../stores/viewStore.ts";

export function AboutDialog(): ReactNode {
  const { engine, prepared } = useRunStore();
  const drafted = useDraftStore((s) => s.model);
  const model = engine?.model ?? drafted;
  const known = catalogModel(model);
  const builtIn = model === RUN_DEFAULTS.model;
  const facts: [string, string][] = [
    ["Parameters", integer(engine?.parameters)],
    ["Weights on the GPU", bytes(engine?.modelBytes)],
    [
      "GPU",
      engine
        ? `${engine.gpuAdapter || "not named by the browser"}${engine.isFallbackAdapter ? " (software)" : ""}`
        : DASH,
    ],
    ["GPU features", engine ? engine.features.join(", ") || "none beyond the defaults" : DASH],
    ["Shaders", prepared ? "built, and checked on this GPU" : DASH],
  ];
  return (
    <Dialog
      title={builtIn ? "Pocket, the built-in model" : (known?.name ?? modelName(model))}
      onClose={() => openDialog(null)}
    >
      {builtIn ? (
        <p>
          A Llama made for this lab and trained from scratch on made-up archives, a new world in every sample:
          it learned to read, never to remember. So whatever it knows after a run, it learned in the run.
          Apache-2.0.
        </p>
      ) : (
        <p>
          {known ? `${known.family}, weights in ${known.weights}. Licence: ${known.licence.name}. ` : ""}
          It lies in this browser’s own storage and runs on this machine only.
        </p>
      )}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="after-facts">
        <button type="button" className="link" onClick={() => openDialog("gpu")}>
          Check my GPU
        </button>{" "}
        holds every kernel against a 64-bit reference, and times it.
      </p>
    </Dialog>
  );
}
