/** For a browser that cannot train: why, and what to do, the visitor's own browser first. */
import type { ReactNode } from "react";
import type { ErrorReport } from "../../../core/errors.ts";
import { type Browser, guessBrowser } from "../../browser.ts";
import { SCHOOL_HREF } from "../../route.ts";

const STEPS: Record<Browser, { name: string; steps: readonly string[] }> = {
  chrome: {
    name: "Chrome, Edge, Brave, Opera",
    steps: [
      "Update to version 113 or later; on Android, to 121 or later.",
      "Check that “Use graphics acceleration when available” is on in the settings under System.",
      "Open chrome://gpu and look for WebGPU: “Hardware accelerated” is what you want.",
    ],
  },
  linux: {
    name: "Chrome on Linux",
    steps: [
      "Install a Vulkan driver (mesa-vulkan-drivers on Debian and Ubuntu) and restart the browser.",
      "If WebGPU stays off, start the browser with --enable-unsafe-webgpu --enable-features=Vulkan.",
      "Without a graphics card the browser falls back to a software GPU: slow, but right.",
    ],
  },
  firefox: {
    name: "Firefox",
    steps: [
      "Windows: version 141 or later. macOS 26 on Apple silicon: version 145 or later.",
      "Elsewhere open about:config, set dom.webgpu.enabled to true, and restart; Nightly has it on.",
    ],
  },
  safari: {
    name: "Safari",
    steps: [
      "Version 26 has it: macOS 26, iOS 26, iPadOS 26.",
      "Earlier on macOS: Settings, Advanced, “Show features for web developers”, then Feature Flags, WebGPU.",
    ],
  },
};

export function NoWebGpu({ error }: { error: ErrorReport | null }): ReactNode {
  const mine = guessBrowser(navigator.userAgent);
  const others = (Object.keys(STEPS) as Browser[]).filter((name) => name !== mine);
  return (
    <section className="no-webgpu" aria-labelledby="no-webgpu">
      <h2 id="no-webgpu">Training needs {window.isSecureContext ? "WebGPU" : "https"}</h2>
      {!window.isSecureContext && (
        <p>
          This page came by plain http, from {window.location.host}. Browsers give WebGPU, stored models and
          offline pages only to https and to localhost, inside a school’s own network too. The same files
          served over https will train. <a href={SCHOOL_HREF}>What to copy, and where</a>.
        </p>
      )}
      <p>
        {error
          ? `This browser has WebGPU, but gave no GPU to use: ${error.message.replace(/[.!]?$/, ".")} `
          : window.isSecureContext && "This browser does not offer it. "}
        Looking things up, reading and the recorded run work all the same.
      </p>
      {window.isSecureContext && (
        <>
          <h3>{STEPS[mine].name}</h3>
          <Steps of={mine} />
          <details>
            <summary>Other browsers</summary>
            {others.map((name) => (
              <div key={name}>
                <h3>{STEPS[name].name}</h3>
                <Steps of={name} />
              </div>
            ))}
          </details>
        </>
      )}
    </section>
  );
}

function Steps({ of }: { of: Browser }): ReactNode {
  return (
    <ul>
      {STEPS[of].steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ul>
  );
}
