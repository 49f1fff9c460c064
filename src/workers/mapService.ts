/** What the map worker does, apart from being a worker: lays passages out by UMAP, and others on the map it has. */
import { LabError } from "../core/errors.ts";
import type { MapRequests } from "../core/messages.ts";
import type { Handlers } from "../core/requests.ts";
import { type UmapMap, umapMap } from "../retrieval/umap.ts";

const EVERY = 100; // ms between two looks at what else was asked

export function openMapService(): Handlers<MapRequests> {
  let map: UmapMap | null = null;
  let newest = 0;
  return {
    async fit({ vectors, dimension, seed }, onProgress) {
      const mine = ++newest;
      map = null;
      let looked = Number.NEGATIVE_INFINITY;
      const fitted = await umapMap(vectors, dimension, seed, async (done, of) => {
        if (done < of && performance.now() - looked < EVERY) return;
        onProgress({ done, of });
        await new Promise((resolve) => setTimeout(resolve, 0));
        looked = performance.now();
        if (mine !== newest) throw new LabError("aborted", "another map was asked for");
      });
      map = fitted;
      return fitted.places;
    },
    place({ vectors }) {
      if (map === null) throw new LabError("not-found", "no map is laid out yet");
      return map.place(vectors);
    },
  };
}
