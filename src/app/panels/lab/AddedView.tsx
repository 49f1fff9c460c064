/**
 * The open-book answer of the model before training, its tokens shaded by how much likelier the passages made them, and
 * the passages' sentences by how much each did.
 */
import { type ReactNode, useEffect, useState } from "react";
import type { RunConfig } from "../../../core/config.ts";
import { OBJECTIVES } from "../../../core/objectives.ts";
import type { BookAdded, RetrievedPassage } from "../../../core/run.ts";
import { Heat } from "../../components/Heat.tsx";
import { Scroll } from "../../components/Scroll.tsx";
import { DASH, fixed, percent } from "../../format.ts";
import { useLab } from "../../lab.ts";
import type { BookAddedProps } from "./BookAdded.tsx";
import { Mark } from "./Mark.tsx";

interface Added {
  passages: RetrievedPassage[];
  forms: BookAdded[];
}

const MOST = 5; // nats: beyond, the method counts a token no more, and its shade is full
const FORMS = { brief: "Asked briefly", explain: "Asked to explain" } as const;

export function AddedView({ set, index, config }: BookAddedProps): ReactNode {
  const { train } = useLab();
  const asked = JSON.stringify({ set, index, config }); // a draft's settings are an object of their own at every look
  const [added, setAdded] = useState<Added | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    let over = false;
    setAdded(null);
    setFault(null);
    train?.ask("added", JSON.parse(asked) as BookAddedProps).then(
      (found) => over || setAdded(found),
      (error: unknown) => over || setFault(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      over = true;
    };
  }, [train, asked]);
  if (fault !== null)
    return (
      <p className="fault" role="alert">
        {fault}
      </p>
    );
  if (added === null)
    return <p className="hint">Asking the model with, without, and with part of the book…</p>;
  if (added.passages.length === 0)
    return <p className="hint">No passage was found: there is no open book.</p>;
  return (
    <div className="added">
      <p className="hint">
        The model before training answers with the book open. That answer is scored once more without the
        passages, and without each sentence of them: the darker, the more was added.
      </p>
      <p className="added-key" aria-hidden="true">
        nothing <span /> {Math.round(Math.exp(MOST) / 10) * 10} times likelier or more ({MOST} nats)
      </p>
      {added.forms.map((form) => (
        <Form key={form.form} form={form} passages={added.passages} weighs={weighs(config)} />
      ))}
      <p className="hint">{used(config)}</p>
    </div>
  );
}

const weighs = ({ objective, credit }: RunConfig): boolean =>
  credit > 0 && OBJECTIVES[objective].reads.includes("credit");

/** What the method chosen makes of it. */
function used(config: RunConfig): string {
  const { objective, credit } = config;
  const weight = `a token counts by ${fixed(credit, 1)} and what the passages added to it, at most ${MOST} nats (w in the table)`;
  if (!weighs(config)) return "This method counts every token the same; this is what it does not use.";
  return objective === "credit"
    ? `This method teaches such answers, each by its reward; in them ${weight}.`
    : `This method weighs the gold text in this way: ${weight}.`;
}

/** How dark what was made likelier by so many nats is, 0 to 1; undefined: not at all. */
const shade = (nats: number | null): number | undefined =>
  nats === null || nats <= 0 ? undefined : Math.min(nats, MOST) / MOST;

const spaced = (text: string): string => text.replaceAll("\n", "↵").replaceAll(" ", "␣");
const SPECIAL = /^<\|.*\|>$/; // the token that ends a turn
const gain = (nats: number | null): string =>
  nats === null ? DASH : `${nats > 0 ? "+" : ""}${fixed(nats, 1)}`;
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** A chance in words: as per cent where that says something. */
const chance = (logprob: number): string => {
  const p = Math.exp(logprob);
  return p >= 0.005 ? percent(p) : p >= 1e-5 ? `${fixed(100 * p, 3)} %` : "less than 0.001 %";
};

interface FormProps {
  form: BookAdded;
  passages: readonly RetrievedPassage[];
  weighs: boolean; // whether the method chosen weighs tokens by it
}

function Form({ form: { form, correct, tokens, sentences }, passages, weighs }: FormProps): ReactNode {
  const all = sentences.flatMap((of, p) => of.map((sentence, i) => ({ ...sentence, p, i })));
  const tried = all.filter((sentence) => sentence.added !== null);
  const most = tried.reduce<(typeof all)[number] | null>(
    (best, one) => (one.added! > (best?.added ?? 0) ? one : best),
    null,
  );
  const rows = tokens.map((token, at) => ({ ...token, at, gained: token.open - token.closed }));
  return (
    <section className="added-form" aria-label={FORMS[form]}>
      <p className="who open">
        {FORMS[form]} <Mark right={correct} />
      </p>
      <p className="tokens">
        {rows.map(({ text, at, gained }) => (
          <Heat key={at} by={shade(gained)} title={`${gain(gained)} nats`}>
            {SPECIAL.test(text) ? <small>end</small> : text}
          </Heat>
        ))}
      </p>
      <p className="added-says">
        It says just this with a chance of <b className="open">{chance(total(tokens.map((t) => t.open)))}</b>{" "}
        with the passages, of <b className="closed">{chance(total(tokens.map((t) => t.closed)))}</b> without.{" "}
        {most === null
          ? "No single sentence made it likelier."
          : `Most was added by “${most.text}” (${gain(most.added)} nats).`}
      </p>
      <ol className="added-passages" aria-label="What each sentence added">
        {passages.map((passage, p) => (
          <li key={passage.index}>
            {passage.title !== null && <small className="place">{passage.title}</small>}
            <p>
              {all
                .filter((sentence) => sentence.p === p)
                .map(({ text, added, i }) => (
                  <span key={i}>
                    <Heat by={shade(added)} title={added === null ? "not tried" : `${gain(added)} nats`}>
                      {text}
                    </Heat>
                    {added !== null && added >= 0.5 && (
                      <small className="added-gain"> {gain(added)}</small>
                    )}{" "}
                  </span>
                ))}
            </p>
          </li>
        ))}
      </ol>
      {tried.length < all.length && (
        <p className="hint">
          Of {all.length} sentences the first {tried.length} were left out one at a time.
        </p>
      )}
      <details className="closer">
        <summary>As a table</summary>
        <Scroll label={`${FORMS[form]}: token by token`}>
          <table>
            <thead>
              <tr>
                <th scope="col">token</th>
                <th scope="col">open</th>
                <th scope="col">closed</th>
                <th scope="col">added, nats</th>
                {weighs && <th scope="col">w</th>}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ text, at, open, closed, gained, weight }) => (
                <tr key={at}>
                  <th scope="row">
                    <code>{spaced(text)}</code>
                  </th>
                  <td>{percent(Math.exp(open))}</td>
                  <td>{percent(Math.exp(closed))}</td>
                  <td>{gain(gained)}</td>
                  {weighs && <td>{fixed(weight, 1)}</td>}
                </tr>
              ))}
            </tbody>
          </table>
          <table>
            <thead>
              <tr>
                <th scope="col">sentence</th>
                <th scope="col">added, nats</th>
              </tr>
            </thead>
            <tbody>
              {all.map(({ text, added, p, i }) => (
                <tr key={`${p} ${i}`}>
                  <th scope="row">{text}</th>
                  <td>{gain(added)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </section>
  );
}
