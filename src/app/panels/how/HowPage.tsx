/** What the lab does, said honestly: the cycle, the reward, what to expect, what stays here. */
import { type ReactNode, useEffect } from "react";
import { hrefOf, usePart } from "../../route.ts";
import { openDialog } from "../../stores/viewStore.ts";
import { CyclePicture } from "../lab/CyclePicture.tsx";
import { Expectations } from "./Expectations.tsx";
import { Experiment } from "./Experiment.tsx";
import { OfflineParts } from "./OfflineParts.tsx";

export function HowPage(): ReactNode {
  const part = usePart();
  useEffect(() => {
    if (part !== "") document.getElementById(`how-${part}`)?.scrollIntoView();
  }, [part]);
  return (
    <main className="page how">
      <header>
        <h1>How it works</h1>
        <p>
          A small language model can answer questions about your documents while the right passages lie before
          it: the <span className="open">open book</span>. The lab trains it until it answers without them:
          the <span className="closed">closed book</span>.
        </p>
      </header>
      <CyclePicture phase={null} />
      <div className="prose">
        <h2>One cycle</h2>
        <ol className="steps">
          <li>
            <b>Look up.</b> For every question the nearest passages are found, by shared words (BM25) and by
            meaning (vectors), the two rankings merged. They depend only on the documents, so once a run is
            enough.
          </li>
          <li>
            <b>Answer twice.</b> Once <span className="open">with</span> the passages in the prompt, once{" "}
            <span className="closed">without</span>. The open-book answer comes from the model as it was
            before training, so that it never learns from its own slips.
          </li>
          <li>
            <b>Reward.</b> The open-book answer earns accuracy × rationality, each from 0 to 1. A right answer
            with an incoherent explanation earns nothing.
          </li>
          <li>
            <b>Learn.</b> A LoRA adapter, a small set of extra weights beside the frozen model, is moved: the
            rewarded answer becomes likelier with the book closed.
          </li>
          <li>
            <b>Test.</b> Questions it has not trained on, about the same facts in other words, book open and
            closed. Each cycle adds a point to the plot. The band around a line is the 95 % interval of that
            share.
          </li>
        </ol>

        <h2>The loss</h2>
        <p>
          Every visit asks a question twice, briefly and for an explanation. For each of the two forms, with{" "}
          <i>y</i> what the model said there with the book open, <i>x</i> the question with the book closed,
          and <i>r</i> the reward of <i>y</i>,
        </p>
        <p className="formula">
          −r · Σ<sub>t</sub> w<sub>t</sub> log π(y<sub>t</sub> │ x, y<sub>&lt;t</sub>) / Σ<sub>t</sub> w
          <sub>t</sub>
          <br />w<sub>t</sub> = 0.2 + clip( log π<sub>0</sub>(y<sub>t</sub> │ passages, x) − log π<sub>0</sub>
          (y
          <sub>t</sub> │ x), 0, 5 )
        </p>
        <p>
          A piece of a word counts by how much likelier the passages made it, measured once with π<sub>0</sub>
          , the model before training. In the built-in model’s “The home of Hoarn Yolt is in Yoalmere.” the
          three pieces of the last word count 3.6, 5.2 and 2.8, those of “home of” 0.2: the gap itself, piece
          by piece. A quarter of the visits bring a row with the book open as well, on which the model is held
          to what it said before, so that reading is not unlearned.
        </p>
        <p>
          The idea of learning from one’s own rewarded open-book answers is RLAG’s:{" "}
          <cite>
            Embedding Domain Knowledge for Large Language Models via Reinforcement Learning from Augmented
            Generation
          </cite>{" "}
          (Nie et al., EMNLP 2025, arXiv 2509.20162). Its published loss compares the open-book answer with
          the closed-book slip and never raises the answer itself. It is in the settings to compare, beside
          one with an anchor that does, plain fine-tuning, and six more.
        </p>

        <h2>Rationality without a judge</h2>
        <p>
          Published evaluations ask a large model whether an explanation is sound. Here it is counted, and
          each part is shown: the explanation must name the answer or no other option (<b>valid</b>); its
          words must come from the passages, and the words of the evidence must be in it (<b>grounded</b>).
          Rationality is the first times the harmonic mean of the other two. It cannot tell an elegant
          argument from a plain one; it does tell a grounded one from an invented one.
        </p>

        <h2>What counts for nothing</h2>
        <p>
          Some answers come without knowing or reading anything, so the plot draws what they are worth as thin
          dashed lines: a blind guess (<b>chance</b>); the option that is most often the right answer among
          the training questions, of the same kind where there is one (<b>common answers</b>); and the option
          whose words occur in the passages (<b>option found in the passages</b>). A model that has only
          learned which answers are common stays on the second line.
        </p>

        <h2>What else is measured</h2>
        <p>
          Two lines can look better than what was learned. At the cycles that test explanations the lab also
          looks at
        </p>
        <ul className="plain">
          <li>
            <b>answers in its own words</b>, without options to choose from, which must say the same as the
            right one;
          </li>
          <li>
            <b>two facts joined</b>: of the two-hop questions whose two facts it tells rightly one by one, the
            share it explains by way of what joins them and answers rightly. Options say little here;
          </li>
          <li>
            <b className="elsewhere">reading elsewhere</b>: an archive it never trains on, book open. The
            score at home hides whether it can still read, since memory answers too;
          </li>
          <li>
            <b>how sure it is</b>: by how much the chosen option leads the second, where it is right and where
            it is wrong.
          </li>
        </ul>

        <h2>Does it beat plain fine-tuning?</h2>
        <Expectations />
        <Experiment />

        <h2>What it will not do</h2>
        <ul className="plain">
          <li>Answers that join two learned facts hardly improve; watch the two-hop line in the plot.</li>
          <li>The built-in model knows one kind of sentence. It shows the method, it is no assistant.</li>
          <li>A single run is one draw. Repeat with other seeds before you believe a difference.</li>
        </ul>

        <h2>Does it compute rightly here?</h2>
        <p>
          When a model is prepared, the matrix products are tried on this GPU and the fastest right ones kept.{" "}
          <button type="button" className="link" onClick={() => openDialog("gpu")}>
            Check my GPU
          </button>{" "}
          goes further: every kernel that may run here against a 64-bit reference, with its speed.
        </p>

        <h2>Privacy</h2>
        <p>
          The page loads its own files from the server it came from, and nothing else. Documents, questions,
          runs and adapters are read, trained on and stored in this browser. There is no account, no tracking
          and no upload.
        </p>

        <h2 id="how-offline">Without a network</h2>
        <OfflineParts />

        <h2 id="how-school">In a school</h2>
        <p>
          Any web server will do: copy the built folder (<code>dist</code>) to it, under any path. Nothing is
          installed on the machines, there are no accounts, and no other server is asked for anything.
        </p>
        <p>
          It has to be <b>https</b>. Browsers give WebGPU, stored models and offline pages only to https and
          to localhost, inside a school’s own network too: a page from http://192.168.… or http://server.lan
          shows the recorded runs and cannot train.
        </p>

        <h2>By keyboard</h2>
        <p>
          Everything works without a mouse. <kbd>Space</kbd> runs and pauses, <kbd>→</kbd> steps, <kbd>?</kbd>{" "}
          shows{" "}
          <button type="button" className="link" onClick={() => openDialog("shortcuts")}>
            all keys
          </button>
          . <a href={hrefOf("lab")}>Back to the lab</a>.
        </p>
      </div>
    </main>
  );
}
