/** The key of the live view of the sandbox. */
export const sandboxKey = ["sandbox"] as const;

/** Where the live view of the sandbox is read, and how often while a person looks. */
export const SANDBOX_PATH = "/api/sandbox";
export const SANDBOX_POLL_MS = 2_000;
