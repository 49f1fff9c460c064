/** Only what differs between arms, and what it moves. */
import type { ReactNode } from "react";
import { Scroll } from "../../components/Scroll.tsx";
import { configDifference, valueInWords } from "../../settings.ts";
import type { Arm } from "./arms.ts";

export function Differing({ arms }: { arms: readonly Arm[] }): ReactNode {
  const configs = arms.map(({ runs: [first] }) => first!.run.config);
  const differing = configDifference(configs).filter(({ key }) => key !== "seed");
  if (differing.length === 0) return <p className="hint">The same settings in each.</p>;
  return (
    <Scroll label="Settings that differ">
      <table className="differing">
        <thead>
          <tr>
            <th scope="col">setting</th>
            {arms.map(({ key, letter }) => (
              <th key={key} scope="col">
                {letter}
              </th>
            ))}
            <th scope="col">why it matters</th>
          </tr>
        </thead>
        <tbody>
          {differing.map((setting) => (
            <tr key={setting.key}>
              <th scope="row">{setting.label}</th>
              {arms.map(({ key }, i) => (
                <td key={key}>{valueInWords(setting, configs[i]![setting.key])}</td>
              ))}
              <td>{setting.moves}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
