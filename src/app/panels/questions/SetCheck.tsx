/** The finished set: how it is split, whether anything leaks, and what guessers get without reading. */
import { type ReactNode, useEffect, useState } from "react";
import type { Baselines, Question } from "../../../core/run.ts";
import {
  type SetCheck as Check,
  checkSet,
  leaks,
  mostType,
  type Sets,
  type Standing,
  type Unseen,
} from "../../../documents/standing.ts";
import { integer, percent, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";

const NAMES: readonly [keyof Baselines, string][] = [
  ["chance", "chance"],
  ["longest_option", "always the longest option"],
  ["answer_prior", "the option that is most often an answer"],
  ["string_in_context", "whatever option stands in the passages"],
];
/** Kinds of answers that there can be too many of. */
const KINDS: Readonly<Record<string, string>> = {
  person: "people",
  place: "places",
  region: "countries and regions",
  name: "names",
  year: "years",
  date: "dates",
  month: "months",
  money: "amounts of money",
  percent: "percentages",
  quantity: "numbers of things",
  quoted: "quoted words",
  term: "terms",
  noun: "things",
  hand: "what you wrote yourself",
};
const WHY: Partial<Record<keyof Baselines, string>> = {
  longest_option: "Right answers are longer than wrong ones: swap or edit options.",
  answer_prior:
    "Wrong options that are no question's answer give the right one away to a model that has only learnt which answers occur: swap in answers of other questions.",
  string_in_context:
    "Wrong options do not stand in what is looked up, so the open book is easy. It says nothing of the closed book.",
};

export function SetCheck({
  corpus,
  sets,
  standings,
  unseen,
}: {
  corpus: string;
  sets: Sets;
  standings: readonly Standing[];
  unseen: Unseen;
}): ReactNode {
  const { retrieval } = useLab();
  const [check, setCheck] = useState<Omit<Check, "mostType"> | null>(null);
  const measured = sets.test.length > 0 ? sets.test : sets.train;
  const key = JSON.stringify([measured, sets.train]);
  useEffect(() => {
    const [questions, train]: [Question[], Question[]] = JSON.parse(key);
    let current = true;
    setCheck(null);
    if (questions.length === 0) return;
    const queries = questions.map(({ question }) => question);
    retrieval
      .ask("search", { corpus, queries, retrieval: "bm25", k: 3, tokenBudget: null })
      .then((found) => {
        const texts = found.map((passages) => passages.map(({ text }) => text));
        if (current) setCheck(checkSet(questions, texts, train));
      })
      .catch(() => {}); // the numbers stay dashes
    return () => {
      current = false;
    };
  }, [key, corpus, retrieval]);
  const leaked = leaks(sets);
  const most = mostType(standings, unseen);
  const wordings = sets.train.reduce((n, { phrasings }) => n + 1 + phrasings.length, 0);
  return (
    <section className="set-check" aria-labelledby="the-set">
      <h2 id="the-set">The set</h2>
      <dl>
        <dt>to learn</dt>
        <dd>
          {integer(sets.train.length)} {plural(sets.train.length, "fact")} in {integer(wordings)}{" "}
          {plural(wordings, "wording")}
        </dd>
        <dt>to test</dt>
        <dd>{integer(sets.test.length)} of the same facts, in a wording that is not learned</dd>
        <dt>not taught</dt>
        <dd>{integer(sets.held.length)} facts held out whole, to compare with</dd>
        <dt>leaks</dt>
        <dd>
          {leaked.length === 0 ? (
            "none: no test wording is learned from"
          ) : (
            <span className="warn">
              {integer(leaked.length)} test {plural(leaked.length, "wording is", "wordings are")} learned from
              too: “{leaked[0]}”
            </span>
          )}
        </dd>
      </dl>
      <h3>Without knowing anything</h3>
      <dl>
        {NAMES.map(([name, words]) => (
          <div key={name}>
            <dt>{words}</dt>
            <dd>{percent(check?.baselines[name])}</dd>
          </div>
        ))}
      </dl>
      {check?.high.map((name) => (
        <p key={name} className={name === "string_in_context" ? "hint" : "warn"}>
          {percent(check.baselines[name])} by {NAMES.find(([id]) => id === name)![1]}, over ten points above
          chance. {WHY[name]}
        </p>
      ))}
      {most && (
        <p className="warn">
          {percent(most.share)} of the questions ask for {KINDS[most.type] ?? "one kind of answer"}, so that
          the result says little of others. Drop some, or write others.
        </p>
      )}
    </section>
  );
}
