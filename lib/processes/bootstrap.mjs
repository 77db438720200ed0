#!/usr/bin/env node
// Runs on the Node that the person has (18 or newer), before anything is installed: installs what the lock file names,
// finds a Node that runs TypeScript, and hands over to the process that was asked for.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import module from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const NODE_MIN = 24;
const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.join(HERE, "..", "..");
const COMMANDS = {
  start: ["launcher.ts", "start"],
  dev: ["launcher.ts", "dev"],
  test: ["test-runner.ts"],
  verify: ["verify.ts"],
  lockstep: ["command-line.ts"],
  worker: ["worker-alone.ts"],
  bench: ["../../e2e/bench/main.ts"],
};

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(path.join(ROOT, file), "utf8"));
  } catch {
    return null;
  }
}

/** Whether node_modules holds what the lock file names; optional packages are for other systems and may be missing. */
function isInstalled() {
  const wanted = readJson("package-lock.json")?.packages;
  const found = readJson("node_modules/.package-lock.json")?.packages;
  if (!wanted) fail("package-lock.json is missing or unreadable: get a complete copy of Lockstep.");
  if (!found) return false;
  return Object.entries(wanted).every(
    ([place, entry]) =>
      place === "" || entry.optional || entry.devOptional || found[place]?.integrity === entry.integrity,
  );
}

/** Install scripts stay off: what the few packages that have one need is done by Lockstep itself. */
function install() {
  console.log("Installing what package-lock.json names. This happens once and needs the npm registry.");
  const npm = process.env.npm_execpath?.endsWith(".js")
    ? [process.execPath, process.env.npm_execpath]
    : ["npm"];
  const args = [
    ...npm.slice(1),
    "ci",
    "--ignore-scripts",
    "--include=dev",
    "--include=optional",
    "--no-audit",
    "--no-fund",
  ];
  const done = spawnSync(npm[0], args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  if (done.error)
    fail(`npm cannot be started (${done.error.message}): install Node with npm, then start again.`);
  if (done.status !== 0) fail("The installation failed, see npm's words above. Nothing was started.");
}

function isNewEnough(version) {
  return Number(version.split(".")[0]) >= NODE_MIN;
}

/** A Node that runs TypeScript: this one, else the one that was installed with Lockstep. */
function findNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const bundled = path.join(ROOT, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(bundled)) return bundled;
  return fail(
    `Lockstep needs Node ${NODE_MIN} or newer, this is ${process.version}, and none comes with it for ${process.platform}-${process.arch}: install Node ${NODE_MIN}, then start again.`,
  );
}

/** Signals go to the process that was handed over to; when it dies, so do we, with its exit code. */
function handOver(node, args) {
  const child = spawn(node, args, { stdio: ["inherit", "inherit", "inherit", "ipc"], cwd: ROOT });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"]) {
    process.on(signal, () => {
      // Ctrl-C reaches the child by itself: both stand in the terminal's foreground group.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`${node} cannot be started: ${error.message}.`));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

const command = COMMANDS[process.argv[2]];
if (!command) fail(`Unknown command ${process.argv[2] ?? ""}: one of ${Object.keys(COMMANDS).join(", ")}.`);
if (Number(process.versions.node.split(".")[0]) < 18)
  fail(`Lockstep needs Node 18 or newer, this is ${process.version}.`);
if (!isInstalled()) install();
const script = path.join(HERE, command[0]);
const rest = [...command.slice(1), ...process.argv.slice(3)];
const node = findNode();
// A command is as short as its start: what was compiled once is read from here, and where that fails nothing is lost.
if (process.argv[2] === "lockstep" && !process.env.NODE_COMPILE_CACHE) {
  process.env.NODE_COMPILE_CACHE = path.join(ROOT, "node_modules", ".cache", "lockstep");
  if (node === process.execPath) module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
}
if (node === process.execPath) {
  process.argv = [node, script, ...rest];
  process.chdir(ROOT);
  await import(pathToFileURL(script).href);
} else {
  handOver(node, [script, ...rest]);
}
