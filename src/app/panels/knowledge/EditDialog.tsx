/** Before documents or questions change: which runs could not go on afterwards, and what can be done about it. */
import type { ReactNode } from "react";
import { Dialog } from "../../components/Dialog.tsx";
import { LongList } from "../../components/LongList.tsx";
import { integer, plural, when } from "../../format.ts";
import { runName } from "../../presets.ts";
import type { AskedEdit } from "../../stores/editStore.ts";

const MOST_RUNS = 5;

export function EditDialog({ asked: { name, deletes, runs, answer } }: { asked: AskedEdit }): ReactNode {
  const one = runs.length === 1;
  return (
    <Dialog
      title={`${integer(runs.length)} ${plural(runs.length, "run is", "runs are")} not finished`}
      onClose={() => answer("leave")}
    >
      <p>
        {one ? "It was" : "They were"} begun on “{name}” and {one ? "goes" : "go"} on only with the same
        documents and questions: after this {deletes ? "deletion" : "change"} {one ? "it" : "they"} cannot.
      </p>
      <ul className="stranded">
        <LongList items={runs} most={MOST_RUNS} as="li">
          {(run) => (
            <li>
              <b>{runName(run)}</b> <small>{whereItIs(run)}</small>
            </li>
          )}
        </LongList>
      </ul>
      <p>
        Finish {one ? "it" : "them"} first, from Runs. What {one ? "it has" : "they have"} stored is kept
        whatever you do here.
      </p>
      <div className="run">
        <button type="button" onClick={() => answer("leave")}>
          Leave it as it is
        </button>
        {!deletes && (
          <button type="button" className="go" onClick={() => answer("copy")}>
            Change a copy instead
          </button>
        )}
        <button type="button" className="danger" onClick={() => answer("change")}>
          {deletes ? "Delete it" : "Change it"} all the same
        </button>
      </div>
    </Dialog>
  );
}

const whereItIs = ({ cycle, config, createdAt }: AskedEdit["runs"][number]): string =>
  `${integer(cycle)} of ${integer(config.cycles)} cycles, begun ${when(createdAt)}`;
