import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";

const IN_MEMORY = "/dev/shm";
// Two servers of Cassandra and several consoles may be there at once.
const ROOM_BYTES = 6_000_000_000;

/**
 * Where servers of tests keep their data: a folder in memory where there is one with room, else the usual one. On a disk their syncs
 * are much of the time that the tests take, and of the chance in it.
 */
export async function dataPlace(): Promise<string> {
  const memory = await statfs(IN_MEMORY).catch(() => null);
  return memory !== null && memory.bavail * memory.bsize > ROOM_BYTES ? IN_MEMORY : tmpdir();
}
