/**
 * Jinja as Transformers renders chat templates: trim_blocks, lstrip_blocks, loop controls, Python's values. The lexer and the
 * parser are @huggingface/jinja's; its interpreter is not used, because it computes with JavaScript's values and passes over
 * arguments it does not know (`rstrip('.')` strips spaces, `none == undefined` holds, a name set in one round of a loop is
 * still set in the next). What is not known here is refused by its name.
 */
import { parse, tokenize } from "@huggingface/jinja";
import { bind } from "./arguments.ts";
import { applyFilter, testHolds } from "./filters.ts";
import { methodOf } from "./methods.ts";
import type { CallNode, FilterNode, Node } from "./nodes.ts";
import { operate } from "./operators.ts";
import {
  Callable,
  equal,
  Float,
  fromJson,
  isDict,
  isNumber,
  items,
  type Kwargs,
  Namespace,
  numberOf,
  text,
  truthy,
  tuple,
  typeName,
  Undefined,
  type Value,
} from "./values.ts";

/** What a template says by raise_exception: not a fault of the template, but its answer. */
export class TemplateRefusal extends Error {}

export interface Template {
  /** @param variables JSON values by name; one that is undefined is not there. @throws Error, TemplateRefusal */
  render(variables: Record<string, unknown>): string;
}

/** @throws Error for what does not parse */
export function openTemplate(source: string): Template {
  const lines = source.replace(/\r\n?/g, "\n"); // as Jinja reads every template
  const tokens = tokenize(lines, { trim_blocks: true, lstrip_blocks: true });
  const program = parse(testsWithArguments(tokens)) as unknown as Node;
  return {
    render(variables) {
      const scope = new Scope(null);
      for (const [name, value] of GLOBALS) scope.set(name, value);
      for (const [name, value] of Object.entries(variables))
        if (value !== undefined) scope.set(name, value instanceof Callable ? value : fromJson(value));
      return text(evaluate(program, scope));
    },
  };
}

type Tokens = ReturnType<typeof tokenize>;

/**
 * The parser knows `is odd`, not `is divisibleby(3)` or `is eq 'x'`. A test with arguments becomes a filter of the name
 * "is divisibleby": it binds alike.
 */
function testsWithArguments(tokens: Tokens): Tokens {
  const out: Tokens = [];
  const like = (token: Tokens[number], value: string, type: Tokens[number]["type"]): Tokens[number] =>
    Object.assign(Object.create(Object.getPrototypeOf(token)) as Tokens[number], { value, type });
  const isName = (token: Tokens[number] | undefined, ...names: string[]): boolean =>
    token?.type === "Identifier" && names.includes(token.value);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const negate = isName(tokens[i + 1], "not");
    const name = tokens[i + (negate ? 2 : 1)];
    const next = tokens[i + (negate ? 3 : 2)];
    const operand =
      next !== undefined &&
      (["OpenParen", "StringLiteral", "NumericLiteral", "OpenSquareBracket"].includes(next.type) ||
        (next.type === "Identifier" && !["and", "or", "is", "else", "if", "in", "not"].includes(next.value)));
    if (!isName(token, "is") || name?.type !== "Identifier" || !operand) {
      out.push(token);
      continue;
    }
    out.push(like(token, "|", "Pipe"), like(token, `is ${negate ? "not " : ""}${name.value}`, "Identifier"));
    i += negate ? 2 : 1;
    if (next.type === "OpenParen") continue;
    const from = i + 1;
    let depth = 0;
    do {
      i++;
      if (tokens[i]!.type === "OpenSquareBracket") depth++;
      if (tokens[i]!.type === "CloseSquareBracket") depth--;
    } while (depth > 0 && i + 1 < tokens.length);
    out.push(like(token, "(", "OpenParen"), ...tokens.slice(from, i + 1), like(token, ")", "CloseParen"));
  }
  return out;
}

class Scope {
  readonly #parent: Scope | null;
  readonly #variables = new Map<string, Value>();

  constructor(parent: Scope | null) {
    this.#parent = parent;
  }

  get(name: string): Value {
    const own = this.#variables.get(name);
    if (own !== undefined) return own;
    return this.#parent === null ? new Undefined(`"${name}"`) : this.#parent.get(name);
  }

  set(name: string, value: Value): void {
    this.#variables.set(name, value);
  }
}

/** `break` or `continue` on its way to the loop, with what the round has written. */
class LoopControl extends Error {
  readonly breaks: boolean;
  written = "";
  constructor(breaks: boolean) {
    super("break and continue stand in loops only");
    this.breaks = breaks;
  }
}

const GLOBALS: readonly (readonly [string, Value])[] = [
  ...(["true", "True"] as const).map((name) => [name, true] as const),
  ...(["false", "False"] as const).map((name) => [name, false] as const),
  ...(["none", "None"] as const).map((name) => [name, null] as const),
  [
    "raise_exception",
    new Callable((args, kwargs) => {
      throw new TemplateRefusal(text(bind("raise_exception", ["message"], args, kwargs).value("message")));
    }),
  ],
  ["namespace", new Callable((args, kwargs) => new Namespace(fieldsOf(args, kwargs)))],
  ["dict", new Callable((args, kwargs) => new Map<Value, Value>(fieldsOf(args, kwargs)))],
  ["range", new Callable(range)],
];

function fieldsOf(args: Value[], kwargs: Kwargs): [string, Value][] {
  const given =
    args.length === 0 ? [] : isDict(args[0]!) ? [...args[0]] : items(args[0]!).map((pair) => items(pair));
  return [...given.map(([key, value]) => [text(key!), value!] as [string, Value]), ...kwargs];
}

function range(args: Value[]): Value {
  const [first = 0, second, step = 1] = args.map((x) => {
    if (isNumber(x)) return numberOf(x);
    throw new Error(`range takes whole numbers, not a ${typeName(x)}`);
  });
  const [from, to] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw new Error("range() has a step of zero");
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (count > 100_000) throw new Error("range() is longer than 100,000"); // as Jinja's sandbox
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/** What a block writes. */
function written(body: readonly Node[], scope: Scope): string {
  let out = "";
  for (const node of body) {
    try {
      out += text(evaluate(node, scope));
    } catch (error) {
      if (error instanceof LoopControl) error.written = out + error.written;
      throw error;
    }
  }
  return out;
}

function evaluate(node: Node, scope: Scope): Value {
  switch (node.type) {
    case "Program":
      return written(node.body, scope);
    case "Comment":
      return "";
    case "If":
      return written(truthy(evaluate(node.test, scope)) ? node.body : node.alternate, scope);
    case "For":
      return loop(node, scope);
    case "Break":
      throw new LoopControl(true);
    case "Continue":
      throw new LoopControl(false);
    case "Set":
      assign(
        node.assignee,
        node.value === null ? written(node.body, new Scope(scope)) : evaluate(node.value, scope),
        scope,
      );
      return "";
    case "Macro":
      scope.set(node.name.value, macro(node.name.value, node.args, node.body, scope));
      return "";
    case "CallStatement": {
      const caller = macro("caller", node.callerArgs ?? [], node.body, scope);
      return call(node.call, scope, caller);
    }
    case "FilterStatement":
      return filtered(written(node.body, new Scope(scope)), node.filter, scope);
    case "Identifier":
      return scope.get(node.value);
    case "IntegerLiteral":
    case "StringLiteral":
      return node.value;
    case "FloatLiteral":
      return new Float(node.value);
    case "ArrayLiteral":
      return node.value.map((item) => evaluate(item, scope));
    case "TupleLiteral":
      return tuple(node.value.map((item) => evaluate(item, scope)));
    case "ObjectLiteral":
      return new Map([...node.value].map(([key, value]) => [evaluate(key, scope), evaluate(value, scope)]));
    case "CallExpression":
      return call(node, scope, null);
    case "MemberExpression":
      return member(node, scope);
    case "UnaryExpression":
      return unary(node.operator.value, evaluate(node.argument, scope));
    case "BinaryExpression": {
      const left = evaluate(node.left, scope);
      if (node.operator.value === "and") return truthy(left) ? evaluate(node.right, scope) : left;
      if (node.operator.value === "or") return truthy(left) ? left : evaluate(node.right, scope);
      return operate(node.operator.value, left, evaluate(node.right, scope));
    }
    case "FilterExpression":
      return filtered(evaluate(node.operand, scope), node.filter, scope);
    case "TestExpression":
      return testHolds(node.test.value, evaluate(node.operand, scope), []) !== node.negate;
    case "Ternary":
      return evaluate(truthy(evaluate(node.condition, scope)) ? node.trueExpr : node.falseExpr, scope);
    case "SelectExpression": // a conditional without else
      return truthy(evaluate(node.test, scope))
        ? evaluate(node.lhs, scope)
        : new Undefined("a value without else");
    default:
      throw new Error(`this version's chat templates do not know ${node.type}`);
  }
}

function unary(operator: string, value: Value): Value {
  if (operator === "not") return !truthy(value);
  if (!isNumber(value)) throw new Error(`"${operator}" before a ${typeName(value)}`);
  const sign = operator === "-" ? -1 : 1;
  return value instanceof Float ? new Float(sign * value.value) : sign * numberOf(value) + 0;
}

function loop(node: Extract<Node, { type: "For" }>, scope: Scope): string {
  const select = node.iterable.type === "SelectExpression" ? node.iterable : null;
  const through = items(evaluate(select?.lhs ?? node.iterable, scope)).filter((item) => {
    if (select === null) return true;
    const round = new Scope(scope);
    assign(node.loopvar, item, round);
    return truthy(evaluate(select.test, round));
  });
  if (through.length === 0) return written(node.defaultBlock, new Scope(scope));
  let out = "";
  let last: Value[] | null = null;
  for (const [i, item] of through.entries()) {
    const round = new Scope(scope); // a name set in one round is not set in the next
    round.set(
      "loop",
      new Namespace([
        ["index", i + 1],
        ["index0", i],
        ["revindex", through.length - i],
        ["revindex0", through.length - i - 1],
        ["first", i === 0],
        ["last", i === through.length - 1],
        ["length", through.length],
        ["depth", 1],
        ["previtem", through[i - 1] ?? new Undefined("the item before the first")],
        ["nextitem", through[i + 1] ?? new Undefined("the item after the last")],
        ["cycle", new Callable((args) => args[i % args.length] ?? null)],
        [
          "changed",
          new Callable((args) => {
            const changed = last === null || !equal(last, args);
            last = args;
            return changed;
          }),
        ],
      ]),
    );
    assign(node.loopvar, item, round);
    try {
      out += written(node.body, round);
    } catch (error) {
      if (!(error instanceof LoopControl)) throw error;
      out += error.written;
      if (error.breaks) break;
    }
  }
  return out;
}

function assign(target: Node, value: Value, scope: Scope): void {
  if (target.type === "Identifier") {
    scope.set(target.value, value);
    return;
  }
  if (target.type === "TupleLiteral") {
    const values = items(value);
    if (values.length !== target.value.length)
      throw new Error(`${values.length} values for ${target.value.length} names`);
    for (const [i, name] of target.value.entries()) assign(name, values[i]!, scope);
    return;
  }
  const object = target.type === "MemberExpression" ? evaluate(target.object, scope) : null;
  if (
    target.type !== "MemberExpression" ||
    target.property.type !== "Identifier" ||
    !(object instanceof Namespace)
  )
    throw new Error("only names and attributes of a namespace can be set");
  object.fields.set(target.property.value, value);
}

function macro(name: string, parameters: readonly Node[], body: readonly Node[], scope: Scope): Callable {
  const known = parameters.map((parameter) => {
    if (parameter.type === "Identifier") return { name: parameter.value, fallback: null };
    if (parameter.type === "KeywordArgumentExpression")
      return { name: parameter.key.value, fallback: parameter.value };
    throw new Error(`${name} has a parameter that is no name`);
  });
  return new Callable((args, kwargs) => {
    const inner = new Scope(scope);
    const caller = kwargs.get("caller");
    if (caller !== undefined) inner.set("caller", caller);
    const extra = [...kwargs.keys()].find((key) => key !== "caller" && !known.some((p) => p.name === key));
    if (extra !== undefined || args.length > known.length)
      throw new Error(
        `the macro ${name} does not take ${extra === undefined ? `${args.length} arguments` : `"${extra}"`}`,
      );
    for (const [i, parameter] of known.entries()) {
      const value = args[i] ?? kwargs.get(parameter.name);
      const given = i < args.length || value !== undefined;
      if (given) inner.set(parameter.name, value ?? null);
      else if (parameter.fallback !== null) inner.set(parameter.name, evaluate(parameter.fallback, inner));
      else inner.set(parameter.name, new Undefined(`parameter "${parameter.name}"`));
    }
    return written(body, inner);
  });
}

function call({ callee, args }: CallNode, scope: Scope, caller: Callable | null): Value {
  const target = evaluate(callee, scope);
  if (!(target instanceof Callable)) throw new Error(notCallable(callee, target, scope));
  const [positional, named] = argumentsOf(args, scope);
  if (caller !== null) named.set("caller", caller);
  return target.call(positional, named);
}

function notCallable(callee: Node, target: Value, scope: Scope): string {
  if (callee.type === "Identifier")
    return `this version's chat templates do not know the function "${callee.value}"`;
  if (callee.type === "MemberExpression" && !callee.computed && callee.property.type === "Identifier")
    return `this version's chat templates do not know "${callee.property.value}" of a ${typeName(evaluate(callee.object, scope))}`;
  return `a ${typeName(target)} cannot be called`;
}

function argumentsOf(args: readonly Node[], scope: Scope): [Value[], Map<string, Value>] {
  const positional: Value[] = [];
  const named = new Map<string, Value>();
  for (const argument of args) {
    if (argument.type === "KeywordArgumentExpression")
      named.set(argument.key.value, evaluate(argument.value, scope));
    else if (argument.type === "SpreadExpression")
      positional.push(...items(evaluate(argument.argument, scope)));
    else if (argument.type === "KeywordSpreadExpression") {
      const more = evaluate(argument.argument, scope);
      if (!isDict(more)) throw new Error(`** takes a dict, not a ${typeName(more)}`);
      for (const [key, value] of more) named.set(text(key), value);
    } else positional.push(evaluate(argument, scope));
  }
  return [positional, named];
}

function filtered(value: Value, filter: FilterNode, scope: Scope): Value {
  if (filter.type === "Identifier") return applyFilter(filter.value, value, [], new Map(), item);
  if (filter.callee.type !== "Identifier") throw new Error("a filter has a name");
  return applyFilter(filter.callee.value, value, ...argumentsOf(filter.args, scope), item);
}

function member(node: Extract<Node, { type: "MemberExpression" }>, scope: Scope): Value {
  const object = evaluate(node.object, scope);
  if (node.property.type === "SliceExpression") return slice(object, node.property, scope);
  if (!node.computed && node.property.type === "Identifier") return attribute(object, node.property.value);
  return item(object, evaluate(node.property, scope));
}

/** `object.name`: methods first, then what is in it. */
function attribute(object: Value, name: string): Value {
  if (object instanceof Undefined) throw new Error(`${object.what} is undefined`);
  const missing = new Undefined(`"${name}" of a ${typeName(object)}`);
  if (object instanceof Namespace) return object.fields.get(name) ?? missing;
  return methodOf(object, name) ?? (isDict(object) ? object.get(name) : undefined) ?? missing;
}

/** `object[key]`: what is in it first, then methods. */
function item(object: Value, key: Value): Value {
  if (object instanceof Undefined) throw new Error(`${object.what} is undefined`);
  if (object instanceof Namespace && typeof key === "string") return attribute(object, key);
  if (isDict(object)) {
    const found = object.get(key);
    if (found !== undefined) return found;
  } else if (typeof key === "number" && (Array.isArray(object) || typeof object === "string")) {
    return items(object).at(key) ?? new Undefined(`item ${key} of a ${typeName(object)}`);
  }
  const method = typeof key === "string" ? methodOf(object, key) : null;
  return (
    method ?? new Undefined(`${typeof key === "string" ? `"${key}"` : text(key)} of a ${typeName(object)}`)
  );
}

/** Python's object[start:stop:step]. */
function slice(object: Value, node: Extract<Node, { type: "SliceExpression" }>, scope: Scope): Value {
  if (!(Array.isArray(object) || typeof object === "string"))
    throw new Error(`a ${typeName(object)} cannot be cut`);
  const list = items(object);
  const bound = (part: Node | undefined): number | null => {
    const value = part === undefined ? null : evaluate(part, scope);
    if (value === null || typeof value === "number") return value;
    throw new Error(`a slice goes by whole numbers, not by a ${typeName(value)}`);
  };
  const step = bound(node.step) ?? 1;
  if (step === 0) throw new Error("a slice has a step of zero");
  const clamp = (value: number | null, otherwise: number): number => {
    if (value === null) return otherwise;
    const [low, high] = step > 0 ? [0, list.length] : [-1, list.length - 1];
    return Math.min(Math.max(value < 0 ? value + list.length : value, low), high);
  };
  const from = clamp(bound(node.start), step > 0 ? 0 : list.length - 1);
  const to = clamp(bound(node.stop), step > 0 ? list.length : -1);
  const out: Value[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) out.push(list[i]!);
  return typeof object === "string" ? out.map(text).join("") : out;
}
