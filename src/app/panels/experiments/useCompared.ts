import { useEffect, useState } from "react";
import { useLab } from "../../lab.ts";
import { useCompareStore } from "../../stores/compareStore.ts";
import type { StoredRun } from "../../stores/runStore.ts";

/** The chosen runs with their rows, read anew whenever `changed` is another. Those that are gone are left out. */
export function useCompared(changed: unknown, onFault: (message: string) => void): readonly StoredRun[] {
  const lab = useLab();
  const chosen = useCompareStore((s) => s.chosen);
  const [compared, setCompared] = useState<readonly StoredRun[]>([]);
  useEffect(() => {
    void changed;
    let over = false;
    Promise.all(chosen.map((id) => lab.runs.load(id))).then(
      (found) => over || setCompared(found.filter((stored) => stored !== null)),
      (error: unknown) => over || onFault(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      over = true;
    };
  }, [lab, chosen, changed, onFault]);
  return compared;
}
