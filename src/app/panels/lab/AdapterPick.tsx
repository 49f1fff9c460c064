/** Whose adapter answers, and how much of it: the run's, none, or one loaded from a PEFT folder's files. */
import { type ChangeEvent, type ReactNode, useState } from "react";
import type { AdapterUse } from "../../../core/messages.ts";
import { percent } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { showAdapters, useRunStore } from "../../stores/runStore.ts";
import { unzip } from "../../unzip.ts";

const MAX_PERCENT = 200; // twice as strong as it was trained

/** An adapter in words, to follow a question. */
export const sayAdapter = (use: AdapterUse | null): string => {
  if (use === null) return "no adapter";
  const strength = use.scale === 1 ? "" : ` at ${percent(use.scale)}`;
  return `${use.name ?? "this run's adapter"}${strength}`;
};

interface AdapterPickProps {
  trained: boolean; // whether the run has an adapter worth asking
  use: AdapterUse | null;
  onUse(use: AdapterUse | null): void;
}

export function AdapterPick({ trained, use, onUse }: AdapterPickProps): ReactNode {
  const { train } = useLab();
  const loaded = useRunStore((s) => s.adapters);
  const [fault, setFault] = useState<string | null>(null);
  if (train === null) return null;
  const named = use?.name ?? null;

  const attempt = async (work: () => Promise<void>) => {
    setFault(null);
    try {
      await work();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  const load = (given: readonly File[]) =>
    attempt(async () => {
      const [first] = given;
      if (!first) return;
      const zipped = /\.zip$/i.test(first.name);
      const name = zipped ? first.name.replace(/\.zip$/i, "") : freeName(loaded);
      showAdapters(await train.ask("loadAdapter", { name, files: zipped ? await unzip(first) : [...given] }));
      onUse({ name, scale: 1 });
    });
  const remove = (name: string) =>
    attempt(async () => showAdapters(await train.ask("unloadAdapter", { name })));
  const choose = (value: string) => {
    if (value === "none") onUse(null);
    else onUse({ name: value === "run" ? null : value.slice(LOADED.length), scale: use?.scale ?? 1 });
  };

  return (
    <div className="adapter-pick">
      <select
        aria-label="Adapter"
        value={use === null ? "none" : named === null ? "run" : LOADED + named}
        onChange={(e) => choose(e.target.value)}
      >
        <option value="run" disabled={!trained}>
          this run’s adapter
        </option>
        <option value="none">no adapter</option>
        {loaded.map((name) => (
          <option key={name} value={LOADED + name}>
            {name}
          </option>
        ))}
      </select>
      {use !== null && (
        <label className="strength">
          <input
            type="range"
            aria-label="Strength of the adapter"
            aria-valuetext={percent(use.scale)}
            min={0}
            max={MAX_PERCENT}
            step={5}
            value={Math.round(use.scale * 100)}
            onChange={(e) => onUse({ ...use, scale: Number(e.target.value) / 100 })}
          />
          <code>{percent(use.scale)}</code>
        </label>
      )}
      <label className="file">
        load another
        <input
          type="file"
          multiple
          accept=".zip,.json,.safetensors"
          onChange={(e: ChangeEvent<HTMLInputElement>) => {
            void load([...(e.target.files ?? [])]);
            e.target.value = ""; // the same file may be chosen again
          }}
        />
      </label>
      {named !== null && (
        <button type="button" className="link" onClick={() => void remove(named)}>
          remove
        </button>
      )}
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

const LOADED = "loaded:"; // before a name, so that one called "run" is not the run's

/** A name for files that have none of their own. */
function freeName(taken: readonly string[]): string {
  for (let n = 1; ; n++) if (!taken.includes(`adapter ${n}`)) return `adapter ${n}`;
}
