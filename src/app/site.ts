/** Files of the site, addressed from the page so that it works under any path. */

/** Absolute URL of a path as run settings name it ("models/pocket"), "" the site's folder; absolute URLs stay as they are. */
export const siteUrl = (path: string): string => new URL(path || "./", document.baseURI).href; // "" would keep a ?query

/** Whether the site is served from this machine, to nobody else. */
export const isAtHome = (): boolean =>
  ["localhost", "127.0.0.1", "[::1]"].includes(new URL(document.baseURI).hostname);

/** A JSON file of the site; null when it is not there (a static host may answer that with a page). */
export async function fetchOptionalJson(path: string): Promise<unknown> {
  const response = await fetch(siteUrl(path));
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return response.ok && isJson ? response.json() : null;
}
