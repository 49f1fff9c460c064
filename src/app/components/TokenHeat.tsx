/** A completion with each token shaded by how unsure the model was of it; the numbers on hover and as a table. */
import type { ReactNode } from "react";
import type { AnswerRecord } from "../../core/run.ts";
import { fixed, percent } from "../format.ts";

type Token = AnswerRecord["tokens"][number];

/** 0 for a certain token, 40 % of the line's colour for an impossible one: the text on it stays readable. */
const shade = (logprob: number): string => `${Math.round(40 * (1 - Math.exp(logprob)))}%`;

/** The token that ends a turn; it counts in every mean, so it is shown. */
const SPECIAL = /^<\|.*\|>$/;

const spaced = (text: string): string => text.replaceAll("\n", "↵").replaceAll(" ", "␣");

export function TokenHeat({
  tokens,
  line,
}: {
  tokens: readonly Token[];
  line: "open" | "closed";
}): ReactNode {
  return (
    <p className="tokens">
      {placed(tokens).map(({ text, logprob, at }) => (
        <span
          key={at}
          title={`p = ${percent(Math.exp(logprob))}, log p = ${fixed(logprob)}`}
          style={{ background: `color-mix(in srgb, var(--${line}) ${shade(logprob)}, transparent)` }}
        >
          {SPECIAL.test(text) ? <small>end</small> : text}
        </span>
      ))}
    </p>
  );
}

/** The same as numbers. */
export function TokenTable({ tokens, title }: { tokens: readonly Token[]; title: string }): ReactNode {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col">log p</th>
          <th scope="col">p</th>
        </tr>
      </thead>
      <tbody>
        {placed(tokens).map(({ text, logprob, at }) => (
          <tr key={at}>
            <td>
              <code>{spaced(text)}</code>
            </td>
            <td>{fixed(logprob)}</td>
            <td>{percent(Math.exp(logprob))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const placed = (tokens: readonly Token[]) => tokens.map((token, at) => ({ ...token, at }));
