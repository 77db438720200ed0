/** The servers that can be started: Palantir's 2.2 (byte-ordered, what AtlasDB runs on) and a current Apache Cassandra. */
export type CassandraRelease = "2.2.18" | "5.0.6";

/** What starting a release needs beside its jars. `readyLine` is the last thing that its log says while it comes up. */
export type ReleaseFacts = {
  readonly agent: string;
  readonly readyLine: string;
  readonly flags: readonly string[];
  readonly exports: readonly string[];
  readonly opens: readonly string[];
};

const BASE_PACKAGES_22 =
  "java.lang java.lang.ref java.lang.reflect java.lang.invoke java.util java.util.concurrent java.util.concurrent.atomic java.util.concurrent.locks java.util.function java.util.regex java.io java.net java.math java.nio java.nio.charset java.nio.file java.nio.channels java.security java.text java.time jdk.internal.loader jdk.internal.misc jdk.internal.perf jdk.internal.ref sun.nio.ch sun.nio.fs sun.security.util";

/** Source: observed with both servers on Java 17; 5.0 as in apache/cassandra `conf/jvm17-server.options`. */
export const RELEASES: Readonly<Record<CassandraRelease, ReleaseFacts>> = {
  "2.2.18": {
    agent: "jamm-0.3.0.jar",
    readyLine: "Listening for thrift clients",
    flags: ["-Dcassandra.boot_without_jna=true"],
    exports: ["java.base/jdk.internal.misc", "java.base/jdk.internal.ref"],
    opens: [
      ...BASE_PACKAGES_22.split(" ").map((name) => `java.base/${name}`),
      "java.management/sun.management",
      ...["registry", "server", "transport"].map((name) => `java.rmi/sun.rmi.${name}`),
    ],
  },
  "5.0.6": {
    agent: "jamm-0.4.0.jar",
    readyLine: "Startup complete",
    flags: [
      "-Djdk.attach.allowAttachSelf=true",
      "-Dio.netty.tryReflectionSetAccessible=true",
      "-Dio.netty.allocator.useCacheForAllThreads=true",
      "-Dio.netty.allocator.maxOrder=11",
    ],
    exports: [
      "java.base/jdk.internal.misc",
      "java.management.rmi/com.sun.jmx.remote.internal.rmi",
      "java.rmi/sun.rmi.registry",
      "java.rmi/sun.rmi.server",
      "java.sql/java.sql",
      "java.base/java.lang.ref",
      "jdk.unsupported/sun.misc",
      "jdk.compiler/com.sun.tools.javac.file",
      "jdk.attach/sun.tools.attach",
    ],
    opens: [
      ..."java.lang.module jdk.internal.loader jdk.internal.ref jdk.internal.reflect jdk.internal.math jdk.internal.module jdk.internal.util.jar sun.nio.ch java.io java.lang.reflect java.lang java.util java.nio"
        .split(" ")
        .map((name) => `java.base/${name}`),
      "jdk.management/com.sun.management.internal",
      "jdk.compiler/com.sun.tools.javac",
    ],
  },
};
