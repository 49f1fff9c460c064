/** The methods of Python's str, dict, list and tuple that templates call; any other is undefined, and a call of it refused. */
import { bind } from "./arguments.ts";
import { Callable, equal, isDict, type Kwargs, Tuple, text, tuple, typeName, type Value } from "./values.ts";

/** Python's white space, which strip() takes: not U+FEFF, but the four separators. */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${SPACE}]+`, "gu");
const SPACE_AT_START = new RegExp(`^[${SPACE}]+`, "u");
const SPACE_AT_END = new RegExp(`[${SPACE}]+$`, "u");

/** Of `strip`, `lstrip`, `rstrip`, and the filter `trim`: all characters of `chars` from the ends, white space by default. */
export function strip(s: string, chars: Value, ends: "both" | "left" | "right"): string {
  if (chars === null) {
    const left = ends === "right" ? s : s.replace(SPACE_AT_START, "");
    return ends === "left" ? left : left.replace(SPACE_AT_END, "");
  }
  if (typeof chars !== "string") throw new Error(`strip takes text, not a ${typeName(chars)}`);
  const set = new Set(chars);
  const characters = [...s];
  let from = 0;
  let to = characters.length;
  if (ends !== "right") while (from < to && set.has(characters[from]!)) from++;
  if (ends !== "left") while (to > from && set.has(characters[to - 1]!)) to--;
  return characters.slice(from, to).join("");
}

export function split(s: string, separator: Value, maxsplit: number): string[] {
  if (separator !== null) {
    if (typeof separator !== "string" || separator === "")
      throw new Error("split needs a separator that is text");
    const parts = s.split(separator);
    return maxsplit < 0 || parts.length <= maxsplit + 1
      ? parts
      : [...parts.slice(0, maxsplit), parts.slice(maxsplit).join(separator)];
  }
  const parts: string[] = [];
  let rest = strip(s, null, "left");
  while (rest !== "") {
    const cut = rest.search(SPACES);
    if (cut < 0 || parts.length === maxsplit) {
      parts.push(rest); // with a limit, what is left keeps its trailing space
      break;
    }
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut).replace(SPACE_AT_START, "");
  }
  return parts;
}

function rsplit(s: string, separator: Value, maxsplit: number): string[] {
  if (maxsplit < 0) return split(s, separator, -1);
  if (typeof separator !== "string" || separator === "")
    throw new Error("rsplit needs a separator that is text here");
  const parts = s.split(separator);
  const kept = Math.max(0, parts.length - maxsplit - 1);
  return kept === 0 ? parts : [parts.slice(0, kept + 1).join(separator), ...parts.slice(kept + 1)];
}

export function replace(s: string, before: string, after: string, count: number): string {
  if (before === "") {
    const characters = [...s];
    const places = count < 0 ? characters.length + 1 : Math.min(count, characters.length + 1);
    return (
      characters.map((c, i) => (i < places ? after + c : c)).join("") +
      (places > characters.length ? after : "")
    );
  }
  const parts = s.split(before);
  const times = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1);
  return parts.reduce((joined, part, i) => joined + (i <= times ? after : before) + part);
}

/** Python's title(): a letter after anything but a letter is large, every other small. */
export const title = (s: string): string => s.replace(/\p{L}+/gu, (word) => capitalize(word));

export const capitalize = (s: string): string => {
  const [first = "", ...rest] = s;
  return first.toUpperCase() + rest.join("").toLowerCase();
};

const ENDS = "\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029"; // of lines, for splitlines()
const LINE = new RegExp(`([^${ENDS}]*)(\\r\\n|[${ENDS}])|([^${ENDS}]+)$`, "gu");
const lines = (s: string, keep: boolean): string[] =>
  Array.from(s.matchAll(LINE), ([whole, line, , rest]) => (keep ? whole : (line ?? rest ?? "")));

const affix = (s: string, given: Value, has: (s: string, affix: string) => boolean): boolean => {
  if (typeof given === "string") return has(s, given);
  if (given instanceof Tuple && given.every((x) => typeof x === "string"))
    return given.some((x) => has(s, x as string));
  throw new Error(`startswith and endswith take text or a tuple of texts, not a ${typeName(given)}`);
};

const all = (s: string, expression: RegExp): boolean => s !== "" && expression.test(s);

type Method = (s: string, args: Value[], kwargs: Kwargs) => Value;
const find =
  (name: string, search: (s: string, part: string) => number, missing: boolean): Method =>
  (s, args, kwargs) => {
    const at = search(s, bind(name, ["sub"], args, kwargs).text("sub"));
    if (at < 0 && missing) throw new Error("substring not found");
    return at < 0 ? -1 : [...s.slice(0, at)].length; // Python counts characters
  };
const simple =
  (name: string, of: (s: string) => Value): Method =>
  (s, args, kwargs) => {
    bind(name, [], args, kwargs);
    return of(s);
  };
const stripping =
  (name: string, ends: "both" | "left" | "right"): Method =>
  (s, args, kwargs) =>
    strip(s, bind(name, ["chars"], args, kwargs).value("chars", null), ends);
const splitting =
  (name: string, by: typeof split): Method =>
  (s, args, kwargs) => {
    const given = bind(name, ["sep", "maxsplit"], args, kwargs);
    return by(s, given.value("sep", null), given.whole("maxsplit", -1) ?? -1);
  };

const STRING: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["upper", simple("upper", (s) => s.toUpperCase())],
  ["lower", simple("lower", (s) => s.toLowerCase())],
  ["casefold", simple("casefold", (s) => s.toLowerCase().replaceAll("ß", "ss"))],
  ["title", simple("title", title)],
  ["capitalize", simple("capitalize", capitalize)],
  ["strip", stripping("strip", "both")],
  ["lstrip", stripping("lstrip", "left")],
  ["rstrip", stripping("rstrip", "right")],
  ["split", splitting("split", split)],
  ["rsplit", splitting("rsplit", rsplit)],
  [
    "splitlines",
    (s, args, kwargs) =>
      lines(s, bind("splitlines", ["keepends"], args, kwargs).value("keepends", false) === true),
  ],
  [
    "replace",
    (s, args, kwargs) => {
      const given = bind("replace", ["old", "new", "count"], args, kwargs);
      return replace(s, given.text("old"), given.text("new"), given.whole("count", -1) ?? -1);
    },
  ],
  [
    "startswith",
    (s, args, kwargs) =>
      affix(s, bind("startswith", ["prefix"], args, kwargs).value("prefix"), (a, b) => a.startsWith(b)),
  ],
  [
    "endswith",
    (s, args, kwargs) =>
      affix(s, bind("endswith", ["suffix"], args, kwargs).value("suffix"), (a, b) => a.endsWith(b)),
  ],
  [
    "removeprefix",
    (s, args, kwargs) => {
      const prefix = bind("removeprefix", ["prefix"], args, kwargs).text("prefix");
      return s.startsWith(prefix) ? s.slice(prefix.length) : s;
    },
  ],
  [
    "removesuffix",
    (s, args, kwargs) => {
      const suffix = bind("removesuffix", ["suffix"], args, kwargs).text("suffix");
      return suffix !== "" && s.endsWith(suffix) ? s.slice(0, -suffix.length) : s;
    },
  ],
  ["find", find("find", (s, part) => s.indexOf(part), false)],
  ["rfind", find("rfind", (s, part) => s.lastIndexOf(part), false)],
  ["index", find("index", (s, part) => s.indexOf(part), true)],
  ["rindex", find("rindex", (s, part) => s.lastIndexOf(part), true)],
  [
    "count",
    (s, args, kwargs) => {
      const part = bind("count", ["sub"], args, kwargs).text("sub");
      return part === "" ? [...s].length + 1 : s.split(part).length - 1;
    },
  ],
  [
    "join",
    (s, args, kwargs) => {
      const parts = bind("join", ["iterable"], args, kwargs).value("iterable");
      if (!Array.isArray(parts) || !parts.every((part) => typeof part === "string"))
        throw new Error("join takes a list of texts");
      return parts.join(s);
    },
  ],
  ["isdigit", simple("isdigit", (s) => all(s, /^\p{Nd}+$/u))],
  ["isnumeric", simple("isnumeric", (s) => all(s, /^\p{N}+$/u))],
  ["isalpha", simple("isalpha", (s) => all(s, /^\p{L}+$/u))],
  ["isalnum", simple("isalnum", (s) => all(s, /^[\p{L}\p{N}]+$/u))],
  ["isspace", simple("isspace", (s) => s !== "" && strip(s, null, "both") === "")],
  ["isupper", simple("isupper", (s) => /\p{L}/u.test(s) && s === s.toUpperCase() && s !== s.toLowerCase())],
  ["islower", simple("islower", (s) => /\p{L}/u.test(s) && s === s.toLowerCase() && s !== s.toUpperCase())],
  ["format", braces],
  ["zfill", (s, args, kwargs) => pad(s, bind("zfill", ["width"], args, kwargs).whole("width") ?? 0)],
  [
    "partition",
    (s, args, kwargs) =>
      partition(s, bind("partition", ["sep"], args, kwargs).text("sep"), s.indexOf.bind(s), false),
  ],
  [
    "rpartition",
    (s, args, kwargs) =>
      partition(s, bind("rpartition", ["sep"], args, kwargs).text("sep"), s.lastIndexOf.bind(s), true),
  ],
]);

/** Python's format() with {}, {0} and {name}; what comes after a colon is refused. */
function braces(s: string, args: Value[], kwargs: Kwargs): string {
  let next = 0;
  return s.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (whole, field: string | undefined) => {
    if (field === undefined) return whole[0]!;
    if (!/^\w*$/.test(field))
      throw new Error(`this version's chat templates do not know the format "${whole}"`);
    const value = field === "" ? args[next++] : /^\d+$/.test(field) ? args[Number(field)] : kwargs.get(field);
    if (value === undefined) throw new Error(`format has no value for "${whole}"`);
    return text(value);
  });
}

const pad = (s: string, width: number): string => {
  const sign = /^[+-]/.exec(s)?.[0] ?? "";
  return sign + s.slice(sign.length).padStart(width - sign.length, "0");
};

function partition(s: string, separator: string, find: (part: string) => number, last: boolean): Tuple {
  const at = find(separator);
  if (at < 0) return tuple(last ? ["", "", s] : [s, "", ""]);
  return tuple([s.slice(0, at), separator, s.slice(at + separator.length)]);
}

/** A method of `value`, bound to it; null where this version knows none of that name. */
export function methodOf(value: Value, name: string): Callable | null {
  if (typeof value === "string") {
    const method = STRING.get(name);
    return method ? new Callable((args, kwargs) => method(value, args, kwargs)) : null;
  }
  if (isDict(value)) return dictMethod(value, name);
  if (Array.isArray(value)) {
    if (name === "index")
      return new Callable((args, kwargs) => {
        const wanted = bind("index", ["value"], args, kwargs).value("value");
        const at = value.findIndex((x) => equal(x, wanted));
        if (at < 0) throw new Error("the list has no such item");
        return at;
      });
    if (name === "count")
      return new Callable((args, kwargs) => {
        const wanted = bind("count", ["value"], args, kwargs).value("value");
        return value.filter((x) => equal(x, wanted)).length;
      });
    if (name === "copy") return new Callable(() => [...value]);
  }
  return null;
}

function dictMethod(dict: ReadonlyMap<Value, Value>, name: string): Callable | null {
  switch (name) {
    case "get":
      return new Callable((args, kwargs) => {
        const given = bind("get", ["key", "default"], args, kwargs);
        return dict.get(given.value("key")) ?? given.value("default", null);
      });
    case "items":
      return new Callable(() => pairs(dict));
    case "keys":
      return new Callable(() => [...dict.keys()]);
    case "values":
      return new Callable(() => [...dict.values()]);
    case "copy":
      return new Callable(() => new Map(dict));
    default:
      return null;
  }
}

/** A dict's (key, value) pairs. */
export const pairs = (dict: ReadonlyMap<Value, Value>): Value[] => [...dict].map(tuple);
