/** The map worker: UMAP keeps a thread busy for seconds. Its language is MapRequests. */
import type { MapRequests } from "../core/messages.ts";
import { serve } from "../core/requests.ts";
import { openMapService } from "./mapService.ts";

serve<MapRequests>(openMapService(), self);
