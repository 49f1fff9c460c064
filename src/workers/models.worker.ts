/** The models worker: its language is ModelRequests. A worker, because only there a file can be written in place. */
import type { ModelRequests } from "../core/messages.ts";
import { serve } from "../core/requests.ts";
import { openModelService } from "./modelService.ts";

serve<ModelRequests>(openModelService(), self);
