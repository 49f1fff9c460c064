/** Questions from a file: of a form the lab knows, or from a table whose columns are chosen here. */
import { type ChangeEvent, type ReactNode, useState } from "react";
import type { Question } from "../../../core/run.ts";
import {
  type AnswerForm,
  type ColumnChoice,
  type ForeignTable,
  guessColumns,
  questionsByColumns,
} from "../../../documents/columns.ts";
import { readText } from "../../../documents/decode.ts";
import { readQuestionFile } from "../../../documents/readQuestions.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { integer, plural } from "../../format.ts";
import { useUnsaved } from "../../idle.ts";

export function BringQuestions({ onTake }: { onTake(questions: Question[]): void }): ReactNode {
  const [table, setTable] = useState<ForeignTable | null>(null);
  useUnsaved(table !== null);
  const [says, setSays] = useState<string | null>(null);
  const take = ({ questions, faults }: { questions: Question[]; faults: string[] }) => {
    onTake(questions);
    const left =
      faults.length > 0 ? ` ${integer(faults.length)} left out: ${faults.slice(0, 3).join("; ")}.` : "";
    setSays(`${integer(questions.length)} ${plural(questions.length, "question")} brought in, kept.${left}`);
  };
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    event.target.value = "";
    if (!file) return;
    try {
      const { text } = readText(new Uint8Array(await file.arrayBuffer()), file.name);
      const found = readQuestionFile(text, file.name);
      if ("table" in found) setTable(found.table);
      else take(found);
    } catch (error) {
      setSays(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <label className="bring">
        Bring questions from a file
        <input
          type="file"
          accept=".json,.jsonl,.ndjson,.csv,.tsv,.gift,.txt"
          onChange={(e) => void read(e)}
        />
      </label>
      {says && (
        <p className="hint" role="status">
          {says}
        </p>
      )}
      {table && <Columns table={table} onTake={take} onClose={() => setTable(null)} />}
    </>
  );
}

const FORMS: Record<AnswerForm, string> = {
  text: "the text of the answer",
  letter: "the letter of an option",
  "from 1": "an option’s number, from 1",
  "from 0": "an option’s number, from 0",
};

function Columns({
  table,
  onTake,
  onClose,
}: {
  table: ForeignTable;
  onTake(read: { questions: Question[]; faults: string[] }): void;
  onClose(): void;
}): ReactNode {
  const [choice, setChoice] = useState<ColumnChoice>(() => guessColumns(table));
  const read = questionsByColumns(table, choice);
  const [sample] = read.questions;
  const pick = (name: "question" | "answer", words: string) => (
    <label>
      {words}
      <select value={choice[name]} onChange={(e) => setChoice({ ...choice, [name]: Number(e.target.value) })}>
        {table.columns.map((column, i) => (
          <option key={column} value={i}>
            {column}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Dialog title="Which column is what?" onClose={onClose}>
      <div className="columns-choice">
        {pick("question", "Question")}
        {pick("answer", "Answer")}
        <label>
          The answer is
          <select
            value={choice.answerForm}
            onChange={(e) => setChoice({ ...choice, answerForm: e.target.value as AnswerForm })}
          >
            {Object.entries(FORMS).map(([form, words]) => (
              <option key={form} value={form}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <fieldset>
          <legend>Options: a column each, or one with a list</legend>
          {table.columns.map((column, i) => (
            <label key={column}>
              <input
                type="checkbox"
                checked={choice.options.includes(i)}
                onChange={(e) =>
                  setChoice({
                    ...choice,
                    options: table.columns.flatMap((_, j) =>
                      (j === i ? e.target.checked : choice.options.includes(j)) ? [j] : [],
                    ),
                  })
                }
              />
              {column}
            </label>
          ))}
        </fieldset>
        <p aria-live="polite">
          {integer(read.questions.length)} of {integer(table.rows.length)} rows make a question.
        </p>
        {sample && (
          <p className="hint">
            The first: {sample.question} <b>{sample.answer}</b>
            {Object.keys(sample.options).length > 0 && ` out of ${Object.values(sample.options).join(", ")}`}
          </p>
        )}
        {read.faults.length > 0 && <p className="hint">Left out: {read.faults.slice(0, 3).join("; ")}</p>}
        <div className="run">
          <button
            type="button"
            className="go"
            disabled={read.questions.length === 0}
            onClick={() => {
              onTake(read);
              onClose();
            }}
          >
            Take them
          </button>
          <button type="button" onClick={onClose}>
            Leave the file
          </button>
        </div>
      </div>
    </Dialog>
  );
}
