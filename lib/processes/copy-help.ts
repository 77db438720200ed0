/** What `lockstep copy --help` prints. */
export const COPY_HELP = `npm run -s lockstep -- copy STAGE --source FILE|URL --destination FILE|URL [options]

Copies an AtlasDB store into another: Postgres or Cassandra, each way, the same kind included. It does the work of
atlasdb-cli migrate, with no console running. The source is only read. The newest committed version of each cell is
written at one start timestamp S, and the comparison shows that nothing is missing, too many or different.

STAGE
  assess     reads both sides and says what would happen: findings, every table with its fate, the list of tables of the
             destination that would be dropped. Changes nothing. May run at any time, clients running.
  setup      drops the destination's tables and creates the source's, with the same metadata bytes. Begins a new copy: a
             copy that this state folder already holds counts as nothing from then on.
  migrate    takes S and C from the destination's timestamps, above everything that the source can have issued, commits
             (S, C) in the destination, then copies. Goes on where it was interrupted.
  validate   compares tables, metadata bytes and every cell both ways. Changes no cell of either store; once the copy is
             proven, the tables lockstep_copy_* are dropped, which Lockstep made beside the data of a Postgres
             destination. Goes on where it was interrupted; a finished comparison is done anew.
  run        all of it, from the first stage that is not proven yet. It never sets up a second time by itself.

BEFORE setup, migrate, validate and run: stop every client, sweep, command line and cron job of both stores, keep them
from starting again, and have a backup of both that was restored once. No client may start on the destination before
validate has proven the copy. Whoever starts on the source again makes the copy void.

SIDES
  --source FILE                  AtlasDB's install file (YAML). What else stands in it is ignored. Without a timelock
                                 block the side uses the bound in its own store. type: memory is refused, and Oracle is,
                                 which Lockstep never connects to.
  --source-runtime FILE          its runtime file. Name it where the service has one: it may hold the timelock servers.
  --source URL                   postgres://USER@HOST:5432/DATABASE?sslmode=verify-full&tablePrefix=…&schema=…
                                 cassandra://USER@HOST:9042,HOST:9042/KEYSPACE?tls=verify-full&dataCentre=…
                                 and for timestamps from TimeLock: &timelock=https://HOST:8421,…&namespace=NAME
  --destination …                likewise, and so are all options below that begin with --source
  --config-root P                where AtlasDB's configuration stands in both files, such as /atlasdb; else it is found
  --source-tls MODE              disable, require (any certificate), verify-ca or verify-full, over what the file says
  --source-ca FILE               authorities in PEM, of the store and of TimeLock. Java key stores are not read: the
                                 command that makes PEM of them is printed.
  --source-cert FILE, --source-key FILE
                                 client certificate and key in PEM
  --source-data-centre NAME      the Cassandra data centre that AtlasDB reads in; else the one of the contact points

OPTIONS
  --tables A,B                   copy these tables only, by their full names and case; the others are created empty
  --lanes N                      ranges copied or compared at the same time, 1 to 64   one a processor, 2 to 8
  --max-cells-per-second N       a limit for all lanes together, in migrate and validate; may change with each run
  --max-megabytes-per-second N   likewise; the stricter of the two holds
  --state-dir DIR                where the copy keeps how far it is                    .lockstep/copies/…, by the sides
  --accept ID                    declare what a finding asks for and only a person can know; once for each
  --yes                          do not ask before tables are dropped; needed where there is no terminal
  --json                         one JSON object a line, the last one being the result
  --help                         this text

ENVIRONMENT
  LOCKSTEP_SOURCE_PASSWORD, LOCKSTEP_DESTINATION_PASSWORD
                                 passwords, over those in files and URLs; a URL shows in lists of processes

STOPPING AND GOING ON
  Ctrl-C ends the lanes at their next checkpoint; a second one ends the process at once. Both are safe, and so are kill
  -9 and a power cut. Run the same command again to go on. The state folder is the memory of a copy: without it only
  starting over with setup is possible. One process works with a state folder at a time. It holds no password, but with
  differences.jsonl keys and values of cells.

  kill -USR2 PID lets the lanes stand still at their next checkpoint, and once more go on; PID is shown at the start.

EXIT CODE
  0    what was asked is proven: assess found nothing in the way, setup, migrate or validate came to its end
  1    it is not, or it was refused; the last lines say which stage, what is proven, and the next command
  2    validate found differences; up to 10,000 of them stand in differences.jsonl of the state folder
  130  interrupted

JSON LINES, by type
  note, stage (started, proven), finding (level pass, warning, blocking, unknown), table (fate copied, created-empty,
  kept, dropped, left-out, with cells, bytes and seconds, null where unknown), estimate (all of it), progress
  (shardsDone, shards, counts, cellsPerSecond, secondsLeft), retry, failed, table-difference, difference, and last:
  result (ok, failed, message, proven, next, x, s, c, counts, stateDir). Timestamps are decimal strings, keys and values
  hexadecimal digits. Nothing else goes to standard output.

EXAMPLE
  npm run -s lockstep -- copy assess --source old.yml --source-runtime old-runtime.yml \\
    --destination new.yml --destination-runtime new-runtime.yml
  npm run -s lockstep -- copy run    (the same options)

AFTERWARDS the proof is X < S < C: X is what the source can have issued, and every client of the destination starts
above C. Configure and start the service on the destination, and keep the source untouched until a date that you name.`;
