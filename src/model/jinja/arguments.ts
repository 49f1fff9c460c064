/** The arguments of a call, by place or by name, as Python binds them. */
import { type Kwargs, typeName, Undefined, type Value } from "./values.ts";

export interface Arguments {
  /** The argument called `name`, or `fallback` where it is not given. */
  value(name: string, fallback?: Value): Value;
  text(name: string, fallback?: string): string;
  /** A whole number, null for None. */
  whole(name: string, fallback?: number | null): number | null;
}

/**
 * @param what the method or filter, for messages
 * @param names of its parameters in order
 * @throws Error for an argument it does not have
 */
export function bind(what: string, names: readonly string[], args: Value[], kwargs: Kwargs): Arguments {
  if (args.length > names.length)
    throw new Error(`${what} takes ${names.length} arguments here, not ${args.length}`);
  const given = new Map<string, Value>(args.map((value, i) => [names[i]!, value]));
  for (const [name, value] of kwargs) {
    if (!names.includes(name)) throw new Error(`${what} has no argument "${name}" here`);
    given.set(name, value);
  }
  const value = (name: string, fallback?: Value): Value => {
    const found = given.get(name) ?? (given.has(name) ? null : fallback);
    if (found === undefined) throw new Error(`${what} needs its argument "${name}"`);
    if (found instanceof Undefined) throw new Error(`${found.what} is undefined`);
    return found;
  };
  return {
    value,
    text(name, fallback) {
      const found = value(name, fallback);
      if (typeof found !== "string") throw new Error(`${what}: "${name}" is a ${typeName(found)}, not text`);
      return found;
    },
    whole(name, fallback) {
      const found = value(name, fallback);
      if (found === null || (typeof found === "number" && Number.isInteger(found))) return found;
      throw new Error(`${what}: "${name}" is a ${typeName(found)}, not a whole number`);
    },
  };
}
