import { expect, test } from "vitest";
import { inTurns, type Print } from "../helpers/turns.mjs";

/** A job that ends when it is told to. */
function job(name: string, log: string[]) {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let print: Print = () => {};
  const run = async (out: Print) => {
    log.push(`${name} begins`);
    print = out;
    out(`${name}1`);
    await ended;
    out(`${name}2`);
  };
  return { run, end: () => end(), print: (text: string) => print(text) };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

test("two jobs run at a time, and each one's output comes whole, in the order of the list", async () => {
  const log: string[] = [];
  const shown: unknown[] = [];
  const [a, b, c] = [job("a", log), job("b", log), job("c", log)];
  const all = inTurns([a.run, b.run, c.run], 2, (text) => shown.push(text));
  await settle();
  expect(log).toEqual(["a begins", "b begins"]);
  expect(shown).toEqual(["a1"]);
  b.end();
  await settle();
  expect(log).toEqual(["a begins", "b begins", "c begins"]);
  expect(shown).toEqual(["a1"]);
  a.print("a more");
  expect(shown).toEqual(["a1", "a more"]);
  a.end();
  await settle();
  expect(shown).toEqual(["a1", "a more", "a2", "b1", "b2", "c1"]);
  c.print("c more");
  c.end();
  await all;
  expect(shown).toEqual(["a1", "a more", "a2", "b1", "b2", "c1", "c more", "c2"]);
});

test("a job that throws ends the run", async () => {
  const failing = () => Promise.reject(new Error("no"));
  await expect(inTurns([failing], 2, () => {})).rejects.toThrow("no");
});
