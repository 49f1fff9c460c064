/** A model's numbers, one level down. */
import type { ReactNode } from "react";
import type { CatalogModel } from "../../../core/catalog.ts";
import type { StoredModel } from "../../../core/models.ts";
import { bytes, integer } from "../../format.ts";
import { MEMORY_LENGTHS, trainingMemory } from "../../memory.ts";

export function ModelFacts({
  entry,
  stored,
}: {
  entry: CatalogModel;
  stored: StoredModel | null;
}): ReactNode {
  const { shape, download, original, licence } = entry;
  const checked = stored?.files.filter((file) => file.checked).length ?? 0;
  const facts: [string, ReactNode][] = [
    ["Family", entry.family],
    [
      "Shape",
      `${shape.layers} layers of ${integer(shape.hidden_size)}, ${shape.heads} heads on ${shape.kv_heads} of ${shape.head_dim}, MLP ${integer(shape.intermediate_size)}, vocabulary ${integer(shape.vocab_size)}`,
    ],
    [
      "Memory to learn",
      `${MEMORY_LENGTHS.map((n) => `${integer(n)} tokens: ${bytes(trainingMemory(entry, n))}`).join(" · ")}, at the least`,
    ],
    [
      "Needs",
      entry.features.length > 0 ? `WebGPU with ${entry.features.join(", ")}` : "WebGPU, no special features",
    ],
    [
      "Licence",
      <a key="licence" href={licence.url} target="_blank" rel="noreferrer">
        {licence.name}
      </a>,
    ],
  ];
  if (download) facts.push(["File", `${download.repository}/${download.file}`]);
  if (original)
    facts.push([
      "Original",
      `${original.repository}${original.gated ? ", gated: its owner wants an agreement first" : ""}`,
    ]);
  if (stored?.whole)
    facts.push(["SHA-256", checked > 0 ? "checked as it came" : "not published, not checked"]);
  return (
    <details>
      <summary>
        Details<span className="hidden"> of {entry.name}</span>
      </summary>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
