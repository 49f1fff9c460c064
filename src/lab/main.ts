/** The command line: `npm run lab -- COMMAND`. Exit 0 done, 1 failed, 2 bad input, named by file and line. */
import { totalmem } from "node:os";
import { parseArgs } from "node:util";
import { LabError, type LabErrorCode } from "../core/errors.ts";
import { openControl } from "../train/control.ts";
import { bench } from "./bench.ts";
import { bundleCommand } from "./bundle.ts";
import { exportCommand } from "./export.ts";
import { fetchCommand } from "./fetch.ts";
import { generateCommand } from "./generate.ts";
import { answerLines, type LineCommand } from "./lines.ts";
import { makeQuestions } from "./questions.ts";
import { runToFolder } from "./run.ts";
import { packCommand, showCommand } from "./runFile.ts";
import { scoreCommand } from "./score.ts";
import { settingsHelp } from "./settingsHelp.ts";
import { clearStatus, questionsSummary, showNote, showProgress, showRow, showStatus } from "./show.ts";

const HELP = `Closed Book's headless runner: the page's engine on files.

npm run lab -- score --model MODEL [--adapter DIR] --in FILE.jsonl --out FILE.jsonl
    a line {"context", "completion"} (texts) or {"context_ids", "completion_ids"}
    gives  {"token_logprobs", "mean"}: nats; with an empty context the first token has no entry

npm run lab -- generate --model MODEL [--adapter DIR] --in FILE.jsonl --out FILE.jsonl
    a line {"prompt" or "prompt_ids", "max_new_tokens", "stop_ids"?, "temperature"?, "top_k"?, "top_p"?, "seed"?}
    gives  {"ids", "text"}; stop_ids is the model's end tokens, [] never stops; temperature 0 (the default) is greedy

npm run lab -- run --config FILE.json --out DIR [--more N] [--memory MIB] [--questions yes|no]
    trains by the cycle, writes metrics.jsonl, report.json and adapter/; the same --out again resumes; --memory is what
    training may take of the GPU's memory, by default half of this machine's; run --help lists the settings of FILE.json.
    DIR/run.closedbook is the run as one file, for the page and for others; as --config it repeats the run's settings; it
    has the texts of the held-out questions where the data is the product's own, or --questions yes says so
    --more goes on with a finished run for N more cycles, as the page does

npm run lab -- pack --run DIR --out FILE.closedbook [--name TEXT] [--note TEXT] [--adapter yes] [--questions yes|no]
    the run in DIR as one file, named, with its adapter where that is asked for, and questions as above

npm run lab -- bundle --run DIR --out FILE.zip
    the run in DIR with its documents, questions, passages, rewarded answers and a PyTorch program (Transformers, PEFT,
    Accelerate) that trains the same objective on any Hugging Face model over many GPUs; README.md in it says how

npm run lab -- show FILE.closedbook
    what a run's file says, a line per cycle

npm run lab -- questions SOURCE --out PATH [--model MODEL] [--facts N] [--seed N]
    makes questions of documents: SOURCE is a folder of files (PDF, DOCX, HTML, text …), a zip or one file; every answer
    is a stretch of a document, rules ask for it. With --model that model reads each one with the book and without it,
    and only what the book decides is kept; --facts N judges N of them, spread over the documents; the same --out goes on
    PATH is a folder (documents.json, train.json, test.json, untaught.json: the data of a run; facts.json: each question
    with what was found), or a file: .json, .jsonl, .csv, .gift, .txt (Aiken), .tsv (Anki)

npm run lab -- export --model DIR --adapter DIR --format peft|gguf|merged --out PATH
    the adapter as a folder for PEFT, as one GGUF file for llama.cpp (--lora), or worked into the model: a folder of
    safetensors in the base's own type, F16 where that is quantised

npm run lab -- fetch SOURCE --out DIR [--hub URL]
    downloads a model: SOURCE is a Hugging Face repository (owner/name), one of its files (owner/name/file.gguf), or the
    URL of a .gguf file or a folder; an embedder or a model of entailment is named by its graph
    (owner/name/onnx/model.onnx); the same command again goes on where it was cut; --hub names a mirror

npm run lab -- bench [--out FILE.json]
    GFLOP/s of the matrix products on this machine's adapter

MODEL is a folder (config.json, *.safetensors, tokenizer.json) or a GGUF file.
Texts are tokenised apart, no special tokens are added. --adapter is a folder in PEFT's format.
Exit code: 0 done, 1 failed, 2 bad input.`;

const BAD_INPUT: readonly LabErrorCode[] = ["bad-config", "bad-data", "bad-model", "not-found"];

async function main([command, ...args]: string[]): Promise<number> {
  if (command === undefined || command === "help" || [command, ...args].includes("--help")) {
    console.log(command === "run" ? settingsHelp() : HELP);
    return command === undefined ? 2 : 0;
  }
  switch (command) {
    case "score":
      return await lineCommand(args, scoreCommand);
    case "generate":
      return await lineCommand(args, generateCommand);
    case "run":
      return await runCommand(args);
    case "questions":
      return await questionsCommand(args);
    case "export": {
      const { model, adapter, format, out } = readOptions(args, ["model", "adapter", "format", "out"], []);
      await exportCommand({ model: model!, adapter: adapter!, format: format!, out: out! });
      return 0;
    }
    case "fetch":
      return await fetchModelCommand(args);
    case "pack": {
      const {
        run,
        out,
        name = "",
        note,
        adapter,
        questions,
      } = readOptions(args, ["run", "out"], ["name", "note", "adapter", "questions"]);
      await packCommand({
        run: run!,
        out: out!,
        name,
        note: note ?? null,
        adapter: adapter === "yes",
        questions: yesOrNo("questions", questions),
      });
      return 0;
    }
    case "bundle": {
      const { run, out } = readOptions(args, ["run", "out"], []);
      const { bytes } = await bundleCommand({ run: run!, out: out!, onNote: showNote });
      console.log(`${out}: ${bytes} bytes`);
      return 0;
    }
    case "show": {
      const [path, ...rest] = args;
      if (path === undefined || rest.length > 0) throw usage("show needs one file");
      await showCommand(path);
      return 0;
    }
    case "bench":
      await bench(readOptions(args, [], ["out"]).out ?? null);
      return 0;
    default:
      throw usage(`there is no command "${command}"`);
  }
}

async function lineCommand<Request>(args: string[], command: LineCommand<Request>): Promise<number> {
  const given = readOptions(args, ["model", "in", "out"], ["adapter"]);
  const options = { model: given.model!, in: given.in!, out: given.out!, adapter: given.adapter ?? null };
  await answerLines(options, command, (done, of) => showStatus(`${done}/${of}`), showNote);
  clearStatus();
  return 0;
}

async function runCommand(args: string[]): Promise<number> {
  const { config, out, memory, more, questions } = readOptions(
    args,
    ["config", "out"],
    ["memory", "more", "questions"],
  );
  if (memory !== undefined && !(Number(memory) > 0))
    throw usage(`--memory must be a number of MiB, got ${memory}`);
  const memoryBytes = memory === undefined ? totalmem() / 2 : Number(memory) * 2 ** 20;
  const control = openControl();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      clearStatus();
      console.error("stopping after the update under way; once more ends it at once");
      control.stop();
    });
  }
  const wish = { memoryBytes, more: whole("more", more, 1), questions: yesOrNo("questions", questions) };
  const outcome = await runToFolder(config!, out!, wish, control, {
    onProgress: showProgress,
    onRow: showRow,
    onNote: showNote,
  });
  clearStatus();
  if (outcome === "stopped") console.error("stopped; the same command goes on from here");
  return outcome === "finished" ? 0 : 1;
}

async function questionsCommand([source, ...args]: string[]): Promise<number> {
  if (source === undefined || source.startsWith("-"))
    throw usage("questions needs a folder, a zip or a file first");
  const { out, model, facts, seed } = readOptions(args, ["out"], ["model", "facts", "seed"]);
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      clearStatus();
      console.error("stopping after the question under way; once more ends it at once");
      stopped = true;
    });
  const options = {
    source,
    out: out!,
    model: model ?? null,
    facts: whole("facts", facts, 1),
    seed: whole("seed", seed, 0) ?? 0,
  };
  const report = await makeQuestions(options, {
    onNote: showNote,
    onProgress: ({ name, part, parts }) =>
      showStatus(`reading ${name}${parts > 0 ? `, page ${part} of ${parts}` : ""}`),
    onJudged: (done, of, seconds) =>
      showStatus(`judged ${done}/${of}, ${Math.ceil((seconds / done) * (of - done))} s left`),
    isStopped: () => stopped,
  });
  clearStatus();
  console.log(questionsSummary(report, options));
  if (report.stopped) console.error("stopped; the same command goes on from here");
  return report.stopped ? 1 : 0;
}

/** @throws LabError bad-config for another value */
function whole(name: string, value: string | undefined, least: number): number | null {
  if (value === undefined) return null;
  if (!(Number.isInteger(Number(value)) && Number(value) >= least))
    throw usage(`--${name} must be a whole number from ${least}, got ${value}`);
  return Number(value);
}

/** Null where nothing was said. @throws LabError bad-config for another value */
function yesOrNo(name: string, value: string | undefined): boolean | null {
  if (value === undefined) return null;
  if (value !== "yes" && value !== "no") throw usage(`--${name} must be yes or no, got ${value}`);
  return value === "yes";
}

async function fetchModelCommand([source, ...args]: string[]): Promise<number> {
  if (source === undefined || source.startsWith("-")) throw usage("fetch needs a repository or a URL first");
  const { out, hub } = readOptions(args, ["out"], ["hub"]);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  await fetchCommand(source, out!, { hub, signal: stop.signal });
  return 0;
}

/** `--name VALUE` pairs. @throws LabError bad-config for one that is missing or unknown */
function readOptions(
  args: string[],
  required: string[],
  optional: string[],
): Record<string, string | undefined> {
  const options = Object.fromEntries(
    [...required, ...optional].map((name) => [name, { type: "string" as const }]),
  );
  let values: Record<string, string | undefined>;
  try {
    ({ values } = parseArgs({ args, options, strict: true }));
  } catch (cause) {
    throw usage((cause as Error).message);
  }
  const missing = required.filter((name) => !values[name]);
  if (missing.length > 0) throw usage(`${missing.map((name) => `--${name}`).join(" and ")} must be given`);
  return values;
}

const usage = (what: string): LabError => new LabError("bad-config", `${what}; see npm run lab -- --help`);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  clearStatus();
  const known = error instanceof LabError;
  console.error(known ? error.message : error);
  process.exitCode = known && BAD_INPUT.includes(error.code) ? 2 : 1;
}
