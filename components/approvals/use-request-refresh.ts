"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";

import { useNow } from "#components/live/clock.tsx";
import { waitingApprovalsQuery } from "#lib/approvals/queries.ts";
import type { ApprovalRequestDto } from "#lib/approvals/schema.ts";
import { migrationLiveQuery } from "#lib/migrations/queries.ts";

/**
 * Has the page of a request read again when somebody else decided or the migration moved on, and when the clock that runs now ends. Every
 * decision raises the version of the migration, which its live reading tells.
 */
export function useRequestRefresh(request: ApprovalRequestDto, watch: boolean): void {
  const router = useRouter();
  const client = useQueryClient();
  const { data } = useQuery(migrationLiveQuery(request.migrationId, 0, watch));
  const version = data?.version ?? null;
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current !== null && version !== null && seen.current !== version) router.refresh();
    seen.current = version;
  }, [router, version]);

  const { until } = request.status;
  const over = useNow() >= (until === null ? Number.POSITIVE_INFINITY : Date.parse(until));
  useEffect(() => {
    if (over) router.refresh();
  }, [over, router]);

  const standing = `${request.status.state} ${request.waitsForMe}`;
  const counted = useRef(standing);
  useEffect(() => {
    if (counted.current === standing) return;
    counted.current = standing;
    void client.invalidateQueries({ queryKey: waitingApprovalsQuery().queryKey });
  }, [client, standing]);
}
