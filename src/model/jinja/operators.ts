/** Python's operators between values. */
import { contains } from "./filters.ts";
import {
  compare,
  equal,
  Float,
  isNumber,
  numberOf,
  Tuple,
  text,
  tuple,
  typeName,
  Undefined,
  type Value,
} from "./values.ts";

/** @throws Error for operands Python does not put together */
export function operate(operator: string, a: Value, b: Value): Value {
  switch (operator) {
    case "==":
      return equal(a, b);
    case "!=":
      return !equal(a, b);
    case "~":
      return text(a) + text(b);
    case "in":
      return contains(b, a);
    case "not in":
      return !contains(b, a);
  }
  for (const value of [a, b]) if (value instanceof Undefined) throw new Error(`${value.what} is undefined`);
  switch (operator) {
    case "<":
      return compare(a, b) < 0;
    case ">":
      return compare(a, b) > 0;
    case "<=":
      return compare(a, b) <= 0;
    case ">=":
      return compare(a, b) >= 0;
  }
  if (isNumber(a) && isNumber(b)) return arithmetic(operator, a, b);
  if (operator === "+") {
    if (typeof a === "string" && typeof b === "string") return a + b;
    if (Array.isArray(a) && Array.isArray(b) && a instanceof Tuple === b instanceof Tuple)
      return a instanceof Tuple ? tuple([...a, ...b]) : [...a, ...b];
  }
  if (operator === "*" && typeof a === "string" && typeof b === "number") return a.repeat(Math.max(0, b));
  if (operator === "*" && typeof a === "number" && typeof b === "string") return b.repeat(Math.max(0, a));
  if (operator === "%" && typeof a === "string") return formatted(a, b instanceof Tuple ? b : [b]);
  throw new Error(`"${operator}" between a ${typeName(a)} and a ${typeName(b)}`);
}

function arithmetic(
  operator: string,
  left: number | Float | boolean,
  right: number | Float | boolean,
): Value {
  const [a, b] = [numberOf(left), numberOf(right)];
  const float = left instanceof Float || right instanceof Float;
  const wrap = (value: number): Value => (float ? new Float(value) : value);
  if (["/", "//", "%"].includes(operator) && b === 0) throw new Error("division by zero");
  switch (operator) {
    case "+":
      return wrap(a + b);
    case "-":
      return wrap(a - b);
    case "*":
      return wrap(a * b);
    case "/":
      return new Float(a / b);
    case "//":
      return wrap(Math.floor(a / b));
    case "%":
      return wrap(a - Math.floor(a / b) * b);
    case "**":
      return float || b < 0 ? new Float(a ** b) : a ** b;
    default:
      throw new Error(`this version's chat templates do not know the operator "${operator}"`);
  }
}

/** Python's `"%s" % values`, for %s, %d and %%. */
export function formatted(pattern: string, values: readonly Value[]): string {
  let used = 0;
  const out = pattern.replace(/%(.?)/gsu, (whole, kind: string) => {
    if (kind === "%") return "%";
    if (kind !== "s" && kind !== "d")
      throw new Error(`this version's chat templates do not know the format "${whole}"`);
    if (used >= values.length) throw new Error("there are fewer values than the format names");
    const value = values[used++]!;
    if (kind === "s") return text(value);
    if (!isNumber(value)) throw new Error(`%d takes a number, not a ${typeName(value)}`);
    return String(Math.trunc(numberOf(value)));
  });
  if (used < values.length) throw new Error("there are more values than the format names");
  return out;
}
