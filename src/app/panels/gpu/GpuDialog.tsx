/** "Check my GPU": every kernel against its reference on the visitor's own machine, with how fast it is. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { GpuCheck, KernelCheck } from "../../../core/messages.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { Scroll } from "../../components/Scroll.tsx";
import { download, fileName } from "../../download.ts";
import { compact, DASH, integer, percent, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { openDialog } from "../../stores/viewStore.ts";
import { byStem, fault, flopsPerSecond, gflops, meaning, reportText, shortTime, verdict } from "./report.ts";

export function GpuDialog(): ReactNode {
  const { train } = useLab();
  const engine = useRunStore((s) => s.engine);
  const elsewhere = useRunStore((s) => s.elsewhere !== null);
  const busy = useRunStore((s) => isActive(labStatus(s)));
  const [check, setCheck] = useState<GpuCheck | null>(null);
  const [going, setGoing] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const open = useRef(true);
  useEffect(() => {
    open.current = true;
    return () => {
      open.current = false;
      void train?.ask("stopGpuCheck", null); // nobody looks any more
    };
  }, [train]);

  const begin = async () => {
    if (train === null) return;
    setRefused(null);
    setGoing(true);
    const results: KernelCheck[] = [];
    const known = {
      gpuAdapter: engine?.gpuAdapter ?? "",
      isFallbackAdapter: engine?.isFallbackAdapter ?? false,
    };
    setCheck({ ...known, of: 0, results: [], fault: null });
    try {
      const found = await train.ask("checkGpu", null, {
        onProgress({ latest, of }) {
          results.push(latest);
          if (open.current) setCheck({ ...known, of, results: [...results], fault: null });
        },
      });
      if (open.current) setCheck(found);
    } catch (error) {
      setCheck(null);
      setRefused(error instanceof Error ? error.message : String(error));
    }
    setGoing(false);
  };

  const why =
    train === null
      ? "This browser gives the page no WebGPU: there is nothing to check."
      : busy || elsewhere
        ? "A run is under way: the check would slow it and be slowed by it. Stop it first."
        : null;
  return (
    <Dialog title="Check my GPU" wide onClose={() => openDialog(null)}>
      <p>
        The lab computes by small programs of its own, its kernels. Here each of them runs on this GPU on
        small data, what it gives is held against the same computed with 64 bits on the CPU, and it is timed.{" "}
        {engine?.isFallbackAdapter ? "On a software GPU that takes minutes. " : ""}
        Nothing of it leaves this machine.
      </p>
      <p className="gpu-check-do">
        {going ? (
          <button type="button" onClick={() => void train?.ask("stopGpuCheck", null)}>
            Stop
          </button>
        ) : (
          <button type="button" className="go" disabled={why !== null} onClick={() => void begin()}>
            {check === null ? "Check" : "Check again"}
          </button>
        )}
        {going && (
          <>
            <progress
              aria-label="Kernels checked"
              max={check?.of || 1}
              value={check?.of ? check.results.length : 0}
            />
            <span className="hint">
              {check?.of
                ? `${integer(check.results.length)} of ${integer(check.of)} kernels`
                : "opening the GPU"}
            </span>
          </>
        )}
        {why !== null && <span className="hint">{why}</span>}
      </p>
      {refused !== null && (
        <p className="fault" role="alert">
          {refused}
        </p>
      )}
      {check !== null && <Result check={check} going={going} />}
    </Dialog>
  );
}

function Result({ check, going }: { check: GpuCheck; going: boolean }): ReactNode {
  const { results } = check;
  const failed = results.filter((result) => !result.passed);
  if (going && results.length === 0) return null;
  return (
    <section className="gpu-check" aria-label="What was found">
      <p aria-live="polite" className={failed.length > 0 ? "fault" : undefined}>
        {!going && <b>{verdict(check)}</b>}
      </p>
      {check.fault !== null && (
        <p className="fault" role="alert">
          The check ended early: {check.fault}
        </p>
      )}
      {failed.length > 0 && (
        <>
          <ul className="gpu-wrong">
            {failed.map((result) => (
              <li key={result.kernel}>
                <code>{result.kernel}</code>: {fault(result)}. {meaning(result)}
              </li>
            ))}
          </ul>
          <p>
            What helps: a newer graphics driver, another browser, or another GPU of this machine. Then check
            again; the text below is what whoever mends it needs.
          </p>
        </>
      )}
      {!going && <TakeText check={check} />}
      <Scroll label="Kernels">
        <table>
          <thead>
            <tr>
              <th scope="col">kernel</th>
              <th scope="col">forms</th>
              <th scope="col">worst error</th>
              <th scope="col">of what is allowed</th>
              <th scope="col">time</th>
              <th scope="col">GFLOP/s</th>
            </tr>
          </thead>
          <tbody>
            {byStem(results).map((row) => (
              <tr key={row.stem} className={row.failed > 0 ? "wrong" : undefined}>
                <th scope="row">
                  {row.words} <small className="stem">{row.stem}</small>
                </th>
                <td>{row.failed > 0 ? `${row.failed} of ${row.forms} wrong` : row.forms}</td>
                <td>{compact(row.maxError)}</td>
                <td>{percent(row.share)}</td>
                <td>{shortTime(row.seconds)}</td>
                <td>{gflops(row.flopsPerSecond)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p className="hint">
        A form is a variant for this kind of GPU, or for a type of weights. The worst error is that of the
        form which is nearest to its tolerance, or beyond. GFLOP/s and its time: {speedWords(results)}. The
        other times are of one dispatch on the small data, most of it overhead.
      </p>
      <details className="closer">
        <summary>
          {integer(results.length)} {plural(results.length, "form")}, one by one
        </summary>
        <Scroll label="Every form">
          <table>
            <thead>
              <tr>
                <th scope="col">form</th>
                <th scope="col">worst error</th>
                <th scope="col">of what is allowed</th>
                <th scope="col">time</th>
                <th scope="col">rows</th>
                <th scope="col">GFLOP/s</th>
              </tr>
            </thead>
            <tbody>
              {results.map((result) => (
                <tr key={result.kernel} className={result.passed ? undefined : "wrong"}>
                  <th scope="row">
                    <code>{result.kernel}</code>
                    {!result.passed && " wrong"}
                  </th>
                  <td>{compact(result.maxError)}</td>
                  <td>{percent(result.share)}</td>
                  <td>{shortTime(result.seconds)}</td>
                  <td>{result.rows === null ? DASH : integer(result.rows)}</td>
                  <td>{gflops(flopsPerSecond(result))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </section>
  );
}

/** With how many rows the products were timed. */
function speedWords(results: readonly KernelCheck[]): string {
  const rows = Math.max(0, ...results.map((result) => result.rows ?? 0));
  return rows === 0
    ? "no product was timed"
    : `the fastest form of a product, with f32 weights, on ${integer(rows)} rows of a layer with 576 inputs and 1,536 outputs (of the adapter’s gradient 16 by 576)`;
}

function TakeText({ check }: { check: GpuCheck }): ReactNode {
  const [says, setSays] = useState<string | null>(null);
  const text = () => reportText(check, navigator.userAgent, new Date());
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setSays("copied");
    } catch {
      setSays("this browser does not let the page copy: save it instead");
    }
  };
  return (
    <p>
      <button type="button" className="link" onClick={() => void copy()}>
        Copy as text
      </button>{" "}
      ·{" "}
      <button
        type="button"
        className="link"
        onClick={() => download(fileName(`gpu check ${check.gpuAdapter}`, "txt"), "text/plain", text())}
      >
        save as a file
      </button>
      <small aria-live="polite">{says && ` ${says}`}</small>
    </p>
  );
}
