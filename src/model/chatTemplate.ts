/** A model's chat template: the turns of a conversation as the text it was trained on. */
import { LabError } from "../core/errors.ts";
import { bind } from "./jinja/arguments.ts";
import { openTemplate, type Template, TemplateRefusal } from "./jinja/template.ts";
import { Callable } from "./jinja/values.ts";

export interface Message {
  role: "user" | "assistant";
  content: string;
}

export interface RenderOptions {
  add_generation_prompt: boolean;
  thinking: boolean;
}

/** What a template may name by itself, beside the messages. */
export const TOKEN_NAMES = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;
export type NamedTokens = Partial<Record<(typeof TOKEN_NAMES)[number], string>>;

/** The text of a conversation. @throws LabError bad-model */
export type Render = (messages: Message[], options: RenderOptions) => string;

/** Templates print today's date unless told one; a run must repeat, so it is always the day Llama 3's own default names. */
const TODAY = new Date(Date.UTC(2024, 6, 26));
const DATE_STRING = "26 Jul 2024";

/**
 * @param given `chat_template`: one, or several by name, of which the one called "default" is meant
 * @param name the file, for messages
 * @throws LabError bad-model without a template, or with one that does not parse
 */
export function openChatTemplate(given: unknown, tokens: NamedTokens, name: string): Render {
  const template = parse(given, name);
  const render = (known: NamedTokens, messages: Message[], options: RenderOptions): string =>
    template.render({
      ...known,
      messages,
      add_generation_prompt: options.add_generation_prompt,
      enable_thinking: options.thinking, // Qwen3's name for it
      date_string: DATE_STRING,
      strftime_now: new Callable((args, kwargs) =>
        strftime(bind("strftime_now", ["format"], args, kwargs).text("format")),
      ),
    });
  const attempt = (known: NamedTokens, messages: Message[], options: RenderOptions): string => {
    try {
      return render(known, messages, options);
    } catch (cause) {
      const what = cause instanceof TemplateRefusal ? "refuses this conversation" : "failed";
      throw new LabError("bad-model", `${name}: the chat template ${what}: ${(cause as Error).message}`, {
        cause,
      });
    }
  };
  const known = { ...tokens };
  try {
    render(known, [{ role: "user", content: "?" }], { add_generation_prompt: true, thinking: false });
  } catch {
    // Some write `bos_token + …` without asking whether there is one: no token is no text.
    known.bos_token ??= "";
    known.eos_token ??= "";
  }
  return (messages, options) => attempt(known, messages, options);
}

function parse(given: unknown, name: string): Template {
  const named = Array.isArray(given) ? (given as { name: string; template: string }[]) : null;
  const text = named === null ? given : named.find((t) => t.name === "default")?.template;
  if (typeof text !== "string") {
    throw new LabError(
      "bad-model",
      named === null
        ? `${name} has no chat_template: use an instruction-tuned model`
        : `${name}: none of the chat templates (${named.map((t) => t.name).join(", ")}) is called "default"`,
    );
  }
  try {
    return openTemplate(text);
  } catch (cause) {
    throw new LabError("bad-model", `${name}: the chat template does not parse: ${String(cause)}`, { cause });
  }
}

const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** Python's strftime in English, of the day that every run is rendered on. */
function strftime(format: string): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const month = MONTHS[TODAY.getUTCMonth()]!;
  const day = DAYS[TODAY.getUTCDay()]!;
  const fields: Record<string, string> = {
    "%": "%",
    Y: String(TODAY.getUTCFullYear()),
    y: two(TODAY.getUTCFullYear() % 100),
    m: two(TODAY.getUTCMonth() + 1),
    d: two(TODAY.getUTCDate()),
    B: month,
    b: month.slice(0, 3),
    A: day,
    a: day.slice(0, 3),
    H: "00",
    I: "12",
    M: "00",
    S: "00",
    p: "AM",
  };
  return format.replace(/%(.?)/gsu, (whole, field: string) => {
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (value === undefined) throw new Error(`this version's strftime_now does not know "${whole}"`);
    return value;
  });
}
