/** A chart leaves the built page as a picture, under the page's own policy: as vectors, and as pixels twice as fine. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { oneGuest } from "../helpers/guest.ts";

const guest = oneGuest(60_000);

async function taken(form: "SVG" | "PNG"): Promise<{ name: string; bytes: Buffer }> {
  const { page } = guest;
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(".gap-plot .take-figure button", { hasText: form }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

test.for(["light", "dark"] as const)("SVG and PNG of the gap, from a %s page", async (colorScheme) => {
  const { page, host } = guest;
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.goto(`${host.url}#/lab`);
  await page.locator(".gap-plot .line.closed").first().waitFor();
  expect(await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content")).toContain(
    "img-src 'self' blob: data:",
  );
  const svg = await taken("SVG");
  expect(svg.name).toMatch(/\.svg$/);
  const text = svg.bytes.toString("utf8");
  const [, width, height] = text.match(/^<svg [^>]*width="([\d.]+)" height="([\d.]+)"/)!;
  const png = await taken("PNG");
  expect(png.name).toMatch(/\.png$/);
  const drawn = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    let [white, coloured] = [0, 0];
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b, alpha] = [data[i]!, data[i + 1]!, data[i + 2]!, data[i + 3]!];
      if (r === 255 && g === 255 && b === 255 && alpha === 255) white++;
      if (Math.max(r, g, b) - Math.min(r, g, b) > 60) coloured++; // the lines: amber and blue
    }
    return { width: image.width, height: image.height, white: (4 * white) / data.length, coloured };
  }, png.bytes.toString("base64"));
  expect([drawn.width, drawn.height]).toEqual([2 * +width!, 2 * +height!]);
  expect(drawn.white).toBeGreaterThan(0.5); // paper, in the dark theme too
  expect(drawn.coloured).toBeGreaterThan(1000);
  expect(guest.faults).toEqual([]);
});
