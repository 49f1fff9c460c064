/** Jinja's filters and tests, as far as chat templates use them. */
import { type Arguments, bind } from "./arguments.ts";
import { capitalize, pairs, replace, strip } from "./methods.ts";
import {
  Callable,
  compare,
  equal,
  Float,
  isDict,
  isNumber,
  items,
  type Kwargs,
  lengthOf,
  Namespace,
  numberOf,
  repr,
  text,
  truthy,
  typeName,
  Undefined,
  type Value,
} from "./values.ts";

/** Reads `value.name` and `value[name]` as a template does. */
export type Reader = (value: Value, name: Value) => Value;

interface Filter {
  names: readonly string[];
  apply(value: Value, given: Arguments, read: Reader): Value;
}

const filter = (names: readonly string[], apply: Filter["apply"]): Filter => ({ names, apply });
const plain = (apply: (value: Value) => Value): Filter => filter([], apply);

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ["abs", plain((v) => (v instanceof Float ? new Float(Math.abs(v.value)) : Math.abs(numeric("abs", v))))],
  ["capitalize", plain((v) => capitalize(text(v)))],
  ["count", plain(lengthOf)],
  ["length", plain(lengthOf)],
  ["default", filter(["default_value", "boolean"], fallback)],
  ["d", filter(["default_value", "boolean"], fallback)],
  [
    "dictsort",
    filter(["case_sensitive", "by", "reverse"], (v, given) => {
      if (!isDict(v)) throw new Error(`dictsort takes a dict, not a ${typeName(v)}`);
      const by = given.text("by", "key") === "value" ? 1 : 0;
      const key = (pair: Value): Value => (pair as Value[])[by]!;
      return sorted(
        pairs(v),
        key,
        truthy(given.value("case_sensitive", false)),
        truthy(given.value("reverse", false)),
      );
    }),
  ],
  ["first", plain((v) => items(v)[0] ?? nothing(v, "first"))],
  ["last", plain((v) => items(v).at(-1) ?? nothing(v, "last"))],
  ["float", filter(["default"], (v, given) => toFloat(v) ?? given.value("default", new Float(0)))],
  [
    "indent",
    filter(["width", "first", "blank"], (v, given) => {
      const width = given.value("width", 4);
      const before = typeof width === "string" ? width : " ".repeat(given.whole("width", 4) ?? 4);
      const [first, blank] = [truthy(given.value("first", false)), truthy(given.value("blank", false))];
      const lines = text(v).split("\n");
      return lines
        .map((line, i) => ((i === 0 ? first : blank || line !== "") ? before + line : line))
        .join("\n");
    }),
  ],
  ["int", filter(["default", "base"], (v, given) => toInt(v, given) ?? given.value("default", 0))],
  [
    "items",
    plain((v) => {
      if (v instanceof Undefined) return [];
      if (!isDict(v)) throw new Error(`items takes a dict, not a ${typeName(v)}`);
      return pairs(v);
    }),
  ],
  [
    "join",
    filter(["d", "attribute"], (v, given, read) => {
      const attribute = given.value("attribute", null);
      return items(v)
        .map((item) => text(attribute === null ? item : path(item, attribute, read)))
        .join(text(given.value("d", "")));
    }),
  ],
  ["list", plain((v) => [...items(v)])],
  ["lower", plain((v) => text(v).toLowerCase())],
  ["max", plain((v) => sorted(items(v), (x) => x, false, true)[0] ?? nothing(v, "max"))],
  ["min", plain((v) => sorted(items(v), (x) => x, false, false)[0] ?? nothing(v, "min"))],
  [
    "replace",
    filter(["old", "new", "count"], (v, given) =>
      replace(text(v), given.text("old"), given.text("new"), given.whole("count", null) ?? -1),
    ),
  ],
  ["reverse", plain((v) => (typeof v === "string" ? [...v].reverse().join("") : [...items(v)].reverse()))],
  ["safe", plain((v) => v)],
  [
    "sort",
    filter(["reverse", "case_sensitive", "attribute"], (v, given, read) => {
      const attribute = given.value("attribute", null);
      const key = (item: Value): Value => (attribute === null ? item : path(item, attribute, read));
      return sorted(
        items(v),
        key,
        truthy(given.value("case_sensitive", false)),
        truthy(given.value("reverse", false)),
      );
    }),
  ],
  ["string", plain(text)],
  [
    "sum",
    filter(["attribute", "start"], (v, given, read) => {
      const attribute = given.value("attribute", null);
      const terms = items(v).map((item) => (attribute === null ? item : path(item, attribute, read)));
      const total = [given.value("start", 0), ...terms].reduce<number>(
        (sum, x) => sum + numeric("sum", x),
        0,
      );
      return terms.some((x) => x instanceof Float) ? new Float(total) : total;
    }),
  ],
  ["title", plain((v) => headline(text(v)))],
  [
    "round",
    filter(["precision", "method"], (v, given) => {
      if (given.text("method", "common") !== "common")
        throw new Error('round knows the method "common" here');
      const value = rounded(numeric("round", v), given.whole("precision", 0) ?? 0);
      return v instanceof Float ? new Float(value) : value;
    }),
  ],
  ["tojson", filter(["ensure_ascii", "indent", "separators", "sort_keys"], toJson)],
  ["trim", filter(["chars"], (v, given) => strip(text(v), given.value("chars", null), "both"))],
  [
    "unique",
    filter(["case_sensitive", "attribute"], (v, given, read) => {
      const attribute = given.value("attribute", null);
      const exact = truthy(given.value("case_sensitive", false));
      const seen: Value[] = [];
      return items(v).filter((item) => {
        const key = folded(attribute === null ? item : path(item, attribute, read), exact);
        if (seen.some((other) => equal(other, key))) return false;
        seen.push(key);
        return true;
      });
    }),
  ],
  ["upper", plain((v) => text(v).toUpperCase())],
  ["wordcount", plain((v) => (text(v).match(/[\p{L}\p{N}_]+/gu) ?? []).length)],
]);

/** Jinja's title filter, which goes by spaces and brackets where Python's method goes by letters. */
const headline = (s: string): string => s.replace(/[^-\s({[<]+/gu, capitalize);

/** Python's round(): halves to the even neighbour. */
function rounded(value: number, digits: number): number {
  if (digits > 0) return Number(value.toFixed(digits));
  const scale = 10 ** -digits;
  const [low, rest] = [Math.floor(value / scale), value / scale - Math.floor(value / scale)];
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return (low + Number(up)) * scale;
}

/** Filters that choose or change items by another filter or test, named in their arguments. */
const OVER_ITEMS = ["map", "select", "reject", "selectattr", "rejectattr"];

/** @throws Error for a filter this version does not know, or an argument it does not take */
export function applyFilter(name: string, value: Value, args: Value[], kwargs: Kwargs, read: Reader): Value {
  const [test, negate] = testName(name);
  if (test !== null) return testHolds(test, value, args) !== negate;
  if (OVER_ITEMS.includes(name)) return overItems(name, items(value), args, kwargs, read);
  const known = FILTERS.get(name);
  if (known === undefined) throw new Error(`this version's chat templates do not know the filter "${name}"`);
  return known.apply(value, bind(name, known.names, args, kwargs), read);
}

/** A test with arguments comes as a filter of the name "is x" or "is not x" (template.ts). */
function testName(name: string): [string | null, boolean] {
  if (name.startsWith("is not ")) return [name.slice(7), true];
  return name.startsWith("is ") ? [name.slice(3), false] : [null, false];
}

function overItems(name: string, list: Value[], args: Value[], kwargs: Kwargs, read: Reader): Value {
  if (name === "map") {
    const attribute = kwargs.get("attribute");
    if (attribute !== undefined) {
      const missing = kwargs.get("default");
      return list.map((item) => {
        const found = path(item, attribute, read);
        return found instanceof Undefined ? (missing ?? found) : found;
      });
    }
    const [by, ...rest] = args;
    return list.map((item) => applyFilter(text(by ?? null), item, rest, kwargs, read));
  }
  const [attribute, rest] = name.endsWith("attr") ? [args[0] ?? null, args.slice(1)] : [null, args];
  const [test, ...operands] = rest;
  const wanted = name.startsWith("select");
  return list.filter((item) => {
    const value = attribute === null ? item : path(item, attribute, read);
    return (test === undefined ? truthy(value) : testHolds(text(test), value, operands)) === wanted;
  });
}

/** Jinja's `attribute`: names with points between. */
function path(item: Value, attribute: Value, read: Reader): Value {
  if (typeof attribute === "number") return read(item, attribute);
  return text(attribute)
    .split(".")
    .reduce((value: Value, part) => read(value, /^\d+$/.test(part) ? Number(part) : part), item);
}

function fallback(value: Value, given: Arguments): Value {
  const wanted = value instanceof Undefined || (truthy(given.value("boolean", false)) && !truthy(value));
  return wanted ? given.value("default_value", "") : value;
}

const nothing = (value: Value, what: string): Value =>
  new Undefined(`the ${what} item of an empty ${typeName(value)}`);

function numeric(what: string, value: Value): number {
  if (isNumber(value)) return numberOf(value);
  throw new Error(`${what} takes numbers, not a ${typeName(value)}`);
}

const folded = (value: Value, exact: boolean): Value =>
  typeof value === "string" && !exact ? value.toLowerCase() : value;

function sorted(list: Value[], key: (item: Value) => Value, exact: boolean, reverse: boolean): Value[] {
  const sign = reverse ? -1 : 1;
  return [...list].sort((a, b) => sign * compare(folded(key(a), exact), folded(key(b), exact)));
}

function toFloat(value: Value): Float | null {
  if (isNumber(value)) return new Float(numberOf(value));
  if (typeof value !== "string" || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)) return null;
  return new Float(Number(value));
}

function toInt(value: Value, given: Arguments): number | null {
  if (given.whole("base", 10) !== 10) throw new Error(`int has no argument "base" here`);
  if (typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value)) return Number(value);
  const float = toFloat(value);
  return float === null ? null : Math.trunc(float.value) + 0;
}

/** json.dumps with the arguments that Transformers offers. */
function toJson(value: Value, given: Arguments): Value {
  const indent = given.whole("indent", null);
  const parts = given.value("separators", null);
  const [between, colon] = Array.isArray(parts) ? parts.map(text) : [indent === null ? ", " : ",", ": "];
  const ascii = truthy(given.value("ensure_ascii", false));
  const sort = truthy(given.value("sort_keys", false));
  const string = (s: string): string => {
    const json = JSON.stringify(s)
      .replaceAll("\u007f", "\\u007f")
      .replace("\\u007f", ascii ? "\\u007f" : "\u007f");
    return ascii
      ? json.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
      : json;
  };
  const wrap = (open: string, inner: string[], close: string, depth: number): string => {
    if (inner.length === 0) return open + close;
    const line = (n: number): string => (indent === null ? "" : `\n${" ".repeat(indent * n)}`);
    return open + line(depth + 1) + inner.join(`${between}${line(depth + 1)}`) + line(depth) + close;
  };
  const write = (x: Value, depth: number): string => {
    if (x === null || typeof x === "boolean" || typeof x === "number") return String(x);
    if (x instanceof Float) return repr(x);
    if (typeof x === "string") return string(x);
    if (Array.isArray(x))
      return wrap(
        "[",
        x.map((item) => write(item, depth + 1)),
        "]",
        depth,
      );
    if (!isDict(x)) throw new Error(`a ${typeName(x)} cannot be written as JSON`);
    const entries = sort ? [...x].sort(([a], [b]) => compare(a, b)) : [...x];
    const key = (k: Value): string => (typeof k === "string" ? string(k) : `"${write(k, 0)}"`);
    return wrap(
      "{",
      entries.map(([k, item]) => `${key(k)}${colon}${write(item, depth + 1)}`),
      "}",
      depth,
    );
  };
  return write(value, 0);
}

type Test = (value: Value, ...operands: Value[]) => boolean;
const same: Test = (a, b) => equal(a, b!);
const order =
  (holds: (sign: number) => boolean): Test =>
  (a, b) =>
    holds(compare(a, b!));
const integer: Test = (v) => typeof v === "number";
const upper: Test = (v) => text(v) === text(v).toUpperCase() && text(v) !== text(v).toLowerCase();
const lower: Test = (v) => text(v) === text(v).toLowerCase() && text(v) !== text(v).toUpperCase();

const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ["boolean", (v) => typeof v === "boolean"],
  ["callable", (v) => v instanceof Callable],
  ["defined", (v) => !(v instanceof Undefined)],
  ["undefined", (v) => v instanceof Undefined],
  ["divisibleby", (v, by) => numeric("divisibleby", v) % numeric("divisibleby", by!) === 0],
  ["even", (v) => numeric("even", v) % 2 === 0],
  ["odd", (v) => Math.abs(numeric("odd", v) % 2) === 1],
  ["false", (v) => v === false],
  ["true", (v) => v === true],
  ["none", (v) => v === null],
  ["string", (v) => typeof v === "string"],
  ["number", isNumber],
  ["integer", integer],
  ["float", (v) => v instanceof Float],
  ["iterable", (v) => isDict(v) || Array.isArray(v) || typeof v === "string" || v instanceof Undefined],
  ["mapping", isDict],
  ["sequence", (v) => isDict(v) || Array.isArray(v) || typeof v === "string" || v instanceof Undefined],
  ["lower", lower],
  ["upper", upper],
  ["in", (v, container) => contains(container!, v)],
  ["sameas", (a, b) => a === b],
  ["eq", same],
  ["equalto", same],
  ["==", same],
  ["ne", (a, b) => !equal(a, b!)],
  ["!=", (a, b) => !equal(a, b!)],
  ...(["lt", "lessthan", "<"] as const).map((name) => [name, order((sign) => sign < 0)] as const),
  ...(["gt", "greaterthan", ">"] as const).map((name) => [name, order((sign) => sign > 0)] as const),
  ...(["le", "<="] as const).map((name) => [name, order((sign) => sign <= 0)] as const),
  ...(["ge", ">="] as const).map((name) => [name, order((sign) => sign >= 0)] as const),
]);

const OPERANDS = new Set([
  "divisibleby",
  "in",
  "sameas",
  "eq",
  "equalto",
  "==",
  "ne",
  "!=",
  "lt",
  "lessthan",
  "<",
  "gt",
  "greaterthan",
  ">",
  "le",
  "<=",
  "ge",
  ">=",
]);

/** @throws Error for a test this version does not know */
export function testHolds(name: string, value: Value, operands: Value[]): boolean {
  const test = TESTS.get(name);
  if (test === undefined) throw new Error(`this version's chat templates do not know the test "${name}"`);
  const wanted = OPERANDS.has(name) ? 1 : 0;
  if (operands.length !== wanted)
    throw new Error(`the test "${name}" takes ${wanted} arguments, not ${operands.length}`);
  return test(value, ...operands);
}

/** Python's `in`. */
export function contains(container: Value, value: Value): boolean {
  if (typeof container === "string") {
    if (typeof value !== "string") throw new Error(`a ${typeName(value)} is never in a text`);
    return container.includes(value);
  }
  if (isDict(container)) return container.has(value);
  if (container instanceof Namespace) throw new Error("a namespace cannot be searched");
  return items(container).some((item) => equal(item, value));
}
