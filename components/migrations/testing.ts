import type {
  FindingView,
  MigrationLive,
  MigrationView,
  ReadingView,
  StepView,
} from "#lib/migrations/schema.ts";
import { judgeChain, type ProofTerm } from "#lib/timestamps/proof.ts";

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

function finding(
  id: string,
  level: FindingView["level"],
  title: string,
  rest: Partial<FindingView> = {},
): FindingView {
  return { id, level, title, detail: null, remedy: null, readings: [], ...rest };
}

function reading(
  key: string,
  label: string,
  decimal: string | null,
  at: string,
  rest: Partial<ReadingView> = {},
): ReadingView {
  return {
    key,
    label,
    status: decimal === null ? "unknown" : "known",
    display: decimal ?? "unknown",
    decimal,
    hex: null,
    raw: null,
    source: "_timestamp",
    node: "db-1:5432",
    readAt: at,
    provenance: "observed",
    unknownBecause: decimal === null ? "2 of 3 nodes did not answer." : null,
    ...rest,
  };
}

function step(number: number, id: string, title: string, at: string, rest: Partial<StepView> = {}): StepView {
  const state = number < 5 ? "done" : number === 5 ? "current" : "pending";
  return {
    id,
    number,
    title,
    kind: "act",
    state,
    optional: false,
    purpose: "Every timestamp that TimeLock will issue for “orders” becomes larger than TS.",
    irreversible: false,
    job: null,
    approval: null,
    button: title,
    blockedBecause: null,
    inputs: [],
    typedPhrase: null,
    findings: [],
    readings: [],
    operations: [],
    checks: [],
    manual: false,
    undo: { possible: false, text: "There is nothing to undo.", leavesBehind: [], button: null },
    attestations: [],
    configurations: [],
    instructions: [],
    configurationGuide: null,
    attempts: [],
    finishedAt: state === "done" ? at : null,
    finishedBy: state === "done" ? "Ada Lovelace" : null,
    ...rest,
  };
}

function term(
  id: string,
  label: string,
  value: string | null,
  at: string,
  rest: Partial<ProofTerm> = {},
): ProofTerm {
  return {
    id,
    label,
    value,
    source: "_timestamp",
    node: "db-1",
    readAt: value === null ? null : at,
    raw: null,
    provenance: "observed",
    ...rest,
  };
}

function forward(at: string): StepView {
  return step(5, "fast-forward", "Fast-forward TimeLock to TS", at, {
    irreversible: true,
    manual: true,
    button: "Fast-forward orders",
    findings: [
      finding("stopped", "pass", "All clients are stopped: proven for 4 minutes."),
      finding("quorum", "warning", "One of three nodes does not answer.", {
        detail: "tl-3: connection refused.",
        remedy: "The quorum holds; mend the node soon.",
      }),
      finding("sessions", "unknown", "Sessions of the store cannot be listed.", {
        detail: "The user lacks pg_read_all_stats.",
      }),
    ],
    readings: [
      reading("bound", "Stored bound", "1010001", at),
      reading("learned", "Learned value", "0", at, { source: "TimeLock", node: "tl-2" }),
      reading("active", "Active namespaces", null, at, { source: "TimeLock", node: null }),
    ],
    operations: [
      {
        title: "POST /orders/timestamp-management/fast-forward?currentTimestamp=1010001",
        target: "tl-2, the leader for “orders”",
        repeatable: true,
        withoutHands: null,
        commands: [
          {
            tool: "curl",
            label: "curl on tl-2",
            text: "curl --silent --show-error --write-out '%{http_code}\\n' --request POST \\\n  --header \"Authorization: Bearer $LOCKSTEP_TOKEN\" \\\n  'https://tl-2:8421/timelock/api/orders/timestamp-management/fast-forward?currentTimestamp=1010001'",
          },
          { tool: "curl", label: "curl on tl-1", text: "curl --silent 'https://tl-1:8421/…'" },
        ],
      },
    ],
    checks: [
      {
        tool: "curl",
        label: "learned value on tl-2",
        text: "curl --silent 'https://tl-2:8421/…/learned'",
        expect: "a value of at least 1010001",
      },
    ],
    undo: {
      possible: false,
      text: "Not possible: TimeLock never goes back. Repeating is safe.",
      leavesBehind: ["a higher bound of “orders” on TimeLock"],
      button: null,
    },
    attempts: [
      {
        id: uuid(90),
        number: 1,
        state: "not-applied",
        operation: "Fast-forward orders to 1010001",
        startedAt: at,
        endedAt: at,
        by: "Ada Lovelace",
        manual: false,
        outcome: "tl-1 did not answer within 12.5 s; read again: TimeLock had not moved.",
      },
    ],
  });
}

function steps(at: string): StepView[] {
  return [
    step(1, "assess", "Assess", at, {
      kind: "gate",
      findings: [finding("rights", "pass", "The store's user owns the table.")],
    }),
    step(2, "stop", "Stop all clients", at, {
      kind: "operator",
      inputs: ["attestations"],
      attestations: [
        {
          subject: "node:1",
          label: "orders-1",
          hint: "orders-1.example.org",
          attestedBy: "Ada Lovelace",
          attestedAt: at,
          note: "systemctl stop, disabled",
        },
        {
          subject: "node:2",
          label: "orders-dr",
          hint: "disaster recovery",
          attestedBy: null,
          attestedAt: null,
          note: null,
        },
        {
          subject: "session:77",
          label: "Session of exporter from 10.0.0.9",
          hint: "postgres_exporter",
          attestedBy: null,
          attestedAt: null,
          note: null,
        },
      ],
      undo: {
        possible: true,
        text: "Clients may be started again.",
        leavesBehind: [],
        button: "Stop all clients again",
      },
    }),
    step(3, "claim", "Claim the namespace", at, { inputs: ["typed-phrase"], typedPhrase: "orders" }),
    step(4, "take-ts", "Take TS", at, { kind: "gate" }),
    forward(at),
    step(6, "invalidate", "Invalidate the store's bound", at, {
      inputs: ["typed-phrase"],
      typedPhrase: "orders-db",
      button: "Invalidate the bound in orders-db",
    }),
    step(7, "forward-kept", "Fast-forward to the kept value", at),
    step(8, "one-client-fails", "See one client fail on its old configuration", at, {
      kind: "operator",
      optional: true,
    }),
    step(9, "configure", "Configure every node", at, {
      kind: "operator",
      inputs: ["configuration"],
      configurations: [
        {
          nodeId: uuid(11),
          node: "orders-1",
          checkedAt: at,
          findings: [
            finding("leader", "blocking", "install.yml line 14: the leader block is still there.", {
              remedy: "Remove it.",
            }),
          ],
        },
        { nodeId: uuid(12), node: "orders-2", checkedAt: null, findings: [] },
      ],
      instructions: [
        {
          form: null,
          title: "Replace the leader block by TimeLock",
          file: "install.yml",
          before: "atlasdb:\n  leader:\n    quorumSize: 2\n  keyValueService:\n    type: relational",
          after: "atlasdb:\n  timelock:\n    client: orders\n  keyValueService:\n    type: relational",
        },
      ],
    }),
    step(10, "start", "Start the clients and try them", at, {
      kind: "operator",
      inputs: ["smoke-test"],
      irreversible: true,
    }),
    step(11, "watch", "Watch", at, { kind: "gate" }),
  ];
}

/** A migration in the middle of to-timelock, as the pages get it; every time in it is `at`. */
export function exampleMigration(at: string, rest: Partial<MigrationView> = {}): MigrationView {
  return {
    id: uuid(1),
    runbook: "to-timelock",
    runbookTitle: "Move to TimeLock",
    runbookVersion: 1,
    state: "open",
    version: 12,
    planHash: "7f3a0c5e9d1b4f6a8c2e0d9b7a5f3c1e8d6b4a2f0e9c7b5a3d1f8e6c4b2ac21f",
    environment: { id: uuid(2), name: "eu-prod", tier: "production", colour: "red" },
    service: { id: uuid(3), name: "orders" },
    targets: [
      { label: "Store", value: "orders-db · _timestamp" },
      { label: "TimeLock cluster", value: "tl-eu" },
      { label: "Namespace", value: "orders" },
    ],
    startedAt: at,
    startedBy: "Ada Lovelace",
    lease: { holder: "Ada Lovelace", expiresAt: at, mine: true },
    currentStep: "fast-forward",
    steps: steps(at),
    proof: judgeChain(
      [
        term("bound", "old bound", "1010001", at),
        term("ts", "TS", "1010001", at, { source: "taken in step 4", node: null }),
        term("forward", "fast-forward", null, at, { source: "not sent yet", node: null }),
        term("fresh", "fresh", null, at, { source: "TimeLock", node: null }),
      ],
      ["≤", "≤", "<"],
    ),
    stopProof: {
      level: "quiet",
      watching: true,
      awaitsRun: false,
      summary: "Nothing moved for 4 minutes; one source is unknown.",
      sources: [
        {
          id: "probes",
          label: "TimeLock probes",
          level: "proven",
          detail: "Two fresh values 130 s apart differ by our own probes.",
          since: at,
          readAt: at,
        },
        {
          id: "bound",
          label: "Stored bound",
          level: "quiet",
          detail: "Unchanged; that alone proves nothing.",
          since: at,
          readAt: at,
        },
        {
          id: "nodes",
          label: "Nodes",
          level: "attested",
          detail: "3 of 3 attested stopped.",
          since: at,
          readAt: null,
        },
        {
          id: "sessions",
          label: "Store sessions",
          level: "unknown",
          detail: "pg_stat_activity cannot be read.",
          since: null,
          readAt: at,
        },
      ],
    },
    incidents: [],
    timeline: [
      { sequence: "41", at, by: "Ada Lovelace", text: "Took TS 1010001", outcome: "done" },
      { sequence: "40", at, by: "Ada Lovelace", text: "Claimed orders", outcome: "done" },
      { sequence: "38", at, by: "Grace Hopper", text: "Tried to run Claim the namespace", outcome: "denied" },
    ],
    abandon: {
      possible: true,
      because: null,
      leavesBehind: ["the name “orders” on TimeLock", "a higher bound on TimeLock"],
    },
    watch: null,
    approvals: [],
    brokenGlass: [],
    newPlan: null,
    startsOver: false,
    starts: { open: true, because: null, until: null },
    canOperate: true,
    ...rest,
  };
}

/** What the live handler answers for that migration at `at`. */
export function exampleLive(
  view: MigrationView,
  at: string,
  rest: Partial<MigrationLive> = {},
): MigrationLive {
  const current = view.steps.find((one) => one.id === view.currentStep);
  return {
    at,
    version: view.version,
    stepId: view.currentStep,
    findings: current?.findings ?? [],
    readings: current?.readings ?? [],
    attestations: current?.attestations ?? [],
    blockedBecause: null,
    proof: view.proof,
    stopProof: view.stopProof,
    attemptState: null,
    approvals: view.approvals,
    starts: view.starts,
    ...rest,
  };
}
