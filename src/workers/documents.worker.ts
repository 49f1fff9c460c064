/** The documents worker: files in, their text out. Its language is DocumentRequests. */
import type { DocumentRequests } from "../core/messages.ts";
import { serve } from "../core/requests.ts";
import { openDocumentService } from "./documentService.ts";

serve<DocumentRequests>(openDocumentService(), self);
