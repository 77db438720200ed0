const publicUrl = process.env.LOCKSTEP_PUBLIC_URL;

/** @type {import("next").NextConfig} */
export default {
  reactStrictMode: true,
  poweredByHeader: false,
  typedRoutes: false,
  devIndicators: false,
  // In development Next would write the arguments of every action into the log, passwords among them.
  logging: { serverFunctions: false },
  serverExternalPackages: ["cassandra-driver", "pino", "better-auth"],
  // Types are checked by `npm run verify` and `npm test`; a person's first start need not wait for them.
  typescript: { ignoreBuildErrors: true },
  experimental: {
    serverActions: { allowedOrigins: publicUrl === undefined ? [] : [new URL(publicUrl).host] },
  },
};
