"use client";

import { KeyRound } from "lucide-react";
import { useState, type ReactNode } from "react";

import { Time } from "#components/live/time.tsx";
import { useAction, type Action } from "#components/live/use-action.ts";
import { environmentsWords, STATE_WORDS } from "#components/tokens/token-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { TokenDto } from "#lib/tokens/schema.ts";

interface TokensTableProps {
  tokens: readonly TokenDto[];
  revoke: Action;
  create: ReactNode;
}

export function TokensTable({ tokens, revoke, create }: TokensTableProps) {
  const [asked, setAsked] = useState<TokenDto | null>(null);
  const { run, pending, failure, clear } = useAction(revoke, () => setAsked(null));
  if (tokens.length === 0) {
    return (
      <EmptyState icon={KeyRound} title="No tokens yet" action={create}>
        With a token, a program reads what you may read: the live state of services, migrations, approvals.
        Everybody can make tokens for themselves.
      </EmptyState>
    );
  }
  return (
    <>
      <Table label="API tokens">
        <TableHead>
          <TableRow>
            <TableHeader>Token</TableHeader>
            <TableHeader>Owner</TableHeader>
            <TableHeader>May</TableHeader>
            <TableHeader>In</TableHeader>
            <TableHeader>Last used</TableHeader>
            <TableHeader>Ends</TableHeader>
            <TableHeader>
              <span className="sr-only">Actions</span>
            </TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} onRevoke={() => setAsked(token)} />
          ))}
        </TableBody>
      </Table>
      {asked !== null && (
        <ConfirmDialog
          open
          onOpenChange={() => {
            clear();
            setAsked(null);
          }}
          title={`Revoke ${asked.name}`}
          description="Whatever uses it is refused from now on. A revoked token cannot be brought back."
          pending={pending}
          error={failure?.message ?? null}
          onConfirm={() => run({ tokenId: asked.id })}
        />
      )}
    </>
  );
}

function TokenRow({ token, onRevoke }: { token: TokenDto; onRevoke: () => void }) {
  const state = STATE_WORDS[token.state];
  return (
    <TableRow>
      <TableCell>
        <span className="flex flex-wrap items-center gap-2">
          {token.name}
          {token.machine && <Badge>machine</Badge>}
          {state !== null && <Badge tone="outline">{state}</Badge>}
        </span>
        <code translate="no" className="font-mono text-sm text-ink-muted">
          {token.hint}…
        </code>
      </TableCell>
      <TableCell>{token.mine ? "you" : token.owner.name}</TableCell>
      <TableCell>{token.scopes.join(", ")}</TableCell>
      <TableCell>{environmentsWords(token)}</TableCell>
      <TableCell>
        {token.lastUsedAt === null ? (
          "never"
        ) : (
          <>
            <Time at={token.lastUsedAt} />
            {token.lastUsedAddress !== null && (
              <span className="block font-mono text-sm text-ink-muted">{token.lastUsedAddress}</span>
            )}
          </>
        )}
      </TableCell>
      <TableCell>
        {token.revokedAt === null ? (
          <Time at={token.expiresAt} />
        ) : (
          <>
            revoked <Time at={token.revokedAt} /> by {token.revokedBy}
          </>
        )}
      </TableCell>
      <TableCell numeric>
        {(token.state === "active" || token.state === "owner-inactive") && (
          <Button size="sm" aria-label={`Revoke ${token.name}`} onClick={onRevoke}>
            Revoke
          </Button>
        )}
      </TableCell>
    </TableRow>
  );
}
