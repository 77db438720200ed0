"use client";

import { useState, type KeyboardEvent, type PointerEvent } from "react";

import { useZone } from "#components/live/clock.tsx";
import { timeOfDayWords, type Zone } from "#components/live/wording.ts";
import { bytesWords, countWords, PART_WORDS, shortCount } from "#components/copy/copy-words.ts";
import { ChartMarks, MarkKey } from "#components/copy/chart-marks.tsx";
import {
  areaPath,
  chartOf,
  MEASURES,
  type Chart,
  type ChartPoint,
  type Measure,
} from "#components/copy/chart-shape.ts";
import { ChoiceBar } from "#components/copy/choice-bar.tsx";
import { Section } from "#components/migrations/section.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { CopyView } from "#lib/mover/copy-view.ts";

interface RateChartProps {
  view: CopyView;
}

/** The rate over the whole run, with pauses and errors on the same line of time. Everything in it is in a table as well. */
export function RateChart({ view }: RateChartProps) {
  const [measure, setMeasure] = useState<Measure>("cells");
  const [zone] = useZone();
  const chart = chartOf(view, measure);
  return (
    <Section
      title="Rate"
      aside={
        <ChoiceBar label="What the chart measures" choices={MEASURES} value={measure} onChange={setMeasure} />
      }
    >
      {chart === null ? (
        <p className="rounded-md border border-dashed border-line-strong/60 px-4 py-8 text-center text-sm text-ink-muted">
          {view.state === "complete"
            ? "It was too short to measure a rate."
            : "The chart begins with the first checkpoint."}
        </p>
      ) : (
        <Plot chart={chart} measure={measure} zone={zone} />
      )}
    </Section>
  );
}

interface PlotProps {
  chart: Chart;
  measure: Measure;
  zone: Zone;
}

function Plot({ chart, measure, zone }: PlotProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const point = chosen === null ? null : (chart.points[Math.min(chosen, chart.points.length - 1)] ?? null);
  const look = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setChosen(nearest(chart.points, ((event.clientX - left) / width) * 100));
  };
  const step = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const last = chart.points.length - 1;
    setChosen((at) => Math.min(last, Math.max(0, (at ?? last) + by)));
  };
  return (
    <figure className="flex min-w-0 flex-col gap-2">
      <figcaption className="flex min-h-5 flex-wrap gap-x-4 text-sm text-ink-muted">
        {point === null ? summary(chart, measure) : <Readout point={point} measure={measure} zone={zone} />}
      </figcaption>
      <div className="flex min-w-0 gap-2">
        <Scale chart={chart} measure={measure} />
        <div
          role="slider"
          tabIndex={0}
          aria-label="Moment of the run"
          aria-valuemin={0}
          aria-valuemax={chart.points.length - 1}
          aria-valuenow={chosen ?? chart.points.length - 1}
          aria-valuetext={point === null ? summary(chart, measure) : readoutText(point, measure, zone)}
          onKeyDown={step}
          onPointerMove={look}
          onPointerLeave={() => setChosen(null)}
          onBlur={() => setChosen(null)}
          className="relative h-44 min-w-0 grow touch-pan-y border-b border-line-strong/60"
        >
          <Lines chart={chart} point={point} />
          <ChartMarks marks={chart.marks} />
        </div>
      </div>
      <div className="tabular ml-16 flex justify-between gap-4 text-xs text-ink-faint" aria-hidden>
        <span>{timeOfDayWords(chart.fromMs, zone)}</span>
        <span>{timeOfDayWords(chart.toMs, zone)}</span>
      </div>
      {chart.marks.length > 0 && <MarkKey marks={chart.marks} />}
      <AsTable chart={chart} zone={zone} />
    </figure>
  );
}

function Scale({ chart, measure }: { chart: Chart; measure: Measure }) {
  return (
    <ol aria-hidden className="tabular relative w-14 shrink-0 text-right text-xs text-ink-faint">
      {chart.grid.map(({ value, y }) => (
        <li key={value} className="absolute right-0 -translate-y-1/2" style={{ top: `${y}%` }}>
          {measure === "cells" ? shortCount(value) : bytesWords(value)}
        </li>
      ))}
    </ol>
  );
}

function Lines({ chart, point }: { chart: Chart; point: ChartPoint | null }) {
  return (
    <svg
      aria-hidden
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      className="absolute inset-0 size-full overflow-visible"
    >
      {chart.grid.map(({ value, y }) => (
        <line
          key={value}
          x1={0}
          x2={100}
          y1={y}
          y2={y}
          className="stroke-line"
          vectorEffect="non-scaling-stroke"
        />
      ))}
      {chart.pauses.map(({ x, width }) => (
        <rect key={x} x={x} y={0} width={width} height={100} className="fill-warning-soft" />
      ))}
      <path d={areaPath(chart.points, true)} className="fill-accent/15" />
      <path
        d={areaPath(chart.points, false)}
        className="fill-none stroke-accent"
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
      />
      {point !== null && (
        <line
          x1={point.x + point.width / 2}
          x2={point.x + point.width / 2}
          y1={0}
          y2={100}
          className="stroke-ink-faint"
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}

function Readout({ point, measure, zone }: { point: ChartPoint; measure: Measure; zone: Zone }) {
  return (
    <>
      <span className="tabular font-mono text-ink">{timeOfDayWords(point.atMs, zone)}</span>
      <span className="tabular text-ink">{rate(point, measure)}</span>
      <span>
        {point.lanes} {point.lanes === 1 ? "lane" : "lanes"}
        {point.limitedBy !== null && `, limited by ${PART_WORDS[point.limitedBy]}`}
      </span>
    </>
  );
}

function readoutText(point: ChartPoint, measure: Measure, zone: Zone): string {
  return `${timeOfDayWords(point.atMs, zone)}: ${rate(point, measure)}, ${point.lanes} lanes`;
}

function rate({ cells, bytes }: ChartPoint, measure: Measure): string {
  return measure === "cells" ? `${countWords(cells)} cells/s` : `${bytesWords(bytes)}/s`;
}

function summary({ average, highest, pauses, errorCount }: Chart, measure: Measure): string {
  const words = (value: number) =>
    measure === "cells" ? `${countWords(Math.round(value))} cells/s` : `${bytesWords(value)}/s`;
  const paused = pauses.length === 0 ? "" : `, paused ${times(pauses.length)}`;
  const failed = errorCount === 0 ? "" : `, errors ${times(errorCount)}`;
  return `${words(average)} on average while it worked, ${words(highest)} at most${paused}${failed}.`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function nearest(points: readonly ChartPoint[], x: number): number {
  const middle = (point: ChartPoint) => Math.abs(point.x + point.width / 2 - x);
  return points.reduce(
    (best, point, index) => (middle(point) < middle(points[best] ?? point) ? index : best),
    0,
  );
}

function AsTable({ chart, zone }: { chart: Chart; zone: Zone }) {
  return (
    <details className="group min-w-0">
      <summary className="w-fit text-sm text-accent underline underline-offset-2">
        The chart as a table
      </summary>
      <div className="mt-2 max-h-80 overflow-y-auto">
        <Table label="Rates over the whole run">
          <TableHead>
            <TableRow>
              <TableHeader>From</TableHeader>
              <TableHeader numeric>Cells/s</TableHeader>
              <TableHeader numeric>Bytes/s</TableHeader>
              <TableHeader numeric>Lanes</TableHeader>
              <TableHeader>Limited by</TableHeader>
            </TableRow>
          </TableHead>
          <TableBody>
            {chart.points.map((point) => (
              <TableRow key={point.atMs}>
                <TableCell className="tabular font-mono">{timeOfDayWords(point.atMs, zone)}</TableCell>
                <TableCell numeric>{countWords(point.cells)}</TableCell>
                <TableCell numeric>{bytesWords(point.bytes)}</TableCell>
                <TableCell numeric>{point.lanes}</TableCell>
                <TableCell>{point.limitedBy === null ? "–" : PART_WORDS[point.limitedBy]}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
    </details>
  );
}
