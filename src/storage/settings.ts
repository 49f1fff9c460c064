/** Small things a visitor chose, by name; whoever reads one checks its form. */
import { type LabDb, read, write } from "./db.ts";

export const getSetting = (db: LabDb, name: string): Promise<unknown> =>
  read(`reading the setting ${name}`, () => db.get("settings", name));

/** Any structured-clonable value. */
export const putSetting = (db: LabDb, name: string, value: unknown): Promise<void> =>
  write(db, ["settings"], `saving the setting ${name}`, value, async (tx) => {
    await tx.objectStore("settings").put(value, name);
  });
