import { useEffect, useMemo, useState } from "react";
import type { Places } from "../../../core/pca.ts";
import type { PassageVectors } from "../../corpora.ts";
import { useLab } from "../../lab.ts";

const SEED = 0; // the same picture every time

export interface Umap {
  placed: { places: Places; others: Places } | null; // of the passages and of the vectors; null until they are laid out
  done: number; // share of the work
  fault: string | null;
}

/** The passages and others laid out by UMAP, in its worker; nothing is asked for where `passages` is null. */
export function useUmap(passages: PassageVectors | null, vectors: Float32Array | null): Umap {
  const { maps } = useLab();
  const [places, setPlaces] = useState<Places | null>(null);
  const [others, setOthers] = useState<Places | null>(null);
  const [done, setDone] = useState(0);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    setPlaces(null);
    setOthers(null);
    setDone(0);
    setFault(null);
    if (passages === null) return;
    let over = false;
    const { vectors, dimension } = passages;
    maps
      .ask(
        "fit",
        { vectors, dimension, seed: SEED },
        { onProgress: ({ done, of }) => over || setDone(done / of) },
      )
      .then(
        (found) => over || setPlaces(found),
        (error: unknown) => over || setFault(error instanceof Error ? error.message : String(error)),
      );
    return () => {
      over = true;
    };
  }, [maps, passages]);
  useEffect(() => {
    if (places === null || vectors === null) return;
    let over = false;
    maps.ask("place", { vectors }).then(
      (found) => over || setOthers(found),
      (error: unknown) => over || setFault(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      over = true;
    };
  }, [maps, places, vectors]);
  const placed = useMemo(() => places && others && { places, others }, [places, others]);
  return { placed, done, fault };
}
