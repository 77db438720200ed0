import { ensureJars, hasJars } from "#lib/local-cassandra/jars.ts";
import { findTools, type ToolSearch } from "#lib/local-cassandra/java.ts";
import type { Settings } from "#lib/processes/settings.ts";

/** What the person is told when the sandbox starts without the Cassandra store that was asked for. */
export function withoutCassandra(why: string): string {
  return `The sandbox starts without a Cassandra store. ${why}`;
}

/**
 * Whether the sandbox can have its Cassandra store: looks for Java and Maven and gets the server's jars, the first time from Maven's
 * repositories. Says through `say` what is missing; that is no reason not to start.
 */
export async function isCassandraReady(
  settings: Pick<Settings, "isCassandraWanted">,
  hasSandbox: boolean,
  say: (line: string) => void,
  find: () => Promise<ToolSearch> = findTools,
): Promise<boolean> {
  if (!settings.isCassandraWanted) return false;
  if (!hasSandbox) {
    say("--with-cassandra adds a store to the sandbox, and there is none here: no Cassandra is started.");
    return false;
  }
  const search = await find();
  if (!search.found) {
    say(withoutCassandra(search.missing));
    return false;
  }
  try {
    if (!(await hasJars("2.2.18")))
      say("Getting Cassandra from Maven's repositories. This happens once and needs the network.");
    await ensureJars("2.2.18", search.tools);
    say("Starting the sandbox with a Cassandra store; the server takes about ten seconds.");
    return true;
  } catch (error) {
    say(withoutCassandra(error instanceof Error ? error.message : String(error)));
    return false;
  }
}
