/** A sheet to print: the questions with boxes or a line, and their key on a page of its own. */
import type { Question } from "../../core/run.ts";

const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

export const STYLE = `body{font:12pt/1.45 Georgia,serif;max-width:42em;margin:2em auto;padding:0 1em;color:#000;background:#fff}
h1{font-size:16pt}li{margin:0 0 1.1em;break-inside:avoid}ol ol{list-style:upper-alpha;margin-top:.3em}ol ol li{margin:0}
.line{border-bottom:1px solid #000;height:1.8em}.name{display:flex;gap:2em}.name span{flex:1;border-bottom:1px solid #000}
.key{break-before:page}.key li{margin-bottom:.35em}small{color:#444}@page{margin:2cm}`;

/** A whole HTML page, without a script and without anything from elsewhere. */
export function writeSheet(questions: readonly Question[], title: string): string {
  const asked = questions.map(({ question, options }) => {
    const texts = Object.values(options);
    const below =
      texts.length > 0
        ? `<ol>${texts.map((text) => `<li>${escaped(text)}</li>`).join("")}</ol>`
        : '<div class="line"></div>';
    return `<li>${escaped(question)}${below}</li>`;
  });
  const key = questions.map(({ options, answer, evidence }) => {
    const at = Object.values(options).indexOf(answer);
    const letter = at >= 0 ? `<b>${String.fromCharCode(65 + at)}</b> ` : "";
    const why = evidence ? ` <small>${escaped(evidence)}</small>` : "";
    return `<li>${letter}${escaped(answer)}${why}</li>`;
  });
  return `<!doctype html>
<html lang="und"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><h1>${escaped(title)}</h1><p class="name"><span>Name</span><span>Date</span></p>
<ol>${asked.join("\n")}</ol>
<section class="key"><h1>Key</h1><ol>${key.join("\n")}</ol></section>
</body></html>
`;
}
