import type { Reader } from "#lib/db/transact-handle.ts";
import { environmentRefOf } from "#lib/inventory/environment-rows.ts";
import { markOf } from "#lib/inventory/inventory-secrets.ts";
import { TEST_KIND } from "#lib/notifications/load-message.ts";
import { channelDto, type ChannelDto } from "#lib/notifications/schema.ts";

const GIVEN_UP_DAYS = 7;

/** Channels as pages show them, by name, removed ones last. `where`: conditions on the row. */
export async function findChannels(
  reader: Reader,
  where: {
    readonly id?: string;
    readonly removedAt?: null;
    readonly environmentId?: { readonly in: string[] };
  },
): Promise<readonly ChannelDto[]> {
  const rows = await reader.notificationChannel.findMany({
    where,
    orderBy: [{ removedAt: { sort: "desc", nulls: "first" } }, { name: "asc" }],
  });
  const ids = rows.map(({ id }) => id);
  const environmentIds = rows.flatMap(({ environmentId }) => (environmentId === null ? [] : [environmentId]));
  const environments = await reader.environment.findMany({ where: { id: { in: environmentIds } } });
  const counts = await countsOf(reader, ids);
  return rows.map((row) => {
    const environment = environments.find(({ id }) => id === row.environmentId);
    const count = counts.find(({ id }) => id === row.id);
    return channelDto.parse({
      id: row.id,
      kind: row.kind,
      name: row.name,
      environment: environment === undefined ? null : environmentRefOf(environment),
      enabled: row.enabled,
      events: row.events,
      mail: row.kind === "email" ? mailOf(row) : null,
      hook: row.kind === "email" ? null : hookOf(row),
      caCertificates: row.caCertificates,
      removedAt: row.removedAt?.toISOString() ?? null,
      version: row.version,
      waiting: count?.waiting ?? 0,
      givenUp: count?.givenUp ?? 0,
      lastDeliveredAt: count?.lastDeliveredAt?.toISOString() ?? null,
    });
  });
}

type Row = Awaited<ReturnType<Reader["notificationChannel"]["findUniqueOrThrow"]>>;

function mailOf(row: Row) {
  return {
    host: row.smtpHost,
    port: row.smtpPort,
    tls: row.smtpTls,
    user: row.smtpUser ?? "",
    password: markOf({ sealed: row.passwordSealed, setAt: row.passwordSetAt }),
    from: row.mailFrom,
    to: row.mailTo,
    addressed: row.mailAddressed,
  };
}

function hookOf(row: Row) {
  return {
    host: row.urlHost,
    url: markOf({ sealed: row.urlSealed, setAt: row.urlSetAt }),
    signingSecret: markOf({ sealed: row.signingSecretSealed, setAt: row.signingSecretSetAt }),
  };
}

type Counts = {
  readonly id: string;
  readonly waiting: number;
  readonly givenUp: number;
  readonly lastDeliveredAt: Date | null;
};

async function countsOf(reader: Reader, ids: readonly string[]): Promise<readonly Counts[]> {
  return reader.$queryRaw<Counts[]>`
    SELECT channel_id AS id, count(*) FILTER (WHERE ended_at IS NULL)::int AS waiting,
      count(*) FILTER (WHERE state = 'given-up' AND kind <> ${TEST_KIND} AND ended_at > clock_timestamp() - make_interval(days => ${GIVEN_UP_DAYS}::int))::int
        AS "givenUp",
      max(ended_at) FILTER (WHERE state = 'delivered') AS "lastDeliveredAt"
    FROM notification_delivery d JOIN notification_event e ON e.id = d.event_id WHERE channel_id = ANY(${[...ids]}::uuid[]) GROUP BY channel_id`;
}
