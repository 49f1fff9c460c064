/** Commands to the session, one case each; whatever fails is said, with the request or run it belongs to. */
import { reportError } from "../core/errors.ts";
import type { TrainCommand, TrainEvent } from "../core/messages.ts";
import type { SearchClient } from "./searchClient.ts";
import type { Session } from "./session.ts";

export async function handle(
  command: TrainCommand,
  session: Session,
  search: SearchClient,
  post: (event: TrainEvent) => void,
): Promise<void> {
  try {
    switch (command.type) {
      case "connect":
        return search.connect(command.port);
      case "open":
        return await session.open(command);
      case "prepare":
        return await session.prepare();
      case "start":
        return await session.start(command);
      case "resume":
        return await session.resume(command);
      case "step":
        return session.step(command.runId);
      case "pause":
        return session.pause(command.runId);
      case "stop":
        return await session.stop(command.runId);
      case "inspect":
        return await session.inspect(command);
      case "ask":
        return await session.ask(command);
      case "loadAdapter":
        return await session.loadAdapter(command);
      case "unloadAdapter":
        return await session.unloadAdapter(command);
      case "export":
        return await session.export(command);
      default:
        command satisfies never;
    }
  } catch (error) {
    const runId = "runId" in command ? command.runId : null;
    const requestId = "requestId" in command ? command.requestId : null;
    post({ type: "failed", runId, requestId, error: reportError(error) });
  }
}
