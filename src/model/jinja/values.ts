/**
 * What a chat template works with: Python's values. None is null, an int is a number, a dict is a Map in its order; a float,
 * a tuple and what is undefined have classes of their own, because Python prints and compares them in their own way.
 */

export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  | ReadonlyMap<Value, Value>
  | Float
  | Namespace
  | Undefined
  | Callable;

/** A Python float: prints with its point. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class Tuple extends Array<Value> {}
export const tuple = (values: Iterable<Value>): Tuple => Tuple.from(values) as Tuple;

/** What `namespace()` makes, and `loop`: attributes that a template may read, a namespace's it may set. */
export class Namespace {
  readonly fields: Map<string, Value>;
  constructor(fields: Iterable<readonly [string, Value]>) {
    this.fields = new Map(fields);
  }
}

/** A name without a value: empty in text, false in a test, an error in anything else. */
export class Undefined {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

export type Kwargs = ReadonlyMap<string, Value>;
export class Callable {
  readonly call: (args: Value[], kwargs: Kwargs) => Value;
  constructor(call: (args: Value[], kwargs: Kwargs) => Value) {
    this.call = call;
  }
}

export const isNumber = (value: Value): value is number | Float | boolean =>
  typeof value === "number" || typeof value === "boolean" || value instanceof Float;
export const numberOf = (value: number | Float | boolean): number =>
  value instanceof Float ? value.value : Number(value);
export const isDict = (value: Value): value is ReadonlyMap<Value, Value> => value instanceof Map;

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return "None";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "int";
  if (value instanceof Float) return "float";
  if (value instanceof Tuple) return "tuple";
  if (Array.isArray(value)) return "list";
  if (value instanceof Undefined) return "undefined";
  if (value instanceof Namespace) return "namespace";
  return value instanceof Callable ? "function" : "dict";
}

export function truthy(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (isNumber(value)) return numberOf(value) !== 0;
  if (typeof value === "string" || Array.isArray(value)) return value.length > 0;
  return isDict(value) ? value.size > 0 : true;
}

/** Python's ==. */
export function equal(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return numberOf(a) === numberOf(b);
  if (a instanceof Undefined && b instanceof Undefined) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return (
      a instanceof Tuple === b instanceof Tuple && a.length === b.length && a.every((x, i) => equal(x, b[i]!))
    );
  if (isDict(a) && isDict(b))
    return a.size === b.size && [...a].every(([key, x]) => b.has(key) && equal(x, b.get(key)!));
  return a === b;
}

/** Python's < for numbers, texts and lists; @throws Error for what has no order */
export function compare(a: Value, b: Value): number {
  if (isNumber(a) && isNumber(b)) return Math.sign(numberOf(a) - numberOf(b));
  if (typeof a === "string" && typeof b === "string") {
    const [x, y] = [[...a], [...b]];
    const at = x.findIndex((character, i) => character !== y[i]);
    if (at < 0 || at >= y.length) return Math.sign(x.length - y.length);
    return x[at]!.codePointAt(0)! - y[at]!.codePointAt(0)!;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    const at = a.findIndex((x, i) => i >= b.length || !equal(x, b[i]!));
    return at < 0 || at >= b.length ? a.length - b.length : compare(a[at]!, b[at]!);
  }
  throw new Error(`"${typeName(a)}" and "${typeName(b)}" have no order`);
}

/** Python's str(): what `{{ value }}` writes. */
export function text(value: Value): string {
  if (typeof value === "string") return value;
  return value instanceof Undefined ? "" : repr(value);
}

/** Python's repr(). @throws Error for what has none that is the same everywhere */
export function repr(value: Value): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (value instanceof Float) return floatText(value.value);
  if (typeof value === "string") return quoted(value);
  if (value instanceof Tuple) return `(${value.map(repr).join(", ")}${value.length === 1 ? "," : ""})`;
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (isDict(value)) return `{${[...value].map(([key, x]) => `${repr(key)}: ${repr(x)}`).join(", ")}}`;
  throw new Error(`a ${typeName(value)} cannot be written as text`);
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, power] = value.toExponential().split("e") as [string, string];
    return `${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function quoted(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const named: Record<string, string> = {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\\": "\\\\",
    [quote]: `\\${quote}`,
  };
  const body = Array.from(value, (character) => {
    if (Object.hasOwn(named, character)) return named[character];
    if (character === " " || !/[\p{C}\p{Z}]/u.test(character)) return character;
    const code = character.codePointAt(0)!.toString(16);
    return code.length <= 2
      ? `\\x${code.padStart(2, "0")}`
      : code.length <= 4
        ? `\\u${code.padStart(4, "0")}`
        : `\\U${code.padStart(8, "0")}`;
  });
  return quote + body.join("") + quote;
}

/** What `for` goes through. @throws Error for what cannot be gone through */
export function items(value: Value): Value[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return [...value];
  if (isDict(value)) return [...value.keys()];
  if (value instanceof Undefined) return [];
  throw new Error(`a ${typeName(value)} cannot be gone through`);
}

/** @throws Error for what has no length */
export function lengthOf(value: Value): number {
  if (isDict(value)) return value.size;
  if (Array.isArray(value) || typeof value === "string" || value instanceof Undefined)
    return items(value).length;
  throw new Error(`a ${typeName(value)} has no length`);
}

/** JSON to a value. */
export function fromJson(json: unknown): Value {
  if (json === undefined || json === null) return null;
  if (typeof json === "number") return Number.isInteger(json) ? json : new Float(json);
  if (typeof json === "string" || typeof json === "boolean") return json;
  if (Array.isArray(json)) return json.map(fromJson);
  return new Map(Object.entries(json).map(([key, value]) => [key, fromJson(value)]));
}
