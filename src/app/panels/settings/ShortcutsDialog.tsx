import type { ReactNode } from "react";
import { Dialog } from "../../components/Dialog.tsx";
import { openDialog } from "../../stores/viewStore.ts";

const KEYS: readonly [keys: readonly string[], does: string][] = [
  [["Space"], "run, pause, resume"],
  [["→"], "one step, then pause"],
  [["←", "→"], "in the question panel: previous and next question"],
  [["→", "←"], "among made questions: keep, drop"],
  [["↓", "↑"], "there: the next and the previous one"],
  [["e", "p", "d", "u"], "there: edit, next wording, swap an option, undo"],
  [["e"], "answers or explanations"],
  [["b"], "big type for a room, and back"],
  [["t"], "theme: as the system, light, dark"],
  [["?"], "this list"],
  [["Esc"], "close a dialog"],
];

export function ShortcutsDialog(): ReactNode {
  return (
    <Dialog title="Keys" onClose={() => openDialog(null)}>
      <table className="keys">
        <tbody>
          {KEYS.map(([keys, does]) => (
            <tr key={does}>
              <th scope="row">
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hint">They rest while you type in a field.</p>
    </Dialog>
  );
}
