import type { State } from "#components/ui/state-mark.tsx";
import type {
  SandboxConfiguration,
  SandboxFault,
  SandboxServiceState,
  SandboxServiceView,
} from "#lib/rehearsal/schema.ts";

/** What a service is started with, as a person would name it. */
export function configurationWords(configuration: SandboxConfiguration, namespace: string): string {
  switch (configuration) {
    case "embedded":
      return "Embedded timestamps";
    case "timelock":
      return `TimeLock, namespace ${namespace}`;
    case "renamed":
      return `TimeLock, renamed to ${namespace}-new`;
    case "moved":
      return "Embedded timestamps, in the second store";
    case "other-namespace":
      return `TimeLock, mistyped as ${namespace}-typo`;
  }
}

/** How a service's state looks; being stopped is neither good nor bad. */
export const SERVICE_STATE_LOOK: Record<SandboxServiceState, { state: State | null; words: string }> = {
  stopped: { state: null, words: "Stopped" },
  starting: { state: "running", words: "Starting" },
  running: { state: "pass", words: "Running" },
  waiting: { state: "warning", words: "Waiting" },
  failed: { state: "blocked", words: "Failed" },
};

/** What each fault does, and what ends it. */
export const FAULT_WORDS: Record<SandboxFault, { title: string; does: string; set: string; clear: string }> =
  {
    "leader-lost": {
      title: "Leader lost",
      does: "The leader steps down now. The next request elects another; fresh timestamps jump to the stored bound.",
      set: "Depose the leader",
      clear: "",
    },
    "leader-lost-during-fast-forward": {
      title: "Leader lost during a fast-forward",
      does: "The next fast-forward is carried out, then its leader steps down and answers as if it had not been asked.",
      set: "Arm for the next fast-forward",
      clear: "Disarm",
    },
    "quorum-lost": {
      title: "Quorum lost",
      does: "The nodes cannot reach each other until this is cleared. They answer, but none of them leads.",
      set: "Cut the nodes apart",
      clear: "Reconnect the nodes",
    },
    "lose-fast-forward-request": {
      title: "Request of a fast-forward lost",
      does: "The connection of the next fast-forward breaks before anything is carried out.",
      set: "Arm for the next fast-forward",
      clear: "Disarm",
    },
    "lose-fast-forward-answer": {
      title: "Answer of a fast-forward lost",
      does: "The next fast-forward is carried out, but its connection breaks before the answer.",
      set: "Arm for the next fast-forward",
      clear: "Disarm",
    },
    "late-fast-forward-answer": {
      title: "Answer of a fast-forward late",
      does: "The next fast-forward is carried out, but its answer comes 8 s later. Time enough to kill the console.",
      set: "Arm for the next fast-forward",
      clear: "Disarm",
    },
  };

/** Whether the service's timestamps were all in order, in one sentence. */
export function orderWords(service: SandboxServiceView): { state: State | null; words: string } {
  if (service.faultCount > 0) return { state: "blocked", words: `${service.faultCount} issued out of order` };
  if (service.issuedCount === 0) return { state: null, words: "None issued yet" };
  return { state: "pass", words: `All ${service.issuedCount} in order` };
}
