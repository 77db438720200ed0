import Link from "next/link";

import { Time } from "#components/live/time.tsx";
import { DeliveryStateBadge } from "#components/notifications/delivery-state-badge.tsx";
import { OUTCOME_LOOK } from "#components/notifications/notification-words.ts";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import type { DeliveryDetailDto, TryDto } from "#lib/notifications/schema.ts";

/** One delivery: what was told, to whom, and how each try went. */
export function DeliveryDetails({ delivery }: { delivery: DeliveryDetailDto }) {
  const { channel, message, migrationId, planHash, tries } = delivery;
  return (
    <div className="flex flex-col gap-6">
      <Card aria-label="Delivery">
        <CardBody className="pt-4">
          <KeyValues
            columns={3}
            items={[
              { label: "State", value: <DeliveryStateBadge delivery={delivery} /> },
              {
                label: "Channel",
                value: (
                  <Link href={`/notifications/${channel.id}`} className="text-accent hover:underline">
                    {channel.name}
                  </Link>
                ),
              },
              { label: "To", value: delivery.target },
              { label: "Event", value: delivery.words },
              { label: "Since", value: <Time at={delivery.createdAt} mode="absolute" /> },
              { label: "Next try", value: <NextTry delivery={delivery} /> },
              ...(migrationId === null
                ? []
                : [
                    {
                      label: "Migration",
                      value: (
                        <Link
                          href={`/migrations/${migrationId}${planHash === null ? "" : `?plan=${planHash}`}`}
                          className="text-accent hover:underline"
                        >
                          Open it
                        </Link>
                      ),
                    },
                  ]),
              ...(planHash === null
                ? []
                : [{ label: "Plan", value: <code className="font-mono break-all">{planHash}</code> }]),
            ]}
          />
        </CardBody>
      </Card>
      <Card aria-label="Tries">
        <CardHeader
          title="Tries"
          description={`${delivery.attempts} of at most ${delivery.attemptsAllowed}`}
        />
        <CardBody>
          {tries.length === 0 && <p className="text-ink-muted">None yet.</p>}
          <ol className="flex flex-col gap-3">
            {tries.map((one) => (
              <TryLine key={one.number} one={one} />
            ))}
          </ol>
        </CardBody>
      </Card>
      <Card aria-label="Message">
        <CardHeader title={message.title} description="The text that is told, with names as they are now." />
        <CardBody>
          <p className="rounded-md border border-line bg-sunken px-3 py-2.5 break-words whitespace-pre-wrap text-ink">
            {message.text}
          </p>
        </CardBody>
      </Card>
    </div>
  );
}

function NextTry({ delivery }: { delivery: DeliveryDetailDto }) {
  if (delivery.state === "sending") return "one is under way";
  if (delivery.nextTryAt === null)
    return delivery.state === "given-up" ? "none: somebody has to have it tried again" : "none needed";
  return <Time at={delivery.nextTryAt} />;
}

function TryLine({ one }: { one: TryDto }) {
  const look =
    one.outcome === null
      ? { state: "unknown" as const, words: "Under way, or ended without a word" }
      : OUTCOME_LOOK[one.outcome];
  return (
    <li className="flex gap-2.5">
      <StateIcon state={look.state} label={null} className="mt-0.75" />
      <div className="min-w-0 grow">
        <p className="text-ink">
          {one.number}. {look.words} <span className="text-sm text-ink-muted">at </span>
          <Time at={one.startedAt} mode="absolute" className="text-sm text-ink-muted" />
        </p>
        {one.detail !== null && <p className="text-sm break-words text-ink-muted">{one.detail}</p>}
      </div>
    </li>
  );
}
