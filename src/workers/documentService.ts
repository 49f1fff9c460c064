/** What the documents worker does, apart from being a worker: reads what was dropped. */
import type { DocumentRequests } from "../core/messages.ts";
import type { Handlers } from "../core/requests.ts";
import { readDropped } from "../documents/dropped.ts";

export const openDocumentService = (): Handlers<DocumentRequests> => ({
  read({ files }, onProgress) {
    const { signal } = new AbortController(); // the worker is ended where it should stop
    return readDropped(
      files.map(({ path, file }) => ({ name: path, bytes: file })),
      { onProgress, signal },
    );
  },
});
