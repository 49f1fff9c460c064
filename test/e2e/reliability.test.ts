/** In short what test/bench/reliability measures at length: the browser killed, the GPU lost; a run ends as if nothing had been. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  finishOffered,
  linkOf,
  loseDevice,
  runButton,
  SHORT_RUN,
  serveWithDevices,
  startRun,
  storedRuns,
  Visitor,
} from "../helpers/hardTimes.ts";
import type { Host } from "../helpers/site.ts";

let host: Host;
let visitor: Visitor;
beforeAll(async () => {
  host = await serveWithDevices();
  visitor = await Visitor.arrive();
});
afterAll(async () => {
  await visitor?.leave();
  await host?.close();
});

const learning = (page: Page) => page.getByText(/Cycle 1 of 1 · learning/).waitFor();

test("a run whose GPU is lost goes on by itself; one whose browser is killed is offered again; all end bit-equal", async () => {
  const first = await visitor.open();
  await first.goto(await linkOf(host, { ...SHORT_RUN, cycles: 1 }));
  await startRun(first);
  await learning(first);
  await loseDevice(first);
  await first.getByText("The GPU was lost once.").waitFor();
  await runButton(first, "New run").waitFor();

  await startRun(first);
  await learning(first);
  await visitor.kill();

  const second = await visitor.open();
  await second.goto(`${host.url}#/lab`);
  await second.getByText("Interrupted.").waitFor();
  expect(await finishOffered(second)).toBe("resumed");
  const [lost, killed] = await storedRuns(second);
  expect(lost).toMatchObject({ status: "finished", lost: 1, update: 2 });
  expect(killed).toMatchObject({ status: "finished", lost: 0, update: 2 });
  expect(killed!.bytes).toBe(lost!.bytes);
  expect(killed!.rows).toBe(lost!.rows);
});
