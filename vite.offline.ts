/**
 * What the build adds so that the page works without a network and talks to nobody: a service worker, the list of files
 * that working offline takes, and the content security policy, as a meta tag and as headers for hosts that send some.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { filesNeeded, LATER_CACHE, type NeededFiles } from "./src/core/offline.ts";
import { STYLE as SHEET_STYLE } from "./src/documents/writers/sheet.ts";

const LARGEST = 5 << 20; // bytes of a precached file; the built-in embedder has 4.03 MB
const NEEDED = "offline.json";

export function offline(): Plugin[] {
  let needed: NeededFiles = { now: [], later: [] };
  const list: Plugin = {
    name: "offline-files",
    // Before the service worker is made of the same folder, which vite-plugin-pwa does when the bundle is closed.
    writeBundle({ dir = "dist" }) {
      const files = filesIn(dir).filter((path) => !NOT_PAGE.test(path));
      const texts = new Map(
        files
          .filter((path) => path.endsWith(".js"))
          .map((path) => [path, readFileSync(join(dir, path), "utf8")]),
      );
      needed = filesNeeded(files, texts);
      writeFileSync(join(dir, NEEDED), JSON.stringify(needed));
      const size = needed.now.reduce((sum, { file }) => sum + statSync(join(dir, file)).size, 0);
      if (size > MOST)
        throw new Error(`the service worker would fetch ${size} bytes at once, more than ${MOST}`);
      const policy = policyOf(readFileSync(join(dir, "index.html"), "utf8"), "'self' https:");
      writeFileSync(join(dir, "_headers"), headersFile(policy));
    },
  };
  const security: Plugin = {
    name: "content-security-policy",
    transformIndexHtml: {
      order: "post",
      handler: (html) => [
        {
          tag: "meta",
          attrs: { "http-equiv": "Content-Security-Policy", content: policyOf(html, "'self'") },
          injectTo: "head-prepend",
        },
      ],
    },
  };
  return [
    security,
    list,
    ...VitePWA({
      registerType: "prompt", // a new version waits: the page says when it may come (src/app/offline.ts)
      injectRegister: false,
      manifest: {
        id: "./",
        name: "Closed Book",
        short_name: "Closed Book",
        description: "Teach a small language model your documents until it answers with the book closed.",
        start_url: "./",
        scope: "./",
        display: "standalone",
        background_color: "#fbfaf6",
        theme_color: "#fbfaf6",
        icons: [
          { src: "icon.svg", sizes: "any", type: "image/svg+xml" },
          { src: "icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "icon-512.png", sizes: "512x512", type: "image/png" },
        ],
      },
      includeManifestIcons: false, // they are in the folder that is searched
      workbox: {
        globPatterns: ["**/*"],
        globIgnores: ["_headers", "**/*.wasm"],
        maximumFileSizeToCacheInBytes: LARGEST,
        manifestTransforms: [
          async (entries) => {
            const wanted = new Set([NEEDED, "manifest.webmanifest", ...needed.now.map(({ file }) => file)]);
            return { manifest: entries.filter(({ url }) => wanted.has(url)), warnings: [] };
          },
        ],
        dontCacheBustURLsMatching: /^assets\//, // their names change with them
        ignoreURLParametersMatching: [/./], // a link may carry any
        navigateFallback: null, // there is one page, and it is the folder's index
        cleanupOutdatedCaches: true,
        inlineWorkboxRuntime: true,
        sourcemap: false,
        runtimeCaching: [
          {
            urlPattern: /\/assets\/[^/?]+$/,
            handler: "CacheFirst",
            options: { cacheName: LATER_CACHE },
          },
        ],
      },
    }),
  ];
}

const MOST = 12 << 20; // bytes of all precached files: installing is one step, and a large one fails on a weak network
const NOT_PAGE = /^(sw\.js|_headers|manifest\.webmanifest|offline\.json)$/;

/** Paths of all files below a folder, with slashes. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * The policy of a page: its own files only, WebAssembly, and by their hashes the one inline script and the style of the
 * sheet of questions, which is printed from a frame of its own.
 * @param connect whom scripts may talk to
 */
function policyOf(html: string, connect: string): string {
  const inline = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = ""]) => hashOf(text));
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${inline.join(" ")}`,
    `style-src 'self' ${hashOf(SHEET_STYLE)}`,
    "font-src 'self'",
    "img-src 'self' blob: data:",
    `connect-src ${connect}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
  ].join("; ");
}

/**
 * Headers in the form that Netlify, Cloudflare Pages and others read. The policy governs workers too, which a meta tag
 * does not: the models worker may fetch what a person asks for from any server over https, the page itself may not.
 */
const headersFile = (policy: string): string => `/*
  Content-Security-Policy: ${policy}
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/assets/*
  Cache-Control: public, max-age=31536000, immutable
/sw.js
  Cache-Control: no-cache
`;
