/** Visits for tests of objectives: what is not given may not be asked for. */
import type { Visit } from "../../src/train/objectives/objective.ts";

/** A visit with these parts; any other throws. */
export const visitOf = (given: Partial<Visit>): Visit =>
  new Proxy(given as Visit, {
    get: (parts, name) => {
      if (Object.hasOwn(parts, name)) return Reflect.get(parts, name) as unknown;
      throw new Error(`a visit was asked for ${String(name)}, which it does not have`);
    },
  });
