/** The models worker: its language is ModelCommand and ModelEvent. A worker, because only there a file can be written in place. */
import type { ModelCommand } from "../core/messages.ts";
import { openModelService } from "./modelService.ts";

const service = openModelService((event) => self.postMessage(event));
self.onmessage = ({ data }: MessageEvent<ModelCommand>) => void service.handle(data);
