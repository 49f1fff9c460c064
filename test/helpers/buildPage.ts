/** Global set-up of the end-to-end tests: they look at the page as it is built. */
import { build } from "vite";
import { root } from "../machine.mjs";

export async function setup(): Promise<void> {
  await build({ root, logLevel: "warn" });
}
